"""The copy of a finished video at the place that its request names."""

from __future__ import annotations

from pathlib import Path

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError, StorageError
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import copy


def output_path(request: VideoRequest, config: VideoGenConfig) -> Path | None:
    """Where the request wants a copy.

    Raises:
        InputError: the request came from outside and points out of the output folder, or it points into the folder
            of published videos, which is the release gate's alone.
    """
    if request.output is None:
        return None
    folder = config.path(config.paths.output).resolve()
    trusted = request.source.trusted
    target = (config.path(request.output) if trusted else folder / request.output).resolve()
    if target.is_relative_to(config.path(config.paths.published).resolve()):
        raise InputError(
            f"output {request.output} lies among the published videos",
            remedy="name another place: what is published goes through `videogen publish`",
        )
    if not trusted and not target.is_relative_to(folder):
        raise InputError(
            f"output {request.output} lies outside of {folder}", remedy="give a name inside of that folder"
        )
    return target


def put_copy(source: Path, target: Path) -> None:
    """Copy a file so that nobody sees half a video.

    Raises:
        StorageError: the disk refused.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary:
            copy(source, temporary)
    except OSError as error:
        raise StorageError(
            f"cannot write {target}: {error.strerror or error}", remedy="choose another output path"
        ) from error
