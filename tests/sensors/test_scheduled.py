"""What somebody has decided to publish goes out when its embargo has passed and its approvals are there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.people.review import Review
from sensors.outlets import outlets_sensor
from sensors.releases import releases_sensor
from sensors.scheduled import scheduled_videos_sensor
from tests.dagster_helpers import Project, announce
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.release.people.log import LogLine
from videogen.release.people.person import Person, typed_name


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def video(project: Project, clip: Path) -> Callable[..., str]:
    def make(**fields: Any) -> str:
        (video_id,) = project.submit("a bus", **fields)
        make_attempt(project.storage.requests, project.storage.artifacts, video_id, clip, report=quality())
        return video_id

    return make


def review(project: Project) -> Review:
    return Review(project.storage.settings.config)


def at_the_desk(project: Project, name: str = "dara") -> Person:
    """Somebody who logged in: the desk decides, and leaves the publishing to the sensor."""
    person = review(project).people.vouched_for(name, "proxy", ["publisher", "checker"])
    assert person is not None
    return person


def tick(project: Project, cursor: str | None = None, sensor: Any = scheduled_videos_sensor) -> Any:
    resources = {"storage": project.storage}
    with dg.build_sensor_context(instance=project.instance, cursor=cursor, resources=resources) as context:
        return sensor(context)


def keys(result: Any) -> list[str]:
    return [run.partition_key for run in result.run_requests or []]


def waiting(result: Any) -> list[str]:
    return list(json.loads(result.cursor)["waiting"])


def test_what_the_desk_decides_is_published_once(project: Project, video: Callable[..., str]) -> None:
    video_id = video()
    review(project).decide(at_the_desk(project), "publish", video_id)
    first = tick(project)
    (run,) = first.run_requests
    assert (run.partition_key, run.run_config) == (
        video_id, {"ops": {"published_video": {"config": {"operator": "dara"}}}},
    )  # fmt: skip
    assert keys(tick(project, first.cursor)) == []
    assert keys(tick(project)) == [video_id], "a lost cursor asks again, by the same key"
    assert tick(project).run_requests[0].run_key == run.run_key


def test_nothing_goes_out_before_its_embargo_and_late_is_better_than_never(
    project: Project, video: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    video_id = video(embargo=until)
    review(project).decide(at_the_desk(project), "publish", video_id)
    before = tick(project)
    assert keys(before) == []

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return until + timedelta(hours=3)

    monkeypatch.setattr("videogen.release.approval.conditions.datetime", Clock)
    assert keys(tick(project, before.cursor)) == [video_id]
    monkeypatch.setattr("videogen.release.publisher.datetime", Clock)
    record = project.resources["signer"].publisher().publish(video_id, by="dara").record
    assert record.provenance.late == "3 h 0 min after the embargo"


def test_it_waits_for_an_approval(project: Project, video: Callable[..., str]) -> None:
    project.settings |= {"release.identity": "authenticated", "release.approvals_required": 1}
    video_id = video()
    review(project).decide(at_the_desk(project), "submit", video_id)
    review(project).decide(at_the_desk(project), "publish", video_id)
    waits = tick(project)
    assert keys(waits) == []
    review(project).decide(at_the_desk(project, "ben"), "approve", video_id)
    assert keys(tick(project, waits.cursor)) == [video_id]


@pytest.mark.parametrize("action", ["withdraw", "request_changes"])
def test_what_is_sent_back_waits_no_more(project: Project, video: Callable[..., str], action: Any) -> None:
    video_id = video(embargo=datetime.now(UTC) + timedelta(hours=1))
    review(project).decide(at_the_desk(project), "publish", video_id)
    review(project).decide(at_the_desk(project), action, video_id)
    assert waiting(tick(project)) == []


def test_what_was_edited_since_waits_no_more(project: Project, video: Callable[..., str]) -> None:
    video_id = video(embargo=datetime.now(UTC) + timedelta(hours=1))
    review(project).decide(at_the_desk(project), "publish", video_id)
    waits = tick(project)
    review(project).set_embargo(typed_name("asha"), video_id, None)
    after = tick(project, waits.cursor)
    assert keys(after) == []
    assert waiting(after) == []


def test_what_another_gate_refuses_is_answered_and_does_not_wait(project: Project, clip: Path) -> None:
    (video_id,) = project.submit("a bus")
    make_attempt(project.storage.requests, project.storage.artifacts, video_id, clip, report=quality(passed=False))
    review(project).decide(at_the_desk(project), "publish", video_id)
    assert waiting(tick(project)) == []


def test_what_a_command_line_decides_is_left_to_it_for_a_while(
    project: Project, video: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = video()
    review(project).decide(typed_name("Ada Desk"), "publish", video_id)
    assert keys(tick(project)) == []
    monkeypatch.setattr("videogen.release.approval.scheduled.OF_ITS_CALLER", timedelta(0))
    assert keys(tick(project)) == [video_id]


def test_what_is_published_by_itself_waits_for_its_embargo_too(project: Project, video: Callable[..., str]) -> None:
    project.settings["release.automatic"] = True
    video_id = video(source="batch", embargo=datetime.now(UTC) + timedelta(hours=1))
    announce(project.instance, video_id, 1, None)
    assert keys(tick(project, sensor=releases_sensor)) == []
    assert waiting(tick(project)) == [video_id]
    last: LogLine | None = review(project).people.log.last()
    assert last is not None
    assert (last.by, last.details["action"], last.about) == ("sensor releases", "publish", video_id)


def test_a_change_of_the_published_folder_starts_one_delivery(project: Project, video: Callable[..., str]) -> None:
    assert isinstance(tick(project, sensor=outlets_sensor), dg.SkipReason)
    project.resources["signer"].publisher().publish(video(), by="Ada Desk")
    result = tick(project, sensor=outlets_sensor)
    assert len(result.run_requests) == 1
    assert isinstance(tick(project, result.cursor, outlets_sensor), dg.SkipReason)
