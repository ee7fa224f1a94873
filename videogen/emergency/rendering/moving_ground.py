"""A clip behind a page: dimmed by the page's scrim, played to and fro, mixed once for each of its pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from videogen.media.planes import Planes


def clip_planes(frames: NDArray[np.uint8], size: tuple[int, int]) -> list[Planes]:
    """The frames (uint8, T×H×W×3) filled into (width, height), cut at the longer edge, as planes."""
    from PIL import Image, ImageOps

    return [
        Planes.from_rgb(np.asarray(ImageOps.fit(Image.fromarray(frame), size, Image.Resampling.BICUBIC)))
        for frame in frames
    ]


class MovingGround:
    """A page over a clip. picture: the page, uint8, H×W×4; clip: planes of the page's size; fps: of the clip."""

    def __init__(self, picture: NDArray[np.uint8], clip: Sequence[Planes], fps: float) -> None:
        self._clip, self._fps = clip, fps
        opacity = picture[..., 3].astype(np.uint16)
        half = (opacity[::2, ::2] + opacity[1::2, ::2] + opacity[::2, 1::2] + opacity[1::2, 1::2] + 2) // 4
        page = Planes.from_rgb(np.ascontiguousarray(picture[..., :3]))
        self._through = (255 - opacity, 255 - half, 255 - half)
        self._over = tuple(
            plane.astype(np.uint16) * (255 - through)
            for plane, through in zip((page.luma, page.blue, page.red), self._through, strict=True)
        )
        self._last: int | None = None

    def at(self, seconds: float) -> Planes | None:
        """The picture at a moment of the video; None where it is still the one asked for last."""
        number = to_and_fro(int(seconds * self._fps), len(self._clip))
        if number == self._last:
            return None
        self._last = number
        clip = self._clip[number]
        mixed = (
            ((over + plane * through + 127) // 255).astype(np.uint8)
            for over, plane, through in zip(self._over, (clip.luma, clip.blue, clip.red), self._through, strict=True)
        )
        return Planes(*mixed)


def to_and_fro(number: int, count: int) -> int:
    """The frame of a clip of `count` frames that is shown as number `number` when it plays forwards and back."""
    if count == 1:
        return 0
    place = number % (2 * count - 2)
    return place if place < count else 2 * count - 2 - place
