"""From a release to a withdrawal, as people walk it: once in Chromium, once by forms alone, without JavaScript."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
import uvicorn

from sensors.scheduled import scheduled_briefings_sensor
from tests.end_to_end.browser import Browser, needs_chromium
from tests.videogen_dagster.desk.house import PASSWORD, RELEASE, Bureau
from videogen.briefing.production.examining import examine
from videogen.fact_check.checker import FactChecker
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.preprocessing.policy.policy import load_policy
from videogen_dagster.desk.app import DeskApplication
from videogen_dagster.ui.guard import Origins

pytestmark = pytest.mark.timeout(240)


def render(bureau: Bureau, briefing_id: str) -> None:
    """What the run that a sensor starts does with the latest revision."""
    maker, config = bureau.desk.maker, bureau.config
    number = maker.store.latest_number(briefing_id)
    maker.narrate(briefing_id, number)
    assert not maker.assemble(briefing_id, number).failed
    checker = FactChecker(config.fact_check, KnowledgeBase(config.path(config.fact_check.knowledge_base)))
    examine(maker, briefing_id, number, checker, load_policy(config.path(config.preprocessing.policy_file)))
    bureau.desk.indexer.look_again(briefing_id)


def publish_what_is_due(bureau: Bureau) -> list[str]:
    """What the sensor finds to be published, published."""
    with dg.build_sensor_context(instance=bureau.instance, resources={"storage": bureau.storage}) as context:
        asked = scheduled_briefings_sensor(context).run_requests
    for run in asked:
        given = run.run_config["ops"]["published_briefing"]["config"]
        bureau.desk.review.briefing_publisher.publish(str(run.partition_key), by=given["operator"])
        bureau.desk.indexer.look_again(str(run.partition_key))
    return [str(run.partition_key) for run in asked]


def test_the_whole_way_by_forms_alone(bureau: Bureau):
    author = bureau.visitor("asha").get("/new")
    author.send("/new/briefing", text=RELEASE, formats="square", target="10")
    briefing_id = author.address.split("/item/")[1].split("/")[0]
    here, board = f"/item/{briefing_id}", f"/item/{briefing_id}/storyboard"
    author.send(board, ("do", "save"), why="a title of our own", **{"title.en": "Forty wells are open"})
    author.send(f"{here}/make")
    render(bureau, briefing_id)
    checker = bureau.visitor("ben").get("/")
    assert "Forty wells are open" in checker.page
    checker.get(here)
    assert "stands in the issuer" in checker.page
    checker.send(f"{here}/comment", comment="Is this the right month?", at="0:01.5")
    checker.send(f"{here}/decide", ("do", "request_changes"), comment="See the comment")
    assert "changes requested" in author.get("/").page
    author.get(here).send(f"{here}/resolve")
    checker.get(here).send(f"{here}/decide", ("do", "approve"), comment="It is")
    assert "Nothing stands against publishing it" in checker.page
    publisher = bureau.visitor("chitra").get(here).send(f"{here}/publish")
    assert "goes to the release gate" in publisher.page
    assert publish_what_is_due(bureau) == [briefing_id]
    publisher.get(f"{here}/published")
    assert "Approved by" in publisher.page
    assert "en_square.mp4" in publisher.page
    file = publisher.client.get(f"{here}/files/en_square.mp4")
    assert file.headers["content-disposition"] == 'attachment; filename="en_square.mp4"'
    publisher.send(f"{here}/verify")
    assert "en_square.mp4: as it was signed" in publisher.page
    stranger = bureau.visitor().get("/check")
    stranger.upload("/check", [("file", ("mine.mp4", file.content))])
    stranger.until_checked()
    assert "It comes from here, unchanged" in stranger.page
    # Somebody removes a file by hand.
    (bureau.desk.published / briefing_id / "en_square.srt").unlink()
    assert "1 published file is missing: en_square.srt" in publisher.get(f"{here}/published").page
    publisher.send(f"{here}/correct", reason="It was 41 wells")
    assert "This is the correction" in publisher.page
    correction = publisher.address.split("/item/")[1].split("/")[0]
    assert bureau.desk.briefings.storyboard(correction).corrects == {"en": "It was 41 wells"}
    assert correction != briefing_id
    publisher.get(f"{here}/published").send(f"{here}/withdraw", why="The number was wrong")
    assert "Withdrawn by chitra" in publisher.page
    assert publisher.client.get(f"{here}/files/en_square.mp4").status_code == 404
    assert "withdrawn" in publisher.get("/archive?q=wells&state=withdrawn").page
    actions = [decision.action for decision in bureau.desk.people.decisions(briefing_id)]
    assert actions == ["submit", "comment", "request_changes", "comment", "approve", "publish", "withdraw"]
    assert bureau.desk.people.log.check().faults == ()
    auditor = bureau.visitor("dev").get("/admin")
    assert "is whole" in auditor.page
    assert briefing_id in auditor.page


@contextmanager
def served(bureau: Bureau) -> Iterator[str]:
    """The desk on a port of its own; yields its address."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    port = door.getsockname()[1]
    app = DeskApplication(bureau.desk, Origins.of(port)).asgi
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        door.close()


class Person:
    """Somebody at the browser. patience: seconds that a page may take."""

    def __init__(self, browser: Browser, base: str, patience: float = 30) -> None:
        self._browser, self._base, self._patience = browser, base, patience

    def open(self, path: str) -> None:
        self._browser.open(self._base + path)
        self.until(f"location.pathname === {json.dumps(path.partition('?')[0])}")

    def looks_at(self, path: str) -> None:
        """Open a page, which may lead to another one about the same."""
        self._browser.open(self._base + path)
        self.until(f"location.pathname.startsWith({json.dumps(path)})")

    def until(self, condition: str) -> None:
        self._browser.until(f"document.readyState === 'complete' && !!({condition})", seconds=self._patience)

    def reads(self, words: str) -> None:
        """The page says that."""
        self.until(f"document.body.innerText.replace(/\\s+/g, ' ').includes({json.dumps(words)})")

    def types(self, field: str, text: str) -> None:
        self._browser.evaluate(
            f"(e => {{ e.value = {json.dumps(text)}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
            f"(document.querySelector({json.dumps(field)}))"
        )

    def presses(self, words: str) -> None:
        self._browser.click(words)

    def evaluates(self, expression: str) -> object:
        return self._browser.evaluate(expression)

    def logs_in(self, name: str) -> None:
        self.open("/login")
        self.types("#name", name)
        self.types("#password", PASSWORD)
        self.presses("Log in")
        self.until("location.pathname === '/'")

    def logs_out(self) -> None:
        self.presses("Log out")
        self.until("location.pathname === '/login'")


@needs_chromium
def test_the_whole_way_in_a_browser(bureau: Bureau, tmp_path: Path):
    solo = bureau.person("solo")
    for name in ("asha", "ben", "chitra"):
        bureau.desk.people.users.set_password(name, PASSWORD, by=solo)
    browser = Browser(tmp_path)
    try:
        with served(bureau) as base:
            walk(Person(browser, base), bureau)
    finally:
        browser.close()


def walk(person: Person, bureau: Bureau) -> None:
    person.logs_in("asha")
    person.open("/new")
    person.types("#text", RELEASE)
    for form in ("wide", "tall"):
        person.evaluates(f"document.querySelector('input[name=formats][value={form}]').click()")
    person.types("#target", "10")
    person.presses("Make the storyboard")
    person.reads("Nothing is rendered yet")
    briefing_id = str(person.evaluates("location.pathname.split('/')[2]"))
    person.until("[...document.querySelectorAll('.still img')].some(e => e.naturalWidth > 100)")
    person.types("#title-en", "Wells in a browser")
    person.presses("Save as a new revision")
    person.reads("kept as a new revision")
    person.presses("Render the video of revision 2")
    person.reads("It is asked for")
    render(bureau, briefing_id)
    person.logs_out()

    person.logs_in("ben")
    person.open(f"/item/{briefing_id}")
    # The player works, has the captions on, and its own buttons step frames.
    person.until("document.querySelector('video').readyState >= 1")
    person.until("document.querySelector('video').textTracks[0].mode === 'showing'")
    person.evaluates("document.querySelector('[data-step=\"1\"]').click()")
    person.until("document.querySelector('video').currentTime > 0.02")
    person.evaluates("for (let n = 0; n < 4; n++) document.querySelector('[data-step=\"10\"]').click()")
    person.until("document.querySelector('video').currentTime > 0.3")
    person.evaluates("document.querySelector('.text a[data-second]').click()")
    person.until(
        "Math.abs(document.querySelector('video').currentTime - document.querySelector('.text a').dataset.second) < 0.1"
    )
    person.evaluates("document.querySelector('video').currentTime = 1.5")
    person.until("document.querySelector('#at').value === '0:01.5'")
    person.types("#said", "At the second that I have seen")
    person.presses("Keep the comment")
    person.reads("At the second that I have seen")
    second = person.evaluates("Number(document.querySelector('.comments a[data-second]').dataset.second)")
    assert second == 1.5
    person.presses("Approve")
    person.reads("Your approval is signed")
    person.logs_out()

    person.logs_in("chitra")
    person.open(f"/item/{briefing_id}")
    person.presses("Publish")
    person.reads("goes to the release gate")
    assert publish_what_is_due(bureau) == [briefing_id]
    person.open(f"/item/{briefing_id}/published")
    person.reads("Approved by ben")
    person.types("#reason", "It was 41 wells")
    person.presses("Begin a correction")
    person.reads("This is the correction")
    person.open(f"/item/{briefing_id}/published")
    person.types("#why", "The number was wrong")
    person.presses("Withdraw it")
    person.reads("Withdrawn by chitra")
    person.open("/")
    assert person.evaluates("document.querySelectorAll('script:not([src]), [style]').length") == 0
