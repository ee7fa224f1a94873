"""The wheel: it holds all that is shipped, and works from any folder without a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.videogen_dagster.front import frames_of
from videogen.config.config import PROJECT_ROOT

pytestmark = pytest.mark.slow

PACKAGES = ("videogen", "videogen_dagster", "assets", "resources", "sensors")
BESIDE = ("config", "templates", "models", "dagster_home", "workspace.yaml")
SOURCES = (*PACKAGES, *BESIDE, "pyproject.toml", "setup.py", "README.md", "LICENSE")
# The console script, in an interpreter that no editable installation leads to a checkout.
PROGRAM = """
import os, sys
installed = sys.argv.pop(1)
sys.path[:] = [p for p in sys.path if p == installed or not os.path.isdir(os.path.join(p, "videogen_dagster"))]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in getattr(finder, "__module__", "")]
import videogen_dagster.cli, videogen, assets, resources, sensors
for package in (videogen_dagster, videogen, assets, resources, sensors):
    assert package.__file__.startswith(installed), package.__file__
videogen_dagster.cli.script()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from links to the checkout, so that nothing is written into it."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    sources.mkdir()
    for name in SOURCES:
        (sources / name).symlink_to(PROJECT_ROOT / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        folder,
        ".",
    ]
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def videogen(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the unpacked wheel from an empty folder; the home folder is the user's own, below it."""
    place = tmp_path_factory.mktemp("installation")
    (place / "elsewhere").mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(place / "installed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIDEOGEN_", "DAGSTER_"))}
    paths = {"PYTHONPATH": str(place / "installed"), "XDG_DATA_HOME": str(place / "data")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, str(place / "installed"), *arguments],
            cwd=place / "elsewhere",
            env=kept | paths,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def tracked(*places: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *places], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.split("\n")) - {""}


def test_the_wheel_holds_the_code_its_data_and_all_that_is_shipped(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert tracked(*PACKAGES) <= inside
    assert {f"videogen/shipped/{name}" for name in tracked(*BESIDE) if not name.endswith(".gitignore")} <= inside
    assert not {name for name in inside if name.startswith(("tests/", "training/", "benchmarks/"))}


def test_the_installed_command_finds_profiles_settings_and_weights(
    videogen: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    profiles = videogen("profiles", "--json")
    assert profiles.returncode == 0, profiles.stderr
    assert {profile["name"] for profile in json.loads(profiles.stdout)} >= {"animatediff-sd15", "pib-mini"}
    checked = videogen("config", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["findings"] == []
    production = videogen("--config", "config/production_config.yaml", "config", "show", "--json")
    assert json.loads(production.stdout)["delivery"]["preset"] == "medium", production.stderr


def test_the_installed_command_makes_an_alert_and_keeps_it_in_the_home_folder(
    videogen: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    made = videogen(
        *("alert", "--headline", "Flood on the river: move to higher ground now", "--area", "Riverside"),
        *("--instruction", "Move to higher ground.", "--event", "Flood", "--severity", "Extreme"),
        *("--urgency", "Immediate", "--sender", "City Flood Service", "--json"),
    )
    assert made.returncode == 0, made.stderr
    (alert,) = json.loads(made.stdout)["alerts"]
    assert alert["state"] == "published"
    home = Path(made.args[5]).parent / "data" / "pib-videogen"
    assert Path(alert["path"]).is_relative_to(home / "published")
    assert len(frames_of(Path(alert["path"]))) > 24
    assert (home / "dagster_home" / "dagster.yaml").read_bytes() == (
        PROJECT_ROOT / "dagster_home" / "dagster.yaml"
    ).read_bytes()
