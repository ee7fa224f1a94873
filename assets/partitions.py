"""The dynamic partition that all stages share: one key for each video request."""

from __future__ import annotations

import dagster as dg

VIDEO_PARTITIONS = "videos"
VIDEOS = dg.DynamicPartitionsDefinition(name=VIDEO_PARTITIONS)
