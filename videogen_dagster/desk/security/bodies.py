"""Bodies of requests: cut off at the limit of their route, before anything of them is parsed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from videogen.errors import CapacityError, InputError

MOST_FIELDS = 3000
MOST_UPLOADS = 8
"""Files of strangers that are received at the same time: each may fill `desk.max_upload_bytes` of the disk."""
SECONDS, BYTES_A_SECOND = 30.0, 20_000
"""A body may take that long, and longer only while it keeps that pace."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class TooLargeError(InputError):
    """A body is longer than its route takes."""


class TooSlowError(InputError):
    """A body does not keep the pace that is asked for."""


@dataclass
class Form:
    """The fields of a form. texts: name → values in their order; files: name → upload."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[UploadFile]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field, with the line ends of this system."""
        values = self.texts.get(name)
        return values[-1].replace("\r\n", "\n") if values else default

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [value.replace("\r\n", "\n") for value in self.texts.get(name, ())]

    def file(self, name: str) -> UploadFile | None:
        """The upload of a field; None where nothing was chosen."""
        return next((upload for upload in self.files.get(name, ()) if upload.filename), None)

    def number(self, name: str, what: str) -> int:
        """A whole number.

        Raises:
            InputError: the field holds something else.
        """
        text = self.text(name).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise InputError(f"{what} is not a whole number", remedy="write digits only")
        return int(text)


async def read_form(request: Request, limit: int) -> tuple[Form, FormData]:
    """The form of a request; the caller closes the second one, which holds the uploads.

    Raises:
        TooLargeError: it has more than `limit` bytes.
        TooSlowError: it does not come in time.
        InputError: it is not a form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        raise InputError("the body is not a form", remedy="send it as the page does")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    counted = Request(request.scope, _counted(request.receive, limit))
    try:
        given = await counted.form(max_files=20, max_fields=MOST_FIELDS, max_part_size=min(limit, 4_000_000))
    except HTTPException as error:
        raise InputError(f"the form cannot be read: {error.detail}", remedy="load the page again") from error
    return _sorted(given), given


class Incoming:
    """How many files of strangers are being received."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one file while it is received; called by the event loop only.

        Raises:
            CapacityError: there are too many already, and nothing of this one is read.
        """
        if self._count >= MOST_UPLOADS:
            raise CapacityError("too many files are being received", remedy="try again in a minute")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1


def _sorted(given: FormData) -> Form:
    form = Form()
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            form.files.setdefault(name, []).append(value)
        else:
            form.texts.setdefault(name, []).append(value)
    return form


def _counted(receive: Receive, limit: int) -> Receive:
    """The same stream, which ends with an error once it is too long or too slow."""
    seen, began = 0, time.monotonic()

    async def counting() -> Message:
        nonlocal seen
        left = began + SECONDS + seen / BYTES_A_SECOND - time.monotonic()
        try:
            message: Message = await asyncio.wait_for(receive(), max(left, 0.0))
        except TimeoutError:
            raise TooSlowError("the form comes too slowly", remedy="try again over a faster connection") from None
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
        return message

    return counting


def _too_large(limit: int) -> TooLargeError:
    shown = f"{limit / 1e6:,.0f} MB" if limit >= 1_000_000 else f"{limit / 1e3:,.0f} kB"
    return TooLargeError(f"this is more than {shown}", remedy="send less at once")
