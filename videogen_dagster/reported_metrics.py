"""Which metrics a `VideoGenerator` reports to a monitoring service, and to whom it announces them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from videogen.monitoring.metrics.catalogue import ALIASES, CATALOGUE, MetricDefinition


@runtime_checkable
class RegistersMetrics(Protocol):
    """What it may offer as well, to be told which metrics will come."""

    def register_metrics(self, component: str, metrics: Iterable[MetricDefinition], /) -> Any:
        """Take note of metrics of a component."""


GENERATOR_METRICS = tuple(CATALOGUE[name] for name in ALIASES.values() if name is not None)


def announce(service: RegistersMetrics) -> None:
    """Tell the service which metrics will come."""
    service.register_metrics("client", GENERATOR_METRICS)
