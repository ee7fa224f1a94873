"""One request as the pages see it: who asks, what the address and the form say; and the answers that they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response

from videogen.errors import InputError
from videogen_dagster.desk.security.bodies import Form

if TYPE_CHECKING:
    from videogen.release.people.person import Person


@dataclass(frozen=True)
class Call:
    """A request. person: who has logged in; None on public pages. token: for forms. peer: the address it came from."""

    path: str
    parameters: Mapping[str, str]
    query: QueryParams
    headers: Headers
    token: str
    cookie: str
    peer: str
    person: Person | None = None
    form: Form = field(default_factory=Form)

    @property
    def user(self) -> Person:
        """Who has logged in, on pages that ask for it."""
        assert self.person is not None
        return self.person

    @property
    def item_id(self) -> str:
        """The video or briefing that the address names."""
        return self.parameters["item_id"]

    @property
    def is_fragment(self) -> bool:
        """Whether the page's script asks for a part of the page."""
        return self.headers.get("hx-request") == "true"

    def whole(self, name: str, default: int, most: int = 10**6) -> int:
        """A whole number of the address, `default` where it is missing.

        Raises:
            InputError: it is something else.
        """
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= most):
            raise InputError(f"{name} in the address is not a number that can be used", remedy="go back to the list")
        return int(text)


NEW_COOKIE = "x-desk-new-cookie"
"""With this header a page asks for another cookie: at log-in and log-out. It never leaves the desk."""


class NotFoundError(InputError):
    """The address names nothing that there is."""


class WrongStateError(InputError):
    """What was asked for does not fit what there is by now: somebody else was faster, or the page was old."""


def go(path: str, note: str = "", **query: object) -> Response:
    """Show another page after a form was taken, so that loading it again repeats nothing.

    Args:
        path: of the page.
        note: name of a note in `videogen_dagster.desk.notes`, shown at the top of that page.
        query: of the address.
    """
    told = {name: str(value) for name, value in query.items() if value not in (None, "")}
    if note:
        told["note"] = note
    address = quote(path, safe="/-._~")
    return RedirectResponse(f"{address}?{urlencode(told)}" if told else address, 303)
