"""The schemas of the warehouse tables, checked for every row.

The definitions are plain data, so that importing them costs nothing; `schema` makes the pandera schema
and `arrow_schema` the Arrow one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.domain.video_ids import VIDEO_ID_FORM
from videogen.errors import InputError
from videogen.storage.warehouse_columns import Column, Kind
from videogen.storage.warehouse_tables_of_feedback import FEEDBACK_TABLES

if TYPE_CHECKING:
    import pandera.pandas
    import pyarrow

_VIDEO_ID = Column("video_id", "text", pattern=VIDEO_ID_FORM)
# Briefings are released as well.
_RELEASED_ID = Column("video_id", "text", pattern=rf"(?:b-)?(?:{VIDEO_ID_FORM})")
_ATTEMPT = Column("attempt", "integer", minimum=1)

TABLES: dict[str, tuple[Column, ...]] = {
    "requests": (
        _VIDEO_ID,
        Column("created_at", "time"),
        Column("prompt", "text"),
        Column("title", "text", nullable=True),
        Column("images", "integer", minimum=0),
        Column("profile", "text", nullable=True),
        Column("seed", "integer", minimum=0),
        Column("duration", "real", nullable=True, minimum=0.0),
        Column("emergency", "truth"),
        Column("priority", "integer"),
        Column("source", "text"),
        Column("requester", "text", nullable=True),
        Column("experiment", "text", nullable=True),
        Column("arm", "text", nullable=True),
        Column("arm_share", "real", nullable=True, minimum=0.0, maximum=1.0),
    ),
    "stage_timings": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("stage", "text"),
        Column("run_id", "text"),
        Column("started_at", "time"),
        Column("seconds", "real", minimum=0.0),
        Column("peak_memory_bytes", "integer", minimum=0),
    ),
    "step_timings": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("stage", "text"),
        Column("step", "text"),
        Column("seconds", "real", minimum=0.0),
    ),
    "videos": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("created_at", "time"),
        Column("width", "integer", minimum=2),
        Column("height", "integer", minimum=2),
        Column("fps", "real", minimum=0.0),
        Column("num_frames", "integer", minimum=1),
        Column("duration", "real", minimum=0.0),
        Column("codec", "text"),
        Column("bytes", "integer", minimum=1),
        Column("sha256", "text", pattern=r"[0-9a-f]{64}"),
        Column("label", "text"),
        Column("model", "text"),
        Column("revision", "text", nullable=True),
        Column("seed", "integer", minimum=0),
    ),
    "quality": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("metric", "text"),
        Column("value", "real", nullable=True),
        Column("threshold", "real", nullable=True),
        Column("passed", "truth", nullable=True),
    ),
    "failures": (
        _VIDEO_ID,
        Column("attempt", "integer", nullable=True, minimum=1),
        Column("stage", "text"),
        Column("run_id", "text"),
        Column("failed_at", "time"),
        Column("error", "text"),
        Column("problem", "text"),
        Column("remedy", "text", nullable=True),
    ),
    "releases": (
        _RELEASED_ID,
        Column("attempt", "integer", nullable=True, minimum=1),
        Column("event", "text", choices=("published", "refused", "withdrawn")),
        Column("decided_at", "time"),
        Column("released_by", "text", nullable=True),
        Column("operator", "text", nullable=True),
        Column("why", "text", nullable=True),
        Column("sha256", "text", nullable=True, pattern=r"[0-9a-f]{64}"),
        Column("below_target", "truth", nullable=True),
        Column("summary", "text"),
    ),
    "adaptations": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("adapted_at", "time"),
        Column("domain", "text"),
        Column("description", "text"),
        Column("profile", "text"),
        Column("revision", "text", nullable=True),
        Column("preset", "text", choices=("off", "mild", "strong")),
        Column("settings", "text"),
        Column("score", "real", minimum=0.0, maximum=1.0),
        Column("gain", "real", nullable=True, minimum=-1.0, maximum=1.0),
        Column("verdict", "text", choices=("better", "same", "worse", "cannot tell")),
        Column("success", "truth"),
    ),
    "quality_trends": (
        Column("day", "time"),
        Column("metric", "text"),
        Column("value", "real", nullable=True),
        Column("standard_error", "real", nullable=True, minimum=0.0),
        Column("videos", "integer", minimum=0),
        Column("note", "text", nullable=True),
    ),
    "performance_metrics": (
        Column("day", "time"),
        Column("stage", "text"),
        Column("runs", "integer", minimum=0),
        Column("mean_seconds", "real", nullable=True, minimum=0.0),
        Column("p95_seconds", "real", nullable=True, minimum=0.0),
        Column("peak_memory_bytes", "integer", nullable=True, minimum=0),
        Column("failures", "integer", minimum=0),
        Column("p50_seconds", "real", nullable=True, minimum=0.0),
        Column("p99_seconds", "real", nullable=True, minimum=0.0),
        Column("failures_by_class", "text", nullable=True),
        Column("queue_p50_seconds", "real", nullable=True, minimum=0.0),
        Column("queue_p95_seconds", "real", nullable=True, minimum=0.0),
        Column("videos", "integer", nullable=True, minimum=0),
        Column("videos_per_hour", "real", nullable=True, minimum=0.0),
        Column("work_seconds_per_video_second", "real", nullable=True, minimum=0.0),
        Column("crashes", "integer", nullable=True, minimum=0),
    ),
    "alerts": (
        Column("raised_at", "time"),
        Column("kind", "text", pattern=r"[a-z][a-z_]*"),
        Column("severity", "text", choices=("info", "warning", "critical")),
        Column("video_id", "text", nullable=True),
        Column("attempt", "integer", nullable=True, minimum=1),
        Column("problem", "text"),
        Column("remedy", "text", nullable=True),
        Column("alert_id", "text", nullable=True),
        Column("state", "text", nullable=True, choices=("firing", "resolved")),
        Column("origin", "text", nullable=True, choices=("rule", "raised", "alertmanager")),
        Column("fingerprint", "text", nullable=True),
        Column("value", "real", nullable=True),
        Column("threshold", "real", nullable=True),
        Column("acknowledged_by", "text", nullable=True),
        Column("resolved_at", "time", nullable=True),
    ),
    "metric_samples": (
        Column("sampled_at", "time"),
        Column("name", "text"),
        Column("labels", "text"),
        Column("value", "real"),
    ),
    "fact_checks": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("claim", "text"),
        Column("verdict", "text"),
        Column("confidence", "real", nullable=True, minimum=0.0, maximum=1.0),
        Column("source", "text", nullable=True),
    ),
    **FEEDBACK_TABLES,
}

_PANDAS: dict[Kind, str] = {
    "text": "string",
    "integer": "Int64",
    "real": "Float64",
    "truth": "boolean",
    "time": "datetime64[us, UTC]",
}


def columns(table: str) -> tuple[Column, ...]:
    """The columns of a table.

    Raises:
        InputError: the table does not exist.
    """
    if table not in TABLES:
        raise InputError(f"unknown table {table!r}", remedy=f"choose one of {', '.join(TABLES)}")
    return TABLES[table]


def schema(table: str) -> pandera.pandas.DataFrameSchema:
    """The pandera schema: types are coerced, unknown or missing columns and bad values refused."""
    import pandera.pandas as pa

    def checks(column: Column) -> list[pa.Check]:
        found = []
        if column.minimum is not None:
            found.append(pa.Check.ge(column.minimum))
        if column.maximum is not None:
            found.append(pa.Check.le(column.maximum))
        if column.choices:
            found.append(pa.Check.isin(list(column.choices)))
        if column.pattern is not None:
            found.append(pa.Check.str_matches(rf"^(?:{column.pattern})\Z"))
        return found

    return pa.DataFrameSchema(
        {
            column.name: pa.Column(_PANDAS[column.kind], checks=checks(column), nullable=column.nullable, coerce=True)
            for column in columns(table)
        },
        strict=True,
        ordered=False,
        name=table,
    )


def arrow_schema(table: str) -> pyarrow.Schema:
    """The Arrow schema of the table's Parquet files."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "real": pa.float64(),
        "truth": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([pa.field(column.name, types[column.kind], column.nullable) for column in columns(table)])
