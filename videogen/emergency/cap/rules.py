"""The rules that a CAP message is held to: how bad a breach is, and where the rule is written down."""

from __future__ import annotations

from typing import NamedTuple

from videogen.emergency.cap.problem import Level, Problem

ALERT, INFO, RESOURCE, AREA = "CAP 1.2 §3.2.1", "CAP 1.2 §3.2.2", "CAP 1.2 §3.2.3", "CAP 1.2 §3.2.4"
SECTIONS = {"alert": ALERT, "info": INFO, "resource": RESOURCE, "area": AREA}
TIMES, POLICY = "CAP 1.2 §3.3.2", "our policy"


class Rule(NamedTuple):
    """level: what a breach means. section: where it is written; empty: that of the block it is found in."""

    level: Level
    section: str = ""


RULES: dict[str, Rule] = {
    # what the schema says
    "namespace": Rule("warning", "CAP 1.2 §1.5"),
    "element-missing": Rule("error"),
    "element-repeated": Rule("error"),
    "element-unknown": Rule("warning"),
    "element-order": Rule("warning"),
    "element-empty": Rule("warning"),
    "element-in-text": Rule("error"),
    "elements-read-as-text": Rule("warning"),
    "too-many-elements": Rule("error", POLICY),
    "too-many-problems": Rule("error", POLICY),
    "text-too-long": Rule("error", POLICY),
    "text-shortened": Rule("warning", POLICY),
    "value-not-listed": Rule("error"),
    "value-spelling": Rule("warning"),
    "identifier-characters": Rule("error", ALERT),
    "time-unreadable": Rule("error", TIMES),
    "time-zone-missing": Rule("error", TIMES),
    "time-form": Rule("warning", TIMES),
    "number-form": Rule("error"),
    "language-form": Rule("error", INFO),
    "language-spelling": Rule("warning", INFO),
    "uri-form": Rule("warning"),
    "polygon-form": Rule("error", AREA),
    "circle-form": Rule("error", AREA),
    "pair-form": Rule("error"),
    "references-form": Rule("error", ALERT),
    "too-many-references": Rule("error", POLICY),
    "references-spelling": Rule("warning", ALERT),
    # what its text says beyond the schema
    "references-missing": Rule("error", ALERT),
    "reference-to-itself": Rule("error", ALERT),
    "reference-later": Rule("error", ALERT),
    "reference-other-sender": Rule("warning", POLICY),
    "restriction-without-scope": Rule("error", ALERT),
    "restriction-missing": Rule("error", ALERT),
    "addresses-missing": Rule("error", ALERT),
    "note-missing": Rule("warning", ALERT),
    "info-missing": Rule("error", POLICY),
    "area-missing": Rule("warning", POLICY),
    "sent-in-future": Rule("error", POLICY),
    "expires-too-early": Rule("error", INFO),
    "expires-before-onset": Rule("warning", INFO),
    "html-in-text": Rule("warning", POLICY),
    "emoji-in-text": Rule("warning", POLICY),
    "placeholder-text": Rule("error", POLICY),
    "instruction-missing": Rule("warning", POLICY),
    "polygon-too-few-points": Rule("error", AREA),
    "polygon-open": Rule("error", AREA),
    "polygon-crosses-itself": Rule("warning", AREA),
    "polygon-too-complex": Rule("error", POLICY),
    "polygon-simplified": Rule("warning", POLICY),
    "coordinate-range": Rule("error", AREA),
    "coordinate-turned": Rule("warning", AREA),
    "radius-negative": Rule("error", AREA),
    "radius-too-large": Rule("error", POLICY),
    "ceiling-without-altitude": Rule("error", AREA),
    "ceiling-below-altitude": Rule("error", AREA),
    # what surrounds it, who signed it, what was there before
    "message-unreadable": Rule("error", "XML 1.0"),
    "envelope-status": Rule("error", "EDXL-DE 1.0 §3.2.1"),
    "signature": Rule("error", POLICY),
    "sender-imitated": Rule("error", POLICY),
    "cannot-be-judged": Rule("error", POLICY),
    "identity-used": Rule("error", ALERT),
    # IPAWS profile 1.0
    "ipaws-code": Rule("error", "IPAWS profile 1.0, code"),
    "ipaws-expires": Rule("error", "IPAWS profile 1.0, expires"),
    "ipaws-event-code": Rule("error", "IPAWS profile 1.0, eventCode"),
    "ipaws-area": Rule("error", "IPAWS profile 1.0, area"),
    "ipaws-geocode": Rule("error", "IPAWS profile 1.0, geocode"),
    "ipaws-blocks-differ": Rule("error", "IPAWS profile 1.0, info"),
    # Canadian profile
    "cap-cp-code": Rule("error", "CAP-CP, code"),
    "cap-cp-language": Rule("error", "CAP-CP, language"),
    "cap-cp-both-languages": Rule("warning", "CAP-CP, language"),
    "cap-cp-event-code": Rule("error", "CAP-CP, eventCode"),
    "cap-cp-geocode": Rule("error", "CAP-CP, geocode"),
    "cap-cp-area": Rule("error", "CAP-CP, area"),
    "cap-cp-expires": Rule("warning", "CAP-CP, expires"),
    "cap-cp-sender-name": Rule("warning", "CAP-CP, senderName"),
}


def breach(rule: str, place: str, message: str) -> Problem:
    """A breach of a known rule at a place such as ``"info[1]/area[2]"``."""
    level, section = RULES[rule]
    return Problem(level=level, rule=rule, section=section or SECTIONS[_block(place)], place=place, message=message)


def _block(place: str) -> str:
    """The innermost of the four blocks that a place lies in."""
    names = [part.partition("[")[0] for part in place.split("/")]
    return next((name for name in reversed(names) if name in SECTIONS), "alert")
