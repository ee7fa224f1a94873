"""The copy of a finished video at the place that its request names."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError, StorageError


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
    """Copy under a temporary name, then rename: nobody sees half a video."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial)
        os.replace(partial, target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StorageError(
            f"cannot write {target}: {error.strerror or error}", remedy="choose another output path"
        ) from error
