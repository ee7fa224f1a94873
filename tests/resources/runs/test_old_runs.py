"""Finished runs are removed when they are old, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources.runs.old_runs import remove_old_runs

DAY = timedelta(days=1)


@dg.job
def nothing() -> None:
    pass


def test_only_finished_runs_that_are_old_enough_are_removed_with_their_events() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = nothing.execute_in_process(instance=instance)
        waiting = instance.create_run_for_job(nothing)

        assert remove_old_runs(instance, DAY) == 0
        assert instance.get_run_by_id(done.run_id) is not None

        assert remove_old_runs(instance, DAY, now=datetime.now(UTC) + 2 * DAY) == 1
        assert instance.get_run_by_id(done.run_id) is None
        assert instance.all_logs(done.run_id) == []
        assert instance.get_run_by_id(waiting.run_id) is not None
