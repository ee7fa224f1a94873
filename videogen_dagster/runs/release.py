"""Publishing and withdrawing from this process: real Dagster runs and events, visible in the UI with lineage."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.release import GATE, release_row
from resources.all import build_resources
from resources.names import VIDEO_PARTITIONS, VIDEO_TAG, Job
from resources.runs.failures import error_of, failures_of
from resources.runs.titles import title_tags
from resources.settings import SettingsResource
from videogen.errors import InputError, ReleaseError
from videogen.release.best import best_attempt
from videogen.release.override import publisher_name
from videogen_dagster.home import project_instance
from videogen_dagster.runs.launcher import run

if TYPE_CHECKING:
    from resources.signer import SignerResource
    from resources.storage import StorageResource
    from videogen.config.config import VideoGenConfig
    from videogen.release.override import Override
    from videogen.release.record import ReleaseRecord


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
        video_id: id of the video.
        config: the settings.
        instance: of Dagster.
        override: who opens gates that do not hold, and why; None: nobody.
        operator: who publishes; None: who overrides, or else the user of this session.

    Raises:
        ReleaseError: the gate is closed; the message names every reason.
        InputError: the request does not exist, nothing can be published, or nobody's name to publish under.
        VideogenError: it cannot be signed or written.
    """
    from videogen.release.folder import folder_of, read_record
    from videogen_dagster.definitions import defs

    instance = instance or project_instance()
    storage, _ = _resources(config)
    best_attempt(storage.requests, storage.artifacts, video_id)
    request = storage.requests.get(video_id)
    instance.add_dynamic_partitions(VIDEO_PARTITIONS, [video_id])
    asked = {"operator": override.operator if override else publisher_name(operator or this_person())}
    if override:
        asked["why"] = override.why
    result = run(
        defs.resolve_job_def(Job.PUBLISH.value),
        [video_id],
        config=config,
        instance=instance,
        priority=request.priority,
        ops={"published_video": asked},
        tags={VIDEO_TAG: video_id, **title_tags(request)},
    )
    if not result.success:
        failure = next(iter(failures_of(result.all_events, result.run_id).values()))
        raise error_of(failure, video_id)
    refused = [check for check in result.get_asset_check_evaluations() if check.check_name == GATE and not check.passed]
    if refused and not result.asset_materializations_for_node("published_video"):
        said = {name: value.value for name, value in refused[0].metadata.items()}
        raise ReleaseError(str(said["problem"]), remedy=str(said["remedy"]), stage="published_video", video_id=video_id)
    root = config.path(config.paths.published)
    record = read_record(root, video_id)
    assert record is not None
    return record, folder_of(root, video_id) / record.video


def withdraw(
    video_id: str, config: VideoGenConfig, operator: str, why: str, *, instance: dg.DagsterInstance | None = None
) -> ReleaseRecord:
    """Take a published video back, and say so in the table `releases` and on the asset.

    Raises:
        InputError: the request does not exist, or operator or reason is missing.
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
    made = build_resources({"settings": SettingsResource.of(config)})
    return made["storage"], made["signer"]
