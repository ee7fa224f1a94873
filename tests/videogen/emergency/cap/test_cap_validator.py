"""The strict validator: all that is wrong, each with its rule, and nothing that is right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.videogen.emergency.examples import GOOD, MALFORMED, changed, without
from videogen.emergency.cap.problem import Problem, errors
from videogen.emergency.cap.reader import read_document
from videogen.emergency.cap.rules import RULES
from videogen.emergency.cap.validator import validate
from videogen.errors import ConfigError

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


def problems(message: str, *profiles: str) -> list[Problem]:
    (read,) = read_document(message.encode()).alerts
    return validate(read, profiles=profiles, now=NOW)


def rules(message: str, *profiles: str) -> set[str]:
    return {problem.rule for problem in problems(message, *profiles)}


def test_a_good_message_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize("name", MALFORMED)
def test_every_fault_of_a_malformed_message_is_named(name: str) -> None:
    message, expected = MALFORMED[name]
    found = problems(message)
    assert {problem.rule for problem in found} == expected
    assert {problem.rule for problem in errors(found)} == expected
    assert all(problem.section and problem.message for problem in found)


def test_faults_in_several_blocks_are_all_found_with_their_places() -> None:
    message = changed(
        ("  <info>", "  <restriction>x</restriction>\n  <info>"), ("50,6 50,7 51,7 51,6 50,6", "50,6 50,7 51,7 51,6"),
        message=without("sender", "urgency"),
    )  # fmt: skip
    found = {(problem.rule, problem.place) for problem in problems(message)}
    assert found == {
        ("element-missing", "alert"),
        ("element-missing", "info[1]"),
        ("restriction-without-scope", "restriction"),
        ("polygon-open", "info[1]/area[1]/polygon[1]"),
    }


def test_a_problem_says_where_it_is_written_down() -> None:
    (problem,) = problems(changed(("50,6 50,7 51,7 51,6 50,6", "50,6 50,7 51,7 51,6")))
    assert str(problem) == (
        "info[1]/area[1]/polygon[1]: its last point is not its first one [polygon-open, CAP 1.2 §3.2.4]"
    )


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (changed((">Leave cellars.<", ">Leave &lt;b>cellars&lt;/b>.<")), "html-in-text"),
        (changed((">Leave cellars.<", ">Leave&amp;nbsp;cellars.<")), "html-in-text"),
        (changed((">Lower Elm valley<", ">Lower&lt;br/>Elm<")), "html-in-text"),
        (changed((">Flood in", ">🌊 Flood in")), "emoji-in-text"),
        (changed(("50,6 50,7 51,7 51,6 50,6", "50,6 51,7 51,6 50,7 50,6")), "polygon-crosses-itself"),
        (changed(("50,6 50,7 51,7 51,6 50,6", "-17,179 -17,180.5 -18,180.5 -18,179 -17,179")), "coordinate-turned"),
        (without("instruction"), "instruction-missing"),
        (changed((">Actual<", ">Exercise<")), "note-missing"),
        (without("areaDesc", "polygon", "circle", "area", "/area").replace("</area>", ""), "area-missing"),
        (changed(("<expires>", "<onset>2026-11-22T16:00:00-00:00</onset><expires>")), "expires-before-onset"),
        (changed(("</expires>", "</expires><web>river.example</web>")), "uri-form"),
    ],
)  # fmt: skip
def test_habits_of_senders_are_warnings(message: str, rule: str) -> None:
    found = problems(message)
    assert rule in {problem.rule for problem in found}
    assert errors(found) == []


def test_less_than_is_no_markup() -> None:
    assert problems(changed(("Leave cellars.", "Water 3 &lt; 5 m &amp; rising; a &lt; b > c."))) == []


def test_a_cancel_without_info_is_fine_but_needs_references() -> None:
    bare = GOOD.partition("<info>")[0] + "</alert>"
    cancel = changed((">Alert<", ">Cancel<"), message=bare)
    assert rules(cancel) == {"references-missing"}
    reference = "</scope><references>warn@river.example,elm-0,2026-11-22T08:00:00-00:00</references>"
    assert rules(cancel.replace("</scope>", reference)) == set()
    other = reference.replace("warn@", "who@")
    assert rules(cancel.replace("</scope>", other)) == {"reference-other-sender"}


def test_a_private_message_names_its_addresses_and_a_restricted_one_its_restriction() -> None:
    private = changed((">Public<", ">Private<"))
    assert rules(private) == {"addresses-missing"}
    assert rules(private.replace("</scope>", '</scope><addresses>"fire house" x@y.example</addresses>')) == set()
    assert (
        rules(changed(("<scope>Public</scope>", "<scope>Restricted</scope><restriction>Staff</restriction>"))) == set()
    )


def test_a_message_from_the_future_is_refused() -> None:
    late = changed(("2026-11-22T09:30:00", "2026-11-22T10:30:59"))
    assert rules(late) == set()
    assert rules(changed(("2026-11-22T09:30:00", "2026-11-22T10:31:01"))) == {"sent-in-future"}


def test_every_rule_says_where_it_is_written_and_is_documented() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[4] / "docs" / "emergency_alerts.md").read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"`{rule}`" not in page] == []


IPAWS = changed(
    ("</scope>", "</scope><code>IPAWSv1.0</code>"),
    ("<expires>", "<eventCode><valueName>SAME</valueName><value>FLW</value></eventCode><expires>"),
    ("</circle>", "</circle><geocode><valueName>SAME</valueName><value>006037</value></geocode>"),
)
CAP_CP = changed(
    ("</scope>", "</scope><code>profile:CAP-CP:0.4</code>"),
    (
        "<expires>",
        "<eventCode><valueName>profile:CAP-CP:Event:0.4</valueName><value>flood</value></eventCode><expires>",
    ),
    ("</circle>", "</circle><geocode><valueName>profile:CAP-CP:Location:0.3</valueName><value>59</value></geocode>"),
)


def test_a_message_may_keep_a_profile() -> None:
    assert problems(IPAWS, "ipaws") == []
    assert rules(CAP_CP, "cap-cp") == {"cap-cp-both-languages"}
    french = CAP_CP.replace("en-GB", "fr-CA").partition("<info>")[2].partition("</info>")[0]
    assert problems(CAP_CP.replace("</info>", f"</info><info>{french}</info>"), "cap-cp") == []


def test_profiles_name_all_that_they_miss() -> None:
    assert rules(GOOD, "ipaws") == {"ipaws-code", "ipaws-event-code", "ipaws-geocode"}
    assert rules(without("expires"), "ipaws") == {"ipaws-code", "ipaws-event-code", "ipaws-geocode", "ipaws-expires"}
    two_codes = IPAWS.replace(
        "</eventCode>", "</eventCode><eventCode><valueName>SAME</valueName><value>TOR</value></eventCode>"
    )
    assert rules(two_codes, "ipaws") == {"ipaws-event-code"}
    second = IPAWS.partition("<info>")[2].partition("</info>")[0].replace("FLW", "TOR")
    assert rules(IPAWS.replace("</info>", f"</info><info>{second}</info>"), "ipaws") == {"ipaws-blocks-differ"}
    assert rules(GOOD, "cap-cp") == {"cap-cp-code", "cap-cp-event-code", "cap-cp-geocode", "cap-cp-both-languages"}
    assert {"cap-cp-language", "cap-cp-expires", "cap-cp-sender-name"} <= rules(
        without("language", "expires", "senderName"), "cap-cp"
    )
    assert rules(GOOD) == set()


def test_an_unknown_profile_is_a_mistake_of_the_operator() -> None:
    with pytest.raises(ConfigError, match="'etws'"):
        problems(GOOD, "etws")


def test_more_points_than_any_map_needs_are_thinned() -> None:
    ring = "50,6 50,7 " + "51,7 " * 50_000 + "51,6 50,6"
    assert rules(changed(("50,6 50,7 51,7 51,6 50,6", ring))) == {"polygon-simplified"}
