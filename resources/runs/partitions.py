"""Partitions of runs: the videos of a run, the videos in progress, and ranges that can share a run.

Dagster describes the partitions of a run as one range of keys, in the order in which they were added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg

from resources.jobs_and_tags import PARTITION_TAG, RANGE_TAGS, VIDEO_PARTITIONS

ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
"""States of a run that may still change something."""


def videos_of_run(run: dg.DagsterRun, keys: Sequence[str]) -> list[str]:
    """The partitions that a run covers. keys: all partition keys, in the order in which they were added."""
    if PARTITION_TAG in run.tags:
        return [run.tags[PARTITION_TAG]]
    start, end = (run.tags.get(tag) for tag in RANGE_TAGS)
    if start not in keys or end not in keys:
        return []
    return list(keys[keys.index(start) : keys.index(end) + 1])


def keys_for(instance: dg.DagsterInstance, runs: Sequence[dg.DagsterRun]) -> Sequence[str]:
    """All partition keys, where one of the runs covers a range of them; after years that is a long list to fetch."""
    is_range = any(PARTITION_TAG not in run.tags and RANGE_TAGS[0] in run.tags for run in runs)
    return instance.get_dynamic_partitions(VIDEO_PARTITIONS) if is_range else ()


def active_videos(instance: dg.DagsterInstance) -> dict[str, str]:
    """Video id → id of the run that is queued or working on it."""
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE))
    keys = keys_for(instance, runs)
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
