"""The catalogue, and what it becomes for Prometheus."""

from __future__ import annotations

import re

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from videogen.config.config import PROJECT_ROOT
from videogen.errors import InputError
from videogen.monitoring.metrics.catalogue import (
    ALIASES,
    CATALOGUE,
    MAX_SERIES,
    METRICS,
    MetricDefinition,
    as_table,
)
from videogen.monitoring.metrics.instruments import Instruments, Update, check_labels


def test_all_metrics_together_have_at_most_the_budgeted_number_of_series() -> None:
    assert sum(metric.most_series for metric in METRICS) <= MAX_SERIES


def test_names_are_unique_and_aliases_lead_to_them() -> None:
    assert len(CATALOGUE) == len(METRICS)
    assert {name for name in ALIASES.values() if name} <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "videogen_things", "kind": "counter"}, "ends in _total"),
        ({"name": "videogen_things_total", "kind": "gauge"}, "ends in _total"),
        ({"name": "Videogen_things", "kind": "gauge"}, "lower-case"),
        ({"name": "videogen_things", "kind": "gauge", "labels": {"job": ("a",)}}, "'job'"),
        ({"name": "videogen_things", "kind": "gauge", "labels": {"colour": ()}}, "no values"),
        ({"name": "videogen_x_seconds", "kind": "histogram", "buckets": (2.0, 1.0)}, "do not increase"),
    ],
)
def test_a_metric_that_breaks_a_rule_is_refused(fields: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        MetricDefinition(help="something", **fields)


def test_every_known_series_is_at_zero_from_the_start() -> None:
    samples = {(sample.name, sample.labels): sample.value for sample in Instruments().samples()}
    assert samples["videogen_runs_ended_total", (("job_name", "generate_video"), ("outcome", "crashed"))] == 0.0
    assert samples["videogen_stage_seconds_count", (("stage", "rendered_video"),)] == 0.0


def test_counters_add_gauges_replace_and_histograms_observe() -> None:
    instruments = Instruments()
    instruments.apply(
        [
            Update("videogen_denoise_steps_total", 3.0),
            Update("videogen_denoise_steps_total", 4.0),
            Update("videogen_host_cpu_ratio", 0.2),
            Update("videogen_host_cpu_ratio", 0.7),
            Update("videogen_generation_seconds", 30.0, {"profile": "tiny"}),
            Update("videogen_generation_seconds", 40.0, {"profile": "tiny"}),
        ]
    )
    values = {(s.name, s.labels): s.value for s in instruments.samples()}
    assert values["videogen_denoise_steps_total", ()] == 7.0
    assert values["videogen_host_cpu_ratio", ()] == 0.7
    assert values["videogen_generation_seconds_sum", (("profile", "tiny"),)] == 70.0
    # 40 s lies on a bound, which is part of its bucket.
    assert values["videogen_generation_seconds_bucket", (("le", "40.0"), ("profile", "tiny"))] == 2.0
    assert values["videogen_generation_seconds_bucket", (("le", "20.0"), ("profile", "tiny"))] == 0.0


@pytest.mark.parametrize(
    "update",
    [
        Update("videogen_unheard_of", 1.0),
        Update("videogen_denoise_steps_total", float("nan")),
        Update("videogen_denoise_steps_total", -1.0),
        Update("videogen_releases_total", 1.0, {"event": "20261130-120000-123456-a1b2c3"}),
        Update("videogen_releases_total", 1.0),
    ],
)
def test_what_is_not_in_the_catalogue_is_dropped_and_counted(update: Update) -> None:
    instruments = Instruments()
    before = {(sample.name, sample.labels): sample.value for sample in instruments.samples()}
    instruments.apply([update])
    assert instruments.dropped == 1
    assert {(sample.name, sample.labels): sample.value for sample in instruments.samples()} == before


def test_a_metric_beyond_the_budget_is_refused_with_the_numbers() -> None:
    many = tuple(str(number) for number in range(MAX_SERIES))
    with pytest.raises(InputError, match=f"at most {MAX_SERIES}"):
        Instruments().add(MetricDefinition("videogen_many", "gauge", "too many", {"number": many}))


def test_prometheus_reads_both_forms_and_finds_all_metrics() -> None:
    instruments = Instruments()
    run = {"run_id": "0b3f1c2e-0000-4000-8000-000000000001"}
    instruments.apply([Update("videogen_stage_seconds", 3.0, {"stage": "rendered_video"}, run)])
    plain = {family.name for family in parse(instruments.exposition().decode())}
    assert plain == {metric.name.removesuffix("_total") for metric in METRICS}
    families = list(parse_openmetrics(instruments.exposition(openmetrics=True).decode()))
    exemplars = [s.exemplar.labels for family in families for s in family.samples if s.exemplar]
    assert exemplars == [run]


def test_a_wrong_name_or_label_is_answered_with_what_there_is() -> None:
    with pytest.raises(InputError, match="did you mean 'videogen_stage_seconds'"):
        check_labels("videogen_stage_second", {})
    with pytest.raises(InputError, match="has the labels stage, not none"):
        check_labels("videogen_stage_seconds", {})
    with pytest.raises(InputError, match="cannot be 'rendering'"):
        check_labels("videogen_stage_seconds", {"stage": "rendering"})


def test_jobs_of_the_code_location_are_values_of_the_label() -> None:
    from resources.jobs_and_tags import Job
    from videogen_dagster.definitions import defs

    names = {job.name for job in defs.resolve_all_job_defs()} - {"__ASSET_JOB"}
    assert {job.value for job in Job} <= names
    assert names <= set(CATALOGUE["videogen_runs_active"].labels["job_name"])


def test_the_page_lists_the_catalogue() -> None:
    page = (PROJECT_ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert as_table() in page, (
        "put the output of videogen.monitoring.metrics.catalogue.as_table() into docs/monitoring.md"
    )
    named = set(re.findall(r"`(videogen_[a-z_]+)`", page))
    known = set(CATALOGUE) | {"videogen_captions_shown_total"}
    assert {name for name in named if name not in known} == set()
