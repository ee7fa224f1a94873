"""What is kept of a revision that was narrated and made."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from videogen.briefing.assembly.variant import VariantFacts
from videogen.briefing.narration.speaking import Narration
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.timing.timeline import Timeline
from videogen.domain.frozen_model import FrozenModel


class NarrationFacts(FrozenModel):
    """What was spoken. voices: language → key of its voice; seconds: language → length; notes: why it is silent."""

    voices: dict[str, str]
    seconds: dict[str, float]
    sentences: dict[str, int]
    notes: tuple[str, ...] = ()


class VariantRecord(FrozenModel):
    """A finished variant. key: of all that it was made from, so that it is not made twice."""

    key: str
    facts: VariantFacts


class Variants(FrozenModel):
    """The finished variants of a revision; failed: name → why the others are missing."""

    made: tuple[VariantRecord, ...] = ()
    failed: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """One language of a revision, ready to be drawn."""

    storyboard: Storyboard
    timeline: Timeline
    narration: Narration
    voice: str
