"""Where lines break: whole words while there is room, proper places where there is none, nothing lost or added."""

from __future__ import annotations

import pytest

from videogen.cards.line_breaks import breaks_in_word, units
from videogen.cards.text_setting import Face, told_by, without_font, wrapped

FACE = Face(20)
GERMAN = Face(20, language="de-DE")


def shown(text, face, width, **options):
    return [line.text for line in wrapped(text, face, width, **options)]


@pytest.mark.parametrize("width", [190, 220, 260, 300])
def test_balancing_never_breaks_a_word_that_fits(width):
    words = ["SEVERE", "THUNDERSTORM", "WARNING"]
    lines = shown(" ".join(words), FACE, width, balanced=True)
    assert " ".join(lines).split() == words


def test_a_word_that_does_not_fit_is_hyphenated_by_its_language():
    lines = shown("Hochwasserschutzmaßnahmen", GERMAN, 150)
    assert len(lines) > 1
    assert all(line.endswith("-") for line in lines[:-1])
    beginnings = ("Hoch", "Hochwas", "Hochwasser", "Hochwasserschutz", "Hochwasserschutzmaß", "Hochwasserschutzmaßnah")
    assert lines[0].removesuffix("-") in beginnings


def test_hyphens_are_shown_and_not_told():
    lines = wrapped("Die Hochwasserschutzmaßnahmen beginnen morgen", GERMAN, 150)
    assert any(line.text.endswith("-") for line in lines)
    assert told_by(lines) == "Die Hochwasserschutzmaßnahmen beginnen morgen"


def test_an_address_breaks_after_its_marks_without_a_hyphen():
    address = "https://www.example.de/warnungen?land=hessen&ort=bad-homburg"
    lines = wrapped(address, GERMAN, 200)
    assert len(lines) > 1
    assert "".join(line.text for line in lines) == address
    assert all(line.text[-1] in "/?&=.-" for line in lines[:-1])


def test_soft_hyphens_and_zero_width_spaces_of_the_sender_are_places_to_break():
    assert (3, "-") in list(breaks_in_word("ab\u00adcd", ""))
    assert [unit for unit, _ in units("ទឹក\u200bជំនន់")] == ["ទឹក", "ជំនន់"]


def test_burmese_breaks_between_syllables_only():
    syllables = [unit for unit, _ in units("မုန်တိုင်း")]
    assert syllables == ["မုန်", "တိုင်း"]
    assert [unit for unit, _ in units("ဗုဒ္ဓ")] == ["ဗုဒ္ဓ"]


def test_thai_breaks_between_words_and_never_behind_a_vowel_written_first():
    parts = [unit for unit, _ in units("ประกาศเตือนน้ำท่วมฉับพลัน")]
    assert parts[:2] == ["ประกาศ", "เตือน"]
    assert not any(part[-1] in "เแโใไ" for part in parts)


def test_japanese_headlines_break_between_phrases():
    if without_font("警"):
        pytest.skip("no Japanese font here")
    text = "大雨特別警報を発表しました。ただちに身の安全を確保してください"
    lines = wrapped(text, FACE, 220, balanced=True)
    assert len(lines) > 2
    assert not any(line.text.endswith("発") for line in lines)
    assert told_by(lines) == text


@pytest.mark.parametrize(
    "text", ["heute um 07:50\u00a0UTC in Bonn", "Räume auf, z. B. im Keller", "bis zu 11.2 m hoch"]
)
def test_what_belongs_together_stays_on_one_line(text):
    for width in range(60, 260, 20):
        for line in shown(text, FACE, width):
            assert not line.endswith(("07:50", " z.", "11.2"))


def test_lines_of_ideographs_are_told_without_spaces_between_them():
    if without_font("高"):
        pytest.skip("no Chinese font here")
    text = "高台へ避難してください。海岸に近づかないでください。"
    assert told_by(wrapped(text, FACE, 120)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the night service, 18 per cent more", "18\u00a0per\u00a0cent"),
        ("from 1.1 to 9.6 million tonnes", "9.6\u00a0million"),
        ("इस वर्ष 3.5 लाख बच्चे", "3.5\u00a0लाख"),
        ("um 12 Prozent", "12\u00a0Prozent"),
    ],
)
def test_a_number_stays_with_its_scale(text, kept):
    assert kept in [unit for unit, _ in units(text)]
