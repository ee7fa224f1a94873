from __future__ import annotations

import numpy as np
import pytest

from tests.videogen.quality.relevance.test_alignment import ColourEncoder, video
from tests.videogen.quality.scenes import moving_scene
from videogen.errors import InputError
from videogen.quality.calculator import MetricsCalculator, as_clips
from videogen.quality.metrics.features import hog_colour, hog_colour_flow

SIZE = (96, 64)


def mean_colour(clips: np.ndarray) -> np.ndarray:
    return clips.mean(axis=(1, 2, 3)) / 255.0


def videos(count: int, seed: int, **changes: float) -> list[np.ndarray]:
    return [moving_scene(16, SIZE, seed=seed + number, **changes) for number in range(count)]  # type: ignore[arg-type]


def test_fvd_is_small_for_one_world_and_large_for_another() -> None:
    calculator = MetricsCalculator(encoder=None)
    ours, same, fast = videos(24, 0), videos(24, 100), videos(24, 200, speed=4.5)
    near, far = calculator.compute_fvd(same, ours), calculator.compute_fvd(fast, ours)
    assert far.value > near.value + 2 * (near.standard_error + far.standard_error)
    assert (near.clips, near.reference_clips, near.features) == (24, 24, "hog-colour-flow")


def test_fvd_with_own_features_is_their_closed_form() -> None:
    # Colours shifted by a constant: equal covariances, so only the means count.
    dark = [np.full((16, 8, 8, 3), 40 + 2 * number, np.uint8) for number in range(16)]
    light = [clip + np.uint8(51) for clip in dark]
    score = MetricsCalculator(features=mean_colour, features_name="colour").compute_fvd(dark, light)
    assert score.value == pytest.approx(3 * 0.2**2, rel=1e-4)


def test_fvd_refuses_one_short_video_and_says_how_many_clips_there_were() -> None:
    with pytest.raises(InputError, match="has 3 clips"):
        MetricsCalculator(features=mean_colour).compute_fvd(moving_scene(48, SIZE), moving_scene(48, SIZE))


def test_one_long_video_is_the_set_of_its_clips() -> None:
    calculator = MetricsCalculator(features=mean_colour)
    long = moving_scene(16 * 20 + 5, (48, 32), speed=0.1)
    score = calculator.compute_fvd(long, long)
    assert score.clips == 20
    assert score.value == pytest.approx(0.0, abs=1e-9)


def test_inception_score_uses_the_classifier() -> None:
    def by_number(clips: np.ndarray) -> np.ndarray:
        return np.eye(4)[np.arange(len(clips)) % 4]

    calculator = MetricsCalculator(classifier=by_number, classifier_name="number")
    score = calculator.compute_inception_score(videos(8, 0))
    assert score.value == pytest.approx(4.0)
    assert (score.clips, score.features) == (8, "number")
    with pytest.raises(InputError, match="classifier"):
        MetricsCalculator(encoder=None).compute_inception_score(videos(8, 0))


def test_clip_similarity_takes_one_text_per_video() -> None:
    calculator = MetricsCalculator(encoder=ColourEncoder())
    assert calculator.compute_clip_similarity(video("red"), "red") > 80
    assert calculator.compute_clip_similarity([video("red"), video("blue")], ["blue", "red"]) < 60
    with pytest.raises(InputError, match="2 videos and 1 texts"):
        calculator.compute_clip_similarity([video("red"), video("blue")], ["red"])
    with pytest.raises(InputError, match="encoder"):
        MetricsCalculator(encoder=None).compute_clip_similarity(video("red"), "red")


def test_temporal_metrics_are_complete_and_coherence_is_the_mean_of_its_parts() -> None:
    metrics = MetricsCalculator().compute_temporal_metrics(moving_scene(12, SIZE))
    parts = ("temporal_flickering", "motion_smoothness", "subject_consistency", "background_consistency")
    assert metrics["temporal_coherence"] == pytest.approx(np.mean([metrics[name] for name in parts]))
    assert metrics["dynamic_degree"] > 0
    with pytest.raises(InputError):
        MetricsCalculator().compute_temporal_metrics(moving_scene(2, SIZE))


def test_psnr_and_ssim_are_means_over_frames_and_need_one_shape() -> None:
    clip = moving_scene(3, SIZE)
    brighter = np.clip(clip.astype(int) + np.array([1, 2, 4])[:, None, None, None], 0, 255).astype(np.uint8)
    expected = np.mean([10 * np.log10(255**2 / step**2) for step in (1, 2, 4)])
    calculator = MetricsCalculator(encoder=None)
    assert calculator.compute_psnr(brighter, clip) == pytest.approx(expected, abs=0.05)
    assert 0.9 < calculator.compute_ssim(brighter, clip) < 1.0
    with pytest.raises(InputError, match="one shape"):
        calculator.compute_psnr(clip[:2], clip)


def test_videos_are_cut_into_whole_clips() -> None:
    clips = as_clips([moving_scene(20, (48, 32)), moving_scene(40, (48, 32))])
    assert clips.shape == (3, 16, 32, 48, 3)
    with pytest.raises(InputError, match="no clip of 16"):
        as_clips(moving_scene(15, (48, 32)))
    with pytest.raises(InputError, match="different sizes"):
        as_clips([moving_scene(16, (48, 32)), moving_scene(16, (64, 32))])


def test_descriptors_tell_scenes_apart_and_hardly_change_within_one() -> None:
    one, other = moving_scene(16, SIZE, seed=1), moving_scene(16, SIZE, seed=2)
    first, later, else_where = (hog_colour(frame) for frame in (one[0], one[1], other[0]))
    assert np.linalg.norm(first) == pytest.approx(np.sqrt(2))
    assert first @ later > first @ else_where + 0.1


def test_clip_descriptors_have_66_finite_numbers() -> None:
    features = hog_colour_flow(np.stack([moving_scene(16, SIZE), np.zeros((16, 64, 96, 3), np.uint8)]))
    assert features.shape == (2, 66)
    assert np.isfinite(features).all()
