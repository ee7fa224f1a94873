"""Whatever a text holds, it is read without an error."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.reading.dates import find_dates, parse_date
from videogen.fact_check.reading.numbers import SCALES, WORDS
from videogen.fact_check.reading.quantities import find_quantities
from videogen.fact_check.reading.units import UNITS

_SIGNS = [
    " ",
    "-",
    "- ",
    " -",
    "–",
    ",",
    ".",
    "\n",
    "and ",
    "से ",
    "/",
    "%",
    "₹",
    "ſ",
    "İ",
    "\u212a",
    "\u200b",
    "\u0301",
    "\ud7ff",
]
_PIECES = st.sampled_from(
    [*WORDS, *SCALES, *list(UNITS)[::3], *_SIGNS, "January", "Feb", "मार्च", "2001", "99", "0", "12th", "9" * 400, "FY ", "since",
     "until", "not", "no longer", "all", "none", "India", "the", "was", "is", "Who", "which", "?", "!", "“", "it", "said that"]
)  # fmt: skip
_TEXT = st.one_of(st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=25).map("".join), st.text(max_size=80))
_SPACED = st.lists(_PIECES, max_size=20).map(" ".join)


@given(st.one_of(_TEXT, _SPACED))
@pytest.mark.fuzz("texts")
@settings(max_examples=examples(400), deadline=None)
def test_numbers_and_dates_of_any_text_are_finite_and_stand_where_they_say(text: str) -> None:
    for quantity in find_quantities(text, find_dates(text)):
        assert math.isfinite(quantity.value)
        assert text[quantity.start : quantity.end] == quantity.text
    for span in find_dates(text):
        assert span.first <= span.last
    parse_date(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("two - three people", [2.0, 3.0]),
        ("twenty- five ships", [25.0]),
        ("between two and three metres", [2.0, 3.0]),
        ("two hundred and five thousand", [205_000.0]),
        ("ſix boats", [6.0]),
        ("a run of " + "9" * 5000, []),
        ("two" + " million" * 80, []),
    ],
)
def test_number_words_that_make_no_one_number_are_several(text: str, values: list[float]) -> None:
    assert [quantity.value for quantity in find_quantities(text)] == values


@given(st.one_of(_TEXT, _SPACED), st.one_of(_TEXT, _SPACED))
@pytest.mark.fuzz("texts")
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_checked_without_an_error(press: KnowledgeBase, first: str, second: str) -> None:
    checker = FactChecker(FactCheckSettings(), press, today=date(2026, 11, 22))
    report = checker.check_content(f"{first}. The Karma Dam {second}")
    # Control characters count as spaces, so the words may differ from the text, but never their places.
    assert all(c.claim.end - c.claim.start == len(c.claim.source_text) for c in report.claims)
