"""The cases that are not alerts, each at its own door: request files, captions, damaged media."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.videogen.emergency.examples import GOOD
from tests.videogen.emergency.feed_server import FeedServer
from videogen.config.config import VideoGenConfig
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.feeds.polling import FeedPoller
from videogen.errors import MediaError
from videogen.fact_check.checker import FactChecker
from videogen.fact_check.viewer_check import check_viewer_text
from videogen.intake.inbox import InboxResult, take_from_inbox
from videogen.media.reading import iterate_frames, probe
from videogen.storage.request_store import RequestStore

HOSTILE = Path(__file__).parent / "hostile"
NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


@pytest.fixture
def taken(tmp_path: Path) -> tuple[InboxResult, RequestStore]:
    """An inbox with all hostile request files and one good one, looked at once."""
    inbox, store = tmp_path / "inbox", RequestStore(str(tmp_path / "store"))
    inbox.mkdir()
    for name in ("A011_alias_bomb.csv", "label_by_dotted_group.json", "open_policy.yaml", "E084_captions.json"):
        shutil.copy(HOSTILE / name, inbox / name)
    (inbox / "good.jsonl").write_text('{"prompt": "a boat"}\n', encoding="utf-8")
    return take_from_inbox(inbox, store, config=VideoGenConfig.defaults(), settle=0), store


def test_hostile_request_files_are_refused_and_the_good_one_goes_on(taken: tuple[InboxResult, RequestStore]) -> None:
    result, store = taken
    refused = dict(result.rejected)
    assert set(refused) == {"A011_alias_bomb.csv", "label_by_dotted_group.json", "open_policy.yaml"}
    assert "line 2: synthesis.guidance_interval" in refused["A011_alias_bomb.csv"]
    for group in ("delivery.", "preprocessing.", "fact_check.", "quality."):
        assert f"'{group}'" in refused["label_by_dotted_group.json"]
    assert "a boat" in {store.get(video_id).prompt for video_id in result.accepted}


def test_a_false_sentence_over_two_captions_is_checked_as_one(taken: tuple[InboxResult, RequestStore]) -> None:
    result, store = taken
    (request,) = [one for one in map(store.get, result.accepted) if one.captions]
    report = check_viewer_text(FactChecker(), request.viewer_text)
    (wrong,) = [verdict.claim for verdict in report.claims if verdict.outcome == "refuted"]
    assert report.text[wrong.start : wrong.end] == "The capital of France is Berlin."


def test_a_broken_link_of_a_feed_fails_alone(tmp_path: Path) -> None:
    with FeedServer() as server:
        server.put("/broken", (HOSTILE / "D105_feed.xml").read_bytes())
        server.put("/good", GOOD.encode())
        settings = EmergencySettings(feeds=(server.url("/broken"), server.url("/good")))
        intake = AlertIntake(AlertRegister(str(tmp_path / "alerts")), settings, tmp_path / "pins")
        result = FeedPoller(intake, tmp_path / "rejected").poll(NOW)
    assert len(result.taken) == 1
    assert "[bad" in str(result)


@pytest.mark.parametrize("name", ["C091-1.mkv", "C092-1.webm"])
def test_damaged_titles_of_media_are_read_or_refused_as_media(name: str) -> None:
    frames = 0
    with contextlib.suppress(MediaError):
        probe(HOSTILE / name)
        frames = sum(len(batch) for batch in iterate_frames(HOSTILE / name))
        assert frames > 0
