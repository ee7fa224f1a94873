"""From a release to a withdrawal with everything that is really there: daemon, code server, desk, Chromium, a receiver.

By hand, since it takes minutes: VIDEOGEN_DESK_WALK=1 pytest tests/end_to_end/test_desk_walk.py -s
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.browser import Browser, needs_chromium
from tests.end_to_end.pages import Pages, free_port
from tests.end_to_end.server import until
from tests.videogen.release.outlets.receiver import Receiver
from tests.videogen_dagster.desk.house import PASSWORD, RELEASE, settings_in
from tests.videogen_dagster.desk.test_the_whole_way import Person
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.media.encoding import Encoding, write_mp4
from videogen.media.reading import iterate_frames, probe

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("VIDEOGEN_DESK_WALK"), reason="by hand: set VIDEOGEN_DESK_WALK=1"),
]
KEY = "a key that receiver and house know"
PATIENCE = 180
TO_CHECK = "document.querySelector('.chip')?.innerText === 'to check'"
EMBARGO = timedelta(seconds=int(os.environ.get("VIDEOGEN_DESK_WALK_EMBARGO", "90")))


class Bureau:
    """`make ui` and `videogen desk` on one folder."""

    def __init__(self, folder: Path, webhook: str, patch: pytest.MonkeyPatch) -> None:
        self.port = free_port()
        patch.setenv("CMS_URL", webhook)
        patch.setenv("CMS_KEY", KEY)
        outlets = {
            "outlets.webhooks": [{"name": "cms", "url": "CMS_URL", "key": "CMS_KEY"}],
            "outlets.private_networks": ["127.0.0.0/8"],
            "desk.port": self.port,
        }
        self.pages = Pages(folder, **settings_in(folder, **outlets))
        self.config = VideoGenConfig.load(folder / "config.yaml")
        self.folder, self.published = folder, self.config.path(self.config.paths.published)
        self.log = folder / "desk.log"
        with self.log.open("wb") as log:
            self.desk = subprocess.Popen(
                self._command("desk"), cwd=PROJECT_ROOT, env=self.pages.environment, stdout=log, stderr=log
            )

    def code(self) -> str:
        """The one-time code that the desk prints for the first user."""
        found = until(lambda: re.search(r"first user: ([a-z0-9-]+)", self.log.read_text(encoding="utf-8")), 120)
        return str(found[1])

    def verify(self, file: Path) -> dict[str, Any]:
        """What `videogen verify` says of a file."""
        done = subprocess.run(
            self._command("verify", str(file), "--json"), cwd=PROJECT_ROOT, env=self.pages.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def feed(self) -> dict[str, str]:
        """Id → status of every item of the feed."""
        path = self.published.parent / "feeds" / "ninjs.json"
        items = json.loads(path.read_text(encoding="utf-8"))["items"] if path.exists() else []
        return {item["uri"].rpartition(":")[2]: item["pubstatus"] for item in items}

    def stop(self) -> None:
        self.desk.send_signal(signal.SIGTERM)
        self.desk.wait(timeout=60)
        self.pages.stop()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "videogen_dagster.cli", *words]


class Step:
    """Says how long each part of the walk took."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def __call__(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s  {what}", flush=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(200) as running:
        yield running


@pytest.fixture
def bureau(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    made = Bureau(tmp_path, receiver.url, monkeypatch)
    try:
        yield made
    finally:
        made.stop()


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """Kind and release of every event, each of them signed with the key and under an id of its own."""
    ids = set()
    found = []
    for headers, body in receiver.got:
        at, _, digest = headers["X-Videogen-Signature"].removeprefix("t=").partition(",v1=")
        assert digest == hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        event = json.loads(body)
        ids.add(event["id"])
        found.append((event["kind"], event["release"]))
    assert len(ids) == len(found)
    return found


def shown_after_a_while(person: Person, path: str, condition: str, seconds: float = 600) -> None:
    """Load a page again until it is so, as somebody does who waits."""

    def look() -> bool:
        person.looks_at(path)
        time.sleep(2)
        return bool(person.evaluates(condition))

    until(look, seconds)


def test_a_release_goes_the_whole_way(bureau: Bureau, receiver: Receiver, tmp_path: Path) -> None:
    folder = tmp_path / "browser"
    folder.mkdir()
    browser = Browser(folder)
    try:
        walk(Person(browser, f"http://127.0.0.1:{bureau.port}", PATIENCE), browser, bureau, receiver)
    finally:
        browser.close()


def walk(person: Person, browser: Browser, bureau: Bureau, receiver: Receiver) -> None:
    step = Step()
    people(person, bureau)
    step("the first user has added an author, a checker and a publisher")

    person.logs_in("asha")
    person.open("/new")
    person.types("#text", RELEASE)
    for unwanted in ("square", "tall"):
        person.evaluates(f"document.querySelector('input[name=formats][value={unwanted}]').click()")
    person.types("#target", "10")
    person.presses("Make the storyboard")
    person.reads("Nothing is rendered yet")
    briefing = str(person.evaluates("location.pathname.split('/')[2]"))
    here, board = f"/item/{briefing}", f"/item/{briefing}/storyboard"
    person.types("#title-en", "Wells for twelve town")
    person.presses("Save as a new revision")
    person.reads("kept as a new revision")
    person.presses("Render the video of revision 2")
    person.reads("It is asked for")
    step("release in, storyboard edited, video asked for")
    shown_after_a_while(person, here, TO_CHECK)
    person.logs_out()
    step("rendered by the daemon")

    person.logs_in("ben")
    person.open(here)
    begins = time_until_it_plays(person)
    assert begins <= 1.0, f"{begins:.1f} s"
    step(f"the video plays {begins:.2f} s after the click")
    person.evaluates("document.querySelector('video').pause()")
    person.evaluates("document.querySelector('video').currentTime = 1.5")
    person.until("document.querySelector('#at').value === '0:01.5'")
    person.types("#said", "Towns: there are twelve")
    person.presses("Keep the comment")
    person.reads("Towns: there are twelve")
    person.types("#why", "See the comment")
    person.presses("Request changes")
    person.reads("The author is asked for changes")
    person.logs_out()
    step("the checker asks for a change")

    person.logs_in("asha")
    person.open(board)
    until_ = datetime.now(UTC) + EMBARGO
    person.types("#title-en", "Wells for twelve towns")
    person.types("#embargo", until_.isoformat(timespec="seconds"))
    person.presses("Save as a new revision")
    person.reads("kept as a new revision")
    person.presses("Render the video of revision 3")
    person.reads("It is asked for")
    shown_after_a_while(
        person,
        here,
        "document.body.innerText.includes('revision 3') && document.querySelector('.chip').innerText === 'to check'",
    )
    person.logs_out()
    step(f"changed, under an embargo until {until_:%H:%M:%S}, rendered again")

    person.logs_in("ben")
    person.open(here)
    person.presses("Approve")
    person.reads("Your approval is signed")
    person.logs_out()
    person.logs_in("chitra")
    person.open(here)
    was_early = datetime.now(UTC) < until_
    person.presses("Publish as soon as the list is empty" if was_early else "Publish")
    step("approved and published" if not was_early else "approved, to be published after the embargo")
    while datetime.now(UTC) < until_ - timedelta(seconds=2):
        assert not (bureau.published / briefing).exists()
        assert briefing not in bureau.feed()
        assert told(receiver) == []
        time.sleep(1)
    until(lambda: (bureau.published / briefing / "release.json").exists(), 120)
    until(lambda: told(receiver) == [("published", briefing)], 120)
    assert bureau.feed() == {briefing: "usable"}
    step(f"published, {(datetime.now(UTC) - until_).total_seconds():.0f} s after the embargo; feed and webhook tell it")

    (video,) = (bureau.published / briefing).glob("*.mp4")
    assert bureau.verify(video)["trusted"]
    copy = stripped(video, bureau.folder / "from_a_messenger.mp4")
    found = bureau.verify(copy)
    assert not found["trusted"]
    assert briefing in json.dumps(found)
    person.open("/check")
    browser.choose("#file", copy)
    person.presses("Check it")
    person.reads("The picture comes from here, the file was changed")
    person.reads(briefing)
    step("verified: the file by its signature, a re-encoded copy by its watermark, by the command line and at the desk")

    corrected_and_withdrawn(person, bureau, receiver, briefing, step)


def time_until_it_plays(person: Person) -> float:
    """Seconds from asking the player of a page that has just been opened to play, to the first moment after the start."""
    begun = time.monotonic()
    # Browsers let a page without a click of a person play only what is muted.
    person.evaluates("(() => { const v = document.querySelector('video'); v.muted = true; v.play(); })()")
    person.until("document.querySelector('video').currentTime > 0")
    return time.monotonic() - begun


def people(person: Person, bureau: Bureau) -> None:
    """The first user, who adds the others; each of them gives themselves a password."""
    code = bureau.code()
    until(lambda: _answers(person), 120)
    person.open("/first")
    for field, text in (("#code", code), ("#name", "root"), ("#password", PASSWORD)):
        person.types(field, text)
    person.presses("Become the first user")
    person.until("location.pathname === '/'")
    secrets = {}
    for name, role in (("asha", "author"), ("ben", "checker"), ("chitra", "publisher")):
        person.open("/admin")
        person.types("#name", name)
        person.evaluates(f"document.querySelector('input[name=roles][value={role}]').click()")
        person.evaluates("document.querySelector('input[name=password]').click()")
        person.presses("Keep")
        person.reads(f"One-time password of {name}")
        secrets[name] = str(person.evaluates("document.querySelector('.note code').innerText"))
    person.logs_out()
    for name, secret in secrets.items():
        person.types("#name", name)
        person.types("#password", secret)
        person.presses("Log in")
        person.until("location.pathname === '/'")
        person.open("/password")
        person.types("#old", secret)
        person.types("#new", PASSWORD)
        person.presses("Change it")
        person.reads("Your password is changed")
        person.logs_out()


def corrected_and_withdrawn(person: Person, bureau: Bureau, receiver: Receiver, briefing: str, step: Step) -> None:
    person.open(f"/item/{briefing}/published")
    person.types("#reason", "It was 41 wells")
    person.presses("Begin a correction")
    person.reads("This is the correction")
    correction = str(person.evaluates("location.pathname.split('/')[2]"))
    there = f"/item/{correction}"
    person.evaluates("document.querySelector('#embargo').value = ''")
    person.presses("Save as a new revision")
    person.reads("kept as a new revision")
    person.evaluates(
        "[...document.querySelectorAll('button')].find(b => b.innerText.startsWith('Render the video')).click()"
    )
    person.reads("It is asked for")
    shown_after_a_while(person, there, TO_CHECK)
    person.logs_out()
    person.logs_in("ben")
    person.open(there)
    person.presses("Approve")
    person.reads("Your approval is signed")
    person.logs_out()
    person.logs_in("chitra")
    person.open(there)
    person.presses("Publish")
    until(lambda: ("corrected", briefing) in told(receiver), 180)
    assert ("published", correction) in told(receiver)
    assert list((bureau.published / briefing).glob("*.mp4")), "what was corrected is marked, not hidden"
    assert "41 wells" in (bureau.published / briefing / "notice.txt").read_text(encoding="utf-8")
    assert set(bureau.feed()) == {briefing, correction}
    step("corrected: the old one stays and is marked")

    person.open(f"{there}/published")
    person.types("#why", "The number was wrong after all")
    person.presses("Withdraw it")
    person.reads("Withdrawn by chitra")
    until(lambda: ("withdrawn", correction) in told(receiver), 120)
    assert not list((bureau.published / correction).glob("*.mp4"))
    assert "wrong after all" in (bureau.published / correction / "notice.txt").read_text(encoding="utf-8")
    assert bureau.feed() == {briefing: "usable", correction: "canceled"}
    assert sorted(path.name for path in (bureau.published / correction).iterdir()) == ["notice.txt", "release.json"]
    step("withdrawn: the files are gone, record and notice stay")


def stripped(video: Path, target: Path) -> Path:
    """The film as somebody passes it on: encoded again, without a word of whose it is."""
    facts = probe(video)
    rate = Fraction(facts.fps).limit_denominator(1001)
    frames = (frame for window in iterate_frames(video) for frame in window)
    write_mp4(target, frames, Encoding((facts.width, facts.height), rate, 28, "veryfast"))
    return target


def _answers(person: Person) -> bool:
    person.open("/first")
    return True
