"""What stands on the pages: commands, programs, examples; and which of them a page says are not run by the tests.

A page marks what takes too long, or needs what a test does not have, with the reason and how each command begins::

    <!-- not run (trains for hours): `make train`, `python -m training.run` -->
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from videogen.config.config import PROJECT_ROOT

_OTHERS = (
    "README.md",
    "CONTRIBUTING.md",
    "training/README.md",
    "models/pib-mini/README.md",
    "benchmarks/results/README.md",
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:\w+=\S+ )*(?:videogen|make|python -m|dagster|pip) [^`\n]+)`")
_PROGRAMS = re.compile(
    r"(?:\w+=\S+ )*(?:videogen|make|python[\d.]*|dagster|pip|git|\S+/bin/\w+|source|echo|cp|ffprobe)\b"
)
_MARK = re.compile(r"<!-- not run \((?P<reason>[^)]+)\): (?P<commands>.*?) -->", re.DOTALL)
# What stands for something else: `…`, `[--option X]`, `a|b`.
_PLACEHOLDER = re.compile(r"…|\[[A-Za-z-]|\b\w+\|\w+|\bCOMMAND\b")
# The same in running text, but for what a test can fill in.
_LEFT_OPEN = re.compile(r"\b(?!ID\b|KEY\b|FILE\b|TEXT\b|STAGE\b|PWD\b)[A-Z]{2,}\b")
_EARLIER_ID = re.compile(r"20261122-(?:…|\d+-[a-z0-9-]+)")


# Of what running text names, these are run as well.
_RUN_INLINE = ("videogen ", "dagster ", "DAGSTER_HOME")


@dataclass(frozen=True)
class Command:
    """A line for the shell.

    inline: it stands in running text. reason: why no test runs it; empty: it is run.
    """

    text: str
    inline: bool
    reason: str = ""


@dataclass(frozen=True)
class Mark:
    """That commands which begin in these ways are not run."""

    reason: str
    beginnings: tuple[str, ...]


def pages() -> list[Path]:
    """README, all of docs/ but the decisions, and the pages of other folders that show commands."""
    return [*(PROJECT_ROOT / name for name in _OTHERS), *sorted((PROJECT_ROOT / "docs").glob("*.md"))]


def named(page: Path) -> str:
    """The page as a test calls it."""
    return str(page.relative_to(PROJECT_ROOT))


def blocks(text: str, *languages: str) -> list[tuple[str, int]]:
    """The fenced blocks of these languages ("": none is named), each with the place where it begins."""
    return [(found[2], found.start(2)) for found in _BLOCK.finditer(text) if found[1] in languages]


def marks(text: str) -> list[Mark]:
    """What the page says is not run."""
    return [Mark(found["reason"], tuple(re.findall(r"`([^`]+)`", found["commands"]))) for found in _MARK.finditer(text)]


def runs_python(text: str) -> bool:
    """Whether the page says nothing against running its Python."""
    return not re.search(r"<!-- not run \([^)]+\): Python -->", text)


def commands(text: str) -> list[Command]:
    """The commands of a page in their order: lines of blocks, and those in running text that name what they act on.

    An id of the pages' own example stands as `ID` in the result. What leaves something open is left out.
    """
    excused = marks(text)
    unmarked = _MARK.sub(lambda mark: " " * len(mark[0]), text)
    found = [(*place, False) for place in _of_blocks(unmarked)] + [(*place, True) for place in _inline(unmarked)]
    made = []
    for _, line, inline in sorted(found):
        command = _EARLIER_ID.sub("ID", line.replace(".venv/bin/videogen", "videogen"))
        bare = _without_quoted(command)
        if _PLACEHOLDER.search(bare) or (inline and _LEFT_OPEN.search(bare)):
            continue
        reason = next((mark.reason for mark in excused if command.startswith(mark.beginnings)), "")
        if inline and not reason and not command.startswith(_RUN_INLINE):
            reason = "running text names it"
        made.append(Command(command, inline, reason))
    return made


def _of_blocks(text: str) -> list[tuple[int, str]]:
    lines = []
    for block, start in blocks(text, "sh", "bash", "console", ""):
        offset = start
        for line in re.sub(r"\\\n *", lambda joint: " " * len(joint[0]), block).splitlines(keepends=True):
            # Behind two spaces and no sign stands an explanation.
            plain = re.sub(r"\s+# .*|(?<=\S) {2,}[a-z].*", "", line.strip().removeprefix("$ "))
            if _PROGRAMS.match(plain):
                lines.append((offset, re.sub(r" {2,}", " ", plain)))
            offset += len(line)
    return lines


def _inline(text: str) -> list[tuple[int, str]]:
    return [(found.start(1), found[1]) for found in _INLINE.finditer(_BLOCK.sub(lambda b: " " * len(b[0]), text))]


def _without_quoted(command: str) -> str:
    """What is said between quotation marks may be anything."""
    return re.sub(r'"[^"]*"', '""', command)
