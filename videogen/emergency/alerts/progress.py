"""How far an emergency video is: a small file for each alert that is being made, for whoever wants to watch."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AwareDatetime

from videogen.domain.frozen_model import FrozenModel
from videogen.emergency.ladder import Rung
from videogen.storage.atomic_folder import SAFE_NAME, Folder

FOLDER = "emergency/progress"


class GenerationProgress(FrozenModel):
    """Where one emergency video stands. step: "planned", "rendering", "checking", "publishing", or an end state.

    done, total: units of the step, 0 where it has none. late: seconds behind the deadline, 0 where it is in time.
    """

    job_id: str
    step: str
    rung: Rung | None = None
    done: int = 0
    total: int = 0
    detail: str = ""
    started_at: AwareDatetime
    deadline: AwareDatetime
    updated_at: AwareDatetime

    @property
    def late(self) -> float:
        return max(0.0, (self.updated_at - self.deadline).total_seconds())


class ProgressBoard:
    """The progress of all alerts below one store, a local folder or an fsspec URL."""

    def __init__(self, store: str) -> None:
        self._folder = Folder(store)

    def begin(self, job_id: str, deadline: datetime, rung: Rung | None = None) -> GenerationProgress:
        """Note that the work on an alert begins."""
        now = datetime.now(UTC)
        return self._put(
            GenerationProgress(
                job_id=job_id, step="planned", rung=rung, started_at=now, deadline=deadline, updated_at=now
            )
        )

    def move(self, job_id: str, step: str, **fields: object) -> GenerationProgress | None:
        """Note the next step, and any other field that changes; None where the work never began."""
        before = self.read(job_id)
        if before is None:
            return None
        changes = {"done": 0, "total": 0, "detail": "", **fields, "step": step, "updated_at": datetime.now(UTC)}
        return self._put(before.model_copy(update=changes))

    def read(self, job_id: str) -> GenerationProgress | None:
        """The latest note on this alert."""
        if not SAFE_NAME.fullmatch(job_id):
            return None
        try:
            return GenerationProgress.model_validate_json(self._folder.read(f"{FOLDER}/{job_id}.json"))
        except FileNotFoundError:
            return None

    def _put(self, progress: GenerationProgress) -> GenerationProgress:
        self._folder.write(f"{FOLDER}/{progress.job_id}.json", progress.model_dump_json(indent=1).encode())
        return progress
