"""The sound of a variant: one continuous track; speech at its frames, music well below it, loudness by profile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE, Loudness
from videogen.audio.soundtrack import loudness, normalised

Samples = NDArray[np.float32]
LUFS = {"broadcast": -23.0, "web": -16.0}
"""EBU R 128 for television; what podcasts and web players expect."""
_FADE_IN, _FADE_OUT = 0.8, 1.5
_EDGE = round(0.004 * RATE)
"""Samples in which speech is faded in and out, so that no join clicks."""


def soundtrack(
    speech: Sequence[tuple[int, Samples]], samples: int, profile: str, music: Samples | None = None, under: float = 24.0
) -> tuple[Samples, Loudness]:
    """Mix the whole track.

    Args:
        speech: first sample and sound of each sentence.
        samples: length of the video.
        music: a bed of any length, float32 at 48 kHz; it is repeated or cut, and faded at both ends.
        under: decibels that the music stays below the speech (WCAG 1.4.7 asks for 20).

    Raises:
        MediaError: there is nothing to hear, or the loudness cannot be reached.
    """
    track = np.zeros(samples, np.float32)
    for first, sound in speech:
        room = track[first : first + len(sound)]
        room += _soft(sound)[: len(room)]
    if music is not None and len(music):
        track = track + _bed(music, track, samples, under)
    return normalised(track, LUFS[profile])


def _soft(sound: Samples) -> Samples:
    edge = min(_EDGE, len(sound) // 2)
    if not edge:
        return sound
    ramp = np.linspace(0.0, 1.0, edge, dtype=np.float32)
    soft = sound.copy()
    soft[:edge] *= ramp
    soft[-edge:] *= ramp[::-1]
    return soft


def _bed(music: Samples, speech: Samples, samples: int, under: float) -> Samples:
    """The music at `under` decibels below the speech, as long as the video."""
    long = np.resize(music, samples) if len(music) < samples else music[:samples].copy()
    rise, fall = round(_FADE_IN * RATE), round(_FADE_OUT * RATE)
    rise, fall = min(rise, samples // 4), min(fall, samples // 4)
    long[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32) ** 2
    long[samples - fall :] *= np.linspace(1.0, 0.0, fall, dtype=np.float32) ** 2
    spoken, played = loudness(speech).integrated, loudness(long).integrated
    reference = spoken if np.isfinite(spoken) else -23.0
    if not np.isfinite(played):
        return np.zeros(samples, np.float32)
    return np.asarray(long * np.float32(10.0 ** ((reference - under - played) / 20.0)), np.float32)
