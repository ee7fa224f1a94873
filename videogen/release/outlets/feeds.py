"""Two feeds of what is published: ninjs (IPTC) and Media RSS, written beside the published folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from videogen.release.published import records
from videogen.release.record import ReleaseRecord
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import storage_errors
from videogen.text.shown_text import unsteered

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

NINJS, RSS = "ninjs.json", "feed.xml"
_MEDIA: Final = "http://search.yahoo.com/mrss/"
_VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCE_TYPES: Final = {
    "generated": "trainedAlgorithmicMedia",
    "composite": "compositeWithTrainedAlgorithmicMedia",
    "template": "algorithmicMedia",
}
_KINDS: Final = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".jpg": "image/jpeg",
}


def write_feeds(config: VideoGenConfig) -> tuple[Path, Path]:
    """Write both feeds; readers see the old ones or the new ones, each whole.

    Returns:
        the files of ninjs and Media RSS.

    Raises:
        StorageError: the disk refused; the feeds are as they were.
    """
    outlets, root = config.outlets, config.path(config.paths.published)
    folder = feed_folder(config)
    found = list(records(root, outlets.feed_items))
    texts = {
        NINJS: as_ninjs_feed(found, title=outlets.feed_title, base=outlets.base_url),
        RSS: as_media_rss(found, title=outlets.feed_title, base=outlets.base_url),
    }
    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with whole_file(folder / name) as temporary:
                temporary.write_bytes(text)
    return folder / NINJS, folder / RSS


def feed_folder(config: VideoGenConfig) -> Path:
    """Where the feeds lie."""
    given = config.outlets.feed_folder
    return config.path(given) if given is not None else config.path(config.paths.published).parent / "feeds"


def as_ninjs_feed(found: Sequence[ReleaseRecord], *, title: str, base: str) -> bytes:
    """The releases as items of ninjs 2.1, the one that changed last first."""
    feed = {"title": title, "updated": _latest(found), "items": [ninjs_item(record, base) for record in found]}
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def ninjs_item(record: ReleaseRecord, base: str) -> dict[str, Any]:
    """A release as an item of ninjs 2.1: canceled where it was withdrawn, withheld while it is on hold."""
    made = record.provenance
    item: dict[str, Any] = {
        "uri": uri(made.id),
        "standard": {"name": "ninjs", "version": "2.1", "schema": "https://iptc.org/std/ninjs/ninjs-schema_2.1.json"},
        "type": "video",
        "version": str(version(record)),
        "firstcreated": _utc(made.requested_at),
        "versioncreated": _utc(changed_at(record)),
        "pubstatus": {"deleted": "canceled", "blocked": "withheld", "active": "usable"}[status(record)],
        "headlines": [{"role": "main", "value": heading(record)}],
        "digitalsourcetype": {"name": _VOCABULARY + _SOURCE_TYPES[made.origin]},
        "copyrightholder": unsteered(record.signer),
        "usageterms": unsteered(made.label),
        "renditions": [
            {"name": name, "href": _link(base, made.id, name), "contenttype": kind}
            | ({"sizeinbytes": record.bytes} if name == record.video else {})
            for name, kind in _files(record)
        ],
    }
    note = remark(record)
    if note:
        item["ednote"] = note
    if made.embargo is not None:
        item["embargoed"] = _utc(made.embargo)
    related = _related(record)
    if related:
        item["associations"] = [{"name": name, "uri": uri(other), "type": "video"} for name, other in related]
    return item


def as_media_rss(found: Sequence[ReleaseRecord], *, title: str, base: str) -> bytes:
    """The releases as RSS 2.0 with Media RSS 1.5.1; what was withdrawn is an item without media that says so."""
    from lxml import etree

    rss = etree.Element("rss", {"version": "2.0"}, nsmap={"media": _MEDIA})
    channel = etree.SubElement(rss, "channel")
    about = {"title": title, "link": base or "./", "description": title, "lastBuildDate": _latest_rfc(found)}
    for name, text in about.items():
        etree.SubElement(channel, name).text = _plain(text)
    for record in found:
        _rss_item(etree, channel, record, base)
    return bytes(etree.tostring(rss, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _rss_item(etree: Any, channel: Any, record: ReleaseRecord, base: str) -> None:
    made, state = record.provenance, status(record)
    item = etree.SubElement(channel, "item")
    note = remark(record)
    texts = {
        "title": heading(record),
        "link": _link(base, made.id, "release.json"),
        "description": "\n".join(filter(None, (note, made.label))),
        "pubDate": format_datetime(changed_at(record)),
    }
    for name, text in texts.items():
        etree.SubElement(item, name).text = _plain(text)
    # One guid for each state: readers that show a guid once only show the correction, too.
    guid = etree.SubElement(item, "guid", {"isPermaLink": "false"})
    guid.text = f"{uri(made.id)}:{version(record)}"
    group = etree.SubElement(item, f"{{{_MEDIA}}}group")
    for name, kind in _files(record):
        if kind.startswith("video/"):
            facts = {"url": _link(base, made.id, name), "type": kind, "medium": "video"}
            facts |= {"fileSize": str(record.bytes)} if name == record.video else {}
            content = etree.SubElement(group, f"{{{_MEDIA}}}content", facts)
            digest = record.files.get(name) or (record.sha256 if name == record.video else "")
            etree.SubElement(content, f"{{{_MEDIA}}}hash", {"algo": "sha-256"}).text = digest
        elif kind == "text/vtt":
            etree.SubElement(group, f"{{{_MEDIA}}}subTitle", {"type": kind, "href": _link(base, made.id, name)})
        elif kind == "image/jpeg":
            etree.SubElement(group, f"{{{_MEDIA}}}thumbnail", {"url": _link(base, made.id, name)})
    etree.SubElement(item, f"{{{_MEDIA}}}title", {"type": "plain"}).text = _plain(heading(record))
    etree.SubElement(item, f"{{{_MEDIA}}}credit", {"role": "producer"}).text = _plain(record.signer)
    etree.SubElement(item, f"{{{_MEDIA}}}status", {"state": state} | ({"reason": _plain(note)} if note else {}))


def status(record: ReleaseRecord) -> str:
    """The state in words of Media RSS: active, blocked (on hold) or deleted (withdrawn)."""
    if record.withdrawn is not None:
        return "deleted"
    holds = [notice.kind for notice in record.notices if notice.kind in ("HOLD", "CLEARED")]
    return "blocked" if holds and holds[-1] == "HOLD" else "active"


def remark(record: ReleaseRecord) -> str:
    """What editors must know: what it corrects, what corrects it, why it is held or was withdrawn."""
    made = record.provenance
    lines = [made.corrects.line] if made.corrects is not None else []
    lines += [notice.line for notice in record.notices]
    if record.withdrawn is not None:
        lines.append(f"WITHDRAWN: {record.withdrawn.why}")
    if made.late:
        lines.append(f"Published {made.late}.")
    return unsteered(" ".join(lines))


def heading(record: ReleaseRecord) -> str:
    """The headline, with the mark that editors look for in front, and nothing that turns or hides its words."""
    title = unsteered(record.provenance.title or record.provenance.prompt or record.provenance.id)
    if record.withdrawn is not None:
        return f"WITHDRAWN: {title}"
    if status(record) == "blocked":
        return f"HOLD: {title}"
    return f"{record.provenance.corrects.kind}: {title}" if record.provenance.corrects is not None else title


def version(record: ReleaseRecord) -> int:
    """Grows with everything that happens to a release."""
    return (record.provenance.attempt or 1) * 100 + len(record.notices) * 2 + (record.withdrawn is not None)


def changed_at(record: ReleaseRecord) -> datetime:
    """When something last happened to it."""
    moments = [record.provenance.released_at, *(notice.at for notice in record.notices)]
    if record.withdrawn is not None:
        moments.append(record.withdrawn.at)
    return max(moment.astimezone(UTC) for moment in moments)


def uri(release_id: str) -> str:
    """The name of a release that never changes."""
    return f"urn:pib-videogen:{release_id}"


def _related(record: ReleaseRecord) -> list[tuple[str, str]]:
    corrects = record.provenance.corrects
    found = [("corrects", corrects.of)] if corrects is not None else []
    return found + [("correctedby", notice.other) for notice in record.notices if notice.other is not None]


def _files(record: ReleaseRecord) -> list[tuple[str, str]]:
    """Name and kind of the files that are there for everybody."""
    if record.withdrawn is not None:
        return []
    named = list(record.files) or [record.video, *([record.captions] if record.captions else [])]
    return [(name, _KINDS[PurePosixPath(name).suffix]) for name in named if PurePosixPath(name).suffix in _KINDS]


def _link(base: str, release_id: str, name: str) -> str:
    return f"{base}{quote(release_id)}/{quote(name)}"


def _latest(found: Sequence[ReleaseRecord]) -> str | None:
    return _utc(max(map(changed_at, found))) if found else None


def _latest_rfc(found: Sequence[ReleaseRecord]) -> str:
    return format_datetime(max(map(changed_at, found))) if found else ""


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _plain(text: str) -> str:
    """Without the characters that XML 1.0 does not have, and without those that turn or hide words."""
    return "".join(letter for letter in unsteered(text) if letter not in "\ufffe\uffff")
