"""Structured facts: true and corrupted statements made from a knowledge base, judged by the embedded backend.

    python -m benchmarks.fact_check.statements [--count 2400] [--out benchmarks/results/fact_check_statements.json]

Half of the statements are true, half have their value replaced by a wrong one. Right means: true → supported,
corrupted → refuted. A wrong refusal is a true statement that is not supported. Statements come from the starter
base and from an invented press base. The wordings (`data/fact_check_wordings.yaml`) are of three sets: `tuned`, with
which the reader of claims was developed, `later` (added afterwards) and `fresh` (written ahead). What the base's own sources
disagree on is left out, since there is no right answer.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from benchmarks.fact_check.press import TODAY, press_base
from benchmarks.machine import RESULTS, description
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.knowledge.facts import Fact

WORDINGS = Path(__file__).parents[1] / "data/fact_check_wordings.yaml"
# Moves with time: corrupted by more than the margin within which the answer is left open.
WIDE = {"population"}
Wordings = dict[str, list[str]]


@dataclass(frozen=True)
class Statement:
    """`attribute` of something, put into words."""

    text: str
    true: bool
    attribute: str
    wording: str


def load_wordings() -> dict[str, Wordings]:
    """Set → attribute → wordings."""
    loaded: dict[str, Wordings] = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
    return loaded


class Writer:
    """Puts facts of a base into words, true or corrupted."""

    def __init__(self, knowledge: KnowledgeBase, wordings: Wordings, seed: int) -> None:
        self._knowledge = knowledge
        self._wordings = wordings
        self._rng = random.Random(seed)
        disputed = {(fact.entity, fact.attribute) for found in knowledge.check_consistency() for fact in found.facts}
        self._pools: dict[str, list[Fact]] = defaultdict(list)
        for attribute in wordings:
            for fact in _facts(knowledge, attribute):
                if (fact.entity, fact.attribute) not in disputed and self._sayable(fact):
                    self._pools[attribute].append(fact)

    def statements(self, count: int) -> list[Statement]:
        """`count` statements, half of them true, spread evenly over the attributes."""
        kinds = sorted(self._pools)
        return [self._statement(kinds[(index // 2) % len(kinds)], index % 2 == 0) for index in range(count)]

    def _sayable(self, fact: Fact) -> bool:
        if fact.attribute == "population":
            return bool(fact.number and fact.number >= 50_000)
        if fact.attribute == "area":
            return bool(fact.number and fact.number >= 1000)
        if fact.attribute in ("currency", "currency_code"):
            return fact.valid_to is None
        if not self._told_apart(fact.entity):
            return False
        # "Paris, Texas is in the United States" would say the same thing twice.
        return fact.attribute != "country" or self._spoken(fact.entity) == _plain(fact.entity)

    def _told_apart(self, entity: str) -> bool:
        """Whether the country tells the entity from the others of its name, or it is the best known of them."""
        senses = self._knowledge.names.entities(_plain(entity))
        if not senses or senses[0] == entity:
            return True
        countries = [fact.value for name in senses for fact in self._knowledge.facts_about([name], "country")]
        own = [fact.value for fact in self._knowledge.facts_about([entity], "country")]
        return all(countries.count(country) == 1 for country in own)

    def _statement(self, attribute: str, true: bool) -> Statement:
        fact = self._rng.choice(self._pools[attribute])
        wording = self._rng.choice(self._wordings[self._tense(fact)])
        entity = self._spoken(fact.entity)
        if fact.attribute == "launched":
            text = wording.format(e=entity, when=self._when(date.fromisoformat(fact.value), true))
        elif fact.number is not None:
            text = wording.format(e=entity, **spellings(self._number(fact, true)))
        else:
            value = _plain(fact.value if true else self._other(fact, entity))
            text = wording.format(e=entity, v=value, year=self._year(fact, wording))
        return Statement(text[0].upper() + text[1:] if entity[0].isupper() else text, true, attribute, wording)

    def _tense(self, fact: Fact) -> str:
        if fact.attribute != "chief_minister":
            return fact.attribute
        if fact.valid_to is not None:
            return "chief_minister_past"
        return self._rng.choice(["chief_minister", "chief_minister_since"])

    def _year(self, fact: Fact, wording: str) -> int | None:
        if fact.valid_from is None:
            return None
        begun = wording in self._wordings.get("chief_minister_since", ())
        return fact.valid_from.year + (0 if begun else self._rng.randint(1, 3))

    def _other(self, fact: Fact, entity: str) -> str:
        """A value that others have and this entity has not, under any name."""
        pool = self._pools[fact.attribute]
        held = {item.value for item in self._knowledge.facts_about([fact.entity], fact.attribute)}
        own = {name for item in held for name in self._knowledge.names_of(_plain(item))}
        others = sorted({item.value for item in pool} - held)
        fitting = [v for v in others if not own & self._knowledge.names_of(_plain(v)) and _plain(v) != entity]
        return self._rng.choice(fitting)

    def _when(self, day: date, true: bool) -> str:
        if not true:
            day += timedelta(days=self._rng.choice([-1, 1]) * self._rng.randint(370, 2000))
        month = f"{day:%B}"
        return self._rng.choice(
            [f"on {day.day} {month} {day.year}", f"on {month} {day.day}, {day.year}", f"in {day.year}", f"in {month} {day.year}"]
        )  # fmt: skip

    def _number(self, fact: Fact, true: bool) -> float:
        assert fact.number is not None
        if true:
            return fact.number
        low, high = ((0.3, 0.6), (1.6, 3.0)) if fact.attribute in WIDE else ((0.4, 0.85), (1.15, 2.5))
        while True:
            number = fact.number * self._rng.uniform(*(low if self._rng.random() < 0.5 else high))
            # A calling code of 1 must not come out as 1 again.
            if round(number) not in (0, round(fact.number)):
                return number

    def _spoken(self, entity: str) -> str:
        """An entity as people write it: "Springfield (Missouri)" is told apart by its country."""
        name = _plain(entity)
        senses = self._knowledge.names.entities(name)
        if senses and senses[0] == entity:
            return name
        country = next((fact.value for fact in self._knowledge.facts_about([entity], "country")), None)
        return f"{name}, {country}" if country else name


def _facts(knowledge: KnowledgeBase, attribute: str) -> list[Fact]:
    facts = knowledge.all_facts(attribute)
    return [fact for fact in facts if fact.source != "countryinfo"]


def spellings(number: float) -> dict[str, Any]:
    """A number as wordings may want it."""
    whole = round(number)
    return {
        "i": whole, "n": _western(number), "h": _indian(number, hindi=True), "km": f"{whole:,} square kilometres",
        "mi": f"{_short(number * 0.386102159)} square miles", "ha": f"{_short(number * 100)} hectares",
        "hkm": f"{_indian(number, hindi=True)} वर्ग किलोमीटर", "rs": f"Rs {_indian(number)}", "hrs": f"{_indian(number, hindi=True)} रुपये",
        "lakh": f"{number / 1e5:.1f} lakh", "hl": f"{number / 1e5:.1f} लाख", "pc": f"{whole} per cent", "mw": f"{whole} MW",
        "gw": f"{number / 1000:.3g} GW",
    }  # fmt: skip


def _western(number: float) -> str:
    for scale, word in ((1e9, "billion"), (1e6, "million")):
        if number >= scale:
            return f"{number / scale:.3g} {word}"
    return f"{round(number):,}"


def _indian(number: float, hindi: bool = False) -> str:
    for scale, word in ((1e7, "करोड़" if hindi else "crore"), (1e5, "लाख" if hindi else "lakh")):
        if number >= scale:
            return f"{float(f'{number / scale:.4g}'):,.10g} {word}"
    return f"{round(number):,}"


def _short(number: float) -> str:
    return f"{number / 1e6:.3g} million" if number >= 1e6 else f"{round(number):,}"


def _plain(entity: str) -> str:
    return entity.split(" (")[0]


def judge(checker: FactChecker, made: Sequence[Statement]) -> list[str]:
    """What becomes of each statement."""
    found = []
    for statement in made:
        claims = checker.check_content(statement.text).claims
        found.append(claims[0].outcome if len(claims) == 1 else f"{len(claims)} claims")
    return found


def figures(made: Sequence[Statement], outcomes: Sequence[str]) -> dict[str, Any]:
    """Accuracy, wrong refusals and what became of the rest, in all and by attribute."""
    right = [is_right(s, o) for s, o in zip(made, outcomes, strict=True)]
    true = [o for s, o in zip(made, outcomes, strict=True) if s.true]
    false = [o for s, o in zip(made, outcomes, strict=True) if not s.true]
    by_attribute: dict[str, list[bool]] = defaultdict(list)
    for statement, good in zip(made, right, strict=True):
        by_attribute[statement.attribute].append(good)
    return {
        "statements": len(made),
        "wordings": len({statement.wording for statement in made}),
        "accuracy": _share(right),
        "wrong_refusals": _share([o != "supported" for o in true]),
        "true_called_refuted": _share([o == "refuted" for o in true]),
        "corrupted_called_supported": _share([o == "supported" for o in false]),
        "outcomes_of_true": dict(Counter(true)),
        "outcomes_of_corrupted": dict(Counter(false)),
        "accuracy_by_attribute": {name: _share(good) for name, good in sorted(by_attribute.items())},
    }


def is_right(statement: Statement, outcome: str) -> bool:
    """Whether a statement was judged as it should be."""
    return outcome == ("supported" if statement.true else "refuted")


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4)


def main() -> None:
    """Judge the statements and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2400, help="statements of each set")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", help="one set of wordings")
    parser.add_argument("--out", type=Path, default=RESULTS / "fact_check_statements.json")
    parser.add_argument("--show", type=int, default=0, help="print this many wrong judgements of each set")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine": description(), "seed": options.seed, "sets": {}}
    with tempfile.TemporaryDirectory() as folder:
        knowledge = KnowledgeBase(folder)
        knowledge.add(press_base(options.seed))
        checker = FactChecker(FactCheckSettings(), knowledge, today=TODAY)
        for name, wordings in load_wordings().items():
            if options.only not in (None, name):
                continue
            made = Writer(knowledge, wordings, options.seed).statements(options.count)
            started = time.perf_counter()
            outcomes = judge(checker, made)
            result["sets"][name] = figures(made, outcomes) | {"seconds": round(time.perf_counter() - started, 1)}
            wrong = [(s, o) for s, o in zip(made, outcomes, strict=True) if not is_right(s, o)]
            for statement, outcome in wrong[: options.show]:
                print(statement.true, outcome, "|", statement.text)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result["sets"], indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
