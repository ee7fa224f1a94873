"""MonitoringService: what every process uses to record numbers, and what people ask about the whole system."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError, InputError
from videogen.monitoring.collector import MetricsCollector, Record
from videogen.monitoring.metrics.catalogue import ALIASES, CATALOGUE, PLAIN_STAGE, MetricDefinition
from videogen.monitoring.metrics.instruments import check_labels
from videogen.monitoring.sources.spool import DEFINITION, SpoolWriter

if TYPE_CHECKING:
    from videogen.monitoring.alerts.manager import AlertManager
    from videogen.monitoring.health import Check, SystemHealth

_log = logging.getLogger(__name__)


class MonitoringService:
    """The monitoring of one installation, seen from one process.

    Args:
        config: where everything lies; None: the defaults.
        record: where numbers go; None: into the spool, from which `videogen monitor` takes them.
        checks: further checks of the system's health.
    """

    def __init__(
        self,
        config: VideoGenConfig | None = None,
        *,
        record: Record | None = None,
        checks: Mapping[str, Check] | None = None,
    ) -> None:
        self.config = config or VideoGenConfig.load()
        self.folder: Path = self.config.path(self.config.monitoring.folder)
        self._spool = SpoolWriter(self.folder)
        self._to = record or self._spool.write
        self._checks = checks
        self._known: dict[str, MetricDefinition] = dict(CATALOGUE)
        self._checked: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self._refused: set[str] = set()

    @cached_property
    def collector(self) -> MetricsCollector:
        """Measures and counts in this process."""
        return MetricsCollector(self._to)

    @cached_property
    def alerts(self) -> AlertManager:
        """The alerts of the installation."""
        from videogen.monitoring.alerts.manager import AlertManager

        return AlertManager(self.config)

    def register_metrics(
        self, component: str, metrics: Iterable[MetricDefinition | Mapping[str, Any]]
    ) -> list[MetricDefinition]:
        """Add metrics of a component; the exporter shows them from then on.

        Args:
            component: a word in lower case; names of its metrics begin with ``videogen_<component>_``.
            metrics: definitions, or mappings of their fields: name, kind, help, labels, buckets.

        Raises:
            InputError: a name, unit, label or bucket breaks the rules, or another metric has the name.
        """
        made = [_definition(component, metric) for metric in metrics]
        for metric in made:
            if self._known.get(metric.name, metric) != metric:
                raise InputError(
                    f"the metric {metric.name} is there already and is something else", remedy="choose another name"
                )
        for metric in made:
            self._known[metric.name] = metric
            self._to(DEFINITION, 0.0, {}, metric.as_context())
        return made

    def record_metric(self, metric_name: str, value: float, /, **labels: str) -> None:
        """Record one number: a counter grows by it, a gauge becomes it, a histogram observes it.

        It never raises and never waits: what cannot be recorded is told once in the log. The plain names that
        `VideoGenerator` uses are understood.
        """
        key = (metric_name, tuple(labels.items()))
        if key not in self._checked:
            name = _full_name(metric_name)
            if name is None or not self._is_known(name, labels):
                return
            if name != metric_name:
                self.record_metric(name, value, **labels)
                return
            self._checked.add(key)
        try:
            number = float(value)
        except (TypeError, ValueError):
            self._refuse(metric_name, f"{value!r} is not a number")
            return
        if math.isfinite(number):
            self._to(metric_name, number, labels)

    def get_system_health(self) -> SystemHealth:
        """Whether everything that a video needs works, from this process: each check with what was found."""
        from videogen.monitoring.health import system_health

        return system_health(self.config, self._checks)

    def configure_alerts(self, alert_config: Mapping[str, Any] | Path | str) -> None:
        """Take other alert rules for this process, laid over the shipped ones.

        Args:
            alert_config: a YAML file, or what it would hold.

        Raises:
            ConfigError: something in it is not valid; rule and field are named, and nothing changes.
        """
        self.alerts.configure(alert_config, self._known)

    def _is_known(self, name: str, labels: Mapping[str, str]) -> bool:
        try:
            check_labels(name, labels, self._known)
        except InputError as error:
            self._refuse(name, str(error))
            return False
        return True

    def _refuse(self, name: str, why: str) -> None:
        if name not in self._refused:
            self._refused.add(name)
            _log.warning("a metric is not recorded: %s", why)


def own_service(config: VideoGenConfig) -> MonitoringService | None:
    """The project's own service where monitoring is on."""
    return MonitoringService(config) if config.monitoring.enabled else None


def _full_name(name: str) -> str | None:
    """The name in the catalogue; None: it is recorded elsewhere."""
    if name.startswith(PLAIN_STAGE):
        return None
    return ALIASES.get(name, name)


def _definition(component: str, given: MetricDefinition | Mapping[str, Any]) -> MetricDefinition:
    if not component.isidentifier() or component.lower() != component:
        raise InputError(f"the component {component!r} is not a word in lower case", remedy='e.g. "captions"')
    try:
        metric = given if isinstance(given, MetricDefinition) else MetricDefinition.of(given)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"a metric of {component} cannot be read: {error}", remedy="give name, kind, help, labels and buckets"
        ) from error
    if metric.name not in CATALOGUE and not metric.name.startswith(f"videogen_{component}_"):
        raise InputError(
            f"the metric {metric.name} of {component} must begin with videogen_{component}_",
            remedy=f"call it videogen_{component}_{metric.name.removeprefix('videogen_')}",
        )
    return metric
