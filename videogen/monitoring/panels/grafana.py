"""The panels as dashboards of Grafana.

The data source is a variable: `__inputs` are resolved by Grafana's dialog of importing only.
"""

from __future__ import annotations

import re
from typing import Any, Final

from videogen.monitoring.panels.definitions import Dashboard, Panel

_UNITS: Final = {"number": "short", "duration": "s", "ratio": "percentunit", "bytes": "bytes"}
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _PER_ROW = 8, 8, 3


def dashboard_json(dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard in Grafana's model (schema version 38, Grafana 10)."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["videogen"],
        "schemaVersion": 38,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"}]
        },
        "panels": [_panel(panel, index) for index, panel in enumerate(dashboard.panels)],
    }


def _panel(panel: Panel, index: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    style = {"thresholdsStyle": {"mode": "off" if panel.limit is None else "line"}}
    return {
        "id": index + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {
            "x": index % _PER_ROW * _WIDTH,
            "y": index // _PER_ROW * _HEIGHT,
            "w": _WIDTH,
            "h": _HEIGHT,
        },
        "fieldConfig": {
            "defaults": {
                "unit": _UNITS[panel.unit],
                "min": 0,
                "custom": style,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": line.query.promql(),
                "legendFormat": re.sub(r"\{(\w+)\}", r"{{\1}}", line.legend),
            }
            for number, line in enumerate(panel.lines)
        ],
    }
