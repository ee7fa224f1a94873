"""Several videos made at once: same values, same order, faults where they belong."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assets.common import side_by_side as module
from assets.common.side_by_side import side_by_side
from resources.runs.videos import Video
from resources.runs.work import Made
from videogen.runtime.progress import Progress, listen, report


def videos(count: int) -> list[Video]:
    return [cast(Video, SimpleNamespace(id=str(number))) for number in range(count)]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)


def test_values_come_back_in_order_and_two_are_made_at_once() -> None:
    meeting = threading.Barrier(2, timeout=60)

    def make(video: Video) -> dict[str, Made[Any]]:
        meeting.wait()  # passes only when two are at work
        return {"rendered_video": Made(int(video.id))}

    asked = videos(4)
    with side_by_side("rendered_video", asked, make) as ask:
        assert [ask(video)["rendered_video"].value for video in asked] == [0, 1, 2, 3]


def test_a_fault_is_raised_for_its_video_and_the_others_are_made() -> None:
    def make(video: Video) -> dict[str, Made[Any]]:
        if video.id == "1":
            raise ValueError("broken")
        return {"rendered_video": Made(video.id)}

    asked = videos(4)
    with side_by_side("rendered_video", asked, make) as ask:
        assert ask(asked[0])["rendered_video"].value == "0"
        with pytest.raises(ValueError, match="broken"):
            ask(asked[1])
        assert [ask(video)["rendered_video"].value for video in asked[2:]] == ["2", "3"]


def test_each_video_is_told_how_long_it_took_itself() -> None:
    def make(video: Video) -> dict[str, Made[Any]]:
        time.sleep(0.05)
        return {"rendered_video": Made(video.id)}

    asked = videos(3)
    with side_by_side("rendered_video", asked, make) as ask:
        made = [ask(video)["rendered_video"] for video in asked]
    assert all(0.05 <= (one.seconds or 0.0) < 1.0 for one in made)


def test_progress_counts_videos_while_several_are_made_and_frames_for_one() -> None:
    def make(video: Video) -> dict[str, Made[Any]]:
        report("rendered_video", 1, 48)
        return {"rendered_video": Made(video.id)}

    heard: list[Progress] = []
    with listen(heard.append):
        for count in (3, 1):
            asked = videos(count)
            with side_by_side("rendered_video", asked, make) as ask:
                for video in asked:
                    ask(video)
    assert [(one.done, one.total) for one in heard] == [(1, 3), (2, 3), (3, 3), (1, 48)]


def test_no_more_videos_are_begun_than_will_soon_be_asked_for() -> None:
    begun: list[str] = []

    def make(video: Video) -> dict[str, Made[Any]]:
        begun.append(video.id)
        return {"rendered_video": Made(video.id)}

    asked = videos(20)
    with side_by_side("rendered_video", asked, make) as ask:
        ask(asked[0])
        time.sleep(0.1)
        assert len(begun) <= 3
