"""A failing quality report starts the next attempt, with the changes that it suggests, or ends the matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import dagster as dg

from resources.names import ATTEMPT_TAG, PRIORITY_TAG, VIDEO_TAG, Job
from resources.notifier import NotifierResource
from resources.storage import StorageResource
from resources.titles import title_tags
from sensors.new_reports import NewReport, new_reports
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.stages import STAGES
from videogen.errors import VideogenError
from videogen.intake.waiting_requests import is_left_to_dagster
from videogen.quality.reporting.report import QualityReport
from videogen.release.best import best_attempt

REASON = "regeneration"


@dataclass(frozen=True)
class Decision:
    """What follows from a quality report: a new attempt, or not, and `why`.

    exhausted: nothing more is tried and the video misses its targets; "ended" leaves it to a later attempt.
    """

    outcome: Literal["passed", "again", "exhausted", "ended"]
    why: str
    changes: dict[str, Any] = field(default_factory=dict)
    from_stage: str = STAGES[0]

    @property
    def again(self) -> bool:
        return self.outcome == "again"


def decide(
    request: VideoRequest, attempts: Sequence[Attempt], number: int, report: QualityReport, limit: int
) -> Decision:
    """Whether attempt `number` is tried again.

    Args:
        attempts: all there are of this request.
        limit: how many regenerations it may have.
    """
    if report.passed:
        return Decision("passed", "the report passes")
    if any(attempt.number > number for attempt in attempts):
        return Decision("ended", f"attempt {number} is not the latest")
    if request.emergency:
        return Decision("exhausted", "an emergency video is not tried again")
    used = sum(attempt.reason.startswith(REASON) for attempt in attempts)
    if used >= limit:
        return Decision("exhausted", f"all {limit} regenerations are used up: the best attempt counts, below target")
    changes, stage = report.next_attempt()
    if not changes:
        advice = "; ".join(suggestion.why for suggestion in report.suggestions)
        return Decision("exhausted", advice or "the report suggests nothing to change")
    why = f"{REASON} {used + 1} of {limit}: {'; '.join(report.reasons)}"
    return Decision("again", why, changes, stage or STAGES[0])


@dg.sensor(
    name="regeneration",
    job_name=Job.GENERATE.value,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the next attempt of a video whose quality report fails, with the changes it suggests, "
    "at most quality.max_regeneration_attempts times; then it raises an alert.",
)
def regeneration_sensor(
    context: dg.SensorEvaluationContext, storage: StorageResource, notifier: NotifierResource
) -> dg.SensorResult:
    """Look at the quality reports that are new since the last tick."""
    reports = new_reports(context)
    asked = [run for report in reports.found for run in _next_run(context, storage, notifier, report)]
    return dg.SensorResult(run_requests=asked, cursor=reports.cursor)


def _next_run(
    context: dg.SensorEvaluationContext, storage: StorageResource, notifier: NotifierResource, report: NewReport
) -> list[dg.RunRequest]:
    video_id = report.video_id
    try:
        if not is_left_to_dagster(storage.requests.get(video_id)):
            return []
        attempt = open_next(storage, video_id, report.attempt, notifier, log=context.log)
    except VideogenError as error:
        context.log.error(str(error.at(stage="regeneration", video_id=video_id)))
        return []
    if attempt is None:
        return []
    request = storage.requests.get(video_id)
    return [
        dg.RunRequest(
            run_key=f"{video_id}:attempt-{attempt.number}",
            partition_key=video_id,
            asset_selection=[dg.AssetKey(stage) for stage in STAGES if stage in attempt.makes_anew()],
            tags={
                PRIORITY_TAG: str(request.priority),
                VIDEO_TAG: video_id,
                ATTEMPT_TAG: str(attempt.number),
                **title_tags(request),
            },
        )
    ]


def open_next(
    storage: StorageResource, video_id: str, number: int, notifier: NotifierResource, *, log: Any = None
) -> Attempt | None:
    """The attempt that follows from the report on attempt `number`; None if none does.

    Asked twice, as after a stop of the daemon between tick and launch, it gives the same attempt. Where nothing more
    is tried, the operator is told.
    """
    requests = storage.requests
    attempts = requests.attempts(video_id)
    opened = [attempt for attempt in attempts if attempt.parent == number and attempt.reason.startswith(REASON)]
    if opened:
        return opened[-1]
    decision = decision_on(storage, video_id, number)
    if decision.outcome == "exhausted":
        _tell(storage, notifier, video_id, number, decision, log)
    if not decision.again:
        return None
    return requests.open_attempt(
        video_id, reason=decision.why, changes=decision.changes, from_stage=decision.from_stage, parent=number
    )


def decision_on(storage: StorageResource, video_id: str, number: int) -> Decision:
    """`decide` for a stored report.

    Raises:
        ArtifactError: the attempt has no report, or it is damaged. ConfigError: the request's settings are not valid.
    """
    request, attempts = storage.requests.get(video_id), storage.requests.attempts(video_id)
    report = storage.artifacts.load(video_id, number, "quality_report", QualityReport)
    limit = request.settings(storage.settings.config).quality.max_regeneration_attempts
    return decide(request, attempts, number, report, limit)


def _tell(
    storage: StorageResource, notifier: NotifierResource, video_id: str, number: int, decision: Decision, log: Any
) -> None:
    best, report = best_attempt(storage.requests, storage.artifacts, video_id)
    found = "; ".join(report.reasons) or "it passes"
    notifier.alert(
        "below_target",
        "warning",
        f"{decision.why}. Best is attempt {best} with score {report.score:.2f}: {found}",
        remedy="look at it; `videogen retry ID --set …`, or `videogen publish ID --override …`",
        video_id=video_id,
        attempt=number,
        log=log,
    )
