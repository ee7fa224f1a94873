"""What the dashboards show: one list for Grafana and for the monitor's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from videogen.monitoring.metrics.query import Query


@dataclass(frozen=True)
class Line:
    """One question of a panel. legend: text with labels in braces."""

    query: Query
    legend: str


@dataclass(frozen=True)
class Panel:
    """One plot. unit: number, duration, ratio or bytes. limit: drawn as a line."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    limit: float | None = None

    @property
    def series_names(self) -> set[str]:
        """Names of the series that it reads."""
        return {name for line in self.lines for name in line.query.series_names}


@dataclass(frozen=True)
class Dashboard:
    """A page of panels."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


def _panel(title: str, unit: str, *lines: Line, limit: float | None = None) -> Panel:
    return Panel(title, unit, lines, limit)


def _line(legend: str, metric: str, value: str = "last", by: tuple[str, ...] = (), **more: Any) -> Line:
    return Line(Query.model_validate({"metric": metric, "value": value, "by": by, **more}), legend)


def _quantile(metric: str, share: float, legend: str, *by: str, window: str = "30m") -> Line:
    return _line(legend, metric, "quantile", by, quantile=share, window=window)


DASHBOARDS: Final[tuple[Dashboard, ...]] = (
    Dashboard(
        "videogen-overview",
        "Videogen: overview",
        (
            _panel("Alerts that fire", "number", _line("{severity}", "videogen_alerts_firing", by=("severity",))),
            _panel(
                "Videos an hour",
                "number",
                _line("made", "videogen_videos_total", "increase", window="1h"),
                _line("asked for", "videogen_requests_total", "increase", window="1h"),
                _line("failed", "videogen_stage_failures_total", "increase", window="1h"),
            ),
            _panel(
                "Runs that have not ended",
                "number",
                _line("{status}", "videogen_runs_active", by=("status",), aggregate="sum"),
            ),
            _panel(
                "Runs that ended, an hour",
                "number",
                _line("{outcome}", "videogen_runs_ended_total", "increase", ("outcome",), window="1h"),
            ),
            _panel(
                "Sign of life of the daemon",
                "duration",
                _line("{daemon}", "videogen_daemon_heartbeat_timestamp_seconds", "age", ("daemon",)),
                limit=120.0,
            ),
            _panel("Emergency level", "number", _line("level", "videogen_emergency_level")),
        ),
    ),
    Dashboard(
        "videogen-runs",
        "Videogen: runs and queue",
        (
            _panel(
                "Longest in its state",
                "duration",
                _line("{status}", "videogen_run_state_oldest_timestamp_seconds", "age", ("status",)),
                limit=900.0,
            ),
            _panel(
                "Time in the queue",
                "duration",
                _quantile("videogen_run_queue_seconds", 0.5, "half of the runs", window="1h"),
                _quantile("videogen_run_queue_seconds", 0.95, "95 %", window="1h"),
            ),
            _panel(
                "Duration of runs",
                "duration",
                _quantile("videogen_run_duration_seconds", 0.5, "{job_name}", "job_name", window="1h"),
            ),
            _panel(
                "Steps that wait for a pool",
                "number",
                _line("{pool}", "videogen_pool_steps", by=("pool",), where={"state": "waiting"}),
            ),
            _panel("Files in the inbox", "number", _line("files", "videogen_inbox_files")),
            _panel(
                "Runs that crashed, an hour",
                "number",
                _line(
                    "{job_name}",
                    "videogen_runs_ended_total",
                    "increase",
                    ("job_name",),
                    window="1h",
                    where={"outcome": "crashed"},
                ),
            ),
        ),
    ),
    Dashboard(
        "videogen-stages",
        "Videogen: stages and models",
        (
            _panel(
                "Work on a video",
                "duration",
                _quantile("videogen_generation_seconds", 0.5, "half of the videos"),
                _quantile("videogen_generation_seconds", 0.99, "99 %"),
            ),
            _panel(
                "Seconds of work for a second of video",
                "number",
                _quantile("videogen_generation_work_ratio", 0.5, "half of the videos"),
            ),
            _panel("Stages", "duration", _quantile("videogen_stage_seconds", 0.5, "{stage}", "stage")),
            _panel(
                "One denoising step",
                "duration",
                _quantile("videogen_denoise_step_seconds", 0.5, "half of the steps", window="10m"),
                _quantile("videogen_denoise_step_seconds", 0.95, "95 %", window="10m"),
            ),
            _panel(
                "Calls of models",
                "duration",
                _quantile("videogen_operation_seconds", 0.5, "{operation}", "operation"),
            ),
            _panel(
                "Failures by class, an hour",
                "number",
                _line("{error}", "videogen_failures_total", "increase", ("error",), window="1h"),
            ),
        ),
    ),
    Dashboard(
        "videogen-quality",
        "Videogen: quality and releases",
        (
            _panel(
                "Quality score",
                "ratio",
                _quantile("videogen_quality_score_ratio", 0.5, "half of the videos", window="6h"),
                _quantile("videogen_quality_score_ratio", 0.1, "worst tenth", window="6h"),
            ),
            _panel(
                "Quality reports, six hours",
                "number",
                _line("{verdict}", "videogen_quality_verdicts_total", "increase", ("verdict",), window="6h"),
            ),
            _panel(
                "Metrics that missed their limit, six hours",
                "number",
                _line("{metric}", "videogen_quality_failures_total", "increase", ("metric",), window="6h"),
            ),
            _panel(
                "Releases, six hours",
                "number",
                _line("{event}", "videogen_releases_total", "increase", ("event",), window="6h"),
            ),
            _panel(
                "Verdicts on claims, six hours",
                "number",
                _line("{verdict}", "videogen_fact_verdicts_total", "increase", ("verdict",), window="6h"),
            ),
            _panel(
                "Further attempts, six hours",
                "number",
                _line("attempts", "videogen_regenerations_total", "increase", window="6h"),
            ),
        ),
    ),
    Dashboard(
        "videogen-machine",
        "Videogen: machine and monitor",
        (
            _panel(
                "Processor",
                "ratio",
                _line("cores in use", "videogen_host_cpu_ratio"),
                _line("load for each core", "videogen_host_load_ratio"),
            ),
            _panel(
                "Memory",
                "bytes",
                _line("available", "videogen_host_memory_available_bytes"),
                _line("runs of {job_name}", "videogen_worker_resident_bytes", by=("job_name",), aggregate="sum"),
            ),
            _panel(
                "Free disk",
                "ratio",
                _line(
                    "{place}",
                    "videogen_disk_free_bytes",
                    by=("place",),
                    aggregate="min",
                    over={"metric": "videogen_disk_size_bytes"},
                ),
                limit=0.05,
            ),
            _panel("Writing one byte", "duration", _line("{place}", "videogen_store_roundtrip_seconds", by=("place",))),
            _panel("GPUs", "ratio", _line("GPU {gpu}", "videogen_gpu_utilization_ratio", by=("gpu",))),
            _panel(
                "Collecting",
                "duration",
                _line("{collector}", "videogen_exporter_collect_seconds", by=("collector",)),
            ),
        ),
    ),
)
PANELS: Final[tuple[Panel, ...]] = tuple(panel for dashboard in DASHBOARDS for panel in dashboard.panels)
