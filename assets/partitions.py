"""The dynamic partitions: one key for each video request, which all stages share, and one for each alert."""

from __future__ import annotations

import dagster as dg

from resources.names import ALERT_PARTITIONS, VIDEO_PARTITIONS

VIDEOS = dg.DynamicPartitionsDefinition(name=VIDEO_PARTITIONS)
ALERTS = dg.DynamicPartitionsDefinition(name=ALERT_PARTITIONS)
