"""Ids: in order, never twice, named by what the video shows, and those of earlier requests still work."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from videogen.domain import video_ids
from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import RANDOM_BYTES, VIDEO_ID, new_video_id, slug
from videogen.storage.request_store import RequestStore

EARLIER = "20261122-093000-123456-a1b2c3"
MAKE_MANY = "from videogen.domain.video_ids import new_video_id\nfor _ in range(500): print(new_video_id('a red bus'))"


def test_ids_sort_in_the_order_in_which_they_were_made():
    ids = [new_video_id(words) for words in ("zebra", "a red bus", "", "Wind farm") for _ in range(500)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 2000
    assert all(VIDEO_ID.fullmatch(video_id) for video_id in ids)


def test_threads_make_no_id_twice_even_without_the_random_digits():
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_video_id("bus"), range(2000)))
    assert len({video_id.rpartition("-")[0] for video_id in ids}) == 2000


def test_processes_that_make_ids_of_one_title_at_once_make_none_twice():
    made = [subprocess.Popen([sys.executable, "-c", MAKE_MANY], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ids = [line for process in made for line in process.communicate()[0].split()]
    assert len(ids) == 1500
    assert len(set(ids)) == 1500


def test_machines_that_hit_the_same_millisecond_hardly_ever_meet():
    # Two machines, a request of the same title a second each, for ten years.
    same_millisecond = 10 * 365 * 24 * 3600 / 1000
    assert same_millisecond / 256**RANDOM_BYTES < 1e-4
    assert len(new_video_id("bus").rpartition("-")[2]) == 2 * RANDOM_BYTES


def test_an_id_begins_with_the_moment(monkeypatch: pytest.MonkeyPatch):
    # A process that has just made thousands of ids, as other tests do, is ahead of the clock: each id has its millisecond.
    monkeypatch.setattr(video_ids, "_last_tick", 0)
    before = datetime.now(UTC).replace(microsecond=0)
    moment = datetime.strptime(new_video_id()[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    assert before <= moment <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a red bus in a city street", "red-bus-city"),
        ("Straße in Köln überflutet", "strasse-koln-uberflutet"),
        ("../../etc/passwd\n; rm -rf", "etc-passwd-rm"),
        ("बाढ़ की चेतावनी", "video"),
        ("Москва", "video"),
        ("洪水 in Köln", "koln"),
        ("", "video"),
        ("the of and", "video"),
        ("x" * 300, "x" * 24),
        ("Internationalisation of broadcasting", "internationalisation"),
    ],
)
def test_a_slug_holds_the_first_telling_words_in_ascii(words, expected):
    assert slug(words) == expected
    assert VIDEO_ID.fullmatch(new_video_id(words))


def test_a_request_is_named_by_its_title_or_else_by_its_prompt_without_emphasis():
    assert "-red-bus-" in VideoRequest(prompt="a (red:1.4) bus").id
    assert "-evening-news-" in VideoRequest(prompt="a red bus", title="Evening news").id
    assert VideoRequest(prompt="x", id=EARLIER).id == EARLIER


def test_requests_made_before_ids_had_names_are_found_and_come_first(tmp_path: Path):
    store = RequestStore(str(tmp_path))
    fresh = store.submit(VideoRequest(prompt="a red bus")).id
    store.submit(VideoRequest(prompt="a red bus", id=EARLIER))
    assert store.ids() == [EARLIER, fresh]
    assert store.open_attempt(EARLIER, reason="again").video_id == EARLIER
    assert store.get(EARLIER).prompt == "a red bus"


@pytest.mark.parametrize(
    "wrong",
    [
        "20261130-044741649-red-bus-273c5e1",
        "20261130-044741649-273c5e1f",
        "20261130-044741649-Red-273c5e1f",
        "20261130-044741649-red_bus-273c5e1f",
        "20261130-044741649--273c5e1f",
        "20261130-044741649-../x-273c5e1f",
    ],
)
def test_what_only_looks_like_an_id_is_none(wrong):
    assert VIDEO_ID.fullmatch(wrong) is None
