"""FeedbackEvent: one thing said or done by one rater about one attempt. Submission: what a channel hands over."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from videogen.domain.feedback_kinds import TAGS, Category, Channel, Kind, Purposes
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import InputError, reasons, shortened
from videogen.storage.warehouse_tables_of_feedback import RATER_FORM

LONGEST_COMMENT = 4000
_AHEAD = timedelta(minutes=5)
"""So far may the clock of a rater's machine be ahead of ours."""
_MOST_TAGS = len(TAGS)
_DECISION = ("approved", "rejected")


class FeedbackEvent(BaseModel):
    """One event. It never changes: a later one takes its place in every count.

    value: rating 0 … 1; completion 0 … 1; seconds played; preference 1 won, ½ tie; None takes an earlier word back.
    comment: after scrubbing. rater: a keyed pseudonym, ``anonymous`` or ``system``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    event_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    received_at: datetime
    occurred_at: datetime | None = None
    video_id: str = Field(pattern=VIDEO_ID.pattern)
    attempt: int = Field(ge=1)
    kind: Kind
    value: float | None = None
    other_video_id: str | None = Field(None, pattern=VIDEO_ID.pattern)
    other_attempt: int | None = Field(None, ge=1)
    shown_first: bool | None = None
    tag: str | None = None
    comment: str | None = Field(None, max_length=2 * LONGEST_COMMENT)
    category: Category = "other"
    rater: str = Field("anonymous", pattern=rf"^(?:{RATER_FORM})$")
    channel: Channel
    purposes: Purposes = "analysis"
    experiment: str | None = None
    arm: str | None = None

    @property
    def topic(self) -> str:
        """What the last word about counts: approval and rejection answer the same question."""
        return "decision" if self.kind in _DECISION else self.kind


class Submission(BaseModel):
    """What one rater says at once, before anything is scrubbed or renamed: it is never written down.

    user: who says it, in any form that stays the same; None: anonymous. rating: 1 … 5 stars. take_back: what is
    not meant any more: ``("rating",)``. key: the client's own number, so that a repeated post counts once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    user: str | None = Field(None, max_length=320)
    video_id: str
    attempt: int | None = Field(None, ge=1)
    rating: int | None = None
    approved: bool | None = None
    preferred_over: str | None = None
    other_attempt: int | None = Field(None, ge=1)
    tie: bool = False
    shown_first: bool | None = None
    tags: tuple[str, ...] = Field((), max_length=_MOST_TAGS)
    comment: str | None = None
    play: float | None = Field(None, ge=0.0, le=86_400.0, description="seconds watched")
    completion: float | None = Field(None, ge=0.0, le=1.0)
    skip: bool = False
    download: bool = False
    re_edit: bool = False
    withdraw: bool = False
    consent_to_training: bool = False
    occurred_at: datetime | None = None
    take_back: tuple[str, ...] = ()
    key: str | None = Field(None, min_length=8, max_length=200)

    @field_validator("rating", mode="before")
    @classmethod
    def _stars_are_whole(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError("a number of stars from 1 to 5 is needed")
        return given

    @field_validator("rating")
    @classmethod
    def _stars_are_few(cls, stars: int | None) -> int | None:
        if stars is not None and not 1 <= stars <= 5:
            raise ValueError(f"{shortened(str(stars), 20)} is not a number of stars: give 1 to 5")
        return stars

    @field_validator("video_id", "preferred_over")
    @classmethod
    def _ids_are_those_of_videos(cls, name: str | None) -> str | None:
        if name is not None and not VIDEO_ID.fullmatch(name):
            raise ValueError(f"{shortened(name, 80)!r} is not the id of a video; `videogen list` shows them")
        return name

    @field_validator("comment")
    @classmethod
    def _comments_are_short(cls, comment: str | None) -> str | None:
        if comment is not None and len(comment) > LONGEST_COMMENT:
            raise ValueError(f"{len(comment):,} characters are too many, {LONGEST_COMMENT:,} are taken")
        return comment

    @field_validator("tags")
    @classmethod
    def _tags_are_known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [tag for tag in tags if tag not in TAGS]
        if unknown:
            raise ValueError(f"unknown tag {unknown[0]!r}; the tags are {', '.join(TAGS)}")
        return tuple(dict.fromkeys(tags))

    @field_validator("take_back")
    @classmethod
    def _only_words_are_taken_back(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        allowed = ("rating", "decision", "preference", "comment", *(f"tag:{tag}" for tag in TAGS))
        unknown = [name for name in names if name not in allowed]
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} cannot be taken back; choose rating, decision, preference, comment, tag:…"
            )
        return names

    @field_validator("occurred_at")
    @classmethod
    def _clocks_are_sane(cls, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if known > datetime.now(UTC) + _AHEAD:
            raise ValueError(f"{known:%Y-%m-%d %H:%M} lies in the future: set the clock of the machine that sends it")
        return known

    @model_validator(mode="after")
    def _it_says_something(self) -> Self:
        values = [self.rating, self.approved, self.comment, self.play, self.completion]
        done = self.skip or self.download or self.re_edit or self.withdraw
        if all(value is None for value in values) and not (done or self.tags or self.take_back or self.compares):
            raise ValueError("nothing is said: give a rating, decision, preference, tag, comment, or what was done")
        if self.tie and not self.compares:
            raise ValueError("a comparison needs the video that it is compared with: preferred_over")
        return self

    @property
    def compares(self) -> bool:
        """Whether two videos, or two attempts of one, are compared."""
        return self.preferred_over is not None or self.other_attempt is not None


def submission(data: Any) -> Submission:
    """A checked submission.

    Raises:
        InputError: a field is refused; each is named with the reason.
    """
    try:
        return Submission.model_validate(data)
    except ValidationError as error:
        raise InputError(
            f"this feedback is refused: {reasons(error)}", remedy="docs/feedback.md lists the fields with their bounds"
        ) from error


def new_event_id() -> str:
    """32 hexadecimal digits: microseconds since the epoch, then random ones; ids sort by time."""
    return f"{time.time_ns() // 1000:014x}{secrets.token_hex(9)}"
