"""The rules as files for Prometheus: rules, their unit tests for `promtool test rules`, and for Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from videogen.monitoring.alerts.rules import AlertConfig, Rule
from videogen.monitoring.metrics.durations import written

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_FORMS: Final = {
    "duration": "humanizeDuration",
    "ratio": "humanizePercentage",
    "bytes": "humanize1024",
    "number": "humanize",
}
HEADER: Final = "# Written by `videogen monitor rules`; change config/alerts.yaml instead.\n"
STEP: Final = 15
"""Seconds between two evaluations."""
TEST_STEP: Final = 60
LONGEST_TEST: Final = 10_000
"""Seconds of made-up time of a unit test; promtool evaluates every rule at every step."""


def condition(name: str, rule: Rule) -> str:
    """The PromQL expression under which a rule is active. Anomalies are approximated by one plain z-score."""
    if rule.query is None:
        return "vector(1)"
    value = rule.query.promql()
    if rule.anomaly is not None:
        window = f"[{written(rule.anomaly.history)}:5m] offset 5m"
        score = f"(({value}) - avg_over_time(({value}){window})) / stddev_over_time(({value}){window})"
        sign, minus = {"high": (">", ""), "low": ("<", "-"), "both": (">", "")}[rule.anomaly.direction]
        score = f"abs({score})" if rule.anomaly.direction == "both" else score
        return f"{score} {sign} {minus}{rule.anomaly.score:g}"
    sign, limit = (">" if rule.above is not None else "<"), rule.threshold
    beyond = f"{_grouped(value)} {sign} {limit!r}"
    if rule.clear is None:
        return beyond
    firing = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
    return f"{beyond} or ({_grouped(value)} {sign} {rule.clear!r} and on({', '.join(rule.query.by)}) {firing})"


def rules_file(config: AlertConfig, *, annotations: bool = True, step: int = STEP) -> str:
    """The rules as a file for Prometheus 2.42 or later."""
    rules = [_rule(name, rule, annotations) for name, rule in config.evaluated_by("prometheus").items()]
    group = {"name": "videogen", "interval": written(step), "rules": rules}
    return HEADER + yaml.safe_dump({"groups": [group]}, sort_keys=False, width=4096, allow_unicode=True)


def tests_file(config: AlertConfig, rules_name: str) -> str:
    """Unit tests of the rules for `promtool test rules`: each fires when it should, and is quiet when all is well."""
    tests = [
        case
        for name, rule in config.evaluated_by("prometheus").items()
        if rule.query is not None
        and rule.anomaly is None
        and not rule.query.over
        and max(rule.threshold or 0.0, rule.query.window) < LONGEST_TEST
        for case in _cases(config, name, rule)
    ]
    content = {"rule_files": [rules_name], "evaluation_interval": written(TEST_STEP), "tests": tests}
    return HEADER + yaml.safe_dump(content, sort_keys=False, width=4096, allow_unicode=True)


def alertmanager_file(config: AlertConfig, webhook: str) -> str:
    """A configuration of Alertmanager that hands every alert to `webhook`, with the same inhibitions."""
    inhibits = [
        {
            "source_matchers": [f'alertname="{name}"'],
            "target_matchers": [f'alertname=~"{"|".join(rule.inhibits)}"'],
        }
        for name, rule in config.rules.items()
        if rule.inhibits
    ]
    watchdog = {"matchers": ['alertname="Watchdog"'], "receiver": "watchdog", "repeat_interval": "5m"}
    content = {
        "route": {
            "receiver": "videogen",
            "group_by": ["alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [watchdog],
        },
        "receivers": [
            {"name": "videogen", "webhook_configs": [{"url": webhook, "send_resolved": True}]},
            # Give it the address of a service that tells you when it is NOT called.
            {"name": "watchdog"},
        ],
        "inhibit_rules": inhibits,
    }
    return HEADER + yaml.safe_dump(content, sort_keys=False, width=4096)


def _grouped(value: str) -> str:
    return f"({value})" if " and " in value or " / " in value else value


def _rule(name: str, rule: Rule, annotations: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"alert": name, "expr": condition(name, rule)}
    if rule.hold:
        found["for"] = written(rule.hold)
    if rule.keep_firing_for:
        found["keep_firing_for"] = written(rule.keep_firing_for)
    found["labels"] = {"severity": rule.severity}
    if annotations:
        found["annotations"] = {"summary": _template(rule.summary), "remedy": _template(rule.remedy)}
    return found


def _template(text: str) -> str:
    def place(found: re.Match[str]) -> str:
        name, form = found.groups()
        if name == "value":
            return f"{{{{ $value | {_FORMS[form or 'number']} }}}}"
        return f"{{{{ $labels.{name} }}}}"

    return _PLACE.sub(place, text)


def _cases(config: AlertConfig, name: str, rule: Rule) -> list[dict[str, Any]]:
    """One case in which the rule fires, and one in which it does not."""
    assert rule.query is not None
    age = max(rule.threshold or 0.0, 0.0) if rule.query.value == "age" else 0.0
    steps = int((rule.hold + max(rule.query.window, age, 300)) // TEST_STEP) + 8
    end = written(steps * TEST_STEP)
    labels = {label: values[0] for label, values in rule.query.where.items()}
    labels |= {label: _some_value(rule, label) for label in rule.query.by}
    return [
        {
            "interval": written(TEST_STEP),
            "input_series": [{"series": _series(rule.query.metric, labels), "values": _values(rule, steps, fires)}],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                    "eval_time": end,
                    "exp_samples": [{"labels": "{}", "value": int(fires)}],
                }
            ],
        }
        for fires in (True, False)
    ]


def _some_value(rule: Rule, label: str) -> str:
    from videogen.monitoring.metrics.catalogue import CATALOGUE

    assert rule.query is not None
    wanted = rule.query.where.get(label)
    return wanted[0] if wanted else CATALOGUE[rule.query.metric].labels[label][0]


def _series(metric: str, labels: Mapping[str, str]) -> str:
    return metric + "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def _values(rule: Rule, steps: int, fires: bool) -> str:
    """Values of the series in promtool's notation, beyond the limit or well on the right side of it."""
    assert rule.query is not None
    limit = rule.threshold
    assert limit is not None
    if rule.query.value == "absent":
        return f"_x{steps}" if fires else f"1x{steps}"
    if rule.query.value in ("increase", "rate"):
        grown = (abs(limit) + 1) * 2 * (rule.query.window if rule.query.value == "rate" else 1)
        late = int(rule.query.window // TEST_STEP) // 2
        return f"0x{steps - late} {grown:g}x{late}" if fires else f"0x{steps}"
    if rule.query.value == "age":
        # The clock of a test begins at 0, and a time stamp of 0 stands for none.
        if limit < 0:
            return f"{-limit * (0.5 if fires else 3):g}x{steps}"
        return f"1x{steps}" if fires else f"1+{TEST_STEP}x{steps}"
    beyond = limit + abs(limit) * 0.5 + 1 if rule.above is not None else limit - abs(limit) * 0.5 - 0.01
    return f"{beyond:g}x{steps}" if fires else f"{_well(rule):g}x{steps}"


def _well(rule: Rule) -> float:
    level = rule.clear if rule.clear is not None else rule.threshold
    assert level is not None
    return level if rule.below is not None else min(level, 0.0)
