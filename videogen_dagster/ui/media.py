"""Videos beside Dagster's pages: ``/watch/…`` plays what the metadata of a stage links to.

========================================  =======================================================
``/watch/<video id>/<attempt>``           the mp4 of an attempt, `rendered_video`
``/watch/<video id>/published``           what was published, `published_video`
``/watch/alert/<key of the alert>``       what was published for an alert, `emergency_video`
========================================  =======================================================

The guard stands before it as before the pages.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.jobs_and_tags import WATCH_ADDRESS
from resources.storage import StorageResource
from videogen.domain.stages import Stage
from videogen.emergency.publishing.published_alerts import PublishedAlerts
from videogen.errors import InputError, VideogenError
from videogen.media.containers import media_type_of
from videogen.release.folder import folder_of, published_record
from videogen.storage.video_files import video_file

_ATTEMPT = re.compile("[1-9][0-9]{0,4}")


class Media:
    """ASGI application: videos under ``/watch``, everything else from `app`."""

    def __init__(self, app: ASGIApp, storage: StorageResource) -> None:
        self._app, self._storage = app, storage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a video, or hand the request on."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{WATCH_ADDRESS}/"):
            await self._app(scope, receive, send)
            return
        try:
            path = await run_in_threadpool(find, self._storage, scope["path"].removeprefix(f"{WATCH_ADDRESS}/"))
        except VideogenError as error:
            await PlainTextResponse(f"This video cannot be shown: {error}\n", 404)(scope, receive, send)
            return
        played = FileResponse(
            path, media_type=media_type_of(path), content_disposition_type="inline", filename=path.name
        )
        await played(scope, receive, send)


def find(storage: StorageResource, place: str) -> Path:
    """The mp4 that an address under ``/watch/`` means.

    Raises:
        VideogenError: it means none, or that video was withdrawn or cleaned away.
    """
    kind, _, rest = place.partition("/")
    config = storage.settings.config
    if kind == "alert":
        alerts = PublishedAlerts(config.path(config.paths.published) / "alerts", config.location(config.paths.store))
        record = alerts.record(rest)
        if record is None or record.video is None:
            raise InputError(f"nothing is on air for the alert {rest!r}", remedy="see `videogen alerts`")
        return _there(alerts.folder(rest) / record.video)
    if rest == "published":
        root = config.path(config.paths.published)
        return _there(folder_of(root, kind) / published_record(root, kind).video)
    if not _ATTEMPT.fullmatch(rest):
        raise InputError(f"{rest!r} is not the number of an attempt", remedy="follow the link in the metadata")
    holder = storage.requests.holder(kind, int(rest), Stage.RENDERED_VIDEO)
    return _there(video_file(storage.artifacts, kind, holder))


def _there(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path.name} is not there any more", remedy="make it again: `videogen retry ID`")
    return path
