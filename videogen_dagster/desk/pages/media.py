"""Videos, captions and pictures: found by id, version and a name that the version itself lists; never by a path."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response

from videogen.briefing.production.made import Variants
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError, VideogenError
from videogen.storage.video_files import video_name
from videogen_dagster.desk.call import Call, NotFoundError
from videogen_dagster.desk.ids import is_briefing, known_id

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

_KINDS = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".vtt": "text/vtt; charset=utf-8",
    ".jpg": "image/jpeg",
}
_verified: dict[Path, tuple[int, int]] = {}
_lock = threading.Lock()
_MOST = 2000


def media(desk: Desk, call: Call) -> Response:
    """A video, its captions or its poster. Ranges are answered, so that players can seek."""
    item_id, name = known_id(call.item_id), call.parameters["name"]
    number = _number(call.parameters["number"])
    path = media_file(desk, item_id, number, name)
    return FileResponse(path, media_type=_KINDS[path.suffix], content_disposition_type="inline", filename=path.name)


def media_file(desk: Desk, item_id: str, number: int, name: str) -> Path:
    """The local path of one file of a version.

    Raises:
        NotFoundError: the version has no such file, or it was cleaned away.
    """
    try:
        if is_briefing(item_id):
            return _of_briefing(desk, item_id, number, name)
        return _of_video(desk, item_id, number, name)
    except ArtifactError as error:
        raise NotFoundError(error.problem, remedy=error.remedy or "make the video again") from error


def _of_briefing(desk: Desk, item_id: str, number: int, name: str) -> Path:
    variants = desk.briefings.read(item_id, number, "variants", Variants) or Variants()
    listed = {name for record in variants.made for name in record.facts.files}
    if name not in listed or Path(name).suffix not in _KINDS:
        raise NotFoundError("this version has no such file", remedy="go back to the review page")
    return desk.briefings.file(item_id, number, name)


def _of_video(desk: Desk, item_id: str, number: int, name: str) -> Path:
    holder = desk.project.requests.holder(item_id, number, Stage.RENDERED_VIDEO)
    manifest = desk.project.artifacts.manifest(item_id, holder, Stage.RENDERED_VIDEO)
    if name not in {file.name for file in manifest.files} or Path(name).suffix not in _KINDS:
        raise NotFoundError("this version has no such file", remedy="go back to the review page")
    path = Path(desk.project.artifacts.location(item_id, holder, name))
    if desk.project.artifacts.is_local and path.is_file() and _is_known(path):
        return path
    # Its checksum is compared once, not for every stretch that a player asks for.
    found = desk.project.artifacts.local_file(item_id, holder, name)
    _remember(found)
    return found


def _is_known(path: Path) -> bool:
    facts = path.stat()
    return _verified.get(path) == (facts.st_mtime_ns, facts.st_size)


def _remember(path: Path) -> None:
    facts = path.stat()
    with _lock:
        if len(_verified) >= _MOST:
            _verified.clear()
        _verified[path] = (facts.st_mtime_ns, facts.st_size)


def picture(desk: Desk, call: Call) -> Response:
    """A small picture of the latest version, for the lists."""
    item_id = known_id(call.item_id)
    item = desk.catalogue.get(item_id)
    if item is None or not item.has_picture:
        raise NotFoundError("no picture of this was made yet")
    number = item.version
    try:
        if is_briefing(item_id):
            variants = desk.briefings.read(item_id, number, "variants", Variants) or Variants()
            name = variants.made[0].facts.video if variants.made else ""
        else:
            holder = desk.project.requests.holder(item_id, number, Stage.RENDERED_VIDEO)
            name = video_name(desk.project.artifacts, item_id, holder)
        path = desk.stills.of_video(media_file(desk, item_id, number, name))
    except (VideogenError, OSError) as error:
        raise NotFoundError("the video was cleaned away, or cannot be read") from error
    return _jpeg(path)


def still(desk: Desk, call: Call) -> Response:
    """A shot of a storyboard as it will be seen, before anything is rendered."""
    item_id = known_id(call.item_id)
    number = _number(call.parameters["number"])
    path = desk.stills.of_shot(
        item_id, number, call.parameters["shot"], call.parameters["language"], call.parameters["form"]
    )
    return _jpeg(path)


def _jpeg(path: Path) -> Response:
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise NotFoundError("this version does not exist")
    return int(text)
