"""The sound that a model makes with its frames, as the track of a video: one channel, 48 kHz, as long as the video."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from videogen.audio.loudness import RATE
from videogen.errors import MediaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT = 1e-4
"""Highest sample, −80 dB, up to which a track counts as silent."""


def fitted(samples: NDArray[np.float32], rate: int, seconds: float) -> NDArray[np.float32] | None:
    """Mix the channels, resample, and cut or pad at the end.

    Args:
        samples: channels×samples, −1 … 1.
        rate: samples per second.
        seconds: length of the video.

    Returns:
        float32 at 48 kHz; None: the sound is silent.

    Raises:
        MediaError: there are values that are not numbers.
    """
    from scipy.signal import resample_poly

    mono = samples.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mono).all():
        raise MediaError(
            "the sound of the model has values that are not numbers",
            remedy="its precision overflows: set `dtype: {audio_vae: fp32, vocoder: fp32}` in the profile",
        )
    if np.abs(mono).max(initial=0.0) < SILENT:
        return None
    shared = gcd(RATE, rate)
    found = resample_poly(mono, RATE // shared, rate // shared)
    track = np.zeros(round(seconds * RATE), np.float32)
    length = min(len(track), len(found))
    track[:length] = found[:length]
    return track
