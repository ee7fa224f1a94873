"""The table of who reads which setting first, and what follows from it for attempts that start in the middle."""

from __future__ import annotations

import pytest

from videogen.config.config import VideoGenConfig
from videogen.config.groups.group import Group
from videogen.domain.setting_stages import FIRST_READERS, check_changes_act, first_readers, start_for
from videogen.domain.stages import STAGES, made_from
from videogen.errors import InputError

SETTINGS = [
    f"{group}.{name}" for group, settings in VideoGenConfig() for name in type(settings).model_fields
]  # fmt: skip


def check(start: str, *names: str) -> None:
    check_changes_act(names, made_from(start), start, "some-video")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_or_its_whole_group_is_in_the_table(name: str) -> None:
    assert name in FIRST_READERS or name.partition(".")[0] in FIRST_READERS


def test_the_table_names_only_settings_and_stages_that_there_are() -> None:
    groups = {group for group, settings in VideoGenConfig() if isinstance(settings, Group)}
    assert set(FIRST_READERS) <= {*SETTINGS, *groups, "seed"}
    assert {stage for stages in FIRST_READERS.values() for stage in stages} <= set(STAGES)


def test_a_setting_wins_over_its_group() -> None:
    assert first_readers("synthesis.momentum") == ("video_latents",)
    assert first_readers("synthesis.keyword_emphasis") == ("conditioning_embeddings",)
    assert first_readers("nonsense") == ()


@pytest.mark.parametrize(
    ("start", "name", "remedy"),
    [
        ("video_latents", "seed", "use --from base_noise_latents"),
        ("decoded_frames", "model.guidance_scale", "use --from video_latents"),
        ("video_latents", "model.base_noise_lambda", "use --from base_noise_latents"),
        ("base_noise_latents", "synthesis.keyword_emphasis", "use --from conditioning_embeddings"),
        ("quality_report", "delivery.crf", "use --from rendered_video"),
        ("rendered_video", "processing.resolution", "use --from upscaled_frames"),
        ("rendered_video", "model.precision", "use --from upscaled_frames"),
        ("prompt_asset", "model.profile", "leave out --from"),
    ],
)
def test_a_start_behind_the_first_reader_is_refused_with_setting_reader_and_remedy(
    start: str, name: str, remedy: str
) -> None:
    with pytest.raises(InputError, match=rf"^\[.*\] {name} is read by .*{first_readers(name)[-1]}.* — {remedy}"):
        check(start, name)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("residual_noise_latents", "seed"),
        ("conditioning_embeddings", "seed"),
        ("video_latents", "model.device"),
        ("upscaled_frames", "model.device"),
        ("video_latents", "noise.motion_scale"),
        ("video_latents", "model.guidance_scale"),
    ],
)
def test_a_start_at_or_before_the_first_reader_is_taken(start: str, name: str) -> None:
    check(start, name)


def test_the_start_for_several_changes_is_the_latest_at_which_all_of_them_act() -> None:
    assert start_for(["delivery.crf", "model.guidance_scale"]) == "video_latents"
    assert start_for(["delivery.crf"], "base_noise_latents") == "base_noise_latents"
    assert start_for(["seed"]) == "base_noise_latents"
    assert start_for(["model.profile"]) is None
