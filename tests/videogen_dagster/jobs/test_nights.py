"""When requests that wait for the night are run."""

from __future__ import annotations

from datetime import UTC, datetime

from videogen.intake.waiting_requests import next_night
from videogen_dagster.jobs.schedules import nightly


def test_the_next_night_is_when_the_schedule_runs() -> None:
    for moment, night in (
        (datetime(2026, 3, 4, 0, 59, tzinfo=UTC), datetime(2026, 3, 4, 1, tzinfo=UTC)),
        (datetime(2026, 3, 4, 1, 0, tzinfo=UTC), datetime(2026, 3, 5, 1, tzinfo=UTC)),
    ):
        assert next_night(moment) == night
    minute, hour = str(nightly.cron_schedule).split()[:2]
    assert (int(minute), int(hour)) == (next_night(datetime.now(UTC)).minute, next_night(datetime.now(UTC)).hour)
    assert nightly.execution_timezone == "UTC"
