"""The tables of feedback and experiments; see `videogen.storage.warehouse_tables`."""

from __future__ import annotations

from videogen.domain.feedback_kinds import CATEGORIES, CHANNELS, KINDS, PURPOSES
from videogen.domain.video_ids import VIDEO_ID_FORM
from videogen.storage.warehouse_columns import Column

RATER_FORM = r"k[0-9]+:[a-z2-7]{26}|anonymous|system"
_VIDEO_ID = Column("video_id", "text", pattern=VIDEO_ID_FORM)
_ATTEMPT = Column("attempt", "integer", minimum=1)

FEEDBACK_TABLES: dict[str, tuple[Column, ...]] = {
    "feedback": (
        Column("event_id", "text", pattern=r"[0-9a-f]{32}"),
        Column("received_at", "time"),
        Column("occurred_at", "time", nullable=True),
        _VIDEO_ID,
        _ATTEMPT,
        Column("kind", "text", choices=KINDS),
        Column("value", "real", nullable=True),
        Column("other_video_id", "text", nullable=True, pattern=VIDEO_ID_FORM),
        Column("other_attempt", "integer", nullable=True, minimum=1),
        Column("shown_first", "truth", nullable=True),
        Column("tag", "text", nullable=True),
        Column("comment", "text", nullable=True),
        Column("category", "text", choices=CATEGORIES),
        Column("rater", "text", pattern=RATER_FORM),
        Column("channel", "text", choices=CHANNELS),
        Column("purposes", "text", choices=PURPOSES),
        Column("experiment", "text", nullable=True),
        Column("arm", "text", nullable=True),
    ),
    "feedback_aggregates": (
        Column("day", "time"),
        Column("measure", "text"),
        Column("value", "real", nullable=True),
        Column("lower", "real", nullable=True),
        Column("upper", "real", nullable=True),
        Column("n", "integer", minimum=0),
        Column("note", "text", nullable=True),
    ),
    "parameters": (
        _VIDEO_ID,
        _ATTEMPT,
        Column("name", "text"),
        Column("number", "real", nullable=True),
        Column("text", "text", nullable=True),
    ),
    "recommendations": (
        Column("made_at", "time"),
        Column("setting", "text"),
        Column("current", "text", nullable=True),
        Column("suggested", "text"),
        Column("effect", "real", nullable=True),
        Column("lower", "real", nullable=True),
        Column("upper", "real", nullable=True),
        Column("q", "real", nullable=True, minimum=0.0, maximum=1.0),
        Column("evidence", "text", choices=("randomised", "adjusted", "advice")),
        Column("experiment", "text", nullable=True),
        Column("why", "text"),
    ),
    "experiment_attempts": (
        Column("experiment", "text"),
        Column("arm", "text"),
        _VIDEO_ID,
        _ATTEMPT,
        Column("assigned_at", "time"),
    ),
    "ab_tests": (
        Column("experiment", "text"),
        Column("looked_at", "time"),
        Column("decision", "text"),
        Column("arm", "text"),
        Column("measure", "text"),
        Column("estimate", "real", nullable=True),
        Column("lower", "real", nullable=True),
        Column("upper", "real", nullable=True),
        Column("margin", "real", nullable=True),
        Column("verdict", "text"),
        Column("units", "integer", minimum=0),
    ),
    "improvements": (
        Column("change_id", "text"),
        Column("changed_at", "time"),
        Column("event", "text", choices=("adopted", "reverted")),
        Column("experiment", "text"),
        Column("settings", "text"),
        Column("operator", "text"),
        Column("why", "text", nullable=True),
    ),
    "erasures": (
        Column("erased_at", "time"),
        Column("subject", "text", pattern=r"[0-9a-f]{64}"),
        Column("events", "integer", minimum=0),
        Column("datasets", "integer", minimum=0),
        Column("weights", "text", nullable=True),
        Column("why", "text"),
    ),
}
