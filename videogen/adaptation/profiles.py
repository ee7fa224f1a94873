"""DomainProfile: what is known of a domain before anything is drawn. The values that the adaptation passes on."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from videogen.adaptation.prompt_values import DomainKeyword
from videogen.domain.frozen_model import FrozenModel


class Characteristics(FrozenModel):
    """What of a domain decides about parameters. All 0 … 1.

    novelty: 1 − coverage. references: pictures were given.
    """

    novelty: float = Field(ge=0.0, le=1.0)
    references: bool = False


class DomainProfile(FrozenModel):
    """A domain as a model sees it.

    coverage: share of the weight of its key terms that the model knows or has something near for, 0 … 1.
    """

    name: str
    description: str
    model: str = Field(description="name of the model profile")
    revision: str | None = None
    keywords: tuple[DomainKeyword, ...]
    nearest: tuple[str, ...] = Field(description="names of known things, the most similar first")
    unknown: tuple[str, ...]
    coverage: float = Field(ge=0.0, le=1.0)
    characteristics: Characteristics
    look: str | None = None
    palette: tuple[float, ...] | None = None
    warnings: tuple[str, ...] = ()


class AdaptedParameters(FrozenModel):
    """Settings with the reason for each one that differs. skipped: what the profile does not support, and why."""

    settings: dict[str, Any]
    reasons: dict[str, str] = Field(default_factory=dict)
    skipped: tuple[str, ...] = ()


class SamplingStrategy(AdaptedParameters):
    """seconds: how much longer the denoising takes, as a factor of what it takes without; 1 is the same."""

    cost: float = Field(1.0, gt=0.0)


class TransferWeights(FrozenModel):
    """Weights of words in the conditioning, not of the network: 0.25 … 4 with a mean of 1.

    similarity: cosine of the two descriptions. Neutral (no words) where the domains are too far from each other.
    """

    source: str
    target: str
    similarity: float
    words: dict[str, float] = Field(default_factory=dict)
    reason: str


class Adaptation(FrozenModel):
    """All that adaptation changes for a domain: the profile of it, settings, and where they come from."""

    profile: DomainProfile
    preset: Literal["off", "mild", "strong"]
    parameters: AdaptedParameters
    evidence: int = Field(0, description="earlier videos of similar domains that decided about the preset")


class AdaptationQuality(FrozenModel):
    """Whether adaptation helped. difference: of the scores, adapted − not adapted, None without a twin.

    relevance: of the adapted video to its prompt, standard deviations. passed: whether it passes the quality gate.
    """

    verdict: Literal["better", "same", "worse", "cannot tell"]
    score: float
    passed: bool
    relevance: float | None = None
    twin_score: float | None = None
    twin_relevance: float | None = None
    difference: float | None = None
    reason: str
