"""A labelled clip, credentials and a record to sign with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.release_helpers import write_clip
from tests.videogen.release.installation import House
from videogen.release.credentials import Credentials, development
from videogen.release.record import Provenance


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return development(tmp_path_factory.mktemp("signing"), "Test Bureau")


@pytest.fixture
def provenance() -> Provenance:
    moment = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    return Provenance(
        id="20261122-093000-123456-a1b2c3", attempt=2, title="Bus „Ü“ 🚌", prompt="a red bus", requester="desk",
        source="inbox", requested_at=moment, released_at=moment, model="tiny", revision="1234", seed=2**63 - 1,
        label="AI-generated",
    )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, credentials: Credentials, clip: Path) -> House:
    return House(tmp_path, credentials, clip)
