from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.fact_check.reading.dates import find_dates, parse_date
from videogen.fact_check.reading.quantities import find_quantities
from videogen.fact_check.reading.units import convert, known_unit


@pytest.mark.parametrize(
    ("text", "value", "unit", "comparator"),
    [
        ("India has 1.4 billion people", 1.4e9, "people", "equal"),
        ("worth Rs. 2.5 lakh crore", 2.5e12, "INR", "equal"),
        ("₹1,40,00,000 was paid", 1.4e7, "INR", "equal"),
        ("about 12 per cent", 12.0, "percent", "about"),
        ("more than 3,287,590 sq km", 3287590.0, "kilometre ** 2", "at_least"),
        ("one hundred twenty five km", 125.0, "kilometre", "equal"),
        ("two lakh crore rupees", 2e12, "INR", "equal"),
        ("लगभग १२१ करोड़ लोग", 1.21e9, "people", "about"),
        ("डेढ़ लाख रुपये", 1.5e5, "INR", "equal"),
        ("साढ़े तीन करोड़", 3.5e7, None, "equal"),
        ("सवा दो लाख", 2.25e5, None, "equal"),
        ("पच्चीस प्रतिशत", 25.0, "percent", "equal"),
        ("50 लाख से अधिक", 5e6, None, "at_least"),
        ("-5 °C", -5.0, "degree_Celsius", "equal"),
    ],
)
def test_amounts_are_read_in_english_and_hindi(text: str, value: float, unit: str | None, comparator: str) -> None:
    found = find_quantities(text)
    assert len(found) == 1
    assert (found[0].value, found[0].unit, found[0].comparator) == (pytest.approx(value), unit, comparator)
    assert text[found[0].start : found[0].end] == found[0].text


@pytest.mark.parametrize("text", ["the 44th president", "a 5G network in 3D", "version v2beta", "एक देश"])
def test_ordinals_names_and_articles_are_no_amounts(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize(
    ("text", "first", "last", "role"),
    [
        ("on 15 August 1947", date(1947, 8, 15), date(1947, 8, 15), "on"),
        ("on October 16, 1898", date(1898, 10, 16), date(1898, 10, 16), "on"),
        ("15 अगस्त 1947 को", date(1947, 8, 15), date(1947, 8, 15), "on"),
        ("१५/०८/१९४७", date(1947, 8, 15), date(1947, 8, 15), "on"),
        ("in 2024-25", date(2024, 4, 1), date(2025, 3, 31), "on"),
        ("from 1939 until 1975", date(1939, 1, 1), date(1975, 12, 31), "on"),
        ("since 2019", date(2019, 1, 1), date(2019, 12, 31), "since"),
        ("until March 2021", date(2021, 3, 1), date(2021, 3, 31), "until"),
        ("2011 से", date(2011, 1, 1), date(2011, 12, 31), "since"),
        ("the 1990s", date(1990, 1, 1), date(1999, 12, 31), "on"),
        ("today", date(2026, 11, 22), date(2026, 11, 22), "on"),
        ("last year", date(2025, 1, 1), date(2025, 12, 31), "on"),
    ],
)
def test_dates_and_periods_are_read(text: str, first: date, last: date, role: str) -> None:
    (span,) = find_dates(text, today=date(2026, 11, 22))
    assert (span.first, span.last, span.role) == (first, last, role)


def test_impossible_dates_are_not_read() -> None:
    assert find_dates("31/02/2020 and 2023-13-01") == ()


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_is_read_back_in_three_notations(day: date) -> None:
    for text in (f"{day:%d %B %Y}", day.isoformat(), f"{day:%B} {day.day}, {day.year}"):
        (span,) = find_dates(f"It was {text}.")
        assert (span.first, span.last) == (day, day)


@pytest.mark.parametrize(
    ("text", "end", "day"),
    [("2024", False, date(2024, 1, 1)), ("2024", True, date(2024, 12, 31)), ("2024-02", True, date(2024, 2, 29)),
     ("+2024-05-31T00:00:00Z", False, date(2024, 5, 31)), ("31 May 2024", False, date(2024, 5, 31)),
     ("soon", False, None), ("2024-13", False, None), ("0000", False, None)],
)  # fmt: skip
def test_dates_of_files_are_read_or_refused(text: str, end: bool, day: date | None) -> None:
    assert parse_date(text, end=end) == day


@given(st.integers(min_value=1, max_value=10**14))
def test_grouped_and_plain_digits_give_the_same_number(number: int) -> None:
    (grouped,) = find_quantities(f"worth {number:,} in all")
    (plain,) = find_quantities(f"worth {number} in all")
    assert grouped.value == plain.value == number


@given(st.text(max_size=120))
def test_arbitrary_text_is_read_without_error(text: str) -> None:
    dates = find_dates(text)
    for quantity in find_quantities(text, dates):
        assert text[quantity.start : quantity.end] == quantity.text


def test_units_convert_only_within_their_kind() -> None:
    assert convert(1.0, "mile", "kilometre") == pytest.approx(1.609344)
    assert convert(3287590, "kilometre ** 2", "mile ** 2") == pytest.approx(1269346, rel=1e-5)
    assert convert(100.0, "degree_Celsius", "degree_Fahrenheit") == pytest.approx(212.0)
    assert convert(1.0, "mile", "kilogram") is None
    assert convert(1.0, "INR", "USD") is None
    assert convert(5.0, None, "people") == 5.0
    assert known_unit("sq km") == "kilometre ** 2"
    assert known_unit("furlongs per fortnight") is None
