"""Real servers for tests of several machines; where a program is missing, the tests say so and are skipped."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from deploy.local import servers


def _served(make: Callable[[Path], AbstractContextManager[tuple[Any, Any]]], name: str) -> Iterator[tuple[Any, Any]]:
    # Not in pytest's folder: it lets nobody else in, and Postgres runs as somebody else where tests run as root.
    folder = Path(tempfile.mkdtemp(prefix=f"videogen-{name}-"))
    folder.chmod(0o755)
    try:
        with make(folder / name) as served:
            yield served
    except FileNotFoundError as error:
        pytest.skip(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[tuple[servers.Server, str]]:
    yield from _served(servers.postgres, "postgres")


@pytest.fixture(scope="session")
def redis() -> Iterator[tuple[servers.Server, str]]:
    yield from _served(servers.redis, "redis")


@pytest.fixture(scope="session")
def object_store() -> Iterator[tuple[servers.Server, dict[str, str]]]:
    yield from _served(servers.object_store, "s3")
