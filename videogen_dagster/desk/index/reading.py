"""What reads the lines of the catalogue: the stores, what people decided, and how the last run ended."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.briefing.production.store import BriefingStore
from videogen.errors import InputError, VideogenError
from videogen.release.people.book import FOLDER as DECISIONS
from videogen_dagster.desk.item import State
from videogen_dagster.desk.subjects.standing import state_by

if TYPE_CHECKING:
    from resources.people.review import Review
    from videogen_dagster.desk.index.live import Live
    from videogen_dagster.project import Project


class Reader:
    """Reads videos and briefings as lines of the lists."""

    def __init__(self, project: Project, review: Review, live: Live) -> None:
        self.project, self._review, self._live = project, review, live

    @cached_property
    def briefings(self) -> BriefingStore:
        """The briefings."""
        return BriefingStore(self.project.config.location(self.project.config.paths.store))

    @cached_property
    def published(self) -> Path:
        """The folder of what is published."""
        return self.project.config.path(self.project.config.paths.published)

    def decided(self, item_id: str, version: int) -> State:
        """Where a finished version stands by what people decided about its state as it is now."""
        if not (self._review.people.folder / DECISIONS / item_id).is_dir():
            return "to check"
        try:
            decisions = tuple(self._review.people.decisions(item_id))
            if not any(decision.action != "comment" for decision in decisions):
                return "to check"
            return state_by(decisions, self._review.subject(item_id).sha256)
        except InputError:
            return "to check"
        except VideogenError:
            # Tampered with: the review page says how.
            return "damaged"

    def failure_of_briefing(self, item_id: str) -> str:
        """Why the last run of a briefing failed; "": it did not."""
        import dagster as dg

        from resources.jobs_and_tags import BRIEFING_TAG
        from videogen_dagster.home import home_errors

        with home_errors():
            runs = self._live.instance.get_runs(filters=dg.RunsFilter(tags={BRIEFING_TAG: item_id}), limit=1)
            if not runs or runs[0].status != dg.DagsterRunStatus.FAILURE:
                return ""
            events = self._live.instance.get_records_for_run(
                runs[0].run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1
            ).records
            data = events[0].event_log_entry.dagster_event.step_failure_data if events else None  # type: ignore[union-attr]
            failure = data.user_failure_data if data is not None else None
            return failure.description or "its run failed" if failure is not None else "its run failed"
