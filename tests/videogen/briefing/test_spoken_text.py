"""How written sentences are spoken."""

from __future__ import annotations

import pytest

from videogen.briefing.spoken_text.number_words import english, english_year, hindi, ordinal
from videogen.briefing.spoken_text.spoken import spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("₹1.78 lakh crore", "one point seven eight lakh crore rupees"),
        ("₹1,23,456 crore", "one lakh twenty-three thousand four hundred-and fifty-six crore rupees"),
        ("1,234,567 trees", "one million two hundred-and thirty-four thousand five hundred-and sixty-seven trees"),
        ("Rs. 5/- a day", "five rupees a day"),
        ("₹1 each", "one rupee each"),
        ("US$ 3.2 billion", "three point two billion dollars"),
        ("12.5% of it", "twelve point five per cent of it"),
        ("5-7 km", "five to seven kilometres"),
        ("1 km", "one kilometre"),
        ("in 2023-24", "in twenty twenty-three to twenty-four"),
        ("1 April 2026", "first April twenty twenty-six"),
        ("March 31, 2027", "March thirty-first, twenty twenty-seven"),
        ("at 5:30 PM", "at five thirty p m"),
        ("2026 schools", "two thousand-and twenty-six schools"),
        ("-3.5 °C", "minus three point five degrees Celsius"),
    ],
)
def test_english(text, said):
    assert spoken(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("₹340 करोड़", "तीन सौ चालीस करोड़ रुपये"),
        ("1.25 लाख", "एक दशमलव दो पांच लाख"),
        ("45%", "पैंतालीस प्रतिशत"),
        ("१२ मई 2026", "बारह मई दो हज़ार छब्बीस"),
        ("5-7 किमी", "पांच से सात किलोमीटर"),
        ("वर्ष 2025-26", "वर्ष दो हज़ार पच्चीस से छब्बीस"),
    ],
)
def test_hindi(text, said):
    assert spoken(text, "hi") == said


def test_other_languages_are_spoken_as_they_are_written():
    assert spoken("12 % von 5 km", "de") == "12 % von 5 km"


def test_number_words():
    assert english(10_00_000, indian=True) == "ten lakh"
    assert english(1_000_005) == "one million-and five"
    assert hindi(1_23_456) == "एक लाख तेईस हज़ार चार सौ छप्पन"
    assert [ordinal(n) for n in (1, 2, 3, 12, 20, 21)] == [
        "first",
        "second",
        "third",
        "twelfth",
        "twentieth",
        "twenty-first",
    ]
    assert [english_year(y) for y in (1999, 2005, 1900, 2026)] == [
        "nineteen ninety-nine", "two thousand-and five", "nineteen hundred", "twenty twenty-six",
    ]  # fmt: skip
