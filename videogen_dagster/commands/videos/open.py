"""`videogen open`: where a video is, and the video itself where there is a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from videogen.domain.stages import Stage
from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, write
from videogen_dagster.project import Project


def open_video(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a video, see `videogen list`.", show_default=False)],
    json: AsJson = False,
) -> None:
    """Print the path of a video, the published file or else the best attempt, and play it where there is a screen."""
    path = path_of(project(context), video_id)
    if json:
        print_json({"video_id": video_id, "path": str(path)})
        return
    write(path)
    player = shutil.which("xdg-open")
    if player and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        say(f"opened with {player}")
        subprocess.Popen(
            [player, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )


def path_of(home: Project, video_id: str) -> Path:
    """The published mp4 of a video, or that of its best attempt.

    Raises:
        InputError: the video does not exist, or none of its attempts is finished.
    """
    from videogen.release.best import best_attempt
    from videogen.release.folder import folder_of, read_record
    from videogen.storage.video_files import video_file

    root = home.config.path(home.config.paths.published)
    record = read_record(root, video_id) if home.requests.exists(video_id) else None
    if record is not None and not record.withdrawn:
        return folder_of(root, video_id) / record.video
    number, _ = best_attempt(home.requests, home.artifacts, video_id)
    holder = home.requests.holder(video_id, number, Stage.RENDERED_VIDEO)
    return video_file(home.artifacts, video_id, holder)
