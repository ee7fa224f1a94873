"""Jumps of brightness: told from new scenes, and taken out where they go back.

Averaging along motion removes flicker of a few grey levels. A stronger jump looks like another picture to it, so that
it would leave the strongest flicker of all. Here such a frame is given the brightness of its predecessor. If the jump
is still there after `LONGEST` frames, it is the light of the scene that has changed, and it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videogen.media.motion import measure
from videogen.media.optical_flow import warp

Frame = NDArray[np.uint8]

LONGEST = 3
"""Frames that a jump may last to be flicker."""
JUMP = 8.0
"""Mean change of brightness, 0 … 255, that counts as a jump; averaging copes with less."""
# Mean difference (0 … 1) that may be left when the brightness is corrected: the same scene.
_SAME = 0.045
# A jump that grows on is a fade.
_GROWS = 1.3
_MOST_GAIN = 2.0


@dataclass(frozen=True)
class Exposure:
    """level → gain·level + offset, for each channel."""

    gain: NDArray[np.float64]
    offset: NDArray[np.float64]

    def apply(self, frame: Frame) -> Frame:
        """The H×W×3 frame with this brightness and contrast."""
        import cv2

        levels = np.arange(256)[:, None] * self.gain + self.offset
        table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)[None]
        return np.asarray(cv2.LUT(frame, table), dtype=np.uint8)


def matching(frame: Frame, reference: Frame) -> Exposure:
    """What gives `frame` the mean and the contrast of `reference` in each channel; motion hardly changes either."""
    mean, other = frame.mean(axis=(0, 1)), reference.mean(axis=(0, 1))
    spread, others = frame.std(axis=(0, 1)), reference.std(axis=(0, 1))
    gain = np.clip(others / np.maximum(spread, 1e-6), 1.0 / _MOST_GAIN, _MOST_GAIN)
    return Exposure(gain, other - gain * mean)


def brightness_change(before: Frame, now: Frame) -> float:
    """Mean level of `now` less that of `before`, −255 … 255."""
    return float(now.mean() - before.mean())


def goes_back(frames: list[Frame], number: int) -> bool:
    """Whether the change with which frame `number` begins is undone within `LONGEST` frames, before or after it."""
    jump = abs(brightness_change(frames[number - 1], frames[number]))
    later = ((number - 1, place) for place in range(number + 1, min(number + LONGEST + 1, len(frames))))
    earlier = ((place, number) for place in range(max(0, number - 1 - LONGEST), number - 1))
    return any(_alike(frames[one], frames[other], jump) for one, other in (*later, *earlier))


class ExposureHold:
    """Keeps the brightness of a scene through short jumps. Its state is two small numbers and one change.

    Args:
        memory: what `state` gave after the frames before; None: the scene begins.
    """

    def __init__(self, memory: NDArray[np.uint8] | None = None) -> None:
        self._held, self._free, self._change = (0, 0, 0) if memory is None else (int(number) for number in memory)

    @property
    def state(self) -> NDArray[np.uint8]:
        return np.array([self._held, self._free, self._change], np.uint8)

    def correction(self, before: Frame, now: Frame) -> Exposure | None:
        """What makes `now` as bright as `before`, both small frames of one size; None: it stays as it is."""
        if self._free:
            self._free -= 1
            return None
        change = brightness_change(before, now)
        if abs(change) < JUMP:
            self._held = 0
            return None
        exposure = matching(now, before)
        fades = self._held > 0 and abs(change) > _GROWS * self._change
        if fades or self._held == LONGEST or _left_over(before, exposure.apply(now)) > _SAME:
            # A new light or a new scene: nor may what follows be taken for a jump away from it, after a white flash.
            self._held, self._free = 0, LONGEST
            return None
        self._held, self._change = self._held + 1, round(abs(change))
        return exposure


def _left_over(before: Frame, now: Frame) -> float:
    motion = measure(now, before, fast=True)
    seen = motion.visible_forward
    difference = np.abs(warp(before, motion.forward).astype(np.int16) - now).mean(axis=2)
    # What was hidden counts by what it covers: a whole new scene is seen nowhere.
    return float((difference * seen).sum() / max(float(seen.sum()), 1.0) / 255.0 + 0.1 * (1.0 - float(seen.mean())))


def _alike(one: Frame, other: Frame, jump: float) -> bool:
    return abs(brightness_change(one, other)) <= 0.5 * jump and not measure(one, other, fast=True).cut
