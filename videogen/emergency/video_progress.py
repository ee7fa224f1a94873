"""How far the video of a request is, as it is told of an alert's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from videogen.domain.stages import STAGES
from videogen.emergency.alerts.progress import GenerationProgress
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig


def video_progress(config: VideoGenConfig, video_id: str, noted: GenerationProgress | None) -> GenerationProgress:
    """Where the latest attempt at a video stands.

    Args:
        noted: what the stage that renders it has noted, which gives the rung.

    Returns:
        step: "waiting", the stage that comes next, "failed", or "finished"; done, total: stages.

    Raises:
        InputError: the video does not exist.
    """
    root = config.location(config.paths.store)
    requests, artifacts = RequestStore(root), ArtifactStore(root)
    request = requests.get(video_id)
    attempts = requests.attempts(video_id)
    made = [
        stage for stage in STAGES if attempts and _is_made(requests, artifacts, video_id, attempts[-1].number, stage)
    ]
    waiting = [stage for stage in STAGES if stage not in made]
    step = "waiting" if not attempts else "finished" if not waiting else waiting[0]
    if attempts and artifacts.exists(video_id, attempts[-1].number, "failure"):
        step = "failed"
    return GenerationProgress(
        job_id=video_id,
        step=step,
        rung=noted.rung if noted is not None else None,
        done=len(made),
        total=len(STAGES),
        detail=noted.step if noted is not None and step in STAGES else "",
        started_at=request.created_at,
        deadline=request.created_at + timedelta(seconds=config.emergency.emergency_max_generation_time),
        updated_at=noted.updated_at if noted is not None else datetime.now(UTC),
    )


def _is_made(requests: RequestStore, artifacts: ArtifactStore, video_id: str, number: int, stage: str) -> bool:
    try:
        return artifacts.exists(video_id, requests.holder(video_id, number, stage), stage)
    except ArtifactError:
        return False
