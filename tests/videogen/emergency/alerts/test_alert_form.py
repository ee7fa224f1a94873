"""The short form: what it says is taken, what it leaves out is named, nothing is made up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.emergency.sample_alerts import NOW
from videogen.cards.geography import Circle, Point
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.form import alert_from_form, cancellation
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.cap.reader import read_document
from videogen.emergency.cap.validator import validate
from videogen.emergency.cap.writer import write_alert
from videogen.errors import InputError

SHORT = {
    "headline": "Flood in the lower valley",
    "area": "Lower Elm valley",
    "instruction": "Leave cellars.",
    "sender": "River Office",
}


def test_four_fields_make_an_alert_that_keeps_every_rule() -> None:
    alert = alert_from_form(SHORT, now=NOW)
    assert validate(read_document(write_alert(alert)).alerts[0]) == []
    (info,) = alert.infos
    assert (alert.sender, info.sender_name) == ("River-Office", "River Office")
    assert (alert.status, alert.msg_type, alert.scope, alert.sent, info.effective) == (
        "Actual", "Alert", "Public", NOW, NOW,
    )  # fmt: skip
    assert (info.event, info.headline) == ("Flood in the lower valley",) * 2
    assert (info.severity, info.urgency, info.certainty, info.categories) == (
        "Unknown",
        "Unknown",
        "Unknown",
        ("Other",),
    )
    assert (info.expires, info.onset, info.description) == (None, None, None)
    assert (info.areas[0].polygons, info.areas[0].circles) == ((), ())


def test_all_that_is_said_is_in_the_alert() -> None:
    alert = alert_from_form(
        SHORT
        | {
            "event": "Flood",
            "category": "Met",
            "severity": "Severe",
            "urgency": "Immediate",
            "certainty": "Observed",
            "language": "de-AT",
            "expires": "2026-11-22T15:30:00+01:00",
            "polygon": "50,6 50,7 51,7 50,6",
            "circle": "50.5,6.5 12",
            "description": "The Elm rises.",
        },
        now=NOW,
    )
    (info,) = alert.infos
    assert (info.event, info.severity, info.language, info.description) == (
        "Flood",
        "Severe",
        "de-AT",
        "The Elm rises.",
    )
    assert info.expires is not None
    assert info.expires.isoformat() == "2026-11-22T15:30:00+01:00"
    assert info.areas[0].polygons == ((Point(50, 6), Point(50, 7), Point(51, 7), Point(50, 6)),)
    assert info.areas[0].circles == (Circle(Point(50.5, 6.5), 12),)


def test_two_forms_at_the_same_moment_are_two_alerts() -> None:
    assert alert_from_form(SHORT, now=NOW).identity != alert_from_form(SHORT, now=NOW).identity


def test_all_missing_parts_are_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        alert_from_form({"headline": " "}, now=NOW)
    for part in ("source", "hazard", "location", "guidance"):
        assert part in refused.value.problem


def test_the_configured_sender_warns_where_the_form_names_none() -> None:
    alert = alert_from_form(SHORT | {"sender": ""}, sender="Duty Officer, City Hall", now=NOW)
    assert (alert.sender, alert.infos[0].sender_name) == ("Duty-Officer-City-Hall", "Duty Officer, City Hall")


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("severity", "Awful", "severity"),
        ("expires", "2026-11-22T15:30:00", "expires"),
        ("expires", "2026-11-22T08:30:00+00:00", "expires-too-early"),
        ("polygon", "50 6 50 7", "polygon"),
        ("polygon", "50,6 50,7 51,7", "polygon-open"),
        ("circle", "95,6 10", "coordinate-range"),
        ("language", "German!", "language-form"),
        ("status", "Draft", "status"),
        ("colour", "red", "colour"),
        ("headline", "Flood\0", r"headline: the character U\+0000 cannot be shown"),
        ("contact", "\x1b[31m112", r"contact: the character U\+001B"),
        ("instruction", "Leave\ud800", r"instruction: the character U\+D800"),
        ("area", "\u202eneldeV", r"area: the character U\+202E"),
        ("web", "javascript:alert(1)", "web: an address begins with https://"),
        ("web", "file:///etc/passwd", "web: an address begins with https://"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(field: str, value: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        alert_from_form(SHORT | {field: value}, now=NOW)


def test_several_bad_values_are_all_named() -> None:
    with pytest.raises(InputError) as refused:
        alert_from_form(SHORT | {"polygon": "x", "circle": "y", "area": ""}, now=NOW)
    assert all(word in refused.value.problem for word in ("polygon", "circle", "location"))


def intake(tmp_path: Path, **settings: Any) -> AlertIntake:
    return AlertIntake(AlertRegister(str(tmp_path / "alerts")), EmergencySettings(**settings), tmp_path / "none")


def test_a_form_is_taken_and_can_be_cancelled(tmp_path: Path) -> None:
    taker = intake(tmp_path, alert_sender="River Office", alert_lifetime_hours=3.0, unsigned_alerts="refuse")
    taken = taker.take_form(SHORT | {"sender": ""}, now=NOW)
    assert (taken.state, taken.ends, taken.record.origin) == ("taken", NOW + timedelta(hours=3), "form")
    assert read_document(taker.register.original(taken.key)).alerts[0].alert == taken.alert
    cancel = cancellation(taken.alert, "the river fell", NOW + timedelta(hours=1))
    assert validate(read_document(write_alert(cancel)).alerts[0]) == []
    taker.take_own(cancel, origin="form", now=NOW + timedelta(hours=1))
    assert taker.register.get(taken.key).state == "cancelled"


def test_an_exercise_by_form_is_watermarked(tmp_path: Path) -> None:
    taker = intake(tmp_path)
    assert taker.take_form(SHORT | {"status": "Exercise"}, now=NOW).state == "not_for_air"
    shown = taker.take_form(SHORT | {"status": "Exercise"}, rehearsal=True, now=NOW)
    assert (shown.state, shown.watermark) == ("taken", "EXERCISE")
