"""The sound that a model makes, as the track of its video."""

from __future__ import annotations

import numpy as np
import pytest

from videogen.audio.loudness import RATE, TARGET
from videogen.audio.model_sound import fitted
from videogen.audio.soundtrack import as_loud_as_it_can_be, loudness, normalised
from videogen.errors import MediaError
from videogen.media.narration import Narration


def tone(rate: int, seconds: float, hertz: float = 440.0, channels: int = 2) -> np.ndarray:
    wave = 0.3 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)
    return np.tile(wave.astype(np.float32), (channels, 1))


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_any_rate_and_any_number_of_channels_becomes_one_track_as_long_as_the_video(rate: int) -> None:
    track = fitted(tone(rate, 1.5), rate, 1.0)
    assert track is not None
    assert (len(track), track.dtype) == (RATE, np.float32)
    spectrum = np.abs(np.fft.rfft(track))
    assert abs(int(spectrum.argmax()) - 440) <= 1, "the pitch stays"


def test_a_shorter_sound_is_followed_by_silence() -> None:
    track = fitted(tone(16_000, 0.5), 16_000, 1.0)
    assert track is not None
    assert np.abs(track[: RATE // 4]).max() > 0.2
    assert np.abs(track[RATE * 3 // 4 :]).max() == 0.0


def test_silence_is_no_track_and_broken_numbers_are_refused() -> None:
    assert fitted(np.zeros((2, 800), np.float32), 8_000, 1.0) is None
    broken = tone(8_000, 1.0)
    broken[0, 100] = np.nan
    with pytest.raises(MediaError, match=r"not numbers — its precision overflows"):
        fitted(broken, 8_000, 1.0)


def test_a_voice_is_heard_over_the_sound_and_both_have_the_loudness_of_broadcasts() -> None:
    sound = fitted(tone(44_100, 2.0, 200.0), 44_100, 2.0)
    assert sound is not None
    assert loudness(normalised(sound)[0]).integrated == pytest.approx(TARGET, abs=0.1)
    voice = tone(RATE, 1.0, 1000.0, channels=1)[0]
    track = Narration((("a sentence", 0.5, voice),)).track(2.0, under=sound)
    assert loudness(track).integrated == pytest.approx(TARGET, abs=0.1)
    heard = np.abs(np.fft.rfft(track[RATE * 3 // 4 : RATE * 5 // 4]))
    hertz = np.fft.rfftfreq(RATE // 2, 1 / RATE)
    loud, quiet = heard[np.abs(hertz - 1000).argmin()], heard[np.abs(hertz - 200).argmin()]
    assert loud == pytest.approx(10 * quiet, rel=0.05), "20 dB between them"


def test_spikes_are_no_reason_to_refuse_a_video_and_become_as_loud_as_peaks_may() -> None:
    spikes = np.zeros(2 * RATE, np.float32)
    spikes[:: RATE // 10] = 0.1
    with pytest.raises(MediaError, match="cannot reach"):
        normalised(spikes)
    heard = loudness(as_loud_as_it_can_be(spikes))
    assert heard.true_peak == pytest.approx(-2.2, abs=0.1)
    assert heard.integrated < TARGET


def test_a_sound_that_can_reach_the_loudness_of_broadcasts_reaches_it() -> None:
    sound = fitted(tone(44_100, 2.0, 200.0), 44_100, 2.0)
    assert sound is not None
    assert loudness(as_loud_as_it_can_be(sound)).integrated == pytest.approx(TARGET, abs=0.1)
