"""The files for Prometheus, Alertmanager and Grafana, all made from the rules and the panels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import yaml

from videogen.monitoring.alerts.prometheus import HEADER, STEP, alertmanager_file, rules_file, tests_file
from videogen.monitoring.alerts.rules import AlertConfig
from videogen.monitoring.metrics.durations import written
from videogen.monitoring.panels.definitions import DASHBOARDS
from videogen.monitoring.panels.grafana import dashboard_json

_RULES: Final = "rules.yml"
_PROVIDER: Final = {
    "apiVersion": 1,
    "providers": [
        {
            "name": "videogen",
            "folder": "Videogen",
            "type": "file",
            "options": {"path": "/etc/grafana/dashboards/videogen"},
        }
    ],
}
_SOURCE: Final = {
    "apiVersion": 1,
    "datasources": [
        {
            "name": "Prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": "http://127.0.0.1:9090",
            "isDefault": True,
        }
    ],
}


def files_of(config: AlertConfig, port: int) -> dict[str, str]:
    """Path below the folder → content. port: of `videogen monitor`."""
    prometheus = {
        "global": {"scrape_interval": written(STEP), "evaluation_interval": written(STEP)},
        "rule_files": [_RULES],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]},
        "scrape_configs": [{"job_name": "videogen", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
    }
    return {
        "prometheus/prometheus.yml": HEADER + yaml.safe_dump(prometheus, sort_keys=False),
        f"prometheus/{_RULES}": rules_file(config),
        "prometheus/rules_test.yml": tests_file(config, _RULES),
        "alertmanager/alertmanager.yml": alertmanager_file(config, f"http://127.0.0.1:{port}/alertmanager"),
        "grafana/provisioning/dashboards/videogen.yaml": HEADER + yaml.safe_dump(_PROVIDER, sort_keys=False),
        "grafana/provisioning/datasources/prometheus.yaml": HEADER + yaml.safe_dump(_SOURCE, sort_keys=False),
        **{
            f"grafana/dashboards/{dashboard.uid}.json": json.dumps(dashboard_json(dashboard), indent=1) + "\n"
            for dashboard in DASHBOARDS
        },
    }


def write_files(config: AlertConfig, port: int, folder: Path) -> list[Path]:
    """Write all files below a folder; returns their paths."""
    found = []
    for name, content in files_of(config, port).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        found.append(path)
    return found
