"""Finds the best attempt of a request, which is not always the last one."""

from __future__ import annotations

from videogen.domain.artifacts import RenderedVideo
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError, InputError
from videogen.quality.reporting.report import QualityReport
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore


def find_best(
    requests: RequestStore, artifacts: ArtifactStore, video_id: str, *, leave_out: int | None = None
) -> tuple[int, QualityReport] | None:
    """Number and report of the attempt with the best quality report; of equal ones the latest.

    The report that an attempt inherits counts for it: an attempt that only checks the facts again replaces the one
    before. Attempts whose report or video is missing or damaged do not count. None: none does.
    """
    best: tuple[int, QualityReport] | None = None
    for attempt in requests.attempts(video_id):
        if attempt.number == leave_out:
            continue
        try:
            holder = requests.holder(video_id, attempt.number, Stage.QUALITY_REPORT)
            report = artifacts.load(video_id, holder, Stage.QUALITY_REPORT, QualityReport)
            artifacts.load(
                video_id,
                requests.holder(video_id, attempt.number, Stage.RENDERED_VIDEO),
                Stage.RENDERED_VIDEO,
                RenderedVideo,
            )
        except ArtifactError:
            continue
        if best is None or not best[1].better_than(report):
            best = (attempt.number, report)
    return best


def best_attempt(requests: RequestStore, artifacts: ArtifactStore, video_id: str) -> tuple[int, QualityReport]:
    """Like `find_best`, but raises if no attempt exists.

    Raises:
        InputError: the request does not exist, or no attempt has a quality report yet.
    """
    requests.get(video_id)
    best = find_best(requests, artifacts, video_id)
    if best is None:
        raise InputError(
            "no attempt has a quality report", remedy="make the video first: `videogen retry ID`", video_id=video_id
        )
    return best
