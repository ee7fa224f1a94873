"""Finds the watermark in a video: whatever its size, rate, crop and encoding have become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.media.pictures import orientation_of
from videogen.media.reading import shown
from videogen.media.watermark.code import decoded
from videogen.media.watermark.observing import observations
from videogen.media.watermark.pattern import Layout
from videogen.media.watermark.search import Search
from videogen.runtime.media_opening import media_errors, open_media

if TYPE_CHECKING:
    from av import VideoFrame

_LOOKED_AT = 96
"""Frames that are looked at, evenly spread."""
_KEY_FRAMES_FROM = 3000
"""Frames of a video from which on only its key frames are decoded."""


class FoundWatermark(FrozenModel):
    """A watermark that was found. Its CRC of 24 bits was right: chance does that once in 17 million readings."""

    payload: str = Field(pattern=r"^[0-9a-f]{12}$", description="48 bits, hexadecimal")
    strength: float = Field(description="of the known cells, in standard deviations of what chance gives")
    mirrored: bool = False


def find_watermark(path: Path, keys: Sequence[bytes]) -> FoundWatermark | None:
    """Look for a watermark of one of these keys in a video by anyone.

    Raises:
        MediaError: the file is missing or not a video.
    """
    return find_in_frames(_luma(path), keys) if keys else None


def find_in_frames(frames: Iterator[NDArray[np.uint8]], keys: Sequence[bytes]) -> FoundWatermark | None:
    """Look for a watermark in frames (luma, uint8, H×W, all of one size)."""
    seen = observations(frames)
    for key in keys if seen else ():
        for placement, soft in Search(Layout.of(key), seen).readings():
            payload = decoded(soft)
            if payload is not None:
                return FoundWatermark(
                    payload=payload.hex(), strength=round(placement.strength, 1), mirrored=placement.mirrored
                )
    return None


def _luma(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Luma of some frames, upright."""
    with open_media(path) as media:
        stream = media.video
        expected = stream.frames or int(float((stream.duration or 0) * (stream.time_base or 0)) * _rate(stream))
        if expected > _KEY_FRAMES_FROM:
            stream.codec_context.skip_frame = "NONKEY"
            expected = _LOOKED_AT
        every = max(1, expected // _LOOKED_AT)
        size: tuple[int, ...] | None = None
        for number, frame in enumerate(shown(media, stream)):
            if number % every:
                continue
            with media_errors(path, f"frame {number}: "):
                luma = _upright(frame)
            size = size or luma.shape
            if luma.shape == size:
                yield luma


def _rate(stream: object) -> float:
    return float(getattr(stream, "average_rate", None) or 25)


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    grey = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    return orientation_of(frame).applied(grey[..., None])[..., 0]
