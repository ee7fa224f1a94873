"""Everything that this package defines."""

from __future__ import annotations

import dagster as dg

from sensors.alerts import alerts_sensor
from sensors.briefings import briefing_plans_sensor, briefings_sensor
from sensors.experiments import experiments_sensor, second_attempts_sensor
from sensors.failures import run_failures_sensor
from sensors.feedback import feedback_sensor
from sensors.feeds import alert_feeds_sensor
from sensors.inbox import inbox_sensor
from sensors.monitoring import monitoring_sensor
from sensors.outlets import outlets_sensor
from sensors.regeneration import regeneration_sensor
from sensors.releases import releases_sensor
from sensors.requests import requests_sensor
from sensors.scheduled import scheduled_briefings_sensor, scheduled_videos_sensor

SENSORS: list[dg.SensorDefinition] = [
    alerts_sensor,
    alert_feeds_sensor,
    requests_sensor,
    inbox_sensor,
    briefing_plans_sensor,
    briefings_sensor,
    regeneration_sensor,
    releases_sensor,
    scheduled_videos_sensor,
    scheduled_briefings_sensor,
    outlets_sensor,
    feedback_sensor,
    second_attempts_sensor,
    experiments_sensor,
    run_failures_sensor,
    monitoring_sensor,
]
