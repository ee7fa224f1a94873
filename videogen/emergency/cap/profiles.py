"""Profiles: what a warning system asks of messages beyond the standard. Each is a set of rules of its own.

IPAWS: CAP v1.2 IPAWS USA Profile Version 1.0 (OASIS, 2009). CAP-CP: Canadian Profile of CAP, introduction and rule set,
beta 0.4 (CAP-CP working group, 2012).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from videogen.emergency.cap.block import Block
from videogen.emergency.cap.model import Value
from videogen.emergency.cap.problem import Problem
from videogen.emergency.cap.rules import breach

IPAWS_CODE = "IPAWSv1.0"
CAP_CP_CODE = "profile:CAP-CP:"
CAP_CP_EVENT, CAP_CP_LOCATION = "profile:CAP-CP:Event:", "profile:CAP-CP:Location:"


def ipaws(alert: Block) -> Iterator[Problem]:
    """What the United States' public warning system asks for."""
    if IPAWS_CODE not in alert.values.get("codes", ()):
        yield breach("ipaws-code", "", f"there is no <code>{IPAWS_CODE}</code>")
    infos = alert.values.get("infos", ())
    for info in infos:
        if "expires" not in info.values:
            yield breach("ipaws-expires", info.place, "there is no <expires>")
        same = _values(info.values.get("event_codes", ()), "SAME")
        if len(same) != 1 or not re.fullmatch(r"[A-Z0-9]{3}", same[0]):
            message = f"exactly one eventCode SAME of three letters is needed, there is {', '.join(same) or 'none'}"
            yield breach("ipaws-event-code", info.place, message)
        if not info.values.get("areas"):
            yield breach("ipaws-area", info.place, "<area> is missing")
        for area in info.values.get("areas", ()):
            codes = _values(area.values.get("geocodes", ()), "SAME")
            if not codes or not all(re.fullmatch(r"\d{6}", code) for code in codes):
                message = f"a geocode SAME of six digits is needed, there is {', '.join(codes) or 'none'}"
                yield breach("ipaws-geocode", area.place, message)
    for field, name in (("categories", "category"), ("event_codes", "eventCode")):
        if len({info.values.get(field) for info in infos}) > 1:
            yield breach("ipaws-blocks-differ", "", f"its <info> blocks differ in <{name}>")


def cap_cp(alert: Block) -> Iterator[Problem]:
    """What Canada's public warning systems ask for."""
    if not any(code.startswith(CAP_CP_CODE) for code in alert.values.get("codes", ())):
        yield breach("cap-cp-code", "", f"there is no <code> that begins with {CAP_CP_CODE}")
    infos = alert.values.get("infos", ())
    spoken = {str(info.values.get("language", ""))[:2].lower() for info in infos}
    if infos and not {"en", "fr"} <= spoken:
        yield breach("cap-cp-both-languages", "", "English and French are recommended")
    for info in infos:
        if "language" not in info.values:
            yield breach("cap-cp-language", info.place, "<language> is missing")
        if not any(code.name.startswith(CAP_CP_EVENT) for code in info.values.get("event_codes", ())):
            yield breach("cap-cp-event-code", info.place, f"an eventCode {CAP_CP_EVENT}… is missing")
        if "expires" not in info.values:
            yield breach("cap-cp-expires", info.place, "<expires> is recommended")
        if "sender_name" not in info.values:
            yield breach("cap-cp-sender-name", info.place, "<senderName> is recommended")
        if not info.values.get("areas"):
            yield breach("cap-cp-area", info.place, "<area> is missing")
        for area in info.values.get("areas", ()):
            if not any(code.name.startswith(CAP_CP_LOCATION) for code in area.values.get("geocodes", ())):
                yield breach("cap-cp-geocode", area.place, f"a geocode {CAP_CP_LOCATION}… is missing")


PROFILES: dict[str, Callable[[Block], Iterator[Problem]]] = {"ipaws": ipaws, "cap-cp": cap_cp}


def _values(pairs: tuple[Value, ...], name: str) -> list[str]:
    return [pair.value for pair in pairs if pair.name == name]
