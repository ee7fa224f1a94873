"""One line of the route table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

from videogen_dagster.desk.call import Call

if TYPE_CHECKING:
    from videogen.release.people.roles import Action
    from videogen_dagster.desk.desk import Desk

FORM_BYTES = 300_000
Handler = Callable[["Desk", Call], Response]


@dataclass(frozen=True)
class Entry:
    """A page. action: what a person must be allowed to do to open it; None: it is public. limit: bytes of its form.

    uploads: the limit is `desk.max_upload_bytes`.
    """

    method: Literal["GET", "POST"]
    path: str
    action: Action | None
    handler: Handler
    limit: int = FORM_BYTES
    uploads: bool = False
