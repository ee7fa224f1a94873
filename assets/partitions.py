"""The dynamic partitions: one key for each video request, which all stages share, and one for each alert."""

from __future__ import annotations

import dagster as dg

VIDEO_PARTITIONS = "videos"
VIDEOS = dg.DynamicPartitionsDefinition(name=VIDEO_PARTITIONS)
ALERT_PARTITIONS = "alerts"
ALERTS = dg.DynamicPartitionsDefinition(name=ALERT_PARTITIONS)
