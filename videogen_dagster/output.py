"""What commands print: results on stdout, everything else on stderr; with ``--json`` one document on stdout."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from videogen.text.shown_text import json_escaped, visible

if TYPE_CHECKING:
    from rich.table import Table

    from videogen.errors import VideogenError
    from videogen.runtime.progress import Progress as Report

_FIRST_LINE, _BETWEEN_LINES = 2.0, 10.0
"""Seconds after which progress is told where stderr is not a terminal."""
EXIT_CODES = (
    "0 done · 1 failed · 2 settings · 3 input · 4 policy · 5 model · 6 artifact · 7 storage · 8 media · 9 memory · "
    "10 preempted by higher-priority work · 11 not released · 12 alert text cannot be shown legibly"
)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    write(json_escaped(json.dumps(value, ensure_ascii=False, indent=1, default=str)))


def write(text: object) -> None:
    """A result on stdout: a path, a report, a table for programs. What could steer the terminal is escaped."""
    sys.stdout.write(f"{printable(str(text))}\n")


def say(text: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"{printable(text)}\n")


def printable(text: str) -> str:
    """The text with control and direction characters as escapes: a prompt from a file must not steer the terminal."""
    return visible(text)


def report_error(error: VideogenError, as_json: bool) -> None:
    """The error on stderr, and as a document on stdout for programs."""
    say(f"error: {error}")
    if as_json:
        print_json({"error": error_facts(error)})


def error_facts(error: VideogenError) -> dict[str, Any]:
    """The error as plain data."""
    return {
        "type": type(error).__name__,
        "exit_code": error.exit_code,
        "stage": error.stage,
        "video_id": error.video_id,
        "problem": error.problem,
        "remedy": error.remedy,
    }


def table(columns: Iterable[str], rows: Iterable[Iterable[Any]], title: str | None = None) -> Table:
    """A rich table of plain texts; brackets in them are not markup."""
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    return made


def show(*renderables: Any) -> None:
    """Print rich objects on stdout; if it is not a terminal, lines are as long as they need."""
    from rich.console import Console

    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False, width=None if sys.stdout.isatty() else 400)
    for renderable in renderables:
        console.print(renderable)


def facts(values: Mapping[str, Any]) -> Table:
    """A table of names and values without a header; empty values are left out."""
    made = table(("", ""), ((name, value) for name, value in values.items() if value not in (None, "", (), [])))
    made.show_header = False
    return made


@contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """Whatever is written to stdout in the block, by any library, goes to stderr instead."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
        sys.stdout.flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)


class _Lines:
    """Progress as lines on stderr, for pipes and logs: of each stage one every 10 s and its last."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[float, int]] = {}
        self._paced: dict[str, tuple[float, int]] = {}
        self._told: dict[str, float] = {}
        self._last: dict[str, int] = {}

    def __call__(self, report: Report) -> None:
        now = time.monotonic()
        begun, first = self._begun.setdefault(report.stage, (now, report.done))
        if report.done > first:
            # The first unit takes the loading with it, so the pace is that of the others.
            self._paced.setdefault(report.stage, (now, report.done))
        ended = report.done >= report.total > self._last.get(report.stage, -1)
        self._last[report.stage] = report.done
        if not ended and now - self._told.get(report.stage, begun) < (
            _BETWEEN_LINES if report.stage in self._told else _FIRST_LINE
        ):
            return
        self._told[report.stage] = now
        left = "" if ended else self._left(report, now)
        say(f"{report.stage}: {report.done}/{report.total}, {now - begun:.0f} s{left}")

    def _left(self, report: Report, now: float) -> str:
        since, before = self._paced.get(report.stage, (now, report.done))
        if report.done <= before:
            return ""
        left = (now - since) / (report.done - before) * (report.total - report.done)
        return f", about {max(1, round(left))} s left"


@contextmanager
def progress_bars() -> Iterator[None]:
    """A bar on stderr for every stage that reports its steps while the block runs; lines where it is not a terminal."""
    from videogen.runtime.progress import listen

    if not sys.stderr.isatty():
        with listen(_Lines()):
            yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    times = (TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def listener(report: Report) -> None:
            if report.stage not in tasks:
                tasks[report.stage] = bars.add_task(report.stage, total=report.total)
            bars.update(tasks[report.stage], completed=report.done, total=report.total)

        with listen(listener):
            yield
