"""The dynamic partitions: one key for each video request, which all stages share, for each alert and each briefing."""

from __future__ import annotations

import dagster as dg

from resources.names import ALERT_PARTITIONS, BRIEFING_PARTITIONS, VIDEO_PARTITIONS

VIDEOS = dg.DynamicPartitionsDefinition(name=VIDEO_PARTITIONS)
ALERTS = dg.DynamicPartitionsDefinition(name=ALERT_PARTITIONS)
BRIEFINGS = dg.DynamicPartitionsDefinition(name=BRIEFING_PARTITIONS)
