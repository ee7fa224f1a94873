from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Dr. A. K. Rao of the U.S. office spoke. He left.",
            ["Dr. A. K. Rao of the U.S. office spoke.", "He left."],
        ),
        ("Rs. 500 was paid. It cost 3.5 crore.", ["Rs. 500 was paid.", "It cost 3.5 crore."]),
        ("भारत एक देश है। यह बड़ा है।", ["भारत एक देश है।", "यह बड़ा है।"]),
        ("डॉ. राव आए। वे गए।", ["डॉ. राव आए।", "वे गए।"]),
        ("- First point\n- Second point", ["First point", "Second point"]),
        ("A title\nthe prompt of the video\nA caption.", ["A title", "the prompt of the video", "A caption."]),
        ("Is it so? Yes! “Quite.” Good.", ["Is it so?", "Yes!", "“Quite.”", "Good."]),
        ("Їдьте на вул. Київській, 12. Візьміть воду.", ["Їдьте на вул. Київській, 12.", "Візьміть воду."]),
        ("Kommen Sie am 3. Mai. Warten Sie.", ["Kommen Sie am 3. Mai.", "Warten Sie."]),
        ("高台へ。川に近づかない。", ["高台へ。", "川に近づかない。"]),
        ("សូមផ្លាស់ទៅ។ កុំឆ្លង។", ["សូមផ្លាស់ទៅ។", "កុំឆ្លង។"]),
        ("", []),
        (" \n\t… !!", []),
    ],
)
def test_text_is_split_at_its_sentence_ends(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == expected


def test_wrapped_prose_stays_one_sentence() -> None:
    text = "The department spent more than five hundred crore rupees on\nroads in the northern districts last year."
    assert len(split_sentences(text)) == 1


@given(st.text(max_size=300))
def test_offsets_point_at_the_sentence_and_sentences_never_overlap(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= end
        end = sentence.end


@given(st.text(max_size=200))
def test_no_letter_or_digit_is_lost(text: str) -> None:
    kept = sum(character.isalpha() for sentence in split_sentences(text) for character in sentence.text)
    assert kept == sum(character.isalpha() for character in text)
