"""Follow the steps of the image recipe in an empty folder, without a container engine.

`python -m deploy.check_image`: reads deploy/Containerfile, copies what it copies, makes the environment that it makes
with this machine's Python, and asks the installed program for its version, its settings and a worker's help. Steps for
the base image (apt-get, useradd) are named and left out.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "deploy" / "Containerfile"
_INSIDE = "/opt/videogen"


class Step(NamedTuple):
    """An instruction of the recipe: COPY, RUN, ARG …, and what follows."""

    instruction: str
    text: str


def steps(text: str) -> Iterator[Step]:
    """The instructions of the first stage, which makes the environment."""
    joined = re.sub(r"\\\n\s*", "", text)
    stage = 0
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        instruction, _, rest = line.partition(" ")
        stage += instruction == "FROM"
        if stage == 1 and instruction != "FROM":
            yield Step(instruction, rest.strip())


def arguments(text: str) -> dict[str, str]:
    """The defaults of the recipe's ARGs."""
    return {name: default for step in steps(text) if step.instruction == "ARG"
            for name, _, default in [step.text.partition("=")]}  # fmt: skip


def follow(folder: Path, extras: str | None, index: str | None) -> Path:
    """Do the steps below `folder`; returns the environment's folder of programs.

    Raises:
        SystemExit: a step fails; it is named.
    """
    text = RECIPE.read_text(encoding="utf-8")
    given = arguments(text) | ({"EXTRAS": extras} if extras else {})
    source, made = folder / "source", folder / "opt" / "videogen"
    source.mkdir(parents=True)
    for step in steps(text):
        if step.instruction == "COPY":
            _copy(step.text, source)
        elif step.instruction == "RUN":
            _run(step.text, given, source, made, index)
    return made / "bin"


def _copy(text: str, source: Path) -> None:
    *names, target = shlex.split(text)
    for name in names:
        to = source / target / (name if target == "./" else "")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to)


def _run(text: str, given: dict[str, str], source: Path, made: Path, index: str | None) -> None:
    command = text.replace(_INSIDE, str(made)).replace("python -m venv", f"{shlex.quote(sys.executable)} -m venv")
    for name, value in given.items():
        command = command.replace(f"${{{name}}}", value)
    if "apt-get" in command:
        print(f"left out, for the base image: {text}", flush=True)
        return
    if index is not None:
        command = command.replace(f"--extra-index-url {given['TORCH_INDEX']}", index)
    print(f"RUN {text}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if subprocess.run(["sh", "-ec", command], cwd=source, env=environment, check=False).returncode:
        sys.exit(f"this step fails: {text}")


def check(programs: Path, folder: Path) -> None:
    """Ask the installed program, with a home of its own, far from the checkout."""
    home = folder / "srv"
    home.mkdir()
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin", "VIDEOGEN_HOME": str(home), "DAGSTER_HOME": str(home / "dagster_home"),
        "HOME": str(home),
    }  # fmt: skip
    for command in ("--version", "worker --help", "home init", "profiles", "doctor"):
        done = subprocess.run(
            [str(programs / "videogen"), *command.split()], cwd=home, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        print(f"videogen {command}: {done.returncode}", flush=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extras", help="instead of those of the recipe")
    parser.add_argument("--index", help="options for pip in the place of the recipe's index of torch", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="videogen-image-") as folder:
        check(follow(Path(folder), asked.extras, asked.index), Path(folder))
    print("the recipe's steps end in a program that works")


if __name__ == "__main__":
    main()
