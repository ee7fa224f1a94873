"""An invented press base: offices with terms, schemes with amounts in lakh and crore, dates, percentages, plants."""

from __future__ import annotations

import random
from datetime import date, timedelta

from videogen.fact_check import Batch
from videogen.fact_check.knowledge.facts import Fact, Source

TODAY = date(2026, 11, 22)
_FIRST = [
    "Asha", "Ravi", "Lena", "Tomas", "Mira", "Karan", "Nila", "Dev", "Sora", "Imran", "Tara", "Vikram", "Ela",
    "Joseph", "Rhea", "Arun", "Zoya", "Manoj", "Priya", "Neel",
]  # fmt: skip
_LAST = [
    "Verel", "Tomas", "Marsh", "Okafor", "Lindqvist", "Banerji", "Quill", "Sahay", "Moreau", "Tandon", "Ibarra",
    "Kestrel", "Rowan", "Dutta", "Halder",
]  # fmt: skip
_DIRECTIONS = ["North", "East", "West", "South", "High", "Low"]
_PLACES = [
    "mere", "vale", "march", "fell", "garh", "pur", "nagar", "stead", "haven", "moor",
]  # fmt: skip
_THEMES = [
    "Sunrise", "Lotus", "River", "Harvest", "Beacon", "Village", "Coastal", "Monsoon", "Himal", "Banyan",
]  # fmt: skip
_KINDS = ["Scheme", "Mission", "Programme", "Initiative"]


def press_base(seed: int, schemes: int = 120) -> Batch:
    """60 states with present and former chief ministers, and `schemes` schemes, each with a power plant."""
    rng = random.Random(seed)
    facts: list[Fact] = []

    def add(entity: str, attribute: str, value: str, **rest: object) -> None:
        fields = {"entity": entity, "attribute": attribute, "value": value, "source": "bureau", "retrieved": TODAY}
        facts.append(Fact.model_validate(fields | rest))

    people = [f"{first} {last}" for first in _FIRST for last in _LAST]
    rng.shuffle(people)
    for state in [direction + place for direction in _DIRECTIONS for place in _PLACES]:
        change = date(2021, rng.randint(1, 12), rng.randint(1, 28))
        before = change - timedelta(days=1826)
        add(state, "chief_minister", people.pop(), valid_from=before, valid_to=change - timedelta(days=1))
        add(state, "chief_minister", people.pop(), valid_from=change)
    for number in range(101, 101 + schemes):
        theme = rng.choice(_THEMES)
        scheme = f"{theme} {rng.choice(_KINDS)} {number}"
        crore, lakh = rng.randint(50, 9500), rng.randint(2, 95) + rng.randint(0, 9) / 10
        share, power = rng.randint(5, 99), rng.randint(20, 900)
        day = date(rng.randint(2012, 2025), rng.randint(1, 12), rng.randint(1, 28))
        add(scheme, "budget", f"₹{crore} crore", number=crore * 1e7, unit="INR")
        add(scheme, "beneficiaries", f"{lakh} lakh", number=lakh * 1e5, unit="people")
        add(scheme, "completion", f"{share}%", number=float(share), unit="percent")
        add(scheme, "launched", day.isoformat())
        add(f"{theme} Plant {number}", "capacity", f"{power} MW", number=float(power), unit="megawatt")
    source = Source(id="bureau", name="Bureau of the States (invented)", reliability=0.95)
    return Batch("press", [source], facts)
