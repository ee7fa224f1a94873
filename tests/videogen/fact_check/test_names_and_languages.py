from __future__ import annotations

from importlib.resources import files

import pytest

from videogen.fact_check.reading.languages import detect
from videogen.fact_check.reading.names import NameIndex
from videogen.text.normalise import normal, words
from videogen.text.word_lists import lines, word_list, word_set


def found(index: NameIndex, text: str) -> list[str]:
    return [mention.text for mention in index.find(text)]


def test_a_code_is_a_name_only_in_capitals() -> None:
    index = NameIndex([("IN", "India", 1.0), ("US", "United States", 1.0), ("Nepal", "Nepal", 1.0)])
    assert found(index, "In Nepal it rains on us.") == ["Nepal"]
    assert found(index, "IN and US are codes.") == ["IN", "US"]


def test_a_word_that_is_also_a_code_stays_a_name() -> None:
    index = NameIndex([("Som", "Uzbekistani Som", 1.0), ("SOM", "Somalia", 1.0)])
    assert found(index, "The Som is a currency.") == ["Som"]


def test_marks_that_have_no_letter_of_their_own_do_not_cut_a_name() -> None:
    name = "Naz\u0327a\u0304ra\u0304ba\u0304d"
    assert [word.text for word in words(f"{name} grows.")] == [name, "grows"]
    assert normal(name) == "nazarabad"
    assert normal("Nuku‘alofa") == normal("Nuku'alofa")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Vaccination drive begins in Kerala", "en"),
        ("Harvest fair, Westmoor", "en"),
        ("भारत की राजधानी नई दिल्ली है।", "hi"),
        ("La capitale de la France est Marseille depuis toujours.", "fr"),
        ("Die Hauptstadt von Frankreich ist seit vielen Jahren Paris.", "de"),
        ("1234 !", "und"),
    ],
)
def test_the_language_of_a_sentence_is_told(text: str, language: str) -> None:
    assert detect(text) == language


def test_langdetects_global_seed_is_left_alone() -> None:
    from langdetect import DetectorFactory

    before = DetectorFactory.seed
    detect("Die Hauptstadt von Frankreich ist seit vielen Jahren Paris.")
    assert DetectorFactory.seed == before


def test_every_word_stands_once_in_its_list_and_numbers_are_complete() -> None:
    text = files("videogen.text").joinpath("data/words.yaml").read_text(encoding="utf-8")
    names = [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]
    names.remove("opposites")
    for line in lines("opposites"):
        assert len(line.split()) == len({*line.split(), "|"}) + line.count("|") - 1, line
    for name in names:
        assert len(word_list(name)) == len(word_set(name)), name
    assert len(word_list("hindi_numbers")) == 100
