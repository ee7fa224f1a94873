"""`videogen submit` and `videogen retry`: many videos, and videos once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, Settings, Size, parse_settings, parse_size, project
from videogen_dagster.output import print_json, progress_bars, say, show, stdout_kept_clean, table, write
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from videogen.domain.requests import VideoRequest
    from videogen_dagster.runs.videos import RunOutcome, VideoOutcome


def submit(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Request files: .json, .yaml, .jsonl, .csv or .txt.")],
    run: Annotated[bool, typer.Option("--run", help="Make them now, here, models loaded once.")] = False,
    priority: Annotated[
        int | None,
        typer.Option(min=-1000, max=1000, help="For requests that give none; below 0: wait for the nightly run."),
    ] = None,
    size: Size = None,
    logo: Annotated[Path | None, typer.Option(help="A logo for requests that give none.")] = None,
    json: AsJson = False,
) -> None:
    """Hand in requests from files: all of them are good, or none is taken. Without --run, Dagster runs them."""
    from videogen.adaptation.forecast import forecast
    from videogen.domain.source import Source
    from videogen.intake.inbox import read_requests
    from videogen_dagster.home import project_instance
    from videogen_dagster.runs.videos import submit_all

    home = project(context)
    # What this process runs itself must not be started by the daemon at the same time.
    source = Source.COMMAND_LINE if run else Source.BATCH
    requests = [request for path in files for request in read_requests(path, source=source, config=home.config)]
    given = {"priority": priority, "size": parse_size(size) if size else None, "logo": logo and logo.absolute()}
    requests = [_completed(request, given) for request in requests]
    warnings = {request.id: forecast(request, home.config) for request in requests}
    for request in requests:
        for warning in warnings[request.id]:
            say(f"warning: {request.heading!r}: {warning}")
    with stdout_kept_clean():
        instance = project_instance()
        ids = [request.id for request in submit_all(requests, instance, home.config)]
    if run:
        _run(home, ids, json)
    elif json:
        print_json({"submitted": ids, "warnings": {key: list(texts) for key, texts in warnings.items() if texts}})
    else:
        say(_when(requests))
        write("\n".join(ids))


def _when(requests: Sequence[VideoRequest]) -> str:
    """When the requests run, in local time."""
    from datetime import UTC, datetime

    from videogen.intake.waiting_requests import next_night

    late = sum(request.priority < 0 for request in requests)
    begin = f"{next_night(datetime.now(UTC)).astimezone():%a %d %b, %H:%M %Z}"
    waiting = f"; {late} of them wait for the night: {begin}" if late else ""
    return (
        f"{len(requests)} submitted{waiting}; they run while Dagster's daemon is up (`make ui`), see `videogen status`"
    )


def _completed(request: VideoRequest, given: Mapping[str, Any]) -> VideoRequest:
    """The request with what the command line gives for all, where its row says nothing."""
    from videogen.config.setting_names import flat

    said = request.model_fields_set | ({"size"} if "processing.resolution" in flat(request.overrides) else set())
    return request.model_copy(
        update={name: value for name, value in given.items() if value is not None and name not in said}
    )


def retry(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a request, see `videogen status`.", show_default=False)],
    from_stage: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="Make this stage and all after it again, in a new attempt."),
    ] = None,
    settings: Settings = None,
    json: AsJson = False,
) -> None:
    """Go on where a video stopped; with --from or --set, make a new attempt that inherits the rest.

    --set also takes seed=NUMBER.
    """
    from videogen_dagster.runs.authorship import author, note_author

    home = project(context)
    changes = parse_settings(settings)
    _check_changes(home, video_id, changes)
    note_author(home.config, author(home.config, "edit"), [video_id], "edit")
    _run(home, [video_id], json, from_stage=from_stage, attempt_changes=changes or None)


def _check_changes(home: Project, video_id: str, changes: dict[str, Any]) -> None:
    """Refuse settings that are not valid before an attempt is opened with them."""
    from pydantic import ValidationError

    from videogen.domain.requests import Attempt, VideoRequest
    from videogen.errors import InputError
    from videogen.intake.component_names import check_names

    request = home.requests.get(video_id)
    wishes = {name: value for name, value in changes.items() if name != "seed"}
    try:
        VideoRequest(prompt=request.prompt, overrides=wishes, seed=changes.get("seed", request.seed))
    except ValidationError as error:
        raise InputError(error.errors()[0]["msg"].removeprefix("Value error, "), video_id=video_id) from error
    check_names(request.settings(home.config, Attempt(video_id=video_id, number=1, changes=changes)))


def _run(home: Project, ids: list[str], as_json: bool, **options: Any) -> None:
    from resources.runs.failures import error_of
    from videogen_dagster.runs.videos import run_videos

    with stdout_kept_clean(), progress_bars():
        outcome = run_videos(ids, config=home.config, **options)
    warnings = {video.video_id: _warnings(home, video) for video in outcome.videos.values()}
    for video_id, texts in warnings.items():
        for text in texts:
            say(f"warning: {video_id}: {text}")
    if as_json:
        print_json(as_data(outcome, warnings))
    else:
        rows = ((video.video_id, video.attempt, video.video) for video in outcome.videos.values() if video.success)
        if found := list(rows):
            show(table(("video", "attempt", "file"), found))
    for video_id, failure in outcome.failures().items():
        say(f"error: {error_of(failure, video_id)}")
    if not outcome.success:
        raise typer.Exit(next(iter(outcome.failures().values())).exit_code)


def _warnings(home: Project, video: VideoOutcome) -> tuple[str, ...]:
    from videogen.storage.input_warnings import input_warnings

    if video.attempt is None:
        return ()
    return input_warnings(home.requests, home.artifacts, video.video_id, video.attempt)


def as_data(outcome: RunOutcome, warnings: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What became of the videos, as plain data."""
    return {
        "run_ids": list(outcome.run_ids),
        "videos": [
            {
                "video_id": video.video_id,
                "success": video.success,
                "attempt": video.attempt,
                "run_id": video.run_id,
                "path": str(video.video) if video.video else None,
                "seconds": dict(video.seconds),
                "warnings": list(warnings[video.video_id]),
                "failure": video.failure.model_dump(mode="json") if video.failure else None,
            }
            for video in outcome.videos.values()
        ],
    }
