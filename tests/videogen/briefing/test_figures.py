"""Figures: with comparator, scale, unit and rate, or not at all."""

from __future__ import annotations

import pytest

from videogen.briefing.storyboard.figures import find_figures, periods


def written(text: str) -> list[str]:
    return [figure.text for figure in find_figures(text)]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("The fund has ₹1,23,456 crore.", ["₹1,23,456 crore"]),
        ("Revenue was 1.78 lakh crore rupees.", ["1.78 lakh crore rupees"]),
        ("It grew by 11.5 per cent in 2023-24.", ["11.5 per cent"]),
        ("A strip of 5-7 km was cleared.", ["5-7 km"]),
        ("Each pays Rs. 5/- a day.", ["Rs. 5/- a day"]),
        ("Farmers get up to ₹2 lakh a year.", ["up to ₹2 lakh a year"]),
        ("More than 1,200 new jobs were created.", ["More than 1,200 new jobs"]),
        ("At least 340 barges carry trackers.", ["At least 340 barges"]),
        ("Wheat is bought at ₹2,425 per quintal.", ["₹2,425 per quintal"]),
        ("The rate fell by 0.8 percentage points.", ["0.8 percentage points"]),
        ("No fewer than 1,000+ trainees came.", ["No fewer than 1,000+ trainees"]),
        ("Costs are not exceeding ₹5 lakh here.", ["not exceeding ₹5 lakh"]),
        ("There are not more than 40 wells.", ["not more than 40 wells"]),
        ("In 11 states every home has a tap.", ["11 states"]),
        ("योजना से 1.25 लाख से अधिक किसानों को लाभ मिला।", ["1.25 लाख से अधिक किसानों"]),
        ("That is 22 per cent more than in 2025.", ["22 per cent more"]),
        ("Wind gave 6,240 gigawatt hours in 2025.", ["6,240 gigawatt hours"]),
        ("A home uses 9 kilowatt-hours a day.", ["9 kilowatt-hours a day"]),
        ("Up to 2,000 megawatts more will follow.", ["Up to 2,000 megawatts more"]),
        ("Girls are 45 per cent more likely to stay.", ["45 per cent"]),
        ("At least 60 more buses would be ordered.", ["At least 60 more buses"]),
        ("Passengers rose from 21.4 lakh to 38.6 lakh.", ["21.4 lakh", "38.6 lakh"]),
        ("500 रुपये तक की सहायता दी गई।", ["500 रुपये तक"]),
        ("अभियान में 1,250 स्वास्थ्य कर्मी काम करेंगे।", ["1,250 स्वास्थ्य कर्मी"]),
        ("प्रति हेक्टेयर 12 क्विंटल उपज हुई।", ["प्रति हेक्टेयर 12 क्विंटल उपज"]),
    ],
)
def test_nothing_that_belongs_to_a_figure_is_lost(text, figures):
    assert written(text) == figures


@pytest.mark.parametrize(
    "text",
    [
        "Call +91-11-23456789 for more.",
        "It was signed under Section 12 of the Act.",
        "The meeting began at 5:30 PM on 3 May 2026.",
        "The years 2023-24 and 2024-25 were dry.",
        "See https://example.org/2026/12 for the text.",
        "The G20 met on National Highway NH-44.",
        "In 2026 the plan was made.",
    ],
)
def test_numbers_that_name_or_date_something_are_no_figures(text):
    assert written(text) == []


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("इस वर्ष 3.4 लाख नए नल कनेक्शन दिए गए।", ["3.4 लाख नए नल कनेक्शन"]),
        ("2,300 से अधिक टंकियां बनाई गईं।", ["2,300 से अधिक टंकियां"]),
        ("40 नए केंद्र खोले जाएंगे।", ["40 नए केंद्र"]),
        ("500 नए पौधे रोपे गए।", ["500 नए पौधे"]),
        ("12 पहाड़ी जिले", ["12 पहाड़ी जिले"]),
        ("15 स्कूलों में 300 कुएं खोदे गए।", ["15 स्कूलों", "300 कुएं"]),
        ("ریاست میں 340 نئے نل دیے گئے۔", ["340 نئے نل"]),
    ],
)
def test_the_verb_at_the_end_of_a_hindi_or_urdu_sentence_is_no_part_of_the_figure(text, figures):
    assert written(text) == figures


def test_a_range_is_one_figure_and_a_change_is_none():
    between = find_figures("It will be 40 to 45 degrees Celsius.")
    assert [(figure.value, figure.high) for figure in between] == [(40, 45)]
    assert written("It rose from 40 to 45 degrees Celsius.") == ["45 degrees Celsius"]


def test_comparators_are_known_as_values_too():
    found = {figure.text: figure.comparator for figure in find_figures("Up to 5 km, more than 7 km and about 9 km.")}
    assert list(found.values()) == ["at_most", "at_least", "about"]


def test_a_denied_comparison_is_its_opposite():
    found = [figure.comparator for figure in find_figures("no fewer than 5 km, not exceeding 7 km, not more than 9 km")]
    assert found == ["at_least", "at_most", "at_most"]


def test_periods_are_found_as_written():
    assert periods("from March 2025 to 4 May 2026, in 2023-24") == ("March 2025", "4 May 2026", "2023-24")
