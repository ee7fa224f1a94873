"""XML from strangers: no entities, no document types, no network, no more than a given size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from videogen.errors import InputError

MAX_BYTES = 5_000_000
MOST_TAGS = 400_000
"""A message of 5 MB has some 100,000; each takes a hundred times its size in memory."""
# What may stand before the root element; never gone through twice (*+), however many comments there are.
# NULs are taken out first, so that UTF-16 and UTF-32 are seen too.
_DOCTYPE = re.compile(rb"\A(?:[\xef\xbb\xbf\xfe\xff\s]|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)


def parse(data: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """The root element (lxml) of a document in any encoding that it declares.

    Raises:
        InputError: it is too large, has too many elements or a document type, or is not well-formed; it says where.
    """
    from lxml import etree

    if len(data) > max_bytes:
        raise InputError(
            f"it has {len(data):,} bytes, more than the {max_bytes:,} allowed",
            remedy="raise emergency.alert_max_bytes if the sender is known to send that much",
        )
    tags = data.count(b"<")
    if tags > MOST_TAGS:
        raise InputError(
            f"it has {tags:,} tags, more than the {MOST_TAGS:,} allowed",
            remedy="ask the sender for fewer alerts in a document",
        )
    if _DOCTYPE.match(data.replace(b"\0", b"")):
        raise _document_type()
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"it is not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _document_type()
    return root


def is_complete(data: bytes) -> bool:
    """Whether the data is well-formed to its end: a file still being written is not, for its root is open."""
    try:
        parse(data, len(data))
    except InputError:
        return False
    return True


def local_name(element: Any) -> str:
    """Name without namespace; empty for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Any) -> str:
    """Namespace of an element; empty where it has none."""
    return str(element.tag[1:].partition("}")[0]) if str(element.tag).startswith("{") else ""


def children(element: Any, name: str | None = None) -> list[Any]:
    """Child elements, in whatever namespace; only those with that local name, if one is given."""
    return [child for child in element if local_name(child) and name in (None, local_name(child))]


def text_of(element: Any) -> str:
    """All text inside of an element, comments left out, without white space around it."""
    return "".join(_pieces(element)).strip()


def _pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if local_name(child):
            yield from _pieces(child)
        yield child.tail or ""


def _document_type() -> InputError:
    return InputError(
        "it has a document type (<!DOCTYPE …>), through which a message could read files or fill the memory",
        remedy="an alert needs none: ask the sender to leave it out",
    )
