"""What tests of several packages share."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.fuzzing import MINUTES
from videogen_dagster.process import COLLECTION_THRESHOLDS

_IN_MEMORY, _ROOM = Path("/dev/shm"), 4 * 2**30
# Many small matrices: more threads only wait for each other. Child processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.load_profile("fuzz" if os.environ.get(MINUTES) else "usual")


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' folders into memory where there is room: for each event of a run Dagster's SQLite waits for the disk."""
    if config.option.basetemp is None and _IN_MEMORY.is_dir():
        place = os.statvfs(_IN_MEMORY)
        if place.f_bavail * place.f_frsize > _ROOM and not place.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))


def pytest_collection_finish() -> None:
    """Keep the collector from looking, again and again, through all that Dagster and the tests themselves have made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the profile ``tiny``: random weights of a real AnimateDiff and a real upscaler."""
    from tests.tiny_models import write_models

    return write_models(tmp_path_factory.mktemp("tiny") / "models")


@pytest.fixture
def tiny_settings(tiny_models: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Overrides that make a whole pipeline run with the profile ``tiny`` inside of the test's own folder."""
    from tests.dagster_helpers import places
    from tests.tiny_models import SETTINGS

    def make(**changes: Any) -> dict[str, Any]:
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        return SETTINGS | places(tmp_path) | {"paths.models": str(tiny_models)} | dotted

    return make


@pytest.fixture
def tiny_profile(tiny_settings: Callable[..., dict[str, Any]], tmp_path: Path) -> Path:
    """The same as a configuration file."""
    from videogen.config.config import VideoGenConfig

    path = tmp_path / "tiny.yaml"
    path.write_text(VideoGenConfig.load(None, tiny_settings()).to_yaml(), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Any]:
    """A project of the test's own, without a model: see `tests.dagster_helpers.Project`."""
    import dagster as dg

    from tests.dagster_helpers import Project, places

    with dg.DagsterInstance.ephemeral() as instance:
        yield Project(places(tmp_path), instance)


@pytest.fixture
def tiny_project(tiny_settings: Callable[..., dict[str, Any]]) -> Iterator[Any]:
    """A project of the test's own, with the tiny model."""
    import dagster as dg

    from tests.dagster_helpers import Project

    with dg.DagsterInstance.ephemeral() as instance:
        yield Project(tiny_settings(), instance)
