"""The exporter: rounds of collecting, evaluating, telling and keeping. One process of an installation runs it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from videogen.config.config import VideoGenConfig
from videogen.errors import InputError, StorageError, VideogenError
from videogen.monitoring import heartbeat
from videogen.monitoring.alerts.alert import Alert
from videogen.monitoring.alerts.channels import Outcome
from videogen.monitoring.alerts.incidents.facts import Surroundings
from videogen.monitoring.alerts.manager import AlertManager
from videogen.monitoring.collector import Collected, MetricsCollector, Source
from videogen.monitoring.metrics.catalogue import CATALOGUE, SEVERITIES, MetricDefinition
from videogen.monitoring.metrics.instruments import Sample, Update
from videogen.monitoring.metrics.samples_table import SamplesTable, restored
from videogen.monitoring.panels.definitions import PANELS
from videogen.monitoring.sources.host import Host
from videogen.monitoring.sources.spool import DEFINITION, SpoolReader
from videogen.monitoring.sources.warehouse import WarehouseSource
from videogen.monitoring.tracing import NoTracer, Tracer
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one

_log = logging.getLogger(__name__)
POSITIONS: Final = "positions.json"
LOCK: Final = ".monitor.lock"
_PING_PAUSE: Final = 60.0


class Exporter:
    """Collects, evaluates and tells, round by round.

    Args:
        config: the validated configuration.
        sources: makes further sources from the state that each of them keeps over restarts.
        surroundings: who knows of runs, for incident reports.
        tracer: is given runs, stages and calls of models.

    Raises:
        ConfigError: the alert rules are not valid.
        StorageError: the folder cannot be written, or another monitor works on it.
    """

    def __init__(
        self,
        config: VideoGenConfig,
        sources: Mapping[str, Callable[[dict[str, Any]], Source]] | None = None,
        *,
        tracer: Tracer | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.config = config
        self.folder = config.path(config.monitoring.folder)
        self._tracer: Tracer = tracer or NoTracer()
        self._guard = ExitStack()
        self._take_folder()
        self._positions = self._read_positions()
        self._spool = SpoolReader(self.folder, self._state("spool"))
        made = {name: make(self._state(name)) for name, make in (sources or {}).items()}
        warehouse = config.location(config.paths.warehouse)
        tables = WarehouseSource(warehouse, self._state("warehouse"), self._tracer.of_runs)
        host = Host(_local_places(config), gpu=config.monitoring.gpu)
        made |= {
            "warehouse": lambda: Collected(tables.read()),
            "spool": lambda: Collected(list(self._from_spool())),
            "host": lambda: Collected(host.read()),
        }
        self.collector = MetricsCollector(self._record, made)
        for given in self._state("definitions").values():
            self._learn(given)
        self.alerts = AlertManager(config, on_delivery=self._delivered, surroundings=surroundings)
        self.alerts.evaluator.track({name for panel in PANELS for name in panel.series_names})
        self._samples = SamplesTable(warehouse, self.alerts.evaluator.history.names)
        self._text: dict[bool, bytes] = {}
        self._events: list[Update] = []
        self._pinged = 0.0
        self.rounds = 0
        self.round_at: datetime | None = None

    def begin(self) -> None:
        """Take over what earlier processes left: values of the last day, messages whose fate is not known."""
        self.alerts.evaluator.history.restore(restored(self._samples, datetime.now(UTC)))
        self.alerts.recover()

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop` is set; then the heartbeat is taken away: this end is on purpose."""
        self.begin()
        while True:
            started = time.monotonic()
            self.round()
            if stop.wait(max(0.0, self.config.monitoring.interval - (time.monotonic() - started))):
                break
        self.close()

    def round(self, now: datetime | None = None, *, beats: bool = True) -> list[Alert]:
        """One round; returns the alerts that fire. A part that fails is told in the log, and the rest goes on.

        Args:
            beats: whether it counts as a sign of life; not where somebody stands in for a dead monitor.
        """
        self.collector.instruments.apply(self._own())
        samples = self.collector.collect_performance_metrics()
        now = now or datetime.now(UTC)
        firing = self._evaluate(samples, now, beats)
        self._show_alerts(firing)
        self._text = {form: self.collector.instruments.exposition(openmetrics=form) for form in (False, True)}
        with self.collector.measure_latency("samples"):
            self._keep(samples, now)
        self.rounds += 1
        self.round_at = now
        return firing

    def exposition(self, *, openmetrics: bool = False) -> bytes:
        """The text of the last round; empty before the first one."""
        return self._text.get(openmetrics, b"")

    def close(self, *, on_purpose: bool = True) -> None:
        """End: wait for deliveries, give up the folder. on_purpose: nobody has to miss it."""
        self.alerts.close()
        self.collector.close()
        if on_purpose:
            heartbeat.end(self.folder)
        self._guard.close()

    def _evaluate(self, samples: list[Sample], now: datetime, beats: bool) -> list[Alert]:
        """Alerts that fire. The heartbeat says that evaluation and delivery were gone through."""
        firing: list[Alert] = []
        try:
            if self.config.monitoring.evaluation == "built-in":
                with self.collector.measure_latency("evaluate"):
                    firing = self.alerts.check_thresholds(samples, now)
                    self.alerts.notify(now)
            else:
                self.alerts.evaluator.history.add(now.timestamp(), samples)
                firing = [alert for alert in self.alerts.book().alerts.values() if alert.state == "firing"]
            if beats:
                self._beat(now)
        except VideogenError as error:
            _log.error("the alerts could not be evaluated: %s", error)
        return firing

    def _show_alerts(self, firing: list[Alert]) -> None:
        counts = dict.fromkeys(SEVERITIES, 0.0)
        for alert in firing:
            counts[alert.severity] += 1.0
        updates = [Update("videogen_alerts_firing", count, {"severity": name}) for name, count in counts.items()]
        self.collector.instruments.apply(updates)

    def _keep(self, samples: list[Sample], now: datetime) -> None:
        try:
            self._samples.add(samples, now)
        except VideogenError as error:
            _log.warning("values of this minute could not be written to metric_samples: %s", error)
        try:
            Folder(self.folder).write(POSITIONS, json.dumps(self._positions).encode())
        except StorageError as error:
            _log.warning("how far everything was read could not be written: %s", error)

    def _beat(self, now: datetime) -> None:
        heartbeat.beat(self.folder, now.timestamp())
        if self.alerts.rules.heartbeat and time.monotonic() - self._pinged > _PING_PAUSE:
            self._pinged = time.monotonic()
            threading.Thread(target=self._ping, name="heartbeat", daemon=True).start()

    def _ping(self) -> None:
        import requests

        try:
            requests.get(self.alerts.secret(self.alerts.rules.heartbeat), timeout=(3, 5)).raise_for_status()
        except (requests.RequestException, VideogenError) as error:
            # Not its text: it quotes the address, which is a secret.
            _log.warning("the heartbeat could not be sent: %s", type(error).__name__)

    def _own(self) -> Iterator[Update]:
        yield Update("videogen_build_info", 1.0, {"version": CATALOGUE["videogen_build_info"].labels["version"][0]})
        events, self._events = self._events, []
        yield from events
        dropped, self.collector.instruments.dropped = self.collector.instruments.dropped, 0
        if dropped:
            yield Update("videogen_events_total", float(dropped), {"event": "series_dropped"})

    def _from_spool(self) -> Iterator[Update]:
        lines = list(self._spool.read())
        self._tracer.of_calls(lines)
        for line in lines:
            if line.update.name == DEFINITION:
                self._learn(line.context.get("definition", ""))
            else:
                yield line.update

    def _learn(self, given: str) -> None:
        """Add a metric that a component has registered in its process."""
        try:
            metric = MetricDefinition.of(json.loads(given))
            self.collector.instruments.add(metric)
        except (InputError, ValueError, TypeError) as error:
            _log.warning("a metric of a component is not shown: %s", error)
            return
        if metric.name not in CATALOGUE:
            self._state("definitions")[metric.name] = given

    def _record(
        self, name: str, value: float, labels: Mapping[str, str], context: Mapping[str, str] | None = None
    ) -> None:
        self.collector.instruments.apply([Update(name, value, labels)])

    def _delivered(self, kind: str, outcome: Outcome) -> None:
        self._events.append(Update("videogen_notifications_total", 1.0, {"kind": kind, "outcome": outcome}))

    def _state(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._positions.setdefault(name, {})
        return found

    def _read_positions(self) -> dict[str, Any]:
        try:
            found = json.loads(Folder(self.folder).read(POSITIONS))
        except FileNotFoundError:
            return {}
        except ValueError:
            _log.error("%s is damaged: what happened while no monitor ran is not counted", self.folder / POSITIONS)
            return {}
        return found if isinstance(found, dict) else {}

    def _take_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            alone = self._guard.enter_context(only_one(self.folder / LOCK))
        except OSError as error:
            raise StorageError(
                f"the folder of the monitoring, {self.folder}, cannot be written: {error.strerror}",
                remedy="give this user write permission there, or set monitoring.folder",
            ) from error
        if not alone:
            self._guard.close()
            raise StorageError(
                f"another monitor works on {self.folder}", remedy="use that one, or set another monitoring.folder"
            )


def _local_places(config: VideoGenConfig) -> dict[str, Path]:
    paths = {"store": config.paths.store, "warehouse": config.paths.warehouse}
    found = {name: Path(config.location(place)) for name, place in paths.items() if "://" not in place}
    return {**found, "home": config.path(config.monitoring.folder)}
