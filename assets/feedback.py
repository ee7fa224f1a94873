"""The feedback loop as assets: a day's events and numbers, suggestions, experiments, datasets."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import show
from assets.monitoring import DAYS
from assets.partitions import EXPERIMENTS
from videogen.errors import VideogenError

if TYPE_CHECKING:
    import pandas as pd

    from videogen.feedback.experiments.decision import Decision
    from videogen.feedback.study.aggregates import Aggregate


def _common(name: str, kinds: set[str]) -> dict[str, Any]:
    return {
        "name": name,
        "group_name": "feedback",
        "kinds": kinds,
        "owners": ["team:videogen"],
        "tags": {"stage": name},
        "code_version": "1",
        "required_resource_keys": {"feedback"},
    }


def _all_of(asset: str) -> dg.AssetDep:
    return dg.AssetDep(asset, partition_mapping=dg.AllPartitionMapping())


@dg.asset(**_common("feedback_events", {"parquet"}), partitions_def=DAYS, deps=[_all_of("published_video")])
def feedback_events(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """A day's feedback from all channels, categorised, and what releases and retries say. Table `feedback`."""
    from videogen.feedback.daily import collect_day

    integration, day = context.resources.feedback.integration, date.fromisoformat(context.partition_key)
    rows = collect_day(integration.collector, day)
    facts: dict[str, Any] = {"events": len(rows), "videos": int(rows["video_id"].nunique())}
    if len(rows):
        facts["kinds"] = show.table({"kind": k, "events": int(n)} for k, n in rows["kind"].value_counts().items())
        facts["channels"] = show.table(
            {"channel": k, "events": int(n)} for k, n in rows["channel"].value_counts().items()
        )
    return dg.MaterializeResult(metadata=facts)


@dg.asset(**_common("feedback_aggregates", {"duckdb", "parquet"}), partitions_def=DAYS,
          deps=["feedback_events", _all_of("quality_report")])  # fmt: skip
def feedback_aggregates(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """A day's feedback as numbers, raters' habits taken out; nothing of groups that are too small.

    Table `feedback_aggregates`.
    """
    from videogen.feedback.daily import aggregate_day

    integration, day = context.resources.feedback.integration, date.fromisoformat(context.partition_key)
    found = aggregate_day(integration.collector, day)
    return dg.MaterializeResult(metadata=aggregate_facts(found) | {"rating_by_day": _course(integration, day)})


def aggregate_facts(found: Iterable[Aggregate]) -> dict[str, Any]:
    """Numbers that Dagster plots over the days, and all of them as a table."""
    rows = list(found)
    facts: dict[str, Any] = {f"feedback_{one.measure}": one.value for one in rows if one.value is not None}
    facts["aggregates"] = show.table(
        {
            "measure": one.measure,
            "value": "–" if one.value is None else f"{one.value:.4g}",
            "interval": "" if one.lower is None or one.upper is None else f"{one.lower:.3g} … {one.upper:.3g}",
            "of": one.n,
            "note": one.note,
        }
        for one in rows
    )
    return facts


def _course(integration: Any, day: date) -> Any:
    """The ratings of the last weeks as a picture."""
    from videogen.feedback.study.chart import rating_chart

    jpeg = rating_chart(integration.collector.store.warehouse, day)
    return (
        dg.MetadataValue.text("no day has enough raters yet") if jpeg is None else show.picture(jpeg, "rating by day")
    )


@dg.asset(**_common("parameter_recommendations", {"python"}),
          deps=[_all_of("feedback_aggregates"), _all_of("quality_trends"), _all_of("performance_metrics")])  # fmt: skip
def parameter_recommendations(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """What is worth a test, as draft experiments, and the improvement report. Table `recommendations`."""
    integration = context.resources.feedback.integration
    report = integration.generate_improvement_report("90d")
    drafts = integration.improver.keep_suggestions(list(report.suggestions))
    facts: dict[str, Any] = {"suggestions": len(report.suggestions), "drafts": ", ".join(drafts) or "none"}
    # A list, since Dagster cuts a wide table off at the right, where the reason stands.
    facts["recommendations"] = show.bullets(
        f"{s.setting}: {'–' if s.current is None else f'{s.current:g}'} → {s.suggested:g} ({s.evidence}): {s.why}"
        for s in report.suggestions
    )
    facts["report"] = dg.MetadataValue.md(report.markdown)
    return dg.MaterializeResult(metadata=facts)


@dg.asset(**_common("ab_test_results", {"python"}), partitions_def=EXPERIMENTS,
          deps=[_all_of("feedback_aggregates"), _all_of("quality_report")])  # fmt: skip
def ab_test_results(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """What an experiment shows so far; one that is decided ends. Table `ab_tests`."""
    improver = context.resources.feedback.integration.improver
    decision = improver.trials.review(context.partition_key)
    return dg.MaterializeResult(metadata=decision_facts(decision))


def decision_facts(decision: Decision) -> dict[str, Any]:
    """The decision and every number behind it."""
    facts: dict[str, Any] = {"verdict": decision.verdict, "why": decision.why, "winner": decision.winner or "none"}
    facts |= {f"units_{name}": count for name, count in decision.units.items()}
    facts["sample_ratio_p"] = decision.ratio_p
    facts["readings"] = show.table(
        {"arm": one.arm, "measure": one.measure, "improvement": _known(one.improvement.estimate),
         "at any look": f"{_known(one.improvement.lower)} … {_known(one.improvement.upper)}", "verdict": one.verdict,
         "n": one.improvement.n}
        for one in decision.readings
    )  # fmt: skip
    return facts


def _known(value: float) -> str:
    return f"{value:+.3g}" if math.isfinite(value) else "–"


@dg.asset(**_common("fine_tuning_dataset", {"parquet", "safetensors"}), deps=[_all_of("feedback_aggregates")])
def fine_tuning_dataset(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """Comparisons of people who agreed to training, for `python -m training.preferences`. Launched by hand only."""
    from resources.runs.failures import as_dagster, stage_failure

    try:
        manifest = context.resources.feedback.integration.improver.generate_fine_tuning_dataset()
    except VideogenError as error:
        failure = stage_failure(error, "fine_tuning_dataset", "fine_tuning_dataset", context.run.run_id)
        raise as_dagster({"dataset": failure}) from error
    facts = manifest.model_dump(mode="json", include={"id", "pairs", "raters", "prompts", "profile", "version"})
    facts["split"] = show.table({"part": part, "pairs": count} for part, count in manifest.split.items())
    return dg.MaterializeResult(metadata=facts)


def _check(asset: dg.AssetsDefinition, partitions: dg.PartitionsDefinition[str]) -> Callable[[Any], Any]:
    """A check of a partition of an asset; its function's name and text are its own."""

    def decorate(judge: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.PreviewWarning)
            return dg.asset_check(asset=asset, partitions_def=partitions, required_resource_keys={"feedback"})(judge)

    return decorate


@_check(feedback_events, DAYS)
def rows_fit_feedback(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """The day's rows match the schema of the table `feedback`, and every event is there once."""
    import pandera.errors

    from videogen.storage.warehouse_tables import schema

    rows = _rows(context)
    try:
        if len(rows):
            schema("feedback").validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return dg.AssetCheckResult(passed=False, metadata={"cases": len(error.failure_cases)})
    return dg.AssetCheckResult(passed=bool(rows["event_id"].is_unique), metadata={"rows": len(rows)})


@_check(feedback_events, DAYS)
def no_personal_data_in_comments(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """Scrubbing the day's comments again changes nothing."""
    from videogen.feedback.daily import comments_to_scrub

    collector = context.resources.feedback.integration.collector
    found = comments_to_scrub(collector, date.fromisoformat(context.partition_key))
    return dg.AssetCheckResult(passed=not found, metadata={"events": ", ".join(found[:20]) or "none"})


@_check(feedback_aggregates, DAYS)
def groups_are_large_enough(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """No number of the day comes from fewer raters than `feedback.min_group`."""
    from videogen.feedback.study.last_words import last_words

    integration = context.resources.feedback.integration
    counted = last_words(_rows(context))
    shown = integration.collector.store.warehouse.read("feedback_aggregates", context.partition_key)
    raters = {"rating": "rating", "rating.adjusted": "rating", "approved": "decision", "completion": "completion"}
    small = [
        str(row["measure"])
        for row in shown[shown["value"].notna()].to_dict("records")
        if row["measure"] in raters
        and counted[counted["topic"] == raters[str(row["measure"])]]["who"].nunique()
        < integration.config.feedback.min_group
    ]
    return dg.AssetCheckResult(passed=not small, metadata={"measures": ", ".join(small) or "none"})


@_check(ab_test_results, EXPERIMENTS)
def sample_ratio_holds(context):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """The experiment's units fall on its arms in the shares in which they are drawn."""
    from videogen.feedback.experiments.decision import RATIO_LEVEL

    decision = context.resources.feedback.integration.improver.trials.look(context.partition_key)
    return dg.AssetCheckResult(passed=decision.ratio_p > RATIO_LEVEL, metadata={"p": decision.ratio_p})


def _rows(context: Any) -> pd.DataFrame:
    store = context.resources.feedback.integration.collector.store
    rows: pd.DataFrame = store.of_day(date.fromisoformat(context.partition_key))
    return rows


DAILY_FEEDBACK = [feedback_events, feedback_aggregates]
FEEDBACK_CHECKS = [rows_fit_feedback, no_personal_data_in_comments, groups_are_large_enough, sample_ratio_holds]
