"""What a briefing was ordered as: who, when, which languages, formats and length."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from videogen.briefing.storyboard.model import FormatName, Language, LoudnessProfile
from videogen.domain.frozen_model import FrozenModel
from videogen.domain.video_ids import VIDEO_ID_FORM, new_video_id

BRIEFING_ID: Final = re.compile(f"^b-(?:{VIDEO_ID_FORM})$")
Starter = Literal["cli", "python", "launchpad", "inbox", "desk"]


class BriefingOrder(FrozenModel):
    """One briefing. releases: language → name of its file, the first leads; source: where the order came from."""

    id: str = Field(pattern=BRIEFING_ID.pattern)
    created_at: AwareDatetime
    source: Starter
    requester: str | None = None
    releases: dict[Language, str] = Field(min_length=1, max_length=12)
    formats: tuple[FormatName, ...] = ("wide", "square", "tall")
    target: int = Field(60, ge=10, le=300)
    brand: str = "plain"
    loudness: LoudnessProfile = "broadcast"
    fps: int = Field(25, ge=10, le=60)
    narration: Literal["auto", "required", "silent"] = "auto"
    embargo: AwareDatetime | None = None
    priority: int = Field(10, ge=-10, le=99)

    @property
    def lead(self) -> str:
        """The language whose release the storyboard is made from."""
        return next(iter(self.releases))


def new_briefing_id(title: str) -> str:
    """A fresh id that says what the briefing is about."""
    return f"b-{new_video_id(title)}"


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)
