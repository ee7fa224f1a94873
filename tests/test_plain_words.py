"""What people read is written in words that they understand at first reading: see docs/glossary.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from videogen.config.config import PROJECT_ROOT

BANNED = re.compile(r"\bis no [a-z]|\banew\b|\bgave way\b|\bmend(?:s|ed|ing)?\b|\bside by side\b", re.IGNORECASE)
PACKAGES = ("videogen", "videogen_dagster", "assets", "resources", "sensors")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and value of every string in a module: literals, the fixed parts of f-strings, and docstrings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())


def banned_in(path: Path) -> list[str]:
    """Each text of the module at `path` that uses a banned word, with its line."""
    return [
        f"{path.relative_to(PROJECT_ROOT)}:{line}: {found[0]!r} in {text[:120]!r}"
        for line, text in texts(path.read_text(encoding="utf-8"))
        if (found := BANNED.search(text))
    ]


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((PROJECT_ROOT / package).rglob("*.py"))]


def test_texts_use_plain_words() -> None:
    problems = [problem for path in modules() for problem in banned_in(path)]
    assert not problems, "write it plainly, see docs/glossary.md:\n" + "\n".join(problems)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('raise E("x is no folder")', 1),
        ('raise E(f"{x} is no folder")', 1),
        ('"""Made anew."""', 1),
        ('x = "mend it"', 1),
        ('x = "the run gave way"', 1),
        ('x = "two side\\nby side"', 1),
        ('x = "no amendment recommended, casino night"', 0),
        ("# this is no message\nx = 1", 0),
    ],
)
def test_banned_words_are_found_in_every_kind_of_text(source: str, count: int) -> None:
    assert sum(bool(BANNED.search(text)) for _, text in texts(source)) == count
