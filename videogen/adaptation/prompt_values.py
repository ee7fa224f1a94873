"""The values that prompt engineering gives: worded prompts, key terms, and how well a prompt works."""

from __future__ import annotations

from pydantic import Field

from videogen.domain.artifacts import PromptChange
from videogen.domain.frozen_model import FrozenModel

MIN_RESULTS = 3
"""Fewer results than this give numbers, but no verdict."""
NO_EFFECT = 0.05
"""Change of the relevance (standard deviations) below which a word counts as without effect."""


class EngineeredPrompt(FrozenModel):
    """A prompt as the model is to read it. unknown: words that the model does not know and nothing known is near."""

    original: str
    text: str
    changes: tuple[PromptChange, ...] = ()
    unknown: tuple[str, ...] = ()


class DomainKeyword(FrozenModel):
    """A key term. weight: 1 … 1.2, see `extract_keywords`. nearest: the known name that it is nearest to in meaning."""

    word: str
    weight: float
    known: bool
    nearest: str | None = None
    similarity: float | None = Field(None, description="cosine to the nearest listed word, −1 … 1")


class WordEffect(FrozenModel):
    """effect: fall of the video's relevance when the word is left out of the prompt, in standard deviations."""

    word: str
    effect: float


class PromptEffectiveness(FrozenModel):
    """How well a prompt works. interval: 95 % (Wilson 1927) of the share that passed the quality gate."""

    prompt: str
    results: int
    passed: int
    interval: tuple[float, float]
    mean_score: float
    words: tuple[WordEffect, ...] = ()
    verdict: str
    advice: tuple[str, ...] = ()
