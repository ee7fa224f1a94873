"""Quality assessment as the architecture writes it, on files and frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.architecture.spying import calls
from videogen import MetricsCalculator, QualityAssessor, VideoGenConfig
from videogen.errors import InputError


@calls("QualityAssessor.assess_video", "QualityReport.generate_summary", "QualityReport.get_detailed_breakdown")
@calls("QualityReport.compare_to_thresholds", "QualityReport.suggest_improvements")
def test_a_report_says_whether_a_video_passes_why_and_what_to_change(video: Path, clip: np.ndarray) -> None:
    assessor = QualityAssessor()
    report = assessor.assess_video(video=str(video), prompt="a moving square")
    assert (report.facts.width, report.facts.num_frames) == (224, 12)
    assert report.generate_summary().startswith(("passed", "failed"))
    groups = report.get_detailed_breakdown()
    assert {one["name"] for one in groups["temporal"]} >= {"temporal_flickering", "motion_smoothness"}
    compared = {one.name: one for one in report.compare_to_thresholds()}
    for name, value in report.values().items():
        one = compared[name]
        if one.threshold is not None:
            better = value - one.threshold if one.direction == "at least" else one.threshold - value
            assert one.margin == pytest.approx(better)
    assert (report.suggest_improvements() == ()) == (report.passed or not report.suggestions)
    of_frames = assessor.assess_video(clip, "a moving square").values()
    assert of_frames["sharpness"] == pytest.approx(report.values()["sharpness"], abs=0.05)


@calls("QualityAssessor.compute_metrics")
def test_metrics_of_a_file_and_of_its_frames_agree(video: Path, clip: np.ndarray) -> None:
    assessor = QualityAssessor()
    from_file, from_frames = assessor.compute_metrics(video=video), assessor.compute_metrics(clip / 255.0)
    assert from_file["exposure"] == pytest.approx(
        float(((clip.mean(-1) >= 5) & (clip.mean(-1) <= 250)).mean()), abs=0.02
    )
    for name in ("sharpness", "temporal_flickering", "motion_smoothness"):
        assert from_file[name] == pytest.approx(from_frames[name], abs=0.06)


@calls("QualityAssessor.evaluate_temporal_coherence")
def test_frames_in_order_are_more_coherent_than_shuffled_ones(clip: np.ndarray) -> None:
    assessor = QualityAssessor()
    shuffled = clip[np.random.default_rng(0).permutation(len(clip))]
    ordered = assessor.evaluate_temporal_coherence(frames=list(clip))
    assert ordered.score > assessor.evaluate_temporal_coherence(shuffled).score
    assert ordered.score == pytest.approx(np.mean(list(ordered.parts.values())), abs=1e-6)
    with pytest.raises(InputError, match="at least 3 needed"):
        assessor.evaluate_temporal_coherence(clip[:2])


@calls("QualityAssessor.check_content_relevance", "MetricsCalculator.compute_clip_similarity")
def test_a_clip_of_the_models_world_resembles_its_own_caption_more(world: tuple[np.ndarray, str]) -> None:
    frames, caption = world
    other = "an empty room with white walls"
    similarity = MetricsCalculator().compute_clip_similarity
    assert similarity(video=frames, text=caption) > similarity(frames, other)
    found = QualityAssessor().check_content_relevance(video=frames, prompt=caption)
    assert found.encoder is not None
    assert found.relevance is not None
    blind = QualityAssessor(VideoGenConfig(content_type="footage")).check_content_relevance(frames, caption)
    assert "no text–video encoder for this content" in blind.note


@calls("MetricsCalculator.compute_fvd", "MetricsCalculator.compute_inception_score")
def test_real_clips_are_near_the_real_ones_and_noise_is_far(worlds: list[np.ndarray]) -> None:
    calculator = MetricsCalculator()
    near = calculator.compute_fvd(video=worlds)
    noise = list(np.random.default_rng(0).integers(0, 256, (16, 16, 80, 128, 3), dtype=np.uint8))
    assert near.reference_clips == 256
    assert near.value < calculator.compute_fvd(noise).value
    assert calculator.compute_fvd(worlds, worlds).value == pytest.approx(0.0, abs=1e-3)
    with pytest.raises(InputError, match="needs at least 16"):
        calculator.compute_fvd(worlds[0])
    score = calculator.compute_inception_score(video=worlds)
    same = calculator.compute_inception_score([worlds[0]] * 4)
    assert same.value == pytest.approx(1.0, abs=1e-4)
    assert 1.0 < score.value <= (calculator.number_of_classes or 0)


@calls("MetricsCalculator.compute_temporal_metrics")
def test_what_motion_explains_has_little_warp_error(clip: np.ndarray) -> None:
    calculator = MetricsCalculator()
    moving = calculator.compute_temporal_metrics(frames=[*clip])
    shuffled = calculator.compute_temporal_metrics(clip[np.random.default_rng(1).permutation(12)])
    assert moving["warp_error"] < shuffled["warp_error"]
    still = calculator.compute_temporal_metrics(np.repeat(clip[:1], 6, axis=0))
    assert still["warp_error"] == pytest.approx(0.0, abs=1e-6)
    assert still["dynamic_degree"] == pytest.approx(0.0, abs=1e-6)


def test_psnr_and_ssim_are_those_of_their_formulas(clip: np.ndarray) -> None:
    from skimage.metrics import structural_similarity

    noisy = np.clip(clip + np.random.default_rng(0).normal(0, 5, clip.shape), 0, 255).astype(np.uint8)
    calculator = MetricsCalculator(encoder=None)
    wanted = [
        10 * np.log10(255**2 / np.mean((one.astype(float) - two) ** 2)) for one, two in zip(clip, noisy, strict=True)
    ]
    assert calculator.compute_psnr(clip, noisy) == pytest.approx(np.mean(wanted), abs=0.2)
    alike = np.mean([structural_similarity(a, b, channel_axis=2) for a, b in zip(clip, noisy, strict=True)])
    assert calculator.compute_ssim(clip, noisy) == pytest.approx(alike, abs=0.05)
