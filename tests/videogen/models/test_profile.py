"""A profile's values: what decides the picture has a digest, and an interval that means nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from videogen.errors import ModelError
from videogen.models.profile import NOT_OF_THE_PICTURE, ModelProfile, load_profile

Make = Callable[..., Any]
CHANGED: dict[str, Any] = {
    "name": "other",
    "fast": "quicker",
    "family": "another",
    "source": "elsewhere",
    "revision": "0" * 40,
    "variant": "fp16",
    "motion_adapter": {"source": "a/b"},
    "ip_adapter": {"repository": "a/b", "file": "c.safetensors"},
    "adapters": [{"file": "a.safetensors", "weight": 0.5}],
    "text_encoder": "minilm",
    "max_tokens": 12,
    "width": 32,
    "height": 24,
    "num_frames": 12,
    "fps": 12,
    "latent_channels": 8,
    "vae_scale_factor": 4,
    "vae_temporal_factor": 4,
    "diffusers": {"pipeline": "WanPipeline"},
    "steps": 6,
    "guidance_scale": 4.0,
    "guidance_rescale": 0.5,
    "guidance_interval": [0.0, 0.4],
    "scheduler": "EulerDiscreteScheduler",
    "scheduler_options": {"steps_offset": 0},
    "noise_prior": "independent",
    "long_noise_prior": "free_noise",
    "negative_prompt": "blur",
    "open_choices": [{"one_of": ["by day"], "unless": ["night"]}],
    "planner": "tiny/planner",
    "precision": "bf16",
    "description": "Said anew.",
    "upscaler": "tiny/upscaler",
    "text_video_encoder": "tiny/encoder",
    "world": "tiny/world.json",
    "synonyms": "tiny/synonyms.yaml",
    "palette": "tiny/palette.json",
    "content_type": "footage",
    "tried": "on a GPU of 24 GB",
    "licence": "MIT",
    "licence_link": "https://example.org",
    "licence_excludes": ["EU"],
    "gated": True,
    "vram_gb": 8.0,
    "ram_gb": 16.0,
    "download_gb": 29.0,
    "parts_gb": {"vae": 0.5},
    "memory_gb": 2.0,
    "clip_memory_gb": 1.0,
}


@pytest.fixture
def digest(write_profile: Make, tmp_path: Path) -> Callable[..., str]:
    """The digest of the profile ``tiny`` with some values changed, by way of its file."""

    def make(**changes: Any) -> str:
        write_profile(tmp_path, "tiny")
        path = tmp_path / "profiles" / "tiny.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes), encoding="utf-8")
        return load_profile("tiny", tmp_path).picture_digest

    return make


def test_every_field_of_a_profile_is_changed_below() -> None:
    assert set(CHANGED) == set(ModelProfile.model_fields) - {"models"}
    assert set(CHANGED) >= NOT_OF_THE_PICTURE


@pytest.mark.parametrize("field", sorted(set(CHANGED) - NOT_OF_THE_PICTURE - {"diffusers"}))
def test_a_value_that_decides_the_picture_changes_the_digest(field: str, digest: Callable[..., str]) -> None:
    assert digest(**{field: CHANGED[field]}) != digest()


def test_the_pipeline_and_its_options_change_the_digest(digest: Callable[..., str]) -> None:
    found = [
        digest(family="diffusers", diffusers={"pipeline": "WanPipeline", **options})
        for options in ({}, {"offload": "model"}, {"call": {"guidance_scale_2": 3.0}})
    ]
    assert len(set(found)) == 3


@pytest.mark.parametrize("field", sorted(NOT_OF_THE_PICTURE))
def test_what_is_for_people_memory_or_later_stages_leaves_the_digest(field: str, digest: Callable[..., str]) -> None:
    assert digest(**{field: CHANGED[field]}) == digest()


def test_the_digest_depends_on_what_the_file_means_not_on_how_it_is_written(
    digest: Callable[..., str], tmp_path: Path
) -> None:
    options = {"steps_offset": 1, "clip_sample": False}
    plain = digest(scheduler_options=options)
    path = tmp_path / "profiles" / "tiny.yaml"
    values = yaml.safe_load(path.read_text()) | {"scheduler_options": dict(reversed(options.items()))}
    values |= {"guidance_interval": [0, 1], "guidance_rescale": 0}  # the defaults, said
    path.write_text(yaml.safe_dump(dict(reversed(values.items())), sort_keys=False))
    elsewhere = load_profile("tiny", tmp_path).model_copy(update={"models": Path("/elsewhere")})
    assert elsewhere.picture_digest == plain


@pytest.mark.parametrize("interval", [[0.6, 0.2], [-0.1, 0.5], [0.0, 40.0]])
def test_a_profile_with_an_interval_that_is_no_part_of_the_denoising_is_refused(
    interval: list[float], write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "wrong", guidance_interval=interval)
    with pytest.raises(ModelError, match=r"(?s)wrong\.yaml.*guidance_interval.*begin must not exceed end: try \["):
        load_profile("wrong", tmp_path)


@pytest.mark.parametrize("interval", [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0), (0.0, 0.4)])
def test_the_ends_and_an_empty_interval_are_valid(
    interval: tuple[float, float], write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "tiny", guidance_interval=list(interval))
    assert load_profile("tiny", tmp_path).guidance_interval == interval


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fps", float("inf")),
        ("fps", float("nan")),
        ("fps", 1e6),
        ("width", 10**9),
        ("height", 10**9),
        ("num_frames", 10**9),
        ("fps", 1e-6),
        ("max_tokens", 100_000),
        ("max_tokens", 0),
        ("latent_channels", 10**9),
        ("vae_scale_factor", 10**9),
        ("vae_temporal_factor", 10**9),
        ("steps", 10**9),
        ("memory_gb", float("inf")),
        ("clip_memory_gb", -1.0),
        ("vram_gb", 1e12),
        ("ram_gb", 1e12),
        ("download_gb", 1e12),
        ("parts_gb", {"vae": -4.0}),
        ("guidance_scale", float("nan")),
        ("guidance_interval", [float("nan"), 1.0]),
    ],
)
def test_a_number_that_no_model_has_is_refused_in_one_line_that_names_the_field(
    field: str, value: Any, write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "wrong", **{field: value})
    with pytest.raises(ModelError, match=rf"^the profile \S*wrong\.yaml is not valid: {field}\S*: [^\n]*$"):
        load_profile("wrong", tmp_path)


@pytest.mark.parametrize(
    ("section", "field"),
    [
        ({"call": {"guidance_scale_2": 1e30}}, "diffusers.call"),
        ({"call": {"sigmas": [1.0, float("nan")]}}, "diffusers.call"),
        ({"guider": {"class": "ClassifierFreeGuidance", "guidance_scale": 10**12}}, "diffusers.guider"),
        ({"group_offload": {"num_blocks_per_group": 10**9}}, "diffusers.group_offload"),
        ({"cache": {"kind": "FirstBlockCache", "options": {"threshold": float("inf")}}}, "diffusers.cache.options"),
        ({"size_multiple": 10**9}, "diffusers.size_multiple"),
        ({"frames": {"multiple": 10**9}}, "diffusers.frames.multiple"),
        ({"frames": {"max": 10**9}}, "diffusers.frames.max"),
        ({"loras": [{"source": "a", "file": "b.safetensors", "weight": 1e9}]}, "diffusers.loras.0.weight"),
    ],
    ids=str,
)
def test_a_number_in_the_section_of_a_pipeline_is_refused_as_plainly(
    section: dict[str, Any], field: str, write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "wrong", family="diffusers", diffusers={"pipeline": "WanPipeline", **section})
    with pytest.raises(
        ModelError, match=rf"^the profile \S*wrong\.yaml is not valid: {field}: [^\n]*wan22-5b\.yaml$"
    ) as caught:
        load_profile("wrong", tmp_path)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: [", b"- 1\n", b"1: 2\n", b""])
def test_a_file_that_is_no_profile_is_refused_in_one_line_with_its_path(
    content: bytes, write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "wrong")
    (tmp_path / "profiles" / "wrong.yaml").write_bytes(content)
    with pytest.raises(ModelError, match=r"^the profile \S*wrong\.yaml [^\n]*pib-mini\.yaml$"):
        load_profile("wrong", tmp_path)


def test_a_profile_that_extends_another_has_its_fields_except_those_that_it_names(
    write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "whole", steps=20, guidance_scale=5.0)
    (tmp_path / "profiles" / "fast.yaml").write_text("extends: whole\nsteps: 4\n", encoding="utf-8")
    whole, fast = load_profile("whole", tmp_path), load_profile("fast", tmp_path)
    assert (fast.name, fast.steps, fast.guidance_scale) == ("fast", 4, 5.0)
    assert fast.model_copy(update={"name": "whole", "steps": 20}) == whole


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("other", "extends 'mine', which extends it in turn, extend one of: whole"),
        ("missing", "extends 'missing', which does not exist, extend one of: other, whole"),
        ("../secrets", "which does not exist"),
        ("[a]", "which does not exist"),
    ],
)
def test_a_profile_that_extends_itself_or_nothing_is_refused_with_those_that_there_are(
    name: str, told: str, write_profile: Make, tmp_path: Path
) -> None:
    write_profile(tmp_path, "whole")
    (tmp_path / "profiles" / "other.yaml").write_text("extends: mine\n", encoding="utf-8")
    (tmp_path / "profiles" / "mine.yaml").write_text(f"extends: {name}\n", encoding="utf-8")
    with pytest.raises(ModelError) as raised:
        load_profile("mine", tmp_path)
    said = f"{raised.value.problem}, {raised.value.remedy}"
    assert told in said
    assert "\n" not in said
