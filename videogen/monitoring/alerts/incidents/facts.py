"""What is known about an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    what: str


@dataclass(frozen=True)
class RunFacts:
    """A run near the incident. lines: the last lines of its log."""

    run_id: str
    job: str
    status: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    videos: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


class Surroundings(Protocol):
    """What the engine does not know itself: runs, and the emergency mode."""

    def runs(self, start: datetime, end: datetime) -> Sequence[RunFacts]:
        """Runs that were created, active or ended in that time."""

    def entries(self, start: datetime, end: datetime) -> Sequence[Entry]:
        """Other things that happened."""


class NoSurroundings:
    """Where nobody can be asked."""

    def runs(self, start: datetime, end: datetime) -> Sequence[RunFacts]:
        """None."""
        return ()

    def entries(self, start: datetime, end: datetime) -> Sequence[Entry]:
        """None."""
        return ()


@dataclass(frozen=True)
class Incident:
    """A written report.

    plots: SVG. files: Markdown and HTML.
    """

    alert_id: str
    title: str
    facts: dict[str, str]
    impact: dict[str, str]
    timeline: tuple[Entry, ...]
    runs: tuple[RunFacts, ...]
    earlier: tuple[str, ...]
    plots: tuple[str, ...] = ()
    markdown: Path = field(default_factory=Path)
    html: Path = field(default_factory=Path)
