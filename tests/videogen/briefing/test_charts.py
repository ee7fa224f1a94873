"""Charts: only from what can be compared."""

from __future__ import annotations

import pytest

from tests.videogen.briefing.releases import read
from videogen.briefing.storyboard.charts import chart_of_sentence, chart_of_table
from videogen.briefing.storyboard.figures import find_figures


def chart(text: str):
    return chart_of_sentence(text, 0, find_figures(text))


def table(rows: str):
    document = read(
        f"Wells for all towns\n\nThe Ministry of Wells dug many wells in May 2026 in every town.\n\n{rows}\n"
    )
    block = next(block for block in document.blocks if block.kind == "table")
    return document, chart_of_table(document, block)


def test_two_values_with_their_own_months_make_a_chart():
    text = "Cargo rose by 11.5 per cent from 3.77 million tonnes in March 2025 to 4.2 million tonnes in March 2026."
    made = chart(text)
    shown = [(text[row.label.start : row.label.end], text[row.shown.start : row.shown.end]) for row in made.rows]
    assert shown == [("March 2025", "3.77 million tonnes"), ("March 2026", "4.2 million tonnes")]


@pytest.mark.parametrize(
    "text",
    [
        "The road of 40 km in 2024 cost ₹90 crore in 2025.",
        "It rose to 45 MW in 2026 against a target of 60 MW in 2026.",
        "Rice gave 40 tonnes in 2024 and the sanctioned amount was 60 tonnes in 2025.",
        "The Ministry of Wells dug 40 wells in 2024 and the Ministry of Roads built 60 wells in 2025.",
        "More than 40 wells in 2024 grew to at least 60 wells in 2025.",
        "It rose from 5-7 km in 2024 to 8-9 km in 2025.",
        "Output rose from 40 tonnes to 60 tonnes in 2025.",
    ],
)
def test_what_cannot_be_compared_makes_none(text):
    assert chart(text) is None


def test_a_table_is_drawn_without_its_total():
    document, made = table("Port\tCargo (lakh tonnes)\nSarai\t18.4\nKolvan\t12.6\nMirapur\t7.1\nTotal\t38.1")
    assert [document.at(row.label) for row in made.rows] == ["Sarai", "Kolvan", "Mirapur"]
    assert document.at(made.title) == "Cargo (lakh tonnes)"


def under(caption: str) -> str:
    document = read(
        f"Wells for all towns\n\nThe Ministry of Wells dug many wells in May 2026 in every town.\n\n{caption}\n\n"
        "Source\t2025\nWind\t6,240\nCoal\t5,870\n"
    )
    made = chart_of_table(document, next(block for block in document.blocks if block.kind == "table"))
    assert made is not None
    return document.at(made.unit) if made.unit else ""


@pytest.mark.parametrize(
    ("caption", "unit"),
    [
        ("Electricity produced in the province, in gigawatt hours", "gigawatt hours"),
        ("Exports by port (in million tonnes):", "million tonnes"),
        ("Spending by state (figures in crore rupees)", "crore rupees"),
        ("Cases reported by district, in March", ""),
        ("Electricity by source, in the Northern Province", ""),
        ("Electricity in gigawatt hours is shown below.", ""),
    ],
)
def test_the_unit_of_a_table_may_stand_at_the_end_of_its_caption(caption, unit):
    assert under(caption) == unit


@pytest.mark.parametrize(
    "rows",
    [
        "Port\tCargo\nSarai\t18.4 km\nKolvan\t12.6 crore",
        "Port\tRank\nSarai\t1\nKolvan\t2",
        "Port\tTarget\nSarai\t18\nKolvan\t12",
        "Port\tState\nSarai\tNorth\nKolvan\tSouth",
        "Port\tCargo\nSarai\t18.4\nSarai\t12.6",
        "Port\tGrowth (%)\nSarai\t18.4\nKolvan\t12.6",
    ],
    ids=["two-units", "rank", "target", "words", "same-name-twice", "growth"],
)
def test_tables_that_cannot_be_compared_make_none(rows):
    assert table(rows)[1] is None


def test_shares_that_add_up_to_a_hundred_are_shown_as_parts_of_one():
    assert table("Source\tShare (%)\nSolar\t45\nWind\t30\nWater\t25")[1].type == "share"
    assert table("Source\tShare (%)\nSolar\t45\nWind\t30\nWater\t5")[1].type != "share"
