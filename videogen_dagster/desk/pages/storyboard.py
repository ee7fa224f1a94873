"""The storyboard: as a form or a file, with what changes shown before it is kept; and asking for the video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from videogen.briefing.checks.report import BriefingReport
from videogen.briefing.production.clip_orders import order_clips
from videogen.briefing.production.clips import known_clips
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.go_ahead import is_wanted, want
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.reconciling import reconciled
from videogen.briefing.storyboard.yaml_text import as_yaml, from_yaml
from videogen.domain.source import Source
from videogen.errors import InputError, VideogenError
from videogen_dagster.desk.call import Call, NotFoundError, WrongStateError, go
from videogen_dagster.desk.editing.diffs import changed_lines
from videogen_dagster.desk.editing.form import ShotForm, changed_by, shot_forms
from videogen_dagster.desk.ids import is_briefing, known_id
from videogen_dagster.desk.index.lines import read_item
from videogen_dagster.desk.subjects.briefing import versions_of
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

_NAME = "the storyboard"
FILE_BYTES = 80_000_000


def show(desk: Desk, call: Call) -> Response:
    """The latest storyboard."""
    item_id = _briefing(call)
    mode = call.query.get("mode", "form")
    return _page(desk, call, item_id, mode if mode in ("form", "yaml", "history") else "form")


def save(desk: Desk, call: Call) -> Response:
    """Keep what was changed as a new revision, or show what would change."""
    item_id, form = _briefing(call), call.form
    mode = "yaml" if form.text("mode") == "yaml" else "form"
    why = " ".join(form.text("why").split())[:300]
    text = ""
    try:
        text = form.text("yaml") if mode == "yaml" else changed_by(form, desk.briefings.storyboard(item_id))
        if form.text("do") == "diff":
            board = reconciled(from_yaml(text, _NAME), desk.briefings.documents(item_id))
            before = as_yaml(desk.briefings.storyboard(item_id))
            lines = changed_lines(before, as_yaml(board)) or [("same", "Nothing changes.")]
            return _page(desk, call, item_id, mode, text=text, why=why, diff=lines, board=board)
        desk.maker.edit(item_id, text.encode("utf-8"), name=_NAME, by=call.user.name, why=why or "edited at the desk")
    except VideogenError as error:
        # What was typed must not be lost.
        return _page(desk, call, item_id, "yaml" if text else mode, 400, text=text, why=why, error=error)
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}/storyboard", "saved", mode=mode if mode == "yaml" else "")


def make(desk: Desk, call: Call) -> Response:
    """Ask for the video of the latest revision."""
    item_id = _briefing(call)
    number = call.form.number("revision", "the revision")
    latest = desk.briefings.latest_number(item_id)
    if number != latest:
        raise WrongStateError(
            f"revision {number} is not the latest any more: somebody has saved revision {latest}",
            remedy="look at the storyboard again, then ask for the video",
        )
    _ask(desk, item_id, number, call.user.name)
    return go(f"/item/{item_id}/storyboard", "asked")


def another_take(desk: Desk, call: Call) -> Response:
    """Ask for one clip to be drawn from another seed."""
    item_id = _briefing(call)
    revision = desk.maker.another_take(item_id, call.form.text("shot"), None, by=call.user.name)
    _ask(desk, item_id, revision.number, call.user.name)
    return go(f"/item/{item_id}/storyboard", "another-take")


def _ask(desk: Desk, item_id: str, number: int, by: str) -> None:
    """Order the clips that a revision lacks, then the video: the sensors start both, one after the other."""
    for video_id in order_clips(desk.maker, item_id, number, source=Source.DESK, config=desk.config):
        desk.project.warehouse.add_request(desk.project.requests.get(video_id))
    want(desk.briefings, item_id, number, by=by)
    desk.indexer.look_again(item_id)


def keep_file(desk: Desk, call: Call) -> Response:
    """Keep a picture or a track that the storyboard may name."""
    from videogen.briefing.narration.music import track
    from videogen.storage.inputs.picture_file import picture_content

    item_id, upload = _briefing(call), call.form.file("file")
    desk.briefings.order(item_id)
    if upload is None:
        raise InputError("no file was chosen", remedy="choose a picture or a track")
    name = safe_name(upload.filename or "")
    with TemporaryDirectory(prefix="videogen-desk-") as scratch:
        path = Path(scratch) / name
        with path.open("wb") as copy:
            while block := upload.file.read(1 << 20):
                copy.write(block)
        if path.suffix.lower() in (".m4a", ".mp4", ".ogg", ".oga", ".webm"):
            track(path)
            content = path.read_bytes()
        else:
            content = picture_content(path, desk.config.processing)
    desk.briefings.keep_picture(item_id, name, content)
    return go(f"/item/{item_id}/storyboard", mode="yaml")


def safe_name(name: str) -> str:
    """The name of an upload as the store takes it: no folder, no leading dot, letters that every system knows."""
    import re

    last = name.replace("\\", "/").rpartition("/")[2]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-")[-100:].lstrip(".-")
    if not re.search(r"[A-Za-z0-9]\.[A-Za-z0-9]{1,8}$", plain):
        raise InputError(f"{last[:60]!r} is not the name of a file with an extension", remedy="rename the file")
    return plain


def _page(
    desk: Desk,
    call: Call,
    item_id: str,
    mode: str,
    status: int = 200,
    *,
    text: str = "",
    why: str = "",
    error: VideogenError | None = None,
    diff: list[tuple[str, str]] | None = None,
    board: Storyboard | None = None,
) -> Response:
    store = desk.briefings
    latest = store.latest_number(item_id)
    if not latest:
        # Ordered elsewhere and not planned yet: the system does that by itself.
        store.order(item_id)
        raise WrongStateError("its storyboard is not made yet", remedy="load this page again in a moment")
    kept = store.storyboard(item_id)
    shown = board or kept
    if mode == "history" and diff is None:
        diff = _of_revision(desk, item_id, call.whole("revision", latest, latest))
    values: dict[str, Any] = {
        "subject": read_item(desk.reader, item_id),
        "running": desk.live.now().get(item_id),
        "mode": mode,
        "board": shown.model_copy(update={"revision": latest}) if board is None else shown,
        "language": shown.languages[0],
        "shots": _with_takes(desk, item_id, latest, shown) if mode == "form" else [],
        "yaml": text or store.storyboard_text(item_id).decode("utf-8"),
        "files": desk.briefings.pictures(item_id) if mode == "yaml" else [],
        "versions": versions_of(store, item_id) if mode == "history" else (),
        "is_made": store.read(item_id, latest, REPORT, BriefingReport) is not None,
        "is_asked": is_wanted(store, item_id, latest),
        "why": why,
        "error": error,
        "diff": diff,
        "notes": _notes(desk, item_id),
    }
    return page(call, "storyboard.html", status, **values)


def _of_revision(desk: Desk, item_id: str, number: int) -> list[tuple[str, str]]:
    if number < 2:
        return []
    before, after = (desk.briefings.storyboard_text(item_id, n).decode("utf-8") for n in (number - 1, number))
    return changed_lines(before, after)


def _with_takes(desk: Desk, item_id: str, number: int, board: Storyboard) -> list[ShotForm]:
    """The forms of the shots; those with a clip know what was drawn for it so far."""
    forms = shot_forms(board)
    if not any(shot.clip is not None for shot in board.shots):
        return forms
    clips = known_clips(desk.briefings, item_id, number)
    takes: dict[str, list[str]] = {}
    for video_id in sorted({*clips.videos.values(), *(take for known in clips.takes.values() for take in known)}):
        asked = desk.project.requests.get(video_id).requester or ""
        takes.setdefault(asked.rpartition(", shot ")[2], []).append(video_id)
    return [replace(form, takes=tuple(takes.get(form.id, ()))) for form in forms]


def _notes(desk: Desk, item_id: str) -> list[str]:
    documents = desk.briefings.documents(item_id)
    return [f"{document.name}: {note}" for document in documents.values() for note in document.notes]


def _briefing(call: Call) -> str:
    item_id = known_id(call.item_id)
    if not is_briefing(item_id):
        raise NotFoundError("a single clip has no storyboard", remedy="go to its review page")
    return item_id
