"""Alerts published in this process, as real Dagster runs: the fast road from a form or file to the mp4.

It loads the definitions of the emergency assets only; what videos of the model need is not imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.emergency import emergency
from resources.all import build_resources
from resources.jobs_and_tags import ALERT_PARTITIONS, ALERT_TAG, ALONE_TAG, Job
from resources.runs.failures import error_of, failures_of
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.domain.priorities import EMERGENCY
from videogen.emergency.alerts.queue import COMMAND_LINE
from videogen.emergency.cap.repair import Repair, repaired
from videogen.emergency.publishing.production_parts import making
from videogen.errors import AlertStateError, InputError, VideogenError
from videogen.storage.delivery import put_copy
from videogen_dagster.home import home_errors, project_instance
from videogen_dagster.jobs.emergency import EMERGENCY_JOBS
from videogen_dagster.runs.launcher import run
from videogen_dagster.runs.videos import end_dead_runs

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import StageFailure
    from videogen.emergency.alerts.intake import IntakeResult
    from videogen.emergency.alerts.register import RegisteredAlert
    from videogen.emergency.publishing.published_alerts import AlertRecord


@dataclass(frozen=True)
class AlertOutcome:
    """What became of one alert.

    path: its mp4, None where there is none; state: of the register; failure: why this run did not publish it;
    problem: the same in a sentence, or what the register says of an alert that had ended before.
    """

    key: str
    state: str
    path: Path | None
    record: AlertRecord | None
    run_id: str
    problem: str = ""
    failure: StageFailure | None = None

    @property
    def published(self) -> bool:
        """Whether the alert is on air."""
        return self.state == "published" and not self.problem


def storage_of(config: VideoGenConfig) -> StorageResource:
    """The stores of a configuration, outside of a run."""
    return StorageResource(settings=SettingsResource.of(config))


def emergency_definitions() -> dg.Definitions:
    """The emergency assets, their jobs and what they need, and nothing else."""
    return dg.Definitions(
        assets=[emergency],
        jobs=EMERGENCY_JOBS,
        executor=dg.in_process_executor,
        resources={**build_resources(), "mem_io_manager": dg.mem_io_manager},
    )


def take_form(config: VideoGenConfig, fields: Mapping[str, Any], *, rehearsal: bool = False) -> RegisteredAlert:
    """Take the alert of a filled-in short form.

    Raises:
        InputError: a part of the message is missing or refused; all are named.
    """
    return storage_of(config).intake.take_form(fields, origin=COMMAND_LINE, rehearsal=rehearsal)


def take_file(
    config: VideoGenConfig,
    path: Path,
    *,
    rehearsal: bool = False,
    repair: bool = False,
    on_repair: Callable[[Repair], None] | None = None,
) -> IntakeResult:
    """Take every alert of a CAP file that nothing speaks against; the result names the others with their reasons.

    Args:
        path: the file.
        config: the settings.
        rehearsal: whether exercises and tests are accepted, too.
        repair: a file that is not well-formed is taken as `repaired` proposes.
        on_repair: told what was changed, before anything is taken.

    Raises:
        InputError: the file cannot be read, or holds no alert; it says whether a repair can be proposed.
    """
    limit = config.emergency.alert_max_bytes
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}", remedy="check the path") from error
    proposal = repaired(data, limit)
    if repair and proposal is not None:
        data = proposal.data
        if on_repair is not None:
            on_repair(proposal)
    try:
        return storage_of(config).intake.take(data, origin=COMMAND_LINE, rehearsal=rehearsal)
    except InputError as error:
        if proposal is None or repair:
            raise
        remedy = f"--repair takes it with these changes: {proposal}"
        raise InputError(f"{path.name}: {error.problem}", remedy=remedy) from error


def publish_from(
    config: VideoGenConfig,
    file: Path | None,
    form: Mapping[str, Any],
    *,
    rehearsal: bool = False,
    instance: dg.DagsterInstance | None = None,
) -> list[AlertOutcome]:
    """Take the alerts of a file, or of a form, and publish them; see `VideoGenerator.emergency_alert`."""
    if file is None:
        rehearsal = rehearsal or form.get("status", "Actual") != "Actual"
        taken = take_form(config, form, rehearsal=rehearsal)
        (outcome,) = publish_alerts([taken.key], config, instance)
        if not outcome.published:
            raise as_error(outcome)
        return [outcome]
    if form:
        raise InputError("a file and the short form cannot be given together", remedy="give one of them")
    result = take_file(config, file, rehearsal=rehearsal)
    keys = [registered.key for registered in (*result.taken, *result.known)]
    if not keys and result.refused:
        raise InputError(f"{file.name} is refused\n{result.reasons()}", remedy="correct it and hand it in again")
    return publish_alerts(keys, config, instance)


def put_copies(outcomes: Sequence[AlertOutcome], target: Path) -> dict[str, Path]:
    """Copies of the published videos, by key: at `target`, or in it where it is a folder.

    Raises:
        InputError: there are several, and `target` is not a folder. StorageError: the disk refused.
    """
    made = {outcome.key: outcome.path for outcome in outcomes if outcome.path is not None}
    if len(made) > 1 and not target.is_dir():
        raise InputError(f"{len(made)} videos do not fit into one file {target}", remedy="give a folder that is there")
    copies = {key: target / f"{key}.mp4" if target.is_dir() else target for key in made}
    for key, path in made.items():
        put_copy(path, copies[key])
    return copies


@home_errors()
def publish_alerts(
    keys: Sequence[str], config: VideoGenConfig, instance: dg.DagsterInstance | None = None
) -> list[AlertOutcome]:
    """Make and publish alerts that have been taken, one run each, most urgent first.

    An alert that is published already is not published again; an alert that ended is left alone.
    """
    instance = instance or project_instance()
    register = storage_of(config).alerts
    end_dead_runs(instance)
    waiting = sorted((register.get(key) for key in dict.fromkeys(keys)), key=lambda one: (-one.rank, one.alert.sent))
    instance.add_dynamic_partitions(ALERT_PARTITIONS, [alert.key for alert in waiting])
    job = emergency_definitions().resolve_job_def(Job.ALERT.value)
    found = {alert.key: _publish(job, alert, config, instance) for alert in waiting}
    return [found[key] for key in dict.fromkeys(keys)]


def _publish(
    job: dg.JobDefinition, alert: RegisteredAlert, config: VideoGenConfig, instance: dg.DagsterInstance
) -> AlertOutcome:
    result = run(
        job,
        [alert.key],
        config=config,
        instance=instance,
        priority=EMERGENCY + alert.rank,
        tags={ALERT_TAG: alert.key, ALONE_TAG: "true"},
    )
    tools = making(config)
    current, record = tools.manager.register.get(alert.key), tools.published.record(alert.key)
    path = None
    if current.state == "published" and record is not None and record.video is not None:
        path = tools.published.folder(alert.key) / record.video
    if current.state == "published":
        gone = f"it was published, but {tools.published.folder(alert.key)} is gone" if record is None else ""
        return AlertOutcome(alert.key, current.state, path, record, result.run_id, gone)
    failures = failures_of(result.all_events, result.run_id)
    failure = failures.get(alert.key) or failures.get("")
    problem = str(error_of(failure, alert.key)) if failure else current.history[-1].reason
    return AlertOutcome(alert.key, current.state, path, record, result.run_id, problem, failure)


def as_error(outcome: AlertOutcome) -> VideogenError:
    """Why an alert was not published: what this run met, or `AlertStateError` for one that had ended before."""
    remedy = f"see `videogen alerts {outcome.key}`"
    if outcome.failure is None:
        problem = outcome.problem or f"it is {outcome.state}"
        return AlertStateError(problem, remedy=remedy, stage="emergency_video", video_id=outcome.key)
    error = error_of(outcome.failure, outcome.key)
    error.remedy = error.remedy or remedy
    return error
