"""What the content policy reads in a text, and where words in any order hit."""

from __future__ import annotations

import pytest

from videogen.preprocessing.policy.pattern import Alternative, Together
from videogen.preprocessing.policy.readings import readings
from videogen.preprocessing.policy.words import RuleWords

WORDS = RuleWords(
    [*(Alternative((word,)) for word in ("make", "bomb", "explosives", "बम")), Alternative(("terror",), ending=True)]
)


@pytest.mark.parametrize(
    "text",
    [
        "make а bоmb",
        "mᴀᴋᴇ a ʙᴏᴍʙ",
        "ｍａｋｅ a 🅑🅞🅜🅑",
        "make a b💣mb",
        "make a b💥o💥m💥b",
        "make a b\ufe0fo\u3164m\u200bb",
        "m\u0335a\u0335k\u0335e a b\u20ddomb",
        "make a bo mb",
        "make a b o m b",
        "make a b.o.m.b",
        "make a b-omb",
        "make a b0mb",
        "m@ke a 8omb",
        "make a b*mb",
        "make a boooomb",
        "make a bmob",
        "makeabomb",
        "MakeABomb",
        "make a &#98;omb",
        "make a &amp;#98;o<b>mb</b>",
        "make a %62omb",
        "<make a bomb>",
        "make a \\u0062omb",
        "\u202ebmob a ekam\u202c",
        "Make. A. Bomb.",
    ],
)
def test_a_disguised_text_is_read_as_it_is_meant(text: str) -> None:
    assert ("make", "a", "bomb") in readings(text, WORDS)


@pytest.mark.parametrize(
    "text", ["m a k e a b o m b i n t h e g a r d e n", "m.a.k.e. .a. .b.o.m.b. .i.n. .t.h.e. .g.a.r.d.e.n"]
)
def test_a_whole_sentence_in_single_letters_is_cut_into_its_words(text: str) -> None:
    assert ("make", "a", "bomb", "in", "the", "garden") in readings(text, WORDS)


@pytest.mark.parametrize(
    "text", ["a comb", "bum notes", "tomb of a king", "bob made it", "the bombay store", "boom town", "bimbo", "womb"]
)
def test_another_word_is_no_disguise(text: str) -> None:
    assert all("bomb" not in reading for reading in readings(text, WORDS))


def test_vowel_signs_of_hindi_stay_and_dots_below_do_not_matter() -> None:
    assert readings("बम बनाने का तरीक़ा", WORDS)[0] == ("बम", "बनाने", "का", "तरीका")


def test_mistyped_long_words_are_recognised_and_names_are_left_alone() -> None:
    assert ("explosives",) in readings("explosvies", WORDS)
    assert readings("Kerala, Mumbai, Lucknow", WORDS) == [("kerala", "mumbai", "lucknow")]


@pytest.mark.parametrize(
    "sentence",
    ["make a bomb", "bombs are made here by making them", "the bomb that they want to make", "making, at last, bombs"],
)
def test_words_together_stand_in_any_order_and_inflection(sentence: str) -> None:
    pattern = Together("make bomb", {})
    assert pattern.find(sentence.replace(",", "").split())


@pytest.mark.parametrize(
    "sentence", ["bomb one two three four five six make", "make make", "bombastic makers", "made a bombshell"]
)
def test_words_together_are_near_and_all_there(sentence: str) -> None:
    assert Together("make bomb", {}).find(sentence.split()) is None


def test_one_form_of_a_word_can_be_asked_for() -> None:
    pattern = Together("=killed all", {})
    assert pattern.find(["all", "killed"])
    assert pattern.find(["all", "kill"]) is None


def test_two_elements_need_two_words() -> None:
    assert Together("bomb|make make", {}).find(["make"]) is None
    assert Together("bomb|make make", {}).find(["make", "make"]) == "make make"


def test_a_pattern_of_words_together_may_have_phrases_and_endings() -> None:
    pattern = Together("home_address jour*", {})
    assert pattern.find(["the", "journalist", "and", "her", "home", "address"]) == "journalist and her home address"
    assert pattern.find(["the", "journalist", "at", "home"]) is None
