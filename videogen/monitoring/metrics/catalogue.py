"""Every metric: name, kind, unit, labels with all their values, help. Everything that names a metric is checked here.

Names follow Prometheus (https://prometheus.io/docs/practices/naming): prefix, base unit, ``_total``. Labels are closed
sets, never ids, prompts or people, so that the number of series is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal

from videogen.config.metric_names import BUILTIN_METRICS
from videogen.config.suggestions import did_you_mean
from videogen.domain.stages import STAGES
from videogen.errors import InputError

Kind = Literal["counter", "gauge", "histogram"]
MAX_SERIES: Final = 1500
"""Most series of one exporter; what goes beyond is not exposed, and counted."""
OTHER: Final = "other"
"""The value of a label for all that its closed set does not hold."""
DURATIONS: Final = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0, 14400.0)
SHORT: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
UNITS: Final = ("seconds", "bytes", "ratio", "watts", "celsius", "joules")
"""Units that a name ends in, before ``_total``; names without one count things."""
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_LABEL = re.compile(r"[a-z][a-z0-9_]*")
RESERVED: Final = frozenset({"job", "instance", "le", "quantile", "alertname", "alertstate"})
"""Labels that Prometheus sets itself: ours would arrive as ``exported_job``."""


@dataclass(frozen=True)
class MetricDefinition:
    """One metric.

    labels: name → all values that it can have. buckets: upper bounds of a histogram, in the unit of the name.
    """

    name: str
    kind: Kind
    help: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = DURATIONS

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise InputError(f"the metric {self.name!r} {problem}", remedy="see docs/monitoring.md, 'Own metrics'")

    @property
    def unit(self) -> str:
        """Seconds, bytes, ratio …; empty: it counts things."""
        last = self.name.removesuffix("_total").rpartition("_")[2]
        return last if last in UNITS else ""

    @property
    def most_series(self) -> int:
        """How many series it can have at most."""
        each = len(self.buckets) + 3 if self.kind == "histogram" else 1
        for values in self.labels.values():
            each *= len(values)
        return each

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> MetricDefinition:
        """A metric from plain data.

        Raises:
            TypeError, ValueError: a field is missing, unknown or of the wrong form.
        """
        values = dict(given)
        values["labels"] = {str(name): tuple(map(str, all_)) for name, all_ in dict(values.get("labels") or {}).items()}
        values["buckets"] = tuple(map(float, values.get("buckets") or DURATIONS))
        return cls(**values)

    def as_context(self) -> dict[str, str]:
        """The definition as text, for the spool."""
        return {"definition": json.dumps(asdict(self))}

    def _problem(self) -> str:
        if not _NAME.fullmatch(self.name):
            return "is not of lower-case words joined by _, with a prefix"
        if (self.kind == "counter") != self.name.endswith("_total"):
            return "is a counter exactly if its name ends in _total"
        if bad := [name for name in self.labels if name in RESERVED or not _LABEL.fullmatch(name)]:
            return f"has the label {bad[0]!r}, which Prometheus uses itself or cannot read"
        if empty := [name for name, values in self.labels.items() if not values]:
            return f"has no values for the label {empty[0]!r}: all of them are given, so that series are bounded"
        if self.kind == "histogram" and list(self.buckets) != sorted(set(self.buckets)):
            return "has buckets that do not increase"
        return ""


def _version() -> str:
    try:
        return version("pib-videogen")
    except PackageNotFoundError:
        return "unknown"


JOBS: Final = (
    *("generate_video", "publish_video", "emergency_video", "monitoring_rollup", "submit_video", "submit_alert"),
    *("plan_briefing", "assemble_briefing", "publish_briefing", "submit_briefing", "clean_up", "backfill", OTHER),
    "deliver_releases",
    *("feedback_rollup", "improvement_review", "ab_test", "make_fine_tuning_dataset"),
)
STATES: Final = ("queued", "not_started", "starting", "started", "canceling")
OUTCOMES: Final = ("success", "failure", "canceled", "crashed")
DAEMONS: Final = (
    "sensor",
    "scheduler",
    "backfill",
    "queued_run_coordinator",
    "monitoring",
    "asset",
    "freshness",
    OTHER,
)
WORK: Final = (*STAGES, "published_video", "emergency_video", OTHER)
ERRORS: Final = (
    *("config", "input", "policy", "model", "artifact", "storage", "media", "memory", "capacity", "release"),
    *("crash", OTHER),
)
SOURCES: Final = ("command-line", "python", "launchpad", "inbox", "batch", OTHER)
PLACES: Final = ("store", "warehouse", "home")
COLLECTORS: Final = ("dagster", "warehouse", "spool", "host", "stores")
SEVERITIES: Final = ("info", "warning", "critical")
PROFILES: Final = ("pib-mini", "animatediff-sd15", "tiny", OTHER)
EVENTS: Final = ("alert_refused", "spool_dropped", "series_dropped", "sensor_takes_over", OTHER)
OPERATIONS: Final = ("load", "denoise", "decode", "upscale", "evaluate", "samples", "incident_report", OTHER)
"""Calls of models in workers, then work of the monitor."""
_JOB = {"job_name": JOBS}
_GPU = {"gpu": tuple(str(index) for index in range(8))}

METRICS: Final[tuple[MetricDefinition, ...]] = (
    MetricDefinition(
        "videogen_build_info", "gauge", "Always 1; the label says which version runs", {"version": (_version(),)}
    ),
    # Runs, from Dagster's storage.
    MetricDefinition("videogen_runs_active", "gauge", "Runs that have not ended", {**_JOB, "status": STATES}),
    MetricDefinition(
        "videogen_run_state_oldest_timestamp_seconds",
        "gauge",
        "When the run that has been longest in this state entered it",
        {**_JOB, "status": STATES},
    ),
    MetricDefinition(
        "videogen_runs_ended_total",
        "counter",
        "Runs that ended; crashed: their process died",
        {**_JOB, "outcome": OUTCOMES},
    ),
    MetricDefinition(
        "videogen_run_queue_seconds",
        "histogram",
        "From the creation of a run to its start",
        _JOB,
        (1.0, 5.0, 20.0, 60.0, 300.0, 1200.0, 3600.0),
    ),
    MetricDefinition(
        "videogen_run_duration_seconds",
        "histogram",
        "From the start of a run to its end",
        _JOB,
        (5.0, 20.0, 60.0, 300.0, 1200.0, 3600.0, 14400.0),
    ),
    MetricDefinition("videogen_job_last_success_timestamp_seconds", "gauge", "End of the last good run", _JOB),
    MetricDefinition(
        "videogen_daemon_heartbeat_timestamp_seconds",
        "gauge",
        "Last heartbeat of a daemon of Dagster",
        {"daemon": DAEMONS},
    ),
    MetricDefinition("videogen_pool_slots", "gauge", "Places in a pool", {"pool": ("gpu", "publish", "emergency")}),
    MetricDefinition(
        "videogen_pool_steps",
        "gauge",
        "Steps that hold a place in a pool or wait for one",
        {"pool": ("gpu", "publish", "emergency"), "state": ("running", "waiting")},
    ),
    # Videos, from the warehouse.
    MetricDefinition("videogen_requests_total", "counter", "Requests that were stored", {"source": SOURCES}),
    MetricDefinition("videogen_videos_total", "counter", "Attempts that gave an mp4", {"profile": PROFILES}),
    MetricDefinition("videogen_regenerations_total", "counter", "Second and later attempts that gave an mp4"),
    MetricDefinition(
        "videogen_generation_seconds",
        "histogram",
        "Work on a video: its stages up to the mp4, added up",
        {"profile": PROFILES},
    ),
    MetricDefinition(
        "videogen_generation_work_ratio",
        "histogram",
        "Seconds of work for a second of video",
        buckets=(0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
    ),
    MetricDefinition("videogen_stage_seconds", "histogram", "One stage of one video", {"stage": WORK}),
    MetricDefinition("videogen_stage_failures_total", "counter", "Videos that failed at a stage", {"stage": WORK}),
    MetricDefinition("videogen_failures_total", "counter", "Failed videos by class of the error", {"error": ERRORS}),
    MetricDefinition(
        "videogen_stage_peak_memory_bytes", "gauge", "Peak memory when the stage last ended", {"stage": WORK}
    ),
    MetricDefinition("videogen_quality_score_ratio", "histogram", "Quality score of an attempt", buckets=SHARES),
    MetricDefinition(
        "videogen_quality_verdicts_total", "counter", "Quality reports", {"verdict": ("passed", "below_target")}
    ),
    MetricDefinition(
        "videogen_quality_failures_total",
        "counter",
        "Metrics of quality that missed their limit",
        {"metric": (*BUILTIN_METRICS, OTHER)},
    ),
    MetricDefinition(
        "videogen_releases_total", "counter", "Decisions on releases", {"event": ("published", "refused", "withdrawn")}
    ),
    MetricDefinition(
        "videogen_fact_verdicts_total",
        "counter",
        "Verdicts on claims",
        {"verdict": ("supported", "attested", "refuted", "not_enough_evidence", "conflicting", OTHER)},
    ),
    MetricDefinition(
        "videogen_operator_alerts_total", "counter", "Alerts that stages and sensors raised", {"severity": SEVERITIES}
    ),
    # What only workers know, through the spool.
    MetricDefinition("videogen_denoise_step_seconds", "histogram", "One denoising step", buckets=SHORT),
    MetricDefinition("videogen_denoise_steps_total", "counter", "Denoising steps"),
    MetricDefinition(
        "videogen_batch_videos", "histogram", "Videos of one run of a stage", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
    ),
    MetricDefinition(
        "videogen_operation_seconds",
        "histogram",
        "Calls of models, and work of the monitor",
        {"operation": OPERATIONS},
        (0.01, 0.1, 1.0, 5.0, 20.0, 60.0, 120.0, 300.0, 1200.0),
    ),
    MetricDefinition("videogen_client_generation_seconds", "histogram", "What a caller of the Python API waited"),
    MetricDefinition("videogen_client_failures_total", "counter", "Generations that failed for a Python caller"),
    # The places and the machine.
    MetricDefinition("videogen_inbox_files", "gauge", "Files that wait in the inbox"),
    MetricDefinition("videogen_inbox_oldest_timestamp_seconds", "gauge", "When the oldest of them came"),
    MetricDefinition("videogen_emergency_level", "gauge", "Level of the emergency mode; 0: it is off"),
    MetricDefinition("videogen_emergency_since_timestamp_seconds", "gauge", "Since when the emergency mode is on"),
    MetricDefinition("videogen_disk_free_bytes", "gauge", "Free space where this lies", {"place": PLACES}),
    MetricDefinition("videogen_disk_size_bytes", "gauge", "All space where this lies", {"place": PLACES}),
    MetricDefinition(
        "videogen_store_roundtrip_seconds", "gauge", "Writing, reading and deleting one byte", {"place": PLACES}
    ),
    MetricDefinition(
        "videogen_certificate_expiry_timestamp_seconds", "gauge", "When the configured signing certificate expires"
    ),
    MetricDefinition("videogen_host_cpu_ratio", "gauge", "Use of all cores"),
    MetricDefinition("videogen_host_load_ratio", "gauge", "Load of one minute for each core"),
    MetricDefinition("videogen_host_memory_available_bytes", "gauge", "Memory that can be had without swapping"),
    MetricDefinition("videogen_host_memory_size_bytes", "gauge", "Memory of the machine, or of its container"),
    MetricDefinition("videogen_host_swap_used_bytes", "gauge", "Swapped out"),
    MetricDefinition(
        "videogen_host_network_bytes_total", "counter", "All devices but lo", {"direction": ("received", "sent")}
    ),
    MetricDefinition("videogen_host_network_errors_total", "counter", "Lost or broken packets of all devices"),
    MetricDefinition("videogen_host_disk_io_bytes_total", "counter", "All disks", {"direction": ("read", "written")}),
    MetricDefinition("videogen_worker_resident_bytes", "gauge", "Memory of the processes of runs", _JOB),
    MetricDefinition("videogen_gpu_utilization_ratio", "gauge", "Share of time in which some kernel ran", _GPU),
    MetricDefinition("videogen_gpu_memory_used_bytes", "gauge", "Memory in use", _GPU),
    MetricDefinition("videogen_gpu_memory_size_bytes", "gauge", "Memory of the GPU", _GPU),
    MetricDefinition("videogen_gpu_temperature_celsius", "gauge", "Temperature", _GPU),
    MetricDefinition("videogen_gpu_power_watts", "gauge", "Power", _GPU),
    # Alerts and the exporter itself.
    MetricDefinition("videogen_alerts_firing", "gauge", "Alerts that fire", {"severity": SEVERITIES}),
    MetricDefinition(
        "videogen_notifications_total",
        "counter",
        "Notifications by kind of receiver and what became of them",
        {
            "kind": ("log", "file", "webhook", "email", "apprise"),
            "outcome": ("sent", "failed", "uncertain"),
        },
    ),
    MetricDefinition("videogen_events_total", "counter", "Things that happened in the monitoring", {"event": EVENTS}),
    MetricDefinition("videogen_exporter_collect_seconds", "gauge", "Last collecting", {"collector": COLLECTORS}),
    MetricDefinition(
        "videogen_exporter_collect_success", "gauge", "1: the last collecting worked", {"collector": COLLECTORS}
    ),
    MetricDefinition(
        "videogen_exporter_collect_timestamp_seconds", "gauge", "Last good collecting", {"collector": COLLECTORS}
    ),
    MetricDefinition("videogen_exporter_series", "gauge", "Series that are exposed"),
)
CATALOGUE: Final[Mapping[str, MetricDefinition]] = {metric.name: metric for metric in METRICS}
ALIASES: Final[Mapping[str, str | None]] = {
    "generation_seconds": "videogen_client_generation_seconds",
    "generation_failures": "videogen_client_failures_total",
    # The warehouse has these already.
    "quality_score": None,
    "regenerations": None,
}
"""Plain names that `VideoGenerator` gives to any monitoring service."""
PLAIN_STAGE: Final = "stage_seconds."
"""Prefix of the plain names of stages, which the warehouse has already, too."""


def definition(name: str, known: Mapping[str, MetricDefinition] = CATALOGUE) -> MetricDefinition:
    """The metric of that name.

    Raises:
        InputError: there is none; the closest names are offered.
    """
    if name not in known:
        raise InputError(f"unknown metric {name!r}{did_you_mean(name, known)}", remedy="docs/monitoring.md lists them")
    return known[name]


def closed(values: Collection[str], given: object) -> str:
    """`given` if it is one of the values of a label, else ``"other"``."""
    return str(given) if str(given) in values else OTHER


def as_table() -> str:
    """The catalogue as a Markdown table, for docs/monitoring.md."""
    rows = ["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        rows.append(f"| `{metric.name}` | {metric.kind} | {', '.join(metric.labels)} | {metric.help} |")
    return "\n".join(rows)
