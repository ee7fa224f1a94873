from __future__ import annotations

import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.errors import OutOfMemoryError
from videogen.runtime.memory import require_room_for_frames
from videogen.super_resolution import build_processor, run_frame_steps


@pytest.fixture
def gigabyte_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videogen.runtime.memory.free_memory", lambda device: 10**9)


@pytest.mark.usefixtures("gigabyte_free")
def test_frames_that_do_not_fit_are_refused_with_what_they_need_what_is_free_and_a_remedy() -> None:
    with pytest.raises(OutOfMemoryError, match=r"4,800 frames of 1280×720 need 13\.3 GB.* 1\.0 GB are free") as caught:
        require_room_for_frames(4800, (1280, 720))
    assert caught.value.remedy.startswith("choose a shorter duration or a smaller processing.resolution")
    assert caught.value.exit_code == 9


@pytest.mark.usefixtures("gigabyte_free")
def test_frames_that_just_fit_are_let_through() -> None:
    require_room_for_frames(10**9 // 3, (1, 1))
    with pytest.raises(OutOfMemoryError):
        require_room_for_frames(10**9 // 3 + 1, (1, 1))


@pytest.mark.usefixtures("gigabyte_free")
def test_a_video_that_is_too_long_to_enlarge_stops_before_its_first_frame_is_made() -> None:
    config = VideoGenConfig().updated({"processing.resolution": (1920, 1080), "super_resolution.upscaler": "lanczos"})
    frames = Frames(torch.zeros(200, 4, 4, 3, dtype=torch.uint8), 8.0)
    with pytest.raises(OutOfMemoryError, match=r"200 frames of 1920×1080 need 1\.2 GB"):
        run_frame_steps(frames, config, build_processor(config, None, "cpu"))
