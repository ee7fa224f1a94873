"""New: a clip from a prompt, with what the model will understand; or a release, which becomes a storyboard first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from videogen.briefing.pictures.brand import FOLDER
from videogen.briefing.production.ordering import take_order
from videogen.briefing.source.read import SUFFIXES
from videogen.config.places import SHIPPED, home
from videogen.domain.priorities import BATCH, INTERACTIVE
from videogen.errors import CapacityError, InputError, VideogenError
from videogen_dagster.desk.call import Call, go
from videogen_dagster.desk.pages.storyboard import safe_name
from videogen_dagster.desk.templating import fragment, page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

RELEASE_BYTES = 100_000_000
_ALL_FORMATS = ("wide", "square", "tall")
_LONGEST_PREVIEW = 2000
_PATIENCE = 8.0
_reading = threading.Lock()


def show(desk: Desk, call: Call) -> Response:
    """Both forms, empty."""
    return _page(desk, call)


def understand(desk: Desk, call: Call) -> Response:
    """What the model will understand of a prompt; nothing is kept."""
    reading, error = _understood(desk, call.form.text("prompt"))
    if call.is_fragment:
        return fragment(call, "understood.html", reading=reading, reading_error=error)
    return _page(desk, call, reading=reading or {"prompt": ""}, reading_error=error)


def ask_for_clip(desk: Desk, call: Call) -> Response:
    """Keep a request; the sensor `requests` starts it."""
    from videogen.intake.request_files import build_request
    from videogen.preprocessing import InputValidator

    form = call.form
    try:
        fields: dict[str, Any] = {"prompt": form.text("prompt").strip(), "requester": call.user.name}
        fields["priority"] = BATCH if form.text("when") == "night" else INTERACTIVE
        if title := " ".join(form.text("title").split()):
            fields["title"] = title
        if duration := form.text("duration").strip():
            fields["duration"] = duration.replace(",", ".")
        if size := form.text("size"):
            fields["size"] = size
        if not fields["prompt"]:
            raise InputError("the prompt is missing", remedy="say what the clip shows")
        request = build_request(fields, source="desk", config=desk.config)
        # What the first stage would refuse is refused here, while somebody is looking.
        validator = InputValidator(desk.config)
        verdict = validator.check_policy_compliance(validator.validate_prompt(request.prompt))
        if not verdict.allowed:
            raise InputError(
                f"the content policy refuses it by its rule {verdict.rule}: {verdict.reason}",
                remedy="describe it in other words",
            )
        stored = desk.project.requests.submit(request)
        desk.project.warehouse.add_request(stored)
        desk.review.note_request(call.user, stored.id)
    except VideogenError as error:
        return _page(desk, call, 400, error=error)
    desk.indexer.look_again(stored.id)
    return go(f"/item/{stored.id}", "clip-asked")


def ask_for_briefing(desk: Desk, call: Call) -> Response:
    """Keep a release and make its storyboard; nothing is rendered yet."""
    form = call.form
    try:
        with _files(call) as files:
            order = take_order(
                desk.briefings,
                files,
                source="desk",
                formats=form.all("formats"),  # type: ignore[arg-type]  # checked there
                target=form.number("target", "the length in seconds"),
                brand=form.text("brand") or "plain",
                loudness="web" if form.text("loudness") == "web" else "broadcast",
                requester=call.user.name,
            )
        desk.review.note_request(call.user, order.id)
        desk.maker.plan(order.id)
    except VideogenError as error:
        return _page(desk, call, 400, error=error)
    desk.indexer.look_again(order.id)
    return go(f"/item/{order.id}/storyboard", "planned")


@contextmanager
def _files(call: Call) -> Iterator[list[Path]]:
    """The releases of the form as files, under names that are safe; the text as one of them."""
    with TemporaryDirectory(prefix="videogen-desk-") as scratch:
        found: list[Path] = []
        for number, upload in enumerate(call.form.files.get("release", ())):
            if not upload.filename:
                continue
            path = Path(scratch) / str(number) / safe_name(upload.filename)
            path.parent.mkdir()
            with path.open("wb") as copy:
                while block := upload.file.read(1 << 20):
                    copy.write(block)
            found.append(path)
        if text := call.form.text("text").strip():
            path = Path(scratch) / "release.txt"
            path.write_text(text + "\n", encoding="utf-8")
            found.append(path)
        if not found:
            raise InputError("no release was given", remedy="choose its file, or paste its text")
        yield found


def _understood(desk: Desk, prompt: str) -> tuple[dict[str, Any], VideogenError | None]:
    from videogen.adaptation.understanding import understood

    prompt = prompt.strip()[:_LONGEST_PREVIEW]
    if not prompt:
        return {}, None
    try:
        # One at a time: the encoder takes a core, and who types on asks again anyway.
        if not _reading.acquire(timeout=_PATIENCE):
            raise CapacityError("another prompt is being read", remedy="press the button again in a moment")
        try:
            said, _ = understood(desk.config, prompt)
        finally:
            _reading.release()
    except VideogenError as error:
        return {}, error
    return {name: said[name] for name in _SHOWN if name in said}, None


_SHOWN = ("policy", "can be drawn", "read by the model", "keywords", "language", "warnings")


def brands() -> list[str]:
    """Names of the brands of this installation and of the shipped ones."""
    folders = (home() / FOLDER, SHIPPED / FOLDER)
    return sorted({path.parent.name for folder in folders for path in folder.glob("*/brand.yaml")})


def _page(desk: Desk, call: Call, status: int = 200, **values: Any) -> Response:
    form = call.form
    shown: dict[str, Any] = {
        "error": None,
        "reading": None,
        "reading_error": None,
        "suffixes": SUFFIXES,
        "brands": brands(),
        "text": form.text("text"),
        "formats": form.all("formats") or _ALL_FORMATS,
        "target": form.text("target") or "60",
        "brand": form.text("brand") or "plain",
        "loudness": form.text("loudness"),
        "prompt": form.text("prompt"),
        "title": form.text("title"),
        "duration": form.text("duration"),
        "size": form.text("size"),
        "when": form.text("when"),
    }
    return page(call, "new.html", status, **{**shown, **values})
