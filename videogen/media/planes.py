"""Pictures as the encoder takes them: luma and chroma planes (yuv420p, BT.709, limited range)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame

Plane = NDArray[np.uint8]
_BT709 = 1


@dataclass(frozen=True)
class Planes:
    """luma: h×w; blue, red: the chroma planes, h/2×w/2."""

    luma: Plane
    blue: Plane
    red: Plane

    @classmethod
    def of(cls, frame: VideoFrame) -> Planes:
        """Views of a yuv420p frame: writing to them changes the frame."""
        return cls(*(_view(frame, index) for index in range(3)))

    @classmethod
    def from_rgb(cls, picture: Plane) -> Planes:
        """A picture (uint8, h×w×3, sRGB, even edges) converted by the encoder's own converter."""
        from av import VideoFrame
        from av.video.reformatter import ColorRange, Colorspace

        converted = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )
        return cls(*(_view(converted, index).copy() for index in range(3)))

    @classmethod
    def stacked(cls, packed: Plane, size: tuple[int, int]) -> Planes:
        """The planes of (width, height) in one row of bytes, as `packed` makes it."""
        width, height = size
        whole, quarter = width * height, width * height // 4
        half = (height // 2, width // 2)
        return cls(
            packed[:whole].reshape(height, width),
            packed[whole : whole + quarter].reshape(half),
            packed[whole + quarter :].reshape(half),
        )

    def packed(self) -> Plane:
        """All three planes in one row of bytes."""
        return np.concatenate([self.luma.ravel(), self.blue.ravel(), self.red.ravel()])

    def copy_to(self, target: Planes, at: tuple[int, int] = (0, 0)) -> None:
        """Write into `target` with the left top corner at (x, y), both even."""
        for own, other, step in self._beside(target):
            x, y = at[0] // step, at[1] // step
            other[y : y + own.shape[0], x : x + own.shape[1]] = own

    def part(self, box: tuple[int, int, int, int]) -> Planes:
        """A view of what lies in (left, top, right, bottom), all even."""
        left, top, right, bottom = box
        half = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
        return Planes(self.luma[top:bottom, left:right], self.blue[half], self.red[half])

    def copy(self) -> Planes:
        """Return planes of their own memory."""
        return Planes(self.luma.copy(), self.blue.copy(), self.red.copy())

    def blended(self, other: Planes, share: float) -> Planes:
        """These planes with `share` (0 … 1) of `other`."""
        import cv2

        # Steps of 1/256, which no eye tells apart; a little more, so that halves are rounded up and never to even.
        # NumPy takes twelve times as long.
        weight = round(share * 256) / 256
        mixed = (
            np.asarray(cv2.addWeighted(a, 1 - weight, b, weight, 1 / 1024), np.uint8) for a, b, _ in self._beside(other)
        )
        return Planes(*mixed)

    def _beside(self, other: Planes) -> list[tuple[Plane, Plane, int]]:
        return [(self.luma, other.luma, 1), (self.blue, other.blue, 2), (self.red, other.red, 2)]


def blank_frame(size: tuple[int, int]) -> VideoFrame:
    """A yuv420p frame of (width, height) for the encoder; its content is undefined."""
    from av import VideoFrame

    frame = VideoFrame(*size, "yuv420p")
    frame.colorspace = frame.color_primaries = frame.color_trc = frame.color_range = _BT709
    return frame


def _view(frame: VideoFrame, index: int) -> Plane:
    plane = frame.planes[index]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
