"""A project with the tiny model, and the command line over it. Test files with projects of their own have their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.videogen_dagster.front import Answer, config_in, no_verdict


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project's folder; DAGSTER_HOME lies in it."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "dagster_home").mkdir()
        (folder / "dagster_home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        patch.setenv("DAGSTER_HOME", str(folder / "dagster_home"))
        patch.setenv("VIDEOGEN_CONFIG", "")
        yield folder


@pytest.fixture(scope="module")
def config(home: Path, tiny_models: Path) -> Path:
    """The project's configuration file; every report passes."""
    from videogen.config.config import VideoGenConfig

    return config_in(home, tiny_models, quality__weights=no_verdict(VideoGenConfig()))


@pytest.fixture
def videogen(config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs the command as the console script does, in this process."""
    from videogen_dagster import cli

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(config), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return run
