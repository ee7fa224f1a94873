"""A size is written as people write it, in every place where one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError
from videogen.intake.request_files import build_request, read_requests


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("720x1280", (720, 1280)),
        ("1080 × 1920", (1080, 1920)),
        ("[640, 360]", (640, 360)),
        ("Tall", (720, 1280)),
        ("wide", (1280, 720)),
        ("square", (720, 720)),
        ([640, 360], (640, 360)),
    ],
)
def test_a_size_is_read_in_settings_requests_and_the_environment(
    written: object, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VideoGenConfig.load(overrides={"processing.resolution": written}).processing.resolution == size
    request = build_request({"prompt": "a bus", "size": written}, source="python", config=VideoGenConfig())
    assert request.settings(VideoGenConfig()).processing.resolution == size
    if isinstance(written, str):
        monkeypatch.setenv("VIDEOGEN_EMERGENCY__EMERGENCY_REDUCED_RESOLUTION", written)
        assert VideoGenConfig.load().emergency.emergency_reduced_resolution == size


def test_a_cell_holds_a_size_whatever_its_column_is_called(tmp_path: Path) -> None:
    table = tmp_path / "b.csv"
    table.write_text("prompt,size,processing.resolution\na bus,720x1280,\na train,,square\n")
    config = VideoGenConfig()
    requests = read_requests(table, source="batch", config=config)
    assert [one.settings(config).processing.resolution for one in requests] == [(720, 1280), (720, 720)]


@pytest.mark.parametrize("written", ["big", "1280", "720x", "-720x1280", 720, ""])
def test_what_names_no_size_is_refused_with_the_forms_that_do(written: object) -> None:
    with pytest.raises(ConfigError, match=r"1280x720.*wide, square, tall"):
        VideoGenConfig.load(overrides={"processing.resolution": written})
    with pytest.raises(InputError, match="size: a size is"):
        build_request({"prompt": "a bus", "size": written}, source="python")


def test_a_request_for_an_emergency_keeps_the_shape_that_it_asks_for() -> None:
    request = build_request({"prompt": "a flood", "emergency": True, "size": "tall"}, source="python")
    assert request.settings(VideoGenConfig()).processing.resolution == (720, 1280)


def test_odd_edges_are_refused_before_anything_is_stored() -> None:
    with pytest.raises(ConfigError, match="even width and height"):
        build_request({"prompt": "a bus", "size": "721x1280"}, source="python", config=VideoGenConfig())
