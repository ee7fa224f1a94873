"""A bureau with users and keys; each test gets a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.videogen.release.people.bureau import Bureau, build, copied


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return build(tmp_path_factory.mktemp("bureau") / "b")


@pytest.fixture
def bureau(founded: Bureau, tmp_path: Path) -> Bureau:
    return copied(founded, tmp_path / "b")
