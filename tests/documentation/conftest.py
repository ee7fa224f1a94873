"""One warm program for all pages, and a folder of its own for each of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from tests.documentation.workspace import Workspace
from tests.tiny_models import PROFILE
from videogen.config.config import PROJECT_ROOT


@pytest.fixture(scope="session")
def warm_programs() -> Iterator[str]:
    """The socket of the process that forks for each command; its name has to be short."""
    with TemporaryDirectory() as folder:
        yield from _serving(Path(folder) / "socket", Path(folder) / "log")


def _serving(address: Path, log: Path) -> Iterator[str]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.documentation.warm", str(address)], cwd=PROJECT_ROOT, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 240
        while not address.exists():
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the program did not load in time"
            time.sleep(0.05)
        yield str(address)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Path:
    """The tiny model, with colours of which its profile knows that they are in what it draws."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "profiles").mkdir()
    (folder / "tiny").symlink_to(tiny_models / "tiny")
    palette = PROJECT_ROOT / "models" / "pib-mini" / "palette.json"
    profile = yaml.safe_dump(PROFILE | {"palette": str(palette)})
    (folder / "profiles" / "tiny.yaml").write_text(profile, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, models: Path, warm_programs: str) -> Path:
    """A folder like a checkout in which one video was made."""
    made = Workspace(tmp_path_factory.mktemp("prepared") / "checkout", models, warm_programs)
    ended = made.run('videogen generate "a red bus driving left" --seed 1')
    assert ended.code == 0, ended.err
    return made.folder


@pytest.fixture
def workspace(tmp_path: Path, models: Path, warm_programs: str, prepared: Path) -> Workspace:
    """A copy of it."""
    return Workspace(tmp_path / "checkout", models, warm_programs, prepared)
