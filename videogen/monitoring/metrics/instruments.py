"""The values of all metrics in one process, and how they are exposed."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from videogen.errors import InputError
from videogen.monitoring.metrics.catalogue import CATALOGUE, MAX_SERIES, MetricDefinition, definition

Labels = tuple[tuple[str, str], ...]
"""Names and values, in the order of the names."""


@dataclass(frozen=True, slots=True)
class Update:
    """One change of a metric: a counter grows by `value`, a gauge becomes it, a histogram observes it.

    exemplar: run_id and the like, shown beside a bucket of a histogram.
    """

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    exemplar: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one moment, as Prometheus sees it: histograms are their buckets, sum and count."""

    name: str
    labels: Labels
    value: float


@dataclass(slots=True)
class _Histogram:
    counts: list[int]
    total: float = 0.0
    exemplars: dict[int, tuple[Mapping[str, str], float]] = field(default_factory=dict)

    def observe(self, bounds: tuple[float, ...], value: float, exemplar: Mapping[str, str]) -> None:
        at = bisect_left(bounds, value)
        self.counts[at] += 1
        self.total += value
        if exemplar:
            self.exemplars[at] = (exemplar, value)


def label_key(labels: Mapping[str, str]) -> Labels:
    """Labels as a key: sorted pairs."""
    return tuple(sorted(labels.items()))


class Instruments:
    """All metrics of the catalogue and those that components add, with every known series at 0 from the start.

    A counter that only appeared with its first event would have no increase that Prometheus sees.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._definitions: dict[str, MetricDefinition] = {}
        self._values: dict[str, dict[Labels, float | _Histogram]] = {}
        self.dropped = 0
        """Updates that were not taken: unknown metric or label, no number, or beyond the budget of series."""
        self._series = 0
        for metric in CATALOGUE.values():
            self.add(metric)

    @property
    def definitions(self) -> Mapping[str, MetricDefinition]:
        return self._definitions

    def add(self, metric: MetricDefinition) -> None:
        """Add a metric; the same one twice is added once.

        Raises:
            InputError: another metric has the name, or there would be more than `MAX_SERIES` series.
        """
        with self._lock:
            known = self._definitions.get(metric.name)
            if known is not None:
                if known != metric:
                    raise InputError(
                        f"the metric {metric.name} is there already, with another kind, labels or buckets",
                        remedy="choose another name, or register it in the same way everywhere",
                    )
                return
            if self._series + metric.most_series > MAX_SERIES:
                raise InputError(
                    f"the metric {metric.name} can have {metric.most_series} series, which makes "
                    f"{self._series + metric.most_series} together, and at most {MAX_SERIES} are exposed",
                    remedy="give it fewer labels, values or buckets",
                )
            self._series += metric.most_series
            self._definitions[metric.name] = metric
            self._values[metric.name] = {}
            if metric.kind != "gauge":
                for values in product(*metric.labels.values()):
                    self._start(metric, label_key(dict(zip(metric.labels, values, strict=True))))

    def apply(self, updates: Iterable[Update], replacing: Iterable[str] = ()) -> None:
        """Take changes over.

        Args:
            replacing: gauges of which only the series in `updates` remain: what is not seen any more has no value.
        """
        with self._lock:
            for name in replacing:
                self._values[name] = {}
            for update in updates:
                self._take(update)

    def samples(self) -> Iterator[Sample]:
        """Every series with its value."""
        with self._lock:
            for name, metric in self._definitions.items():
                for labels, value in self._values[name].items():
                    if isinstance(value, _Histogram):
                        yield from _flat(metric, labels, value)
                    else:
                        yield Sample(name, labels, value)

    def exposition(self, *, openmetrics: bool = False) -> bytes:
        """The text that Prometheus scrapes; exemplars are in OpenMetrics only."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import generate_latest
        from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(self))
        text: bytes = generate_openmetrics(registry) if openmetrics else generate_latest(registry)
        return text

    def families(self) -> Iterator[Any]:
        """The metrics as prometheus_client's families."""
        with self._lock:
            for name, metric in self._definitions.items():
                yield _family(metric, self._values[name])

    def _take(self, update: Update) -> None:
        metric = self._definitions.get(update.name)
        if metric is None or not math.isfinite(update.value) or not _fits(metric, update.labels):
            self.dropped += 1
            return
        key = label_key(update.labels)
        values = self._values[update.name]
        found = values.get(key)
        if isinstance(found, _Histogram):
            found.observe(metric.buckets, update.value, update.exemplar)
        elif metric.kind == "counter":
            if update.value < 0:
                self.dropped += 1
                return
            values[key] = (found or 0.0) + update.value
        else:
            values[key] = update.value

    def _start(self, metric: MetricDefinition, key: Labels) -> None:
        is_histogram = metric.kind == "histogram"
        self._values[metric.name][key] = _Histogram([0] * (len(metric.buckets) + 1)) if is_histogram else 0.0


def check_labels(name: str, labels: Mapping[str, str], known: Mapping[str, MetricDefinition] = CATALOGUE) -> None:
    """Refuse a metric or label that nobody registered.

    Raises:
        InputError: what is unknown, and what there is.
    """
    metric = definition(name, known)
    if set(labels) != set(metric.labels):
        raise InputError(
            f"{name} has the labels {', '.join(metric.labels) or 'none'}, not {', '.join(labels) or 'none'}",
            remedy="give exactly these labels",
        )
    for label, value in labels.items():
        if value not in metric.labels[label]:
            raise InputError(
                f"{name}: the label {label} cannot be {value!r}", remedy=f"one of {', '.join(metric.labels[label])}"
            )


def _fits(metric: MetricDefinition, labels: Mapping[str, str]) -> bool:
    return labels.keys() == metric.labels.keys() and all(
        value in metric.labels[label] for label, value in labels.items()
    )


def _flat(metric: MetricDefinition, labels: Labels, value: _Histogram) -> Iterator[Sample]:
    for bound, count in _cumulative(metric, value):
        yield Sample(f"{metric.name}_bucket", tuple(sorted((*labels, ("le", bound)))), float(count))
    yield Sample(f"{metric.name}_sum", labels, value.total)
    yield Sample(f"{metric.name}_count", labels, float(sum(value.counts)))


def _cumulative(metric: MetricDefinition, value: _Histogram) -> Iterator[tuple[str, int]]:
    count = 0
    for bound, more in zip((*map(_bound, metric.buckets), "+Inf"), value.counts, strict=True):
        count += more
        yield bound, count


def _bound(bound: float) -> str:
    """As prometheus_client writes it: ``1.0``."""
    return str(float(bound))


@dataclass(frozen=True)
class _Families:
    instruments: Instruments

    def collect(self) -> Iterator[Any]:
        return self.instruments.families()


def _family(metric: MetricDefinition, values: Mapping[Labels, float | _Histogram]) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.samples import Exemplar

    kinds: dict[Literal["counter", "gauge", "histogram"], Any] = {
        "counter": CounterMetricFamily,
        "gauge": GaugeMetricFamily,
        "histogram": HistogramMetricFamily,
    }
    names = sorted(metric.labels)
    family = kinds[metric.kind](metric.name, metric.help, labels=names)
    for labels, value in values.items():
        given = [text for _, text in labels]
        if not isinstance(value, _Histogram):
            family.add_metric(given, value)
            continue
        buckets: list[Any] = []
        for index, (bound, count) in enumerate(_cumulative(metric, value)):
            seen = value.exemplars.get(index)
            buckets.append((bound, count, Exemplar(dict(seen[0]), seen[1])) if seen else (bound, count))
        family.add_metric(given, buckets, value.total)
    return family
