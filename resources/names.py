"""Names in Dagster: jobs, run tags, pools and lanes. Assets are named in `videogen.domain.stages`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Job(StrEnum):
    """Jobs of the code location."""

    GENERATE = "generate_video"
    PUBLISH = "publish_video"
    ALERT = "emergency_video"
    ROLLUP = "monitoring_rollup"


class Pool(StrEnum):
    """Pools of dagster.yaml: one step at a time in each."""

    GPU = "gpu"
    PUBLISH = "publish"
    EMERGENCY = "emergency"


VIDEO_PARTITIONS: Final = "videos"
"""Dynamic partitions of all stages of a video: one key a request."""
ALERT_PARTITIONS: Final = "alerts"

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
ATTEMPT_TAG: Final = "videogen/attempt"
"""The attempt that a run works on; without it the run finds or opens one."""
ALERT_TAG: Final = "videogen/alert"
ALONE_TAG: Final = "videogen/alone"
"""Of a run that makes its own alert only, not the others that wait."""
BY_CALLER_TAG: Final = "videogen/regenerated_by_caller"
"""Of runs of the command line and of Python: their caller regenerates, the sensors leave their videos alone."""
PROCESS_TAG: Final = "videogen/process"
"""Of runs that whoever started them executes in its own process."""
WORKER_TAG: Final = "videogen/worker"
"""Of all runs that have begun. It names the run as well: a retry inherits the tags of what it repeats."""
SOURCE_TAG: Final = "videogen/source"
LANE_TAG: Final = "videogen/lane"
"""Limited in dagster.yaml, so that alerts always find a place: "ordinary" or "emergency"."""
