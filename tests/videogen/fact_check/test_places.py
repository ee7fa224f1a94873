"""Places that a text puts where they are not, without a verb; and names and roles in two fragments."""

from __future__ import annotations

import pytest

from videogen.domain.viewer_text import viewer_text
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.viewer_check import check_viewer_text


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Made in Berlin, France", "Berlin is in France."),
        ("News from Lahore / India", "Lahore is in India."),
        ("Lyon (Italy)", "Lyon is in Italy."),
        ("A walk through Munich in Italy", "Munich is in Italy."),
        ("Visit Sydney in New Zealand", "Sydney is in New Zealand."),
        ("The Eiffel Tower in Berlin", "Eiffel Tower is in Berlin."),
        ("We visit the Taj Mahal in Delhi.", "Taj Mahal is in Delhi."),
        ("Taj Mahal, Delhi", "Taj Mahal is in Delhi."),
        ("Berlin's Eiffel Tower", "Eiffel Tower is in Berlin."),
        ("The factory in Munich, Italy, makes 300 cars.", "Munich is in Italy."),
        ("Berlin … capital of France", "Berlin is capital of France."),
        ("Capital of France. Berlin.", "Capital of France is Berlin."),
        ("Berlin. The capital of France.", "Berlin is The capital of France."),
    ],
)
def test_a_place_where_it_is_not_is_refuted(checker: FactChecker, text: str, claim: str) -> None:
    found = {one.claim.text: one.outcome for one in checker.check_content(text).claims}
    assert found[claim] == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "Made in Berlin, Germany",
        "The Eiffel Tower in Paris",
        "The Red Fort in New Delhi",
        "The Taj Mahal in Uttar Pradesh",
        "London, Paris and Berlin",
        "Offices in Lagos, Kenya and Ghana",
        "A train to Berlin, France's newest line",
        "Paris, Texas",
        "The mayor of Hamburg in Denmark",
        "A team from Tokyo in France",
        "Barcelona in Germany for the semi-final",
        "Queen Victoria, Spain's guest",
        "A model of the Eiffel Tower in Tokyo",
        "Berlin, France agree on a new train",
        "Dublin. A city by the sea.",
    ],
)
def test_names_beside_each_other_that_say_no_place_are_left_alone(checker: FactChecker, text: str) -> None:
    assert checker.check_content(text).publishable


def test_a_landmark_of_the_bureaus_own_base_counts(empty: KnowledgeBase, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from videogen.config.groups.all import FactCheckSettings
    from videogen.fact_check.knowledge.imports import read_import

    (tmp_path / "facts.csv").write_text(
        "entity,attribute,value\nKarma Dam,country,Northland\nKarma Dam,city,Elm\nSorvik,country,Southland\n"
        "Sorvik,population,9000\nElm,country,Northland\nElm,population,4000\n",
        encoding="utf-8",
    )
    empty.add(read_import(tmp_path / "facts.csv"))
    checker = FactChecker(FactCheckSettings(), empty)
    assert not checker.check_content("The Karma Dam in Southland").publishable
    assert not checker.check_content("The Karma Dam in Sorvik").publishable
    assert checker.check_content("The Karma Dam in Elm").publishable


@pytest.mark.parametrize(
    ("title", "prompt", "cues"),
    [("The capital of France", "a city", ("Is Berlin",)), ("The capital of France", "is Berlin", ())],
)
def test_a_title_is_read_with_what_stands_below_it(
    checker: FactChecker, title: str, prompt: str, cues: tuple[str, ...]
) -> None:
    report = check_viewer_text(checker, viewer_text(title, prompt, cues, ""))
    assert [one.outcome for one in report.claims] == ["refuted"]
