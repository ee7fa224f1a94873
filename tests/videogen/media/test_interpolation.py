from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.errors import MediaError
from videogen.media.interpolation import interpolate, output_frame_count, positions
from videogen.media.motion import measure, scene_cuts


def test_default_clip_of_16_frames_at_8_fps_becomes_48_frames_at_24():
    assert output_frame_count(16, 8.0, 24) == 48


@given(native=st.integers(2, 200), fps=st.floats(4.0, 30.0), out=st.integers(1, 120))
def test_duration_is_kept_to_half_a_frame(native, fps, out):
    count = output_frame_count(native, fps, out)
    assert count == 1 or abs(count / out - native / fps) <= 0.5 / out + 1e-9


@given(native=st.integers(2, 60), count=st.integers(2, 200))
def test_first_and_last_output_frames_are_the_native_ones_and_time_flows_evenly(native, count):
    where = positions(native, count)
    assert where[0] == 0
    assert where[-1] == native - 1
    assert np.allclose(np.diff(where), (native - 1) / (count - 1))


def test_nothing_freezes_at_the_end(moving_disc):
    made = list(interpolate(moving_disc(6), 18))
    steps = [np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(made)]
    assert len(made) == 18
    assert min(steps) > 0.4 * max(steps)


def test_motion_interpolation_comes_far_closer_to_the_true_frames_than_blending(moving_disc, psnr):
    native, count = moving_disc(6), 21
    truth = moving_disc(positions(6, count))
    between = [number for number in range(count) if number % 4]
    moved = np.stack(list(interpolate(native, count, "motion")))
    blended = np.stack(list(interpolate(native, count, "blend")))
    assert psnr(moved[between], truth[between]) > psnr(blended[between], truth[between]) + 4.0


def test_every_single_frame_between_is_better_than_its_blend(moving_disc, psnr):
    native, count = moving_disc(4), 13
    truth = moving_disc(positions(4, count))
    moved, blended = (list(interpolate(native, count, mode)) for mode in ("motion", "blend"))
    for number in range(count):
        assert psnr(moved[number], truth[number]) >= psnr(blended[number], truth[number])


def test_native_frames_pass_unchanged(moving_disc):
    native = moving_disc(5)
    made = list(interpolate(native, 9))
    assert all(np.array_equal(made[2 * number], native[number]) for number in range(5))


@pytest.mark.parametrize("mode", ["motion", "blend"])
def test_frames_are_never_mixed_across_a_cut(moving_disc, mode):
    before = moving_disc(3)
    after = np.roll(255 - before[:, ::-1], 40, axis=2)
    native = np.concatenate([before, after])
    made = list(interpolate(native, 16, mode))
    crossing = [frame for frame, where in zip(made, positions(6, 16), strict=True) if 2 < where < 3]
    assert crossing
    for frame in crossing:
        assert any(np.array_equal(frame, neighbour) for neighbour in (native[2], native[3]))


def test_cut_is_found_and_motion_is_not_taken_for_one(moving_disc):
    before = moving_disc(4, speed=14.0)
    after = np.roll(255 - before[:, ::-1], 40, axis=2)
    assert scene_cuts(before) == []
    assert scene_cuts(np.concatenate([before, after])) == [4]


def test_flow_of_a_shifted_picture_is_the_shift():
    picture = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
    picture = np.kron(picture, np.ones((6, 6, 1), np.uint8))
    motion = measure(picture, np.roll(picture, (3, 5), axis=(0, 1)))
    inner = motion.forward[30:-30, 30:-30]
    assert np.abs(np.median(inner, axis=(0, 1)) - (5, 3)).max() < 0.3


def test_uncovered_ground_is_taken_from_the_frame_that_shows_it(moving_disc, psnr):
    native = moving_disc(2, speed=11.0)
    middle = list(interpolate(native, 3))[1]
    truth = moving_disc(np.array([0.5]), speed=11.0)[0]
    blend = list(interpolate(native, 3, "blend"))[1]
    assert psnr(middle, truth) > psnr(blend, truth) + 3.0


def test_frames_are_made_lazily_from_a_memory_map(tmp_path, moving_disc):
    path = tmp_path / "frames.npy"
    np.save(path, moving_disc(4))
    mapped = np.load(path, mmap_mode="r")
    stream = interpolate(mapped, 10)
    assert np.array_equal(next(stream), mapped[0])
    next(stream)
    assert mapped.shape[0] == 4


def test_slower_output_rate_takes_frames_away_evenly(moving_disc):
    made = list(interpolate(moving_disc(9), 5))
    assert len(made) == 5
    assert np.array_equal(made[-1], moving_disc(9)[-1])


def test_single_frame_stands_still():
    picture = np.full((1, 64, 64, 3), 7, np.uint8)
    made = list(interpolate(picture, 4))
    assert len(made) == 4
    assert all(np.array_equal(frame, picture[0]) for frame in made)


def test_no_frames_are_an_error():
    with pytest.raises(MediaError, match="cannot be made from 0"):
        list(interpolate(np.empty((0, 64, 64, 3), np.uint8), 4))


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 1920), (91, 77)])
def test_odd_and_extreme_sizes_work(height, width):
    rng = np.random.default_rng(1)
    native = rng.integers(0, 255, (2, height, width, 3), np.uint8)
    assert [frame.shape for frame in interpolate(native, 3)] == [(height, width, 3)] * 3
