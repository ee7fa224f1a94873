"""The networks that read a plan off a text's token states.

Imports torch at the top: only loaders and trainers import this module.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def planner_network(width: int, hidden: int, classes: int, queries: int = 0) -> nn.Module:
    """Token states (N×L×`width`, all zero where the prompt has ended) → N×`classes` logits.

    Args:
        queries: of `AttentionReader`; 0: `MeanReader`, which planners without this field were trained as.

    Raises:
        ValueError: `hidden` is not a multiple of `queries`, or one of them is negative.
    """
    return AttentionReader(width, hidden, classes, queries) if queries else MeanReader(width, hidden, classes)


class MeanReader(nn.Sequential):
    """Reads the mean of the tokens: it loses the order of words ("from left to right")."""

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, classes))

    def forward(self, states: Tensor) -> Tensor:
        there = present(states)[..., None].to(states)
        result: Tensor = super().forward(states.sum(dim=1) / there.sum(dim=1).clamp(min=1.0))
        return result


class AttentionReader(nn.Module):
    """Learned queries take each their own share of every token; what they find is read together."""

    def __init__(self, width: int, hidden: int, classes: int, queries: int) -> None:
        super().__init__()
        if queries < 0 or hidden % queries:
            raise ValueError(f"hidden ({hidden}) must be a multiple of queries ({queries})")
        self.queries = queries
        self.norm, self.scores, self.values = nn.LayerNorm(width), nn.Linear(width, queries), nn.Linear(width, hidden)
        self.read = nn.Sequential(
            nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.GELU(), nn.Dropout(0.2), nn.Linear(hidden, classes)
        )

    def forward(self, states: Tensor) -> Tensor:
        tokens = self.norm(states)
        scores = self.scores(tokens).masked_fill(~present(states)[..., None], torch.finfo(tokens.dtype).min)
        values = self.values(tokens).unflatten(-1, (self.queries, -1))
        found = (scores.softmax(dim=1)[..., None] * values).sum(dim=1)
        result: Tensor = self.read(found.flatten(1))
        return result


def present(states: Tensor) -> Tensor:
    """N×L: which tokens are there."""
    return states.abs().sum(dim=-1) > 0
