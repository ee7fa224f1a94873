"""Removes finished runs and their events: some 200 events a video, and nobody reads those of last year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_AT_ONCE = 500
MOST = 20_000
"""Runs that one call removes; the next night goes on."""


def remove_old_runs(instance: dg.DagsterInstance, keep: timedelta, now: datetime | None = None) -> int:
    """Remove runs that ended longer than `keep` ago; returns how many.

    The warehouse keeps what they made and how long it took. Sensors do not ask for them again: a request that has an
    attempt is not due, an alert that has ended is not open.
    """
    before = (now or datetime.now(UTC)) - keep
    removed = 0
    while removed < MOST:
        old = instance.get_run_records(
            filters=dg.RunsFilter(statuses=_ENDED, updated_before=before), limit=_AT_ONCE, ascending=True
        )
        for record in old:
            instance.delete_run(record.dagster_run.run_id)
        removed += len(old)
        if len(old) < _AT_ONCE:
            break
    return removed
