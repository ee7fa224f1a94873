"""One bureau for all tests of a module that only look, and fresh ones for those that change a lot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.videogen_dagster.desk.house import Bureau


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A bureau with people."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = Bureau(tmp_path_factory.mktemp("bureau"), instance)
        yield made
        made.close()


@pytest.fixture(scope="module")
def clip(bureau: Bureau) -> str:
    """A finished clip of the author."""
    return bureau.clip(prompt="A bus in the rain", title="Buses for all", requester="asha")


@pytest.fixture
def empty_bureau(tmp_path: Path) -> Iterator[Bureau]:
    """A bureau in which nobody can log in yet."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = Bureau(tmp_path, instance, people=False)
        yield made
        made.close()
