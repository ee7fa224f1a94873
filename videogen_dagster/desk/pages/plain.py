"""Files of the desk itself, and whether it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, JSONResponse, Response

from videogen_dagster.desk.call import Call, NotFoundError
from videogen_dagster.desk.templating import STATIC

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

_FILES = {
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def static(desk: Desk, call: Call) -> Response:
    """Style, script and icon. Their addresses change with what is in them."""
    name = call.parameters["name"]
    if name not in _FILES:
        raise NotFoundError("this file does not exist")
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(STATIC / name, media_type=_FILES[name], headers=kept)


def health(desk: Desk, call: Call) -> Response:
    """Whether the desk answers, for supervisors."""
    return JSONResponse({"ok": True})
