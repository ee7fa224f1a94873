"""Texts that look alike have one skeleton; different texts have different ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.text.skeleton import alike, skeleton


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("w\u0430rn@river.example", "warn@river.example"),  # Cyrillic a
        ("\u039dws@river.example", "nws@river.example"),  # Greek capital nu
        ("WARN@River.Example", "warn@river.example"),
        ("wa\u200brn@river.example", "warn@river.example"),  # zero width space
        ("wa\u00adrn\ufe0f@river.example", "warn@river.example"),  # soft hyphen, variation selector
        ("ｗａｒｎ@river.example", "warn@river.example"),  # full width
        ("𝓌𝒶𝓇𝓃@river.example", "warn@river.example"),  # mathematical script
        ("ᴡᴀʀɴ", "warn"),  # small capitals
        ("🆆🅰🆁🅽", "warn"),  # squares
        ("ⓦⓐⓡⓝ", "warn"),  # circles
        ("w\u0338a\u0301r\u0323n", "warn"),  # accents and strokes
        ("GlobaI 0ffice", "Global Office"),  # capital i for l, zero for o
        ("rnodern", "modern"),
        ("STRASSE", "straße"),
    ],
)
def test_look_alikes_have_the_same_skeleton(copy: str, original: str) -> None:
    assert alike(copy, original)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("warn@river.example", "warn@lake.example"),
        ("north", "south"),
        ("बाढ़", "सूखा"),
        ("洪水", "地震"),
        ("flood", "food"),
    ],
)
def test_different_texts_have_different_skeletons(one: str, other: str) -> None:
    assert not alike(one, other)


def test_vowel_signs_of_other_scripts_stay() -> None:
    assert not alike("दिन", "दीन")  # day, poor


@pytest.mark.fuzz("texts")
@settings(max_examples=examples(200), deadline=None)
@given(st.text())
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


def test_a_megabyte_takes_less_than_two_seconds() -> None:
    started = time.process_time()
    skeleton("Тhе river risеs. " * 60_000)
    assert time.process_time() - started < 2.0
