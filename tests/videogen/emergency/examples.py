"""Messages as senders write them, and many ways to get them wrong."""

from __future__ import annotations

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>elm-1</identifier>
  <sender>warn@river.example</sender>
  <sent>2026-11-22T09:30:00-00:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>en-GB</language>
    <category>Met</category>
    <event>Flood</event>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Observed</certainty>
    <expires>2026-11-22T15:30:00-00:00</expires>
    <senderName>River Office</senderName>
    <headline>Flood in the lower valley</headline>
    <instruction>Leave cellars.</instruction>
    <area>
      <areaDesc>Lower Elm valley</areaDesc>
      <polygon>50,6 50,7 51,7 51,6 50,6</polygon>
      <circle>50.5,6.5 12</circle>
    </area>
  </info>
</alert>
"""


def changed(*replacements: tuple[str, str], message: str = GOOD) -> str:
    """GOOD with each first text replaced by the second; every one of them must be there."""
    for old, new in replacements:
        assert old in message, old
        message = message.replace(old, new)
    return message


def without(*elements: str, message: str = GOOD) -> str:
    """GOOD without the lines of these elements."""
    lines = message.splitlines()
    kept = [line for line in lines if not any(f"<{element}>" in line for element in elements)]
    assert len(kept) < len(lines)
    return "\n".join(kept)


# name → message and the rules that it breaks: all of them, and nothing else
MALFORMED: dict[str, tuple[str, set[str]]] = {
    "no status, scope and identifier": (without("status", "scope", "identifier"), {"element-missing"}),
    "words that are not listed": (
        changed((">Severe<", ">Awful<"), (">Met<", ">Weather<"), (">Public<", ">Everybody<")),
        {"value-not-listed"},
    ),
    "times without zone and of no day": (
        changed(("2026-11-22T09:30:00-00:00", "2026-11-22T09:30:00"), ("2026-11-22T15:30:00-00:00", "tomorrow")),
        {"time-zone-missing", "time-unreadable"},
    ),
    "an open polygon and one of three points": (
        changed(
            ("50,6 50,7 51,7 51,6 50,6", "50,6 50,7 51,7 51,6"),
            ("<circle>", "<polygon>50,6 51,7 50,6</polygon><circle>"),
        ),
        {"polygon-open", "polygon-too-few-points"},
    ),
    "a circle wider than the Earth and an area without end": (
        changed(("50.5,6.5 12", "50.5,6.5 1" + "0" * 300), ("50,6 50,7", "50,6 1" + "0" * 308 + ",7")),
        {"radius-too-large", "coordinate-range"},
    ),
    "a text that nobody filled in": (
        changed(("Leave cellars.", "Run to {{closest_exit}} now.")),
        {"placeholder-text"},
    ),
    "more references than anybody needs": (
        changed(
            (">Alert<", ">Update<"),
            ("</scope>", f"</scope><references>{'a,b,2026-11-22T08:30:00-00:00 ' * 2000}</references>"),
        ),
        {"too-many-references", "references-missing"},
    ),
    "places that are none": (
        changed(("50,6 50,7 51,7 51,6 50,6", "50,6 50,487 51,7 50,6"), ("50.5,6.5 12", "95,6.5 -3")),
        {"coordinate-range", "radius-negative"},
    ),
    "shapes that are not numbers": (
        changed(("50,6 50,7 51,7 51,6 50,6", "50 6 50 7"), ("50.5,6.5 12", "50.5,6.5")),
        {"polygon-form", "circle-form"},
    ),
    "an update of nothing that is restricted": (
        changed(
            (">Alert<", ">Update<"), ("<scope>Public</scope>", "<scope>Public</scope><restriction>Staff</restriction>")
        ),
        {"references-missing", "restriction-without-scope"},
    ),
    "references to itself, to the future and to nonsense": (
        changed(
            (">Alert<", ">Cancel<"),
            (
                "</scope>",
                "</scope><references>warn@river.example,elm-1,2026-11-22T09:30:00-00:00 "
                "warn@river.example,elm-9,2026-11-22T10:30:00-00:00 elm-3</references>",
            ),
        ),
        {"reference-to-itself", "reference-later", "references-form"},
    ),
    "a ceiling in the air and an end before the beginning": (
        changed(("</circle>", "</circle><ceiling>900</ceiling>"), ("T15:30:00", "T08:30:00")),
        {"ceiling-without-altitude", "expires-too-early"},
    ),
    "names that nobody can refer to, twice": (
        changed(
            (">elm-1<", ">elm 1,a<"), ("<sent>", "<sender>other@river.example</sender><sent>")
        ),
        {"identifier-characters", "element-repeated"},
    ),
    "an alert that says nothing": (
        GOOD.partition("<info>")[0] + "</alert>",
        {"info-missing"},
    ),
    "private, to nobody; restricted, to whom?": (
        changed((">Public<", ">Restricted<")),
        {"restriction-missing"},
    ),
}  # fmt: skip

NOT_EVEN_XML = {
    "empty": b"",
    "cut off": GOOD.encode()[:400],
    "text": b"Flood in the lower valley!",
    "two roots": GOOD.encode() + b"<alert/>",
    "bytes that are not what they say": GOOD.replace("River Office", "R\u00edo").encode("latin-1"),
    "a document type": GOOD.replace("<alert ", "<!DOCTYPE alert><alert ", 1).encode(),
    "entities that grow": (
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
        + "]>"
        + GOOD.partition("?>")[2].replace("Leave cellars.", "&k;")
    ).encode(),
    "an entity that reads a file": (
        '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        + GOOD.partition("?>")[2].replace("Leave cellars.", "&f;")
    ).encode(),
    "a document type in UTF-16": ("\ufeff<!DOCTYPE a>" + GOOD.partition("?>")[2]).encode("utf-16-le"),
    "another document": b"<html><body>Not found</body></html>",
    "nested too deep": b"<a>" * 5000 + b"</a>" * 5000,
}

OLD_1_0 = """<?xml version="1.0" encoding="ISO-8859-1"?>
<cap:alert xmlns:cap="http://www.incident.com/cap/1.0">
  <cap:identifier>old-10</cap:identifier>
  <cap:sender>warn@river.example</cap:sender>
  <cap:sent>2026-11-22T10:30:00+01:00</cap:sent>
  <cap:password>unused</cap:password>
  <cap:status>Actual</cap:status>
  <cap:msgType>Alert</cap:msgType>
  <cap:scope>Public</cap:scope>
  <cap:info>
    <cap:event>Crue du Rhône</cap:event>
    <cap:urgency>Immediate</cap:urgency>
    <cap:severity>Severe</cap:severity>
    <cap:certainty>Very Likely</cap:certainty>
    <cap:eventCode>SAME=FLW</cap:eventCode>
    <cap:area>
      <cap:areaDesc>Vallée basse</cap:areaDesc>
      <cap:geocode>fips6=006109</cap:geocode>
    </cap:area>
  </cap:info>
</cap:alert>
"""


def atom(*entries: str) -> str:
    inside = "".join(f"<entry><id>{n}</id><updated>u{n}</updated>{entry}</entry>" for n, entry in enumerate(entries))
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Alerts</title>{inside}</feed>'


def body(message: str) -> str:
    """A message without its XML declaration, to be put inside of another document."""
    return message.partition("?>")[2]


def envelope(message: str, status: str = "Actual") -> str:
    return (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><distributionID>1</distributionID>'
        f"<distributionStatus>{status}</distributionStatus><contentObject><xmlContent><embeddedXMLContent>"
        f"{body(message)}</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>"
    )
