"""MetricsCollector: asks every source in its own thread, so that a slow or broken one holds up nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from videogen.monitoring.context import current_work
from videogen.monitoring.metrics.catalogue import CATALOGUE, EVENTS, OPERATIONS, closed
from videogen.monitoring.metrics.instruments import Instruments, Sample, Update

_log = logging.getLogger(__name__)
PATIENCE: Final = 5.0
"""Seconds that a round waits for its sources; what comes later is taken over by the next round."""


class Record(Protocol):
    """Takes one number: into the spool of a worker, or straight into the exporter's metrics."""

    def __call__(
        self, name: str, value: float, labels: Mapping[str, str], context: Mapping[str, str] | None = None, /
    ) -> None:
        """Take it. Never raises."""


@dataclass(frozen=True)
class Collected:
    """What a source found. gauges: those of which only the series in `updates` remain."""

    updates: list[Update]
    gauges: tuple[str, ...] = ()


Source = Callable[[], Collected]


@dataclass(frozen=True)
class ResourceUsage:
    """The machine at one moment: values by metric; those with labels as ``name{label="value"}``."""

    values: Mapping[str, float]


@dataclass
class _Work:
    """A source, and its run that is under way."""

    source: Source
    begun: float = 0.0
    ended: float = 0.0
    future: Future[Collected] | None = None
    good_at: float = 0.0
    worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def ask(self) -> Collected:
        """Ask the source, and note when it has answered."""
        try:
            return self.source()
        finally:
            self.ended = time.time()


class MetricsCollector:
    """Gathers numbers.

    Args:
        record: takes what is measured in this process.
        sources: name → what is asked in every round; names of `catalogue.COLLECTORS`.
        host: reads the machine.
    """

    def __init__(
        self,
        record: Record,
        sources: Mapping[str, Source] | None = None,
        host: Callable[[], list[Update]] | None = None,
    ) -> None:
        self._record = record
        self._host = host
        self._works = {name: _Work(source) for name, source in (sources or {}).items()}
        self._held: list[Update] | None = None
        self.instruments = Instruments()
        self.problems: dict[str, str] = {}
        """Why a source gave nothing in the last round, by name."""

    def collect_performance_metrics(self) -> list[Sample]:
        """Ask every source and return all series as they are now.

        What is counted in the first round is added in the second: a counter must have been seen at 0 to grow.
        """
        for work in self._works.values():
            if work.future is None:
                work.begun = time.time()
                work.future = work.worker.submit(work.ask)
        wait([work.future for work in self._works.values() if work.future is not None], PATIENCE)
        counted: list[Update] = []
        for name, work in self._works.items():
            counted += self._take(name, work)
        first, self._held = self._held is None, [] if self._held is None else self._held
        if first:
            self._held = counted
        else:
            self.instruments.apply([*self._held, *counted])
            self._held = []
        samples = list(self.instruments.samples())
        self.instruments.apply([Update("videogen_exporter_series", float(len(samples)))])
        return samples

    def track_resource_usage(self) -> ResourceUsage:
        """Read processor, memory, disks, network and GPUs now."""
        updates = [] if self._host is None else self._host()
        self.instruments.apply(updates)
        shown: dict[str, float] = {}
        for update in updates:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(update.labels.items()))
            shown[f"{update.name}{{{labels}}}" if labels else update.name] = update.value
        return ResourceUsage(shown)

    @contextmanager
    def measure_latency(self, operation: str) -> Iterator[None]:
        """Time the block, also where it raises, as ``videogen_operation_seconds``.

        Args:
            operation: one of `catalogue.OPERATIONS`; others count as ``"other"``.
        """
        begun, clock = time.time(), time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - clock
            context = {**current_work(), "begun": f"{begun:.6f}"}
            labels = {"operation": closed(OPERATIONS, operation)}
            self._record("videogen_operation_seconds", seconds, labels, context)

    def count_events(self, event_type: str, count: int = 1) -> None:
        """Count something that happened, as ``videogen_events_total``.

        Args:
            event_type: one of `catalogue.EVENTS`; others count as ``"other"``.
        """
        self._record("videogen_events_total", float(count), {"event": closed(EVENTS, event_type)})

    def close(self) -> None:
        """Give up the threads; one that hangs is left alone."""
        for work in self._works.values():
            work.worker.shutdown(wait=False, cancel_futures=True)

    def _take(self, name: str, work: _Work) -> list[Update]:
        """Take over the gauges of a source that has answered; returns what it counted."""
        collected, problem = _answer(work)
        now = time.time()
        label = {"collector": name}
        seconds = (now if work.future is not None else work.ended) - work.begun
        if collected is not None:
            work.good_at = now
            gauges = [update for update in collected.updates if self._is_gauge(update)]
            self.instruments.apply(gauges, collected.gauges)
        if problem and self.problems.get(name) != problem:
            _log.warning("the collector %s gives nothing: %s; the others go on", name, problem)
        self.problems = {**self.problems, name: problem} if problem else _without(self.problems, name)
        own = [
            Update("videogen_exporter_collect_seconds", seconds, label),
            Update("videogen_exporter_collect_success", 0.0 if problem else 1.0, label),
        ]
        if work.good_at:
            own.append(Update("videogen_exporter_collect_timestamp_seconds", work.good_at, label))
        self.instruments.apply(own)
        return [] if collected is None else [update for update in collected.updates if not self._is_gauge(update)]

    def _is_gauge(self, update: Update) -> bool:
        metric = self.instruments.definitions.get(update.name) or CATALOGUE.get(update.name)
        return metric is not None and metric.kind == "gauge"


def _answer(work: _Work) -> tuple[Collected | None, str]:
    assert work.future is not None
    if not work.future.done():
        return None, f"it has taken {time.time() - work.begun:.0f} s and goes on"
    future, work.future = work.future, None
    try:
        return future.result(), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _without(problems: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in problems.items() if key != name}
