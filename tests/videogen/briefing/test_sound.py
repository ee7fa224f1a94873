"""The sound of a briefing: music well below the speech, loudness by profile, no clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from videogen.audio.loudness import RATE
from videogen.audio.soundtrack import loudness
from videogen.briefing.narration.music import calm, track
from videogen.briefing.narration.track import LUFS, soundtrack
from videogen.errors import InputError


def noise(seconds: float) -> np.ndarray:
    """Sound like speech: noise that comes and goes four times a second."""
    generator = np.random.default_rng(7)
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.2 * generator.standard_normal(len(time)) * np.sin(np.pi * 4 * time) ** 2, np.float32)


@pytest.mark.parametrize("profile", LUFS)
def test_the_loudness_is_that_of_the_profile_and_peaks_stay_below_one_decibel(profile):
    sound, measured = soundtrack([(RATE, noise(6))], 8 * RATE, profile)
    assert loudness(sound).integrated == pytest.approx(LUFS[profile], abs=0.5)
    assert measured.true_peak <= -1.0


@pytest.mark.parametrize("under", [20.0, 30.0])
def test_music_is_at_least_as_far_below_the_speech_as_it_was_asked_to_be(under):
    speech = [(RATE, noise(6)), (9 * RATE, noise(6))]
    with_music, _ = soundtrack(speech, 16 * RATE, "broadcast", calm(), under)
    without, _ = soundtrack(speech, 16 * RATE, "broadcast")
    bed = with_music - without * (np.abs(with_music).max() / np.abs(without).max())
    gap = with_music[round(7.6 * RATE) : round(8.8 * RATE)]
    assert float(np.abs(gap).max()) > 0, "there is music between two sentences"
    level = 20 * np.log10(np.sqrt(np.mean(gap**2)) / np.sqrt(np.mean(with_music[2 * RATE : 6 * RATE] ** 2)))
    assert level < -under + 8
    assert len(bed) == 16 * RATE


def test_the_bed_goes_round_without_a_seam_and_is_the_same_every_time():
    bed = calm()
    steps = np.abs(np.diff(np.concatenate([bed[-100:], bed[:100]])))
    assert float(steps.max()) < 0.05
    assert np.array_equal(bed, calm())


def written(path: Path, samples: np.ndarray, rate: int) -> Path:
    """The samples as an m4a file of that rate."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_track_with_nothing_in_it_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="is silent"):
        track(written(tmp_path / "silent.m4a", np.zeros(48_000, np.float32), 48_000))


def test_a_low_quality_track_is_read_at_the_rate_of_the_video(tmp_path: Path):
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.float32)
    assert len(track(written(tmp_path / "low.m4a", tone, 8000))) == pytest.approx(RATE, rel=0.3)
