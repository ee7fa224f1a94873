"""Which way a passage points about a claim: a calibrated linear classifier over lexical and embedding features.

It is no language inference: it knows overlap, numbers, dates, names and negation. So it decides only where it is
sure, and what it says is weighed by its calibrated probability.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.fact_check.claim import Claim
from videogen.fact_check.numbers import SCALES, WORDS
from videogen.fact_check.stance_features import FEATURES, Parsed, compare_numbers, features, parsed, sentences_of
from videogen.fact_check.stemming import stem
from videogen.text.word_lists import normal_set

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.fact_check.retrieval import Found

_NEGATIONS = frozenset(stem(word) for word in normal_set("negations"))
CLASSES = ("irrelevant", "refute", "support")
# The embeddings' 384 products are of the order of 1/384; so scaled, one penalty fits them and the other features.
INTERACTION_SCALE = 10.0


@dataclass(frozen=True)
class Stance:
    """Which way a passage points, and how surely (0.5 to 1): "supports", "refutes" or "irrelevant"."""

    stance: str
    strength: float


class StanceClassifier:
    """Softmax over a linear map of standardised features. The coefficients are plain JSON
    (`training/fact_check_classifier.py`).
    """

    def __init__(self, weights: dict[str, Any]) -> None:
        import numpy as np

        if tuple(weights["features"]) != FEATURES:
            raise ModelError(
                "the stance weights were fitted for other features",
                remedy="run training/fact_check_classifier.py again",
            )
        if not all(value > 0 for value in weights["scale"]):
            raise ModelError(
                "the stance weights hold a scale that is not positive",
                remedy="run training/fact_check_classifier.py again",
            )
        self._mean = np.array(weights["mean"])
        self._scale = np.array(weights["scale"])
        self._coefficients = np.array(weights["coefficients"])
        self._intercepts = np.array(weights["intercepts"])
        self._thresholds: dict[str, float] = weights["thresholds"]

    @classmethod
    @cache
    def load(cls) -> StanceClassifier:
        """The classifier with the weights of this package."""
        return cls(json.loads(files("videogen.fact_check").joinpath("data/stance.json").read_text(encoding="utf-8")))

    def probabilities(self, rows: Any) -> Any:
        """Calibrated N×3 probabilities over `CLASSES` for N rows of `feature_row`."""
        import numpy as np

        scores = (np.asarray(rows) - self._mean) / self._scale @ self._coefficients.T + self._intercepts
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def judge(self, claim: Claim, found: Sequence[Found]) -> list[Stance]:
        """One stance for each passage: by near-literal agreement or clash first, then by the classifier where it
        is sure.
        """
        if not found:
            return []
        rows = [feature_row(claim.text, item.passage.text, item.interaction) for item in found]
        return [
            self.settle(claim.text, item.passage.text, row)
            for item, row in zip(found, self.probabilities(rows), strict=True)
        ]

    def settle(self, claim: str, passage: str, probabilities: Any) -> Stance:
        """Near-literal agreement or clash first; then the classifier, which never supports a number or year that the
        passage does not give.
        """
        literal = near_literal(claim, passage)
        if literal is not None:
            return literal
        decided = self.decide(*(float(value) for value in probabilities))
        if decided.stance == "supports" and not _gives_numbers(parsed(claim), parsed(passage)):
            return Stance("irrelevant", 0.5)
        return decided

    def decide(self, irrelevant: float, refute: float, support: float) -> Stance:
        """What calibrated probabilities of the three classes amount to; "irrelevant" below the thresholds."""
        # Evidence counts with its net probability: what speaks for it less what speaks against.
        strength = 0.5 + abs(support - refute) / 2
        if support >= self._thresholds["support"] and support > refute:
            return Stance("supports", strength)
        if refute >= self._thresholds["refute"] and refute > support:
            return Stance("refutes", strength)
        return Stance("irrelevant", 0.5)


def feature_row(claim: str, passage: str, interaction: NDArray[np.float32]) -> list[float]:
    """`FEATURES`, then the 384 scaled products of the two embeddings."""
    products = [float(value) * INTERACTION_SCALE for value in interaction]
    return [*features(claim, passage, float(interaction.sum())), *products]


def near_literal(claim: str, passage: str) -> Stance | None:
    """A sentence that says nearly the same words settles the claim: the same numbers and negation support it,
    others refute it.

    None where no sentence is that near.
    """
    wanted = parsed(claim)
    words_wanted = _plain_words(wanted)
    if len(words_wanted) < _FEWEST_WORDS:
        return None
    best: Stance | None = None
    for sentence in sentences_of(passage):
        present = _plain_words(sentence)
        shared = len(words_wanted & present)
        if shared < _NEAR * len(words_wanted) or shared < _NEAR_BACK * len(present):
            continue
        clash = _numbers_clash(wanted, sentence)
        if clash is None:
            continue
        denies = wanted.negated != sentence.negated
        if clash or denies:
            best = best or Stance("refutes", _LITERAL_REFUTES)
        else:
            return Stance("supports", _LITERAL_SUPPORTS)
    return best


_FEWEST_WORDS, _NEAR, _NEAR_BACK = 3, 0.9, 0.5
_LITERAL_SUPPORTS, _LITERAL_REFUTES = 0.93, 0.85


def _plain_words(text: Parsed) -> frozenset[str]:
    """Stems that are neither numbers nor words of negation."""
    return frozenset(
        item
        for item in text.stems
        if not any(c.isdigit() for c in item) and item not in SCALES and item not in WORDS and item not in _NEGATIONS
    )


def _numbers_clash(wanted: Parsed, sentence: Parsed) -> bool | None:
    """Whether numbers or years differ; None where the sentence gives none to compare."""
    matched, clash = compare_numbers(wanted.quantities, sentence.quantities)
    if clash:
        return True
    if wanted.quantities and matched < 1.0:
        # One number is another, all else is the same; if several are, it is about something else ("ward 7").
        one_other = round(matched * len(wanted.quantities)) == len(wanted.quantities) - 1
        alike = len(wanted.quantities) == len(sentence.quantities) and wanted.years == sentence.years
        return True if one_other and alike else None
    if wanted.years and not wanted.years & sentence.years:
        return True if sentence.years else None
    return False


def _gives_numbers(wanted: Parsed, passage: Parsed) -> bool:
    matched, _ = compare_numbers(wanted.quantities, passage.quantities)
    return (not wanted.quantities or matched == 1.0) and wanted.years <= passage.years
