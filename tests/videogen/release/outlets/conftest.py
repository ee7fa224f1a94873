"""A published folder with releases, and the settings of an installation around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from videogen.config.config import VideoGenConfig
from videogen.release.folder import land
from videogen.release.record import Provenance, ReleaseRecord
from videogen.storage.atomic_folder import sha256

KEY = "not-a-real-key"


class House:
    """A published folder; `config(…)` gives its settings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "published"

    def config(self, **outlets: Any) -> VideoGenConfig:
        settings = {
            "paths.published": str(self.root),
            "release.people_folder": str(self.folder / "state" / "people"),
            "outlets.base_url": "https://press.example/videos",
        }
        return VideoGenConfig.load(None, settings | {f"outlets.{name}": value for name, value in outlets.items()})

    def publish(self, release_id: str, title: str = "A new quay", **made: Any) -> ReleaseRecord:
        video, captions = self.folder / "v.mp4", self.folder / "v.vtt"
        video.write_bytes(f"a video of {release_id}".encode())
        captions.write_text("WEBVTT\n")
        moment = datetime.now(UTC)
        provenance = Provenance(
            id=release_id, attempt=1, title=title, requested_at=moment, released_at=moment, model="tiny",
            label="AI-generated", released_by="dara", **made,
        )  # fmt: skip
        record = ReleaseRecord(
            provenance=provenance, gates=(), signer="Test Bureau", video=f"{release_id}.mp4",
            captions=f"{release_id}.vtt", sha256=sha256(video), bytes=video.stat().st_size,
        )  # fmt: skip
        land(self.root, release_id, record, {record.video: video, f"{release_id}.vtt": captions})
        return record


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def webhook(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., VideoGenConfig]:
    """Settings with a webhook at an address of this machine."""

    def config(url: str, **outlets: Any) -> VideoGenConfig:
        monkeypatch.setenv("CMS_URL", url)
        monkeypatch.setenv("CMS_KEY", KEY)
        hook = {"name": "cms", "url": "CMS_URL", "key": "CMS_KEY"}
        return house.config(**{"webhooks": [hook], "private_networks": ["127.0.0.0/8"]} | outlets)

    return config
