"""Settings of the monitoring."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from videogen.config.groups.group import Group


class MonitoringSettings(Group):
    """What is measured, where it is shown, and who evaluates the alert rules."""

    enabled: bool = Field(True, description="off: nothing is recorded, and `videogen ui` starts no monitor")
    folder: Path = Field(
        Path("dagster_home/storage/monitoring"),
        description="local folder of the spool, the state of the alerts, incident reports and notifications",
    )
    port: int = Field(9464, ge=1, le=65535, description="port of `videogen monitor` on 127.0.0.1")
    interval: float = Field(10.0, ge=1.0, le=60.0, description="seconds between two rounds of collecting")
    rules: Path | None = Field(
        None, description="YAML file of rules, routes and receivers that is laid over config/alerts.yaml"
    )
    evaluation: Literal["built-in", "prometheus", "off"] = Field(
        "built-in",
        description="who evaluates the rules; prometheus: its Alertmanager notifies, see docs/monitoring.md",
    )
    secrets: Path | None = Field(
        None, description="YAML file, readable by its owner only, with the secrets that receivers name"
    )
    gpu: bool = Field(True, description="read NVIDIA GPUs where nvidia-ml-py is installed")
    dagster_url: str = Field("http://127.0.0.1:3000", description="where links of incident reports to runs lead")
    traces_url: str = Field("", description="OTLP/HTTP endpoint of traces, needs the extra otel; empty: none")
    log_format: Literal["text", "json"] = Field("text", description="json: one object a line, for log collectors")
    keep_minutes_days: float = Field(14.0, ge=1.0, description="days that values of every minute are kept")
    keep_hours_days: float = Field(400.0, ge=1.0, description="days that hourly means are kept")
