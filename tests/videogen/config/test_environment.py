"""Settings from environment variables: none is ignored, and a refusal names the variable and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError


def refusal() -> str:
    with pytest.raises(ConfigError) as caught:
        VideoGenConfig.load()
    return str(caught.value)


def test_lists_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_PATHS__ALLOWED_INPUTS", '["/a", "/b"]')
    monkeypatch.setenv("VIDEOGEN_PROCESSING__RESOLUTION", "[640, 360]")
    config = VideoGenConfig.load()
    assert config.paths.allowed_inputs == (Path("/a"), Path("/b"))
    assert config.processing.resolution == (640, 360)


def test_a_whole_group_is_json_and_its_fields_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_PROCESSING__FPS", "25")
    monkeypatch.setenv("VIDEOGEN_PROCESSING", '{"fps": 30, "max_images": 2}')
    monkeypatch.setenv("videogen_processing__duration", "3")
    processing = VideoGenConfig.load().processing
    assert (processing.fps, processing.max_images, processing.duration) == (25, 2, 3.0)


def test_entries_of_a_table_have_variables_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_QUALITY__THRESHOLDS__SHARPNESS", "0.25")
    assert VideoGenConfig.load().quality.thresholds == {"sharpness": 0.25}


@pytest.mark.parametrize(
    "name",
    ["VIDEOGEN_PROCESSING__FSP", "VIDEOGEN_PROCESING__FPS", "VIDEOGEN_PROCESSING_FPS", "videogen_processing__fsp"],
)
def test_a_variable_that_names_no_setting_is_refused_with_the_closest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "30")
    assert f"{name.upper()} does not name a setting: did you mean 'VIDEOGEN_PROCESSING__FPS'?" in refusal()


@pytest.mark.parametrize("name", ["VIDEOGEN_CONFIG", "VIDEOGEN_SERVICE_HOST", "VIDEOGENERATOR__FPS"])
def test_variables_that_are_not_of_a_groups_form_are_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")
    assert VideoGenConfig.load() == VideoGenConfig()


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("VIDEOGEN_EMERGENCY__FEEDS", "[1, 2", "[1, 2]"),
        ("VIDEOGEN_PREPROCESSING__TEXT_STEPS", "clean, truncate", '["clean", "truncate"]'),
        ("VIDEOGEN_QUALITY__THRESHOLDS", "sharpness=3", '{"name": value}'),
        ("VIDEOGEN_PROCESSING", "fps=30", '{"name": value}'),
    ],
)
def test_a_value_that_is_no_json_is_refused_with_its_variable_and_the_json_that_is_meant(
    name: str, value: str, example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = refusal()
    assert f"variable {name} cannot be read: {value!r}" in said
    assert f"{name}='{example}'" in said


def test_a_value_out_of_bounds_is_refused_with_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIDEOGEN_PROCESSING__FPS", "many")
    (tmp_path / "c.yaml").write_text("processing: {duration: -1}\n")
    with pytest.raises(ConfigError) as caught:
        VideoGenConfig.load(tmp_path / "c.yaml")
    refused = sorted(caught.value.problem.partition(" is not valid: ")[2].split("; "))
    assert refused[0].startswith("processing.duration: ")
    assert refused[0].endswith("(got -1)")
    assert refused[1].startswith("processing.fps: ")
    assert refused[1].endswith("(got 'many') from the environment variable VIDEOGEN_PROCESSING__FPS")


@pytest.mark.parametrize("value", ["[" * 5000, f"[{'9' * 5000}, 2]", "[1" * 60, '{"a": 1, "a": 2}'])
def test_a_list_that_no_reader_should_follow_is_refused_by_its_variable(monkeypatch, value):
    monkeypatch.setenv("VIDEOGEN_PATHS__ALLOWED_INPUTS", value)
    with pytest.raises(ConfigError, match="VIDEOGEN_PATHS__ALLOWED_INPUTS cannot be read") as caught:
        VideoGenConfig.load()
    assert len(str(caught.value)) < 1500
