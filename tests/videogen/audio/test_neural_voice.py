"""The neural voice: spoken from phonemes, the same every time, and refused where it is missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from videogen.audio.loudness import RATE
from videogen.audio.piper import PACKAGE, PiperVoice, phonemes
from videogen.audio.voice_choice import CachedVoice, voice_named
from videogen.audio.voices import EspeakVoice
from videogen.errors import InputError

installed = pytest.mark.skipif(
    find_spec(PACKAGE) is None or find_spec("onnxruntime") is None, reason="the extra `voice` is not installed"
)


@installed
def test_the_same_text_is_the_same_sound_and_about_as_long_as_it_should_be():
    voice = PiperVoice()
    first, second = (voice.speak("Forty wells were opened in twelve towns.") for _ in range(2))
    assert np.array_equal(first, second)
    assert 1.5 * RATE < len(first) < 5 * RATE
    assert 0.02 < float(np.abs(first).max()) <= 1.5


@installed
def test_english_is_spoken_by_it_unless_another_voice_is_named(tmp_path: Path):
    assert "piper" in voice_named("auto", "en", "Hello", models=tmp_path, cache=None).key
    assert "espeak" in voice_named("espeak", "en", "Hello", models=tmp_path, cache=None).key


@pytest.mark.parametrize(
    ("name", "says"),
    [("../../etc/passwd", "cannot be the name of a voice"), ("nobody", "is missing")],
)
def test_voices_come_from_the_folder_of_voices_only(tmp_path: Path, name: str, says: str):
    with pytest.raises(InputError, match=says):
        voice_named(name, "en", "Hello", models=tmp_path, cache=None)


def test_hindi_is_spoken_by_espeak(tmp_path: Path):
    voice = voice_named("auto", "hi", "नमस्ते", models=tmp_path, cache=None)
    assert isinstance(voice, EspeakVoice)
    assert len(voice.speak("नमस्ते दोस्तों")) > RATE // 4


def test_a_language_without_a_voice_is_refused_with_a_remedy(tmp_path: Path):
    with pytest.raises(InputError, match="no voice for tlh") as caught:
        voice_named("auto", "tlh", "nuqneH", models=tmp_path, cache=None)
    assert caught.value.remedy


def test_phonemes_come_from_the_program():
    assert phonemes("wells", "en-us").replace("ˈ", "") == "wɛlz"


def test_speech_is_spoken_once_and_then_read(tmp_path: Path):
    class Counted:
        key, spoken = "counted 1", 0

        def speak(self, text):
            self.spoken += 1
            return np.linspace(-0.5, 0.5, 100, dtype=np.float32)

    counted = Counted()
    voice = CachedVoice(counted, tmp_path)
    first, second = voice.speak("one"), voice.speak("one")
    assert np.array_equal(first, second)
    assert counted.spoken == 1
