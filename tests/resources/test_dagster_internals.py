"""Canaries: when one of these fails after an upgrade of Dagster, look at that function of resources/dagster_internals.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from resources import dagster_internals as internals
from resources import jobs_and_tags
from videogen.config.config import PROJECT_ROOT

KEYS = dg.DynamicPartitionsDefinition(name="canaries")
POOL = "canary"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(
        temp_dir=str(tmp_path), overrides={"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}}
    ) as made:
        made.add_dynamic_partitions("canaries", ["a", "b", "c"])
        yield made


class OnlyA(dg.IOManager):
    """Reports the partition a of a run over several, with metadata of its own."""

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        internals.add_partition_metadata(context, "a", {"colour": "yellow"})
        internals.report_only(context, ["a"])

    def load_input(self, context: dg.InputContext) -> None:
        return None


def run(instance: dg.DagsterInstance, *assets: Any, **options: Any) -> dg.ExecuteInProcessResult:
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}
    return dg.materialize(list(assets), instance=instance, tags=tags, resources={"io_manager": OnlyA()}, **options)


def test_add_partition_metadata_and_report_only(instance):
    @dg.asset(partitions_def=KEYS, backfill_policy=dg.BackfillPolicy.single_run())
    def canary() -> int:
        return 1

    result = run(instance, canary)
    (event,) = result.asset_materializations_for_node("canary")
    assert event.partition == "a"
    assert event.metadata["colour"].value == "yellow"
    assert instance.get_materialized_partitions(dg.AssetKey("canary")) == {"a"}


def test_selected_assets_and_is_last(instance):
    seen: dict[str, Any] = {}

    @dg.asset(partitions_def=KEYS, backfill_policy=dg.BackfillPolicy.single_run())
    def first(context) -> None:  # type: ignore[no-untyped-def]  # Dagster cannot read postponed annotations here
        step = context.get_step_execution_context()
        seen["selected"] = sorted(internals.selected_assets(step))
        seen["last"] = [internals.is_last(step, [dg.AssetKey(name)]) for name in ("first", "second")]

    @dg.asset(partitions_def=KEYS, backfill_policy=dg.BackfillPolicy.single_run(), deps=[first])
    def second() -> None:
        return None

    run(instance, first, second)
    assert seen == {"selected": ["first", "second"], "last": [False, True]}


def test_give_back_slots_claim_slot_and_free_slots_of_run(instance):
    instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
    assert internals.claim_slot(instance, POOL, "run-1", "step", 0)
    assert internals.give_back_slots(instance, "run-1", "step") == [POOL]
    assert internals.claim_slot(instance, POOL, "run-2", "step", 0)
    assert internals.give_back_slots(instance, "run-1", "step") == []
    internals.free_slots_of_run(instance, "run-2")
    assert internals.claim_slot(instance, POOL, "run-3", "step", 0)


def test_set_pool_places(instance):
    internals.set_pool_places(instance, POOL, 3)
    assert internals.pool_usage(instance, POOL).places == 3


def test_the_tables_of_a_new_instance_are_current(instance):
    assert internals.schema_is_current(instance)


def test_a_queue_of_dagster_takes_its_limits_from_what_the_coordinator_says(instance):
    stated = internals.RunQueueConfig(max_concurrent_runs=2, tag_concurrency_limits=[])
    changed = stated._replace(max_concurrent_runs=5, tag_concurrency_limits=[{"key": "a", "value": "b", "limit": 1}])
    assert (changed.max_concurrent_runs, len(changed.tag_concurrency_limits)) == (5, 1)


def test_of_the_code_location_gives_runs_the_origin_that_the_timeline_asks_for(instance):
    @dg.job
    def canary() -> None:
        pass

    result = canary.execute_in_process(instance=internals.of_the_code_location(instance, "canary"))
    run = instance.get_run_by_id(result.run_id)
    assert run.remote_job_origin.repository_origin.get_label() == "__repository__@videogen"
    assert run.remote_job_origin.job_name == "canary"
    assert instance.get_run_by_id(canary.execute_in_process(instance=instance).run_id).remote_job_origin is None


def test_tags_of_the_bookkeeping_are_among_those_that_the_pages_leave_out():
    from dagster._core.storage.tags import TagType, get_tag_type

    assert {get_tag_type(name) for name in jobs_and_tags.EARLIER_NAMES} == {TagType.HIDDEN}
    shown = (jobs_and_tags.TITLE_TAG, jobs_and_tags.PROMPT_TAG, jobs_and_tags.VIDEO_TAG)
    assert {get_tag_type(name) for name in shown} == {TagType.USER_PROVIDED}


def test_tags_of_earlier_runs_are_understood():
    assert jobs_and_tags.tagged({"videogen/worker": "a"}, jobs_and_tags.WORKER_TAG) == "a"
    assert (
        jobs_and_tags.tagged({"videogen/worker": "a", jobs_and_tags.WORKER_TAG: "b"}, jobs_and_tags.WORKER_TAG) == "b"
    )
    assert jobs_and_tags.tagged({}, jobs_and_tags.WORKER_TAG) is None


def test_without_a_job_is_what_dagster_calls_it(instance):
    @dg.asset
    def canary() -> None:
        return None

    repository = dg.Definitions(assets=[canary]).get_repository_def()
    assert internals.WITHOUT_A_JOB in repository.job_names


def test_sqlite_engines_are_kept_and_still_store_what_happens(tmp_path, monkeypatch):
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

    made = []
    for storage in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        monkeypatch.setattr(storage, "create_engine", storage.create_engine)
    internals.keep_sqlite_engines()
    monkeypatch.setattr(
        "sqlalchemy.create_engine", lambda *a, real=sqlalchemy.create_engine, **k: made.append(a[0]) or real(*a, **k)
    )

    @dg.asset
    def canary() -> int:
        return 1

    with dg.instance_for_test(temp_dir=str(tmp_path), synchronous_run_launcher=True) as instance:
        runs = [dg.materialize([canary], instance=instance).run_id for _ in range(2)]
        stored = [event.run_id for event in instance.fetch_materializations(dg.AssetKey("canary"), limit=5).records]
        assert [instance.get_run_by_id(run).is_success for run in runs] == [True, True]
    assert sorted(stored) == sorted(runs)
    files = [address for address in made if str(tmp_path) in address]
    assert len(files) == len(set(files)) >= 3


def test_nothing_else_reaches_into_dagster():
    private = re.compile(
        r"dagster\._|\._metadata_accumulator|\._asset_partitions_subset|event_log_storage|__ASSET_JOB|\.dagster/repository"
    )
    files = [
        file
        for floor in ("resources", "assets", "sensors", "videogen_dagster")
        for file in (PROJECT_ROOT / floor).rglob("*.py")
        if file.name != "dagster_internals.py"
    ]
    assert len(files) > 50
    assert [str(file) for file in files if private.search(file.read_text(encoding="utf-8"))] == []
