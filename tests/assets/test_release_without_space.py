"""The warehouse's disk is full: what a run says then, and whether the video is out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.runs.failures import failures_of
from tests.assets.test_release import made, publish
from tests.dagster_helpers import Project
from tests.release_helpers import quality, write_clip


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own without a free byte."""
    place = tmp_path / "full"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system to fill")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        with pytest.raises(OSError, match="No space left"):
            (place / "filler").write_bytes(bytes(2**20))
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("passed", [True, False])
def test_a_full_disk_is_told_as_one(project: Project, tmp_path: Path, full_disk: Path, passed: bool) -> None:
    video_id = made(project, write_clip(tmp_path / "clip.mp4"), report=quality(passed=passed))
    project.settings["paths.warehouse"] = str(full_disk)
    result = publish(project, video_id)
    if passed:
        (failure,) = failures_of(result.all_events, result.run_id).values()
        assert failure.error == "StorageError"
        assert "No space left" in failure.problem
    else:
        # What is wrong with the video is not hidden by the row that could not be written.
        (check,) = result.get_asset_check_evaluations()
        assert not check.passed
        assert "No space left" not in str(check.description)
