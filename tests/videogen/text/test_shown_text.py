"""Texts from outside in a terminal, in JSON, CSV and Markdown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.text.shown_text import csv_cell, json_escaped, markdown_escaped, visible

STEERING = "\x1b[2J\x07\x9b31m\x7f\u202eevil\u2066\u2028\u200b\ufeff\U000e0041\ud800"


def test_what_steers_a_terminal_is_seen_as_an_escape() -> None:
    shown = visible(STEERING)
    assert shown.isascii()
    assert shown.startswith("\\x1b[2J\\x07\\x9b31m")
    assert "\\u202eevil" in shown


@pytest.mark.parametrize("text", ["क्‍ष मुंबई", "می‌خواهم", "👩‍🚒", "a\tb\nc", "日本語 é"])
def test_what_scripts_and_emoji_need_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_json_keeps_its_data_and_has_nothing_that_steers(text: str) -> None:
    document = json_escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert json.loads(document) == {text: [text]}
    assert visible(document) == document


def test_half_a_surrogate_pair_survives_json() -> None:
    document = json_escaped(json.dumps(STEERING, ensure_ascii=False))
    assert document.isascii()
    assert json.loads(document) == STEERING


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", " =1+1", "\t=1+1"])
def test_a_formula_in_a_csv_cell_is_text(cell: str) -> None:
    assert csv_cell(cell).startswith("'")


@pytest.mark.parametrize("cell", ["-1.5", "+3", "1e-5", "a=b", "", "a - b"])
def test_numbers_and_words_in_csv_stay(cell: str) -> None:
    assert csv_cell(cell) == cell


@pytest.mark.parametrize(
    "text",
    [
        "[click](https://evil.example)",
        "![x](http://evil.example/p.png)",
        "<img src=x>",
        "# big",
        "| a | b |",
        "**b** `c`",
    ],
)
def test_markdown_of_a_prompt_is_shown_as_it_is_written(text: str) -> None:
    shown = markdown_escaped(text)
    for sign in "[]()!#|*`":
        assert shown.count(sign) == shown.count("\\" + sign)
    assert "<" not in shown


@pytest.mark.parametrize(
    "address", ["https://evil.example", "www.evil.example", "HTTP://evil.example", "a@evil.example"]
)
def test_an_address_does_not_become_a_link_by_itself(address: str) -> None:
    assert address not in markdown_escaped(address)
    assert markdown_escaped(address).replace("\u2060", "") == address
