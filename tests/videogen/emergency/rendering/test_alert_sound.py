"""Tone and speech: own tone, broadcast loudness, the reason of a silence."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from videogen.audio import speech
from videogen.audio.loudness import RATE, measure_loudness
from videogen.audio.soundtrack import loudness, mixed, normalised
from videogen.audio.speech import read_aloud, sayable, voice_for
from videogen.emergency.rendering.attention_tone import attention_tone
from videogen.errors import MediaError

RNG = np.random.default_rng(0)
NEEDS_ESPEAK = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def noise(seconds, level):
    """Noise without the highest octave, as speech is; it begins and ends softly."""
    shape = np.hanning(9)
    track = np.convolve(RNG.normal(0, level, round(seconds * RATE)), shape / np.linalg.norm(shape), mode="same")
    track[:480] *= np.linspace(0, 1, 480)
    track[-480:] *= np.linspace(1, 0, 480)
    return track.astype(np.float32)


@pytest.mark.parametrize("seconds", [0.7, 2.0, 5.3])
def test_loudness_is_that_of_the_time_domain_filter(seconds):
    track = noise(seconds, 0.05)
    track[: len(track) // 3] *= 0.01
    ours, reference = loudness(track), measure_loudness(iter([track[None].astype(float)]))
    assert ours.integrated == pytest.approx(reference.integrated, abs=0.02)
    assert ours.true_peak == pytest.approx(reference.true_peak, abs=0.1)


@pytest.mark.parametrize("level", [0.001, 0.9])
def test_any_sound_is_brought_to_the_target(level):
    track, said = normalised(noise(3.0, level))
    found = measure_loudness(iter([track[None].astype(float)]))
    assert found.integrated == pytest.approx(-23.0, abs=0.1)
    assert found.true_peak <= -1.5
    assert said.integrated == pytest.approx(found.integrated, abs=0.1)


def test_sharp_peaks_are_rounded_off_not_let_through():
    track = noise(4.0, 0.02)
    track[::4800] = 1.0
    found = measure_loudness(iter([normalised(track)[0][None].astype(float)]))
    assert found.integrated == pytest.approx(-23.0, abs=0.2)
    assert found.true_peak <= -1.5


def test_silence_is_no_sound():
    with pytest.raises(MediaError, match="silent"):
        normalised(np.zeros(RATE * 2, np.float32))


def test_sounds_stand_at_their_moments_and_the_track_is_as_long_as_the_video():
    track, _ = mixed([(0.0, noise(1.0, 0.1)), (3.0, noise(1.0, 0.1))], 5.0)
    assert len(track) == 5 * RATE
    powers = (track.reshape(5, RATE) ** 2).mean(axis=1)
    assert (powers > 1e-4).tolist() == [True, False, False, True, False]


@pytest.mark.parametrize("tone", ["urgent", "calm"])
def test_the_tone_holds_no_frequency_of_public_warning_signals(tone):
    sound = attention_tone(tone)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    frequencies = np.fft.rfftfreq(1 << 18, 1 / RATE)
    loudest = spectrum.max()
    for forbidden in (853.0, 960.0, 1050.0):
        near = spectrum[np.abs(frequencies - forbidden) < 8]
        assert near.max() < 0.12 * loudest


@NEEDS_ESPEAK
def test_pages_are_read_aloud_each_for_itself():
    found = read_aloud([["Flood warning"], ["Go to upper floors now.", "Stay off the beach."]], "en-GB", None)
    assert found.why_silent is None
    short, long = (len(page) / RATE for page in found.pages)
    assert 0.4 < short < 2.0 < long < 6.0


@NEEDS_ESPEAK
def test_speech_is_kept_in_the_cache(tmp_path, monkeypatch):
    first = read_aloud([["Flood warning"]], "en", tmp_path)
    monkeypatch.setattr(speech.subprocess, "run", lambda *_, **__: pytest.fail("it was spoken again"))
    assert np.array_equal(read_aloud([["Flood warning"]], "en", tmp_path).pages[0], first.pages[0])


@NEEDS_ESPEAK
@pytest.mark.parametrize(
    ("language", "voice"), [("en-US", "en-us"), ("hi-IN", "hi"), ("zh-Hans", "cmn"), ("pt-BR", "pt-br")]
)
def test_language_tags_find_their_voice(language, voice):
    assert voice_for(language, "") == (voice, None)


@NEEDS_ESPEAK
def test_what_cannot_be_read_is_not_read_and_says_why():
    assert "kanji" in voice_for("ja", "避難")[1]
    found = read_aloud([["Habari"]], "xx", None)
    assert len(found.pages[0]) == 0
    assert "no voice for xx" in found.why_silent


def test_a_program_that_hangs_is_given_up(monkeypatch):
    def hanging(*_, **__):
        raise subprocess.TimeoutExpired("espeak-ng", 20)

    monkeypatch.setattr(speech, "voice_for", lambda *_: ("en", None))
    monkeypatch.setattr(speech.subprocess, "run", hanging)
    assert "did not finish" in read_aloud([["Flood"]], "en", None).why_silent


def test_what_is_only_for_the_eye_is_not_said():
    assert sayable(["More: https://example.org", "Severe · Act now"]) == "More: example.org.\nSevere, Act now."
