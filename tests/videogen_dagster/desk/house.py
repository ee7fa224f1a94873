"""A bureau with a desk: people with roles, stores in one folder, and visitors who are real HTTP clients."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import dagster as dg
from starlette.testclient import TestClient

from resources.settings import SettingsResource
from resources.storage import StorageResource
from tests.dagster_helpers import places
from tests.release_helpers import make_attempt, quality, write_clip
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.release.people.person import Person, typed_name
from videogen_dagster.desk.app import DeskApplication
from videogen_dagster.desk.desk import Desk
from videogen_dagster.desk.index.live import Live
from videogen_dagster.project import Project
from videogen_dagster.ui.guard import Origins

PORT = 3020
BASE = f"http://127.0.0.1:{PORT}"
PASSWORD = "four random words"
PEOPLE = {
    "asha": ("author",),
    "ben": ("checker",),
    "chitra": ("publisher",),
    "dev": ("auditor",),
    "root": ("admin",),
    "solo": ("author", "checker", "publisher", "auditor", "admin"),
}
RELEASE = """\
Forty new wells for the towns

The Ministry of Wells opened 40 wells in 12 towns in May. The count rose from 300 wells in May 2025 to 340 wells in \
May 2026.
"""


def settings_in(folder: Path, **more: Any) -> dict[str, Any]:
    """Settings that keep everything of a bureau in one folder."""
    return {
        **places(folder),
        "release.people_folder": str(folder / "people"),
        "release.key_folder": str(folder / "keys"),
        "release.approvals_required": 1,
        "release.identity": "authenticated",
        "feedback.key_file": str(folder / "secrets" / "feedback.json"),
        "feedback.adopted_file": str(folder / "adopted.yaml"),
        "desk.data_folder": str(folder / "desk"),
        **more,
    }


class Bureau:
    """The stores of an installation, its people, and its desk.

    Args:
        people: whether the users of `PEOPLE` are there from the beginning.
    """

    def __init__(self, folder: Path, instance: dg.DagsterInstance, *, people: bool = True, **settings: Any) -> None:
        self.folder = folder
        self.settings = settings_in(folder, **settings)
        (folder / "config.yaml").write_text(VideoGenConfig.load(None, self.settings).to_yaml(), encoding="utf-8")
        self.project = Project(folder / "config.yaml")
        self.instance = instance
        self.desk = Desk(self.project, Live(lambda: instance, seconds=0.0))
        if people:
            users = self.desk.people.users
            users.add("solo", PEOPLE["solo"], by=typed_name("setup"))
            solo = self.person("solo")
            for name, roles in PEOPLE.items():
                if name != "solo":
                    users.add(name, roles, by=solo)
        self.app = DeskApplication(self.desk, Origins.of(PORT)).asgi

    @property
    def config(self) -> VideoGenConfig:
        return self.project.config

    @property
    def storage(self) -> StorageResource:
        """The stores, as sensors get them."""
        return StorageResource(settings=SettingsResource.of(self.config))

    def person(self, name: str) -> Person:
        """Somebody who has logged in."""
        found = self.desk.people.vouched_for(name, "password")
        assert found is not None
        return found

    def visitor(self, name: str | None = None) -> Visitor:
        """Somebody's browser; with a name they have logged in."""
        client = TestClient(self.app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False)
        if name is not None:
            client.cookies.set("desk", self.desk.sessions.begin(name, "password"))
        return Visitor(client)

    def clip(self, prompt: str = "a bus", **fields: Any) -> str:
        """A finished clip with one attempt, asked for by asha if nobody else is named, signed if they may ask; returns its id."""
        video_id = self.project.requests.submit(VideoRequest(prompt=prompt, seed=11, **fields)).id
        person = self.person(fields.get("requester", "asha"))
        if person.may("submit"):
            self.desk.review.note_request(person, video_id)
        self.attempt(video_id)
        return video_id

    def attempt(self, video_id: str, **options: Any) -> int:
        """A further finished attempt."""
        clip = (
            write_clip(self.folder / "clip.mp4")
            if not (self.folder / "clip.mp4").exists()
            else self.folder / "clip.mp4"
        )
        captions = self.folder / "c.vtt"
        captions.write_text("WEBVTT\n\n00:00.000 --> 00:00.400\nA bus in the rain\n")
        requests, artifacts = self.project.requests, self.project.artifacts
        made = make_attempt(
            requests, artifacts, video_id, clip, **{"report": quality(), "captions": captions, **options}
        )
        self.desk.indexer.look_again(video_id)
        return made

    def close(self) -> None:
        self.desk.close()


@dataclass
class Visitor:
    """A browser without JavaScript: it follows links, fills in the forms that a page shows, and sends them."""

    client: TestClient
    page: str = ""
    status: int = 0
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Visitor:
        """Go there; redirects are followed."""
        answer = self.client.get(path, headers=headers, follow_redirects=True)
        return self._shown(answer)

    def send(self, action: str, press: tuple[str, str] | None = None, **fields: Any) -> Visitor:
        """Send the form of this page with that action.

        Args:
            press: name and value of the button.
            fields: what is filled in; ``__`` stands for ``:``, ``_dot_`` for a full stop.
        """
        form = self.form(action)
        given = {**form, **fields, **(dict([press]) if press else {})}
        body = urlencode({name: value for name, value in given.items() if value is not None}, doseq=True)
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": BASE, "sec-fetch-site": "same-origin"}
        answer = self.client.post(action, content=body, headers=headers)
        if answer.status_code == 303:
            return self.get(answer.headers["location"])
        return self._shown(answer)

    def upload(self, action: str, files: Any, **fields: Any) -> Visitor:
        """Send a form with files."""
        data = {**self.form(action), **fields}
        answer = self.client.post(action, data=data, files=files, headers={"origin": BASE})
        if answer.status_code == 303:
            return self.get(answer.headers["location"])
        return self._shown(answer)

    def until_checked(self, seconds: float = 60.0) -> Visitor:
        """Load the page of a check again until it shows what was found, as the page itself does."""
        deadline = time.monotonic() + seconds
        while "is being looked at" in self.page:
            assert time.monotonic() < deadline, self.page
            time.sleep(0.1)
            self.get(self.address.removeprefix(BASE))
        return self

    def form(self, action: str) -> dict[str, Any]:
        """What the form with that action holds as the page shows it."""
        found = re.search(
            rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', self.page, re.DOTALL
        ) or re.search(rf'(<form.*formaction="{re.escape(action)}".*?)</form>', self.page, re.DOTALL)
        assert found, f"no form for {action} on {self.address}: {self.page[:3000]}"
        values: dict[str, Any] = {}
        for tag in re.findall(r"<input[^>]*>", found[1]):
            attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
            kind = attributes.get("type", "text")
            if "name" not in attributes or kind == "file" or (kind in ("checkbox", "radio") and " checked" not in tag):
                continue
            _add(values, attributes["name"], unescape(attributes.get("value", "")))
        for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', found[1], re.DOTALL):
            _add(values, name, unescape(text))
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', found[1], re.DOTALL):
            chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
            first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
            picked = chosen or first
            if picked:
                _add(values, name, unescape(picked[1] if picked[1] is not None else picked[2]))
        return values

    def _shown(self, answer: Any) -> Visitor:
        self.page, self.status, self.headers = answer.text, answer.status_code, answer.headers
        self.address = str(answer.url)
        return self


def _add(values: dict[str, Any], name: str, value: str) -> None:
    if name in values:
        before = values[name]
        values[name] = [*(before if isinstance(before, list) else [before]), value]
    else:
        values[name] = value
