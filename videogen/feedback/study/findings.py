"""What an analysis of feedback is made of."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Part):
    """A number with its interval; value None: `note` says why nothing can be said."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    note: str = ""


class RatedVideo(_Part):
    """A video's rating, 1 … 5, with the raters' habits taken out."""

    video_id: str
    attempt: int
    rating: float
    error: float
    raters: int


class Topic(_Part):
    """What people speak of. quote: the comment nearest to all others, only of groups that are large enough."""

    category: str
    complaints: int
    praise: int
    raters: int
    quote: str = ""


class Finding(_Part):
    """A tested statement. q: after Benjamini–Hochberg over the whole analysis; believed: q ≤ 0.05."""

    measure: str
    statement: str
    effect: float
    p: float
    q: float
    n: int
    believed: bool
    since: date | None = None
    changed_then: tuple[str, ...] = ()


class Phrase(_Part):
    """Words in prompts that go with rejection."""

    phrase: str
    q: float
    rejected: int
    approved: int


class Strength(_Part):
    """How an arm or model fares in comparisons, in log-odds against the mean of all."""

    name: str
    strength: float
    lower: float
    upper: float


class ParameterFinding(_Part):
    """What a parameter does to an outcome, from first attempts only."""

    setting: str
    outcome: str
    slope: float
    lower: float
    upper: float
    p: float
    q: float
    n: int
    evidence: str
    current: float | None
    believed: bool


class FeedbackAnalysis(_Part):
    """The result of `FeedbackIntegration.analyze_feedback_trends`."""

    start: date
    end: date
    events: int
    raters: int
    anonymous_share: float | None
    rating: Number
    approval: Number
    completion: Number
    response: Number = Number(value=None)
    videos: tuple[RatedVideo, ...] = ()
    topics: tuple[Topic, ...] = ()
    findings: tuple[Finding, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    strengths: tuple[Strength, ...] = ()
    left_side: Number = Number(value=None)
    parameters: tuple[ParameterFinding, ...] = ()
    not_enough: tuple[str, ...] = Field((), description="what nothing can be said of, and what is missing")
