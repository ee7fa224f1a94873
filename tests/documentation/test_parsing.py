"""What no test runs is at least there: commands and options, targets of make, modules and their options."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer

from tests.documentation.pages import Command, commands, marks, named, pages
from tests.documentation.parsing import UsageError, arguments, mentions_only, parsed
from videogen.config.config import PROJECT_ROOT

TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def documented() -> list[tuple[str, Command]]:
    return [(named(page), command) for page in pages() for command in commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "line"), dict.fromkeys((page, command.text) for page, command in documented()))
def test_a_command_on_a_page_is_one_that_there_is(page: str, line: str) -> None:
    first, *others = line.split()
    if first == "make":
        assert others[0] in TARGETS, line
    elif first == "python" and others[0] == "-m":
        require_module(others[1], others[2:])
    elif first == "videogen" and not mentions_only(line):
        try:
            parsed(arguments(line))
        except typer.Exit:
            pass
        except UsageError as error:
            pytest.fail(f"{page}: `{line}`: {error}")


def require_module(name: str, words: list[str]) -> None:
    """The module is there, has a `__main__` part, and its source knows the options."""
    if name in ("venv", "pytest", "pip"):
        return
    found = importlib.util.find_spec(name)
    assert found, f"there is no module {name}"
    assert found.origin, name
    source = Path(found.origin).read_text(encoding="utf-8")
    assert '__name__ == "__main__"' in source, f"{name} is not a program"
    for option in re.findall(r"--[a-z-]+", " ".join(words)):
        assert option in source, f"{name} has no option {option}"


@pytest.mark.parametrize(
    "line", ["generate bus --sise tall", "kb remove x", "cancel", "clean 7", "submit a.csv --priority soon"]
)
def test_what_there_is_not_is_found(line: str) -> None:
    with pytest.raises(UsageError):
        parsed(line.split())


def test_a_module_or_option_that_there_is_not_is_found() -> None:
    with pytest.raises((AssertionError, ModuleNotFoundError)):
        require_module("benchmarks.nothing", [])
    with pytest.raises(AssertionError):
        require_module("benchmarks.policy_evasions", ["--sise"])


def test_many_lines_are_looked_at() -> None:
    assert len(documented()) > 150


@pytest.mark.parametrize("page", pages(), ids=named)
def test_what_a_page_says_is_not_run_stands_on_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [command.text for command in commands(text)]
    for mark in marks(text):
        assert len(mark.reason) > 8
        for beginning in mark.beginnings:
            assert any(line.startswith(beginning) for line in lines), f"`{beginning}` is not on the page"


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


def test_the_states_of_the_page_are_the_states_that_there_are() -> None:
    from videogen_dagster.lookup import STATES

    text = (PROJECT_ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| `status [ID]`"))
    told = row[row.index("stand: ") : row.index("`--limit")]
    assert set(re.findall(r"`([a-z ]+)`", told)) == set(STATES)


@pytest.mark.parametrize("page", pages(), ids=named)
def test_every_row_of_a_table_stands_below_its_header(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        first, *others = table.splitlines()
        assert others, f"a row without a table: {first}"
        assert not set(others[0]) - set("|-: "), f"a table without a header: {first}"


@pytest.mark.parametrize("page", pages(), ids=named)
def test_the_pictures_and_pages_that_a_page_points_to_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target
