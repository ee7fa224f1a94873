"""Frame interpolation from the model's native rate to the output rate, one frame at a time.

Output frames are spread evenly over the native ones so that the first and the last coincide: the motion
fills the whole duration, and nothing freezes at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.media.motion import Motion, Picture, flow_size, measure, reduced
from videogen.media.optical_flow import Field, enlarge_flow, warp

Mode = Literal["motion", "blend"]

_TRUST = 12.0
_SEEN = 1e-3


def output_frame_count(native_frames: int, native_fps: float, fps: float) -> int:
    """Frames of the finished video: its duration, native_frames ÷ native_fps, times fps, rounded."""
    return max(1, round(native_frames / native_fps * fps))


def positions(native_frames: int, count: int) -> NDArray[np.float64]:
    """Where each of `count` output frames lies between the native frames: 0 … native_frames − 1, evenly."""
    return np.linspace(0.0, native_frames - 1.0, count)


def interpolate(frames: NDArray[np.uint8], count: int, mode: Mode = "motion") -> Iterator[Picture]:
    """`count` frames spread evenly over `frames`, made one by one: memory does not grow with the length.

    Args:
        count: number of frames to make, at least 1.
        frames: uint8, T×H×W×3; may be memory-mapped, only two frames are touched at a time.
        mode: "motion" moves what moves along optical flow and fills uncovered places from the frame that
            shows them; "blend" cross-fades. Neither mixes frames across a scene cut.

    Raises:
        MediaError: no frame is given, or none is asked for.
    """
    if len(frames) == 0 or count < 1:
        raise MediaError(
            f"{count} frames cannot be made from {len(frames)}", remedy="check the stage that made the frames"
        )
    pair: _Pair | None = None
    for position in positions(len(frames), count):
        number = min(int(position), max(len(frames) - 2, 0))
        share = float(position - number)
        if share < 1e-6 or share > 1.0 - 1e-6:
            yield np.array(frames[number + round(share)])
            continue
        if pair is None or pair.number != number:
            pair = _Pair(frames[number], frames[number + 1], number)
        yield pair.between(share, mode)


class _Pair:
    """Two neighbouring frames and the motion between them."""

    def __init__(self, first: Picture, second: Picture, number: int) -> None:
        self.number = number
        self.first, self.second = np.ascontiguousarray(first), np.ascontiguousarray(second)
        self.size = (self.first.shape[0], self.first.shape[1])
        small = flow_size(*self.size)
        self.motion: Motion = measure(reduced(self.first, small), reduced(self.second, small))

    def between(self, share: float, mode: Mode) -> Picture:
        import cv2

        if self.motion.cut:
            return (self.first if share < 0.5 else self.second).copy()
        if mode == "blend":
            return np.asarray(cv2.addWeighted(self.first, 1.0 - share, self.second, share, 0.0), np.uint8)
        from_first, seen_first = _carried(self.motion.forward, self.motion.visible_forward, share)
        from_second, seen_second = _carried(self.motion.backward, self.motion.visible_backward, 1.0 - share)
        velocity, first_share = _agreed(from_first, seen_first, from_second, seen_second, share)
        velocity = enlarge_flow(velocity, self.size)
        weight = np.asarray(cv2.resize(first_share, self.size[::-1]), np.float32)
        earlier, later = warp(self.first, -share * velocity), warp(self.second, (1.0 - share) * velocity)
        return np.asarray(cv2.blendLinear(earlier, later, weight, 1.0 - weight), np.uint8)


def _carried(flow: Field, visible: Field, share: float) -> tuple[Field, Field]:
    """The flow as it looks after `share` of the way, and how surely each place was reached.

    Forward splatting in which the more visible pixel wins (Niklaus and Liu, CVPR 2020, softmax splatting): a matrix
    whose row for a pixel says how it is shared among the four places around its target.
    """
    from scipy.sparse import csr_matrix

    rows, columns = visible.shape
    # Around the picture lies a margin in which everything lands that leaves it.
    wide, high = columns + 3, rows + 3
    x = np.clip(np.arange(columns, dtype=np.float32) + share * flow[..., 0], -1, columns)
    y = np.clip(np.arange(rows, dtype=np.float32)[:, None] + share * flow[..., 1], -1, rows)
    left, top = np.floor(x), np.floor(y)
    right, down = x - left, y - top
    importance = np.exp(_TRUST * (visible - 1.0))
    upper, lower = importance * (1.0 - down), importance * down
    weights = np.stack([upper * (1.0 - right), upper * right, lower * (1.0 - right), lower * right], axis=-1)
    place = ((top + 1) * wide + left + 1).astype(np.int32)
    places = place[..., None] + np.array([0, 1, wide, wide + 1], np.int32)
    starts = np.arange(0, places.size + 1, 4, dtype=np.int32)
    splat = csr_matrix((weights.ravel(), places.ravel(), starts), shape=(visible.size, wide * high))
    carried = splat.T @ np.dstack([flow, np.ones_like(visible)]).reshape(-1, 3)
    inner = carried.reshape(high, wide, 3)[1 : rows + 1, 1 : columns + 1]
    total = np.ascontiguousarray(inner[..., 2], np.float32)
    return np.asarray(inner[..., :2] / np.maximum(total, 1e-9)[..., None], np.float32), total


def _agreed(
    from_first: Field, seen_first: Field, from_second: Field, seen_second: Field, share: float
) -> tuple[Field, Field]:
    """One velocity (first → second) for every place, and the first frame's weight there in 0 … 1.

    The frames count by how surely each shows the place, and the weight also by nearness in time.
    """
    part = seen_first / np.maximum(seen_first + seen_second, 1e-9)
    velocity = part[..., None] * from_first - (1.0 - part)[..., None] * from_second
    near, far = (1.0 - share) * (seen_first + _SEEN), share * (seen_second + _SEEN)
    return velocity.astype(np.float32), np.asarray(near / (near + far), np.float32)
