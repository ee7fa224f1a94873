"""TemporalConsistencyEnforcer: temporal smoothing (deflicker) along motion, without ghosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.config.groups.all import SuperResolutionSettings
from videogen.config.parts import part
from videogen.errors import InputError
from videogen.media.frame_input import FrameLike, FramesLike, as_frame, as_frames
from videogen.media.motion import Motion, flow_size, measure, reduced, strongest_difference
from videogen.media.optical_flow import Field, enlarge_flow, squared_length, warp
from videogen.super_resolution.exposure import ExposureHold, goes_back

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

Frame = NDArray[np.uint8]

# Flow for steadying may be coarse: only what is seen in both frames is mixed.
_FLOW_EDGE = 256
_MOST = 0.85
_STANDS = 0.25
# A difference of this many levels (0 … 255) after motion is flicker; much more is another thing seen.
_FLICKER_RANGE = 14.0
_FLICKERS = 0.004


@dataclass(frozen=True)
class FlickerReport:
    """How much frames differ from their predecessors where both show the same.

    errors: one number per pair of frames, mean absolute difference after motion, 0 … 1; 0 across a cut.
    cuts: numbers of the frames with which a new scene begins. A change that goes back within three frames is not a cut
        but flicker, however strong it is.
    """

    errors: tuple[float, ...]
    cuts: tuple[int, ...]

    @property
    def mean(self) -> float:
        """Mean over all pairs within a scene; 0 where there is none."""
        pairs = len(self.errors) - len(self.cuts)
        return sum(self.errors) / pairs if pairs else 0.0

    @property
    def flickering(self) -> bool:
        return self.mean > _FLICKERS


class TemporalConsistencyEnforcer:
    """Flow-warped exponential averaging with a mask for what is hidden, new or cut away.

    Args:
        strength: 0 (off) to 1; how much of the previous, aligned frame is kept where nothing new is seen. A
            configuration, or its group `super_resolution`: ``temporal_strength``; None: that of the defaults.
    """

    def __init__(self, strength: float | VideoGenConfig | SuperResolutionSettings | None = None) -> None:
        if isinstance(strength, int | float):
            self.strength = float(strength)
        else:
            self.strength = part(strength, SuperResolutionSettings).temporal_strength

    def steadied(self, frames: Iterable[Frame], memory: dict[str, Frame] | None = None) -> Iterator[Frame]:
        """Yield the frames, each smoothed with the earlier ones of its scene. H×W×3 uint8, constant memory.

        Args:
            memory: what is kept of the frames so far. Handed over again with the frames that come next, it gives
                the same as if all had come at once.
        """
        kept = {} if memory is None else memory
        for frame in frames:
            small = reduced(frame, flow_size(frame.shape[0], frame.shape[1], _FLOW_EDGE))
            steady = frame
            if "steady" in kept and self.strength > 0.0:
                hold = ExposureHold(kept.get("exposure"))
                exposure = hold.correction(kept["small"], small)
                if exposure is not None:
                    frame, small = exposure.apply(frame), exposure.apply(small)
                kept["exposure"] = hold.state
                steady = self.propagate_details(kept["steady"], frame, _to_predecessor(kept["small"], small))
            kept.update(steady=steady, small=small)
            yield steady

    def align_frames(self, frame_sequence: FramesLike, motions: Sequence[Motion] | None = None) -> list[Frame]:
        """Every frame as its predecessor shows it, moved to where things are now.

        The first frame, and the first after a cut, have no predecessor and stand for themselves.

        Args:
            frame_sequence: see `videogen.media.frame_input`.
            motions: between each frame and its predecessor, where they are known; None: measured here.

        Raises:
            InputError: values that are no colours.
        """
        frames = as_frames(frame_sequence, at_least=0)
        if not len(frames):
            return []
        known = motions or [_between(before, now) for before, now in pairwise(frames)]
        aligned = [frames[0]]
        for before, now, motion in zip(frames, frames[1:], known, strict=False):
            aligned.append(now if motion.cut else _moved(before, motion, (now.shape[0], now.shape[1])))
        return aligned

    def propagate_details(
        self, source_frame: FrameLike, target_frame: FrameLike, motion: Motion | None = None
    ) -> Frame:
        """`target_frame` with the details of `source_frame` where both show the same thing; H×W×3 uint8.

        Args:
            motion: from the target to the source, where it is known; None: measured here.

        Raises:
            InputError: the two have different sizes, or are no frames.
        """
        source, target = as_frame(source_frame), as_frame(target_frame)
        if source.shape != target.shape:
            raise InputError(
                f"a frame of {source.shape[1]}×{source.shape[0]} has no details for one of "
                f"{target.shape[1]}×{target.shape[0]}",
                remedy="resize one of them",
            )
        return self._blended(source, target, motion or _between(source, target))

    def detect_flickering(self, frame_sequence: FramesLike) -> FlickerReport:
        """How much brightness and colour change from frame to frame where motion does not explain it.

        Raises:
            InputError: values that are no colours.
        """
        errors: list[float] = []
        cuts: list[int] = []
        frames = as_frames(frame_sequence, at_least=0)
        small = [reduced(frame, flow_size(frame.shape[0], frame.shape[1], _FLOW_EDGE)) for frame in frames]
        for number, (before, now) in enumerate(pairwise(small), start=1):
            motion = _to_predecessor(before, now)
            if motion.cut and goes_back(small, number):
                errors.append(float(np.abs(before.astype(np.int16) - now).mean()) / 255.0)
                continue
            if motion.cut:
                cuts.append(number)
                errors.append(0.0)
                continue
            difference = np.abs(warp(before, motion.forward).astype(np.int16) - now).mean(axis=2)
            seen = motion.visible_forward
            errors.append(float((difference * seen).sum() / max(float(seen.sum()), 1.0)) / 255.0)
        return FlickerReport(tuple(errors), tuple(cuts))

    def _blended(self, source: Frame, target: Frame, motion: Motion) -> Frame:
        import cv2

        if motion.cut:
            return target
        size = (target.shape[0], target.shape[1])
        aligned = self.align_frames([source, target], [motion])[1]
        # The motion was measured from the target: its first frame is the target at that size.
        now = motion.first
        difference = strongest_difference(reduced(aligned, (now.shape[0], now.shape[1])), now)
        same = np.exp(-np.square(difference.astype(np.float32) / _FLICKER_RANGE))
        weight = np.float32(self.strength * _MOST) * motion.visible_forward * same
        # A pixel next to something new may be new itself: the smaller of neighbouring weights counts.
        weight = cv2.resize(cv2.erode(weight, np.ones((3, 3), np.uint8)), size[::-1])
        return np.asarray(cv2.blendLinear(aligned, target, weight, 1.0 - weight), dtype=np.uint8)


def added_flicker(before: Sequence[Frame], after: Sequence[Frame]) -> float:
    """Flicker of `after` less flicker of `before`, the same clip, in 0 … 1; negative where it became steadier."""
    enforcer = TemporalConsistencyEnforcer()
    return enforcer.detect_flickering(after).mean - enforcer.detect_flickering(before).mean


def _between(source: Frame, target: Frame) -> Motion:
    size = flow_size(target.shape[0], target.shape[1], _FLOW_EDGE)
    return _to_predecessor(reduced(source, size), reduced(target, size))


def _to_predecessor(before: Frame, now: Frame) -> Motion:
    """Motion from `now` back to `before`: its forward flow says where each pixel comes from."""
    return measure(now, before, fast=True)


def _moved(source: Frame, motion: Motion, size: tuple[int, int]) -> Frame:
    """`source` as seen from the target. What nearly stands is not resampled, so it stays as sharp as it is."""
    stands = squared_length(motion.forward) < _STANDS**2
    flow: Field = np.where(stands[..., None], np.float32(0.0), motion.forward)
    rows, columns = _around_motion(~stands, size)
    aligned = source.copy()
    part = enlarge_flow(flow, size)[rows, columns]
    if part.size:
        aligned[rows, columns] = warp(source, part, (rows.start, columns.start))
    return aligned


def _around_motion(moves: NDArray[np.bool_], size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a frame of `size` outside of which the enlarged flow is zero; empty where nothing moves."""
    import cv2

    left, top, width, height = cv2.boundingRect(moves.astype(np.uint8))
    if not width:
        return slice(0, 0), slice(0, 0)
    spans = []
    for first, count, small, large in ((top, height, moves.shape[0], size[0]), (left, width, moves.shape[1], size[1])):
        # Linear interpolation reaches one pixel of the small field further.
        start, stop = (first - 1) * large // small, -(-(first + count + 1) * large // small)
        spans.append(slice(max(start, 0), min(stop, large)))
    return spans[0], spans[1]
