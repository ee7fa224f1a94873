"""Publishing and withdrawing from this process: real Dagster runs and events, visible in the UI with lineage."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.release import GATE, release_row
from resources.all import build_resources
from resources.jobs_and_tags import VIDEO_PARTITIONS, VIDEO_TAG, Job
from resources.people.review import Review, is_briefing
from resources.runs.failures import error_of, failures_of
from resources.runs.titles import title_tags
from resources.settings import SettingsResource
from videogen.errors import ReleaseError, VideogenError
from videogen.release.best import best_attempt
from videogen.release.override import publisher_name
from videogen_dagster.home import project_instance
from videogen_dagster.runs.launcher import run

_log = logging.getLogger(__name__)

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
    asked = decide_to_publish(video_id, config, operator=operator, override=override)
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
    tell_outlets(config)
    return record, folder_of(root, video_id) / record.video


def decide_to_publish(
    subject_id: str, config: VideoGenConfig, *, operator: str | None = None, override: Override | None = None
) -> dict[str, str]:
    """Record who publishes exactly what would go out now, and why in spite of what; returns the config of the run.

    Raises:
        NotAllowedError: the person has no role for it, or is not recognised where that is needed.
    """
    review = Review(config)
    person = review.people.operator(override.operator if override else operator and publisher_name(operator))
    publisher_name(person.name)
    if override is None:
        review.decide(person, "publish", subject_id)
        return {"operator": person.name}
    review.decide(person, "override", subject_id, comment=override.why)
    return {"operator": person.name, "why": override.why}


def withdraw(
    video_id: str, config: VideoGenConfig, operator: str | None, why: str, *, instance: dg.DagsterInstance | None = None
) -> ReleaseRecord:
    """Take a published video or briefing back, and say so in the table `releases` and on the asset.

    Raises:
        InputError: the request does not exist, or operator or reason is missing.
        ReleaseError: it is not published.
    """
    review = Review(config)
    record = review.withdraw(review.people.operator(operator), video_id, why)
    note_withdrawal(record, config, instance or project_instance())
    return record


def note_withdrawal(record: ReleaseRecord, config: VideoGenConfig, instance: dg.DagsterInstance) -> None:
    """Say in the table `releases`, on the asset and to the outlets that something was withdrawn."""
    assert record.withdrawn is not None
    video_id, why = record.provenance.id, record.withdrawn.why
    storage, _ = _resources(config)
    row = release_row(record, "withdrawn")
    storage.warehouse.write("releases", f"{video_id}.withdrawn.{record.withdrawn.at:%Y%m%dT%H%M%S%f}", row)
    instance.report_runless_asset_event(
        dg.AssetObservation(
            "published_briefing" if is_briefing(video_id) else "published_video",
            partition=video_id,
            description=f"withdrawn by {record.withdrawn.operator}: {why}",
            metadata={"withdrawn_by": record.withdrawn.operator, "why": why, "sha256": record.sha256},
        )
    )
    tell_outlets(config)


def tell_outlets(config: VideoGenConfig) -> None:
    """Write the feeds and deliver what is due. What fails is tried again by the daemon, and undoes no release."""
    from videogen.release.outlets.outlets import Outlets

    try:
        outcome = Outlets(config).bring_up_to_date()
    except VideogenError as error:
        _log.warning("feeds and receivers do not know yet: %s", error)
        return
    for problem in outcome.problems:
        _log.warning("%s", problem)


def _resources(config: VideoGenConfig) -> tuple[StorageResource, SignerResource]:
    made = build_resources({"settings": SettingsResource.of(config)})
    return made["storage"], made["signer"]
