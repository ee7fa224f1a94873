"""Which voice speaks: by name, or the best that is installed for the language."""

from __future__ import annotations

import hashlib
import io
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.audio.piper import PACKAGE, PiperVoice
from videogen.audio.voices import EspeakVoice, Voice
from videogen.errors import InputError
from videogen.storage.atomic_folder import Folder
from videogen.text.language_tags import primary

AUTO, ESPEAK, JOE = "auto", "espeak", "joe"
FOLDER = "voices"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")


def voice_named(name: str, language: str, sample: str, *, models: Path, cache: Path | None) -> Voice:
    """The voice of that name.

    Args:
        name: "auto" (the neural English voice where it is installed, else espeak-ng), "espeak", "joe", or that of a
            file ``<models>/voices/<name>.onnx`` of Piper's form.
        sample: a text in the language, for scripts that a program cannot read.
        models: folder of weights.
        cache: folder where speech is kept; None: nowhere.

    Raises:
        InputError: it does not exist, or cannot speak the language.
    """
    neural = primary(language) == "en" and find_spec(PACKAGE) is not None and find_spec("onnxruntime") is not None
    if name == ESPEAK or (name == AUTO and not neural):
        return EspeakVoice(language, sample, cache=cache)
    if name in (AUTO, JOE):
        voice = PiperVoice()
    elif _NAME.fullmatch(name):
        voice = PiperVoice(models / FOLDER / f"{name}.onnx")
    else:
        raise InputError(
            f"{name[:60]!r} cannot be the name of a voice", remedy="use auto, espeak, joe, or a file's name"
        )
    if voice.language != primary(language):
        raise InputError(
            f"the voice {name} speaks {voice.language}, not {language}", remedy="name another voice for this language"
        )
    return voice if cache is None else CachedVoice(voice, cache)


class CachedVoice:
    """Another voice, whose speech is kept in a folder."""

    def __init__(self, voice: Voice, cache: Path) -> None:
        self._voice, self._folder = voice, Folder(cache)

    @property
    def key(self) -> str:
        return self._voice.key

    def speak(self, text: str) -> NDArray[np.float32]:
        """The text as speech, from the folder where it was spoken before."""
        digest = hashlib.sha256(f"{self._voice.key}\n{text}".encode()).hexdigest()[:32]
        name = f"speech/{digest}.npy"
        if self._folder.exists(name):
            return np.asarray(np.load(io.BytesIO(self._folder.read(name)), allow_pickle=False), np.float32)
        sound = self._voice.speak(text)
        stream = io.BytesIO()
        np.save(stream, sound, allow_pickle=False)
        self._folder.write(name, stream.getvalue())
        return sound
