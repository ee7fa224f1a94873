"""The elements of a CAP 1.2 message, block by block, in their order (OASIS CAP 1.2, sections 3.2 and 3.4).

The namespaces of 1.0 and 1.1 are known too: their messages differ in few elements, which 1.2 only adds to.
"""

from __future__ import annotations

from typing import NamedTuple

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
VERSIONS = {
    NAMESPACE: "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}


class Element(NamedTuple):
    """One element of a block.

    name: in the XML. field: of the models in `alert`; empty: not kept. kind: one of `cap_values.READERS`, ``pair``
    (valueName and value) or the name of a block. required, many: how often it may occur.
    """

    name: str
    field: str
    kind: str = "text"
    required: bool = False
    many: bool = False


BLOCKS: dict[str, tuple[Element, ...]] = {
    "alert": (
        Element("identifier", "identifier", "identifier", required=True),
        Element("sender", "sender", "identifier", required=True),
        Element("sent", "sent", "time", required=True),
        Element("status", "status", "status", required=True),
        Element("msgType", "msg_type", "msgType", required=True),
        Element("source", "source"),
        Element("scope", "scope", "scope", required=True),
        Element("restriction", "restriction"),
        Element("addresses", "addresses", "list"),
        Element("code", "codes", many=True),
        Element("note", "note", "words"),
        Element("references", "references", "references"),
        Element("incidents", "incidents", "list"),
        Element("info", "infos", "info", many=True),
    ),
    "info": (
        Element("language", "language", "language"),
        Element("category", "categories", "category", required=True, many=True),
        Element("event", "event", "words", required=True),
        Element("responseType", "response_types", "responseType", many=True),
        Element("urgency", "urgency", "urgency", required=True),
        Element("severity", "severity", "severity", required=True),
        Element("certainty", "certainty", "certainty", required=True),
        Element("audience", "audience", "words"),
        Element("eventCode", "event_codes", "pair", many=True),
        Element("effective", "effective", "time"),
        Element("onset", "onset", "time"),
        Element("expires", "expires", "time"),
        Element("senderName", "sender_name", "words"),
        Element("headline", "headline", "words"),
        Element("description", "description", "words"),
        Element("instruction", "instruction", "words"),
        Element("web", "web", "uri"),
        Element("contact", "contact", "words"),
        Element("parameter", "parameters", "pair", many=True),
        Element("resource", "resources", "resource", many=True),
        Element("area", "areas", "area", many=True),
    ),
    "resource": (
        Element("resourceDesc", "description", required=True),
        Element("mimeType", "mime_type", required=True),
        Element("size", "size", "size"),
        Element("uri", "uri"),
        Element("derefUri", ""),
        Element("digest", "digest"),
    ),
    "area": (
        Element("areaDesc", "description", "words", required=True),
        Element("polygon", "polygons", "polygon", many=True),
        Element("circle", "circles", "circle", many=True),
        Element("geocode", "geocodes", "pair", many=True),
        Element("altitude", "altitude", "number"),
        Element("ceiling", "ceiling", "number"),
    ),
}
MOST_REPEATS = {"info": 64, "area": 1000, "resource": 200, "polygon": 2000, "circle": 2000}
"""How often an element may occur in a block; `MOST_OTHERS` for all others."""
MOST_OTHERS = 5000
MOST_CHARACTERS = {"headline": 1000, "event": 500, "senderName": 500, "identifier": 500, "sender": 500}
"""Longest texts, in characters; `MOST_OTHER_CHARACTERS` for all others but the description, which is shortened."""
MOST_OTHER_CHARACTERS = 5000
MOST_CHARACTERS_IN_ALL = 60_000
"""Of all texts of an alert that are shown."""
MOST_REFERENCES = 500
# Elements that were required later than in the version named.
NOT_YET_REQUIRED = {("1.0", "category"), ("1.0", "mimeType"), ("1.1", "mimeType")}
# Of CAP 1.0; says nothing about the hazard.
OLD_ELEMENTS = {"password"}
