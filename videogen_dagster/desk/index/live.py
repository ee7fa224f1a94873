"""What is being made now, in Dagster's storage: looked up a few times a second at most, for all who watch."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resources.jobs_and_tags import BRIEFING_TAG
from resources.runs.partitions import ACTIVE, videos_of_run

if TYPE_CHECKING:
    import dagster as dg

_LINES = 40
_STEP = re.compile(r"^([a-z_]{3,40}) (\d{1,7})/(\d{1,7})(?: |$)")
_PREVIEW = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+")
_WORDS = {
    "QUEUED": "waits for its turn",
    "NOT_STARTED": "waits for its turn",
    "STARTING": "is being started",
    "STARTED": "is being made",
    "CANCELING": "is being cancelled",
}


@dataclass(frozen=True)
class Progress:
    """How far a run is. state: in words; stage, done, total: its latest step; preview: data URI of a few frames."""

    run_id: str
    job: str
    state: str
    stage: str = ""
    done: int = 0
    total: int = 0
    preview: str = ""

    @property
    def share(self) -> int | None:
        """Per cent of the step; None where it is not known."""
        return round(100 * self.done / self.total) if self.total else None


class Live:
    """The runs that are queued or at work, by video or briefing.

    Args:
        open_instance: opens Dagster's storage; called once, when it is first needed.
        seconds: how old the answer may be.
    """

    def __init__(self, open_instance: Callable[[], dg.DagsterInstance], seconds: float = 0.4) -> None:
        self._open, self._seconds = open_instance, seconds
        self._instance: dg.DagsterInstance | None = None
        self._lock = threading.Lock()
        self._found: Mapping[str, Progress] = {}
        self._at = float("-inf")

    @property
    def instance(self) -> dg.DagsterInstance:
        """Dagster's storage."""
        if self._instance is None:
            self._instance = self._open()
        return self._instance

    def now(self) -> Mapping[str, Progress]:
        """Id of a video or briefing → its run. While somebody looks it up, others get the answer before."""
        if time.monotonic() - self._at >= self._seconds and self._lock.acquire(blocking=False):
            try:
                self._found = self._look()
                self._at = time.monotonic()
            finally:
                self._lock.release()
        return self._found

    def _look(self) -> dict[str, Progress]:
        import dagster as dg

        from resources.jobs_and_tags import RANGE_TAGS, VIDEO_PARTITIONS
        from videogen_dagster.home import home_errors

        found: dict[str, Progress] = {}
        with home_errors():
            runs = self.instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE), limit=200)
            is_wide = any(RANGE_TAGS[0] in run.tags for run in runs)
            keys = self.instance.get_dynamic_partitions(VIDEO_PARTITIONS) if is_wide else []
            for run in runs:
                covered = [run.tags[BRIEFING_TAG]] if BRIEFING_TAG in run.tags else videos_of_run(run, keys)
                if covered:
                    progress = self._progress(run)
                    found |= {item_id: progress for item_id in covered if item_id not in found}
        return found

    def _progress(self, run: dg.DagsterRun) -> Progress:
        state = _WORDS.get(run.status.value, run.status.value.lower())
        if run.status.value != "STARTED":
            return Progress(run.run_id, run.job_name, state)
        stage, done, total, preview = "", 0, 0, ""
        for record in self.instance.get_records_for_run(run.run_id, limit=_LINES, ascending=False).records:
            entry = record.event_log_entry
            event = entry.dagster_event
            if not stage and (step := _STEP.match(entry.user_message or "")):
                stage, done, total = step[1], int(step[2]), int(step[3])
            if not stage and event is not None and event.event_type_value == "STEP_START":
                stage = event.step_key or ""
            if not preview and event is not None and event.is_asset_observation:
                shown = event.asset_observation_data.asset_observation.metadata.get("preview")
                picture = _PREVIEW.search(str(shown.value)) if shown is not None else None
                preview = picture[0] if picture else ""
        return Progress(run.run_id, run.job_name, state, stage.replace("_", " "), done, total, preview)
