"""A narration lengthens its video instead of being refused."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError
from videogen.intake.request_files import build_request
from videogen.media.narration import narrate, require_room

TEXT = "The bridge on the river is closed. Use the road through the hills. It opens again on Monday."
spoken = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def asked(**fields: Any) -> VideoRequest:
    return build_request({"prompt": "a bridge", "narration": TEXT, **fields}, source="python", config=VideoGenConfig())


@spoken
@pytest.mark.parametrize("fields", [{}, {"duration": 2.0}, {"overrides": {"processing.duration": 2.0}}])
def test_a_video_lasts_as_long_as_its_narration(fields: dict[str, Any]) -> None:
    request = asked(**fields)
    seconds = request.settings(VideoGenConfig()).processing.duration
    assert seconds is not None
    voice = narrate(TEXT, "request")
    require_room(voice, seconds, "request")
    assert seconds - voice.seconds < 0.2, "and no longer than that"


@spoken
def test_a_video_that_is_long_enough_keeps_its_duration() -> None:
    assert asked(duration=30.0).duration == 30.0


@spoken
def test_a_narration_longer_than_any_video_is_refused_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen.media.narration.LONGEST", 3.0)
    with pytest.raises(InputError, match="a video lasts at most 3 s"):
        asked()
