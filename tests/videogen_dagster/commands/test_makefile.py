"""What `make video` makes of its variables, with the Makefile itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from videogen.config.config import PROJECT_ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout in which nothing is installed; the programs of its environment write down how they are called."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((PROJECT_ROOT / name).read_bytes())
    for name in ("videogen", "python"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{tmp_path}/{name}.called'\n", encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    programs = (f"BIN={folder / 'bin'}", f"PYTHON={folder / 'bin' / 'python'}")
    plain = {name: value for name, value in os.environ.items() if name not in ("PROMPT", "IMAGES", "OUT", "MAKEFLAGS")}
    return subprocess.run(
        ["make", *programs, *arguments], cwd=folder, env=plain, capture_output=True, text=True, check=False
    )


def test_a_missing_prompt_is_told_before_anything_is_installed(folder: Path) -> None:
    done = make(folder, "video")
    assert done.returncode == 2
    assert "usage: make video PROMPT=" in done.stderr
    assert not (folder / "python.called").exists()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ((), []),
        (("IMAGES=a.jpg b.png",), ["--image", "a.jpg", "--image", "b.png"]),
        (("IMAGES='my photo.jpg' b.png",), ["--image", "my photo.jpg", "--image", "b.png"]),
        (("IMAGES=my\\ photo.jpg b.png",), ["--image", "my photo.jpg", "--image", "b.png"]),
        (("IMAGES=one big photo.jpg",), ["--image", "one big photo.jpg"]),
        (("IMAGES=`touch x`",), ["--image", "`touch", "--image", "x`"]),
        (("OUT=the film.mp4",), ["--out", "the film.mp4"]),
    ],
)
def test_names_of_files_may_have_spaces(folder: Path, variables: tuple[str, ...], expected: list[str]) -> None:
    (folder / "one big photo.jpg").touch()
    done = make(folder, "-o", ".venv/.installed", "video", "PROMPT=a red bus", *variables)
    assert done.returncode == 0, done.stderr
    called = (folder / "videogen.called").read_text(encoding="utf-8").splitlines()
    assert called == ["generate", "a red bus", "--no-regenerate", *expected]
    assert not (folder / "x").exists()
