"""What a claim and a passage have in common, as numbers."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from functools import lru_cache

from videogen.fact_check.claim import Quantity
from videogen.fact_check.dates import find_dates
from videogen.fact_check.quantities import find_quantities
from videogen.fact_check.retrieval import STOP_WORDS
from videogen.fact_check.stemming import stem
from videogen.fact_check.units import convert
from videogen.text.normalise import words
from videogen.text.sentences import split_sentences

FEATURES: tuple[str, ...] = (
    "cosine", "recall", "rare_recall", "bigram_recall", "best_recall", "best_bigram_recall", "window", "name_recall",
    "best_name_recall", "has_names", "number_recall", "best_number_recall", "number_clash", "has_numbers", "date_recall",
    "date_clash", "has_dates", "negation_differs", "claim_negated", "denial", "log_claim_words", "log_passage_words",
    "cosine_x_recall", "best_recall_squared", "missing_names", "superlative", "subject_recall", "predicate_recall",
)  # fmt: skip

_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|cannot)\b|n['’]t\b|नहीं", re.I)
_DENIAL = re.compile(
    r"\b(?:false|myth|incorrect|untrue|debunk\w*|fake|hoax|mislead\w*|fact.check|contrary|disprove\w*|misconception|no evidence)\b",
    re.I,
)
_SUPERLATIVE = re.compile(
    r"\b(?:first|last|only|most|best|largest|oldest|youngest|highest|all|every|always|never)\b", re.I
)


@dataclass(frozen=True)
class Parsed:
    """A text taken apart once, to be compared many times."""

    stems: tuple[str, ...]
    names: frozenset[str]
    quantities: tuple[Quantity, ...]
    years: frozenset[int]
    days: frozenset[tuple[int, int]]
    negated: bool


@lru_cache(maxsize=20_000)
def parsed(text: str) -> Parsed:
    """Stems, capitalised words, quantities and dates of a text."""
    tokens = [word for word in words(text) if word.norm and word.norm not in STOP_WORDS]
    dates = find_dates(text)
    years = {span.first.year for span in dates} | {span.last.year for span in dates}
    years |= {int(word.norm) for word in tokens if re.fullmatch(r"1[5-9][0-9]{2}|20[0-9]{2}", word.norm)}
    return Parsed(
        stems=tuple(stem(word.norm) for word in tokens),
        names=frozenset(stem(word.norm) for word in tokens if word.text[:1].isupper() or word.text.isdigit()),
        quantities=find_quantities(text, dates),
        years=frozenset(years),
        days=frozenset((span.first.month, span.first.day) for span in dates if span.first == span.last),
        negated=_NEGATION.search(text) is not None,
    )


@lru_cache(maxsize=20_000)
def sentences_of(passage: str) -> tuple[Parsed, ...]:
    """The first forty sentences of a passage, taken apart."""
    return tuple(parsed(sentence.text) for sentence in split_sentences(passage)[:40]) or (parsed(passage),)


def features(claim: str, passage: str, cosine: float) -> list[float]:
    """Values of `FEATURES`, in that order, all finite and at most a few units in size.

    Args:
        cosine: of the embeddings of claim and passage.
    """
    wanted, whole = parsed(claim), parsed(passage)
    sentences = sentences_of(passage)
    best = max(sentences, key=lambda sentence: _share(wanted.stems, frozenset(sentence.stems)))
    stems, best_stems = frozenset(whole.stems), frozenset(best.stems)
    recall, best_recall = _share(wanted.stems, stems), _share(wanted.stems, best_stems)
    names, best_names = _share(tuple(wanted.names), stems), _share(tuple(wanted.names), best_stems)
    half = max(1, len(wanted.stems) // 2)
    numbers, clash = compare_numbers(wanted.quantities, whole.quantities)
    best_numbers, _ = compare_numbers(wanted.quantities, best.quantities)
    dates, dates_clash = _dates(wanted, whole, best)
    return [
        cosine,
        recall,
        _rare(wanted.stems, stems),
        _share(_pairs(wanted.stems), frozenset(_pairs(whole.stems))),
        best_recall,
        _share(_pairs(wanted.stems), frozenset(_pairs(best.stems))),
        _window(wanted.stems, whole.stems),
        names,
        best_names,
        float(bool(wanted.names)),
        numbers,
        best_numbers,
        clash,
        float(bool(wanted.quantities)),
        dates,
        dates_clash,
        float(bool(wanted.years)),
        float(wanted.negated != best.negated),
        float(wanted.negated),
        float(_DENIAL.search(passage) is not None),
        math.log1p(len(wanted.stems)) / 3,
        math.log1p(len(whole.stems)) / 5,
        cosine * best_recall,
        best_recall**2,
        min(len(wanted.names - stems), 4) / 4,
        float(_SUPERLATIVE.search(claim) is not None),
        _share(wanted.stems[:half], best_stems),
        _share(wanted.stems[half:], best_stems),
    ]


def _share(wanted: tuple[object, ...], present: frozenset[object] | frozenset[str]) -> float:
    return sum(item in present for item in wanted) / len(wanted) if wanted else 0.0


def _pairs(stems: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(itertools.pairwise(stems))


def _rare(wanted: tuple[str, ...], present: frozenset[str]) -> float:
    """Recall weighted by length: long words are rarer and say more."""
    weights = [min(len(item), 10) for item in wanted]
    total = sum(weights)
    return (
        sum(weight for item, weight in zip(wanted, weights, strict=True) if item in present) / total if total else 0.0
    )


def _window(wanted: tuple[str, ...], text: tuple[str, ...]) -> float:
    """The largest share of the claim's stems found within any stretch of three times its length."""
    goal, width = set(wanted), 3 * len(wanted)
    if not goal:
        return 0.0
    best = 0
    for start in range(0, max(1, len(text) - width + 1), max(1, width // 4)):
        best = max(best, len(goal.intersection(text[start : start + width])))
    return best / len(goal)


def compare_numbers(wanted: tuple[Quantity, ...], present: tuple[Quantity, ...]) -> tuple[float, float]:
    """Share of the claim's quantities that the text confirms, and whether it gives another for the same unit."""
    if not wanted:
        return 0.0, 0.0
    matched = clash = 0
    for quantity in wanted:
        values = [(other, convert(other.value, other.unit, quantity.unit)) for other in present]
        same_kind = [(other, value) for other, value in values if value is not None]
        if any(_equal(quantity, other, value) for other, value in same_kind):
            matched += 1
        elif same_kind and quantity.unit is not None:
            clash = 1
    return matched / len(wanted), float(clash)


def _equal(one: Quantity, other: Quantity, value: float) -> bool:
    return abs(one.value - value) <= max(0.5 * one.step, 0.02 * abs(one.value)) if value else one.value == 0


def _dates(wanted: Parsed, whole: Parsed, best: Parsed) -> tuple[float, float]:
    if not wanted.years:
        return 0.0, 0.0
    matched = len(wanted.years & whole.years) / len(wanted.years)
    days = not wanted.days or bool(wanted.days & whole.days)
    clash = bool(best.years) and not wanted.years & best.years
    return matched * (1.0 if days else 0.5), float(clash or (bool(wanted.days and whole.days) and not days))
