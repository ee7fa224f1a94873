"""The application: every address of the route table behind the guard, the log-in and the form tokens."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from videogen.errors import ArtifactError, ReleaseError, StorageError, VideogenError
from videogen.release.people.person import NotAllowedError
from videogen_dagster.desk.call import NEW_COOKIE, Call, NotFoundError, WrongStateError
from videogen_dagster.desk.routes import TABLE
from videogen_dagster.desk.routing import Entry
from videogen_dagster.desk.security.bodies import Form, Incoming, TooLargeError, TooSlowError, read_form
from videogen_dagster.desk.security.guard import Guard, comes_from_elsewhere
from videogen_dagster.desk.security.sessions import new_cookie
from videogen_dagster.desk.templating import page
from videogen_dagster.ui.guard import Origins

if TYPE_CHECKING:
    from videogen.release.people.person import Person
    from videogen_dagster.desk.desk import Desk

_LOG = logging.getLogger("videogen.desk")
_ONCE = re.compile(r"^[0-9a-f]{24}$")
_OVERHEAD = 1_000_000


class DeskApplication:
    """The desk as an ASGI application.

    Args:
        desk: what the pages share.
        allowed: where it may be opened.
        secure: it is reached by https, so cookies are sent over nothing else.
    """

    def __init__(self, desk: Desk, allowed: Origins, *, secure: bool = False) -> None:
        self._desk, self._secure = desk, secure
        self._cookie = "__Host-desk" if secure else "desk"
        self._incoming = Incoming()
        routes = [Route(entry.path, self._endpoint(entry), methods=[entry.method]) for entry in TABLE]
        faults = {HTTPException: self._no_such_page, Exception: self._fault}
        self._app: ASGIApp = Guard(Starlette(routes=routes, exception_handlers=faults), allowed)  # type: ignore[arg-type]

    @property
    def asgi(self) -> ASGIApp:
        """What a server runs."""
        return self._app

    def _endpoint(self, entry: Entry) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            cookie = request.cookies.get(self._cookie, "")
            if not cookie and entry.method == "GET" and comes_from_elsewhere(request.headers):
                # Browsers send a strict cookie only where a page of the desk itself leads: this one leads there. It
                # gives no new one, which would take the place of the one that the visitor has.
                call = self._call(request, "", None, Form())
                return await run_in_threadpool(page, call, "through.html", address=_address(call))
            fresh = "" if cookie else new_cookie()
            try:
                response = await self._answer(entry, request, cookie or fresh)
            except ClientDisconnect:
                return Response(status_code=400)
            if fresh and entry.method == "GET" and isinstance(response, HTMLResponse):
                # A form needs a visitor to whom it was shown.
                self.set_cookie(response, fresh)
            if (renewed := response.headers.get(NEW_COOKIE)) is not None:
                del response.headers[NEW_COOKIE]
                self.set_cookie(response, renewed)
            return response

        return answer

    async def _answer(self, entry: Entry, request: Request, cookie: str) -> Response:
        call = self._call(request, cookie, None, Form())
        try:
            person = await run_in_threadpool(self._person, request, cookie)
            call = self._call(request, cookie, person, Form())
            if entry.action is not None and person is None:
                return self._without_log_in(entry, call)
            if entry.action is not None and person is not None:
                person.check_may(entry.action)
            if entry.method == "GET":
                return await run_in_threadpool(entry.handler, self._desk, call)
            return await self._take(entry, request, call)
        except VideogenError as error:
            return await run_in_threadpool(refused, call, error)

    async def _take(self, entry: Entry, request: Request, call: Call) -> Response:
        limit = self._desk.config.desk.max_upload_bytes + _OVERHEAD if entry.uploads else entry.limit
        with self._incoming.one_more() if entry.uploads else nullcontext():
            form, opened = await read_form(request, limit)
        try:
            if not self._desk.sessions.fits(call.cookie, form.text("token")):
                raise NotAllowedError("this form is too old, or was not shown to you", remedy="load its page again")
            full = self._call(request, call.cookie, call.person, form)
            return await run_in_threadpool(self._do, entry, full)
        finally:
            await opened.close()

    def _do(self, entry: Entry, call: Call) -> Response:
        """Carry out a form; one that comes a second time leads to where the first one led."""
        key = call.form.text("once")
        if not _ONCE.fullmatch(key):
            return entry.handler(self._desk, call)
        once = self._desk.once
        if not once.begin(key):
            location = once.outcome(key)
            if location is None:
                raise WrongStateError("this form was sent twice, and is being worked on", remedy="look at the queue")
            return RedirectResponse(location, 303)
        try:
            response = entry.handler(self._desk, call)
        except BaseException:
            once.forget(key)
            raise
        location = response.headers.get("location")
        if location is None:
            once.forget(key)
        else:
            once.done(key, location)
        return response

    def _person(self, request: Request, cookie: str) -> Person | None:
        if self._desk.proxy is not None:
            return self._desk.proxy.person(self._desk.people, request.headers, _peer(request))
        session = self._desk.sessions.find(cookie)
        way = "password" if self._desk.oidc is None else "oidc"
        if session is None or session.authentication != way:
            return None
        # Roles as they are now: who lost one, or is disabled, notices at the next click. Those that an identity
        # provider gives are as they were at the log-in.
        return self._desk.people.vouched_for(session.user, way, session.roles)

    def _call(self, request: Request, cookie: str, person: Person | None, form: Form) -> Call:
        return Call(
            path=request.url.path,
            parameters=request.path_params,
            query=request.query_params,
            headers=request.headers,
            token=self._desk.sessions.token(cookie),
            cookie=cookie,
            peer=_peer(request),
            person=person,
            form=form,
        )

    def _without_log_in(self, entry: Entry, call: Call) -> Response:
        if self._desk.proxy is not None:
            raise NotAllowedError("nobody has logged in", remedy="open the desk at its own address, through the proxy")
        if entry.method == "POST" or call.is_fragment:
            raise NotAllowedError("you are not logged in any more", remedy="log in, then do it again")
        return RedirectResponse(f"/login?to={quote(_address(call))}", 303)

    def set_cookie(self, response: Response, value: str) -> None:
        """Give the visitor a cookie that scripts and other sites cannot use."""
        response.set_cookie(self._cookie, value, path="/", httponly=True, samesite="strict", secure=self._secure)

    async def _no_such_page(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        call = self._call(request, request.cookies.get(self._cookie, ""), None, Form())
        problem = NotFoundError("this page does not exist", remedy="go to the queue, or search in the archive")
        return page(call, "refused.html", 404 if status == 404 else 405, error=problem)

    async def _fault(self, request: Request, error: Exception) -> Response:
        _LOG.error("a page of the desk failed: %s", request.url.path, exc_info=error)
        call = self._call(request, request.cookies.get(self._cookie, ""), None, Form())
        problem = StorageError("the desk cannot show this", remedy="tell the operator: the log of the desk says why")
        return page(call, "refused.html", 500, error=problem)


_STATUS: tuple[tuple[type[VideogenError], int], ...] = (
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (WrongStateError, 409),
    (TooSlowError, 408),
    (TooLargeError, 413),
    (ReleaseError, 409),
    (StorageError, 503),
    (ArtifactError, 500),
)


def refused(call: Call, error: VideogenError) -> Response:
    """The page that says what was wrong and what to do."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    if status >= 500:
        _LOG.error("%s: %s", call.path, error)
    response = page(call, "refused_part.html" if call.is_fragment else "refused.html", status, error=error)
    if isinstance(error, TooLargeError | TooSlowError):
        response.headers["Connection"] = "close"  # or the server waits for the rest
    return response


def _address(call: Call) -> str:
    """Path and query of a page of this desk."""
    with suppress(ValueError):
        if call.query:
            return f"{call.path}?{call.query}"
    return call.path


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""
