"""The guard before the desk: foreign hosts, foreign pages and oversized bodies end here; every answer gets its headers.

What may be asked from where follows Fetch Metadata and Origin, as OWASP's Cross-Site Request Forgery Prevention Cheat
Sheet recommends; forms carry a token besides (`videogen_dagster.desk.security.sessions`).
"""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen_dagster.ui.guard import Origins

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_LOG = logging.getLogger("videogen.desk")
_SAFE = ("GET", "HEAD")
_METHODS = (*_SAFE, "POST")


class Guard:
    """ASGI middleware around the desk.

    Args:
        app: what answers requests that are let through.
        allowed: where the desk may be opened.
    """

    def __init__(self, app: ASGIApp, allowed: Origins) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Before it is accepted: the server answers the handshake with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        sending = _with_headers(send)
        status, reason = self._refusal(scope)
        if reason:
            _LOG.warning("refused %s %r: %s", scope["method"], scope["path"], reason)
            await PlainTextResponse(f"refused: {reason}\n", status)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """Status and reason where another name, or another site's page, stands behind the request."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._allowed.hosts:
            return 421, "the desk is not served under this name"
        if scope["method"] not in _METHODS:
            return 405, "this method is not taken here"
        for given in headers.getlist("origin"):
            if given.lower() not in self._allowed.origins:
                return 403, "a page of another site asks for it"
        sites = headers.getlist("sec-fetch-site")
        if all(site in ("same-origin", "none") for site in sites) or _is_link(scope, headers):
            return 0, ""
        return 403, "a page of another site asks for it"


def comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a link of another site, say in a mail, led here: a browser sends no session with it."""
    return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Whether somebody followed a link to a page: it shows one and does nothing."""
    return (
        scope["method"] == "GET"
        and headers.getlist("sec-fetch-mode") == ["navigate"]
        and headers.getlist("sec-fetch-dest") == ["document"]
    )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in _HEADERS.items():
                headers[name] = value
            # What is not released yet must stay in no cache.
            headers.setdefault("Cache-Control", "no-store")
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending
