"""What is known about a video, as plain data: from its folder in the store, the warehouse and Dagster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import StageFailure
from videogen.domain.requests import Attempt, VideoRequest
from videogen.domain.stages import RESULTS, STAGES, Stage
from videogen.errors import ArtifactError, VideogenError
from videogen.storage.cancellations import is_cancelled
from videogen.storage.input_warnings import input_warnings
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from dagster import DagsterRun

STATES = (
    "waiting", "queued", "running", "publishing", "being cancelled", "cancelled", "unfinished", "failed",
    "below target", "to be looked at", "done", "withdrawn", "damaged",
)  # fmt: skip


@dataclass(frozen=True)
class Working:
    """The run that covers a video. state: one of `STATES`; None: it has ended, and not by being cancelled."""

    run_id: str
    state: str | None

    @property
    def is_at_work(self) -> bool:
        """Whether a run works on the video, or waits to."""
        return self.state not in (None, "cancelled")


def summary(project: Project, request: VideoRequest, runs: Mapping[str, Working]) -> dict[str, Any]:
    """One line about a video.

    Args:
        project: whose stores are read.
        request: of the video.
        runs: video id → the latest run that covers it, see `latest_runs`.
    """
    attempts = project.requests.attempts(request.id)
    latest = attempts[-1].number if attempts else None
    made: list[str] = [stage for stage in STAGES if latest and holder(project, request.id, latest, stage)]
    if set(RESULTS) <= set(made):
        made = list(STAGES)
    failure = None if latest is None else open_failure(project, request.id, latest)
    return {
        "video_id": request.id,
        "state": _state(project, request.id, latest, made, failure, runs.get(request.id)),
        "attempt": latest,
        "stages_made": len(made),
        "stages": len(STAGES),
        "release": release_state(project, request.id),
        "next_stage": next((stage for stage in STAGES if stage not in made), None),
        "created_at": request.created_at.isoformat(),
        "prompt": request.prompt,
        "title": request.title,
        "run_id": _run_at_work(runs, request.id),
        "failure": failure.model_dump(mode="json") if failure else None,
    }


def summary_or_fault(project: Project, video_id: str, runs: Mapping[str, Working]) -> dict[str, Any]:
    """`summary`, or, of a video whose files are damaged, which and what to do: it must not hide all the others."""
    request = None
    try:
        request = project.requests.get(video_id)
        return summary(project, request, runs)
    except VideogenError as error:
        known = error.at(stage="request", video_id=video_id)
        return {
            "video_id": video_id,
            "state": "damaged",
            "attempt": None,
            "stages_made": None,
            "stages": len(STAGES),
            "release": None,
            "next_stage": None,
            "created_at": request.created_at.isoformat() if request else None,
            "prompt": request.prompt if request else None,
            "title": request.title if request else None,
            "run_id": _run_at_work(runs, video_id),
            "failure": {
                "stage": known.stage,
                "error": type(known).__name__,
                "exit_code": known.exit_code,
                "problem": known.problem,
                "remedy": known.remedy,
            },
        }


def _state(
    project: Project,
    video_id: str,
    latest: int | None,
    made: list[str],
    failure: StageFailure | None,
    run: Working | None,
) -> str:
    complete = len(made) == len(STAGES)
    if run is not None and run.is_at_work:
        return str(run.state)
    if not complete and (is_cancelled(project.requests, video_id) or (run is not None and run.state == "cancelled")):
        return "cancelled"
    if latest is None:
        return "waiting"
    if not complete:
        return "failed" if failure else "unfinished"
    released = release_state(project, video_id)
    if released is not None:
        return "done" if released == "published" else "withdrawn"
    passed = read_report(project, video_id, latest, Stage.QUALITY_REPORT).get("passed")
    return "to be looked at" if passed else "below target"


def _run_at_work(runs: Mapping[str, Working], video_id: str) -> str | None:
    run = runs.get(video_id)
    return run.run_id if run is not None and run.is_at_work else None


def release_state(project: Project, video_id: str) -> str | None:
    """``"published"``, ``"withdrawn"``, or None where it never was released."""
    from videogen.release.folder import read_record

    record = read_record(project.config.path(project.config.paths.published), video_id)
    if record is None:
        return None
    return "withdrawn" if record.withdrawn else "published"


def active_runs() -> dict[str, str]:
    """Video id → id of the run that is queued or working on it; dead runs of this machine are ended first."""
    from resources.runs.partitions import active_videos
    from videogen_dagster.home import home_errors, project_instance
    from videogen_dagster.runs.videos import end_dead_runs

    with home_errors():
        instance = project_instance()
        end_dead_runs(instance)
        return active_videos(instance)


def latest_runs() -> dict[str, Working]:
    """Video id → the latest run that covers it, among the last thousand; dead runs of this machine are ended first."""
    from resources.runs.partitions import keys_for, videos_of_run
    from videogen_dagster.home import home_errors, project_instance
    from videogen_dagster.runs.videos import end_dead_runs

    with home_errors():
        instance = project_instance()
        end_dead_runs(instance)
        found: dict[str, Working] = {}
        latest = instance.get_runs(limit=1000)  # newest first
        keys = keys_for(instance, latest)
        for run in latest:
            for video_id in videos_of_run(run, keys):
                found.setdefault(video_id, Working(run.run_id, _state_of_run(run)))
        return found


def _state_of_run(run: DagsterRun) -> str | None:
    from dagster import DagsterRunStatus as Status

    from resources.jobs_and_tags import Job

    states = {
        Status.QUEUED: "queued",
        Status.NOT_STARTED: "queued",
        Status.STARTING: "queued",
        Status.STARTED: "publishing" if run.job_name == Job.PUBLISH else "running",
        Status.CANCELING: "being cancelled",
        Status.CANCELED: "cancelled",
    }
    return states.get(run.status)


def holder(project: Project, video_id: str, attempt: int, stage: str) -> int | None:
    """The attempt that holds the artifact of the stage that counts for `attempt`; None if there is none."""
    try:
        return project.requests.holder(video_id, attempt, stage)
    except ArtifactError:
        return None


def open_failure(project: Project, video_id: str, attempt: int) -> StageFailure | None:
    """The last failure of an attempt, unless that stage was made since."""
    artifacts = project.artifacts
    if not artifacts.exists(video_id, attempt, "failure"):
        return None
    failure = artifacts.load(video_id, attempt, "failure", StageFailure)
    # A refused stage may have left its artifact, for people to see why.
    if artifacts.exists(video_id, attempt, failure.stage):
        made_at = artifacts.manifest(video_id, attempt, failure.stage).created_at
        return None if made_at > failure.failed_at else failure
    return failure


def read_report(project: Project, video_id: str, attempt: int, stage: str) -> dict[str, Any]:
    """A JSON artifact as it lies there; empty if there is none."""
    number = holder(project, video_id, attempt, stage)
    return {} if number is None else project.artifacts.read_json(video_id, number, stage)


def details(project: Project, video_id: str) -> dict[str, Any]:
    """Everything about a video: where every artifact of every attempt is, and how it came about."""
    request = project.requests.get(video_id)
    seconds, steps = _seconds(project, video_id), _step_seconds(project, video_id)
    models = _models(project, video_id)
    return {
        "request": request.model_dump(mode="json"),
        "release": _release(project, video_id),
        "gate": gate(project, video_id),
        "pictures": [str(path) for path in project.requests.image_paths(request)],
        "clip": None if request.from_video is None else str(project.requests.clip_path(request)),
        "attempts": [
            _attempt(project, request, attempt, seconds, steps, models.get(attempt.number, {}))
            for attempt in project.requests.attempts(video_id)
        ],
    }


def gate(project: Project, video_id: str) -> dict[str, Any] | None:
    """The state that would go out, who decided what on it, and what is missing; None: nothing of it is finished."""
    from resources.people.review import Review

    review = Review(project.config)
    try:
        subject, missing = review.subject(video_id), review.missing(video_id)
    except VideogenError:
        return None
    decided = [
        f"{decision.at:%Y-%m-%d %H:%M} UTC {decision.action.replace('_', ' ')} by {decision.by}"
        for decision in review.people.decisions(video_id)
        if decision.sha256 == subject.sha256
    ]
    return {
        "state": subject.sha256,
        "missing": [item.model_dump(mode="json") for item in missing],
        "decided": decided,
    }


def waits_for(project: Project, line: Mapping[str, Any]) -> list[str]:
    """What is missing for the release of a finished video, of which `line` is the summary."""
    looked = gate(project, line["video_id"]) if line["state"] in ("to be looked at", "below target") else None
    return [f"{item['gate']}: {item['found']}" for item in looked["missing"]] if looked else []


def _release(project: Project, video_id: str) -> dict[str, Any] | None:
    """The release record and where the published files lie."""
    from videogen.release.folder import folder_of, read_record

    root = project.config.path(project.config.paths.published)
    record = read_record(root, video_id)
    return {"folder": str(folder_of(root, video_id)), **record.model_dump(mode="json")} if record else None


def _attempt(
    project: Project,
    request: VideoRequest,
    attempt: Attempt,
    seconds: Mapping[tuple[int, str], float],
    steps: Mapping[tuple[int, str], Mapping[str, float]],
    model: Mapping[str, Any],
) -> dict[str, Any]:
    number = attempt.number
    stages = [_stage(project, request.id, number, stage, seconds, steps) for stage in STAGES]
    failure = open_failure(project, request.id, number)
    quality = read_report(project, request.id, number, Stage.QUALITY_REPORT)
    facts = read_report(project, request.id, number, Stage.FACT_CHECK_REPORT)
    return {
        **attempt.model_dump(mode="json", exclude={"video_id", "run_id"}),
        "seed": attempt.seed(request),
        "runs": project.requests.runs(request.id, number),
        "model": model.get("model"),
        "revision": model.get("revision"),
        "warnings": list(input_warnings(project.requests, project.artifacts, request.id, number)),
        "quality": {name: quality[name] for name in ("passed", "score", "reasons", "fidelity") if name in quality},
        "fact_check": {name: facts[name] for name in ("verdict", "publishable", "confidence") if name in facts},
        "failure": failure.model_dump(mode="json") if failure else None,
        "stages": stages,
    }


def _stage(
    project: Project,
    video_id: str,
    attempt: int,
    stage: str,
    seconds: Mapping[tuple[int, str], float],
    steps: Mapping[tuple[int, str], Mapping[str, float]],
) -> dict[str, Any]:
    number = holder(project, video_id, attempt, stage)
    if number is None:
        return {"stage": stage, "attempt": None}
    manifest = project.artifacts.manifest(video_id, number, stage)
    return {
        "stage": stage,
        "attempt": number,
        "inherited": number != attempt,
        "seconds": seconds.get((number, stage)),
        "seconds_of_steps": dict(steps.get((number, stage), {})),
        "run_id": manifest.run_id,
        "created_at": manifest.created_at.isoformat(),
        "files": [
            {
                "path": project.artifacts.location(video_id, number, file.name),
                "bytes": file.bytes,
                "sha256": file.sha256,
            }
            for file in manifest.files
        ],
    }


def _seconds(project: Project, video_id: str) -> dict[tuple[int, str], float]:
    rows = project.warehouse.query(
        "SELECT attempt, stage, arg_max(seconds, started_at) AS seconds "
        "FROM stage_timings WHERE video_id = ? GROUP BY ALL",
        [video_id],
    )
    return {(row["attempt"], row["stage"]): row["seconds"] for row in rows.to_dict("records")}


def _step_seconds(project: Project, video_id: str) -> dict[tuple[int, str], dict[str, float]]:
    rows = project.warehouse.query(
        "SELECT attempt, stage, step, seconds FROM step_timings WHERE video_id = ?", [video_id]
    )
    found: dict[tuple[int, str], dict[str, float]] = {}
    for row in rows.to_dict("records"):
        found.setdefault((row["attempt"], row["stage"]), {})[row["step"]] = row["seconds"]
    return found


def _models(project: Project, video_id: str) -> dict[int, dict[str, Any]]:
    rows = project.warehouse.query("SELECT attempt, model, revision FROM videos WHERE video_id = ?", [video_id])
    return {row["attempt"]: {str(key): value for key, value in row.items()} for row in rows.to_dict("records")}
