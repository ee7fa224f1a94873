"""Test signals of EBU Tech 3341 and of ITU-R BS.1770."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.videogen.quality.scenes import moving_scene, write
from videogen.audio.loudness import RATE, Loudness, measure_loudness, sound_of
from videogen.errors import MediaError


def sine(seconds: float, decibels: float, channels: int = 2, hertz: float = 1000.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.tile(10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * time), (channels, 1))


def loudness(sound: np.ndarray, block: int = 7001) -> Loudness:
    def blocks() -> Iterator[np.ndarray]:
        for start in range(0, sound.shape[1], block):
            yield sound[:, start : start + block]

    return measure_loudness(blocks())


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_has_its_level_in_lufs(level: float) -> None:
    # EBU Tech 3341, test cases 1 and 2.
    assert loudness(sine(20, level)).integrated == pytest.approx(level, abs=0.1)


def test_a_full_scale_mono_sine_at_997_hertz_has_minus_3_01() -> None:
    assert loudness(sine(5, 0.0, channels=1, hertz=997.0)).integrated == pytest.approx(-3.01, abs=0.02)


def test_quiet_parts_are_gated_out() -> None:
    # EBU Tech 3341, test case 3: −36, −23, −36 dBFS for 10, 60 and 10 s; here a quarter of the times.
    parts = [sine(2.5, -36.0), sine(15, -23.0), sine(2.5, -36.0)]
    assert loudness(np.concatenate(parts, axis=1)).integrated == pytest.approx(-23.0, abs=0.1)


def test_silence_is_minus_infinity() -> None:
    result = loudness(np.zeros((2, RATE)))
    assert result.integrated == float("-inf")
    assert result.true_peak == float("-inf")
    assert result.seconds == pytest.approx(1.0)


def test_true_peak_lies_between_the_samples() -> None:
    # At a quarter of the rate, 45° off: every sample is at 0.707 of a peak of 1.
    time = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * RATE / 4 * time + np.pi / 4)[None]
    assert np.abs(tone).max() == pytest.approx(np.sqrt(0.5))
    assert loudness(tone).true_peak == pytest.approx(0.0, abs=0.2)


@settings(max_examples=8, deadline=None)
@given(block=st.integers(100, 60_000))
def test_blocks_do_not_change_the_result(block: int) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, (2, RATE))
    whole, cut = loudness(sound, RATE), loudness(sound, block)
    assert cut.integrated == pytest.approx(whole.integrated, abs=1e-6)
    assert cut.true_peak == pytest.approx(whole.true_peak, abs=0.05)


def write_sound(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate, layout="stereo" if len(sound) == 2 else "mono")
        samples = np.rint(sound.T * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=stream.layout.name)
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_sound_of_a_file_is_measured_at_any_rate(tmp_path: Path, rate: int) -> None:
    time = np.arange(3 * rate) / rate
    tone = np.tile(10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * time), (2, 1))
    result = measure_loudness(sound_of(write_sound(tmp_path / "tone.mka", tone, rate)))
    assert result.integrated == pytest.approx(-23.0, abs=0.1)
    assert result.seconds == pytest.approx(3.0, abs=0.02)


def test_what_is_no_sound_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    path.write_bytes(b"RIFF????WAVE")
    with pytest.raises(MediaError, match=r"noise\.wav cannot be read"):
        list(sound_of(path))


def test_a_file_without_sound_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"silent\.mp4 has no sound"):
        list(sound_of(write(tmp_path / "silent.mp4", moving_scene(2, (64, 64)))))
