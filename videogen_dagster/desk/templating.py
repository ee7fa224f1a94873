"""The templates of the pages: everything that is put into them is escaped, and what is missing is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

from videogen_dagster.desk.call import Call
from videogen_dagster.desk.notes import note

HERE = Path(__file__).parent
STATIC = HERE / "static"
_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def page(call: Call, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page with the frame that all share: navigation, who has logged in, the note after a form."""
    from videogen_dagster.desk.navigation import links_for

    shared: Mapping[str, Any] = {
        "person": call.person,
        "token": call.token,
        "here": call.path,
        "links": links_for(call.person),
        "note": note(call.query.get("note", "")),
        "may": (lambda action: call.person is not None and call.person.may(action)),
    }
    return HTMLResponse(_environment().get_template(template).render({**shared, **values}), status)


def fragment(call: Call, template: str, **values: Any) -> HTMLResponse:
    """A part of a page."""
    return HTMLResponse(_environment().get_template(template).render({"token": call.token, **values}))


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": moment, "ago": ago, "clock": clock, "size": size, "short": short, "words": words}
    made.globals |= {"static": static_address, "once": once}
    return made


def once() -> str:
    """A number for one showing of a form: sent twice, it counts once."""
    import secrets

    return secrets.token_hex(12)


@cache
def static_address(name: str) -> str:
    """Where a file of the desk lies; another version of it has another address, so caches may keep it for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def moment(given: str | datetime | None) -> str:
    """A moment in this machine's time with its zone, and in UTC where that differs."""
    at = _moment(given)
    if at is None:
        return "–"
    local = at.astimezone()
    shown = f"{local:%d %b %Y, %H:%M} {local:%Z}"
    return shown if local.utcoffset() == UTC.utcoffset(None) else f"{shown} ({at.astimezone(UTC):%H:%M} UTC)"


def ago(given: str | datetime | None) -> str:
    """How long ago something was, in words; a day, where it is long ago."""
    at = _moment(given)
    if at is None:
        return "–"
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds < -60:
        return moment(at)
    for length, name in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{at.astimezone():%d %b %Y}" if name == "day" and count > 6 else _several(count, name)
    return "just now"


def clock(seconds: float | None) -> str:
    """Seconds as minutes and seconds with a tenth: 1:05.2."""
    if seconds is None:
        return "–"
    tenths = round(max(0.0, seconds) * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def size(count: int | None) -> str:
    """Bytes in words."""
    if count is None:
        return "–"
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"


def short(text: str, letters: int = 90) -> str:
    """The beginning of a text, cut between words."""
    line = " ".join(str(text).split())
    return line if len(line) <= letters else f"{line[: letters - 1].rsplit(' ', 1)[0]}…"


def words(text: str) -> str:
    """A name of the program as words."""
    return str(text).replace("_", " ")


def _several(count: int, name: str) -> str:
    return f"{count} {name}{'s' if count > 1 else ''} ago"


def _moment(given: str | datetime | None) -> datetime | None:
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(given or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
