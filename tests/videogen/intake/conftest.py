from __future__ import annotations

from pathlib import Path

import pytest

from videogen.storage.request_store import RequestStore


@pytest.fixture
def inbox(tmp_path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def store(tmp_path) -> RequestStore:
    return RequestStore(str(tmp_path / "store"))
