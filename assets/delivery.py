"""Delivery: the mp4 of an attempt, and where the request wants a copy."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assets import show
from assets.stage import always, stage
from resources.models import ModelsResource
from resources.videos import Video
from resources.work import Made
from videogen.domain.artifacts import Frames, RenderedVideo, VideoFile
from videogen.errors import InputError, StorageError

if TYPE_CHECKING:
    import pandas as pd

TRUSTED_SOURCES = ("command-line", "python")


@stage("rendering", kinds={"mp4", "pyav"}, parallel=always)
def rendered_video(video: Video, upscaled_frames: Frames, models: ModelsResource) -> Made[VideoFile]:
    """The mp4 of this attempt: visible label, captions, metadata, exact size and rate."""
    from videogen.media.render import render_video

    scratch = TemporaryDirectory(prefix="videogen-render-")
    name, revision = models.profile(video.config).name, models.revision(video.config)
    file = render_video(
        upscaled_frames,
        video.request,
        video.config,
        folder=Path(scratch.name),
        attempt=video.number,
        model=f"{name} {revision}".strip(),
    )
    facts = file.facts
    return Made(
        file,
        {
            **show.pictures_of(file.path, facts.num_frames, video.request.heading),
            **show.watch(video.id, video.number),
            "size": f"{facts.width}×{facts.height}",
            "fps": facts.fps,
            "frames": facts.num_frames,
            "duration": facts.duration,
            "label": facts.label,
            "codec": facts.codec,
            "model": name,
            "revision": revision,
        },
        rows={"videos": video_row(video, facts, name, revision)},
        scratch=scratch,
    )


def output_path(video: Video) -> Path | None:
    """Where the request wants a copy.

    Raises:
        InputError: the request came from outside and points out of the output folder, or it points into the folder
            of published videos, which is the release gate's alone.
    """
    request, config = video.request, video.config
    if request.output is None:
        return None
    folder = config.path(config.paths.output).resolve()
    trusted = request.source in TRUSTED_SOURCES
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


def video_row(video: Video, facts: RenderedVideo, model: str, revision: str) -> pd.DataFrame:
    """One row of the table `videos`."""
    import pandas as pd

    row: dict[str, Any] = facts.model_dump(
        include={"width", "height", "fps", "num_frames", "duration", "codec", "bytes", "sha256", "label"}
    )
    identity = {"video_id": video.id, "attempt": video.number, "created_at": datetime.now(UTC), "seed": video.seed}
    return pd.DataFrame([{**identity, **row, "model": model, "revision": revision or None}])
