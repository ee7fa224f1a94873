"""Turns prompt and images into conditioning of the denoiser: emphasis of keywords, complexity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from videogen.preprocessing.image.features import FEATURES

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.domain.artifacts import Keyword, PromptAsset, ReferenceImages

BUSY_PROMPT = 30
"""Number of words from which a prompt counts as long."""
MANY_KEYWORDS = 8
"""Number of keywords from which a scene counts as full."""


def token_weights(text: str, offsets: Sequence[tuple[int, int]], keywords: Sequence[Keyword]) -> list[float]:
    """A weight for every token of `text`: that of the keyword it lies in, else 1.

    offsets: start and end character of each token; (0, 0) for special tokens.
    """
    weights = [1.0] * len(offsets)
    for keyword in keywords:
        for match in re.finditer(rf"(?<!\w){re.escape(keyword.word)}(?!\w)", text, re.IGNORECASE):
            for place, (start, end) in enumerate(offsets):
                if start < end and start < match.end() and end > match.start():
                    weights[place] = keyword.weight
    return weights


def emphasise(embeds: Tensor, weights: Sequence[float]) -> Tensor:
    """Scale the states of weighted tokens, then bring all states back to their former mean square.

    So emphasis shifts attention between tokens and does not make the prompt as a whole louder.

    Args:
        embeds: 1×L×D.
        weights: one for each token, at most L; padding keeps its states.
    """
    import torch

    factors = torch.ones(embeds.shape[1], 1)
    factors[: len(weights), 0] = torch.tensor(list(weights))
    scaled = embeds * factors
    return scaled * (embeds.square().sum() / scaled.square().sum().clamp(min=1e-12)).sqrt()


def complexity(prompt: PromptAsset, images: ReferenceImages) -> float:
    """Return the complexity of what a video has to show, 0 … 1.

    0.6·min(keywords/8, 1) + 0.2·min(words/30, 1) + 0.2·detail, where detail is the mean of the pictures' feature
    ``sharpness`` (see `videogen.preprocessing.image.features`). Without pictures the first two count 0.75 and 0.25.
    """
    fullness = min(len(prompt.keywords) / MANY_KEYWORDS, 1.0)
    length = min(len(prompt.cleaned.split()) / BUSY_PROMPT, 1.0)
    if len(images.pixels) == 0:
        return 0.75 * fullness + 0.25 * length
    return 0.6 * fullness + 0.2 * length + 0.2 * picture_detail(images.features)


def picture_detail(features: Tensor) -> float:
    """How much detail pictures have, 0 … 1: the mean of their feature ``sharpness``; features: N×172, N at least 1."""
    return float(features[:, FEATURES["sharpness"]].mean())
