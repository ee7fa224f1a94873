"""Named pipelines: which steps run and which settings hold for a request that chooses one."""

from __future__ import annotations

from typing import Any

import pytest

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import Attempt, VideoRequest
from videogen.errors import ConfigError


def chosen(pipelines: dict[str, Any], name: str, **fields: Any) -> VideoGenConfig:
    config = VideoGenConfig.load(None, {"pipelines": pipelines})
    return VideoRequest(prompt="a bus", pipeline=name, **fields).settings(config)


def test_steps_are_skipped_replaced_and_ordered_in_several_stages_at_once() -> None:
    found = chosen(
        {
            "own": {
                "text_steps": {"skip": ["translate", "adapt"]},
                "image_steps": {"replace": {"enhance": "remove_background"}},
                "frame_steps": {"order": ["look", "upscale"]},
                "settings": {"delivery.crf": 30, "noise": {"prior": "progressive"}},
            }
        },
        "own",
    )
    assert found.preprocessing.text_steps == (
        "clean", "emphasis", "detect_language", "enhance", "truncate", "keywords", "settle",
    )  # fmt: skip
    assert found.preprocessing.image_steps == ("orient", "to_srgb", "remove_background", "resize")
    assert found.super_resolution.frame_steps == ("look", "upscale")
    assert (found.delivery.crf, found.noise.prior) == (30, "progressive")


def test_what_request_and_attempt_ask_for_wins_over_the_pipeline() -> None:
    config = VideoGenConfig()
    request = VideoRequest(prompt="a bus", pipeline="quick", overrides={"delivery.crf": 5})
    attempt = Attempt(video_id=request.id, number=2, changes={"model.num_inference_steps": 12})
    found = request.settings(config, attempt)
    assert (found.delivery.crf, found.model.num_inference_steps) == (5, 12)
    assert found.super_resolution.upscaler == "lanczos"
    assert request.settings(config).model.num_inference_steps == 8
    assert VideoRequest(prompt="a bus").settings(config) == config


def test_own_pipelines_stand_beside_the_shipped_ones_and_may_replace_them() -> None:
    config = VideoGenConfig.load(None, {"pipelines": {"proof": {}, "quick": {"settings": {"fps": 12}}}})
    assert set(config.pipelines.named) == {"quick", "archive", "proof"}
    assert VideoRequest(prompt="a bus", pipeline="quick").settings(config).processing.fps == 12
    assert VideoGenConfig(**config.model_dump()) == config


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"delivery.label": "Live"}, "pipelines.own changes delivery.label"),
        ({"quality": {"target_temporal_coherence": 0.0}}, "pipelines.own changes quality.target_temporal_coherence"),
        ({"pipelines.named": {}}, "pipelines.own changes pipelines.named"),
        ({"delivery.crff": 3}, r"delivery.crff: no such setting.*delivery.crf"),
    ],
)
def test_a_pipeline_cannot_change_what_is_the_operators_or_unknown(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        chosen({"own": {"settings": settings}}, "own")


def test_a_request_cannot_define_a_pipeline() -> None:
    with pytest.raises(ValueError, match=r"pipelines.*for the operator to set"):
        VideoRequest(prompt="a bus", overrides={"pipelines.own": {"settings": {"delivery.label": "Live"}}})


@pytest.mark.parametrize(
    ("name", "steps", "problem"),
    [
        ("fast", {}, "the pipeline 'fast' does not exist.*quick, archive"),
        ("own", {"frame_steps": {"skip": ["upscalee"]}}, "'upscalee'.*did you mean 'upscale'"),
        (
            "own",
            {"text_steps": {"order": ["clean"], "replace": {"enhance": "x"}}},
            "'enhance', which is not one of clean",
        ),
    ],
)
def test_unknown_names_are_said(name: str, steps: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        chosen({"own": steps}, name)
