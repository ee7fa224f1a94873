"""Settings by their names alone, wherever they may be written with their groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.config.config import VideoGenConfig
from videogen.config.flat_names import GROUPS, short_names
from videogen.config.groups.all import NoiseSettings, ProcessingSettings
from videogen.config.groups.emergency import EmergencySettings
from videogen.config.parts import part
from videogen.domain.requests import VideoRequest
from videogen.errors import ConfigError, InputError
from videogen.intake.request_files import build_request, parse_requests


def test_the_table_of_groups_is_that_of_the_configuration() -> None:
    assert {name: field.annotation for name, field in VideoGenConfig.model_fields.items()} == dict(GROUPS)


def test_the_names_of_the_specification_are_all_there() -> None:
    for name in (
        "base_noise_lambda", "residual_noise_lambda", "num_frames", "resolution", "fps", "max_text_length",
        "max_images", "target_fvd", "target_is", "target_temporal_coherence", "max_regeneration_attempts",
        "emergency_mode_enabled", "emergency_max_generation_time", "emergency_reduced_resolution",
        "emergency_reduced_sampling_steps", "emergency_template_directory", "emergency_use_templates",
    ):  # fmt: skip
        assert len(short_names()[name]) == 1


def test_a_name_alone_is_the_setting_in_files_overrides_updates_and_arguments(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("fps: 12\nprocessing: {max_images: 3}\n")
    (tmp_path / "c.json").write_text('{"fps": 12, "processing.max_images": 3}')
    for path in tmp_path.iterdir():
        config = VideoGenConfig.load(path, {"base_noise_lambda": 0.5, "residual_noise_lambda": 0.5})
        assert (config.processing.fps, config.processing.max_images, config.model.base_noise_lambda) == (12, 3, 0.5)
    assert VideoGenConfig(fps=12) == VideoGenConfig().updated({"fps": 12}) == VideoGenConfig(processing={"fps": 12})


def test_the_environment_takes_the_name_alone_and_the_full_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_FPS", "12")
    monkeypatch.setenv("VIDEOGEN_RESOLUTION", "640x360")
    assert VideoGenConfig() == VideoGenConfig.load()
    assert (VideoGenConfig().processing.fps, VideoGenConfig().processing.resolution) == (12, (640, 360))
    assert VideoGenConfig(fps=30).processing.fps == 30
    monkeypatch.setenv("VIDEOGEN_PROCESSING__FPS", "15")
    assert VideoGenConfig().processing.fps == 15


def test_an_update_does_not_read_the_environment_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = VideoGenConfig()
    monkeypatch.setenv("VIDEOGEN_FPS", "12")
    assert before.updated({"num_frames": 8}).processing.fps == before.processing.fps


@pytest.mark.parametrize(
    ("name", "meant"),
    [("fsp", "'fps'"), ("base_noise_lamda", "'base_noise_lambda'"), ("processing.fsp", "'processing.fps'")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for attempt in (
        lambda: VideoGenConfig.load(overrides={name: 1}),
        lambda: VideoGenConfig().updated({name: 1}),
        lambda: VideoGenConfig(**{name: 1}),
    ):
        with pytest.raises(ConfigError, match=f"{name}: no such setting.*did you mean {meant}"):
            attempt()
    if "." not in name:
        monkeypatch.setenv(f"VIDEOGEN_{name}".upper(), "1")
        with pytest.raises(ConfigError, match=f"did you mean 'VIDEOGEN_{meant[1:-1].upper()}'"):
            VideoGenConfig()


def test_a_name_that_two_groups_have_is_asked_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c.yaml").write_text("fit: crop\n")
    with pytest.raises(ConfigError, match=r"c\.yaml: 'fit' is the name of 2 settings: preprocessing\.fit and delivery"):
        VideoGenConfig.load(tmp_path / "c.yaml")
    monkeypatch.setenv("VIDEOGEN_FIT", "crop")
    with pytest.raises(ConfigError, match="VIDEOGEN_PREPROCESSING__FIT or VIDEOGEN_DELIVERY__FIT"):
        VideoGenConfig()


def test_a_value_that_is_refused_is_named_with_the_variable_that_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_FPS", "many")
    with pytest.raises(ConfigError, match=r"processing\.fps: .*from the environment variable VIDEOGEN_FPS"):
        VideoGenConfig()


def test_a_request_takes_settings_by_their_names_beside_its_fields() -> None:
    config = VideoGenConfig()
    wanted = {"prompt": "a boat", "num_frames": 8, "fps": 12, "resolution": "640x360", "guidance_scale": 4.0}
    request = build_request({**wanted, "overrides": {"model.num_frames": 4}}, source="python", config=config)
    settings = request.settings(config)
    assert (settings.model.num_frames, settings.processing.fps) == (8, 12)
    assert (settings.processing.resolution, settings.model.guidance_scale) == ((640, 360), 4.0)
    with pytest.raises(InputError, match="unknown field guidance_scal: did you mean 'guidance_scale'"):
        build_request({"prompt": "a boat", "guidance_scal": 4}, source="python", config=config)


def test_a_column_of_a_table_may_be_named_like_a_setting(tmp_path: Path) -> None:
    table = b"prompt,fps,num_frames\na boat,12,8\na tree,,4\n"
    first, second = parse_requests("t.csv", table, source="batch", config=VideoGenConfig(), pictures=tmp_path)
    assert (first.overrides, second.overrides) == ({"fps": 12, "num_frames": 8}, {"num_frames": 4})


@pytest.mark.parametrize("name", ["store", "policy_file", "emergency_mode_enabled", "label", "target_fvd"])
def test_a_short_name_is_no_way_round_what_only_the_operator_may_set(name: str) -> None:
    with pytest.raises(ValueError, match="is for the operator to set"):
        VideoRequest(prompt="x", overrides={name: "anything"})


def test_a_component_takes_the_configuration_its_own_group_or_nothing() -> None:
    config = VideoGenConfig(motion_scale=0.5)
    assert part(config, NoiseSettings).motion_scale == part(config.noise, NoiseSettings).motion_scale == 0.5
    assert part(None, EmergencySettings) == EmergencySettings()
    assert part(config.noise, ProcessingSettings) == ProcessingSettings()
    with pytest.raises(ConfigError, match="a dict was given as the configuration"):
        part({"fps": 12}, NoiseSettings)  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="a NoiseSettings was given"):
        part(config.noise, VideoGenConfig)
