"""Publishing and withdrawing from this process: real Dagster runs and events, visible in the UI with lineage."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.partitions import VIDEO_PARTITIONS
from assets.release import release_row
from resources.all import build_resources
from resources.processes import PROCESS_TAG, this_process
from resources.settings import SettingsResource
from sensors.pending import PRIORITY_TAG, PUBLISHING, VIDEO_TAG
from videogen import errors
from videogen.errors import InputError, VideogenError
from videogen.release.best import best_attempt
from videogen.release.override import publisher_name
from videogen_dagster.home import project_instance
from videogen_dagster.runs import LOCATION

if TYPE_CHECKING:
    from resources.signer import SignerResource
    from resources.storage import StorageResource
    from videogen.config.config import VideoGenConfig
    from videogen.release.override import Override
    from videogen.release.record import ReleaseRecord

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


def publish(
    video_id: str,
    config: VideoGenConfig,
    *,
    operator: str | None = None,
    override: Override | None = None,
    instance: dg.DagsterInstance | None = None,
) -> tuple[ReleaseRecord, Path]:
    """Take the best attempt of a video to the release gate; returns its record and the published mp4.

    Args:
        operator: who publishes; None: who overrides, or else the user of this session.

    Raises:
        ReleaseError: the gate is closed; the message names every reason.
        InputError: there is no such request, nothing to publish, or nobody's name to publish under.
        VideogenError: it cannot be signed or written.
    """
    from videogen.release.folder import folder_of, read_record
    from videogen_dagster.definitions import defs

    instance = instance or project_instance()
    storage, _ = _resources(config)
    best_attempt(storage.requests, storage.artifacts, video_id)
    instance.add_dynamic_partitions(VIDEO_PARTITIONS, [video_id])
    asked = {"operator": override.operator if override else publisher_name(operator or this_person())}
    if override:
        asked["why"] = override.why
    result = defs.resolve_job_def(PUBLISHING).execute_in_process(
        instance=instance,
        partition_key=video_id,
        run_config={
            "resources": {"settings": {"config": {"overrides": config.model_dump(mode="json")}}},
            "ops": {"published_video": {"config": asked}},
            "loggers": _QUIET,
        },
        raise_on_error=False,
        tags={
            **LOCATION,
            PRIORITY_TAG: str(storage.requests.get(video_id).priority),
            VIDEO_TAG: video_id,
            PROCESS_TAG: this_process(),
        },
    )
    if not result.success:
        raise _error(result, video_id)
    root = config.path(config.paths.published)
    record = read_record(root, video_id)
    assert record is not None
    return record, folder_of(root, video_id) / record.video


def withdraw(
    video_id: str, config: VideoGenConfig, operator: str, why: str, *, instance: dg.DagsterInstance | None = None
) -> ReleaseRecord:
    """Take a published video back, and say so in the table `releases` and on the asset.

    Raises:
        InputError: there is no such request, or operator or reason is missing.
        ReleaseError: it is not published.
    """
    storage, signer = _resources(config)
    record = signer.publisher().withdraw(video_id, operator, why)
    assert record.withdrawn is not None
    row = release_row(record, "withdrawn")
    storage.warehouse.write("releases", f"{video_id}.withdrawn.{record.withdrawn.at:%Y%m%dT%H%M%S%f}", row)
    (instance or project_instance()).report_runless_asset_event(
        dg.AssetObservation(
            "published_video",
            partition=video_id,
            description=f"withdrawn by {operator}: {why}",
            metadata={"withdrawn_by": operator, "why": why, "sha256": record.sha256},
        )
    )
    return record


def this_person() -> str:
    """The user of this session.

    Raises:
        InputError: it has no name, as in some containers.
    """
    try:
        return getuser()
    except (KeyError, OSError) as error:
        raise InputError("this session has no user name", remedy="say who it is: --operator NAME") from error


def _resources(config: VideoGenConfig) -> tuple[StorageResource, SignerResource]:
    made = build_resources({"settings": SettingsResource(overrides=config.model_dump(mode="json"))})
    return made["storage"], made["signer"]


def _error(result: dg.ExecuteInProcessResult, video_id: str) -> VideogenError:
    """What the step met, as it would have been raised here."""
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data.user_failure_data
        if data is None:
            problem = event.step_failure_data.error.to_string() if event.step_failure_data.error else "it failed"
            return VideogenError(problem, stage="published_video", video_id=video_id)
        said: dict[str, Any] = {name: value.value for name, value in data.metadata.items()}
        kind = getattr(errors, said["error"])
        error: VideogenError = kind(said["problem"], remedy=said["remedy"], stage="published_video", video_id=video_id)
        return error
    return VideogenError("the run ended without a reason", stage="published_video", video_id=video_id)
