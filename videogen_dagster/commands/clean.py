"""`videogen clean`: frees the space of old intermediates."""

from __future__ import annotations

from typing import Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, stdout_kept_clean


def clean(
    context: typer.Context,
    days: Annotated[
        float | None,
        typer.Option(min=0.0, help="Keep what is younger; none: paths.keep_frames_days and keep_intermediates_days."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Remove old intermediate tensors. Requests, pictures, reports and videos stay."""
    from datetime import timedelta

    from videogen.storage.retention import remove_intermediates
    from videogen_dagster.lookup import latest_runs

    home = project(context)
    paths = home.config.paths
    keep = timedelta(days=paths.keep_intermediates_days if days is None else days)
    frames = timedelta(days=paths.keep_frames_days if days is None else days)
    with stdout_kept_clean():
        in_use = {video_id for video_id, run in latest_runs().items() if run.is_at_work}
        removed = remove_intermediates(home.artifacts, home.requests, keep, keep_frames=frames, in_use=in_use)
    if json:
        print_json({"artifacts": list(removed.artifacts), "bytes": removed.bytes})
    else:
        say(f"{len(removed.artifacts)} artifacts removed, {removed.bytes:,} bytes freed")
