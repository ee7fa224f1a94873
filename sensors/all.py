"""Everything that this package defines."""

from __future__ import annotations

import dagster as dg

from sensors.failures import run_failures_sensor
from sensors.inbox import inbox_sensor
from sensors.regeneration import regeneration_sensor
from sensors.requests import requests_sensor

SENSORS: list[dg.SensorDefinition] = [requests_sensor, inbox_sensor, regeneration_sensor, run_failures_sensor]
