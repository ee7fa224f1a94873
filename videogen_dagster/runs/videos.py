"""Runs in this process, for the command line and Python: real Dagster runs, visible in the UI with lineage.

Several videos whose partitions are neighbours and that need the same stages share one run, with models
loaded once and videos denoised at once. Dagster describes the partitions of a run as one range of keys, so
others follow in further runs of the same process, in which the models are still in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from resources.dagster_internals import free_slots_of_run
from resources.jobs_and_tags import ATTEMPT_TAG, BY_CALLER_TAG, VIDEO_PARTITIONS, VIDEO_TAG, Job
from resources.runs.partitions import ACTIVE, active_videos, bring_together, ranges
from resources.runs.processes import end_dead_workers, has_lost_its_caller
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import StageFailure
from videogen.domain.requests import VideoRequest
from videogen.domain.source import Source
from videogen.domain.stages import RESULTS, STAGES, UPSTREAM, Stage, made_from
from videogen.errors import ArtifactError, InputError, PolicyError, VideogenError
from videogen.storage.cancellations import resume
from videogen.storage.failures import find_failure
from videogen.storage.video_files import video_file
from videogen_dagster.home import home_errors, project_instance
from videogen_dagster.runs import launcher
from videogen_dagster.runs.authorship import author, note_author
from videogen_dagster.runs.turns import in_turn

_INTERRUPTED = "the run was interrupted while it made"
# What a shell gives for Ctrl-C.
_INTERRUPTED_CODE = 130


@dataclass(frozen=True)
class VideoOutcome:
    """What became of one video. folder: of its attempt; video: the mp4; seconds: by stage made in this run."""

    video_id: str
    attempt: int | None
    run_id: str
    failure: StageFailure | None
    folder: str
    video: Path | None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether nothing failed."""
        return self.failure is None


@dataclass(frozen=True)
class RunOutcome:
    """What became of all videos, by id in the order asked for, and the runs that made them."""

    videos: Mapping[str, VideoOutcome]
    run_ids: tuple[str, ...]

    @property
    def success(self) -> bool:
        """Whether nothing failed."""
        return all(video.success for video in self.videos.values())

    def failures(self) -> dict[str, StageFailure]:
        """Why each failed video failed."""
        return {video_id: video.failure for video_id, video in self.videos.items() if video.failure is not None}


@dataclass(frozen=True)
class _Plan:
    """The stages that a video needs, and its attempt; None: the run opens the first one."""

    video_id: str
    stages: tuple[str, ...]
    attempt: int | None


def submit(request: VideoRequest, instance: dg.DagsterInstance, config: VideoGenConfig) -> VideoRequest:
    """Keep a request and give it its partition. The sensor `requests` runs it unless the caller does.

    Raises:
        InputError: a picture cannot be taken.
        StorageError: the store refused.
    """
    return submit_all([request], instance, config)[0]


@in_turn
@home_errors()
def submit_all(
    requests: Sequence[VideoRequest], instance: dg.DagsterInstance, config: VideoGenConfig
) -> list[VideoRequest]:
    """Keep several requests; their partitions become neighbours, so that one run can make them all."""
    storage = _storage(config)
    person = author(config, "submit")
    # All are looked at before the first one is taken: what is refused leaves no request, and is named as its owner
    # calls it.
    for request in requests:
        _check_inputs(storage, request, config, alone=len(requests) == 1)
    for request in requests:
        for source in request.sources:
            storage.requests.read_source_file(source, storage.requests.allowed_for(request))
    stored = []
    for request in requests:
        try:
            stored.append(storage.requests.submit(request))
            storage.warehouse.add_request(stored[-1])
        except VideogenError as error:
            raise error.at(video_id=request.id) from error.__cause__
    note_author(config, person, [request.id for request in stored], "submit")
    instance.add_dynamic_partitions(VIDEO_PARTITIONS, [request.id for request in stored])
    return stored


def _check_inputs(storage: StorageResource, request: VideoRequest, config: VideoGenConfig, *, alone: bool) -> None:
    """Refuse a prompt or a picture that the first stages would refuse. Every picture is decoded once.

    Raises:
        InputError: which file or field, and why. PolicyError: the words of the request break a rule.
    """
    from videogen.preprocessing import InputValidator
    from videogen.storage.inputs.picture_file import read_picture

    try:
        validator = InputValidator(config)
        validator.validate_prompt(request.prompt)
        if alone and Source(request.source).runs_itself:
            # Somebody is waiting. Of a batch the others are made, and this one is named among what failed.
            validator.require_compliance(request.words())
        allowed = storage.requests.allowed_for(request)
        for picture in (*request.images, *filter(None, [request.logo])):
            storage.requests.read_picture(picture, allowed)
            read_picture(picture, config.processing)
        if request.from_video is not None:
            storage.requests.read_clip(request.from_video, allowed)
    except (InputError, PolicyError) as error:
        # No request has that id: nothing is kept.
        raise error.at(stage="request") from error.__cause__


@in_turn
@home_errors()
def run_videos(
    ids: Sequence[str],
    *,
    config: VideoGenConfig,
    instance: dg.DagsterInstance | None = None,
    from_stage: str | None = None,
    attempt_changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunOutcome:
    """Make videos in this process.

    Args:
        ids: of the videos, in the order of the outcome.
        instance: Dagster's instance; None: the project's.
        config: the validated configuration.
        from_stage: make a new attempt from this stage on. None: go on where the latest attempt stopped; if it
            is complete, make a new one.
        attempt_changes: settings, and ``"seed"``, of a new attempt.
        reason: why it is made.
        tags: further tags of the runs.

    Raises:
        InputError: the request or stage does not exist, another run is working on a video now, or `from_stage` lies
            behind the stage that reads a changed setting first.

    What fails inside of a run does not raise: it is in the outcome, video by video.
    """
    from videogen_dagster.definitions import defs

    instance = instance or project_instance()
    storage = _storage(config)
    end_dead_runs(instance)
    _check_free(instance, ids)
    for video_id in ids:
        resume(storage.requests, video_id)
    plans = [_plan(storage, video_id, from_stage, attempt_changes, reason) for video_id in dict.fromkeys(ids)]
    outcomes: dict[str, VideoOutcome] = {}
    for stages, attempt, members in _grouped(instance, plans):
        result = launcher.run(
            defs.resolve_job_def(Job.GENERATE.value),
            members,
            config=config,
            instance=instance,
            priority=_priority(storage, members),
            assets=stages,
            tags={**_tags(members, attempt), **(tags or {})},
        )
        ended = instance.get_run_by_id(result.run_id)
        assert ended is not None
        outcomes |= {video_id: _outcome(storage, instance, ended, video_id) for video_id in members}
    return RunOutcome({video_id: outcomes[video_id] for video_id in dict.fromkeys(ids)}, _run_ids(outcomes))


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs of killed processes of this machine as failed, and free what they held; returns their ids."""
    ended = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE)):
        if has_lost_its_caller(run):
            instance.report_run_failed(run, "the process of this run died; finished artifacts are kept")
            free_slots_of_run(instance, run.run_id)
            ended.append(run.run_id)
    return [*ended, *end_dead_workers(instance)]


def _storage(config: VideoGenConfig) -> StorageResource:
    return StorageResource(settings=SettingsResource.of(config))


def _check_free(instance: dg.DagsterInstance, ids: Sequence[str]) -> None:
    active = active_videos(instance)
    for video_id in ids:
        if video_id in active:
            raise InputError(
                f"run {active[video_id]} is working on it now",
                remedy=f"wait until that run has ended, or end it: videogen cancel {video_id}",
                video_id=video_id,
            )


def _plan(
    storage: StorageResource,
    video_id: str,
    from_stage: str | None,
    changes: Mapping[str, Any] | None,
    reason: str | None,
) -> _Plan:
    requests = storage.requests
    requests.get(video_id)
    attempts = requests.attempts(video_id)
    if not attempts and from_stage not in (None, STAGES[0]):
        raise InputError(
            f"nothing has been made yet that {from_stage} could start from",
            remedy="run it without --from",
            video_id=video_id,
        )
    if not attempts and not changes:
        return _Plan(video_id, STAGES, None)
    if attempts and from_stage is None and not changes:
        latest = attempts[-1].number
        missing = tuple(stage for stage in STAGES if not _is_made(storage, video_id, latest, stage))
        # Intermediates of a complete video may have been cleaned away.
        if set(missing) & set(RESULTS):
            return _Plan(video_id, missing, latest)
    if attempts and from_stage is not None:
        _check_sources(storage, video_id, attempts[-1].number, from_stage)
    attempt = requests.open_attempt(
        video_id, reason=reason or "run again", changes=dict(changes or {}), from_stage=from_stage
    )
    anew = attempt.makes_anew() or STAGES
    return _Plan(video_id, tuple(stage for stage in STAGES if stage in anew), attempt.number)


def _check_sources(storage: StorageResource, video_id: str, number: int, from_stage: str) -> None:
    """Refuse a start at a stage whose sources are gone, before an attempt is opened that could only fail."""
    missing = _missing_sources(storage, video_id, number, from_stage)
    if not missing:
        return
    earlier = [stage for stage in STAGES if from_stage in made_from(stage) and stage != from_stage]
    starts = [stage for stage in earlier if not _missing_sources(storage, video_id, number, stage)]
    again = f"videogen retry {video_id}" + (f" --from {starts[-1]}" if starts else "")
    raise ArtifactError(
        f"attempt {number} has no {missing[0]}, which {from_stage} needs: it was never made, or cleaned away",
        remedy=f"`{again}` makes it again",
        stage=from_stage,
        video_id=video_id,
    )


def _missing_sources(storage: StorageResource, video_id: str, number: int, start: str) -> list[str]:
    anew = made_from(start)
    needed = {source for stage in anew for source in UPSTREAM[stage]} - anew
    return [stage for stage in STAGES if stage in needed and not _is_made(storage, video_id, number, stage)]


def _is_made(storage: StorageResource, video_id: str, number: int, stage: str) -> bool:
    try:
        return storage.artifacts.exists(video_id, storage.requests.holder(video_id, number, stage), stage)
    except ArtifactError:
        return False


def _grouped(
    instance: dg.DagsterInstance, plans: Sequence[_Plan]
) -> list[tuple[tuple[str, ...], int | None, list[str]]]:
    """Stages, attempt and videos of each run to make."""
    fresh = [plan.video_id for plan in plans if plan.attempt is None]
    others = [plan.video_id for plan in plans if plan.attempt is not None]
    found: list[tuple[tuple[str, ...], int | None, list[str]]] = []
    if fresh:
        found += [(STAGES, None, members) for members in bring_together(instance, fresh)]
    instance.add_dynamic_partitions(VIDEO_PARTITIONS, others)
    keys = instance.get_dynamic_partitions(VIDEO_PARTITIONS)
    for key in dict.fromkeys((plan.stages, plan.attempt) for plan in plans if plan.attempt is not None):
        alike = [plan.video_id for plan in plans if (plan.stages, plan.attempt) == key]
        found += [(*key, members) for members in ranges(alike, keys)]
    return found


def _tags(ids: Sequence[str], attempt: int | None) -> dict[str, str]:
    return {
        BY_CALLER_TAG: "true",
        **({VIDEO_TAG: ids[0]} if len(ids) == 1 else {}),
        **({ATTEMPT_TAG: str(attempt)} if attempt is not None else {}),
    }


def _priority(storage: StorageResource, ids: Sequence[str]) -> int:
    return max(storage.requests.get(video_id).priority for video_id in ids)


def _outcome(storage: StorageResource, instance: dg.DagsterInstance, run: dg.DagsterRun, video_id: str) -> VideoOutcome:
    number, failure = None, None
    attempts = storage.requests.attempts(video_id)
    number = attempts[-1].number if attempts else None
    if not run.is_success:
        message = _message(instance, run)
        number, failure = find_failure(storage.requests, storage.artifacts, run.run_id, video_id, message)
        if failure is not None and message is not None and message.startswith(_INTERRUPTED):
            failure = failure.model_copy(update={"exit_code": _INTERRUPTED_CODE})
    location = storage.artifacts.location(video_id, number or 1, "attempt.json")
    return VideoOutcome(
        video_id=video_id,
        attempt=number,
        run_id=run.run_id,
        failure=failure,
        folder=location.rpartition("/")[0],
        video=_file(storage, video_id, number),
        seconds=_seconds(storage, run.run_id, video_id),
    )


def _seconds(storage: StorageResource, run_id: str, video_id: str) -> dict[str, float]:
    rows = storage.warehouse.read("stage_timings", run_id)
    mine = rows[rows["video_id"] == video_id]
    return dict(zip(mine["stage"], mine["seconds"].astype(float), strict=True))


def _file(storage: StorageResource, video_id: str, number: int | None) -> Path | None:
    if number is None or not _is_made(storage, video_id, number, Stage.RENDERED_VIDEO):
        return None
    holder = storage.requests.holder(video_id, number, Stage.RENDERED_VIDEO)
    return video_file(storage.artifacts, video_id, holder)


def _message(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str | None:
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    for record in records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.step_failure_data.error is not None:
            if event.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError":
                return f"{_INTERRUPTED} {event.step_key}"
            return f"{event.step_key}: {event.step_failure_data.error.message.strip()}"
    return None


def _run_ids(outcomes: Mapping[str, VideoOutcome]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(outcome.run_id for outcome in outcomes.values()))
