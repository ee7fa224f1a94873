"""One evaluation of the rules: which alerts begin, go on and end. It changes the book, and tells nobody."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from videogen.monitoring.alerts.alert import Alert, AlertBook, fingerprint, new_id
from videogen.monitoring.alerts.phase import Progress, advance
from videogen.monitoring.alerts.rules import AlertConfig, Rule
from videogen.monitoring.metrics.durations import shown
from videogen.monitoring.metrics.history import History
from videogen.monitoring.metrics.instruments import Labels
from videogen.monitoring.metrics.query import Query, Values
from videogen.statistics.anomalies import anomaly_score

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_NOTED = timedelta(seconds=60)
"""How often the time of an evaluation is written down: a state that did not change is not written."""
_STEP = 300.0
"""Seconds between two of the values that an anomaly is compared with."""


class Evaluator:
    """Evaluates rules on a history.

    Args:
        by: rules that are for somebody else are left out.
    """

    def __init__(self, config: AlertConfig, by: Literal["built-in", "prometheus"] = "built-in") -> None:
        self.config = config
        self.rules = config.evaluated_by(by)
        self.history = History({name for rule in self.rules.values() if rule.query for name in rule.query.series_names})
        self._baselines = {name: _Baseline(rule) for name, rule in self.rules.items() if rule.anomaly}

    def track(self, names: Collection[str]) -> None:
        """Keep these series as well, for panels."""
        self.history = History({*(self.history.names or ()), *names})

    def evaluate(self, book: AlertBook, now: datetime) -> list[Alert]:
        """Advance all alerts of rules; returns those that began to fire or ended now."""
        at = now.timestamp()
        if book.evaluated_at is not None and now < book.evaluated_at:
            _set_back(book, now)
        changed = []
        for name, rule in self.rules.items():
            values = self._values(name, rule, at)
            known = {a.fingerprint: a for a in book.alerts.values() if a.rule == name and a.origin == "rule"}
            prints = {fingerprint(name, dict(labels)): (labels, value) for labels, value in values.items()}
            for key in {**prints, **known}:
                labels, value = prints.get(key, ((), math.nan))
                changed += self._advance(book, name, rule, key, labels, value, now)
        changed += self._end_orphans(book, now)
        changed += self._end_raised(book, now)
        if book.evaluated_at is None or abs(now - book.evaluated_at) >= _NOTED:
            book.evaluated_at = now
        book.trim(now)
        return changed

    def _values(self, name: str, rule: Rule, at: float) -> Values:
        if rule.query is None:
            return {(): 1.0}
        found = rule.query.answer(self.history, at)
        if name not in self._baselines:
            return found
        return self._baselines[name].scores(self.history, found, at)

    def _advance(
        self, book: AlertBook, name: str, rule: Rule, key: str, labels: Labels, value: float, now: datetime
    ) -> list[Alert]:
        alert = book.alerts.get(key)
        before = alert.progress if alert else Progress()
        is_met = not math.isnan(value) and rule.holds(value, firing=before.phase == "firing")
        after = advance(before, is_met, now.timestamp(), hold=rule.hold, keep_firing_for=rule.keep_firing_for)
        if after.phase == "inactive":
            if alert is None:
                return []
            if alert.state == "pending":
                del book.alerts[key]
                return []
            return [end_alert(book, alert, now, "the condition is not met any more")]
        if alert is None:
            alert = self._begin(book, name, rule, key, labels, now)
        if is_met:
            alert.value = value
            alert.summary, alert.remedy = (filled(text, labels, value) for text in (rule.summary, rule.remedy))
        alert.unmet_since = _moment(after.unmet_since)
        if after.phase == "firing" and alert.state == "pending":
            alert.state, alert.fired_at = "firing", now
            alert.note(now, f"fires: {alert.summary}")
            return [alert]
        return []

    def _begin(self, book: AlertBook, name: str, rule: Rule, key: str, labels: Labels, now: datetime) -> Alert:
        """A new alert; or the ended one, where that was a short while ago: the same incident goes on."""
        earlier = next((ended for ended in reversed(book.ended) if ended.fingerprint == key), None)
        if earlier is not None and earlier.resolved_at is not None:
            away = (now - earlier.resolved_at).total_seconds()
            if 0 <= away < self.config.reopen:
                book.ended.remove(earlier)
                earlier.state, earlier.active_since, earlier.resolved_at = "pending", now, None
                earlier.reopened += 1
                earlier.told_resolved = False
                earlier.note(now, f"the condition is met again after {away:.0f} s")
                book.alerts[key] = earlier
                return earlier
        alert = Alert(
            id=new_id(now),
            fingerprint=key,
            rule=name,
            severity=rule.severity,
            summary=rule.summary,
            labels=dict(labels),
            active_since=now,
            threshold=rule.threshold if rule.anomaly is None else rule.anomaly.score,
        )
        alert.note(now, "the condition is met for the first time")
        book.alerts[key] = alert
        return alert

    def _end_orphans(self, book: AlertBook, now: datetime) -> list[Alert]:
        """End alerts whose rule is not there any more."""
        gone = [a for a in book.alerts.values() if a.origin == "rule" and a.rule not in self.rules]
        return [end_alert(book, alert, now, "its rule is not there any more") for alert in gone]

    def _end_raised(self, book: AlertBook, now: datetime) -> list[Alert]:
        """End alerts that stages raised, after a while: nothing else would."""
        old = [
            alert
            for alert in book.alerts.values()
            if alert.origin == "raised" and (now - alert.active_since).total_seconds() >= self.config.raised_for
        ]
        return [end_alert(book, alert, now, "its time is over") for alert in old]


class _Baseline:
    """What the value of a rule was before, every five minutes."""

    def __init__(self, rule: Rule) -> None:
        assert rule.query is not None
        assert rule.anomaly is not None
        self._query: Query = rule.query
        self._length = rule.anomaly.history
        self._last = 0.0
        self._values: dict[Labels, list[tuple[float, float]]] = {}

    def scores(self, history: History, current: Values, at: float) -> Values:
        """How unusual each value is."""
        self._extend(history, at)
        return {
            labels: math.nan
            if math.isnan(value)
            else anomaly_score([earlier for _, earlier in self._values.get(labels, [])], value)
            for labels, value in current.items()
        }

    def _extend(self, history: History, at: float) -> None:
        moment = max(self._last + _STEP, at - self._length)
        while moment < at - self._query.window:
            for labels, value in self._query.answer(history, moment).items():
                if not math.isnan(value):
                    self._values.setdefault(labels, []).append((moment, value))
            self._last = moment
            moment += _STEP
        for values in self._values.values():
            while values and values[0][0] < at - self._length:
                del values[0]


def filled(text: str, labels: Labels | Mapping[str, str], value: float) -> str:
    """Summary or remedy with values for its placeholders: ``{job_name}``, ``{value:duration}``."""
    given = dict(labels)
    return _PLACE.sub(
        lambda found: shown(value, found[2] or "number") if found[1] == "value" else given.get(found[1], "?"), text
    )


def end_alert(book: AlertBook, alert: Alert, now: datetime, why: str, who: str = "") -> Alert:
    """Move an alert to the ended ones, with the reason in its history."""
    alert.state, alert.resolved_at, alert.unmet_since = "resolved", now, None
    alert.note(now, f"ends: {why}", who)
    book.end(alert.fingerprint)
    return alert


def _set_back(book: AlertBook, now: datetime) -> None:
    """The clock was set back: what began in what is now the future begins now."""
    for alert in book.alerts.values():
        alert.active_since = min(alert.active_since, now)
        alert.fired_at = None if alert.fired_at is None else min(alert.fired_at, now)
        alert.unmet_since = None if alert.unmet_since is None else min(alert.unmet_since, now)
        alert.notified_at = None if alert.notified_at is None else min(alert.notified_at, now)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
