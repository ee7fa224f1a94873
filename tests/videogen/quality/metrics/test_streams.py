from __future__ import annotations

import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.videogen.quality.scenes import moving_scene, window
from videogen.errors import MediaError
from videogen.quality.catalogue import METRICS
from videogen.quality.measurement import Measurement, measure, window_length
from videogen.quality.metrics import temporal
from videogen.quality.metrics.streams import MetricStream
from videogen.quality.metrics.stretches import FrozenStretch, black_stretch

STREAMED = [name for name, metric in METRICS.items() if metric.stream]


def streams(names: list[str]) -> dict[str, MetricStream]:
    return {name: METRICS[name].open_stream() for name in names}


def measured(clip: np.ndarray, borders: list[int], fps: float = 24.0) -> Measurement:
    parts = np.split(clip, borders)
    return measure(iter(parts), fps=fps, num_frames=len(clip), streams=streams(STREAMED))


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    return moving_scene(20, (160, 96))


@pytest.mark.fuzz("video")
@settings(max_examples=examples(4), deadline=None)
@given(borders=st.sets(st.integers(1, 19), max_size=6))
def test_values_do_not_depend_on_how_the_video_is_cut_into_windows(borders: set[int]) -> None:
    clip = moving_scene(20, (160, 96))
    whole, cut = measured(clip, []), measured(clip, sorted(borders))
    assert cut.frames == whole.frames == 20
    for name in STREAMED:
        assert cut.values[name] == pytest.approx(whole.values[name], nan_ok=True), name
    assert np.array_equal(cut.samples, whole.samples)


def test_every_stream_gives_one_number_per_frame(clip: np.ndarray) -> None:
    result = measured(clip, [7])
    assert {name: len(series) for name, series in result.series.items()} == dict.fromkeys(STREAMED, 20)


def test_flickering_of_the_stream_is_that_of_the_function(clip: np.ndarray) -> None:
    values = measured(clip, [3]).values
    assert values["temporal_flickering"] == pytest.approx(temporal.temporal_flickering(clip))


@pytest.mark.parametrize("fps", [8.0, 24.0])
def test_dynamic_degree_is_the_speed_in_per_cent_of_the_width_per_second(fps: float) -> None:
    clip = moving_scene(12, (256, 160), speed=3.0)
    value = measured(clip, [], fps).values["dynamic_degree"]
    # The sign covers more than 5 % of the frame, so the fastest 5 % all belong to it.
    assert value == pytest.approx(100 * fps * 3 / 256, rel=0.2)


def test_a_frozen_video_has_no_motion_and_one_long_stretch(clip: np.ndarray) -> None:
    still = np.repeat(clip[:1], 24, axis=0)
    values = measured(still, [10]).values
    assert values["dynamic_degree"] == 0.0
    assert values["frozen_stretch"] == pytest.approx(23 / 24)
    # The trap that dynamic degree is there for: everything else is perfect.
    assert values["temporal_flickering"] == values["motion_smoothness"] == 1.0


def test_a_moving_video_has_no_frozen_stretch(clip: np.ndarray) -> None:
    assert measured(clip, []).values["frozen_stretch"] == 0.0


def test_the_longest_black_stretch_is_found_across_windows(clip: np.ndarray) -> None:
    spoiled = np.concatenate([clip] * 2)
    spoiled[5:8], spoiled[12:27] = 0, 10
    assert measured(spoiled, [20]).values["black_stretch"] == pytest.approx(15 / 24)


def test_black_frames_are_neither_frozen_nor_blurred(clip: np.ndarray) -> None:
    spoiled = np.concatenate([clip, np.zeros_like(clip)])
    values, clean = measured(spoiled, []).values, measured(clip, []).values
    assert values["frozen_stretch"] == 0.0
    assert values["sharpness"] == pytest.approx(clean["sharpness"], abs=0.01)


def test_a_dark_picture_with_something_bright_is_not_black() -> None:
    frame = np.zeros((1, 96, 160, 3), np.uint8)
    frame[:, 40:60, 60:90] = 200
    stream = black_stretch()
    assert stream.update(window(frame)).tolist() == [0.0]


def test_coding_noise_does_not_hide_a_frozen_picture(clip: np.ndarray) -> None:
    random = np.random.default_rng(0)
    still = np.clip(np.repeat(clip[:1], 12, axis=0) + random.integers(-1, 2, (12, *clip.shape[1:])), 0, 255)
    stream = FrozenStretch()
    assert stream.update(window(still.astype(np.uint8))).max() == pytest.approx(11 / 24)


def test_smoothness_of_shuffled_frames_is_lower(clip: np.ndarray) -> None:
    shuffled = clip[np.random.default_rng(0).permutation(len(clip))]
    ordered, mixed = measured(clip, []).values, measured(shuffled, []).values
    assert mixed["motion_smoothness"] < ordered["motion_smoothness"] - 0.01
    assert mixed["warp_error"] > 1.5 * ordered["warp_error"]


def test_background_consistency_sees_the_light_jump_and_subject_consistency_the_scene(clip: np.ndarray) -> None:
    jumping = clip.copy()
    jumping[::2] = (clip[::2] * 0.7).astype(np.uint8)
    other = np.concatenate([clip[:10], moving_scene(20, (160, 96), seed=9)[10:]])
    plain, light, scene = (measured(video, []).values for video in (clip, jumping, other))
    assert light["background_consistency"] < plain["background_consistency"] - 0.05
    assert scene["subject_consistency"] < plain["subject_consistency"] - 0.02
    assert scene["continuity"] < plain["continuity"] - 0.1


def test_slow_motion_is_not_frozen() -> None:
    slow = moving_scene(48, (256, 160), speed=0.15)
    assert measured(slow, []).values["frozen_stretch"] < 0.4


def test_a_ghost_that_comes_and_goes_does_not_hide_a_frozen_picture(clip: np.ndarray) -> None:
    # Frames coded from both sides alternate between two states of what has just passed.
    still = np.repeat(clip[:1], 24, axis=0)
    still[1::2, 20:25, 20:25] += 8
    assert measured(still, []).values["frozen_stretch"] == pytest.approx(23 / 24)


def test_still_measures_are_taken_eight_times_a_second(clip: np.ndarray) -> None:
    series = measured(np.concatenate([clip] * 3)[:48], [7, 23]).series["sharpness"]
    assert np.flatnonzero(np.isfinite(series)).tolist() == list(range(0, 48, 3))


def test_an_error_on_the_way_keeps_what_was_measured(clip: np.ndarray) -> None:
    def windows() -> object:
        yield clip[:8]
        raise MediaError("frame 8 cannot be decoded")

    result = measure(windows(), fps=24.0, num_frames=20, streams=streams(["sharpness"]))  # type: ignore[arg-type]
    assert result.frames == 8
    assert result.problem == "frame 8 cannot be decoded"
    assert result.values["sharpness"] > 0


def test_samples_are_spread_over_the_whole_video() -> None:
    clip = np.zeros((100, 16, 16, 3), np.uint8)
    clip += np.arange(100, dtype=np.uint8)[:, None, None, None]
    result = measure(iter(np.split(clip, [33, 66])), fps=24.0, num_frames=100, streams={})
    assert result.samples[:, 0, 0, 0].tolist() == [round(value) for value in np.linspace(0, 99, 16)]


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (7680, 4320)])
def test_a_window_stays_small_at_any_size(size: tuple[int, int]) -> None:
    length = window_length(*size)
    assert length >= 2
    assert length * size[0] * size[1] * 3 <= max(64_000_000, 2 * size[0] * size[1] * 3)


def test_memory_does_not_grow_with_the_length_of_the_video() -> None:
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0

    def windows() -> Iterator[np.ndarray]:
        nonlocal most
        clip = moving_scene(4, (64, 48))
        for _ in range(60):
            pixels = clip.copy()
            alive.append(weakref.ref(pixels))
            most = max(most, sum(reference() is not None for reference in alive))
            yield pixels
            del pixels

    result = measure(windows(), fps=24.0, num_frames=240, streams=streams(STREAMED))
    assert result.frames == 240
    assert most <= 2
