"""Which words of prompts go with rejection."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from videogen.statistics.multiple import benjamini_hochberg
from videogen.text.words import bare_words

LEAST_VIDEOS = 30
_LEAST_USES = 5
_PRIOR = 50.0
_MOST_WORDS = 3


@dataclass(frozen=True)
class TellingWords:
    """A phrase that is more frequent (z > 0) in prompts of rejected videos, with its q-value.

    rejected, approved: videos.
    """

    phrase: str
    z: float
    q: float
    rejected: int
    approved: int


def telling_words(rejected: Sequence[str], approved: Sequence[str], *, q: float = 0.1) -> list[TellingWords]:
    """Phrases of up to three words, by log-odds with an informative Dirichlet prior (Monroe et al. 2008).

    Args:
        rejected: prompts.
        q: false discovery rate.
        approved: prompts of approved videos.

    Returns:
        the strongest first; nothing below `LEAST_VIDEOS` prompts on both sides together, or 5 on one.
    """
    if len(rejected) + len(approved) < LEAST_VIDEOS or min(len(rejected), len(approved)) < _LEAST_USES:
        return []
    bad, good = _uses(rejected), _uses(approved)
    both = bad + good
    total = sum(both.values())
    n_bad, n_good = sum(bad.values()), sum(good.values())
    candidates, scores = [], []
    for phrase, uses in both.items():
        if uses < _LEAST_USES or uses == len(rejected) + len(approved):
            continue
        prior = _PRIOR * uses / total + 0.01
        a, b = bad[phrase] + prior, good[phrase] + prior
        odds = math.log(a / (n_bad + _PRIOR - a)) - math.log(b / (n_good + _PRIOR - b))
        candidates.append(phrase)
        scores.append(odds / math.sqrt(1.0 / a + 1.0 / b))
    adjusted = benjamini_hochberg([math.erfc(abs(z) / math.sqrt(2.0)) for z in scores])
    found = [
        TellingWords(phrase, z, value, bad[phrase], good[phrase])
        for phrase, z, value in zip(candidates, scores, adjusted, strict=True)
        if value <= q and z > 0
    ]
    return sorted(found, key=lambda one: -one.z)


def _uses(prompts: Sequence[str]) -> Counter[str]:
    """Prompts in which each phrase occurs."""
    counts: Counter[str] = Counter()
    for prompt in prompts:
        words = [word.casefold() for word, _, _ in bare_words(prompt)]
        counts.update({
            " ".join(words[start : start + length])
            for length in range(1, _MOST_WORDS + 1)
            for start in range(len(words) - length + 1)
        })  # fmt: skip
    return counts
