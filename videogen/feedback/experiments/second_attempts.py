"""Paired tests: when the first arm of a request is made and measured, the second one is opened beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from videogen.config.setting_names import flat
from videogen.domain.requests import Attempt
from videogen.domain.setting_stages import start_for
from videogen.feedback.experiments.trials import Trials
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

if TYPE_CHECKING:
    from videogen.domain.experiments import ExperimentRecord

REASON = "experiment"


def open_second(
    trials: Trials, requests: RequestStore, artifacts: ArtifactStore, video_id: str, report_of: int
) -> Attempt | None:
    """The attempt that makes the other arm of a request of a running paired test; None: none is due.

    Both arms share prompt and seed, and every stage before the first one that reads a tested setting. Asked twice, as
    after a stop of the daemon between tick and launch, it gives the same attempt.

    Args:
        report_of: the attempt whose quality report has just been made.
        trials: the experiments.
        requests: the stored requests.
        artifacts: the stored artifacts.
        video_id: the video.
    """
    request = requests.get(video_id)
    if request.experiment is None or report_of != 1:
        return None
    record = next((one for one in trials.store.running() if one.experiment.id == request.experiment), None)
    if record is None or record.experiment.design != "paired" or not artifacts.exists(video_id, 1, "rendered_video"):
        return None
    opened = [attempt for attempt in requests.attempts(video_id) if attempt.arm is not None and attempt.number > 1]
    if opened:
        return opened[0]
    other = next(arm for arm in record.experiment.arms if arm.name != request.arm)
    changes = _changes(record, request.arm or "", other.name, trials)
    attempt = requests.open_attempt(
        video_id,
        reason=f"{REASON} {record.experiment.id}: arm {other.name}",
        changes=changes,
        from_stage=start_for(changes),
        parent=1,
        arm=other.name,
    )
    _note(trials, record.experiment.id, other.name, attempt)
    return attempt


def waiting_requests(trials: Trials, requests: RequestStore, artifacts: ArtifactStore, experiment_id: str) -> list[str]:
    """The videos of a running paired test whose first arm is measured and whose second one is not."""
    rows = trials.events.warehouse.query("SELECT video_id FROM requests WHERE experiment = ?", [experiment_id])
    found = []
    for video_id in map(str, rows["video_id"]):
        if not artifacts.exists(video_id, 1, "quality_report"):
            continue
        second = next((one for one in requests.attempts(video_id) if one.number > 1 and one.arm is not None), None)
        if second is None or not artifacts.exists(video_id, second.number, "quality_report"):
            found.append(video_id)
    return found


def _changes(record: ExperimentRecord, made: str, other: str, trials: Trials) -> dict[str, object]:
    """The other arm's settings, and the present value of what only the first arm had set."""
    from videogen.domain.safe_ranges import value_of

    first, second = flat(record.experiment.arm(made).overrides), flat(record.experiment.arm(other).overrides)
    back = {name: value_of(trials.config, name) for name in first if name not in second}
    return {**back, **second}


def _note(trials: Trials, experiment: str, arm: str, attempt: Attempt) -> None:
    import pandas as pd

    row = {"experiment": experiment, "arm": arm, "video_id": attempt.video_id, "attempt": attempt.number,
           "assigned_at": datetime.now(UTC)}  # fmt: skip
    key = f"{attempt.video_id}.{attempt.number}"
    trials.events.warehouse.write("experiment_attempts", key, pd.DataFrame([row]))
