"""The tolerant reader: every alert in a document, whatever it is wrapped in, with all that is wrong with each.

Takes a CAP message of version 1.0, 1.1 or 1.2 (also with a wrong or no namespace), an Atom or RSS feed that holds
messages, as elements or as text, an EDXL-DE envelope, or any list of them. What the reader understands it turns into
`Alert`; what it does not understand stays out, and is named. `cap_validator` judges the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from videogen.cards.geography import Circle
from videogen.emergency.cap.block import Block, read_block
from videogen.emergency.cap.condense import condensed
from videogen.emergency.cap.model import Alert, Area, Info, Resource
from videogen.emergency.cap.problem import Findings, Problem
from videogen.emergency.cap.rules import breach
from videogen.emergency.cap.schema import NAMESPACE, VERSIONS
from videogen.emergency.cap.values import short
from videogen.emergency.cap.xml import MAX_BYTES, children, local_name, namespace, parse, text_of
from videogen.errors import InputError

_MESSAGE_AS_TEXT = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*+<(?:[\w.-]+:)?alert[\s/>]", re.DOTALL)


class ReadAlert(NamedTuple):
    """One message as it was understood.

    alert: None where a mandatory part is missing. block: what was understood nevertheless.
    problems: departures from the schema. original: the message alone, as XML. where: its place in the document.
    envelopes: distributionStatus of every EDXL-DE envelope around it.
    """

    alert: Alert | None
    block: Block
    problems: tuple[Problem, ...]
    original: bytes
    where: str
    envelopes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it in front of people."""
        identifier = self.block.values.get("identifier")
        return f"{self.where} ({identifier})" if identifier else self.where


class Link(NamedTuple):
    """A message that a feed only points to. version: changes when the message does."""

    url: str
    version: str


class Document(NamedTuple):
    """What a document holds. kind: local name of its root element."""

    kind: str
    alerts: tuple[ReadAlert, ...]
    links: tuple[Link, ...]


def read_document(data: bytes, max_bytes: int = MAX_BYTES) -> Document:
    """Read a document.

    Raises:
        InputError: it is not well-formed, too large, or has a document type; see `cap_xml.parse`.
    """
    root = parse(data, max_bytes)
    alerts: list[ReadAlert] = []
    links: list[Link] = []
    if local_name(root) == "alert":
        alerts.append(read_alert(root, data, "alert"))
    else:
        for element, original, envelopes in _wrapped(root, max_bytes):
            where = f"alert {len(alerts) + 1}"
            if isinstance(element, InputError):
                problem = breach("message-unreadable", "", str(element))
                alerts.append(ReadAlert(None, Block("", {}), (problem,), original, where))
            else:
                alerts.append(read_alert(element, original, where, envelopes))
        links = list(_links(root))
    return Document(local_name(root), tuple(alerts), tuple(links))


def read_alert(element: Any, original: bytes, where: str, envelopes: tuple[str, ...] = ()) -> ReadAlert:
    """Read one <alert> element (lxml).

    Args:
        envelopes: see `ReadAlert`.
    """
    problems = Findings()
    version = VERSIONS.get(namespace(element))
    if version != "1.2":
        found = f"CAP {version}" if version else namespace(element) or "none"
        problems.append(breach("namespace", "", f"its namespace is {short(found)}, not {NAMESPACE}"))
    block = condensed(read_block("alert", element, "", version or "1.2", problems), problems)
    if block.values.get("status") == "Actual" and (other := [one for one in envelopes if one != "Actual"]):
        message = f"an envelope around it says {short(other[0])}, but the alert inside says Actual"
        problems.append(breach("envelope-status", "status", message))
    return ReadAlert(_alert(block), block, closed(problems), original, where, envelopes)


def closed(problems: Findings) -> tuple[Problem, ...]:
    """All problems found, and one more if some were only counted."""
    if not problems.more:
        return tuple(problems)
    return (*problems, breach("too-many-problems", "", f"it has {problems.more:,} more problems than are listed here"))


def _wrapped(root: Any, max_bytes: int, around: tuple[str, ...] = ()) -> Iterator[tuple[Any, bytes, tuple[str, ...]]]:
    """The outermost <alert> elements below `root`, each with its own XML.

    Each comes with the status of every envelope around it or, where it cannot be read, the reason.
    """
    from lxml import etree

    # EDXL-DE 1.0, section 3.2.1; envelopes may lie in one another.
    around += tuple(text_of(child) for child in children(root, "distributionStatus"))
    for child in children(root):
        if local_name(child) == "alert" and (len(child) or namespace(child) in VERSIONS):
            yield child, etree.tostring(child, encoding="utf-8", xml_declaration=True, with_tail=False), around
        elif len(child):
            yield from _wrapped(child, max_bytes, around)
        elif _MESSAGE_AS_TEXT.match(child.text or ""):
            yield *_from_text(child.text.strip(), max_bytes), around


def _from_text(text: str, max_bytes: int) -> tuple[Any, bytes]:
    """A message that stands in a feed as escaped text or CDATA."""
    # The text is decoded already: what its declaration says of an encoding no longer holds.
    data = (text.partition("?>")[2].strip() if text.startswith("<?xml") else text).encode()
    try:
        return parse(data, max_bytes), data
    except InputError as error:
        return error, data


def _holds_message(entry: Any) -> bool:
    """Whether an entry of a feed holds its message itself."""
    return any(
        local_name(child) == "alert" or (not len(child) and _MESSAGE_AS_TEXT.match(child.text or ""))
        for child in entry.iterdescendants()
        if local_name(child)
    )


def _links(root: Any) -> Iterator[Link]:
    """Where the entries of an Atom or RSS feed point to."""
    for entry in root.iter():
        if local_name(entry) in ("entry", "item") and not _holds_message(entry):
            url = _address(entry)
            if url:
                version = [
                    text_of(child)
                    for name in ("updated", "pubDate", "date", "guid", "id")
                    for child in children(entry, name)
                ]
                yield Link(url, " ".join(version))


def _address(entry: Any) -> str | None:
    """The link of type CAP or XML, else the entry's own."""
    candidates: list[tuple[int, str]] = []
    for link in children(entry, "link") + children(entry, "enclosure"):
        kind = link.get("type", "")
        url = link.get("href") or link.get("url") or text_of(link)
        if url and link.get("rel", "alternate") in ("alternate", "enclosure", "related", "via"):
            order = 0 if "cap" in kind else 1 if "xml" in kind else 3 if "html" in kind else 2
            candidates.append((order, url))
    return min(candidates, key=lambda one: one[0])[1] if candidates else None


def _alert(block: Block) -> Alert | None:
    values = dict(block.values)
    infos = [_info(info) for info in values.pop("infos", ())]
    try:
        return Alert(**values, infos=tuple(info for info in infos if info is not None))
    except ValidationError:  # a required element is missing or unreadable, which `problems` says
        return None


def _info(block: Block) -> Info | None:
    values = dict(block.values)
    areas = [_area(area) for area in values.pop("areas", ())]
    resources = [
        Resource(**resource.values) for resource in values.pop("resources", ()) if "description" in resource.values
    ]
    if "event" not in values:
        return None
    return Info(**values, areas=tuple(area for area in areas if area), resources=tuple(resources))


def _area(block: Block) -> Area | None:
    circles = tuple(Circle(*circle) for circle in block.values.get("circles", ()))
    return Area(**block.values | {"circles": circles}) if "description" in block.values else None
