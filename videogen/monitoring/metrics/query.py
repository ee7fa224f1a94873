"""Questions to metrics: the same ones for the built-in evaluation and, as PromQL, for Prometheus.

Arithmetic follows Prometheus 2 exactly (extrapolation of `increase`, interpolation of quantiles), so that both give the
same alerts: promql/functions.go, promql/quantile.go.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from videogen.monitoring.metrics.durations import Duration, written
from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.instruments import Labels

Values = dict[Labels, float]
"""Answers by the labels that they are grouped by."""


def _several(given: Any) -> Any:
    if isinstance(given, dict):
        return {label: (value,) if isinstance(value, str) else value for label, value in given.items()}
    return given


Where = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_several)]
_COUNTED = ("increase", "rate", "quantile")


class Selector(BaseModel):
    """Some series of a metric; where: label → wanted values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    where: Where = Field(default_factory=dict)
    least: float = Field(0.0, ge=0.0, description="smaller denominators give no answer")

    def promql(self, suffix: str = "") -> str:
        matchers = ",".join(
            f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"'
            for label, values in sorted(self.where.items())
        )
        return f"{self.metric}{suffix}{{{matchers}}}" if matchers else f"{self.metric}{suffix}"


class Query(Selector):
    """What is asked of a metric.

    value: last: the value now. age: seconds since the oldest time stamp. increase, rate: of a counter over `window`.
    quantile: of a histogram's observations in `window`. absent: 1 where the series is missing, else 0.
    over: the same of another selector, to divide by.
    """

    value: Literal["last", "age", "increase", "rate", "quantile", "absent"] = "last"
    window: Duration = 0.0
    by: tuple[str, ...] = ()
    aggregate: Literal["max", "min", "sum"] = "max"
    quantile: float = Field(0.95, ge=0.0, le=1.0)
    over: Selector | None = None

    @model_validator(mode="after")
    def _window_belongs_to_counters(self) -> Query:
        if (self.value in _COUNTED) != (self.window > 0):
            raise ValueError("window goes with increase, rate and quantile, which need one")
        return self

    @property
    def series_names(self) -> set[str]:
        """Names of the series that it reads."""
        names = {self.metric} if self.over is None else {self.metric, self.over.metric}
        return {f"{name}_bucket" for name in names} if self.value == "quantile" else names

    def promql(self) -> str:  # type: ignore[override]  # a selector takes a suffix
        """The same question to Prometheus."""
        expression = self._of(self)
        if self.over is None:
            return expression
        below = self._of(self.over)
        answer = f"{expression} / {below}"
        return f"({answer}) and {below} >= {self.over.least:g}" if self.over.least else answer

    def _of(self, selector: Selector) -> str:
        by = f" by ({', '.join(self.by)})" if self.by else ""
        series = Selector(metric=selector.metric, where=selector.where).promql
        window = f"[{written(self.window)}]"
        match self.value:
            case "last":
                return f"{self.aggregate}{by} ({series()})"
            case "age":
                return f"(time() - min{by} ({series()} > 0))"
            case "absent":
                return f"(count({series()}) or vector(0)) < bool 1"
            case "quantile":
                grouped = ", ".join(("le", *self.by))
                return f"histogram_quantile({self.quantile:g}, sum by ({grouped}) (rate({series('_bucket')}{window})))"
            case _:
                return f"sum{by} ({self.value}({series()}{window}))"

    def answer(self, history: History, now: float) -> Values:
        """The answers at the moment of the latest round."""
        above = self._evaluate(self, history, now)
        if self.over is None:
            return above
        below = self._evaluate(self.over, history, now)
        return {
            labels: _divided(value, below[labels])
            for labels, value in above.items()
            if labels in below and below[labels] >= self.over.least
        }

    def _evaluate(self, selector: Selector, history: History, now: float) -> Values:
        if self.value == "absent":
            found = any(series.at(now) is not None for _, series in history.matching(selector.metric, selector.where))
            return {(): 0.0 if found else 1.0}
        if self.value in _COUNTED:
            return self._counted(selector, history, now)
        groups: dict[Labels, list[float]] = defaultdict(list)
        for labels, series in history.matching(selector.metric, selector.where):
            value = series.at(now)
            if value is not None and (self.value != "age" or value > 0):
                groups[self._group(labels)].append(value)
        if self.value == "age":
            return {labels: now - min(values) for labels, values in groups.items()}
        joined: Any = {"max": max, "min": min, "sum": sum}[self.aggregate]
        return {labels: joined(values) for labels, values in groups.items()}

    def _counted(self, selector: Selector, history: History, now: float) -> Values:
        is_quantile = self.value == "quantile"
        sums: dict[Labels, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        name = f"{selector.metric}_bucket" if is_quantile else selector.metric
        for labels, series in history.matching(name, selector.where):
            grown = increase(*series.between(now - self.window, now), now - self.window, now)
            if grown is not None:
                sums[self._group(labels)][dict(labels)["le"] if is_quantile else ""] += grown
        if is_quantile:
            return {labels: histogram_quantile(self.quantile, buckets) for labels, buckets in sums.items()}
        scale = self.window if self.value == "rate" else 1.0
        return {labels: value[""] / scale for labels, value in sums.items()}

    def _group(self, labels: Labels) -> Labels:
        return tuple(pair for pair in labels if pair[0] in self.by)


def increase(times: list[float], values: list[float], start: float, end: float) -> float | None:
    """How much a counter grew in [start, end], as Prometheus extrapolates it; None: fewer than two values.

    Where the counter falls it was reset to 0 in between. Source: `extrapolatedRate` of Prometheus 2.42.
    """
    if len(times) < 2:
        return None
    grown = values[-1] - values[0]
    for before, after in pairwise(values):
        if after < before:
            grown += before
    sampled = times[-1] - times[0]
    between = sampled / (len(times) - 1)
    to_start, to_end = times[0] - start, end - times[-1]
    if grown > 0 and values[0] >= 0:
        # No counter was below 0 before.
        to_start = min(to_start, sampled * values[0] / grown)
    threshold = between * 1.1
    whole = (
        sampled + (to_start if to_start < threshold else between / 2) + (to_end if to_end < threshold else between / 2)
    )
    return grown * whole / sampled


def histogram_quantile(share: float, cumulative: Mapping[str, float]) -> float:
    """A quantile of a histogram by linear interpolation, as Prometheus gives it; NaN: there are no observations."""
    buckets = sorted((math.inf if bound == "+Inf" else float(bound), count) for bound, count in cumulative.items())
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]):
        return math.nan
    highest = 0.0
    counts = [highest := max(highest, count) for _, count in buckets]
    if counts[-1] == 0:
        return math.nan
    rank = share * counts[-1]
    at = next((index for index, count in enumerate(counts[:-1]) if count >= rank), len(buckets) - 1)
    if at == len(buckets) - 1:
        return buckets[-2][0]
    if at == 0 and buckets[0][0] <= 0:
        return buckets[0][0]
    lower = buckets[at - 1][0] if at else 0.0
    below = counts[at - 1] if at else 0.0
    return lower + (buckets[at][0] - lower) * (rank - below) / (counts[at] - below)


def _divided(above: float, below: float) -> float:
    if below == 0:
        return math.nan if above == 0 or math.isnan(above) else math.copysign(math.inf, above)
    return above / below
