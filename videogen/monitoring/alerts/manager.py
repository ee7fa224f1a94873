"""AlertManager: evaluates rules, keeps alerts, tells people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.config import VideoGenConfig
from videogen.config.places import SHIPPED
from videogen.config.setting_names import merged
from videogen.errors import InputError, StorageError, VideogenError
from videogen.monitoring.alerts.alert import Alert, AlertBook, Notification, Silence, fingerprint, new_id
from videogen.monitoring.alerts.book import AlertBookFile
from videogen.monitoring.alerts.channels import Outcome, deliver
from videogen.monitoring.alerts.evaluation import Evaluator, end_alert
from videogen.monitoring.alerts.messages import message_for
from videogen.monitoring.alerts.routing import due, told
from videogen.monitoring.alerts.rules import AlertConfig, checked_rules, load_rules
from videogen.monitoring.alerts.secrets import Secrets
from videogen.monitoring.alerts.table import kind_of, write_row
from videogen.monitoring.metrics.catalogue import CATALOGUE, MetricDefinition
from videogen.monitoring.metrics.instruments import Sample
from videogen.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from videogen.monitoring.alerts.incidents.facts import Incident, Surroundings

_log = logging.getLogger("videogen.alerts")
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.CRITICAL}
MOST_TRIES = 8
_AT_ONCE = 8


class AlertManager:
    """The alerts of one installation. Any process can trigger, acknowledge and resolve; one at a time evaluates.

    Args:
        config: where the state, the warehouse and the rules lie.
        on_delivery: is told the kind of receiver and the outcome of every delivery.
        surroundings: who knows of runs and the emergency mode, for incident reports.

    Raises:
        ConfigError: the rules are not valid.
    """

    def __init__(
        self,
        config: VideoGenConfig,
        *,
        on_delivery: Callable[[str, Outcome], None] = lambda kind, outcome: None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._config = config
        self.folder = config.path(config.monitoring.folder)
        self._file = AlertBookFile(self.folder)
        self._on_delivery = on_delivery
        self._surroundings = surroundings
        self._warehouse = Warehouse(config.location(config.paths.warehouse))
        self._deliveries: ThreadPoolExecutor | None = None

    @cached_property
    def rules(self) -> AlertConfig:
        """Rules, receivers and routes."""
        own = self._config.monitoring.rules
        return load_rules(SHIPPED / "config" / "alerts.yaml", None if own is None else self._config.path(own))

    @cached_property
    def evaluator(self) -> Evaluator:
        """What evaluates the rules, with the values of the last day."""
        return Evaluator(self.rules)

    def configure(
        self, given: Mapping[str, Any] | Path | str, known: Mapping[str, MetricDefinition] = CATALOGUE
    ) -> AlertConfig:
        """Take other rules, laid over the shipped ones.

        Args:
            known: the metrics that rules may name.

        Raises:
            ConfigError: they are not valid; the rules stay as they were.
        """
        shipped = SHIPPED / "config" / "alerts.yaml"
        if isinstance(given, Mapping):
            plain = load_rules(shipped).model_dump(mode="json", by_alias=True, exclude_defaults=True)
            made = checked_rules(merged(plain, given), "the configuration of alerts", known)
        else:
            made = load_rules(shipped, Path(given), known)
        self.rules = made
        self.evaluator = Evaluator(made)
        return made

    def check_thresholds(
        self, metrics: Iterable[Sample] | Mapping[str, float], now: datetime | None = None
    ) -> list[Alert]:
        """Evaluate the rules on the metrics as they are now.

        Args:
            metrics: every series of the exporter, or values of metrics without labels.
            now: None: the present.

        Returns:
            Alerts that fire now.

        Raises:
            StorageError: the state cannot be written.
        """
        now = now or datetime.now(UTC)
        samples = [Sample(n, (), v) for n, v in metrics.items()] if isinstance(metrics, Mapping) else metrics
        self.evaluator.history.add(now.timestamp(), samples)
        with self._file.changing() as book:
            changed = self.evaluator.evaluate(book, now)
            firing = [alert for alert in book.alerts.values() if alert.state == "firing"]
        for alert in changed:
            self._keep_row(alert)
        return firing

    def trigger_alert(self, alert_type: str, details: Mapping[str, Any], now: datetime | None = None) -> Alert:
        """Raise an alert; one of the same type about the same thing that still fires is brought up to date.

        Args:
            alert_type: ``[a-z_]+``, e.g. ``"regenerations_exhausted"``.
            details: ``problem`` (needed), ``severity`` (warning), ``remedy``, ``video_id``, ``attempt``, ``value``,
                ``threshold``, ``labels``; ``log``: a logger instead of the process's own.

        Raises:
            InputError: type or details cannot be used.
            StorageError: it could not be written; it is in the log.
        """
        now = now or datetime.now(UTC)
        fresh = _raised(alert_type, details, now)
        where = f"[{fresh.video_id}] " if fresh.video_id else ""
        line = f"{where}{fresh.summary}" + (f" — {fresh.remedy}" if fresh.remedy else "")
        details.get("log", _log).log(_LEVELS[fresh.severity], line)
        with self._file.changing() as book:
            known = book.alerts.get(fresh.fingerprint)
            if known is not None and fresh.video_id is not None:
                known.summary, known.remedy, known.severity = fresh.summary, fresh.remedy, fresh.severity
                known.note(now, f"raised again: {fresh.summary}")
                fresh = known
            else:
                fresh.note(now, f"raised: {fresh.summary}")
                book.alerts[fresh.fingerprint] = fresh
        write_row(self._warehouse, fresh)
        return fresh

    def hand_over(self, alert: Alert, is_over: bool, now: datetime) -> Alert:
        """Keep an alert that somebody else evaluates and tells people of."""
        with self._file.changing() as book:
            known = book.alerts.get(alert.fingerprint)
            if known is None:
                alert.note(now, f"handed over by Alertmanager: {alert.summary}")
                if is_over:
                    return alert
                known = book.alerts[alert.fingerprint] = alert
            known.summary, known.remedy = alert.summary, alert.remedy
            if is_over:
                end_alert(book, known, now, "Alertmanager says that it is resolved")
        self._keep_row(known)
        return known

    def resolve_alert(self, alert_id: str, who: str = "", now: datetime | None = None) -> Alert:
        """End an alert by hand; one that has ended stays as it is.

        A rule whose condition is still met fires again.

        Raises:
            InputError: no alert has that id.
        """
        now = now or datetime.now(UTC)
        with self._file.changing() as book:
            alert = _known(book, alert_id)
            if alert.state != "resolved":
                end_alert(book, alert, now, "resolved by hand", who)
        self._keep_row(alert)
        return alert

    def acknowledge(self, alert_id: str, who: str, now: datetime | None = None) -> Alert:
        """Say that somebody looks after an alert: it is not told again, and not escalated.

        Raises:
            InputError: no alert has that id.
        """
        now = now or datetime.now(UTC)
        with self._file.changing() as book:
            alert = _known(book, alert_id)
            if alert.acknowledged_at is None:
                alert.acknowledged_at, alert.acknowledged_by = now, who
                alert.note(now, "acknowledged", who)
        self._keep_row(alert)
        return alert

    def silence(
        self,
        rule: str,
        seconds: float,
        why: str,
        who: str,
        labels: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> Silence:
        """Notify nobody of a rule for a while; ``"*"``: of none.

        Raises:
            InputError: no rule is called so.
        """
        now = now or datetime.now(UTC)
        with self._file.changing() as book:
            known = {*self.rules.rules, *(alert.rule for alert in book.alerts.values()), "*"}
            if rule not in known:
                from videogen.config.suggestions import did_you_mean

                raise InputError(
                    f"no rule is called {rule!r}{did_you_mean(rule, known)}",
                    remedy="`videogen monitor rules` lists them",
                )
            until = now + timedelta(seconds=seconds)
            made = Silence(
                id=new_id(now), rule=rule, labels=dict(labels or {}), since=now, until=until, who=who, why=why
            )
            book.silences.append(made)
        return made

    def generate_incident_report(self, alert_id: str) -> Incident:
        """Write what is known about an alert: Markdown, and one HTML file that needs nothing else.

        Raises:
            InputError: no alert has that id.
        """
        from videogen.monitoring.alerts.incidents.facts import NoSurroundings
        from videogen.monitoring.alerts.incidents.report import write_incident

        book = self.book()
        alert = _known(book, alert_id)
        return write_incident(
            self._config, self.rules, alert, book, self.evaluator.history, self._surroundings or NoSurroundings()
        )

    def book(self) -> AlertBook:
        """All alerts, silences and notifications as they are now."""
        return self._file.read()

    def notify(self, now: datetime | None = None) -> list[Future[None]]:
        """Begin to send what is due. A message is written down as being sent before it is: it is never sent twice."""
        now = now or datetime.now(UTC)
        with self._file.changing() as book:
            messages = due(self.rules, book, now)
            told(self.rules, messages, now)
            begun = []
            for message in messages:
                ids = tuple(alert.id for alert in message.alerts)
                note = Notification(id=new_id(now), receiver=message.receiver, kind=message.kind, alerts=ids, at=now)
                book.notifications.append(note)
                begun.append(note)
                for alert in message.alerts:
                    alert.note(now, f"{message.kind}: {message.receiver} is told")
            begun += [note for note in _again(book, now) if note.receiver in self.rules.receivers]
            jobs = [(note, list(filter(None, map(book.find, note.alerts)))) for note in begun]
        if jobs and self._deliveries is None:
            self._deliveries = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notify")
        return [self._deliveries.submit(self._send, note, alerts) for note, alerts in jobs if self._deliveries]

    def recover(self) -> list[Notification]:
        """After a start: messages that an earlier process was sending may have arrived; they are not sent again."""
        with self._file.changing() as book:
            found = [note for note in book.notifications if note.outcome == "sending"]
            for note in found:
                note.outcome, note.error = "uncertain", "the monitor ended while it was sending this"
                for alert in filter(None, map(book.find, note.alerts)):
                    alert.note(datetime.now(UTC), f"whether {note.receiver} was told is uncertain: the monitor ended")
        for note in found:
            _log.error("whether %s was told of %s is uncertain: %s", note.receiver, ", ".join(note.alerts), note.error)
            if note.receiver in self.rules.receivers:
                self._on_delivery(self.rules.receivers[note.receiver].kind, "uncertain")
        return found

    def close(self) -> None:
        """Wait for deliveries that are under way."""
        if self._deliveries is not None:
            self._deliveries.shutdown(wait=True)
            self._deliveries = None

    def _send(self, note: Notification, alerts: list[Alert]) -> None:
        receiver = self.rules.receivers[note.receiver]
        message = message_for(note, alerts, self._config.monitoring.dagster_url)
        outcome, error = deliver(receiver, message, self._secrets, self.folder)
        now = datetime.now(UTC)
        if outcome != "sent":
            _log.error("%s was not told for certain (%s): %s", note.receiver, outcome, error)
        try:
            with self._file.changing() as book:
                _note_outcome(book, note.id, outcome, error, now)
        except StorageError as problem:
            _log.error("what became of a message to %s could not be written: %s", note.receiver, problem)
        self._on_delivery(receiver.kind, outcome)

    def secret(self, name: str) -> str:
        """The secret of that name. Raises ConfigError where there is none."""
        return self._secrets.get(name)

    @cached_property
    def _secrets(self) -> Secrets:
        file: Path | None = self._config.monitoring.secrets
        return Secrets(None if file is None else self._config.path(file))

    def _keep_row(self, alert: Alert) -> None:
        """The table is a copy: a warehouse that cannot be written stops no alert."""
        try:
            write_row(self._warehouse, alert)
        except VideogenError as error:
            _log.error("the alert %s could not be written to the table alerts: %s", alert.id, error)


def _raised(alert_type: str, details: Mapping[str, Any], now: datetime) -> Alert:
    kind = kind_of(alert_type)
    problem = str(details.get("problem") or "")
    severity = details.get("severity", "warning")
    if not alert_type or kind.strip("_") == "" or not problem or severity not in _LEVELS:
        raise InputError(
            f"the alert {alert_type!r} needs a problem, and a severity of info, warning or critical",
            remedy='trigger_alert("disk_full", {"problem": "…", "severity": "critical"})',
        )
    video_id, attempt = details.get("video_id"), details.get("attempt")
    labels = {str(name): str(value) for name, value in (details.get("labels") or {}).items()}
    about = {**labels, "video_id": str(video_id), "attempt": str(attempt)}
    if video_id is None:
        # Nothing says that it is about the same thing as another one.
        about["id"] = new_id(now)
    return Alert(
        id=new_id(now),
        fingerprint=fingerprint(kind, about),
        rule=kind,
        severity=severity,
        summary=problem,
        remedy=str(details.get("remedy") or ""),
        labels=labels,
        origin=details.get("origin", "raised"),
        state="firing",
        value=details.get("value"),
        threshold=details.get("threshold"),
        active_since=now,
        fired_at=now,
        video_id=video_id,
        attempt=attempt,
    )


def _known(book: AlertBook, alert_id: str) -> Alert:
    alert = book.find(alert_id)
    if alert is None:
        raise InputError(f"no alert has the id {alert_id!r}", remedy="`videogen monitor alerts --all` lists them")
    return alert


def _again(book: AlertBook, now: datetime) -> list[Notification]:
    """Messages that certainly did not arrive, whose time to be tried again has come; they are begun."""
    found = []
    for note in book.notifications:
        if note.outcome == "failed" and note.retry_at is not None and note.retry_at <= now:
            note.outcome, note.retry_at = "sending", None
            note.tries += 1
            found.append(note)
    return found


def _note_outcome(book: AlertBook, note_id: str, outcome: Outcome, error: str, now: datetime) -> None:
    note = next((one for one in book.notifications if one.id == note_id), None)
    if note is None:
        return
    note.outcome, note.error = outcome, error
    if outcome == "failed" and note.tries < MOST_TRIES:
        note.retry_at = now + timedelta(seconds=30 * 2**note.tries)
    for alert in filter(None, map(book.find, note.alerts)):
        alert.note(now, f"{note.receiver}: {outcome}" + (f" ({error})" if error else ""))
