"""What an alert says, sorted for readers: nothing added, nothing lost."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.videogen.emergency.sample_renderings import ENGLISH, LIBRARY, SENT, alert, changed
from videogen.emergency.layout.message import in_words, message_of, missing_parts, paragraphs_of, steps_of

FLOOD = LIBRARY.get_template("flood")


def message(info=ENGLISH, zone="UTC"):
    return message_of(alert(info), info, FLOOD, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("instruction", "steps"),
    [
        ("Go up now. Stay there!", ("Go up now.", "Stay there!")),
        (
            "Leave by 5 p.m. today near St. Louis. Take U.S. 1.",
            ("Leave by 5 p.m. today near St. Louis.", "Take U.S. 1."),
        ),
        ("1. Pack.\n2. Leave\n   by the north road.", ("Pack.", "Leave by the north road.")),
        ("- Pack\n- Leave", ("Pack", "Leave")),
        ("MOVE TO HIGHER\nGROUND NOW. STAY\nTHERE.", ("MOVE TO HIGHER GROUND NOW.", "STAY THERE.")),
        ("Pack.\nLeave.\nHelp others.", ("Pack.", "Leave.", "Help others.")),
        ("ऊँचे स्थान पर जाएँ। रुकें।", ("ऊँचे स्थान पर जाएँ।", "रुकें।")),
        ("高台へ避難してください。戻らないでください。", ("高台へ避難してください。", "戻らないでください。")),
        ("اخرجوا الآن. هل أنتم بخير؟ ابقوا هناك.", ("اخرجوا الآن.", "هل أنتم بخير؟", "ابقوا هناك.")),
        ("LOCATION: Elm Road\nSTATUS: Out of control", ("LOCATION: Elm Road", "STATUS: Out of control")),
        ("Road closed\n\nBridge closed", ("Road closed", "Bridge closed")),
        ("", ()),
    ],
)
def test_instructions_become_steps(instruction, steps):
    assert steps_of(instruction) == steps


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")) | st.just("\n"), max_size=200))
def test_no_letter_of_an_instruction_is_lost(text):
    def letters(texts):
        return [letter for letter in "".join(texts) if letter.isalpha()]

    import unicodedata

    assert letters(steps_of(text)) == letters([unicodedata.normalize("NFC", text)])


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_cut_up(text):
    assert all(step and step == " ".join(step.split()) for step in steps_of(text))
    assert all(paragraphs_of(text))


def test_times_are_those_of_the_audiences_zone():
    assert in_words(SENT, "en-GB", ZoneInfo("Asia/Kolkata")) == "Sun, 1 Mar 2026, 17:30\u00a0IST"
    assert "04:00\u00a0PST" in in_words(SENT, "en-US", ZoneInfo("America/Los_Angeles"))
    assert "UTC+04" in in_words(SENT, "fr", ZoneInfo("Asia/Dubai"))
    assert in_words(SENT, "nonsense-tag", ZoneInfo("UTC")).endswith("12:00\u00a0UTC")


def test_a_missing_sender_name_is_shown_as_the_id_and_noted():
    bare = message(changed(sender_name=None))
    assert bare.source == "flood@example.org"
    assert "senderName" in bare.notes[0]


def test_an_unknown_language_is_framed_in_english_and_noted():
    found = message(changed(language="sw"))
    assert found.words.where == "Where"
    assert found.notes == ("sw: labels are in English",)


def test_a_complete_message_lacks_nothing():
    assert missing_parts(message(), ENGLISH) == ()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"event": " "}, "hazard"),
        ({"areas": ()}, "location"),
        ({"onset": None, "expires": None, "urgency": "Expected"}, "time"),
        ({"instruction": " \n "}, "guidance"),
    ],
)
def test_each_missing_part_is_named(changes, part):
    info = changed(**changes)
    (problem,) = missing_parts(message(info), info)
    assert (problem.rule, problem.where) == ("message part", "en-GB")
    assert part in problem.what


def test_an_all_clear_is_guidance_in_itself():
    info = changed(instruction=None, response_types=("AllClear",))
    assert missing_parts(message(info), info) == ()
    assert message(info).steps == ("All clear",)


def test_nothing_turns_the_letters_of_a_warning_around():
    said = message(changed(ENGLISH, headline="\u202eDOOLF\u202c \u202dNOW\u202c", instruction="\u202eevaeL"))
    assert "\u202e" not in f"{said}"
    assert "\u202d" not in f"{said}"
    assert said.headline.startswith("DOOLF")
