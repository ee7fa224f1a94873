"""A bed of music made by formula: four chords of soft tones, sixteen seconds long, that go round without a seam."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE, sound_of
from videogen.errors import InputError

Samples = NDArray[np.float32]
_CHORD_SECONDS, _OVERLAP = 4.0, 2.0
# Semitones from A: A minor 7, F major 9, C major, G sixth; low root first.
_CHORDS = ((-24, -12, -5, 0, 3), (-28, -16, -9, -5, 0), (-21, -9, -5, 3, 7), (-26, -14, -7, -2, 2))
_PARTIALS = ((1.0, 1.0), (2.0, 0.22), (3.0, 0.06))
MOST_SECONDS = 600.0
_LEAST_PEAK = 0.001


@lru_cache(maxsize=1)
def calm() -> Samples:
    """The bed, float32 at 48 kHz, peak 0.5; the same every time."""
    whole = round(_CHORD_SECONDS * len(_CHORDS) * RATE)
    long = round((_CHORD_SECONDS + _OVERLAP) * RATE)
    time = np.arange(long) / RATE
    rise = np.minimum(1.0, time / _OVERLAP)
    envelope = np.sin(0.5 * np.pi * rise) ** 2 * np.sin(0.5 * np.pi * rise[::-1]) ** 2
    bed = np.zeros(whole)
    for number, chord in enumerate(_CHORDS):
        tone = np.zeros(long)
        for index, note in enumerate(chord):
            # Each note a little off, as strings are.
            pitch = 440.0 * 2.0 ** (note / 12.0) * (1.0 + 0.0008 * (index - 2))
            for partial, level in _PARTIALS:
                tone += level / (1.0 + 0.35 * index) * np.sin(2 * np.pi * pitch * partial * time + 0.7 * index)
        start = round(number * _CHORD_SECONDS * RATE)
        # What sounds over the end begins the next round.
        places = (start + np.arange(long)) % whole
        np.add.at(bed, places, tone * envelope)
    return np.asarray(0.5 * bed / np.abs(bed).max(), np.float32)


def track(path: Path) -> Samples:
    """A track of the operator, mixed to one channel; at most ten minutes of it.

    Raises:
        MediaError: it cannot be decoded.
        InputError: it is silent.
    """
    blocks, samples = [], 0
    for block in sound_of(path):
        blocks.append(block.mean(axis=0).astype(np.float32))
        samples += block.shape[1]
        if samples >= MOST_SECONDS * RATE:
            break
    sound = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if not len(sound) or float(np.abs(sound).max()) < _LEAST_PEAK:
        raise InputError(f"the music {path.name} is silent", remedy="choose another track, or remove `music`")
    return sound
