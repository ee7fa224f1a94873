"""A request that names very many settings, or the same part very often, is refused in time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import nested
from videogen.errors import VideogenError
from videogen.intake.request_files import build_request


@pytest.mark.parametrize(
    "wishes",
    [
        {"noise.variations": [{"seed": 1, "weight": 1}] * 20_000},
        {"noise.variations": [{"seed": 1, "strength": 0.5}] * 20_000},
        {f"a{number}.b": 1 for number in range(8_000)},
        {f"a{number}.b": 1 for number in range(100_000)},
        {f"model.x{number}": 1 for number in range(8_000)},
        {f"x{number}": 1 for number in range(100_000)},
        {"model." + "x" * 1_000_000: 1},
        {"preprocessing.text_steps": ["clean"] * 50_000},
        {"preprocessing.text_steps": ["x" * 100] * 50_000},
        {"super_resolution.frame_steps": [f"x{number}" for number in range(50_000)]},
    ],
    ids=["wrong variations", "right variations", "groups", "more groups", "fields", "names", "a long name", "one step",
         "a wrong step", "wrong steps"],
)  # fmt: skip
def test_very_many_settings_are_refused_before_they_take_time(wishes: dict[str, Any]) -> None:
    begun = time.process_time()
    with pytest.raises(VideogenError) as caught:
        build_request({"prompt": "a bus", "overrides": wishes}, source="inbox", config=VideoGenConfig())
    # It took 19 s for the first of them, and minutes for others.
    assert time.process_time() - begun < 5.0
    assert len(str(caught.value)) < 11_000


def test_names_that_meet_in_one_group_are_joined_whichever_way_they_are_written() -> None:
    given = {"model.profile": "a", "model": {"device": "cpu"}, "fps": 30, "processing": {"duration": 2.0}}
    joined = {"model": {"profile": "a", "device": "cpu"}, "processing": {"fps": 30, "duration": 2.0}}
    assert nested(given) == joined
    assert given["model"] == {"device": "cpu"}


@pytest.mark.parametrize("wish", ["rewriter_url", "rewriter_model", "rewriter_key_variable"])
def test_the_language_model_that_gets_releases_and_a_key_is_the_operators_to_name(wish: str) -> None:
    with pytest.raises(VideogenError, match=rf"briefing\.{wish} is for the operator to set"):
        build_request({"prompt": "a bus", "overrides": {f"briefing.{wish}": "AWS_SECRET_ACCESS_KEY"}}, source="inbox")
