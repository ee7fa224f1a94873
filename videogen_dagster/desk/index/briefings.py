"""A briefing as a line of the lists, read from its folder and from what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.briefing.checks.report import BriefingReport
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.go_ahead import is_wanted
from videogen.briefing.production.made import Variants
from videogen.briefing.production.making import BY_MACHINE
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.reconciling import own_words, passages
from videogen.errors import VideogenError
from videogen.release.folder import read_record
from videogen_dagster.desk.item import Item, State

if TYPE_CHECKING:
    from videogen.briefing.production.order import BriefingOrder
    from videogen_dagster.desk.index.reading import Reader


def read_briefing(reader: Reader, briefing_id: str) -> Item:
    """The line of a briefing; of one whose files are damaged, a line that says so."""
    created = ""
    try:
        order = reader.briefings.order(briefing_id)
        created = order.created_at.isoformat(timespec="seconds")
        latest = reader.briefings.latest_number(briefing_id)
        return _planned(reader, order, created, latest) if latest else _ordered(reader, order, created)
    except VideogenError as error:
        return Item(
            id=briefing_id, kind="briefing", title=briefing_id, state="damaged", version=0, by="", created=created,
            changed=created, note=error.problem,
        )  # fmt: skip


def _ordered(reader: Reader, order: BriefingOrder, created: str) -> Item:
    document = reader.briefings.document(order.id, order.lead)
    return Item(
        id=order.id, kind="briefing", title=document.at(document.title) or order.id, state="waiting", version=0,
        by=order.requester or "", created=created, changed=created, languages=", ".join(order.releases),
        note="its storyboard is not made yet", words=f"{document.text}\n{order.id}",
    )  # fmt: skip


def _planned(reader: Reader, order: BriefingOrder, created: str, latest: int) -> Item:
    store = reader.briefings
    storyboard, revision = store.storyboard(order.id, latest), store.revision(order.id, latest)
    report = store.read(order.id, latest, REPORT, BriefingReport)
    variants = store.read(order.id, latest, "variants", Variants) or Variants()
    record = read_record(reader.published, order.id)
    released = record.provenance.attempt or 0 if record is not None and record.withdrawn is None else 0
    state, note = _state(reader, order, latest, report, variants)
    if record is not None and record.provenance.attempt == latest:
        state, note = ("published", "") if record.withdrawn is None else ("withdrawn", record.withdrawn.why)
    editor = revision.by if revision.by != BY_MACHINE else order.requester or ""
    return Item(
        id=order.id,
        kind="briefing",
        title=storyboard.title[storyboard.languages[0]],
        state=state,
        version=latest,
        by=editor,
        created=created,
        changed=max(revision.at, report.made_at if report else revision.at).isoformat(timespec="seconds"),
        languages=", ".join(storyboard.languages),
        note=note or ("; ".join(variants.failed.values()) if variants.failed else ""),
        closed=len(report.closed) if report else 0,
        released=released,
        embargo=storyboard.embargo_utc.isoformat() if storyboard.embargo_utc else "",
        has_picture=int(bool(variants.made)),
        words=_words(reader, order, storyboard),
    )


def _state(
    reader: Reader, order: BriefingOrder, latest: int, report: BriefingReport | None, variants: Variants
) -> tuple[State, str]:
    if report is not None:
        state = reader.decided(order.id, latest)
        closed = "" if not report.closed or state != "to check" else f"not in order: {', '.join(report.closed)}"
        return state, closed
    failed = reader.failure_of_briefing(order.id)
    if failed:
        return "failed", failed
    if order.source == "desk" and not is_wanted(reader.briefings, order.id, latest):
        return "draft", "not rendered yet"
    return "waiting", f"{len(variants.made)} files are made" if variants.made else ""


def _words(reader: Reader, order: BriefingOrder, storyboard: Storyboard) -> str:
    """All that is told and shown, and the releases."""
    told = [text for _, passage in passages(storyboard.shots) for text in passage.text.values()]
    told += [own.text for own in own_words(storyboard)]
    releases = [reader.briefings.document(order.id, language).text for language in order.releases]
    titles = [*storyboard.title.values(), *storyboard.issuer.values()]
    return "\n".join([*titles, *told, *releases, order.id, order.requester or ""])
