"""What people say is kept once, under a pseudonym, and the last word counts."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from videogen.config.config import VideoGenConfig
from videogen.errors import ArtifactError, InputError, StorageError
from videogen.feedback import FeedbackCollector, FeedbackIntegration
from videogen.feedback.files import parse_submissions, read_submissions
from videogen.feedback.inbox import take_feedback_files
from videogen.feedback.study.last_words import last_words

TODAY = datetime.now(UTC).date()
Video = Callable[..., str]


def of_today(feedback: FeedbackIntegration):
    return feedback.collector.store.of_day(TODAY)


def test_one_submission_becomes_one_event_for_each_thing_said(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video()
    said = {
        "user": "ada",
        "rating": 4,
        "approved": True,
        "tags": ["blurry", "good"],
        "comment": "too dark",
        "play": 3.5,
    }
    events = feedback.collect_feedback(video_id, said)
    assert [event.kind for event in events] == ["rating", "approved", "tag", "tag", "comment", "play"]
    assert events[0].value == 0.75
    assert [event.category for event in events if event.kind == "tag"] == ["picture quality", "praise"]
    assert len({event.rater for event in events}) == 1
    assert list(of_today(feedback)["kind"]) == [event.kind for event in events]


def test_the_collector_alone_takes_what_is_said_and_what_is_done(config: VideoGenConfig, video: Video) -> None:
    collector, video_id = FeedbackCollector(config), video()
    (rating,) = collector.register_explicit_feedback("ada", video_id, 2)
    kinds = [e.kind for e in collector.track_implicit_feedback("ada", video_id, {"completion": 0.4, "skip": True})]
    assert (rating.value, kinds) == (0.25, ["completion", "skip"])
    with pytest.raises(InputError, match="unknown engagement 'clicks'"):
        collector.track_implicit_feedback("ada", video_id, {"clicks": 3})


def test_a_later_word_replaces_an_earlier_one_and_can_be_taken_back(
    feedback: FeedbackIntegration, video: Video
) -> None:
    video_id = video()
    for rating in (1, 5):
        feedback.collect_feedback(video_id, {"user": "ada", "rating": rating})
    feedback.collect_feedback(video_id, {"user": "bob", "rating": 3})
    feedback.collect_feedback(video_id, {"user": "ada", "approved": True})
    feedback.collect_feedback(video_id, {"user": "ada", "approved": False})
    counted = last_words(of_today(feedback))
    assert sorted(counted[counted["topic"] == "rating"]["value"]) == [0.5, 1.0]
    assert list(counted[counted["topic"] == "decision"]["kind"]) == ["rejected"]
    feedback.collect_feedback(video_id, {"user": "ada", "take_back": ["rating", "decision"]})
    counted = last_words(of_today(feedback))
    assert list(counted["value"]) == [0.5]


def test_a_tag_that_is_taken_back_leaves_the_other_tags(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video()
    feedback.collect_feedback(video_id, {"user": "ada", "tags": ["blurry", "jerky"]})
    feedback.collect_feedback(video_id, {"user": "ada", "take_back": ["tag:blurry"]})
    assert list(last_words(of_today(feedback))["tag"]) == ["jerky"]


def test_anonymous_raters_are_not_taken_for_one_person(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video()
    for rating in (1, 5):
        feedback.collect_feedback(video_id, {"rating": rating})
    assert len(last_words(of_today(feedback))) == 2


def test_a_comparison_counts_once_in_either_direction(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video(attempts=2)
    feedback.collect_feedback(video_id, {"user": "ada", "attempt": 1, "other_attempt": 2})
    feedback.collect_feedback(video_id, {"user": "ada", "attempt": 2, "other_attempt": 1})
    (row,) = last_words(of_today(feedback)).to_dict("records")
    assert (row["attempt"], row["other_attempt"], row["value"]) == (2, 1, 1.0)
    feedback.collect_feedback(video_id, {"user": "ada", "attempt": 2, "take_back": ["preference"]})
    assert len(last_words(of_today(feedback))) == 0
    with pytest.raises(InputError, match="compared with itself"):
        feedback.collect_feedback(video_id, {"user": "ada", "attempt": 2, "other_attempt": 2})


def test_without_an_attempt_the_latest_that_can_be_watched_is_meant(
    feedback: FeedbackIntegration, video: Video
) -> None:
    video_id = video(attempts=2)
    feedback.collector.requests.open_attempt(video_id, reason="still empty")
    assert feedback.collect_feedback(video_id, {"rating": 3})[0].attempt == 2


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"rating": 6}, "rating"),
        ({"rating": 0}, "rating"),
        ({"rating": True}, "number of stars"),
        ({"comment": "a" * 1_000_000}, "comment"),
        ({"tags": ["ugly"]}, "unknown tag 'ugly'"),
        ({}, "nothing is said"),
        ({"stars": 4}, "stars"),
        ({"rating": 4, "occurred_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "in the future"),
        ({"rating": 4, "attempt": 9}, "no attempt 9"),
        ({"take_back": ["everything"]}, "cannot be taken back"),
        ({"completion": float("nan")}, "completion"),
        ({"tie": True, "rating": 3}, "comparison needs"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(
    feedback: FeedbackIntegration, video: Video, given: dict, problem: str
) -> None:
    with pytest.raises(InputError, match=problem) as refused:
        feedback.collect_feedback(video(), given)
    assert len(of_today(feedback)) == 0
    assert len(str(refused.value)) < 3000


def test_feedback_about_an_unknown_or_unmade_video_is_refused(feedback: FeedbackIntegration) -> None:
    from videogen.domain.requests import VideoRequest
    from videogen.domain.video_ids import new_video_id

    with pytest.raises(InputError, match="no video"):
        feedback.collect_feedback(new_video_id("a bus"), {"rating": 3})
    with pytest.raises(InputError, match="video_id"):
        feedback.collect_feedback("../../etc", {"rating": 3})
    unmade = feedback.collector.requests.submit(VideoRequest(prompt="a bus"))
    with pytest.raises(InputError, match="nothing has been made"):
        feedback.collect_feedback(unmade.id, {"rating": 3})


def test_a_repeated_post_is_one_event(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video()
    for _ in range(3):
        feedback.collect_feedback(video_id, {"rating": 3, "key": "post-0001"})
    feedback.collect_feedback(video_id, {"rating": 3, "key": "post-0002"})
    assert len(of_today(feedback)) == 2


def test_a_file_is_taken_whole_or_not_at_all(feedback: FeedbackIntegration, video: Video, tmp_path: Path) -> None:
    video_id = video()
    good = tmp_path / "good.csv"
    good.write_text(
        f"video_id,user,rating,comment,tags,approved\n{video_id},ada,4,fine,blurry; good,yes\n{video_id},bob,2,,,no\n"
    )
    said = read_submissions(good)
    assert (said[0].tags, said[0].approved, said[1].approved) == (("blurry", "good"), True, False)
    feedback.collector.take_all(said, "csv", dry_run=True)
    assert len(of_today(feedback)) == 0
    assert len(feedback.collector.take_all(said, "csv")) == 7
    rows = b"video_id,rating\n%b,4\n20200101-000000000-no-bus-00000000,4\n" % video_id.encode()
    with pytest.raises(InputError, match="row 2: no video"):
        feedback.collector.take_all(parse_submissions("bad.csv", rows), "csv")
    assert len(of_today(feedback)) == 7


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "video_id,stars\nx,4\n", "unknown column 'stars'.*line 1|line 1.*unknown column 'stars'"),
        ("a.csv", "user,rating\nada,4\n", "'video_id' is missing"),
        ("a.csv", "video_id,rating,rating\nx,1,2\n", "given twice"),
        ("a.csv", "video_id,approved\n20200101-000000000-no-bus-00000000,perhaps\n", "line 2.*neither true nor false"),
        ("a.csv", "video_id,rating\n20200101-000000000-no-bus-00000000,6\n", "line 2.*rating"),
        ("a.csv", 'video_id,rating\n"20200101', "line"),
        ("a.json", "[1]", "row 1.*this is a int"),
        ("a.json", "{", "a.json"),
        ("a.jsonl", '{"video_id": "x", "rating": 3}\nnot json\n', "line 2"),
        ("a.json", "[]", "contains no feedback"),
        ("a.exe", "", "unknown file type"),
    ],
)
def test_bad_files_are_refused_with_the_line(name: str, content: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse_submissions(name, content.encode())


def test_files_in_the_inbox_are_taken_once_and_bad_ones_get_their_reason(
    feedback: FeedbackIntegration, video: Video, tmp_path: Path
) -> None:
    inbox, video_id = tmp_path / "inbox" / "feedback", video()
    inbox.mkdir(parents=True)
    (inbox / "good.jsonl").write_text(json.dumps({"video_id": video_id, "rating": 5}) + "\n")
    (inbox / "bad.csv").write_text("video_id,rating\nnothing,9\n")
    (inbox / "half.csv.part").write_text("video_id,")
    taken = take_feedback_files(inbox, feedback.collector, settle=0)
    assert (taken.accepted, [name for name, _ in taken.rejected]) == ([("good.jsonl", 1)], ["bad.csv"])
    assert (inbox / "accepted" / "good.jsonl").exists()
    assert "line 2" in (inbox / "rejected" / "bad.csv.reason.txt").read_text()
    # A process killed after keeping the events leaves the file: it is the same events.
    (inbox / "accepted" / "good.jsonl").rename(inbox / "good.jsonl")
    take_feedback_files(inbox, feedback.collector, settle=0)
    assert len(of_today(feedback)) == 1


def test_a_days_events_become_one_file_and_are_read_once_from_both_places(
    feedback: FeedbackIntegration, video: Video
) -> None:
    store, video_id = feedback.collector.store, video()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    events = feedback.collect_feedback(video_id, {"user": "ada", "rating": 4, "tags": ["good"]})
    for event in events:
        store.add(event.model_copy(update={"received_at": yesterday}))
    assert len(store.compact(TODAY)) == 2
    assert store.waiting(TODAY) == 2, "today may still get more"
    assert len(store.of_day(TODAY)) == 2
    assert len(store.compact(yesterday.date())) == 2
    assert store.waiting(yesterday.date()) == 0
    assert len(store.compact(yesterday.date())) == 2
    assert len(store.warehouse.query("SELECT * FROM feedback")) == 4


def test_a_damaged_event_is_named(feedback: FeedbackIntegration, video: Video) -> None:
    (event,) = feedback.collect_feedback(video(), {"rating": 3})
    path = Path(feedback.config.paths.store) / "feedback" / f"{TODAY}" / f"{event.event_id}.json"
    path.write_text("{")
    with pytest.raises(ArtifactError, match=event.event_id):
        of_today(feedback)


def _rate(config: VideoGenConfig, video_id: str, user: str) -> None:
    collector = FeedbackCollector(config)
    for _ in range(20):
        collector.register_explicit_feedback(user, video_id, 4)


def test_two_processes_at_once_lose_nothing(
    feedback: FeedbackIntegration, config: VideoGenConfig, video: Video
) -> None:
    video_id = video()
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_rate, args=(config, video_id, user)) for user in ("ada", "bob")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(of_today(feedback)) == 40
    assert of_today(feedback)["rater"].nunique() == 2, "the keys were made once"


def test_a_folder_of_the_inbox_that_somebody_made_a_link_is_left_alone(
    feedback: FeedbackIntegration, tmp_path: Path
) -> None:
    private, inbox = tmp_path / "private", tmp_path / "inbox"
    private.mkdir()
    (private / "diary.json").write_text("{}")
    inbox.mkdir()
    (inbox / "feedback").symlink_to(private)
    with pytest.raises(StorageError, match="feedback"):
        take_feedback_files(inbox / "feedback", feedback.collector, settle=0)
    assert [one.name for one in private.iterdir()] == ["diary.json"]


def test_one_file_that_breaks_the_reader_does_not_stop_the_others(
    feedback: FeedbackIntegration, video: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from videogen.feedback import inbox as module

    def broken(name: str, data: bytes) -> Any:
        if name == "a.json":
            raise RuntimeError("a bug")
        return parse_submissions(name, data)

    inbox, video_id = tmp_path / "inbox" / "feedback", video()
    inbox.mkdir(parents=True)
    for name in ("a.json", "b.json"):
        (inbox / name).write_text(json.dumps({"video_id": video_id, "rating": 5}))
    monkeypatch.setattr(module, "parse_submissions", broken)
    taken = take_feedback_files(inbox, feedback.collector, settle=0)
    assert taken.accepted == [("b.json", 1)]
    assert "internal error, please report it: RuntimeError: a bug" in taken.rejected[0][1]
    assert (inbox / "rejected" / "a.json.reason.txt").exists()


def test_a_look_at_the_inbox_ends_when_its_time_is_up(
    feedback: FeedbackIntegration, video: Video, tmp_path: Path
) -> None:
    inbox, video_id = tmp_path / "inbox" / "feedback", video()
    inbox.mkdir(parents=True)
    for number in range(3):
        (inbox / f"{number}.json").write_text(json.dumps({"video_id": video_id, "rating": 5}))
    assert take_feedback_files(inbox, feedback.collector, settle=0, seconds=0).accepted == [("0.json", 1)]
    assert len(take_feedback_files(inbox, feedback.collector, settle=0).accepted) == 2
