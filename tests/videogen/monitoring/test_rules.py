"""The file of rules: what is shipped, and what is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.videogen.monitoring.alerts_helpers import RULE
from videogen.config.config import PROJECT_ROOT
from videogen.errors import ConfigError
from videogen.monitoring.alerts.rules import AlertConfig, checked_rules, load_rules

SHIPPED = PROJECT_ROOT / "config" / "alerts.yaml"


@pytest.fixture(scope="module")
def shipped() -> AlertConfig:
    return load_rules(SHIPPED)


def overlaid(tmp_path: Path, text: str) -> AlertConfig:
    own = tmp_path / "own.yaml"
    own.write_text(text, encoding="utf-8")
    return load_rules(SHIPPED, own)


def test_twenty_rules_and_more_are_shipped_each_with_summary_and_remedy(shipped: AlertConfig) -> None:
    assert len(shipped.evaluated_by("built-in")) >= 20
    for name, rule in shipped.rules.items():
        assert len(rule.summary.split()) >= 4, name
        assert len(rule.remedy.split()) >= 4, name


def test_every_shipped_rule_holds_on_against_flapping(shipped: AlertConfig) -> None:
    for name, rule in shipped.evaluated_by("built-in").items():
        assert rule.hold or rule.keep_firing_for or rule.clear is not None, name


def test_an_own_file_changes_only_what_it_names(tmp_path: Path, shipped: AlertConfig) -> None:
    own = overlaid(tmp_path, "rules: {RunWaitsTooLong: {above: 3600}}\n")
    assert own.rules["RunWaitsTooLong"].above == 3600
    assert own.rules["RunWaitsTooLong"].summary == shipped.rules["RunWaitsTooLong"].summary
    assert own.rules["RunHangs"] == shipped.rules["RunHangs"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"query": {"metric": "videogen_host_load_rato"}}, "did you mean 'videogen_host_load_ratio'"),
        ({"query": {"metric": "videogen_runs_active", "where": {"state": "queued"}}}, "no label 'state'"),
        ({"query": {"metric": "videogen_runs_active", "where": {"status": "waiting"}}}, "never 'waiting'"),
        ({"query": {"metric": "videogen_host_load_ratio", "by": ["gpu"]}}, "cannot be grouped by 'gpu'"),
        ({"query": {"metric": "videogen_host_load_ratio", "value": "increase", "window": "5m"}}, "needs a counter"),
        ({"query": {"metric": "videogen_videos_total"}}, "last needs a gauge"),
        ({"query": {"metric": "videogen_host_load_ratio", "value": "age"}}, "not a time stamp|is not one"),
        ({"query": {"metric": "videogen_videos_total", "value": "rate"}}, "window"),
        ({"summary": "The load is {value:duration}"}, "shown as duration, but is a ratio"),
        ({"summary": "The load of {host} is high"}, "{host} is neither value nor one of the labels"),
        ({"summary": "The load is {value:percent}"}, "form is not one of"),
        ({"above": 10, "clear": 12}, "must not be higher"),
        ({"below": 3}, "exactly one of"),
        ({"for": "ten minutes"}, "not a duration"),
        ({"for": -5}, "cannot be -5"),
        ({"inhibits": ["RunHang"]}, "did you mean 'RunHangs'"),
        ({"thresold": 3}, "thresold"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(change: dict, reason: str) -> None:
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    given = {
        **shipped,
        "rules": {**shipped["rules"], "LoadHigh": {**RULE, "summary": "The load is too high", **change}},
    }
    with pytest.raises(ConfigError, match=reason) as refused:
        checked_rules(given, "own.yaml")
    assert "LoadHigh" in str(refused.value)
    assert "own.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("receivers: {ops: {kind: webhook, url: 'https://hooks.example/T0KEN'}}\n", "name of a secret"),
        ("receivers: {ops: {kind: webhook}}\n", "needs url"),
        ("routes: [{to: [opps]}]\n", "'opps', which is not there"),
        ("rules: {a: 1, a: 2}\n", "more than once"),
        ("- 1\n", "must hold rules"),
        ("rules: {RunHangs: {above: .nan}}\nroutes: 3\n", "routes"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as refused:
        overlaid(tmp_path, text)
    # What somebody wrongly put there must not travel into a log.
    assert "T0KEN" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.yaml"):
        load_rules(SHIPPED, tmp_path / "missing.yaml")
