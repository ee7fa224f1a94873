"""Names in Dagster: jobs, run tags, pools and lanes. Assets are named in `videogen.domain.stages`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import quote


class Job(StrEnum):
    """Jobs of the code location."""

    GENERATE = "generate_video"
    PUBLISH = "publish_video"
    ALERT = "emergency_video"
    PLAN_BRIEFING = "plan_briefing"
    ASSEMBLE_BRIEFING = "assemble_briefing"
    PUBLISH_BRIEFING = "publish_briefing"
    DELIVER = "deliver_releases"
    ROLLUP = "monitoring_rollup"
    FEEDBACK = "feedback_rollup"
    REVIEW = "improvement_review"
    AB_TEST = "ab_test"


class Pool(StrEnum):
    """Pools of dagster.yaml: one step at a time in each."""

    GPU = "gpu"
    PUBLISH = "publish"
    EMERGENCY = "emergency"


VIDEO_PARTITIONS: Final = "videos"
"""Dynamic partitions of all stages of a video: one key a request."""
ALERT_PARTITIONS: Final = "alerts"
EXPERIMENT_PARTITIONS: Final = "experiments"
BRIEFING_PARTITIONS: Final = "briefings"
"""Dynamic partitions of a briefing's stages; its child videos are keys of `videos`, joined by data only."""

# Dagster's own tags.
PRIORITY_TAG: Final = "dagster/priority"
PARTITION_TAG: Final = "dagster/partition"
RANGE_TAGS: Final = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
RESUME_TAGS: Final = ("dagster/is_resume_retry", "dagster/is_asset_resume_retry")
WILL_RETRY_TAG: Final = "dagster/will_retry"
MAX_RUNTIME_TAG: Final = "dagster/max_runtime"
MAX_RETRIES_TAG: Final = "dagster/max_retries"

VIDEO_TAG: Final = "videogen/video"
"""The video of a run that makes one."""
TITLE_TAG: Final = "videogen/title"
"""What the videos of a run are called, for people."""
PROMPT_TAG: Final = "videogen/prompt"
"""What they show; of a run over several, of the first one."""
ATTEMPT_TAG: Final = "videogen/attempt"
"""The attempt that a run works on; without it the run finds or opens one."""
BRIEFING_TAG: Final = "videogen/briefing"
REVISION_TAG: Final = "videogen/revision"
"""The revision of the storyboard that a run works on; without it the latest."""
ALERT_TAG: Final = "videogen/alert"
SOURCE_TAG: Final = "videogen/source"

# Rows of metadata that people look at.
POSTER: Final = "poster"
WATCH: Final = "watch"
DESK: Final = "review_desk"
SHEET: Final = "contact_sheet"
BEST: Final = "best_attempt"
FIRST_ROWS: Final = (POSTER, WATCH, DESK, SHEET, "title", "prompt", BEST)
"""What stands at the top of the metadata of every stage that has it."""
WATCH_ADDRESS: Final = "/watch"
"""Where `videogen ui` serves videos."""


def partition_page(asset: str, key: str) -> str:
    """The address of a partition of an asset on Dagster's pages."""
    return f"/assets/{asset}?view=partitions&partition={quote(key)}"


_OUT_OF_SIGHT: Final = ".dagster/videogen_"
"""Dagster's pages show no tag that begins with ".dagster/"; runs are found and limited by them like by any other."""
BY_CALLER_TAG: Final = f"{_OUT_OF_SIGHT}regenerated_by_caller"
"""Of runs of the command line and of Python: their caller regenerates, the sensors leave their videos alone."""
PROCESS_TAG: Final = f"{_OUT_OF_SIGHT}process"
"""Of runs that whoever started them executes in its own process. It names the run as well, see `WORKER_TAG`."""
WORKER_TAG: Final = f"{_OUT_OF_SIGHT}worker"
"""Of all runs that have begun. It names the run as well: a retry inherits the tags of what it repeats."""
LANE_TAG: Final = f"{_OUT_OF_SIGHT}lane"
"""Limited in dagster.yaml, so that alerts always find a place: "ordinary" or "emergency"."""
QUEUE_TAG: Final = f"{_OUT_OF_SIGHT}queue"
"""Of runs for workers: the queue that it waits in, see `videogen.fleet.queues`; limited by the workers."""
ALONE_TAG: Final = f"{_OUT_OF_SIGHT}alone"
"""Of a run that makes its own alert only, not the others that wait."""

EARLIER_NAMES: Final = {
    BY_CALLER_TAG: "videogen/regenerated_by_caller",
    PROCESS_TAG: "videogen/process",
    WORKER_TAG: "videogen/worker",
    LANE_TAG: "videogen/lane",
    ALONE_TAG: "videogen/alone",
}
"""What these tags were called on runs, and in homes, of earlier versions."""


def tagged(tags: Mapping[str, str], name: str) -> str | None:
    """The value of a tag, also where the run was made under its earlier name; None: it is not there."""
    return tags.get(name, tags.get(EARLIER_NAMES.get(name, name)))
