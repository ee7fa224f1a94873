"""A video whose frames cannot be held is stopped before the model works on it."""

from __future__ import annotations

import pytest

from assets.enhancement import _fit_side_by_side
from tests.dagster_helpers import Project, that_make
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import StageFailure
from videogen.domain.stages import STAGES


def test_a_video_that_is_too_long_for_the_memory_fails_before_it_is_denoised(
    tiny_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.runtime.memory.free_memory", lambda device: 1_000_000)
    (video_id,) = tiny_project.submit("a red bus", duration=60, seed=1)
    stages = STAGES[: STAGES.index("decoded_frames") + 1]
    result = tiny_project.materialize(that_make(stages), [video_id])
    assert not result.success
    artifacts = tiny_project.storage.artifacts
    failure = artifacts.load(video_id, 1, "failure", StageFailure)
    assert (failure.error, failure.exit_code, failure.stage) == ("OutOfMemoryError", 9, "base_noise_latents")
    assert "480 frames of 128×80 need" in failure.problem
    assert not artifacts.exists(video_id, 1, "video_latents")


def test_videos_are_enlarged_side_by_side_only_where_all_of_them_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.enhancement.cores", lambda: 2)
    monkeypatch.setattr("videogen.runtime.memory.free_memory", lambda device: 10**9)
    config = VideoGenConfig().updated({"model.device": "cpu", "processing.resolution": (1280, 720)})
    assert _fit_side_by_side(config)
    assert _fit_side_by_side(config.updated({"processing.duration": 5, "processing.fps": 24}))
    assert not _fit_side_by_side(config.updated({"processing.duration": 5.1, "processing.fps": 24}))
