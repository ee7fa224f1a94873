"""Request files dropped into the inbox folder."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from assets.partitions import VIDEOS
from resources.storage import StorageResource
from videogen.adaptation.inbox_notes import tell_later
from videogen.errors import VideogenError, listed
from videogen.intake.inbox import take_from_inbox
from videogen.intake.look import ACCEPTED


@dg.sensor(
    name="inbox",
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Accepts request files from the inbox folder. Rejected files are in rejected/, with the reason.",
)
def inbox_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult | dg.SkipReason:
    """Store the requests of the inbox; the sensor `requests` starts the runs."""
    settings = storage.settings
    inbox = Path(settings.root(settings.config.paths.inbox))
    inbox.mkdir(parents=True, exist_ok=True)
    taken = take_from_inbox(inbox, storage.requests, config=settings.config)
    found = [f"{file}: {reason}" for file, reason in (*taken.rejected, *taken.waiting)]
    for video_id in taken.accepted:
        try:
            storage.warehouse.add_request(storage.requests.get(video_id))
        except VideogenError as error:
            found.append(str(error.at(stage="request", video_id=video_id)))
    if found:
        context.log.error(listed(found, "\n"))
    if taken.filed:
        tell_later(inbox / ACCEPTED, taken.filed, settings.config)
    if not taken.accepted:
        return dg.SkipReason(f"{len(taken.rejected)} files were rejected, {len(taken.waiting)} wait for the next tick")
    return dg.SensorResult(dynamic_partitions_requests=[VIDEOS.build_add_request(list(taken.accepted))])
