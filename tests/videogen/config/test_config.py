from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from videogen.config.commented_yaml import commented_yaml
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.errors import ConfigError

SPEC_DEFAULTS = {
    "model.base_noise_lambda": 0.7,
    "model.residual_noise_lambda": 0.3,
    "processing.resolution": (1280, 720),
    "processing.fps": 24,
    "processing.max_text_length": 100,
    "processing.max_images": 8,
    "quality.target_fvd": 200.0,
    "quality.target_is": 70.0,
    "quality.target_temporal_coherence": 0.9,
    "quality.max_regeneration_attempts": 3,
    "emergency.emergency_mode_enabled": True,
}


def value_of(config: VideoGenConfig, name: str):
    group, field = name.split(".")
    return getattr(getattr(config, group), field)


@pytest.mark.parametrize(("name", "value"), SPEC_DEFAULTS.items())
def test_the_defaults_are_those_of_the_specification(name, value):
    assert value_of(VideoGenConfig(), name) == value


def test_the_frames_are_those_of_the_profile_which_are_16_as_in_the_specification_by_default():
    from videogen.models.profile import load_profile

    config = VideoGenConfig()
    assert config.model.num_frames is None
    assert load_profile(config.model.profile, config.path(config.paths.models)).num_frames == 16


@pytest.mark.parametrize(
    "name",
    ["max_generation_time", "reduced_resolution", "reduced_sampling_steps", "template_directory", "use_templates"],
)
def test_every_emergency_parameter_of_the_specification_is_there(name):
    assert value_of(VideoGenConfig(), f"emergency.emergency_{name}") is not None


def write(path: Path, values) -> Path:
    path.write_text(json.dumps(values) if path.suffix == ".json" else yaml.safe_dump(values))
    return path


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json"])
def test_a_file_changes_what_it_names_and_nothing_else(tmp_path, suffix):
    config = VideoGenConfig.load(write(tmp_path / f"c{suffix}", {"processing": {"fps": 30, "resolution": [640, 360]}}))
    assert config.processing.resolution == (640, 360)
    assert config == VideoGenConfig().updated({"processing.fps": 30, "processing.resolution": (640, 360)})


def test_later_sources_win(tmp_path, monkeypatch):
    path = write(tmp_path / "c.yaml", {"processing": {"fps": 10, "max_images": 2}, "model": {"guidance_scale": 2}})
    monkeypatch.setenv("VIDEOGEN_PROCESSING__FPS", "20")
    monkeypatch.setenv("VIDEOGEN_MODEL__GUIDANCE_SCALE", "3")
    config = VideoGenConfig.load(path, {"model.guidance_scale": 4})
    assert (config.processing.max_images, config.processing.fps, config.model.guidance_scale) == (2, 20, 4.0)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"model.base_noise_lambda": 0.9}, ["model.residual_noise_lambda is 1.2", "set residual_noise_lambda to"]),
        ({"processing.resolution": [641, 360]}, ["processing.resolution is 641×360", "[640, 360]"]),
        ({"processing.resolution": [32, 20]}, ["processing.resolution", "[64, 64]"]),
        (
            {"emergency.emergency_reduced_resolution": [9999, 360]},
            ["emergency.emergency_reduced_resolution", "[7680, 360]"],
        ),
        ({"processing.duration": 0.05}, ["processing.duration", "processing.fps", "at least 0.083 s"]),
        ({"processing.fps": 0}, ["processing.fps", "greater than or equal to 1", "got 0"]),
        ({"processing.fps": "many"}, ["processing.fps", "got 'many'"]),
        ({"processing.fsp": 24}, ["processing.fsp: no such setting; check the spelling"]),
        ({"procesing.fps": 24}, ["procesing: no such setting"]),
        ({"model.device": "tpu"}, ["model.device", "'cuda'", "got 'tpu'"]),
        ({"model.guidance_scale": float("nan")}, ["model.guidance_scale"]),
        ({"synthesis.guidance_interval": [0.6, 0.2]}, ["synthesis.guidance_interval: [0.6, 0.2]", "try [0.2, 0.6]"]),
        ({"synthesis.guidance_interval": [0, 40]}, ["synthesis.guidance_interval", "from 0 to 1", "try [0, 1]"]),
        ({"synthesis.guidance_interval": [float("nan"), 1]}, ["synthesis.guidance_interval"]),
        ({"synthesis.critical_log_snr": float("nan")}, ["synthesis.critical_log_snr", "finite"]),
        ({"synthesis.critical_log_snr": float("-inf")}, ["synthesis.critical_log_snr", "finite"]),
        (
            {"synthesis.final_base_share": 0.2},
            ["synthesis.final_base_share is 0.2", "synthesis.stochasticity is 0", "set synthesis.stochasticity above"],
        ),
        ({"emergency.emergency_reduced_sampling_steps": 1001}, ["emergency_reduced_sampling_steps", "got 1001"]),
        ({"emergency.timezone": "Europe/Roma"}, ["emergency.timezone", "e.g. Europe/Rome", "got 'Europe/Roma'"]),
        ({"emergency.timezone": "Europe"}, ["emergency.timezone", "IANA name"]),
        ({"release.key": "key.pem"}, ["release.certificate and release.key belong together", "set both, or none"]),
        ({"processing": 3}, ["processing"]),
    ],
)
def test_a_refused_value_is_named_with_what_to_do(overrides, words):
    with pytest.raises(ConfigError) as caught:
        VideoGenConfig.load(overrides=overrides)
    for word in words:
        assert word in str(caught.value)


def test_all_refused_values_are_named_at_once():
    with pytest.raises(ConfigError, match=r"processing.fps.*; .*model.num_frames|model.num_frames.*; .*processing.fps"):
        VideoGenConfig.load(overrides={"processing.fps": 0, "model.num_frames": 1})


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("a: [", "not well-formed"),
        ("- 1", "top level"),
        ("!!python/object/apply:os.system ['true']", "not well-formed"),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path, content, word):
    path = tmp_path / "c.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=word) as caught:
        VideoGenConfig.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_or_binary_file_is_refused_by_name(tmp_path):
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("none.yaml", "b.yaml", "."):
        with pytest.raises(ConfigError, match="cannot read the configuration file"):
            VideoGenConfig.load(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.yaml", "model:\n  num_frames: 8\nprocessing: {fps: 24}\nmodel:\n  num_frames: 16\n"),
        ("c.json", '{"model": {"num_frames": 8},\n\t"processing": {},\n\t"delivery": {},\n"model": {}}'),
    ],
)
def test_a_group_that_is_given_twice_is_refused_with_both_lines(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match="'model' is given more than once, in lines 1 and 4"):
        VideoGenConfig.load(tmp_path / name)


@pytest.mark.parametrize("store", ["/srv/inbox/videos", "/srv/inbox", "/srv/other/../inbox/x"])
def test_what_is_begun_cannot_be_kept_where_strangers_may_write(store):
    with pytest.raises(ConfigError, match=r"paths\.store .* lies in paths\.inbox"):
        VideoGenConfig.load(overrides={"paths.inbox": "/srv/inbox", "paths.store": store})
    VideoGenConfig.load(overrides={"paths.inbox": "/srv/inbox", "paths.store": "/srv/inbox-of-videos"})


def test_pipes_and_devices_are_no_configuration(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", "/dev/zero", "/proc/self/environ"):
        with pytest.raises(ConfigError, match="is not a plain file"):
            VideoGenConfig.load(path)


@pytest.mark.parametrize("name", ["_cli_parse_args", "_env_file", "_secrets_dir", "model.", "Model", "model fps", ""])
@pytest.mark.parametrize("how", ["file", "overrides", "update"])
def test_nothing_but_settings_reaches_the_settings_library(tmp_path, name, how):
    changes = {name: ["--delivery.label=Live"]}
    (tmp_path / "c.json").write_text(json.dumps(changes))
    load = {
        "file": lambda: VideoGenConfig.load(tmp_path / "c.json"),
        "overrides": lambda: VideoGenConfig.load(overrides=changes),
        "update": lambda: VideoGenConfig().updated(changes),
    }
    with pytest.raises(ConfigError, match=r"no such setting|is not the name of a setting"):
        load[how]()


@pytest.mark.parametrize("value", [10**5000, "9" * 5000, "x" * 100_000], ids=["integer", "digits", "text"])
def test_a_refused_value_is_shown_short(value):
    with pytest.raises(ConfigError) as caught:
        VideoGenConfig.load(overrides={"processing.fps": value})
    assert len(str(caught.value)) < 1000


def test_an_update_gives_a_new_validated_object():
    config = VideoGenConfig()
    changed = config.updated({"processing": {"fps": 30}, "model.guidance_scale": 5})
    assert (config.processing.fps, changed.processing.fps, changed.model.guidance_scale) == (24, 30, 5.0)
    with pytest.raises(ValidationError):
        changed.processing.fps = 12  # type: ignore[misc]
    with pytest.raises(ConfigError, match=r"processing.fps"):
        changed.updated({"processing.fps": 1000})


@settings(deadline=None, max_examples=10)
@given(share=st.floats(0, 1))
def test_any_two_shares_that_sum_to_one_are_valid(share):
    config = VideoGenConfig().updated({"model.base_noise_lambda": share, "model.residual_noise_lambda": 1 - share})
    assert config.model.base_noise_lambda == share


@settings(deadline=None, max_examples=10)
@given(st.sampled_from([30, 25, 60]), st.sampled_from([None, 1.5, 20.0]), st.text(min_size=3, max_size=12))
def test_what_yaml_holds_loads_back_the_same(tmp_path_factory, fps, duration, label):
    config = VideoGenConfig().updated({"processing.fps": fps, "processing.duration": duration, "delivery.label": label})
    path = tmp_path_factory.mktemp("config") / "c.yaml"
    for text in (config.to_yaml(), commented_yaml(config)):
        path.write_text(text)
        assert VideoGenConfig.load(path) == config


def test_the_default_file_is_exactly_the_defaults_commented():
    path = PROJECT_ROOT / "config" / "default.yaml"
    assert path.read_text() == commented_yaml(VideoGenConfig()), (
        "run: videogen config show --defaults > config/default.yaml"
    )
    assert VideoGenConfig.load(path) == VideoGenConfig()


def test_every_setting_has_a_description():
    missing = [
        f"{group}.{name}"
        for group, field in VideoGenConfig.model_fields.items()
        for name, setting in field.annotation.model_fields.items()
        if not setting.description
    ]
    assert missing == []


def test_every_setting_is_read_by_some_code():
    """As `….group.name`, or as `.name` of the group under a name such as `settings`."""
    read = set()
    for folder in ("videogen", "resources", "assets", "sensors", "videogen_dagster"):
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and path.name not in ("settings.py", "config.py"):
                    taken = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "part"
                    owner = "settings" if taken else getattr(node.value, "attr", getattr(node.value, "id", ""))
                    read.add((owner.lstrip("_"), node.attr))
    unread = [
        f"{group}.{name}"
        for group, field in VideoGenConfig.model_fields.items()
        for name in field.annotation.model_fields
        if not read & {(owner, name) for owner in (group, "settings", "limits")}
    ]
    assert unread == []


def test_a_guidance_interval_of_no_length_is_valid_and_means_no_guidance():
    config = VideoGenConfig().updated({"synthesis.guidance_interval": [0.4, 0.4]})
    assert config.synthesis.guidance_interval == (0.4, 0.4)
    assert "begin = end: no guidance" in commented_yaml(config)


def test_a_base_share_of_fresh_noise_is_valid_where_there_is_fresh_noise():
    config = VideoGenConfig().updated({"synthesis.final_base_share": 0.0, "synthesis.stochasticity": 0.5})
    assert config.synthesis.final_base_share == 0.0


def test_a_strength_of_variation_is_valid_without_a_second_seed():
    assert VideoGenConfig().updated({"noise.variation_strength": 0.5}).noise.variation_seed is None


def test_the_production_file_is_valid():
    config = VideoGenConfig.load(PROJECT_ROOT / "config" / "production_config.yaml")
    assert config.paths.allowed_inputs == (Path("input"),)


def test_relative_paths_start_at_the_project_and_urls_stay():
    config = VideoGenConfig()
    assert config.path("models") == PROJECT_ROOT / "models"
    assert config.path("/models") == Path("/models")
    assert config.location("dagster_home/x") == str(PROJECT_ROOT / "dagster_home/x")
    assert config.location("s3://bucket/x") == "s3://bucket/x"
