"""Check a video: anybody hands in a file, and learns whether it comes from this house and whether it was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from videogen.errors import InputError, VideogenError
from videogen_dagster.desk.call import Call, go
from videogen_dagster.desk.templating import moment, page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk


def show(desk: Desk, call: Call) -> Response:
    """The form."""
    return _page(desk, call)


def take(desk: Desk, call: Call) -> Response:
    """Take a file; what was found is shown under an address of its own."""
    upload = call.form.file("file")
    try:
        if upload is None:
            raise InputError("no file was chosen", remedy="choose the video, then press Check it")
        if wait := desk.uploads.wait(call.peer):
            raise InputError("too many files from your address", remedy=f"try again in {wait:.0f} s")
        ticket = desk.checks.take(upload.file, upload.filename or "")
    except VideogenError as error:
        return _page(desk, call, 400, error=error)
    return go(f"/check/{ticket}")


def outcome(desk: Desk, call: Call) -> Response:
    """What was found, as soon as it is."""
    found = desk.checks.outcome(call.parameters["ticket"])
    if found is None:
        return _page(desk, call, pending=True)
    return _page(desk, call, found=found, verdict=verdict_of(found), facts=facts_of(found))


def _page(desk: Desk, call: Call, status: int = 200, **values: Any) -> Response:
    shown: dict[str, Any] = {"error": None, "pending": False, "found": None, "verdict": None, "facts": ()}
    return page(call, "check.html", status, limit=desk.config.desk.max_upload_bytes, **{**shown, **values})


def verdict_of(found: dict[str, Any]) -> tuple[str, str, str]:
    """How grave, a headline, and what it means for whoever asks."""
    if "problem" in found:
        return "open", "This file cannot be checked", f"{_sentence(found['problem'])} {_sentence(found['remedy'])}"
    if found["trusted"]:
        if found.get("withdrawn"):
            return (
                "bad",
                "It comes from here, and was withdrawn",
                f"The house has taken it back: {_sentence(found['withdrawn'])} Please do not share it.",
            )
        return "good", "It comes from here, unchanged", "Not one bit has changed since it was signed and published."
    marked = found.get("watermark") or {}
    if marked.get("found"):
        return (
            "open",
            "The picture comes from here, the file was changed",
            "The invisible mark in the picture names a release of this house, but the file is not the one that was "
            "published: it may be cut, re-encoded, or have other words or sound.",
        )
    if not found["signed"]:
        return "open", "No sign of where it comes from", "It carries no credentials, and no mark of this house."
    if not found["intact"]:
        return "bad", "It was changed after it was signed", "Do not take it for what the house has published."
    return "open", "It is signed, but not by this house", _sentence(found["trust"] or found["summary"])


def facts_of(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of everything that can be told."""
    facts = [("SHA-256 of your file", found.get("sha256")), ("Verdict", found.get("summary"))]
    record = found.get("record") or {}
    facts += [
        ("Title", record.get("title") or record.get("prompt")),
        ("Number", record.get("id")),
        ("Published", moment(record["released_at"]) if record.get("released_at") else None),
        ("Label in the picture", record.get("label")),
        ("Made with", " ".join(filter(None, (record.get("model"), record.get("revision"))))),
        ("Origin", record.get("origin")),
        ("Signed by", found.get("signer")),
        ("Organisation", found.get("signed_by")),
        ("Trust", found.get("trust")),
        ("Time stamp", found.get("signed_at")),
        ("Problems", "; ".join(found.get("problems") or ())),
    ]
    mark = found.get("watermark") or {}
    facts += [
        (f"Mark: {name.replace('_', ' ')}", str(value)) for name, value in mark.items() if value not in (None, "")
    ]
    return [(name, str(value)) for name, value in facts if value]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
