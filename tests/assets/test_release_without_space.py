"""The warehouse's disk is full: what a run says then, and whether the video is out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assets.test_release import made, publish
from tests.dagster_helpers import Project, failure_text
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
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data
    assert told is not None, failure_text(result)
    expected = "StorageError" if passed else "ReleaseError"
    assert told.metadata["error"].value == expected
    assert ("No space left" in str(told.description)) == passed
