"""Stance of a passage: compares each of its assertions with the claim, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from videogen.fact_check.judging.entailment import compare
from videogen.fact_check.reading.propositions import propositions

# Shares of decisions that were right in the benchmark `fact_check.contradictions`, rounded down.
SUPPORTS, REFUTES = 0.95, 0.9
# A passage that calls something false or a rumour may mean just what it seems to assert.
_DENIAL = re.compile(
    r"\b(?:false|falsehoods?|myths?|incorrect|untrue|debunk\w*|fake|hoax\w*|mislead\w*|misleading|fact.check\w*|disprove\w*|"
    r"misconceptions?|rumou?rs?|no evidence|not true|fictional|fiction|lies?|lied|invented|made.up|fabricat\w*|april fools?|"
    r"jok(?:e[ds]?|ing|ingly)|satir\w*|parody|spoof|baseless|unfounded|groundless|nonsense|wrong(?:ly)?|inaccurate|erroneous\w*|"
    r"nothing of (?:this|the sort|the kind)|none of (?:this|it)|not so|not the case|no truth|legends?|folklore|fairy.?tales?|"
    r"imagine|suppose|pretend\w*|in theory|on paper)\b",
    re.I,
)


_SHARED = 0.4
_PIECE = re.compile(r"\w+")


@dataclass(frozen=True)
class Stance:
    """Which way a passage points, and how surely (0.5 to 1): "supports", "refutes" or "irrelevant"."""

    stance: str
    strength: float


@lru_cache(maxsize=20_000)
def judge_passage(claim: str, passage: str) -> Stance:
    """What a passage, taken as true, says about a claim; "irrelevant" wherever that is not certain.

    A passage that both supports and refutes a claim says nothing about it.
    """
    wanted = _pieces(claim)
    # Sentences that share few words can decide nothing; passing them over is only faster.
    near = (each for each in propositions(passage) if len(wanted & _pieces(each)) >= _SHARED * len(wanted))
    found = {compare(claim, assertion) for assertion in near}
    if "refutes" in found and "supports" not in found:
        return Stance("refutes", REFUTES)
    denied = denies(passage) and not denies(claim)
    if "supports" in found and "refutes" not in found and not denied:
        return Stance("supports", SUPPORTS)
    return Stance("irrelevant", 0.5)


def denies(text: str) -> bool:
    """Whether a text calls something false, a story or a rumour."""
    return _DENIAL.search(text) is not None


@lru_cache(maxsize=20_000)
def _pieces(text: str) -> frozenset[str]:
    return frozenset(_PIECE.findall(text.lower()))
