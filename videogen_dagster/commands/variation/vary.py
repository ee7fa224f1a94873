"""`videogen vary`: the same video once more, a little different."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.commands.videos.generate import output_folder, print_result
from videogen_dagster.output import progress_bars, say, stdout_kept_clean


class Part(StrEnum):
    """What of the noise is turned."""

    MOTION = "motion"
    CONTENT = "content"
    BOTH = "both"


def vary(
    context: typer.Context,
    video_id: Annotated[str, typer.Argument(help="Id of a finished video, see `videogen list`.", show_default=False)],
    strength: Annotated[
        float, typer.Option(help="Above 0, at most 1: 0.3 is a little different, 1 as different as another seed.")
    ] = 0.3,
    of: Annotated[
        Part, typer.Option(help="motion: what all frames share stays; content: what moves stays; both: neither.")
    ] = Part.MOTION,
    seed: Annotated[int | None, typer.Option(help="Towards the noise of this seed; none: drawn, and kept.")] = None,
    attempt: Annotated[int | None, typer.Option(min=1, help="Which attempt; none: the best one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the file is put; none: the output folder.")] = None,
    json: AsJson = False,
) -> None:
    """Make a variation of a finished video, as a new request that names the old one; prints the path of the file.

    Words, settings, pictures and what the prompt left open stay as they were; the noise that the model begins with is
    turned a part of the way towards another.
    """
    from videogen.domain.source import Source
    from videogen_dagster.generator import VideoGenerator

    config = project(context).config
    with stdout_kept_clean(), progress_bars():
        generator = VideoGenerator(overrides=config.model_dump(mode="json"), on_warning=_tell, on_attempt=say)
        result = generator.vary(
            video_id,
            strength,
            of=of.value,
            seed=seed,
            attempt=attempt,
            output_path=out or output_folder(config),
            source=Source.COMMAND_LINE,
        )
    print_result(result, json, ())


def _tell(warning: str) -> None:
    say(f"warning: {warning}")
