"""The subject of the prompt must be seen, and what the model cannot draw never passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.videogen.quality.scenes import write
from training.world.render import render_clip, sample_scene
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Coverage
from videogen.quality.assessor import QualityAssessor
from videogen.quality.metrics.window import Pixels
from videogen.quality.relevance.alignment import subject_share
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.reporting.report import QualityReport


@pytest.fixture(scope="module")
def clip() -> Pixels:
    """A bus in the city."""
    scene = sample_scene(np.random.default_rng(5), subject="bus")
    return render_clip(scene, (256, 160), 24)


@pytest.fixture(scope="module")
def video(clip: Pixels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bus") / "bus.mp4", clip)


def assessed(video: Path, coverage: Coverage | None) -> QualityReport:
    config = VideoGenConfig()
    return QualityAssessor(config, encoder=encoder_for(config)).assess_video(video, "a bus", coverage=coverage)


def test_the_eye_tells_subjects_apart_without_reading_the_prompt(clip: Pixels) -> None:
    encoder = encoder_for(VideoGenConfig())
    assert encoder is not None
    assert subject_share(encoder, clip, ("bus",)) > 0.9
    assert subject_share(encoder, clip, ("train",)) < 0.1
    assert subject_share(encoder, clip, ("bus", "train")) == pytest.approx(
        subject_share(encoder, clip, ("bus",)) + subject_share(encoder, clip, ("train",))
    )
    assert subject_share(encoder, clip, ()) is None
    assert subject_share(encoder, clip, ("helicopter",)) is None


@pytest.mark.parametrize(("subject", "passed"), [("bus", True), ("train", False)])
def test_another_subject_than_that_of_the_prompt_is_a_reason(video: Path, subject: str, passed: bool) -> None:
    report = assessed(video, Coverage(inside=True, subjects=(subject,), likeness=0.9))
    assert report.metric("subject_seen").passed is passed
    assert any("Subject seen" in reason for reason in report.reasons) is not passed


def test_a_video_of_what_the_model_cannot_draw_fails_and_no_further_attempt_is_advised(video: Path) -> None:
    outside = Coverage(inside=False, cause="subject", likeness=0.4, warning="pib-mini cannot draw it")
    report = assessed(video, outside)
    assert not report.passed
    assert "Prompt: pib-mini cannot draw it" in report.reasons
    assert report.next_attempt()[0] == {}
    assert "another prompt" in report.suggestions[0].why


def test_without_a_known_subject_the_metric_is_not_judged(video: Path) -> None:
    result = assessed(video, None).metric("subject_seen")
    assert (result.value, result.passed) == (None, None)
    assert "subject of the prompt is not known" in result.note
