"""Which requests wait for their first run, and which videos are being worked on now."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from assets.partitions import VIDEO_PARTITIONS
from resources.videos import PARTITION_TAG, RANGE_TAGS
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError
from videogen.storage.request_store import RequestStore

_log = logging.getLogger(__name__)
JOB = "generate_video"
PUBLISHING = "publish_video"
VIDEO_TAG = "videogen/video"
PRIORITY_TAG = "dagster/priority"
ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# Whoever submits from a program runs the request in that program; the sensor steps in if that did not happen.
RUNS_ITSELF = frozenset({"command-line", "python"})
GRACE = timedelta(seconds=30)
SETTLED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """A request and what is known about it. started: some run has opened an attempt."""

    request: VideoRequest
    started: bool


def is_due(waiting: Waiting, active: Collection[str], now: datetime, *, at_night: bool) -> bool:
    """Whether a first run should be asked for now. Priorities below 0 wait for the night."""
    request = waiting.request
    if waiting.started or request.id in active:
        return False
    if request.source in RUNS_ITSELF and now - request.created_at < GRACE:
        return False
    return at_night or request.priority >= 0


def settled_until(seen: Sequence[Waiting], now: datetime, before: str) -> str:
    """The newest id up to which nothing waits; a request may be stored late, so young ones never count."""
    for waiting in seen:
        if not waiting.started or now - waiting.request.created_at < SETTLED_AFTER:
            return before
        before = waiting.request.id
    return before


def look_up(requests: RequestStore, after: str = "") -> list[Waiting]:
    """All requests younger than the id `after`, oldest first; damaged ones are told and left out."""
    found = []
    for video_id in requests.ids():
        if video_id <= after:
            continue
        try:
            found.append(Waiting(requests.get(video_id), bool(requests.attempts(video_id))))
        except ArtifactError as error:
            # One damaged file must not keep all other requests from their runs.
            _log.error(str(error.at(stage="request", video_id=video_id)))
    return found


def videos_of_run(run: dg.DagsterRun, keys: Sequence[str]) -> list[str]:
    """The partitions that a run covers. keys: all partition keys, in the order in which they were added."""
    if PARTITION_TAG in run.tags:
        return [run.tags[PARTITION_TAG]]
    start, end = (run.tags.get(tag) for tag in RANGE_TAGS)
    if start not in keys or end not in keys:
        return []
    return list(keys[keys.index(start) : keys.index(end) + 1])


def active_videos(instance: dg.DagsterInstance) -> dict[str, str]:
    """Video id → id of the run that is queued or working on it."""
    keys = instance.get_dynamic_partitions(VIDEO_PARTITIONS)
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE))
    return {video_id: run.run_id for run in runs for video_id in videos_of_run(run, keys)}


def ranges(ids: Iterable[str], keys: Sequence[str]) -> list[list[str]]:
    """`ids` split into neighbours among `keys`: Dagster can hand one run any range of keys, but no gaps."""
    place = {key: index for index, key in enumerate(keys)}
    found: list[list[str]] = []
    for video_id in sorted(set(ids), key=place.__getitem__):
        if found and place[video_id] == place[found[-1][-1]] + 1:
            found[-1].append(video_id)
        else:
            found.append([video_id])
    return found


def range_tags(ids: Sequence[str]) -> dict[str, str]:
    """Tags of a run over these neighbouring partitions."""
    if len(ids) == 1:
        return {PARTITION_TAG: ids[0]}
    return dict(zip(RANGE_TAGS, (ids[0], ids[-1]), strict=True))


def bring_together(instance: dg.DagsterInstance, ids: Sequence[str]) -> list[list[str]]:
    """Give `ids` a range without gaps by moving them to the end of the partition keys; returns their ranges.

    Only for videos that no run has ever covered: older runs are described by ranges of keys, and moving a key
    out of such a range would change what they mean when they are executed again.
    """
    keys = instance.get_dynamic_partitions(VIDEO_PARTITIONS)
    known = [video_id for video_id in ids if video_id in set(keys)]
    if len(known) < len(ids) or len(ranges(known, keys)) > 1:
        for video_id in known:
            instance.delete_dynamic_partition(VIDEO_PARTITIONS, video_id)
        instance.add_dynamic_partitions(VIDEO_PARTITIONS, list(ids))
    return ranges(ids, instance.get_dynamic_partitions(VIDEO_PARTITIONS))
