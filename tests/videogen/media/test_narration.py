"""Narration, with the real espeak-ng where it is installed."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from videogen.audio.loudness import RATE
from videogen.audio.soundtrack import loudness
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.domain.requests import Caption, VideoRequest
from videogen.errors import InputError
from videogen.media.narration import narrate, require_room, shortest_duration
from videogen.media.render import render_video

TEXT = "The bridge on the river is closed. Use the road through the hills."
spoken = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def rendered(folder: Path, seconds: float, **fields: object):  # type: ignore[no-untyped-def]
    config = VideoGenConfig().updated({"processing.resolution": (320, 180), "processing.duration": seconds})
    frames = Frames(torch.full((math.ceil(8 * seconds), 180, 320, 3), 90, dtype=torch.uint8), 8.0)
    request = VideoRequest(prompt="a bridge", seed=1, **fields)
    return render_video(frames, request, config, folder=folder, attempt=1, model="pib-mini@abc")


def sound_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


@spoken
def test_a_narration_is_heard_at_broadcast_loudness_and_shown_while_it_is_read(tmp_path: Path) -> None:
    file = rendered(tmp_path, 6.0, narration=TEXT)
    sound = sound_of(file.path)
    assert len(sound) / RATE == pytest.approx(6.0, abs=0.05)
    assert loudness(sound).integrated == pytest.approx(-23.0, abs=0.5)
    subtitles = file.captions_path.read_text(encoding="utf-8")
    assert "The bridge on the river is closed." in subtitles
    second = narrate(TEXT, "rendered_video").sentences[1]
    assert second[0] == "Use the road through the hills."
    start = round(second[1] * RATE)
    assert np.abs(sound[start - RATE // 5 : start - RATE // 20]).max() < 0.1 * np.abs(sound).max(), "a pause before it"


@spoken
def test_own_captions_stay_where_there_is_a_narration(tmp_path: Path) -> None:
    file = rendered(tmp_path, 6.0, narration=TEXT, captions=(Caption(start=0, end=2, text="Bridge closed"),))
    assert "Bridge closed" in file.captions_path.read_text(encoding="utf-8")
    assert "Use the road" not in file.captions_path.read_text(encoding="utf-8")


@spoken
def test_a_narration_is_never_cut(tmp_path: Path) -> None:
    narration = narrate(TEXT, "prompt_asset", "v")
    require_room(narration, narration.seconds, "prompt_asset", "v")
    with pytest.raises(InputError, match=r"but the video lasts 2\.0 s") as error:
        require_room(narration, 2.0, "prompt_asset", "v")
    assert "duration of at least" in str(error.value)
    with pytest.raises(InputError):
        rendered(tmp_path, 2.0, narration=TEXT)
    assert list(tmp_path.glob("*.mp4")) == []


def test_the_room_is_counted_in_the_frames_that_are_drawn(tmp_path: Path) -> None:
    for seconds in (2.0, 2.51, 3.02):
        config = VideoGenConfig().updated({"processing.duration": seconds})
        assert rendered(tmp_path / str(seconds), seconds).facts.duration == shortest_duration(config, 8.0, 16)


@spoken
def test_hindi_is_read_by_a_hindi_voice() -> None:
    narration = narrate("पुल बंद है। पहाड़ी सड़क का प्रयोग करें।", "prompt_asset")
    assert len(narration.sentences) == 2
    assert narration.seconds > 2.0


def test_without_the_program_a_narration_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="espeak-ng is not installed") as error:
        narrate(TEXT, "prompt_asset", "v")
    assert "install espeak-ng" in str(error.value)


@pytest.mark.parametrize("text", ["…", " \n "])
def test_a_narration_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        narrate(text, "prompt_asset")


def test_a_video_without_narration_has_no_sound(tmp_path: Path) -> None:
    with av.open(str(rendered(tmp_path, 2.0).path)) as container:
        assert not container.streams.audio


def test_a_narration_is_among_the_words_that_are_checked() -> None:
    assert VideoRequest(prompt="a bridge", narration=TEXT).words() == "a bridge\n\n" + " ".join(TEXT.split())
