"""The last day of every series that a rule or panel asks about.

Every round of half an hour, then one value a minute.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from videogen.monitoring.metrics.instruments import Labels, Sample

FINE: Final = 1860.0
"""Seconds for which every round is kept."""
LONG: Final = 26 * 3600.0
_TRIM_AFTER: Final = 512


class _Series:
    """Times (seconds since the epoch, ascending) and values of one series."""

    __slots__ = ("_minutes", "_minutes_times", "_times", "_values")

    def __init__(self) -> None:
        self._times, self._values = array("d"), array("d")
        self._minutes_times, self._minutes = array("d"), array("d")

    def add(self, at: float, value: float) -> None:
        if self._times and at <= self._times[-1]:
            # The clock was set back: what is later than now has not happened.
            self._forget_after(at)
        self._times.append(at)
        self._values.append(value)
        if not self._minutes_times or at // 60 > self._minutes_times[-1] // 60:
            self._minutes_times.append(at)
            self._minutes.append(value)
        if len(self._times) > _TRIM_AFTER and self._times[0] < at - 2 * FINE:
            cut = bisect_left(self._times, at - FINE)
            del self._times[:cut], self._values[:cut]
        if len(self._minutes_times) > _TRIM_AFTER and self._minutes_times[0] < at - LONG - 3600:
            cut = bisect_left(self._minutes_times, at - LONG)
            del self._minutes_times[:cut], self._minutes[:cut]

    def add_minute(self, at: float, value: float) -> None:
        self._minutes_times.append(at)
        self._minutes.append(value)

    def times(self, start: float, end: float) -> list[float]:
        """When it has values."""
        return self.between(start, end)[0]

    def between(self, start: float, end: float) -> tuple[list[float], list[float]]:
        """Times and values in [start, end]; minutes where rounds are not kept any more."""
        fine = self._times[0] if self._times else float("inf")
        first, last = bisect_left(self._minutes_times, start), bisect_left(self._minutes_times, min(fine, end + 1e-9))
        times, values = list(self._minutes_times[first:last]), list(self._minutes[first:last])
        first, last = bisect_left(self._times, start), bisect_right(self._times, end)
        return times + list(self._times[first:last]), values + list(self._values[first:last])

    def at(self, moment: float) -> float | None:
        """The value of the round at exactly this moment."""
        for times, values in ((self._times, self._values), (self._minutes_times, self._minutes)):
            place = bisect_left(times, moment)
            if place < len(times) and times[place] == moment:
                return values[place]
        return None

    def _forget_after(self, at: float) -> None:
        cut = bisect_left(self._times, at)
        del self._times[cut:], self._values[cut:]
        cut = bisect_left(self._minutes_times, at)
        del self._minutes_times[cut:], self._minutes[cut:]


class History:
    """Series by metric name.

    Args:
        names: metrics that are kept; None: all.
    """

    def __init__(self, names: Iterable[str] | None = None) -> None:
        self.names = None if names is None else frozenset(names)
        self._series: dict[str, dict[Labels, _Series]] = {}

    def add(self, at: float, samples: Iterable[Sample]) -> None:
        """Keep a round. at: seconds since the epoch; where it is before the last round, later values are dropped."""
        for sample in samples:
            if self.names is None or sample.name in self.names:
                self._of(sample.name, sample.labels).add(at, sample.value)

    def restore(self, rows: Iterable[tuple[float, str, Labels, float]]) -> None:
        """Take minutes of an earlier process over, oldest first: time, name, labels, value."""
        for at, name, labels, value in rows:
            if self.names is None or name in self.names:
                self._of(name, labels).add_minute(at, value)

    @property
    def is_filled(self) -> bool:
        """Whether there is any value."""
        return bool(self._series)

    def matching(self, name: str, where: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Labels, _Series]]:
        """Series of a metric whose labels have one of the wanted values each."""
        for labels, series in self._series.get(name, {}).items():
            given = dict(labels)
            if all(given.get(label) in values for label, values in where.items()):
                yield labels, series

    def moments(self, start: float, end: float, step: float) -> list[float]:
        """Moments of rounds in [start, end], about `step` seconds apart: at those there are values of gauges."""
        known = sorted({at for family in self._series.values() for at in _first(family).times(start, end)})
        found: list[float] = []
        for at in known:
            if not found or at - found[-1] >= step * 0.999:
                found.append(at)
        return found

    def _of(self, name: str, labels: Labels) -> _Series:
        family = self._series.setdefault(name, {})
        if labels not in family:
            family[labels] = _Series()
        return family[labels]


def _first(family: Mapping[Labels, _Series]) -> _Series:
    return next(iter(family.values()))
