"""What is published: its record, its files and their checksums; reading them again; withdrawing and correcting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, Response

from videogen.errors import InputError, VideogenError
from videogen.media.containers import SUFFIXES
from videogen.release.folder import folder_of, read_record
from videogen.release.record import Provenance, ReleaseRecord
from videogen.storage.atomic_folder import sha256
from videogen_dagster.desk import acts
from videogen_dagster.desk.call import Call, NotFoundError, go
from videogen_dagster.desk.ids import known_id
from videogen_dagster.desk.pages.review import item_of
from videogen_dagster.desk.templating import moment, page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk


@dataclass(frozen=True)
class Published:
    """One published file. size: None: it is gone."""

    name: str
    sha256: str
    size: int | None


@dataclass(frozen=True)
class Verified:
    """What reading the files again has shown."""

    good: bool
    lines: tuple[str, ...]


def show(desk: Desk, call: Call) -> Response:
    """The record and the files as they lie there."""
    item_id = known_id(call.item_id)
    return _page(desk, call, item_id, _record(desk, item_id))


def verify(desk: Desk, call: Call) -> Response:
    """Read the files again, with their credentials."""
    from videogen.release.trust import signers_for
    from videogen.release.verification import verify_file

    item_id = known_id(call.item_id)
    record = _record(desk, item_id)
    folder, lines, good = folder_of(desk.published, item_id), [], True
    signers = signers_for(desk.config)
    for file in files_of(desk.published, item_id, record):
        path = folder / file.name
        if file.size is None:
            said, fits = "is missing", False
        elif sha256(path) != file.sha256:
            said, fits = "is not the file that was published: its checksum differs", False
        elif path.suffix in SUFFIXES:
            found = verify_file(path, signers)
            said, fits = found.summary, found.trusted
        else:
            said, fits = "as it was published", True
        good = good and fits
        lines.append(f"{file.name}: {said}")
    return _page(desk, call, item_id, record, verified=Verified(good, tuple(lines)))


def download(desk: Desk, call: Call) -> Response:
    """One published file, to be kept."""
    item_id, name = known_id(call.item_id), call.parameters["name"]
    record = _record(desk, item_id)
    known = {file.name: file for file in files_of(desk.published, item_id, record)}
    if record.withdrawn is not None or name not in known or known[name].size is None:
        raise NotFoundError("this file is not published", remedy="go back to the page of what is published")
    path = folder_of(desk.published, item_id) / name
    # Never shown in the page's own origin, whatever it says.
    return FileResponse(path, media_type="application/octet-stream", filename=name)


def withdraw(desk: Desk, call: Call) -> Response:
    """Take it back; the record stays and says why."""
    item_id = known_id(call.item_id)
    record, why = _record(desk, item_id), " ".join(call.form.text("why").split())
    try:
        if len(why) < 3:
            raise InputError("the reason is missing", remedy="say why it is withdrawn: it stands in the record")
        acts.withdraw(desk, call.user, item_id, why)
    except VideogenError as error:
        return _page(desk, call, item_id, record, 400, error=error)
    desk.indexer.look_again(item_id)
    return go(f"/item/{item_id}/published", "withdrawn")


def correct(desk: Desk, call: Call) -> Response:
    """Begin a briefing that corrects this one."""
    item_id = known_id(call.item_id)
    record, reason = _record(desk, item_id), " ".join(call.form.text("reason").split())
    try:
        new = acts.correct(desk, call.user, item_id, reason)
    except VideogenError as error:
        return _page(desk, call, item_id, record, 400, error=error)
    desk.indexer.look_again(new)
    return go(f"/item/{new}/storyboard", "correction")


def files_of(root: Path, item_id: str, record: ReleaseRecord) -> list[Published]:
    """The files of a record, the videos first, each with its size as it lies there."""
    known = record.files or {record.video: record.sha256}
    folder = folder_of(root, item_id)
    names = sorted(known, key=lambda name: (not name.endswith(SUFFIXES), name))
    return [Published(name, known[name], _size(folder / name)) for name in names]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _record(desk: Desk, item_id: str) -> ReleaseRecord:
    record = read_record(desk.published, item_id)
    if record is None:
        raise NotFoundError("this was never published", remedy="go to its review page")
    return record


def _page(desk: Desk, call: Call, item_id: str, record: ReleaseRecord, status: int = 200, **values: Any) -> Response:
    files = [] if record.withdrawn is not None else files_of(desk.published, item_id, record)
    shown: dict[str, Any] = {
        "subject": item_of(desk, item_id),
        "record": record,
        "facts": _facts(record),
        "files": files,
        "lost": [file.name for file in files if file.size is None],
        "verified": None,
        "error": None,
    }
    return page(call, "published.html", status, **{**shown, **values})


def _requester(made: Provenance) -> str:
    typed = made.requester and made.requester_recognised_by == "none"
    return f"{made.requester} (the name was typed, nobody vouches for it)" if typed else made.requester or ""


def _facts(record: ReleaseRecord) -> list[tuple[str, str]]:
    made = record.provenance
    facts = [
        ("Published", moment(made.released_at)),
        ("Released by", made.released_by),
        ("Approved by", ", ".join(approval.by for approval in made.approvals)),
        ("Asked for by", _requester(made)),
        ("Version", str(made.attempt or "")),
        ("Embargo", moment(made.embargo) if made.embargo else ""),
        ("Late", made.late),
        ("Corrects", f"{made.corrects.of}: {made.corrects.reason}" if made.corrects else ""),
        ("Signed by", record.signer),
        ("Label", made.label),
        ("Made with", f"{made.model} {made.revision}".strip()),
        ("Seed", "" if made.seed is None else str(made.seed)),
        ("Prompt", made.prompt),
        ("Texts of the issuer", ", ".join(f"{x.name} (SHA-256 {x.sha256[:12]}…)" for x in made.sources)),
        ("Pictures", ", ".join(f"{x.name} (SHA-256 {x.sha256[:12]}…)" for x in made.pictures)),
        ("Exact state", made.state),
        ("Log at the release", made.log_head),
    ]
    return [(name, value) for name, value in facts if value]
