"""Messages made to stop us, and official ones that are odd: what each gives, and how little time it may take."""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.videogen.emergency.examples import GOOD, atom, body, changed, envelope
from tests.videogen.emergency.sample_alerts import NOW
from videogen.cards.geography import Point
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.intake import AlertIntake, IntakeResult
from videogen.emergency.alerts.register import AlertRegister
from videogen.emergency.cap.condense import FINEST, thinned
from videogen.emergency.cap.model import Info
from videogen.emergency.cap.repair import repaired
from videogen.errors import InputError

POLYGON = "50,6 50,7 51,7 51,6 50,6"


@pytest.fixture
def intake(tmp_path: Path) -> AlertIntake:
    return AlertIntake(AlertRegister(str(tmp_path / "alerts")), EmergencySettings(), tmp_path / "pins")


def take(intake: AlertIntake, message: str | bytes) -> IntakeResult:
    return intake.take(message.encode() if isinstance(message, str) else message, origin="test", now=NOW)


def refusal(intake: AlertIntake, message: str) -> str:
    result = take(intake, message)
    assert result.taken == []
    return result.reasons()


def shown(intake: AlertIntake, message: str) -> tuple[Info, set[str]]:
    """The info block as it was taken, and the rules of its warnings."""
    (taken,) = take(intake, message).taken
    return taken.alert.infos[0], {remark.rule for remark in taken.record.remarks}


@contextmanager
def within(seconds: float, megabytes: float = math.inf) -> Iterator[None]:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - started < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < megabytes * 1024


def test_a_coordinate_that_no_number_holds_is_refused_with_it(intake: AlertIntake) -> None:
    far = "1" + "0" * 308
    reasons = refusal(intake, changed((POLYGON, f"0,-{far} 0,{far} 1,{far} 0,-{far}")))
    assert "-1e+308" in reasons
    assert "coordinate-range" in reasons


@pytest.mark.parametrize("inside", ["<x/>", " <!-- --> ", "<x>50,6</x>"])
def test_a_polygon_of_nothing_is_refused_by_its_rule_or_passed_over(intake: AlertIntake, inside: str) -> None:
    result = take(intake, changed((POLYGON, inside)))
    assert len(result.taken) + len(result.refused) == 1
    assert "polygon" in (result.reasons() or str(result.taken[0].record.remarks))


def test_a_circle_wider_than_the_earth_is_refused_with_its_radius(intake: AlertIntake) -> None:
    assert "1e+300 km" in refusal(intake, changed(("50.5,6.5 12", "0,0 1" + "0" * 300)))


def test_every_envelope_around_an_alert_has_its_say(intake: AlertIntake) -> None:
    inner = envelope(GOOD).partition("?>")[2] or envelope(GOOD)
    for outer in ("Test", "Exercise", "System", "actual"):
        nested = envelope(GOOD, outer).replace(body(GOOD), inner)
        assert "envelope-status" in refusal(intake, nested)
    as_text = envelope(GOOD, "Test").replace(body(GOOD), f"<![CDATA[{body(GOOD)}]]>")
    assert "envelope-status" in refusal(intake, as_text)
    assert len(take(intake, envelope(GOOD).replace(body(GOOD), inner)).taken) == 1


def test_hundreds_of_thousands_of_unknown_elements_are_named_once(intake: AlertIntake) -> None:
    with within(20):
        _, rules = shown(intake, changed(("</info>", "<x/>" * 300_000 + "</info>")))
    assert rules == {"element-unknown"}
    with pytest.raises(InputError, match=r"1,200,0.. tags"):
        take(intake, changed(("</info>", "<x/>" * 1_200_000 + "</info>")))


def test_endless_problems_end(intake: AlertIntake) -> None:
    with within(20):
        reasons = refusal(intake, changed(("</area>", "<polygon>a</polygon>" * 1900 + "</area>")))
    assert "too-many-problems" in reasons
    assert len(reasons) < 100_000


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (changed(("</area>", "</area>" + "<area><areaDesc>V</areaDesc></area>" * 5000)), "too-many-elements"),
        (changed((">Alert<", ">Update<"), ("</scope>", "</scope><references>" + "a@b.example,x,2026-11-22T08:30:00-00:00 " * 100_000 + "</references>")), "too-many-references"),
        (changed(("Leave cellars.", "Leave. " * 100_000)), "text-too-long"),
        (changed(("Flood in the lower valley", "Flood " * 1000)), "text-too-long"),
    ],
)  # fmt: skip
def test_more_than_any_alert_needs_is_refused_before_it_is_worked_on(
    intake: AlertIntake, message: str, rule: str
) -> None:
    with within(20):
        assert rule in refusal(intake, message)


def test_a_long_description_is_shortened_at_the_end_of_a_sentence(intake: AlertIntake) -> None:
    long = "The river Elm rises to 5.2 m by noon. " * 27_000
    with within(20):
        info, rules = shown(intake, changed(("<instruction>", f"<description>{long}</description><instruction>")))
    assert rules == {"text-shortened"}
    assert len(info.description or "") <= 5002
    assert (info.description or "").endswith("noon. …")


@pytest.mark.parametrize(
    "filler", ["<br ", "<!-- ", "&lt;script>", " ", "&amp;", "\u20e3", "\U0001f1e6", "{{", "&lt;!--"]
)
def test_no_filler_makes_a_text_slow_to_read(intake: AlertIntake, filler: str) -> None:
    text = "<![CDATA[" + filler * 100_000 + "]]>" if filler.startswith("<") else filler * 100_000
    with within(30):
        take(intake, changed(("<instruction>", f"<description>a{text}b</description><instruction>")))


def test_an_outline_of_many_points_is_drawn_to_the_size_of_the_picture(intake: AlertIntake) -> None:
    count = 93_040
    ring = [(55 + math.sin(2 * math.pi * n / count), -131 + math.cos(2 * math.pi * n / count)) for n in range(count)]
    ring.append(ring[0])
    message = changed(
        (POLYGON, " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in ring)), ("<circle>50.5,6.5 12</circle>", "")
    )
    started = time.process_time()
    info, rules = shown(intake, message)
    assert time.process_time() - started < 10
    assert rules == {"polygon-simplified"}
    (left,) = info.areas[0].polygons
    assert len(left) < 25_000
    assert left[0] == left[-1]


def test_thinning_takes_little_time_and_moves_nothing_visibly() -> None:
    import shapely

    count = 93_040
    ring = [
        Point(55 + math.sin(2 * math.pi * n / count), -131 + math.cos(2 * math.pi * n / count)) for n in range(count)
    ]
    ring.append(ring[0])
    started = time.process_time()
    (left,) = thinned([ring])
    assert time.process_time() - started < 2.0
    corners = [[(p.longitude, p.latitude) for p in points] for points in (ring, left)]
    for points, line in zip(corners, map(shapely.LinearRing, reversed(corners)), strict=True):
        shapely.prepare(line)
        assert shapely.dwithin(line, shapely.points(points), 2 * 2.0 / FINEST).all()


@pytest.mark.parametrize(
    ("ring", "rules"),
    [
        ("50,6 50,7 50.5,6.5 51,7 51,6 50.5,6.5 50,6", set()),  # touches itself in a point
        ("\n 50,6 \n\t50,7\n51,7 51,6\n 50,6\n", set()),
        ("50,6 51,7 51,6 50,7 50,6", {"polygon-crosses-itself"}),
        ("-17,179 -17,-180.005 -18,-180.005 -18,179 -17,179", {"coordinate-turned"}),
        ("-17,179 -17,181.5 -18,181.5 -18,179 -17,179", {"coordinate-turned"}),
    ],
)
def test_odd_outlines_of_official_alerts_are_taken(intake: AlertIntake, ring: str, rules: set[str]) -> None:
    info, found = shown(intake, changed((POLYGON, ring)))
    assert found == rules
    assert all(abs(point.longitude) <= 180 for point in info.areas[0].polygons[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LEVEL: Watch &lt;br /&gt;SIZE: 410 ha", "LEVEL: Watch\n\nSIZE: 410 ha"),
        ("&lt;p&gt;Leave.&lt;/p&gt;&lt;ul&gt;&lt;li&gt;One&lt;/li&gt;&lt;li&gt;Two&lt;/li&gt;&lt;/ul&gt;", "Leave.\n\n- One\n\n- Two"),
        ("Call &lt;b&gt;112&lt;/b&gt; if PM10 &gt; 300 and view &lt; 50 m", "Call 112 if PM10 > 300 and view < 50 m"),
        ("Fire &amp;amp; Rescue", "Fire & Rescue"),
        ("<info-part><section title='Storm'>Sparrow</section><section title='Take care'>Stay in.</section></info-part>",
         "Storm: Sparrow\n\nTake care: Stay in."),
        ("Stay in 🌀🌊 now ©", "Stay in now ©"),
        ("Call 1\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e3", "Call 112"),
        ("Line one\nLine two", "Line one\nLine two"),
    ],
)  # fmt: skip
def test_texts_are_read_as_people_would(intake: AlertIntake, text: str, expected: str) -> None:
    info, _ = shown(intake, changed(("<instruction>", f"<description>{text}</description><instruction>")))
    assert info.description == expected


def test_an_emoji_in_the_headline_is_left_out_with_a_warning(intake: AlertIntake) -> None:
    info, rules = shown(intake, changed(("Flood in the lower valley", "Flood 🌊 in the valley 👨‍👩‍👧🏽 🇩🇪")))
    assert (info.headline, rules) == ("Flood in the valley", {"emoji-in-text"})


@pytest.mark.parametrize(
    "text", ["TBD", "xxx", "test", "This is a test.", "Run to {{closest_exit}}.", "Call $EMERGENCY_NUMBER.", "[insert place]",
             "${what}", "Go to XXX", "lorem ipsum dolor", "Lorem Ipsum dolor sit amet", "???"],
)  # fmt: skip
def test_a_text_that_nobody_filled_in_is_not_published_as_real(intake: AlertIntake, text: str) -> None:
    assert "placeholder-text" in refusal(intake, changed(("Leave cellars.", text)))
    exercise = changed(("Leave cellars.", text), (">Actual<", ">Exercise<"), ("</scope>", "</scope><note>x</note>"))
    assert len(take(intake, exercise).taken) == 1


@pytest.mark.parametrize(
    "text", ["Damage of $US 20m", "Get tested at the centre.", "Test your smoke alarm.", "[Update 3] Leave.", "Costs $500.",
             "Take exit 3 {north}", "Route XX is closed", "Follow @Rescue & leave"],
)  # fmt: skip
def test_an_ordinary_text_is_no_placeholder(intake: AlertIntake, text: str) -> None:
    shown(intake, changed(("Leave cellars.", text.replace("&", "&amp;"))))


def test_an_update_of_itself_is_refused(intake: AlertIntake) -> None:
    message = changed((">Alert<", ">Update<"), ("</scope>", "</scope><references>warn@river.example,elm-1,2026-11-22T09:30:00-00:00</references>"))  # fmt: skip
    assert "reference-to-itself" in refusal(intake, message)


def test_a_sender_that_looks_like_a_pinned_one_is_refused(tmp_path: Path) -> None:
    from tests.videogen.emergency.cap.test_cap_signature import Key

    folder = tmp_path / "pins"
    folder.mkdir()
    (folder / "river.pem").write_bytes(Key("river office").pem)
    (folder / "senders.yaml").write_text("warn@river.example: {certificates: [river.pem]}", encoding="utf-8")
    strict = AlertIntake(AlertRegister(str(tmp_path / "alerts")), EmergencySettings(), folder)
    assert "sender-imitated" in refusal(strict, GOOD.replace("warn@", "w\u0430rn@"))
    assert len(take(strict, GOOD.replace("warn@river", "other@lake")).taken) == 1


@pytest.mark.parametrize(
    "message", [GOOD, changed(("Leave cellars.", "<![CDATA[a & b < 3]]>")), "not XML & <", "<a>&#0;</a>"]
)
def test_what_needs_no_repair_or_cannot_be_repaired_gets_none(message: str) -> None:
    assert repaired(message.encode()) is None


def test_a_repair_changes_only_what_is_wrong() -> None:
    good = changed(("Leave cellars.", "Fire &amp; Rescue &#60; 5 <!-- a & b -->"))
    found = repaired(changed(("Fire &amp; Rescue", "Fire & Rescue&nbsp;\x07"), message=good).encode())
    assert found is not None
    assert found.data.decode() == changed(("Fire &amp; Rescue", "Fire &amp; Rescue&#160;"), message=good)
    assert found.changes == ("line 19: & → &amp;", "line 19: &nbsp; → &#160;", "line 19: '\\x07' → nothing")


@pytest.mark.parametrize("filler", [b"<!--", b"<![CDATA[", b"&", b"< ", b"<!-- -->"])
def test_looking_for_a_repair_takes_little_time(filler: bytes) -> None:
    with within(20):
        repaired(b"<a>" + filler * 400_000 + b"</a>")


_PIECES = st.sampled_from(
    [
        GOOD,
        body(GOOD),
        envelope(GOOD, "Test"),
        atom(f"<content>{body(GOOD)}</content>"),
        atom("<link href='http://[x'/>"),
    ]
)
_BITS = st.one_of(
    st.sampled_from(["<info>", "</info>", "<area>", "<polygon>", "1e999", "-180.005", "&", "&#0;", "]]>", "<!--", "<br/>", "\U0001f30a",
                     "\u200b", "w\u0430rn@river.example", "0,0 1" + "0" * 400, "9" * 5000, "<polygon/>", "<references>a,b,c</references>",
                     "<sent>9999-12-31T23:59:59-14:00</sent>", "<sent>0001-01-01T00:00:00+14:00</sent>", "{{x}}", "<Signature/>"]),
    st.text(max_size=20),
)  # fmt: skip


@st.composite
def _documents(draw: st.DrawFn) -> bytes:
    """A message with some pieces cut out, put in or doubled; sometimes not even text."""
    data = draw(_PIECES)
    for _ in range(draw(st.integers(0, 5))):
        start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 60))
        data = data[:start] + draw(_BITS) + data[start + draw(st.sampled_from([0, length])) :]
    encoded = data.encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        place = draw(st.integers(0, len(encoded)))
        encoded = encoded[:place] + draw(st.binary(max_size=4)) + encoded[place:]
    return encoded


@pytest.mark.fuzz("cap")
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_documents())
def test_whatever_comes_only_errors_of_the_project_come_out(intake: AlertIntake, data: bytes) -> None:
    try:
        result = intake.take(data, origin="fuzz", now=NOW)
    except InputError:
        return
    assert "cannot-be-judged" not in result.reasons()
    repaired(data)
