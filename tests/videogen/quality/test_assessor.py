from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.videogen.quality.relevance.test_alignment import ColourEncoder
from tests.videogen.quality.scenes import labelled, moving_scene, write
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import RenderedVideo
from videogen.errors import ConfigError, InputError
from videogen.quality.assessor import QualityAssessor
from videogen.quality.metrics.technical import Expected
from videogen.quality.reporting.report import QualityReport

SIZE = (256, 160)
CONFIG = VideoGenConfig()


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    return moving_scene(30, SIZE)


def assess(
    folder: Path, clip: np.ndarray, config: VideoGenConfig = CONFIG, prompt: str = "a sign", **kinds: object
) -> QualityReport:
    assessor = QualityAssessor(config, **{"encoder": None, **kinds})  # type: ignore[arg-type]
    return assessor.assess_video(write(folder / "clip.mp4", clip), prompt)


@pytest.fixture(scope="module")
def intact(clip: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> QualityReport:
    return assess(tmp_path_factory.mktemp("intact"), clip)


def test_an_intact_video_passes(intact: QualityReport) -> None:
    assert intact.reasons == ()
    assert intact.passed
    assert intact.score > 0.6
    assert intact.suggest_improvements() == ()


def frozen(clip: np.ndarray) -> np.ndarray:
    return np.repeat(clip[:1], len(clip), axis=0)


def shuffled(clip: np.ndarray) -> np.ndarray:
    return clip[np.random.default_rng(1).permutation(len(clip))]


def flickering(clip: np.ndarray) -> np.ndarray:
    gains = np.where(np.arange(len(clip)) % 2, 0.8, 1.0)
    return (clip * gains[:, None, None, None]).astype(np.uint8)


def noisy(clip: np.ndarray) -> np.ndarray:
    return np.clip(clip + np.random.default_rng(0).normal(0, 18, clip.shape), 0, 255).astype(np.uint8)


def blurred(clip: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(cv2.GaussianBlur(frame, (0, 0), 4.0), np.uint8) for frame in clip])


def blocky(clip: np.ndarray) -> np.ndarray:
    coded = [cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 4])[1] for frame in clip]
    return np.stack([np.asarray(cv2.imdecode(data, 1), np.uint8) for data in coded])


def partly_black(clip: np.ndarray) -> np.ndarray:
    spoiled = clip.copy()
    spoiled[8:18] = 0
    return spoiled


def half_drawn(clip: np.ndarray) -> np.ndarray:
    spoiled = clip.copy()
    spoiled[:, 80:] = 127
    return spoiled


def burnt_out(clip: np.ndarray) -> np.ndarray:
    return np.clip(clip * 4.0, 0, 255).astype(np.uint8)


FAULTS = {
    frozen: "dynamic_degree",
    shuffled: "motion_smoothness",
    flickering: "temporal_flickering",
    noisy: "noise_level",
    blurred: "sharpness",
    blocky: "blockiness",
    partly_black: "black_stretch",
    half_drawn: "completeness",
    burnt_out: "exposure",
}


@pytest.mark.parametrize(("fault", "metric"), FAULTS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_spoiled_video_fails_for_its_own_reason(
    clip: np.ndarray, intact: QualityReport, tmp_path: Path, fault: object, metric: str
) -> None:
    report = assess(tmp_path, fault(clip))  # type: ignore[operator]
    assert not report.passed
    assert report.metric(metric).passed is False
    assert any(report.metric(metric).title in reason for reason in report.reasons)
    assert report.score < intact.score - 0.15
    assert metric in {name for suggestion in report.suggestions for name in suggestion.metrics}
    assert intact.better_than(report)


def test_the_worst_frames_are_where_the_fault_is(clip: np.ndarray, tmp_path: Path) -> None:
    spoiled = clip.copy()
    spoiled[14:17] = blurred(clip[14:17])
    report = assess(tmp_path, spoiled)
    assert report.metric("sharpness").worst_frame == 15
    assert report.metric("sharpness").series[15] == min(v for v in report.metric("sharpness").series if v is not None)
    assert any(13 <= frame.index <= 18 for frame in report.worst_frames)


def test_without_encoder_relevance_is_not_measured_and_the_report_says_so(intact: QualityReport) -> None:
    relevance = intact.metric("text_relevance")
    assert relevance.value is None
    assert relevance.passed is None
    assert intact.encoder is None
    assert any("Text relevance: no text–video encoder was given" in what for what in intact.not_measured)
    assert "not measured: Text relevance" in intact.generate_summary()


def test_with_encoder_the_wrong_prompt_fails(tmp_path: Path) -> None:
    clip = moving_scene(12, SIZE)
    clip[..., 1:] //= 4
    right = assess(tmp_path, clip, prompt="a red sign", encoder=ColourEncoder())
    wrong = assess(tmp_path, clip, prompt="a green sign", encoder=ColourEncoder())
    assert right.metric("text_relevance").passed
    assert wrong.metric("text_relevance").passed is False
    assert wrong.score < right.score
    assert wrong.encoder == "colours"


def test_an_alert_may_stand_still_where_an_illustration_may_not(clip: np.ndarray, tmp_path: Path) -> None:
    alert = CONFIG.updated({"quality.content_type": "alert"})
    card = assess(tmp_path, frozen(clip), alert)
    assert card.reasons == ()
    assert card.passed
    assert card.metric("dynamic_degree").value == pytest.approx(0.0, abs=0.05)
    assert card.metric("dynamic_degree").passed is None


def test_a_threshold_of_the_configuration_decides(clip: np.ndarray, intact: QualityReport, tmp_path: Path) -> None:
    value = intact.metric("sharpness").value or 0.0
    stricter = CONFIG.updated({"quality.thresholds": {"sharpness": value + 0.05}})
    report = assess(tmp_path, clip, stricter)
    assert [metric.name for metric in report.metrics if metric.passed is False] == ["sharpness"]
    assert not report.passed


def test_target_temporal_coherence_decides(clip: np.ndarray, intact: QualityReport, tmp_path: Path) -> None:
    assert intact.metric("temporal_coherence").threshold == CONFIG.quality.target_temporal_coherence
    report = assess(tmp_path, clip, CONFIG.updated({"quality.target_temporal_coherence": 1.0}))
    assert not report.metric("temporal_coherence").passed


def test_the_same_file_gives_the_same_report(clip: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", frozen(clip))
    first, second = (QualityAssessor(CONFIG).assess_video(path, "a sign") for _ in range(2))
    assert first == second
    assert first.suggestions[0].changes["seed"] == second.suggestions[0].changes["seed"]


def test_the_report_survives_json(intact: QualityReport) -> None:
    assert QualityReport.model_validate_json(intact.model_dump_json()) == intact


def test_compute_metrics_gives_the_same_for_a_file_and_its_frames(clip: np.ndarray, tmp_path: Path) -> None:
    from videogen.media.reading import iterate_frames

    path = write(tmp_path / "clip.mp4", clip)
    frames = np.concatenate(list(iterate_frames(path)))
    assessor = QualityAssessor(CONFIG)
    by_file, by_frames = assessor.compute_metrics(path), assessor.compute_metrics(frames, 24.0)
    assert by_file == pytest.approx(by_frames)
    assert 0.9 < by_file["temporal_coherence"] <= 1.0


def test_temporal_coherence_of_a_frozen_video_does_not_pass(clip: np.ndarray) -> None:
    assessor = QualityAssessor(CONFIG)
    moving, still = assessor.evaluate_temporal_coherence(clip), assessor.evaluate_temporal_coherence(frozen(clip))
    assert moving.passed
    assert still.score > moving.score
    assert not still.passed


def test_temporal_coherence_needs_three_frames(clip: np.ndarray) -> None:
    with pytest.raises(InputError, match="at least 3 needed"):
        QualityAssessor(CONFIG).evaluate_temporal_coherence(clip[:2])


def test_content_relevance_of_frames_and_of_a_file_agree(tmp_path: Path) -> None:
    clip = moving_scene(12, SIZE)
    clip[..., 1:] //= 4
    assessor = QualityAssessor(CONFIG, ColourEncoder())
    of_frames = assessor.check_content_relevance(clip, "a red sign")
    of_file = assessor.check_content_relevance(write(tmp_path / "clip.mp4", clip), "a red sign")
    assert of_file.relevance == pytest.approx(of_frames.relevance, abs=0.2)
    assert QualityAssessor(CONFIG, None).check_content_relevance(clip, "a red sign").relevance is None


def test_unknown_metrics_and_content_types_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'sharpnes'.*sharpness"):
        CONFIG.updated({"quality.weights": {"alert": {"sharpnes": 1.0}}})
    with pytest.raises(ConfigError, match=r"'cartoon'.*illustration"):
        CONFIG.updated({"quality.content_type": "cartoon"})
    with pytest.raises(ConfigError, match="target_temporal_coherence"):
        CONFIG.updated({"quality.thresholds": {"temporal_coherence": 0.5}})


def test_own_weights_are_laid_over_the_defaults() -> None:
    changed = CONFIG.updated({"quality.weights": {"alert": {"sharpness": 9.0}, "cartoon": {"noise_level": 0.0}}})
    assert changed.quality.weights["alert"]["sharpness"] == 9.0
    assert changed.quality.weights["alert"]["flashes"] == CONFIG.quality.weights["alert"]["flashes"]
    assert changed.quality.weights["cartoon"]["noise_level"] == 0.0
    assert changed.quality.weights["cartoon"]["sharpness"] == CONFIG.quality.weights["illustration"]["sharpness"]


def test_the_order_comes_from_the_configuration_and_the_renderers_facts() -> None:
    facts = RenderedVideo(
        video="rendered_video.mp4", captions=None, width=1280, height=720, fps=24.0, num_frames=48, duration=2.0,
        codec="h264", label="AI-generated", sha256="0" * 64, bytes=1, metadata={},
    )  # fmt: skip
    expected = Expected.from_rendered(facts, CONFIG)
    assert (expected.width, expected.height, expected.fps) == (1280, 720, 24.0)
    assert (expected.num_frames, expected.duration, expected.label) == (48, 2.0, CONFIG.delivery.label)
    assert Expected.from_config(CONFIG.updated({"processing.duration": 4.0})).duration == 4.0


def test_labels_are_looked_for_where_they_were_ordered(clip: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", labelled(clip))
    report = QualityAssessor(CONFIG).assess_video(path, "", expected=Expected(label="AI-generated"))
    assert {check.name: check.passed for check in report.checks}["label_legible"]
