"""`videogen generate`: one video, now, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, Settings, parse_settings, project
from videogen_dagster.output import print_json, progress_bars, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen_dagster.result import GenerationResult


def generate(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(help="What the video shows.", show_default=False)],
    image: Annotated[list[Path] | None, typer.Option(help="A reference picture; may be given several times.")] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option(help="A text of the issuer (.txt, .md) that attests what is said; may be given several times."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the mp4 is put; none: into the configured output folder.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title shown and written into the file.")] = None,
    narration: Annotated[
        str | None, typer.Option(help="Text that is read aloud; give a --duration that is long enough.")
    ] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What must not be seen.")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds; none: one native clip of the model.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same video; none: drawn at random.")] = None,
    profile: Annotated[str | None, typer.Option(help="Model profile, see `videogen profiles`.")] = None,
    settings: Settings = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Fewer steps, smaller, before everything else.")
    ] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate/--no-regenerate", help="Try again while the quality report fails.")
    ] = True,
    json: AsJson = False,
) -> None:
    """Make a video of a prompt, and print the path of the mp4."""
    from videogen_dagster.generator import VideoGenerator

    config = project(context).config
    given = {
        "sources": source or None,
        "title": title,
        "narration": narration,
        "negative_prompt": negative_prompt,
        "duration": duration,
        "seed": seed,
        "profile": profile,
    }
    told: list[str] = []

    def tell(warning: str) -> None:
        told.append(warning)
        say(f"warning: {warning}")

    with stdout_kept_clean(), progress_bars():
        generator = VideoGenerator(overrides=config.model_dump(mode="json"), on_warning=tell)
        make = generator.generate if regenerate else generator.generate_video
        result = make(
            prompt,
            image,
            out or _output_folder(config),
            emergency_mode=emergency,
            settings=parse_settings(settings),
            source="command-line",
            **{name: value for name, value in given.items() if value is not None},
        )
    _print(result, json, told)


def _output_folder(config: VideoGenConfig) -> Path:
    from videogen.storage.atomic_folder import storage_errors

    folder = config.path(config.paths.output)
    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _print(result: GenerationResult, as_json: bool, told: Sequence[str]) -> None:
    from videogen.release.gate import FACTS_OPENED_BY

    for warning in result.warnings:
        if warning not in told:
            say(f"warning: {warning}")
    if result.note:
        say(f"warning: {result.note}")
    if not result.fact_check.publishable:
        say(f"warning: the facts do not permit publishing: {result.fact_check.summary}")
        say(f"what opens the gate: {FACTS_OPENED_BY.replace('ID', result.video_id)}")
    if as_json:
        print_json(as_data(result))
    else:
        quality = f"quality {result.quality.score:.2f}"
        say(f"video {result.video_id}, attempt {result.attempt}, seed {result.seed}, {quality}")
        override = "" if result.target_reached else " --override --operator NAME --why REASON"
        say(f"to be looked at; then: videogen publish {result.video_id}{override}")
        write(result.path)


def as_data(result: GenerationResult) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "video_id": result.video_id,
        "path": str(result.path),
        "captions": str(result.captions) if result.captions else None,
        "attempt": result.attempt,
        "attempts": list(result.attempts),
        "seed": result.seed,
        "target_reached": result.target_reached,
        "note": result.note,
        "warnings": list(result.warnings),
        "quality": {"passed": result.quality.passed, "score": result.quality.score, **result.quality.values()},
        "fact_check": {"verdict": result.fact_check.verdict, "publishable": result.fact_check.publishable},
        "seconds": dict(result.timings),
        "run_ids": list(result.run_ids),
    }
