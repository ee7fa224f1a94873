"""The web application for raters. It knows links, not people: no cookies, no log-in, no foreign content."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videogen.domain.feedback_kinds import TAGS
from videogen.errors import InputError, StorageError, VideogenError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.events import LONGEST_COMMENT, submission
from videogen.feedback.page.invitation import PATH
from videogen.feedback.privacy.links import RaterLink, read_link
from videogen.media.containers import media_type_of
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.video_files import video_file

MAX_BODY = 16_384
BODY_SECONDS = 20.0
HEADERS = {
    "content-security-policy": "default-src 'none'; media-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_HERE = Path(__file__).parent
_FILES = {"style.css": "text/css", "page.js": "text/javascript"}
_MINUTE = 60.0
_MOST_LINKS = 10_000
_FIELDS = ("rating", "approved", "comment", "play", "completion", "skip", "take_back")


class RaterPage:
    """The routes of the page.

    Args:
        collector: takes what raters say.
        origins: where the page is opened, such as ``http://127.0.0.1:3010``; posts from elsewhere are refused.
    """

    def __init__(self, collector: FeedbackCollector, origins: frozenset[str]) -> None:
        self._collector = collector
        self._origins = origins
        self._artifacts = ArtifactStore(collector.config.location(collector.config.paths.store))
        self._posts: dict[str, deque[float]] = {}

    def application(self) -> ASGIApp:
        """The ASGI application."""
        hosts = sorted({origin.partition("://")[2].rpartition(":")[0] for origin in self._origins})
        app = Starlette(
            routes=[
                Route(f"{PATH}/{{video_id}}", self.page),
                Route("/media/{side}", self.media),
                Route("/api/feedback", self.post, methods=["POST"]),
                Route("/static/{name}", self.static),
                Route("/healthz", self.health),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
        )
        return _with_headers(app)

    async def page(self, request: Request) -> Response:
        """What a rater sees."""
        token = request.query_params.get("t", "")
        try:
            link = await run_in_threadpool(self._link, token, request.path_params["video_id"])
            title = await run_in_threadpool(self._title, link)
        except VideogenError as error:
            return HTMLResponse(_template("refused.html").render(problem=error.problem, remedy=error.remedy), 403)
        sides = ("second", "first") if link.swapped() else ("first", "second")
        content = _template("rate.html").render(
            title=title,
            token=token,
            address=quote(token),
            sides=sides if link.other_attempt is not None else ("first",),
            tags=TAGS,
            longest=LONGEST_COMMENT,
            key=secrets.token_hex(12),
            said=request.query_params.get("said") == "1",
            trains=link.rater != "anonymous",
        )
        return HTMLResponse(content)

    async def media(self, request: Request) -> Response:
        """The mp4 of a side; ranges are served, so that the player can seek."""
        try:
            link = await run_in_threadpool(self._link, request.query_params.get("t", ""), None)
            path = await run_in_threadpool(self._file, link, request.path_params["side"])
        except VideogenError as error:
            return PlainTextResponse(f"{error.problem}\n", 403)
        return FileResponse(path, media_type=media_type_of(path), content_disposition_type="inline")

    async def post(self, request: Request) -> Response:
        """Keep what a rater says: a form of the page, or JSON of its script."""
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._origins:
            return _refusal(InputError("this page may not post here", remedy="open the link that you were given"), 403)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            said = InputError(f"more than {MAX_BODY:,} bytes, or too slow", remedy="write a shorter comment")
            response = _refusal(said, 413)
            response.headers["connection"] = "close"  # or the server waits for the rest
            return response
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        try:
            given = _form(body) if is_form else _json(body)
            link = self._link(str(given.get("t", "")), None)
            if not self._may_post(link.serial):
                return _refusal(InputError("too many posts with this link", remedy="wait a minute"), 429)
            kept = await run_in_threadpool(self._keep, link, given)
        except StorageError as error:
            return _refusal(error, 503)
        except VideogenError as error:
            status = 403 if "link" in error.problem else 422
            if is_form:
                page = _template("refused.html").render(problem=error.problem, remedy=error.remedy)
                return HTMLResponse(page, status)
            return _refusal(error, status)
        if is_form:
            return RedirectResponse(f"{PATH}/{link.video_id}?t={quote(str(given['t']))}&said=1", 303)
        return JSONResponse({"kept": kept})

    async def static(self, request: Request) -> Response:
        """Style and script of the page."""
        kind = _FILES.get(request.path_params["name"])
        if kind is None:
            return PlainTextResponse("not found\n", 404)
        return Response((_HERE / request.path_params["name"]).read_bytes(), media_type=kind)

    async def health(self, request: Request) -> Response:
        """Whether the process answers."""
        return JSONResponse({"ok": True})

    def _link(self, token: str, video_id: str | None) -> RaterLink:
        link = read_link(self._collector.keys.link_key, token)
        if video_id is not None and link.video_id != video_id:
            raise InputError("this link is for another video", remedy="copy the whole link")
        return link

    def _title(self, link: RaterLink) -> str:
        return self._collector.target(link.video_id, link.attempt).request.heading

    def _file(self, link: RaterLink, side: str) -> Path:
        if side == "second" and link.other_attempt is not None:
            video_id, attempt = link.other_video_id or link.video_id, link.other_attempt
        elif side == "first":
            video_id, attempt = link.video_id, link.attempt
        else:
            raise InputError("this side does not exist", remedy="open the link that you were given")
        holder = self._collector.requests.holder(video_id, attempt, "rendered_video")
        path = video_file(self._artifacts, video_id, holder)
        if not path.is_file():
            raise InputError("this video was cleaned away", remedy="ask for another link")
        return path

    def _may_post(self, serial: str) -> bool:
        now = time.monotonic()
        if len(self._posts) > _MOST_LINKS:
            self._posts = {name: times for name, times in self._posts.items() if now - times[-1] < _MINUTE}
        times = self._posts.setdefault(serial, deque())
        while times and now - times[0] > _MINUTE:
            times.popleft()
        if len(times) >= self._collector.config.feedback.posts_per_minute:
            return False
        times.append(now)
        return True

    def _keep(self, link: RaterLink, given: Mapping[str, Any]) -> int:
        fields = {name: given[name] for name in _FIELDS if given.get(name) not in (None, "")}
        tags = given.get("tags") or ()
        fields["tags"] = tags if isinstance(tags, list | tuple) else [tags]
        if isinstance(fields.get("rating"), str):
            fields["rating"] = _number(fields["rating"])
        choice = given.get("better")
        first = {"video_id": link.video_id, "attempt": link.attempt}
        consent = given.get("consent") in (True, "yes")
        # The page's number counts within its link only, so that nobody can guess that of another rater.
        key = f"{link.serial} {given['key']}" if isinstance(given.get("key"), str) and given["key"] else None
        about = {**first, "consent_to_training": consent, "key": key}
        kept = []
        if choice in ("first", "second", "tie") and link.other_attempt is not None:
            second = {"video_id": link.other_video_id or link.video_id, "attempt": link.other_attempt}
            better, other = (second, first) if choice == "second" else (first, second)
            on_left = link.swapped() == (choice == "second")
            compared = {"preferred_over": other["video_id"], "other_attempt": other["attempt"], "tie": choice == "tie"}
            said = {**about, **better, **compared, "shown_first": None if choice == "tie" else on_left}
            kept += self._collector.take(submission(said), "web", rater=link.rater)
        if len(fields) > 1 or fields["tags"]:
            kept += self._collector.take(submission({**about, **fields}), "web", rater=link.rater)
        if not kept:
            raise InputError("nothing was chosen", remedy="go back, and choose stars, a tag or a comment")
        return len(kept)


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text


async def _body(request: Request) -> bytes | None:
    """The body; None: it is longer than allowed or comes too slowly, and the rest of it was not read."""
    parts = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                parts += part
                if len(parts) > MAX_BODY:
                    return None
    except TimeoutError:
        return None
    return bytes(parts)


def _form(body: bytes) -> dict[str, Any]:
    try:
        fields = parse_qs(body.decode(), max_num_fields=50)
    except ValueError as error:
        raise InputError("the form cannot be read", remedy="load the page again") from error
    return {name: values if name == "tags" else values[-1] for name, values in fields.items()}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is not JSON", remedy="send a JSON object") from error
    if not isinstance(value, dict):
        raise InputError("the body is not a JSON object", remedy='send {"t": …, "rating": 4}')
    return value


def _refusal(error: VideogenError, status: int) -> Response:
    return JSONResponse({"problem": error.problem, "remedy": error.remedy}, status)


@lru_cache
def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(_HERE)).get_template(name)


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await app(scope, receive, with_headers)

    return answer
