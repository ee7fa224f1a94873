"""The tolerant reader: what real senders write is understood, and hostile documents do no harm."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest

from tests.videogen.emergency.examples import GOOD, NOT_EVEN_XML, OLD_1_0, atom, body, changed, envelope, without
from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.model import Alert, Reference, Value
from videogen.emergency.cap.problem import errors
from videogen.emergency.cap.reader import read_document
from videogen.emergency.cap.values import read_list, read_polygon, read_references, read_time
from videogen.emergency.cap.xml import is_complete, parse
from videogen.errors import InputError

SENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def one(message: str, encoding: str = "utf-8") -> Alert:
    (read,) = read_document(message.encode(encoding)).alerts
    assert read.alert is not None, read.problems
    return read.alert


def rules(message: str) -> list[str]:
    (read,) = read_document(message.encode()).alerts
    return [problem.rule for problem in read.problems]


def test_a_message_is_read_to_its_last_field() -> None:
    alert = one(GOOD)
    assert (alert.identifier, alert.sender, alert.sent) == ("elm-1", "warn@river.example", SENT)
    (info,) = alert.infos
    assert (info.language, info.categories, info.severity) == ("en-GB", ("Met",), "Severe")
    assert info.expires == SENT + timedelta(hours=6)
    (area,) = info.areas
    assert area.polygons[0][1] == Point(50.0, 7.0)
    assert area.circles == (Circle(Point(50.5, 6.5), 12.0),)
    assert rules(GOOD) == []


@pytest.mark.parametrize("name", NOT_EVEN_XML)
def test_what_is_not_even_xml_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    if name == "another document":
        assert read_document(NOT_EVEN_XML[name]).alerts == ()
    else:
        with pytest.raises(InputError, match=r"well-formed|document type"):
            read_document(NOT_EVEN_XML[name])
    assert time.process_time() - started < 1.0


def test_a_document_beyond_the_size_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InputError, match=r"1,000,001 bytes, more than the 1,000,000"):
        parse(b" " * 1_000_001, 1_000_000)


def test_no_file_is_read_through_a_stylesheet_or_inclusion(tmp_path: object) -> None:
    included = GOOD.replace(
        "<instruction>Leave cellars.</instruction>",
        '<instruction><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
        "Leave cellars.</instruction>",
    ).replace("<alert", '<?xml-stylesheet href="file:///etc/passwd"?><alert', 1)
    assert one(included).infos[0].instruction == "Leave cellars."


@pytest.mark.parametrize("cut", range(0, len(GOOD.rstrip()), 40))
def test_a_file_that_is_still_being_written_is_not_complete(cut: int) -> None:
    assert not is_complete(GOOD.encode()[:cut])
    assert is_complete(GOOD.encode())


def test_cap_1_0_in_latin_1_is_understood() -> None:
    (read,) = read_document(OLD_1_0.encode("latin-1")).alerts
    alert = read.alert
    assert alert is not None
    assert alert.infos[0].event == "Crue du Rhône"
    assert alert.infos[0].certainty == "Likely"
    assert alert.infos[0].event_codes == (Value("SAME", "FLW"),)
    assert alert.infos[0].areas[0].geocodes == (Value("fips6", "006109"),)
    assert errors(read.problems) == []
    assert {problem.rule for problem in read.problems} == {"namespace", "value-spelling"}


@pytest.mark.parametrize("namespace", ["urn:oasis:names:tc:emergency:cap:1.1", "urn:example:warnings", ""])
def test_another_namespace_or_none_is_named_and_forgiven(namespace: str) -> None:
    message = changed((' xmlns="urn:oasis:names:tc:emergency:cap:1.2"', f' xmlns="{namespace}"' if namespace else ""))
    assert one(message).identifier == "elm-1"
    assert rules(message) == ["namespace"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-15", "windows-1252"])
def test_every_declared_encoding_is_read(encoding: str) -> None:
    message = changed(('encoding="UTF-8"', f'encoding="{encoding}"'), ("Lower Elm valley", "Überlauf, 5 €"))
    assert one(message, encoding).infos[0].areas[0].description == "Überlauf, 5 €"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-11-22T09:30:00-00:00", 0),
        ("2026-11-22T09:30:00+00:00", 0),
        ("2026-11-22T09:30:00Z", 0),
        ("2026-11-22T04:30:00-05:00", -5),
        ("2026-11-22T15:00:00+05:30", 5.5),
        ("2026-11-22t10:30:00.000+0100", 1),
        ("2026-11-22 10:30:00.123456789 +01:00", 1),
    ],
)
def test_times_of_real_senders_are_one_moment(text: str, offset: float) -> None:
    said: list[str] = []
    moment = read_time(text, lambda rule, message: said.append(rule))
    assert moment is not None
    assert moment.replace(microsecond=0) == SENT
    assert moment.utcoffset() == timedelta(hours=offset)
    plain = text[10] == "T" and text[-6] in "+-" and "." not in text
    assert said == ([] if plain else ["time-form"])


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T09:30:00", "2026-11-22", "22.11.2026 09:30", "2026-02-30T09:30:00Z", "2026-11-22T25:00:00Z",
     "0001-01-01T00:00:00+05:00", "2026-11-22T09:30:00+99:00", "２０２６-11-22T09:30:00Z", ""],
)  # fmt: skip
def test_a_time_that_leaves_a_doubt_is_no_time(text: str) -> None:
    said: list[str] = []
    assert read_time(text, lambda rule, message: said.append(rule)) is None
    assert said in (["time-unreadable"], ["time-zone-missing"])


def test_spelling_and_order_are_forgiven_and_named() -> None:
    message = changed((">Actual<", ">ACTUAL<"), (">en-GB<", ">en_GB<"), (">Met<", ">met<"))
    assert one(message).status == "Actual"
    assert one(message).infos[0].language == "en-GB"
    assert sorted(rules(message)) == ["language-spelling", "value-spelling", "value-spelling"]
    swapped = changed(("<status>Actual</status>", ""), ("</scope>", "</scope><status>Actual</status>"))
    assert one(swapped) == one(GOOD)
    assert rules(swapped) == ["element-order"]


def test_empty_and_unknown_elements_are_left_out_and_named() -> None:
    message = changed(("<circle>50.5,6.5 12</circle>", "<polygon></polygon><colour>red</colour>"))
    assert len(one(message).infos[0].areas[0].polygons) == 1
    assert sorted(rules(message)) == ["element-empty", "element-unknown"]
    assert "element-missing" in rules(changed((">Flood<", "> <")))


def test_elements_of_other_namespaces_are_not_the_senders_mistake() -> None:
    message = changed(
        ("</alert>", '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">x</ds:Signature></alert>')
    )
    assert rules(message) == []


def test_comments_inside_of_a_text_do_not_cut_it_off() -> None:
    assert one(changed(("Leave cellars.", "Leave <!-- all --> cellars<![CDATA[ & wait]]>."))).infos[0].instruction == (
        "Leave  cellars & wait."
    )


def test_several_pairs_in_one_geocode_are_all_read() -> None:
    pairs = "".join(
        f"<valueName>{n}</valueName><value>{v}</value>" for n, v in (("FIPS6", "002185"), ("UGC", "AKZ204"))
    )
    message = changed(("</circle>", f"</circle><geocode>{pairs}</geocode>"))
    assert one(message).infos[0].areas[0].geocodes == (Value("FIPS6", "002185"), Value("UGC", "AKZ204"))


def test_references_addresses_and_polygons_survive_odd_spaces() -> None:
    quiet = lambda rule, message: None  # noqa: E731
    text = "a@b.example, one,2026-11-22T09:30:00-00:00\n\t a@b.example,two,2026-11-22T09:30:00Z"
    assert read_references(text, quiet) == (
        Reference("a@b.example", "one", SENT),
        Reference("a@b.example", "two", SENT),
    )
    assert read_list('"fire house" police  "a b"', quiet) == ("fire house", "police", "a b")
    assert read_polygon(" 1,2\n3,4\t-5.5,+6 ", quiet) == (Point(1, 2), Point(3, 4), Point(-5.5, 6))
    assert read_polygon("nan,1 2,3", quiet) is None


SECOND = changed((">elm-1<", ">elm-2<"))


@pytest.mark.parametrize(
    "document",
    [
        atom(f'<content type="text/xml">{body(GOOD)}</content>', f"<content>{body(SECOND)}</content>"),
        atom(f"<content>{escape(GOOD)}</content>", f"<summary><![CDATA[{SECOND}]]></summary>"),
        f"<rss><channel><item><description>{escape(GOOD)}</description></item><item>{body(SECOND)}</item></channel></rss>",
        f"<alerts>{body(GOOD)}{body(SECOND)}</alerts>",
        envelope(GOOD).replace("</contentObject>", f"</contentObject><contentObject>{body(SECOND)}</contentObject>"),
    ],
)
def test_all_alerts_in_a_wrapper_are_found(document: str) -> None:
    found = read_document(document.encode()).alerts
    assert [read.alert for read in found] == [one(GOOD), one(SECOND)]
    assert [read_document(read.original).alerts[0].alert for read in found] == [one(GOOD), one(SECOND)]


def test_one_bad_alert_among_many_does_not_hide_the_others() -> None:
    found = read_document(f"<alerts>{body(without('sender'))}{body(SECOND)}</alerts>".encode()).alerts
    assert [read.alert for read in found] == [None, one(SECOND)]
    assert "elm-1" in found[0].name


def test_a_test_envelope_around_a_real_alert_is_a_contradiction() -> None:
    (read,) = read_document(envelope(GOOD, "Exercise").encode()).alerts
    assert [problem.rule for problem in errors(read.problems)] == ["envelope-status"]
    (read,) = read_document(envelope(changed((">Actual<", ">Test<"))).encode()).alerts
    assert read.problems == ()


def test_the_entries_of_an_index_are_links_not_alerts() -> None:
    index = atom(
        '<link href="https://river.example/page.html" type="text/html"/>'
        '<link href="https://river.example/1.cap" type="application/cap+xml"/><cap:event xmlns:cap="c">Flood</cap:event>',
        '<link rel="self" href="https://river.example/self"/><link href="2.xml"/>',
    )
    document = read_document(index.encode())
    assert document.alerts == ()
    assert [link.url for link in document.links] == ["https://river.example/1.cap", "2.xml"]
    assert document.links[0].version != document.links[1].version
    rss = "<rss><channel><link>https://river.example</link><item><link>https://river.example/3</link></item></channel></rss>"
    assert [link.url for link in read_document(rss.encode()).links] == ["https://river.example/3"]


@pytest.mark.parametrize("start", ["", '<?xml version="1.0"?>', "<!-- warning -->\n"])
def test_a_message_in_a_feed_that_cannot_be_read_is_reported_not_skipped(start: str) -> None:
    broken = escape(start + body(GOOD)[:300].strip())
    found = read_document(atom(f"<content>{broken}</content>", f"<content>{body(SECOND)}</content>").encode()).alerts
    assert [read.alert for read in found] == [None, one(SECOND)]
    assert [problem.rule for problem in found[0].problems] == ["message-unreadable"]


def test_text_for_people_that_mentions_an_alert_is_no_message() -> None:
    text = escape("<p>The tag <alert> begins a message")
    assert read_document(atom(f"<summary>{text}</summary>").encode()).alerts == ()


def test_an_empty_alert_among_others_is_reported() -> None:
    empty = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'
    found = read_document(f"<alerts>{empty}{body(SECOND)}</alerts>".encode()).alerts
    assert [read.alert for read in found] == [None, one(SECOND)]


def test_elements_inside_of_a_text_are_lines_of_it() -> None:
    (read,) = read_document(changed(("Leave cellars.", "<p>Leave.</p><p>Now.</p>")).encode()).alerts
    assert [(problem.rule, problem.level) for problem in read.problems] == [("elements-read-as-text", "warning")]
    assert read.alert is not None
    assert read.alert.infos[0].instruction == "Leave.\n\nNow."


def test_elements_where_a_value_should_stand_refuse_it() -> None:
    (read,) = read_document(changed((">Severe<", "><b>Severe</b><")).encode()).alerts
    assert [problem.rule for problem in errors(read.problems)] == ["element-in-text"]


@pytest.mark.parametrize("filler", ["<!---->", "<?a?>", " ", "<!-- "])
def test_much_that_stands_before_a_message_costs_little(filler: str) -> None:
    started = time.process_time()
    many = filler * 20_000
    with pytest.raises(InputError):
        read_document(f"{many}<a".encode())
    assert read_document(atom(f"<summary>{escape(many)}x</summary>").encode()).alerts == ()
    assert time.process_time() - started < 2.0


def test_numbers_beyond_all_measure_are_none() -> None:
    message = changed(
        ("</circle>", f"</circle><altitude>{'9' * 400}</altitude>"), ("50.5,6.5 12", f"50.5,6.5 {'9' * 400}")
    )
    assert rules(message) == ["circle-form", "number-form"]
