from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.config.config import VideoGenConfig
from videogen.domain.setting_stages import check_changes_act
from videogen.domain.stages import STAGES, made_from
from videogen.quality.catalogue import METRICS
from videogen.quality.reporting.advice import advise
from videogen.quality.reporting.report import CheckResult, MetricResult, Suggestion


def failing(name: str, utility: float = 0.2) -> MetricResult:
    metric = METRICS[name]
    return MetricResult(
        name=name,
        title=metric.title,
        group=metric.group,
        value=0.0,
        threshold=metric.levels.threshold,
        direction=metric.levels.direction,
        passed=False,
        weight=1.0,
        utility=utility,
    )


def without_seed(suggestion: Suggestion) -> dict[str, object]:
    return {key: value for key, value in suggestion.changes.items() if key != "seed"}


@dataclass(frozen=True)
class Profile:
    steps: int = 25
    guidance_scale: float = 5.0
    without_effect: frozenset[str] = frozenset()


configs = st.builds(
    lambda share, steps, guidance, strengths, crf: VideoGenConfig().updated(
        {
            "model.base_noise_lambda": round(share, 4),
            "model.residual_noise_lambda": round(1 - round(share, 4), 4),
            "model.num_inference_steps": steps,
            "model.guidance_scale": guidance,
            "synthesis.temporal_consistency": strengths[0],
            "super_resolution.detail_strength": strengths[1],
            "super_resolution.temporal_strength": strengths[2],
            "super_resolution.denoise_strength": strengths[3],
            "delivery.crf": crf,
        }
    ),
    st.floats(0, 1),
    st.none() | st.integers(8, 1000),
    st.none() | st.floats(1, 30),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.integers(0, 40),
)


@settings(max_examples=12, deadline=None)
@given(config=configs, names=st.sets(st.sampled_from(sorted(METRICS)), min_size=1))
def test_every_suggestion_is_a_valid_change_of_any_configuration(config: VideoGenConfig, names: set[str]) -> None:
    for suggestion in advise([failing(name) for name in names], [], config, None, 5):
        changed = config.updated(without_seed(suggestion))
        assert changed.model.base_noise_lambda + changed.model.residual_noise_lambda == pytest.approx(1.0)
        assert suggestion.from_stage in STAGES


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_has_advice_that_changes_something(name: str) -> None:
    config = VideoGenConfig()
    (suggestion,) = advise([failing(name)], [], config, None, 5)
    assert suggestion.metrics == (name,)
    assert "seed" in suggestion.changes or config.updated(suggestion.changes) != config


@pytest.mark.parametrize("emphasis", [True, False])
@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_change_acts_in_an_attempt_from_the_stage_that_the_advice_names(name: str, emphasis: bool) -> None:
    config = VideoGenConfig().updated({"synthesis.keyword_emphasis": emphasis})
    (suggestion,) = advise([failing(name)], [], config, None, 5)
    made = made_from(suggestion.from_stage)
    check_changes_act(suggestion.changes, made, suggestion.from_stage, "some-video")


def test_advice_starts_no_earlier_than_it_has_to() -> None:
    stages = {name: advise([failing(name)], [], VideoGenConfig(), None, 5)[0].from_stage for name in METRICS}
    assert stages["sharpness"] == "video_latents"
    assert stages["blockiness"] == "rendered_video"
    assert {stages[name] for name in ("warp_error", "dynamic_degree", "exposure", "text_relevance", "flashes")} == {
        "base_noise_latents"
    }


def test_a_frozen_video_gets_more_noise_of_its_own_and_a_flickering_one_less() -> None:
    config = VideoGenConfig()
    (frozen,) = advise([failing("dynamic_degree")], [], config, None, 5)
    (flickering,) = advise([failing("temporal_flickering")], [], config, None, 5)
    assert frozen.changes["model.base_noise_lambda"] < 0.7 < flickering.changes["model.base_noise_lambda"]
    for suggestion in (frozen, flickering):
        shares = suggestion.changes["model.base_noise_lambda"], suggestion.changes["model.residual_noise_lambda"]
        assert sum(shares) == pytest.approx(1.0)


def test_steps_and_guidance_start_from_the_profile_where_the_configuration_names_none() -> None:
    failed = [failing("sharpness"), failing("text_relevance")]
    changes = {
        key: value for s in advise(failed, [], VideoGenConfig(), Profile(), 5) for key, value in s.changes.items()
    }
    assert changes["model.num_inference_steps"] == 38
    assert changes["model.guidance_scale"] == 6.25


def test_metrics_with_one_remedy_share_a_suggestion_and_the_worst_comes_first() -> None:
    failed = [failing("sharpness", 0.4), failing("warp_error", 0.1), failing("temporal_flickering", 0.3)]
    found = advise(failed, [], VideoGenConfig(), None, 5)
    assert [suggestion.metrics for suggestion in found] == [("warp_error", "temporal_flickering"), ("sharpness",)]


def test_faults_of_the_file_come_first_and_change_no_setting() -> None:
    check = CheckResult(name="size", title="Size", passed=False, found="640×360")
    found = advise([failing("sharpness")], [check], VideoGenConfig(), None, 5)
    assert found[0].metrics == ("size",)
    assert found[0].changes == {}
    assert found[0].from_stage == "rendered_video"


def test_a_video_that_passed_gets_no_advice() -> None:
    passed = failing("sharpness").model_copy(update={"passed": True})
    assert advise([passed], [], VideoGenConfig(), None, 5) == ()


def test_nothing_is_suggested_that_would_have_no_effect_with_the_model() -> None:
    inert = frozenset({"synthesis.temporal_consistency", "model.base_noise_lambda", "model.residual_noise_lambda"})
    (suggestion,) = advise([failing("temporal_flickering")], [], VideoGenConfig(), Profile(without_effect=inert), 5)
    assert not inert & set(suggestion.changes)
    assert "super_resolution.temporal_strength" in suggestion.changes
