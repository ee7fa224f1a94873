"""Failures of stages: stored beside the video's artifacts, raised as one `dg.Failure`, read from a run.

Class, remedy and exit code of an error are kept on the whole way; see `videogen.errors.to_failure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from videogen.domain.artifacts import StageFailure
from videogen.errors import ArtifactError, VideogenError, from_failure, to_failure
from videogen.storage.failures import FAILURE
from videogen.text.shown_text import without_links

if TYPE_CHECKING:
    from resources.runs.videos import Video
    from resources.storage import StorageResource

_TABLE = "failed_videos"


def stage_failure(error: BaseException, stage: str, video_id: str, run_id: str) -> StageFailure:
    """Return the failure as it is stored and shown."""
    facts = to_failure(error, stage=stage, video_id=video_id)
    return StageFailure(run_id=run_id, failed_at=datetime.now(UTC), **facts)


def note_failure(
    storage: StorageResource, stage: str, video: Video, error: Exception, failures: dict[str, StageFailure]
) -> None:
    """Keep the failure beside the video's artifacts, so that later steps and people find it."""
    failure = stage_failure(error, stage, video.id, video.run_id)
    failures[video.id] = failure
    storage.artifacts.save(video.id, video.number, FAILURE, failure, run_id=video.run_id)


def failure_of_run(storage: StorageResource, video: Video) -> StageFailure | None:
    """Return why an earlier step of the same run failed for this video; None if it did not."""
    try:
        found = storage.artifacts.load(video.id, video.number, FAILURE, StageFailure)
    except ArtifactError:
        return None
    return found if found.run_id == video.run_id else None


def as_dagster(failures: Mapping[str, StageFailure], total: int = 1) -> dg.Failure:
    """Return one Dagster failure that lists every failed video with stage, problem and remedy.

    Dagster's pages make links of the addresses in a description, and a problem may quote somebody's prompt or title.

    Args:
        failures: by video id (or key of an alert).
        total: how many the step worked on.
    """
    lines = [
        f"[{failure.stage} · {key}] {failure.problem}" + (f" — {failure.remedy}" if failure.remedy else "")
        for key, failure in failures.items()
    ]
    kept = {"stage", "error", "exit_code", "problem", "remedy"}
    records = [
        dg.TableRecord({"video": key, **failure.model_dump(mode="json", include=kept)})
        for key, failure in failures.items()
    ]
    head = [] if total == 1 else [f"{len(failures)} of {total} videos failed:"]
    return dg.Failure(
        description=without_links("\n".join([*head, *lines])),
        metadata={_TABLE: dg.MetadataValue.table(records)},
        allow_retries=False,
    )


def error_of(failure: StageFailure, video_id: str) -> VideogenError:
    """Rebuild the error of a stage of a run with its class, problem and remedy."""
    return from_failure(failure.model_dump(), video_id=video_id)


def failures_of(events: Iterable[dg.DagsterEvent], run_id: str) -> dict[str, StageFailure]:
    """Return the failures reported by these events, by video id or alert key.

    An exception that no asset expected has no video; its failure stands under the key "".
    """
    found: dict[str, StageFailure] = {}
    for event in events:
        if event.is_step_failure:
            found |= _failures_of_step(event, run_id, datetime.now(UTC))
    return found


def _failures_of_step(event: dg.DagsterEvent, run_id: str, now: datetime) -> dict[str, StageFailure]:
    data, stage = event.step_failure_data, event.step_key or "run"
    given = data.user_failure_data
    table = given.metadata.get(_TABLE) if given is not None else None
    if isinstance(table, dg.TableMetadataValue):
        rows = [dict(record.data) for record in table.records]
        return {str(row.pop("video")): StageFailure(run_id=run_id, failed_at=now, **row) for row in rows}
    # Dagster wraps what an op raised in an error of its own.
    raised = (data.error.cause or data.error) if data.error else None
    problem = (given.description if given else None) or (raised.message.strip() if raised else "the run failed")
    name = (raised.cls_name if raised else None) or "Failure"
    return {"": StageFailure(stage=stage, error=name, problem=problem, run_id=run_id, failed_at=now)}
