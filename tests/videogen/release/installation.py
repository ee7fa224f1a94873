"""One installation that publishes: its stores, its published folder and its publisher."""

from __future__ import annotations

from pathlib import Path

from tests.release_helpers import make_attempt
from videogen.domain.requests import VideoRequest
from videogen.release.approval.conditions import Conditions
from videogen.release.credentials import Credentials
from videogen.release.override import Override
from videogen.release.people.people import People
from videogen.release.publisher import Publisher
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

ADA = Override(operator="Ada Desk", why="looked at it")


class House:
    """Stores, published folder and publisher of one installation."""

    def __init__(self, folder: Path, credentials: Credentials, clip: Path) -> None:
        self.requests, self.artifacts = RequestStore(str(folder / "store")), ArtifactStore(str(folder / "store"))
        self.root, self.clip, self.credentials = folder / "published", clip, credentials
        self.people = People(folder / "people", folder / "keys")
        self.publisher = Publisher(
            self.requests,
            self.artifacts,
            self.root,
            credentials,
            label="AI-generated",
            conditions=Conditions(self.people),
        )
        self.captions = folder / "c.vtt"
        self.captions.write_text("WEBVTT\n")

    def request(self, **fields) -> str:
        return self.requests.submit(VideoRequest(prompt="a bus", seed=11, **fields)).id

    def attempt(self, video_id: str, **options) -> int:
        return make_attempt(self.requests, self.artifacts, video_id, options.pop("clip", self.clip), **options)
