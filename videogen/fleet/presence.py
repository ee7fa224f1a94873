"""Decisions about who is there: how many runs fit, and which runs have lost their worker. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from videogen.fleet.beats import Beat
from videogen.fleet.queues import Queue


@dataclass(frozen=True)
class Patience:
    """How long a worker may be silent, counted from its last beat, before its runs are given to others.

    A worker that cannot reach the queue ends its own runs at `fence`, before anybody else may begin them at `lost`.
    """

    lost: float

    @property
    def every(self) -> float:
        """Seconds between two beats."""
        return self.lost / 10

    @property
    def counts(self) -> float:
        """Seconds for which a beat counts."""
        return self.lost / 3

    @property
    def fence(self) -> float:
        """Seconds without the queue after which a worker ends its runs."""
        return self.lost / 2

    @property
    def absent(self) -> float:
        """Seconds for which a run must have been missed."""
        return self.lost - self.counts


def places(beats: Sequence[Beat], version: str) -> dict[Queue, int]:
    """How many runs of each queue can be under way at once, on workers with this software."""
    found = dict.fromkeys(Queue, 0)
    for beat in beats:
        if beat.version == version:
            found[beat.queue] += beat.places
    return found


def strangers(beats: Sequence[Beat], version: str) -> list[Beat]:
    """The workers with other software."""
    return [beat for beat in beats if beat.version != version]


@dataclass
class Absences:
    """Since when runs are missed: no worker says that it works on them. Kept from look to look by one process."""

    patience: Patience
    _since: dict[str, float] = field(default_factory=dict)

    def forget(self) -> None:
        """The queue did not answer: nobody can be missed while nobody can be heard."""
        self._since.clear()

    def seconds(self, run_id: str, at_work: Collection[str], now: float) -> float:
        """How long a run has been missed. now: of a clock that never jumps."""
        if run_id in at_work:
            self._since.pop(run_id, None)
            return 0.0
        return now - self._since.setdefault(run_id, now)

    def is_lost(self, run_id: str, at_work: Collection[str], now: float) -> bool:
        """Whether nobody works on the run any more."""
        return self.seconds(run_id, at_work, now) > self.patience.absent


def limits(found: Mapping[Queue, int], tag: str) -> list[dict[str, object]]:
    """Limits of Dagster's queue by the value of a tag, so that what is launched finds a place at once."""
    return [{"key": tag, "value": str(queue), "limit": count} for queue, count in found.items()]
