"""Every command line of README and docs that starts with `videogen ` is one that the program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.core import TyperGroup

from videogen.config.config import PROJECT_ROOT
from videogen_dagster.cli import app

# Typer brings its own copy of click.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # type: ignore[assignment]
PAGES = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(videogen [^`\n]+)`")
# What stands for something else on the pages: `…`, `[--option X]`, `a|b`.
_PLACEHOLDER = re.compile(r"…|\.\.\.|\[[A-Za-z-]|\b\w+\|\w+|COMMAND")


def lines_of(text: str) -> list[str]:
    found = []
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            found += [part.strip() for part in re.split(r"\s\|\s|&&", line.removeprefix("$ "))]
    return [line for line in (*found, *_INLINE.findall(text)) if line.startswith("videogen ")]


def arguments(line: str) -> list[str]:
    """The words behind `videogen`, without comments, redirections and ids left open."""
    words = shlex.split(line.replace("20261122-…", "20261122-093000-123456-a1b2c3"), comments=True)
    return [word for word in words[1:] if not word.startswith(("<", ">"))]


def parsed(words: list[str]) -> None:
    """Go down the tree of commands as the program does, without running anything."""
    command = typer.main.get_command(app)
    context = None
    while True:
        context = command.make_context(command.name, list(words), parent=context, resilient_parsing=False)
        if not isinstance(command, TyperGroup):
            return
        words = [*context._protected_args, *context.args]
        _, inner, words = command.resolve_command(context, words)
        assert inner is not None
        command = inner


def documented() -> list[tuple[Path, str]]:
    pairs = [(page, line) for page in PAGES for line in lines_of(page.read_text(encoding="utf-8"))]
    return [
        (page, line) for page, line in dict.fromkeys(pairs) if not _PLACEHOLDER.search(line.replace("20261122-…", ""))
    ]


@pytest.mark.parametrize(("page", "line"), documented(), ids=lambda value: getattr(value, "name", value))
def test_a_command_on_a_page_is_one_that_there_is(page: Path, line: str) -> None:
    words = arguments(line)
    if _mentions_only(words):
        return
    try:
        parsed(words)
    except typer.Exit:
        return
    except UsageError as error:
        pytest.fail(f"{page.name}: `{line}`: {error}")


def _mentions_only(words: list[str]) -> bool:
    """Whether a command is only named in running text, without its arguments."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    command: Any = root
    for word in words:
        if not isinstance(command, TyperGroup):
            return False
        found = command.commands.get(word)
        if found is None:
            return False
        command = found
    return True


@pytest.mark.parametrize(
    "line", ["generate bus --sise tall", "kb remove x", "cancel", "clean 7", "submit a.csv --priority soon"]
)
def test_what_there_is_not_is_found(line: str) -> None:
    with pytest.raises(UsageError):
        parsed(line.split())


def test_many_lines_are_looked_at() -> None:
    assert len(documented()) > 80


def test_the_sensors_of_the_page_are_the_sensors_that_there_are() -> None:
    from sensors.all import SENSORS

    text = (PROJECT_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    described = text[text.index("- Sensors: ") :].split("\n- Pool")[0].split("Schedules:")[0]
    assert set(re.findall(r"`([a-z_]+)`\s+\(", described)) == {sensor.name for sensor in SENSORS}


def test_the_fields_of_a_prompt_on_its_way_are_the_ones_described() -> None:
    from dataclasses import fields

    from videogen.preprocessing.prompt.text_state import TextState

    text = (PROJECT_ROOT / "docs" / "preprocessing.md").read_text(encoding="utf-8")
    described = text[text.index("`TextState` holds") :].split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", described)) == {field.name for field in fields(TextState)}
