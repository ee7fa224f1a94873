"""What follows from a quality report: another attempt with the changes that it suggests, or none.

Whoever drives the attempts (a sensor, or the process of the caller) asks `open_next` and runs what it opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.stages import STAGES, Stage
from videogen.quality.reporting.report import QualityReport
from videogen.release.best import best_attempt

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.request_store import RequestStore

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
        """Whether another attempt is made."""
        return self.outcome == "again"


def decide(
    request: VideoRequest, attempts: Sequence[Attempt], number: int, report: QualityReport, limit: int
) -> Decision:
    """Whether attempt `number` is tried again.

    Args:
        request: the request of the video.
        number: of the attempt that was assessed.
        report: its quality report.
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


def decision_on(
    requests: RequestStore, artifacts: ArtifactStore, config: VideoGenConfig, video_id: str, number: int
) -> Decision:
    """`decide` for a stored report.

    Raises:
        ArtifactError: the attempt has no report, or it is damaged. ConfigError: the request's settings are not valid.
    """
    request, attempts = requests.get(video_id), requests.attempts(video_id)
    report = artifacts.load(video_id, number, Stage.QUALITY_REPORT, QualityReport)
    limit = request.settings(config).quality.max_regeneration_attempts
    return decide(request, attempts, number, report, limit)


def open_next(
    requests: RequestStore, artifacts: ArtifactStore, config: VideoGenConfig, video_id: str, number: int
) -> tuple[Attempt | None, str]:
    """The attempt that follows from the report on attempt `number`, or None; and what the operator has to be told.

    Asked twice, as after a stop of the daemon between tick and launch, it gives the same attempt.

    Returns:
        the attempt; a sentence for the operator where nothing more is tried and the video misses its targets, else "".
    """
    attempts = requests.attempts(video_id)
    opened = [attempt for attempt in attempts if attempt.parent == number and attempt.reason.startswith(REASON)]
    if opened:
        return opened[-1], ""
    decision = decision_on(requests, artifacts, config, video_id, number)
    if decision.outcome == "exhausted":
        best, report = best_attempt(requests, artifacts, video_id)
        found = "; ".join(report.reasons) or "it passes"
        return None, f"{decision.why}. Best is attempt {best} with score {report.score:.2f}: {found}"
    if not decision.again:
        return None, ""
    opening = requests.open_attempt(
        video_id, reason=decision.why, changes=decision.changes, from_stage=decision.from_stage, parent=number
    )
    return opening, ""
