from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from videogen.config.config import VideoGenConfig
from videogen.config.groups.all import DeliverySettings
from videogen.config.setting_names import flat
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.stages import STAGES, STEPS, UPSTREAM, downstream, made_from, made_with
from videogen.domain.video_ids import new_video_id
from videogen.errors import ConfigError, InputError


@pytest.mark.parametrize(
    "video_id",
    ["", "..", "x", "20261122-110000-000000-abcdef\n", "20261122-110000-000000-ABCDEF", "a/../b", "a,b"],
)
def test_no_other_form_of_id_is_accepted(video_id):
    with pytest.raises(ValidationError):
        VideoRequest(id=video_id, prompt="x")
    with pytest.raises(ValidationError):
        Attempt(video_id=video_id, number=1)


@settings(deadline=None)
@given(
    prompt=st.text(),
    images=st.lists(st.sampled_from(["a.jpg", "b/ü.png"]).map(Path), max_size=3),
    seed=st.integers(0, 2**63 - 1),
    duration=st.none() | st.floats(0.1, 600),
    title=st.none() | st.text(max_size=200),
)
def test_requests_survive_json(prompt, images, seed, duration, title):
    request = VideoRequest(prompt=prompt, images=tuple(images), seed=seed, duration=duration, title=title)
    assert VideoRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    ("cues", "word"),
    [
        ([(0, 0)], "greater than 0"),
        ([(2, 1)], "before it starts"),
        ([(0, 2), (1, 3)], "before the previous one ends"),
        ([(-1, 2)], "greater than or equal to 0"),
    ],
)
def test_captions_that_cannot_be_shown_are_refused(cues, word):
    with pytest.raises(ValidationError, match=word):
        VideoRequest(prompt="x", captions=[{"start": start, "end": end, "text": "x"} for start, end in cues])


def test_people_read_the_prompt_without_emphasis_marks_and_the_title_goes_before_it():
    request = VideoRequest(prompt=" a ((red:1.2) bus:1.4) driving left at (10:30) ", narration="The bus drives.")
    assert request.heading == request.plain_prompt == "a red bus driving left at (10:30)"
    assert request.words() == "a red bus driving left at (10:30)\n\nThe bus drives."
    assert VideoRequest(prompt="a (bus:1.4)", title="Buses (9:1.5)").heading == "Buses (9:1.5)"


def test_wishes_become_settings_and_overrides_win():
    request = VideoRequest(
        prompt="x",
        profile="big",
        negative_prompt="text",
        duration=4,
        overrides={"processing": {"fps": 30}, "processing.duration": 5},
    )
    config = request.settings(VideoGenConfig())
    assert (config.model.profile, config.model.negative_prompt) == ("big", "text")
    assert (config.processing.fps, config.processing.duration) == (30, 5.0)


def test_an_emergency_is_reduced_as_configured():
    config = VideoRequest(prompt="x", emergency=True).settings(VideoGenConfig())
    assert config.processing.resolution == config.emergency.emergency_reduced_resolution
    assert config.model.num_inference_steps == config.emergency.emergency_reduced_sampling_steps


@pytest.mark.parametrize("said", [True, "true", 1])
def test_an_emergency_comes_first_however_it_is_said_unless_a_priority_is_given(said):
    assert VideoRequest(prompt="x", emergency=said).priority == 100
    assert VideoRequest(prompt="x", emergency=said, priority=10).priority == 10
    assert VideoRequest(prompt="x", emergency="false").priority == 10


def test_the_priority_of_an_emergency_counts_as_given_and_survives_json():
    request = VideoRequest(prompt="x", emergency=True)
    assert "priority" in request.model_fields_set
    assert "priority" not in VideoRequest(prompt="x").model_fields_set
    assert VideoRequest.model_validate_json(request.model_dump_json()) == request


def test_an_attempts_changes_win_and_its_seed_is_no_setting():
    request = VideoRequest(prompt="x", seed=1, overrides={"model.guidance_scale": 4})
    attempt = Attempt(video_id=request.id, number=2, changes={"seed": 9, "model.guidance_scale": 8})
    assert request.settings(VideoGenConfig(), attempt).model.guidance_scale == 8
    assert (attempt.seed(request), Attempt(video_id=request.id, number=1).seed(request)) == (9, 1)


def test_a_wish_that_is_no_setting_is_refused():
    with pytest.raises(ConfigError, match=r"model.guidance: no such setting"):
        VideoRequest(prompt="x", overrides={"model.guidance": 4}).settings(VideoGenConfig())


@pytest.mark.parametrize(
    "overrides",
    [
        {"paths.allowed_inputs": ["/"]},
        {"paths": {"store": "/tmp"}},
        {"quality.target_temporal_coherence": 0},
        {"fact_check": {"enabled": False}},
        {"preprocessing": {"policy_file": "/tmp/lax.yaml"}},
        {"processing.max_image_pixels": 10**12},
        {"delivery.label": "   "},
    ],
)
def test_a_request_cannot_change_what_guards_against_it(overrides):
    with pytest.raises(ValidationError, match="is for the operator to set"):
        VideoRequest(prompt="x", overrides=overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        {"delivery.": {"label": "Live"}},
        {".delivery": {"label": "Live"}},
        {"delivery..label": "Live"},
        {"delivery": {"label.": "Live"}},
        {"delivery": {"": {"label": "Live"}}},
        {"Delivery.label": "Live"},
        {"DELIVERY": {"LABEL": "Live"}},
        {" delivery.label": "Live"},
        {"delivery.label\n": "Live"},
        {"\uff44elivery.label": "Live"},
        {"deli\u200bvery.label": "Live"},
        {"_cli_parse_args": ["--delivery.label=Live"]},
        {"_env_file": "/etc/environment"},
    ],
)
def test_a_name_that_is_not_written_like_a_setting_is_refused_and_named(overrides):
    with pytest.raises(ValidationError, match="is not the name of a setting"):
        VideoRequest(prompt="x", overrides=overrides)


@pytest.mark.parametrize("overrides", [{"quality": {}}, {"paths": None}, {"fact_check": []}])
def test_naming_a_group_of_the_operators_is_enough_to_be_refused(overrides):
    with pytest.raises(ValidationError, match="is for the operator to set"):
        VideoRequest(prompt="x", overrides=overrides)


def test_every_setting_of_the_operators_that_a_request_names_is_listed():
    overrides = {"fact_check": {"enabled": False}, "delivery": {"label": "Live", "crf": 20}, "quality.target_is": 1}
    with pytest.raises(ValidationError) as caught:
        VideoRequest(prompt="x", overrides=overrides)
    assert "fact_check.enabled, delivery.label, quality.target_is are for the operator" in str(caught.value)


def test_settings_are_compared_by_value_whatever_they_came_in():
    config = VideoGenConfig()
    whole_group = VideoRequest(prompt="x", overrides={"delivery": DeliverySettings(label="Live")})
    with pytest.raises(ConfigError, match=r"delivery\.label is for the operator"):
        whole_group.settings(config)
    same_label = VideoRequest(prompt="x", overrides={"delivery": DeliverySettings(crf=20)})
    assert same_label.settings(config).delivery.crf == 20


@pytest.mark.parametrize("changes", [{"delivery.label": "Live"}, {"quality": {"target_is": 1.0}}])
def test_an_attempt_cannot_change_the_operators_settings_either(changes):
    request = VideoRequest(prompt="x")
    with pytest.raises(ConfigError, match="is for the operator"):
        request.settings(VideoGenConfig(), Attempt(video_id=request.id, number=2, changes=changes))


def test_flat_names_every_leaf_and_empty_tables():
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e.f": 3, "g": {}}) == {"a.b": 1, "a.c.d": 2, "e.f": 3, "g": {}}


def test_keys_of_tables_are_free():
    weights = {"quality.weights": {"Street film": {"sharpness": 1.0}}}
    assert VideoGenConfig().updated(weights).quality.weights["Street film"]["sharpness"] == 1.0


def test_a_request_never_changes():
    with pytest.raises(ValidationError, match="frozen"):
        VideoRequest(prompt="x").prompt = "y"  # type: ignore[misc]


def test_what_an_attempt_makes_anew_is_everything_made_from_its_stages():
    attempt = Attempt(
        video_id=new_video_id(),
        number=2,
        parent=1,
        from_stage="fact_check_report",
        other_stages=("upscaled_frames",),
    )
    assert attempt.makes_anew() == {"fact_check_report", "upscaled_frames", "rendered_video", "quality_report"}
    assert Attempt(video_id=new_video_id(), number=1).makes_anew() == frozenset()


def test_stages_are_listed_in_an_order_in_which_they_can_be_made():
    for stage in STAGES:
        assert all(STAGES.index(source) < STAGES.index(stage) for source in UPSTREAM[stage])


@settings(deadline=None)
@given(st.sampled_from(STAGES))
def test_downstream_is_what_cannot_be_made_without_the_stage(stage):
    made: set[str] = set()
    order = [name for name in STAGES if name != stage]
    random.Random(0).shuffle(order)
    for _ in STAGES:
        made |= {name for name in order if set(UPSTREAM[name]) <= made}
    assert downstream(stage) == set(STAGES) - made


def test_every_stage_is_made_by_one_step_in_the_order_of_the_stages():
    assert [stage for step in STEPS for stage in step.makes] == list(STAGES)


def test_a_start_at_one_half_of_the_noise_makes_the_other_half_too():
    both = ("base_noise_latents", "residual_noise_latents")
    for half in both:
        assert made_with(half) == both
        assert made_from(half) == downstream(both[0]) | downstream(both[1])
    for stage in set(STAGES) - set(both):
        assert made_with(stage) == (stage,)
        assert made_from(stage) == downstream(stage)


def test_an_unknown_stage_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="unknown stage 'decode' — choose one of prompt_asset, "):
        downstream("decode")


@pytest.mark.parametrize("number", [float("inf"), float("nan"), float("-inf")])
def test_numbers_that_json_cannot_hold_are_refused_so_that_every_stored_request_can_be_read(number):
    with pytest.raises(ValidationError, match="finite"):
        VideoRequest(prompt="x", overrides={"synthesis.critical_log_snr": number})
    with pytest.raises(ValidationError, match="finite"):
        VideoRequest(prompt="x", overrides={"synthesis": {"guidance_interval": [0.0, number]}})
    with pytest.raises(ValidationError, match=r"captions\.0\.end"):
        VideoRequest(prompt="x", captions=[{"start": 0, "end": number, "text": "x"}])
    with pytest.raises(ValidationError, match="duration"):
        VideoRequest(prompt="x", duration=number)


@pytest.mark.parametrize("fields", [{"prompt": b"x"}, {"seed": True}, {"duration": True}, {"priority": False}])
def test_bytes_are_no_text_and_truth_values_no_numbers(fields):
    with pytest.raises(ValidationError):
        VideoRequest(**{"prompt": "x", **fields})
