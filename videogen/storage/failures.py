"""Why a video was not made: what a stage noted, or the stage at which a process died."""

from __future__ import annotations

from datetime import UTC, datetime

from videogen.domain.artifacts import StageFailure
from videogen.domain.stages import STAGES
from videogen.errors import ArtifactError, InputError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

FAILURE = "failure"
"""Name of the artifact that holds the last failure of an attempt."""


def find_failure(
    requests: RequestStore, artifacts: ArtifactStore, run_id: str, video_id: str, message: str | None
) -> tuple[int | None, StageFailure | None]:
    """The attempt and what went wrong: what the stage noted, or, if the process died, the first stage not made."""
    try:
        attempts = requests.attempts(video_id)
    except (ArtifactError, InputError) as error:
        return None, _crash(run_id, "request", str(error))
    if not attempts:
        return None, _crash(run_id, STAGES[0], message)
    number = attempts[-1].number
    try:
        noted = artifacts.load(video_id, number, FAILURE, StageFailure)
        if noted.run_id == run_id:
            return number, noted
    except ArtifactError:
        pass
    missing = next((stage for stage in STAGES if not _is_made(requests, video_id, number, stage)), None)
    return number, _crash(run_id, missing, message) if missing else None


def _is_made(requests: RequestStore, video_id: str, number: int, stage: str) -> bool:
    try:
        requests.holder(video_id, number, stage)
    except ArtifactError:
        return False
    return True


def _crash(run_id: str, stage: str, message: str | None) -> StageFailure:
    return StageFailure(
        stage=stage,
        error="RunFailure",
        problem=message or "the run ended before the stage was made",
        remedy="nothing that was finished is lost: `videogen retry` goes on with this stage",
        run_id=run_id,
        failed_at=datetime.now(UTC),
    )
