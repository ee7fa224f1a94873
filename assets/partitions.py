"""The dynamic partitions: a key for each video request, which all stages share, each alert, briefing, experiment."""

from __future__ import annotations

import dagster as dg

from resources.jobs_and_tags import ALERT_PARTITIONS, BRIEFING_PARTITIONS, EXPERIMENT_PARTITIONS, VIDEO_PARTITIONS

VIDEOS = dg.DynamicPartitionsDefinition(name=VIDEO_PARTITIONS)
EXPERIMENTS = dg.DynamicPartitionsDefinition(name=EXPERIMENT_PARTITIONS)
ALERTS = dg.DynamicPartitionsDefinition(name=ALERT_PARTITIONS)
BRIEFINGS = dg.DynamicPartitionsDefinition(name=BRIEFING_PARTITIONS)
