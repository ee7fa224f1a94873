"""Structured facts: true and corrupted statements made from a knowledge base, judged by the embedded backend.

    python -m benchmarks.fact_check_statements [--count 2400] [--out benchmarks/results/fact_check_statements.json]

Half of the statements are true, half have their value replaced by a wrong one. Right means: true → supported,
corrupted → refuted. A wrong refusal is a true statement that is not supported. Statements come from the starter
base and from an invented press base (offices with terms, schemes with amounts in lakh and crore, dates, percentages).
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from videogen.fact_check import Batch, FactChecker, KnowledgeBase
from videogen.fact_check.facts import Fact, Source
from videogen.settings import FactCheckSettings

TODAY = date(2026, 11, 22)
TEXT_TEMPLATES: dict[str, list[str]] = {
    "capital": [
        "The capital of {e} is {v}.", "{v} is the capital of {e}.", "{e}'s capital is {v}.", "{v} is {e}'s capital city.",
        "{e} has {v} as its capital.", "The capital city of {e} is {v}.", "{e} की राजधानी {v} है।",
    ],
    "currency": ["The currency of {e} is the {v}.", "The {v} is the official currency of {e}.", "{e}'s currency is the {v}.", "{e} uses the {v} as its currency."],
    "currency_code": ["The currency code of {e} is {v}.", "{v} is the currency code of {e}."],
    "continent": ["{e} is in {v}.", "{e} is located in {v}.", "{e} is a country in {v}.", "{e} lies in {v}."],
    "country": ["{e} is in {v}.", "{e} is a city in {v}.", "{e} is located in {v}.", "The city of {e} is situated in {v}."],
    "neighbour": ["{e} borders {v}.", "{e} shares a border with {v}.", "{v} is a neighbour of {e}."],
    "official_language": ["{v} is an official language of {e}.", "The official languages of {e} include {v}."],
    "internet_domain": ["The internet domain of {e} is {v}.", "{v} is the top-level domain of {e}."],
    "country_code_3": ["The three-letter country code of {e} is {v}."],
    "chief_minister": ["{v} is the Chief Minister of {e}.", "The Chief Minister of {e} is {v}.", "{e}'s Chief Minister is {v}."],
}  # fmt: skip
NUMBER_TEMPLATES: dict[str, list[str]] = {
    "population": [
        "The population of {e} is {n}.", "{e} has a population of {n}.", "{e} has {n} inhabitants.", "About {n} people live in {e}.",
        "{e} is home to {n} people.", "{e}'s population is about {n}.", "{e} की जनसंख्या {h} है।", "{e} की आबादी लगभग {h} है।",
    ],
    "area": ["The area of {e} is {km}.", "{e} covers {km}.", "{e} covers an area of {mi}.", "{e} has an area of {ha}.", "{e} का क्षेत्रफल {hkm} है।"],
    "calling_code": ["The calling code of {e} is +{i}.", "{e}'s international calling code is {i}."],
    "budget": ["The budget of the {e} is {rs}.", "The {e} has a budget of {rs}.", "The {e} was allocated {rs}.", "{e} का बजट {hrs} है।"],
    "beneficiaries": ["The {e} has {n} beneficiaries.", "The {e} has {lakh} beneficiaries.", "{e} के {hl} लाभार्थी हैं।"],
    "completion": ["Completion of the {e} is {pc}.", "The completion of the {e} stands at {pc}."],
    "capacity": ["The capacity of the {e} is {mw}.", "The {e} has an installed capacity of {gw}."],
}  # fmt: skip
WIDE = {"population"}  # moves with time: corrupted by more than the margin within which the answer is left open


@dataclass(frozen=True)
class Statement:
    text: str
    true: bool
    attribute: str


def press_base(seed: int) -> Batch:
    """An invented press base: 60 states with chief ministers and terms, 120 schemes and plants."""
    rng = random.Random(seed)
    first = [
        "Asha",
        "Ravi",
        "Lena",
        "Tomas",
        "Mira",
        "Karan",
        "Nila",
        "Dev",
        "Sora",
        "Imran",
        "Tara",
        "Vikram",
        "Ela",
        "Joseph",
        "Rhea",
        "Arun",
        "Zoya",
        "Manoj",
        "Priya",
        "Neel",
    ]
    last = [
        "Verel",
        "Tomas",
        "Marsh",
        "Okafor",
        "Lindqvist",
        "Banerji",
        "Quill",
        "Sahay",
        "Moreau",
        "Tandon",
        "Ibarra",
        "Kestrel",
        "Rowan",
        "Dutta",
        "Halder",
    ]
    people = [f"{a} {b}" for a in first for b in last]
    rng.shuffle(people)
    states = [
        f"{a}{b}"
        for a in ("North", "East", "West", "South", "High", "Low")
        for b in ["mere", "vale", "march", "fell", "garh", "pur", "nagar", "stead", "haven", "moor"]
    ]
    source = Source(id="bureau", name="Bureau of the States (invented)", reliability=0.95)
    facts: list[Fact] = []

    def add(entity: str, attribute: str, value: str, **rest: object) -> None:
        facts.append(
            Fact.model_validate(
                {
                    "entity": entity,
                    "attribute": attribute,
                    "value": value,
                    "source": "bureau",
                    "retrieved": TODAY,
                    **rest,
                }
            )
        )

    for state in states:
        change = date(2021, rng.randint(1, 12), rng.randint(1, 28))
        begin = change - timedelta(days=1826)
        add(state, "chief_minister", people.pop(), valid_from=begin, valid_to=change - timedelta(days=1))
        add(state, "chief_minister", people.pop(), valid_from=change)
    for number in range(120):
        name = f"{rng.choice(['Sunrise', 'Lotus', 'River', 'Harvest', 'Beacon', 'Village', 'Coastal', 'Monsoon', 'Himal', 'Banyan'])} {rng.choice(['Scheme', 'Mission', 'Programme', 'Initiative'])} {number + 101}"
        crore, lakh = rng.randint(50, 9500), rng.randint(2, 95) + rng.randint(0, 9) / 10
        day = date(rng.randint(2012, 2025), rng.randint(1, 12), rng.randint(1, 28))
        add(name, "budget", f"₹{crore} crore", number=crore * 1e7, unit="INR")
        add(name, "beneficiaries", f"{lakh} lakh", number=lakh * 1e5, unit="people")
        add(name, "completion", f"{(share := rng.randint(5, 99))}%", number=float(share), unit="percent")
        add(name, "launched", day.isoformat())
        add(
            name.replace("Scheme", "Plant"),
            "capacity",
            f"{(power := rng.randint(20, 900))} MW",
            number=float(power),
            unit="megawatt",
        )
    unique = {(fact.entity, fact.attribute, fact.valid_from): fact for fact in facts}
    return Batch("press", [source], list(unique.values()))


def statements(knowledge: KnowledgeBase, count: int, seed: int) -> list[Statement]:
    """`count` statements, half of them true, spread evenly over the attributes."""
    rng = random.Random(seed)
    columns = "entity, attribute, value, number, unit, valid_from, valid_to, source, retrieved"
    rows = knowledge._rows(f"SELECT DISTINCT {columns} FROM facts ORDER BY ALL")
    pools: dict[str, list[Fact]] = defaultdict(list)
    for row in rows:
        fact = Fact.model_construct(**dict(zip(columns.split(", "), row, strict=True)))
        if fact.source != "countryinfo" and _usable(fact):
            pools[fact.attribute].append(fact)
    kinds = sorted(set(pools) & {*TEXT_TEMPLATES, *NUMBER_TEMPLATES, "launched"})
    made: list[Statement] = []
    for index in range(count):
        name = kinds[(index // 2) % len(kinds)]
        fact, true = rng.choice(pools[name]), index % 2 == 0
        made.append(Statement(_state(fact, true, pools[name], rng, knowledge), true, name))
    return made


def _usable(fact: Fact) -> bool:
    # Statements about nothing but uninhabited or obsolete things would be noise.
    if fact.attribute == "population":
        return bool(fact.number and fact.number >= 50_000)
    if fact.attribute == "area":
        return bool(fact.number and fact.number >= 1000)
    return fact.attribute not in ("currency", "currency_code") or fact.valid_to is None


def _state(fact: Fact, true: bool, pool: list[Fact], rng: random.Random, knowledge: KnowledgeBase) -> str:
    entity = _spoken(fact.entity, knowledge)
    if fact.attribute == "launched":
        return _launched(fact, entity, true, rng)
    if fact.attribute in NUMBER_TEMPLATES:
        template = rng.choice(NUMBER_TEMPLATES[fact.attribute])
        return _numbered(template, entity, fact, true, rng)
    value = fact.value
    if not true:
        held = {item.value for item in pool if item.entity == fact.entity}
        own = {name for item in held for name in knowledge.names_of(_plain(item))}
        others = sorted({item.value for item in pool} - held)
        value = rng.choice(
            [item for item in others if not own & knowledge.names_of(_plain(item)) and _plain(item) != entity]
        )
    if fact.attribute == "chief_minister":
        return _office(fact, entity, value, rng)
    return rng.choice(TEXT_TEMPLATES[fact.attribute]).format(e=entity, v=_plain(value))


def _office(fact: Fact, entity: str, value: str, rng: random.Random) -> str:
    if fact.valid_to is not None:
        assert fact.valid_from is not None
        return f"{value} was the Chief Minister of {entity} in {fact.valid_from.year + rng.randint(1, 3)}."
    if rng.random() < 0.5 and fact.valid_from is not None:
        return f"{value} has been the Chief Minister of {entity} since {fact.valid_from.year}."
    return rng.choice(TEXT_TEMPLATES["chief_minister"]).format(e=entity, v=value)


def _launched(fact: Fact, entity: str, true: bool, rng: random.Random) -> str:
    day = date.fromisoformat(fact.value)
    if not true:
        day += timedelta(days=rng.choice([-1, 1]) * rng.randint(370, 2000))
    written = rng.choice(
        [f"on {day.day} {day:%B %Y}", f"on {day:%B} {day.day}, {day.year}", f"in {day.year}", f"in {day:%B %Y}"]
    )
    return f"The {entity} was launched {written}."


def _numbered(template: str, entity: str, fact: Fact, true: bool, rng: random.Random) -> str:
    number = fact.number or 0.0
    if not true:
        low, high = ((0.3, 0.6), (1.6, 3.0)) if fact.attribute in WIDE else ((0.4, 0.85), (1.15, 2.5))
        number *= rng.uniform(*(low if rng.random() < 0.5 else high))
    whole = round(number)
    return template.format(
        e=entity, n=_western(number), h=_indian(number, hindi=True), km=f"{whole:,} square kilometres", mi=f"{_short(number * 0.386102159)} square miles",
        ha=f"{_short(number * 100)} hectares", hkm=f"{_indian(number, hindi=True)} वर्ग किलोमीटर", i=max(1, whole), rs=f"Rs {_indian(number)}", hrs=f"{_indian(number, hindi=True)} रुपये",
        lakh=f"{number / 1e5:.1f} lakh", hl=f"{number / 1e5:.1f} लाख", pc=f"{whole} per cent", mw=f"{whole} MW", gw=f"{number / 1000:.3g} GW",
    )  # fmt: skip


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


def _spoken(entity: str, knowledge: KnowledgeBase) -> str:
    """An entity as people write it: "Springfield (Missouri)" is told apart by its country."""
    name = _plain(entity)
    senses = knowledge.names.entities(name)
    if senses and senses[0] == entity:
        return name
    country = next((fact.value for fact in knowledge.facts_about([entity], "country")), None)
    return f"{name}, {country}" if country else name


def main() -> None:
    """Judge the statements and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/fact_check_statements.json"))
    parser.add_argument("--show", type=int, default=0, help="print this many wrong judgements")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        knowledge = KnowledgeBase(folder)
        knowledge.add(press_base(options.seed))
        checker = FactChecker(FactCheckSettings(), knowledge, today=TODAY)
        made = statements(knowledge, options.count, options.seed)
        started = time.perf_counter()
        outcomes = [_outcome(checker, statement) for statement in made]
        seconds = time.perf_counter() - started
    result = figures(made, outcomes) | {
        "seconds": round(seconds, 1),
        "seed": options.seed,
        "machine": platform.platform(),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))
    wrong = [(s, o) for s, o in zip(made, outcomes, strict=True) if o != ("supported" if s.true else "refuted")]
    for statement, outcome in wrong[: options.show]:
        print(statement.true, outcome, statement.text)


def _outcome(checker: FactChecker, statement: Statement) -> str:
    claims = checker.check_content(statement.text).claims
    return claims[0].outcome if len(claims) == 1 else f"{len(claims)} claims"


def figures(made: list[Statement], outcomes: list[str]) -> dict[str, object]:
    """Accuracy, wrong refusals and what became of the rest, in all and by attribute."""
    right = [o == ("supported" if s.true else "refuted") for s, o in zip(made, outcomes, strict=True)]
    true = [o for s, o in zip(made, outcomes, strict=True) if s.true]
    false = [o for s, o in zip(made, outcomes, strict=True) if not s.true]
    by_attribute = {
        name: round(
            sum(r for r, s in zip(right, made, strict=True) if s.attribute == name)
            / sum(s.attribute == name for s in made),
            4,
        )
        for name in sorted({statement.attribute for statement in made})
    }
    return {
        "statements": len(made),
        "accuracy": round(sum(right) / len(right), 4),
        "wrong_refusals": round(sum(o != "supported" for o in true) / len(true), 4),
        "true_called_refuted": round(sum(o == "refuted" for o in true) / len(true), 4),
        "corrupted_called_supported": round(sum(o == "supported" for o in false) / len(false), 4),
        "outcomes_of_true": dict(Counter(true)),
        "outcomes_of_corrupted": dict(Counter(false)),
        "accuracy_by_attribute": by_attribute,
    }


if __name__ == "__main__":
    main()
