"""The sound of a video: speech, in alerts a tone, in their places, at −23 LUFS, peaks below −1 dBTP (EBU R 128)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import K_WEIGHTING, RATE, STEP, TARGET, Loudness, decibels, gated
from videogen.errors import MediaError

Samples = NDArray[np.float32]
# AAC may raise peaks by about a decibel.
_HIGHEST = -2.2
_KNEE = 0.6
_ROUNDS = 8
_BLOCK, _TAIL = 2 * RATE, RATE // 2
_PIECE, _EDGE = 16384, 256


def mixed(parts: Sequence[tuple[float, Samples]], seconds: float, target: float = TARGET) -> tuple[Samples, Loudness]:
    """Mix sounds at their start times (in seconds), normalise them, and measure the result's loudness.

    Args:
        target: LUFS.

    Returns:
        float32 at 48 kHz, exactly as long as the video.

    Raises:
        MediaError: the loudness cannot be reached without breaking the highest peak.
    """
    track = np.zeros(round(seconds * RATE), np.float32)
    for start, sound in parts:
        first = round(start * RATE)
        room = track[first : first + len(sound)]
        room += sound[: len(room)]
    return normalised(track, target)


def normalised(track: Samples, target: float = TARGET) -> tuple[Samples, Loudness]:
    """Return the track at `target` LUFS; peaks that would be too high are limited.

    Raises:
        MediaError: it is silent, or too short or spiky to be measured.
    """
    for _ in range(_ROUNDS):
        found = loudness(track)
        if not np.isfinite(found.integrated):
            raise MediaError("the sound is silent", remedy="check the tone and the speech program")
        gain = target - found.integrated
        track = np.asarray(track * np.float32(10.0 ** (gain / 20.0)), np.float32)
        if found.true_peak + gain <= _HIGHEST:
            return track, Loudness(target, found.true_peak + gain, found.seconds)
        track = _rounded_off(track)
    raise MediaError(f"the sound cannot reach {target:g} LUFS below −1 dBTP", remedy="check the speech program")


def as_loud_as_it_can_be(track: Samples, target: float = TARGET) -> Samples:
    """The track at `target` LUFS, or, where it is silent or a few spikes, as loud as its peaks allow.

    For sound that a model has made: nobody can speak it again, and the quality report measures what came out.
    """
    try:
        return normalised(track, target)[0]
    except MediaError:
        peak = _true_peak(track) if len(track) else 0.0
        return np.asarray(track * np.float32(10.0 ** (_HIGHEST / 20.0) / peak), np.float32) if peak > 0.0 else track


def loudness(track: Samples) -> Loudness:
    """Measure loudness as `videogen.audio.loudness` does, but filter by Fourier transform.

    scipy.signal takes seconds to load, which an alert does not have.
    """
    powers: list[NDArray[np.float64]] = []
    response = _response(_BLOCK + _TAIL)
    for start in range(0, len(track), _BLOCK):
        # The filter has forgotten everything after a quarter of a second.
        block = np.zeros(_BLOCK + _TAIL, np.float32)
        before = track[max(0, start - _TAIL) : start]
        piece = track[start : start + _BLOCK]
        block[_TAIL - len(before) : _TAIL] = before
        block[_TAIL : _TAIL + len(piece)] = piece
        weighted = np.fft.irfft(np.fft.rfft(block) * response, len(block))[_TAIL : _TAIL + len(piece)]
        whole = len(weighted) // STEP * STEP
        powers.append((weighted[:whole].astype(np.float64).reshape(-1, STEP) ** 2).mean(axis=1))
    return Loudness(gated(np.concatenate(powers)), decibels(_true_peak(track)), len(track) / RATE)


@lru_cache(maxsize=1)
def _response(length: int) -> NDArray[np.complex64]:
    """BS.1770's filters at the frequencies of a transform of `length` samples."""
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(length))
    response = np.ones(len(turns), complex)
    for section in K_WEIGHTING:
        above, below = section[:3], section[3:]
        response *= (above[0] + above[1] * turns + above[2] * turns**2) / (
            below[0] + below[1] * turns + below[2] * turns**2
        )
    return response.astype(np.complex64)


def _true_peak(track: Samples) -> float:
    """The highest value between the samples too (four-fold, band-limited); looked for where the samples are high."""
    peak = highest = float(np.abs(track).max(initial=0.0))
    for start in range(0, len(track), _PIECE - 2 * _EDGE):
        block = np.zeros(_PIECE, np.float32)
        piece = track[start : start + _PIECE]
        block[: len(piece)] = piece
        if np.abs(block).max() < 0.6 * highest:
            continue
        finer = np.fft.irfft(np.fft.rfft(block), 4 * _PIECE) * 4.0
        # The ends ring; all but those of the track come again in the middle of the next piece.
        first = 0 if start == 0 else 4 * _EDGE
        peak = max(peak, float(np.abs(finer[first : 4 * (_PIECE - _EDGE)]).max()))
    return peak


def _rounded_off(track: Samples) -> Samples:
    """A soft knee below the highest peak."""
    highest = 10.0 ** (_HIGHEST / 20.0)
    knee = _KNEE * highest
    level = np.abs(track)
    room = highest * 0.97 - knee
    soft = knee + room * np.tanh((level - knee) / room)
    return np.asarray(np.where(level > knee, np.sign(track) * soft, track), np.float32)
