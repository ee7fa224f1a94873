"""The image recipe: what it copies is there, and it installs all that a wheel ships."""

from __future__ import annotations

import re

from deploy.check_image import RECIPE, ROOT, arguments, steps

TEXT = RECIPE.read_text(encoding="utf-8")


def copied() -> set[str]:
    return {name for step in steps(TEXT) if step.instruction == "COPY" for name in step.text.split()[:-1]}


def test_everything_that_is_copied_is_there_and_let_through_by_dockerignore() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in copied():
        assert (ROOT / name).exists(), name
        assert name in let_through, name


def test_every_package_and_shipped_folder_is_copied() -> None:
    stated = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    include = re.search(r"include = \[(.*)\]", stated)
    assert include is not None
    packages = {name.strip('"* ') for name in include[1].split(",")}
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    shipped = {pattern.split("/")[0] for pattern in re.findall(r'^    "([^"]+)",$', setup, re.MULTILINE)}
    tops = {name.split("/")[0] for name in copied()}
    assert packages | shipped <= tops


def test_the_extras_of_the_image_are_extras_of_the_package() -> None:
    stated = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extra in arguments(TEXT)["EXTRAS"].split(","):
        assert re.search(rf"^{extra} = \[", stated, re.MULTILINE), extra


def test_the_image_runs_as_nobody_in_particular() -> None:
    last = TEXT.rpartition("FROM")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "videogen" in re.findall(r"^ENTRYPOINT (.*)$", last, re.MULTILINE)[0]
