"""Reading texts aloud with espeak-ng, where it is installed and knows the language."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE
from videogen.storage.atomic_folder import Folder
from videogen.text.language_tags import primary

PROGRAM = "espeak-ng"
WORDS_PER_MINUTE = 160
_LONGEST = 20.0
# CAP's language tags and espeak-ng's names for the same language.
_NAMES = {"en": "en-gb", "fr": "fr-fr", "zh": "cmn", "no": "nb", "iw": "he", "tl": "fil", "yue": "yue"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_QUIET = 0.004
_PAUSES = ".!?:;।॥。！？؟۔"


@dataclass(frozen=True)
class Speech:
    """What was read.

    pages: samples (float32, 48 kHz, −1 … 1) of each page, empty where nothing is read; why_silent: the reason if no
    speech was made at all.
    """

    pages: tuple[NDArray[np.float32], ...]
    why_silent: str | None = None


def read_aloud(pages: Sequence[Sequence[str]], language: str, cache: Path | None) -> Speech:
    """Return speech for each page (its texts in reading order); never raises: silence comes with a reason.

    cache: a folder where speech is kept between alerts.
    """
    silence = np.zeros(0, np.float32)
    voice, why = voice_for(language, " ".join(text for page in pages for text in page))
    if voice is None:
        return Speech((silence,) * len(pages), why)
    try:
        return Speech(tuple(samples_of(wav_of(voice, sayable(page), cache)) for page in pages))
    except subprocess.TimeoutExpired:
        return Speech((silence,) * len(pages), f"{PROGRAM} did not finish within {_LONGEST:g} s")
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[:200]
        return Speech((silence,) * len(pages), f"{PROGRAM} ended with exit code {error.returncode}: {said}")


def voice_for(language: str, text: str) -> tuple[str | None, str | None]:
    """espeak-ng's voice for a language tag, or None and why there is none."""
    if shutil.which(PROGRAM) is None:
        return None, f"{PROGRAM} is not installed (on Debian and Ubuntu: apt install {PROGRAM})"
    name = primary(language)
    if name == "ja" and _HAN.search(text):
        return None, f"{PROGRAM} cannot read kanji"
    voices = _voices()
    tag = language.lower().replace("_", "-")
    for candidate in (tag, "-".join(tag.split("-")[:2]), _NAMES.get(name, name), name):
        if candidate in voices:
            return candidate, None
    return None, f"{PROGRAM} has no voice for {language}"


def sayable(texts: Sequence[str]) -> str:
    """Join the texts of a page with pauses; what is not spoken (https://, ·) is left out."""
    said = (re.sub(r"https?://", "", text).replace(" · ", ", ").strip() for text in texts)
    return "\n".join(text if text[-1] in _PAUSES else f"{text}." for text in said if text)


def wav_of(voice: str, text: str, cache: Path | None, words_per_minute: int = WORDS_PER_MINUTE) -> bytes:
    """The text as a WAV file, empty for an empty text.

    Args:
        voice: espeak-ng's name of it, see `voice_for`.
        cache: a folder where speech is kept; None: nowhere.

    Raises:
        subprocess.SubprocessError: the program failed or did not finish.
    """
    if not text:
        return b""
    key = hashlib.sha256(f"{PROGRAM} {voice} {words_per_minute}\n{text}".encode()).hexdigest()[:32]
    folder = None if cache is None else Folder(cache)
    name = f"speech/{key}.wav"
    if folder is not None and folder.exists(name):
        return folder.read(name)
    with tempfile.TemporaryDirectory(prefix="videogen-") as place:
        path = Path(place) / "speech.wav"
        # The text comes by standard input: it can never be taken for an option or a file.
        command = [PROGRAM, "--stdin", "-b", "1", "-v", voice, "-s", str(words_per_minute), "-w", str(path)]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True, timeout=_LONGEST)
        data = path.read_bytes()
    if folder is not None:
        folder.write(name, data)
    return data


def samples_of(data: bytes) -> NDArray[np.float32]:
    """A WAV file at 48 kHz, without the silence at its ends."""
    from av import AudioFrame, AudioResampler

    if not data:
        return np.zeros(0, np.float32)
    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    frame = AudioFrame.from_ndarray(raw[None].astype(np.int16), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = AudioResampler(format="fltp", layout="mono", rate=RATE)
    pieces = [piece.to_ndarray()[0] for source in (frame, None) for piece in resampler.resample(source)]
    sound = np.concatenate(pieces).astype(np.float32)
    loud = np.flatnonzero(np.abs(sound) > _QUIET)
    return sound[loud[0] : loud[-1] + 1] if len(loud) else np.zeros(0, np.float32)


@lru_cache(maxsize=1)
def _voices() -> frozenset[str]:
    listed = subprocess.run([PROGRAM, "--voices"], check=True, capture_output=True, timeout=_LONGEST)
    lines = listed.stdout.decode(errors="replace").splitlines()[1:]
    return frozenset(line.split()[1].lower() for line in lines if len(line.split()) > 1)
