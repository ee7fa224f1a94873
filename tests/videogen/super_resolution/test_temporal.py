from __future__ import annotations

import numpy as np
import pytest

from videogen.media.motion import Motion
from videogen.media.optical_flow import enlarge_flow, warp
from videogen.super_resolution.temporal import TemporalConsistencyEnforcer, _moved, added_flicker


@pytest.fixture
def clip() -> np.ndarray:
    """A square that moves over a still, textured ground; 10 frames."""
    coarse = np.random.default_rng(3).uniform(60, 200, (20, 30, 3))
    ground = np.kron(coarse, np.ones((8, 8, 1)))[:144, :224]
    pattern = np.kron(np.random.default_rng(4).uniform(20, 240, (8, 8, 3)), np.ones((6, 6, 1)))
    frames = []
    for number in range(10):
        frame = ground.copy()
        left = 30 + 5 * number
        frame[48:96, left : left + 48] = pattern
        frames.append(frame)
    return np.rint(np.stack(frames)).astype(np.uint8)


def _flickered(clip: np.ndarray, seed: int = 0) -> np.ndarray:
    """Brightness of blotches that changes from frame to frame by up to ±8 levels."""
    import cv2

    rng = np.random.default_rng(seed)
    noise = rng.uniform(-8, 8, (len(clip), 9, 14)).astype(np.float32)
    blotches = np.stack([cv2.resize(field, clip.shape[2:0:-1], interpolation=cv2.INTER_CUBIC) for field in noise])
    return np.clip(np.rint(clip + blotches[..., None]), 0, 255).astype(np.uint8)


def _steadied(clip: np.ndarray, strength: float = 0.6) -> np.ndarray:
    return np.stack(list(TemporalConsistencyEnforcer(strength).steadied(clip)))


def test_injected_flicker_falls_and_more_strength_means_less(clip):
    flickered = _flickered(clip)
    added = [added_flicker(clip, _steadied(flickered, strength)) for strength in (0.0, 0.3, 0.6, 1.0)]
    assert added[0] == pytest.approx(added_flicker(clip, flickered))
    assert added[0] > added[1] > added[2] > added[3]
    assert added[1] < 0.85 * added[0]
    assert added[2] < 0.7 * added[0]


def test_steadied_frames_are_closer_to_the_truth(clip):
    flickered = _flickered(clip)
    before, after = (np.abs(frames.astype(float) - clip)[1:].mean() for frames in (flickered, _steadied(flickered)))
    assert after < 0.85 * before


def test_steady_clip_stays_as_it_is(clip):
    still = np.repeat(clip[:1], 6, axis=0)
    assert np.array_equal(_steadied(still), still)
    assert np.abs(_steadied(clip).astype(int) - clip).mean() < 0.5


def test_moving_edges_are_neither_smeared_nor_doubled(clip):
    steady = _steadied(clip, 1.0)
    for number in range(1, 10):
        left = 30 + 5 * number
        ground_behind = np.s_[52:92, left - 12 : left - 2]
        ground_ahead = np.s_[52:92, left + 51 : left + 60]
        for place in (ground_behind, ground_ahead):
            assert np.abs(steady[number][place].astype(int) - clip[number][place]).mean() < 3.0
        # The edges of the square keep their height.
        for column in (left, left + 48):
            row = slice(52, 92)
            sharp = np.abs(clip[number][row, column].astype(int) - clip[number][row, column - 1]).mean()
            kept = np.abs(steady[number][row, column].astype(int) - steady[number][row, column - 1]).mean()
            assert kept > 0.8 * sharp


def test_nothing_of_the_old_scene_is_left_after_a_cut(clip):
    cut = np.concatenate([clip[:4], 255 - clip[4:8, ::-1, ::-1]])
    steady = _steadied(cut, 1.0)
    assert np.array_equal(steady[4], cut[4])
    report = TemporalConsistencyEnforcer().detect_flickering(cut)
    assert report.cuts == (4,)
    assert report.errors[3] == 0.0


def test_sudden_flash_is_not_dragged_along(clip):
    flashed = clip.copy()
    flashed[4] = np.clip(clip[4].astype(int) + 110, 0, 255)
    steady = _steadied(flashed, 1.0)
    assert np.abs(steady[5].astype(int) - clip[5]).mean() < 2.0


def test_flicker_is_told_from_motion(clip):
    enforcer = TemporalConsistencyEnforcer()
    calm, restless = enforcer.detect_flickering(clip), enforcer.detect_flickering(_flickered(clip))
    assert not calm.flickering
    assert restless.flickering
    assert restless.mean > 4 * calm.mean
    assert len(calm.errors) == 9


def test_aligned_frames_show_the_predecessor_where_things_are_now(clip):
    aligned = TemporalConsistencyEnforcer().align_frames(clip)
    assert len(aligned) == 10
    plain = np.abs(clip[:-1].astype(int) - clip[1:]).mean()
    moved = np.mean([np.abs(one.astype(int) - now).mean() for one, now in zip(aligned[1:], clip[1:], strict=True)])
    assert moved < 0.4 * plain


def test_details_are_propagated_to_the_blurred_frame(clip):
    import cv2

    before, now = (cv2.resize(frame, None, fx=4, fy=4) for frame in clip[:2])
    blurred = cv2.GaussianBlur(now, (0, 0), 2.0)
    better = TemporalConsistencyEnforcer(1.0).propagate_details(before, blurred)
    assert np.abs(better.astype(int) - now).mean() < 0.8 * np.abs(blurred.astype(int) - now).mean()


def test_frames_pass_one_by_one_with_nothing_lost(clip):
    taken = []

    def source():
        for frame in clip:
            taken.append(1)
            yield frame

    stream = TemporalConsistencyEnforcer().steadied(source())
    next(stream)
    assert len(taken) == 1
    assert len(list(stream)) == 9


def test_size_and_type_are_kept_for_odd_sizes(clip):
    odd = clip[:3, :143, :221]
    steady = _steadied(odd)
    assert steady.shape == odd.shape
    assert steady.dtype == np.uint8


def test_empty_sequences_are_fine():
    enforcer = TemporalConsistencyEnforcer()
    assert enforcer.align_frames([]) == []
    assert enforcer.detect_flickering([]).mean == 0.0
    assert list(enforcer.steadied([])) == []


@pytest.mark.parametrize("corner", [(0, 0), (100, 150), (60, 90)])
def test_moving_only_the_part_that_moves_gives_what_moving_all_gives(corner):
    rng = np.random.default_rng(5)
    source = rng.integers(0, 256, (220, 330, 3), dtype=np.uint8)
    flow = np.zeros((110, 165, 2), np.float32)
    top, left = corner[0] // 2, corner[1] // 2
    flow[top : top + 20, left : left + 30] = rng.normal(0, 4, (20, 30, 2)).clip(0.5, 9)
    motion = Motion(source, source, flow, flow)
    whole = warp(source, enlarge_flow(flow, (220, 330)))
    assert np.abs(_moved(source, motion, (220, 330)).astype(int) - whole).max() <= 1
    still = Motion(source, source, 0 * flow, 0 * flow)
    assert np.array_equal(_moved(source, still, (220, 330)), source)
