"""Voices: one interface for whatever turns a text into speech."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from videogen.audio.speech import PROGRAM, samples_of, voice_for, wav_of
from videogen.errors import InputError, MediaError

Samples = NDArray[np.float32]
_LEAST_LEVEL = 0.005


class Voice(Protocol):
    """Something that speaks one language."""

    @property
    def key(self) -> str:
        """All that the sound depends on beside the text, for caches and records."""

    def speak(self, text: str) -> Samples:
        """The text as speech: float32, 48 kHz, −1 … 1, without silence at its ends.

        Raises:
            MediaError: the program failed, or gave no sound.
        """


class EspeakVoice:
    """espeak-ng, a separate program.

    Args:
        language: tag of the language.
        sample: a text in it, for scripts that the program cannot read.
        cache: folder where speech is kept; None: nowhere.

    Raises:
        InputError: the program is missing, or has no voice for the language.
    """

    def __init__(self, language: str, sample: str, *, words_per_minute: int = 150, cache: Path | None = None) -> None:
        name, why = voice_for(language, sample)
        if name is None:
            raise InputError(
                f"nothing can speak {language}: {why}",
                remedy="install espeak-ng, name another voice, or make the briefing without a narration",
            )
        self._name, self._pace, self._cache = name, words_per_minute, cache

    @property
    def key(self) -> str:
        return f"{PROGRAM} {self._name} {self._pace}"

    def speak(self, text: str) -> Samples:
        for last in (False, True):
            try:
                return checked(samples_of(wav_of(self._name, text, self._cache, self._pace)), text, self.key)
            except subprocess.TimeoutExpired as error:
                # A machine under load may be slow once.
                if last:
                    raise MediaError(
                        f"{PROGRAM} did not finish {text[:60]!r} within {error.timeout:g} s", remedy="run it again"
                    ) from error
            except subprocess.CalledProcessError as error:
                words = error.stderr.decode(errors="replace").strip()[:200]
                raise MediaError(
                    f"{PROGRAM} ended with exit code {error.returncode}: {words}", remedy="check its installation"
                ) from error
        raise AssertionError("the second try returns or raises")


def checked(sound: Samples, text: str, voice: str) -> Samples:
    """The sound itself, if there is any.

    Raises:
        MediaError: it is silent, or not finite.
    """
    if not len(sound) or not np.isfinite(sound).all() or float(np.abs(sound).max()) < _LEAST_LEVEL:
        raise MediaError(f"the voice {voice} gave no sound for {text[:60]!r}", remedy="choose another voice")
    return sound
