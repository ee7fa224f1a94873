"""Alert rules, receivers and routes: one YAML file, laid over the shipped one, checked against the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from videogen.config.setting_names import merged
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, InputError, listed, reasons
from videogen.monitoring.metrics.catalogue import CATALOGUE, MetricDefinition, definition
from videogen.monitoring.metrics.durations import Duration
from videogen.monitoring.metrics.query import Query, Selector
from videogen.runtime.structured_text import MalformedTextError, read_structured

Severity = Literal["info", "warning", "critical"]
_MAX_BYTES: Final = 500_000
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
FORMS: Final = {"number", "duration", "ratio", "bytes"}
_FORMS_BY_UNIT: Final = {"seconds": "duration", "bytes": "bytes", "ratio": "ratio"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Anomaly(_Part):
    """The value is unusual by both methods of `videogen.statistics.anomalies`, compared with `history` before it."""

    score: float = Field(4.0, gt=0.0, description="standard deviations")
    history: Duration = 86400.0
    direction: Literal["high", "low", "both"] = "high"


class Rule(_Part):
    """When an alert fires.

    above, below: it fires beyond; clear: hysteresis, until the value is back behind it. hold ("for" in the file): how
    long before it fires; keep_firing_for: how long it goes on firing after that. always: fires all the time, to show
    that evaluation and delivery work. inhibits: rules that are not notified while this one fires.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    query: Query | None = None
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    anomaly: Anomaly | None = None
    always: bool = False
    hold: Duration = Field(0.0, alias="for")
    keep_firing_for: Duration = 0.0
    severity: Severity = "warning"
    summary: str = Field(min_length=10)
    remedy: str = Field(min_length=10)
    inhibits: tuple[str, ...] = ()
    enabled: bool = True
    only: Literal["built-in", "prometheus"] | None = Field(None, description="who evaluates it; None: both can")

    @model_validator(mode="after")
    def _one_condition(self) -> Rule:
        conditions = [self.above is not None, self.below is not None, self.anomaly is not None, self.always]
        if sum(conditions) != 1:
            raise ValueError("exactly one of above, below, anomaly and always is needed")
        if self.always != (self.query is None):
            raise ValueError("a rule has a query, or is always: true")
        if self.clear is not None:
            if self.above is not None and self.clear > self.above:
                raise ValueError(f"clear ({self.clear:g}) must not be higher than above ({self.above:g})")
            if self.below is not None and self.clear < self.below:
                raise ValueError(f"clear ({self.clear:g}) must not be lower than below ({self.below:g})")
            if self.above is None and self.below is None:
                raise ValueError("clear goes with above or below")
        return self

    @property
    def threshold(self) -> float | None:
        """The limit that is shown and plotted."""
        return self.above if self.above is not None else self.below

    def holds(self, value: float, *, firing: bool) -> bool:
        """Whether the condition is met. firing: the alert fires already, so that `clear` counts. NaN never meets it."""
        if self.above is not None:
            return value > self.above or (firing and self.clear is not None and value > self.clear)
        if self.below is not None:
            return value < self.below or (firing and self.clear is not None and value < self.clear)
        return self.always or self.meets_score(value)

    def meets_score(self, score: float) -> bool:
        """Whether an anomaly's score is beyond the rule's."""
        if self.anomaly is None:
            return False
        signed = {"high": score, "low": -score, "both": abs(score)}[self.anomaly.direction]
        return signed > self.anomaly.score


class Receiver(_Part):
    """Where notifications go. Names of secrets, never the secrets: from the environment or `monitoring.secrets`.

    url: of a webhook or of apprise. key: with which a webhook is signed (HMAC). server, sender, to, user, password: of
    e-mail; user and password are names of secrets.
    """

    kind: Literal["log", "file", "webhook", "email", "apprise"]
    url: str = ""
    key: str = ""
    server: str = ""
    port: int = Field(587, ge=1, le=65535)
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    to: tuple[str, ...] = ()
    user: str = ""
    password: str = ""
    resolved: bool = Field(True, description="whether it is also told that an alert has ended")

    @model_validator(mode="after")
    def _complete(self) -> Receiver:
        needed = {"webhook": ("url",), "apprise": ("url",), "email": ("server", "sender", "to")}.get(self.kind, ())
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"a receiver of kind {self.kind} needs {', '.join(missing)}")
        for name in ("url", "key", "user", "password"):
            if (given := getattr(self, name)) and not re.fullmatch(r"[A-Z][A-Z0-9_]*", given):
                raise ValueError(
                    f"{name} is the name of a secret in capital letters, such as OPS_{name.upper()}, not the secret"
                )
        return self


class Escalation(_Part):
    """Who else is told if nobody has acknowledged an alert after a while."""

    after: Duration
    to: tuple[str, ...]


class QuietHours(_Part):
    """Times of the day (HH:MM, of `zone`) in which only critical alerts are notified; others wait for their end."""

    start: str = Field(pattern=r"[0-2]\d:[0-5]\d")
    end: str = Field(pattern=r"[0-2]\d:[0-5]\d")
    zone: str = "UTC"


class Route(_Part):
    """Which alerts go to whom. The first route that matches counts; an empty `severity` or `rules` matches all."""

    severity: tuple[Severity, ...] = ()
    rules: tuple[str, ...] = ()
    to: tuple[str, ...]
    group_by: tuple[str, ...] = ("rule",)
    group_wait: Duration = 30.0
    repeat: Duration = Field(0.0, description="seconds after which an alert that still fires is told again; 0: never")
    escalate: tuple[Escalation, ...] = ()
    quiet: QuietHours | None = None

    def matches(self, rule: str, severity: str) -> bool:
        return (not self.severity or severity in self.severity) and (not self.rules or rule in self.rules)


class AlertConfig(_Part):
    """Everything that the file holds."""

    rules: dict[Annotated[str, Field(pattern=r"[A-Z][A-Za-z0-9]+")], Rule]
    receivers: dict[str, Receiver]
    routes: tuple[Route, ...]
    heartbeat: str = Field("", description="secret with a URL that is called after every complete evaluation")
    reopen: Duration = Field(3600.0, description="an alert that fires again within this time is the same incident")
    raised_for: Duration = Field(86400.0, description="after which alerts that stages raised end by themselves")

    @model_validator(mode="after")
    def _names_are_known(self) -> AlertConfig:
        for route in self.routes:
            named = {*route.to, *(name for step in route.escalate for name in step.to)}
            for name in sorted(named - set(self.receivers)):
                raise ValueError(
                    f"a route names the receiver {name!r}, which is not there{_close(name, self.receivers)}"
                )
        for name, rule in self.rules.items():
            for other in rule.inhibits:
                if other not in self.rules:
                    raise ValueError(f"{name} inhibits {other!r}, which is not a rule{_close(other, self.rules)}")
        return self

    def evaluated_by(self, evaluator: Literal["built-in", "prometheus"]) -> dict[str, Rule]:
        """Rules that are not switched off and are not for somebody else."""
        return {name: rule for name, rule in self.rules.items() if rule.enabled and rule.only in (None, evaluator)}


def load_rules(
    shipped: Path, own: Path | None = None, known: Mapping[str, MetricDefinition] = CATALOGUE
) -> AlertConfig:
    """Read the shipped rules, and the operator's file laid over them.

    Raises:
        ConfigError: a file cannot be read or is not valid; every fault is named with rule and field.
    """
    values = _read(shipped)
    if own is not None:
        values = merged(values, _read(own))
    return checked_rules(values, str(own or shipped), known)


def checked_rules(
    values: Mapping[str, Any], source: str, known: Mapping[str, MetricDefinition] = CATALOGUE
) -> AlertConfig:
    """Validate rules that are already plain data.

    Raises:
        ConfigError: something is not valid, or names a metric, label or unit that is not there.
    """
    try:
        config = TypeAdapter(AlertConfig).validate_python(dict(values))
    except ValidationError as error:
        raise ConfigError(f"the alert rules in {source} are not valid: {reasons(error)}", remedy=_SEE) from error
    faults = [f"{name}: {fault}" for name, rule in config.rules.items() for fault in _faults(rule, known)]
    if faults:
        raise ConfigError(f"the alert rules in {source} are not valid: {listed(faults)}", remedy=_SEE)
    return config


_SEE: Final = "docs/monitoring.md describes rules; `videogen monitor rules --check FILE` tries a file"


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_structured(path, limit=_MAX_BYTES)
    except InputError as error:
        raise ConfigError(f"cannot read the alert rules {path}: {error.problem}", remedy=error.remedy) from error
    except MalformedTextError as error:
        raise ConfigError(f"cannot read the alert rules {path}: {error}", remedy=_SEE) from error
    if not isinstance(values, dict):
        raise ConfigError(f"the alert rules {path} must hold rules, receivers and routes", remedy=_SEE)
    return values


def _faults(rule: Rule, known: Mapping[str, MetricDefinition]) -> list[str]:
    """What a rule asks of metrics that are not there, or cannot be asked."""
    if rule.query is None:
        return _bad_places(rule, ())
    query, found = rule.query, []
    for selector in (query, query.over):
        if selector is not None:
            found += _bad_selector(selector, query, known)
    if found:
        return found
    return [*_bad_places(rule, query.by), *_bad_unit(rule, definition(query.metric, known))]


def _bad_selector(selector: Selector, query: Query, known: Mapping[str, MetricDefinition]) -> list[str]:
    try:
        metric = definition(selector.metric, known)
    except InputError as error:
        return [error.problem]
    found = []
    for label, values in selector.where.items():
        if label not in metric.labels:
            found.append(f"{metric.name} has no label {label!r}{did_you_mean(label, metric.labels)}")
        else:
            wrong = [value for value in values if value not in metric.labels[label]]
            found += [
                f"{label} of {metric.name} is never {value!r}{_close(value, metric.labels[label])}" for value in wrong
            ]
    found += [f"{metric.name} cannot be grouped by {label!r}" for label in query.by if label not in metric.labels]
    wanted = {"increase": "counter", "rate": "counter", "quantile": "histogram", "last": "gauge", "age": "gauge"}
    if query.value in wanted and metric.kind != wanted[query.value]:
        found.append(f"{query.value} needs a {wanted[query.value]}, and {metric.name} is a {metric.kind}")
    if query.value == "age" and not metric.name.endswith("_timestamp_seconds"):
        found.append(f"age needs a time stamp, and {metric.name} is not one")
    return found


def _bad_places(rule: Rule, labels: tuple[str, ...]) -> list[str]:
    """Placeholders of summary and remedy that nothing fills."""
    found = []
    for name, form in _PLACE.findall(rule.summary + rule.remedy):
        if name != "value" and name not in labels:
            found.append(f"{{{name}}} is neither value nor one of the labels {', '.join(labels) or '(none)'}")
        if form and form not in FORMS:
            found.append(f"{{{name}:{form}}}: the form is not one of {', '.join(sorted(FORMS))}")
    return found


def _bad_unit(rule: Rule, metric: MetricDefinition) -> list[str]:
    """A form in the summary that does not go with the unit of the value."""
    assert rule.query is not None
    if rule.anomaly is not None or rule.query.value == "absent":
        return []
    is_plain = rule.query.over is None and rule.query.value in ("last", "quantile")
    unit = "ratio" if rule.query.over else "seconds" if rule.query.value == "age" else metric.unit if is_plain else ""
    wanted = _FORMS_BY_UNIT.get(unit, "number")
    forms = {form for name, form in _PLACE.findall(rule.summary) if name == "value"} - {""}
    return [f"the value is shown as {form}, but is a {wanted}" for form in sorted(forms - {wanted})]


def _close(name: str, known: Any) -> str:
    return did_you_mean(name, known) or f": there are {', '.join(sorted(known))}"
