"""The attention tone before an alert, made of sines.

It does not imitate a public warning signal: in the USA the EAS and WEA tones (853 and 960 Hz, 1050 Hz) may be sent by
warning systems only (47 CFR 11.45), so none of their frequencies is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE
from videogen.emergency.layout.template import Tone

# Notes in Hz and when they begin, in seconds. Rising notes call, falling ones release.
_NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    "urgent": ((440.0, 0.0), (554.37, 0.16), (659.26, 0.32), (440.0, 0.62), (554.37, 0.78), (659.26, 0.94)),
    "calm": ((659.26, 0.0), (440.0, 0.35)),
}
_LENGTH = {"urgent": 0.24, "calm": 0.6}
_HARMONICS = ((1, 1.0), (2, 0.35), (3, 0.12))
_ATTACK, _PAUSE = 0.012, 0.15


def attention_tone(tone: Tone) -> NDArray[np.float32]:
    """The tone at 48 kHz, one channel, −1 … 1, with a short pause after it."""
    notes, length = _NOTES[tone], _LENGTH[tone]
    sound = np.zeros(round((notes[-1][1] + length + _PAUSE) * RATE), np.float32)
    t = np.arange(round(length * RATE)) / RATE
    shape = np.minimum(1.0, t / _ATTACK) * np.exp(-3.0 * t / length) * np.minimum(1.0, (length - t) / _ATTACK)
    for pitch, start in notes:
        note = sum(weight * np.sin(2 * np.pi * pitch * number * t) for number, weight in _HARMONICS)
        first = round(start * RATE)
        sound[first : first + len(t)] += (note * shape).astype(np.float32)
    return np.asarray(sound / np.abs(sound).max(), np.float32)
