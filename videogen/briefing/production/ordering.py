"""Taking an order: the files of the releases are read and checked before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from videogen.briefing.pictures.brand import load_brand
from videogen.briefing.production.order import BriefingOrder, Starter, new_briefing_id, now
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.source.read import read_release_file, release_from
from videogen.briefing.storyboard.model import FormatName, LoudnessProfile
from videogen.errors import InputError

LEAST_TARGET, MOST_TARGET = 10, 300


def take_order(
    store: BriefingStore,
    files: Sequence[Path],
    *,
    source: Starter,
    languages: Sequence[str] = (),
    formats: Sequence[FormatName] = ("wide", "square", "tall"),
    target: int = 60,
    brand: str = "plain",
    loudness: LoudnessProfile = "broadcast",
    fps: int = 25,
    narration: str = "auto",
    priority: int = 10,
    requester: str | None = None,
    embargo: datetime | None = None,
    allowed: Sequence[Path] = (),
    briefing_id: str | None = None,
) -> BriefingOrder:
    """Read the releases and keep the order.

    Args:
        files: one release for each language, the leading one first.
        languages: of the files, in their order; empty: detected.
        embargo: moment with its zone before which nothing leaves; it becomes a line of the storyboard.
        allowed: the folders that files may lie in; empty: any.
        briefing_id: one that was written down before; none: a new one.

    Raises:
        InputError: a file cannot be used, two are in one language, or a wish is out of its bounds.
    """
    _check_wishes(files, languages, formats, target)
    load_brand(brand)
    contents: dict[str, bytes] = {}
    documents: dict[str, ReleaseDocument] = {}
    for number, path in enumerate(files):
        content = read_release_file(path, allowed)
        document = release_from(path.name, content, languages[number] if languages else None)
        if document.language in documents:
            raise InputError(
                f"{documents[document.language].name} and {path.name} are both in {document.language!r}",
                remedy="a briefing tells one release in each language; make one briefing of each file",
            )
        contents[document.language], documents[document.language] = content, document
    lead = next(iter(documents.values()))
    order = BriefingOrder(
        id=briefing_id or new_briefing_id(lead.at(lead.title)),
        created_at=now(),
        source=source,
        requester=requester,
        releases={language: document.name for language, document in documents.items()},
        formats=tuple(formats),
        target=target,
        brand=brand,
        loudness=loudness,
        fps=fps,
        narration=narration,  # type: ignore[arg-type]  # validated by pydantic
        priority=priority,
        embargo=embargo,
    )
    store.add(order, contents, documents)
    return order


def _check_wishes(files: Sequence[Path], languages: Sequence[str], formats: Sequence[str], target: int) -> None:
    if not files:
        raise InputError("no release was given", remedy="name its file: `videogen briefing FILE`")
    if languages and len(languages) != len(files):
        raise InputError(
            f"{len(files)} files, but {len(languages)} languages",
            remedy="name the language of each file, in their order",
        )
    strange = sorted(set(formats) - {"wide", "square", "tall"})
    if strange or not formats:
        raise InputError(f"the format {(strange or [''])[0]!r} does not exist", remedy="use wide, square or tall")
    if not LEAST_TARGET <= target <= MOST_TARGET:
        raise InputError(
            f"a briefing of {target} s cannot be made", remedy=f"ask for {LEAST_TARGET} to {MOST_TARGET} seconds"
        )
