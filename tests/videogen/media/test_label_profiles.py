"""Labels by rule: wording, corner and size follow the operator's profile."""

from __future__ import annotations

import pytest

from videogen.config.config import VideoGenConfig
from videogen.config.groups.label_profile import LabelStyle
from videogen.config.label_style import label_style
from videogen.domain.requests import VideoRequest
from videogen.errors import ConfigError, InputError, MediaError
from videogen.intake.request_files import build_request
from videogen.media.label import Label
from videogen.quality.metrics.technical import Expected

SIZES = [(1280, 720), (720, 1280), (1080, 1080), (640, 360)]


def style_of(**delivery: object) -> LabelStyle:
    return label_style(VideoGenConfig().updated({"delivery": delivery}).delivery)


def test_without_a_profile_label_and_corner_are_the_settings() -> None:
    assert style_of(label="Made by AI", label_position="bottom-left") == LabelStyle("Made by AI", "bottom-left")
    plain, styled = Label.fitted("AI-generated", (1280, 720)), Label.styled(style_of(), (1280, 720))
    assert plain.box == styled.box


@pytest.mark.parametrize("size", SIZES)
def test_the_indian_label_is_larger_than_the_plain_one_and_says_synthetic(size: tuple[int, int]) -> None:
    label = Label.styled(style_of(label_profile="india-2026"), size)
    assert "synthetically generated" in label.text
    assert label.ink.size > Label.fitted("AI-generated", size).ink.size


@pytest.mark.parametrize("size", SIZES)
def test_the_european_icon_stands_at_the_top_right_whatever_the_corner_of_the_label(size: tuple[int, int]) -> None:
    label = Label.styled(style_of(label_profile="eu-icon", label_position="bottom-left"), size)
    left, top, right, _ = label.box
    assert label.text == "AI"
    assert left > size[0] / 2
    assert top < size[1] / 4
    assert right <= size[0]


@pytest.mark.parametrize("size", SIZES)
def test_an_own_profile_covers_the_share_of_the_frame_that_it_asks_for(size: tuple[int, int]) -> None:
    own = {"ballot": {"text": "AI-generated, by the Example Party", "area": 0.1, "position": "bottom-right"}}
    label = Label.styled(style_of(label_profile="ballot", label_profiles=own), size)
    left, top, right, bottom = label.box
    assert (right - left) * (bottom - top) >= 0.1 * size[0] * size[1]
    assert left >= 0
    assert top >= 0
    assert (right, bottom) <= size


def test_a_share_that_no_size_of_letters_reaches_is_refused() -> None:
    with pytest.raises(MediaError, match="cannot cover 30%"):
        Label.styled(LabelStyle("An uncommonly-long-word-that-nobody-can-break-anywhere", area=0.3), (720, 1280))


def test_a_profile_that_nobody_described_is_refused() -> None:
    with pytest.raises(ConfigError, match="choose one of india-2026, eu-icon"):
        VideoGenConfig().updated({"delivery.label_profile": "mars"})


@pytest.mark.parametrize("setting", [{"label_profile": "eu-icon"}, {"label_profiles": {}}, {"watermark": False}])
def test_no_request_changes_it(setting: dict[str, object]) -> None:
    with pytest.raises(InputError, match="for the operator to set"):
        build_request({"prompt": "a bus", "overrides": {"delivery": setting}}, source="python", config=VideoGenConfig())
    assert VideoRequest(prompt="a bus").overrides == {}


def test_the_quality_report_looks_for_the_label_of_the_profile() -> None:
    config = VideoGenConfig().updated({"delivery.label_profile": "eu-icon"})
    assert Expected.from_config(config).label_style == label_style(config.delivery)
