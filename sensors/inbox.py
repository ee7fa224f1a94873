"""Request files dropped into the inbox folder."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from assets.partitions import VIDEOS
from resources.storage import StorageResource
from videogen.intake.inbox import take_from_inbox


@dg.sensor(
    name="inbox",
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes request files from the inbox folder. Beside a refused one in rejected/ stands the reason.",
)
def inbox_sensor(context: dg.SensorEvaluationContext, storage: StorageResource) -> dg.SensorResult | dg.SkipReason:
    """Store what lies in the inbox; the sensor `requests` starts the runs."""
    settings = storage.settings
    inbox = Path(settings.root(settings.config.paths.inbox))
    inbox.mkdir(parents=True, exist_ok=True)
    taken = take_from_inbox(inbox, storage.requests, config=settings.config)
    for video_id in taken.accepted:
        storage.warehouse.add_request(storage.requests.get(video_id))
    for file, reason in taken.rejected:
        context.log.error(f"{file}: {reason}")
    if not taken.accepted:
        return dg.SkipReason(f"{len(taken.rejected)} files were rejected" if taken.rejected else "the inbox is empty")
    return dg.SensorResult(dynamic_partitions_requests=[VIDEOS.build_add_request(list(taken.accepted))])
