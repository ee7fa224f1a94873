"""The guard before Dagster's pages: requests of foreign web pages, and mutations but by the pages' own way, end here.

Dagster's webserver has no log-in, and a browser sends requests to 127.0.0.1 for every page that it shows. So the guard
checks whom the browser says it speaks to (Host: DNS rebinding), for which page (Origin, Sec-Fetch-Site: cross-site
request forgery, WebSocket hijacking), and what is asked (mutations only as JSON by POST, which no foreign page can send
without a preflight that is never answered). Sources: OWASP Cross-Site Request Forgery Prevention Cheat Sheet; W3C Fetch
Metadata Request Headers; RFC 6454, RFC 6455 section 10.2.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen.errors import InputError
from videogen_dagster.ui.operations import CALLS, MUTATIONS, QUERIES, SUBSCRIPTIONS, refusal

GRAPHQL = "/graphql"
CLOSED = ("/report_asset_", "/notebook", "/dagit/notebook")
"""Beginnings of paths that are switched off: forged events, and foreign HTML of notebooks in the pages' own origin."""
MAX_BODY = 8 * 2**20
POLICY_VIOLATION = 1008
_LOG = logging.getLogger("videogen.ui")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SECURITY_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Origins:
    """Where the pages may be opened. origins: as a browser sends them; hosts: the same without the scheme."""

    origins: frozenset[str]
    hosts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hosts", frozenset(origin.partition("://")[2] for origin in self.origins))

    @classmethod
    def of(cls, port: int, extra: tuple[str, ...] = ()) -> Origins:
        """The loopback names with `port`, and `extra`, e.g. that of a proxy: ``https://videos.bureau.example``.

        Raises:
            InputError: one of `extra` is not an origin.
        """
        loopback = (f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        return cls(frozenset(map(origin, (*loopback, *extra))))


def origin(address: str) -> str:
    """The origin as browsers write it: lower case, and the port only where it is not the scheme's own.

    Raises:
        InputError: it is not of the form ``http(s)://host[:port]``.
    """
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    name = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or not name or "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise InputError(f"{address!r} is not an origin", remedy="write it as https://videos.example.org or with :port")
    host = f"[{name}]" if ":" in name else name
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


class Guard:
    """ASGI middleware around Dagster's application.

    Args:
        app: what answers requests that are let through.
        allowed: where the pages may be opened.
        mutations: the mutations that may be asked for; none where the pages are only looked at.
    """

    def __init__(self, app: ASGIApp, allowed: Origins, mutations: frozenset[str] = MUTATIONS) -> None:
        self._app, self._allowed, self._mutations = app, allowed, mutations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, reason = self._foreign(scope) or _misplaced(scope) or (0, "")
        if not reason and scope["path"] == GRAPHQL:
            if scope["method"] == "POST":
                scope, receive, status, reason = await self._call(scope, receive)
            else:
                status, reason = 403, _query_refusal(scope) or ""
        if reason:
            _LOG.warning("refused %s %r: %s", scope["method"], scope["path"], reason)
            await JSONResponse({"errors": [{"message": f"refused: {reason}"}]}, status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, reason = self._foreign(scope) or (0, "")
        if not reason and scope["path"] != GRAPHQL:
            reason = "this address serves no WebSocket"
        if reason:
            _LOG.warning("refused WebSocket %r: %s", scope["path"], reason)
            # Before it is accepted: the server answers the handshake with 403.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        closed = False

        async def checked() -> Message:
            nonlocal closed
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            problem = _frame_refusal(message)
            if problem is None:
                return message
            closed = True
            _LOG.warning("closed WebSocket %r: %s", scope["path"], problem)
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": f"refused: {problem}"[:120]})
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

        async def unless_closed(message: Message) -> None:
            if not closed:
                await send(message)

        await self._app(scope, checked, unless_closed)

    def _foreign(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason where another site's page, or another name, stands behind the request."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._allowed.hosts:
            return 421, f"the host {', '.join(hosts)!r} is not one of {_listed(self._allowed.hosts)}"
        for given in headers.getlist("origin"):
            if given.lower() not in self._allowed.origins:
                return 403, f"the origin {given!r} is not one of {_listed(self._allowed.origins)}"
        sites = headers.getlist("sec-fetch-site")
        if all(site in ("same-origin", "none") for site in sites) or _is_link(scope, headers):
            return None
        return 403, "a page of another site asks for it"

    async def _call(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive, int, str]:
        """The request with its body checked: what is passed on is written again from what was checked."""
        headers = Headers(scope=scope)
        kinds = headers.getlist("content-type")
        if len(kinds) != 1 or kinds[0].partition(";")[0].strip().lower() != "application/json":
            return scope, receive, 415, "a GraphQL request by POST has the content type application/json"
        body = await _body(receive)
        if body is None:
            return scope, receive, 413, f"the body has more than {MAX_BODY} bytes"
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            return scope, receive, 400, "the body is not well-formed JSON"
        if not isinstance(call, dict):
            return scope, receive, 400, "the body is not one GraphQL request"
        reason = refusal(call.get("query"), CALLS, self._mutations)
        if reason is not None:
            return scope, receive, 403, reason
        return *_written_again(scope, receive, json.dumps(call).encode()), 0, ""


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Whether somebody followed a link to one of the pages, in a mail or a chat: it shows a page and does nothing."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"] != GRAPHQL
        and headers.getlist("sec-fetch-mode") == ["navigate"]
        and headers.getlist("sec-fetch-dest") == ["document"]
    )


def _misplaced(scope: Scope) -> tuple[int, str] | None:
    """Status and reason where a path is switched off or does not take this method."""
    path, method = scope["path"], scope["method"]
    if path.startswith(CLOSED):
        return 403, "this address is switched off"
    if method not in ("GET", "HEAD") and not (method == "POST" and path == GRAPHQL):
        return 405, f"{method} is not taken here"
    return None


def _query_refusal(scope: Scope) -> str | None:
    """Why the GraphQL request in an address is refused. Without one, GET shows the page GraphiQL."""
    given = QueryParams(scope["query_string"])
    queries = given.getlist("query")
    if len(queries) > 1:
        return "`query` stands twice in the address"
    return refusal(queries[0], QUERIES) if queries else None


def _frame_refusal(message: Message) -> str | None:
    """Why a message of the protocol graphql-ws (subscriptions-transport-ws) is refused."""
    try:
        frame: Any = json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        return "the message is not well-formed JSON"
    if not isinstance(frame, dict):
        return "the message is not an object"
    kind = frame.get("type")
    if kind in ("connection_init", "connection_terminate", "stop"):
        return None
    if kind != "start":
        return f"messages of the type {kind!r} are not taken"
    payload = frame.get("payload")
    return refusal(payload.get("query"), SUBSCRIPTIONS) if isinstance(payload, dict) else "`payload` is missing"


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is too long."""
    parts, length = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            # The client has gone; an empty body is refused, and nobody reads the answer.
            return b""
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _written_again(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """The same request with this JSON body."""
    fresh = dict(scope)
    fresh["headers"] = [pair for pair in scope["headers"] if pair[0].lower() not in _OF_THE_BODY]
    fresh["headers"] += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return fresh, replay


_OF_THE_BODY = (b"content-type", b"content-length", b"content-encoding", b"transfer-encoding")


def _with_headers(send: Send) -> Send:
    """Add the headers that keep foreign pages from framing, sniffing or embedding what is answered."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in _SECURITY_HEADERS.items():
                headers[name] = value
            # Beside the page's own policy: browsers enforce both.
            headers.append("Content-Security-Policy", "frame-ancestors 'none'")
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
