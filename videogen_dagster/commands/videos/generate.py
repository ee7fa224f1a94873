"""`videogen generate`: one video, now, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, Settings, Size, parse_settings, parse_size, project
from videogen_dagster.output import print_json, progress_bars, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen_dagster.result import GenerationResult


def generate(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(help="What the video shows.", show_default=False)],
    image: Annotated[list[Path] | None, typer.Option(help="A reference picture; may be given several times.")] = None,
    from_video: Annotated[
        Path | None, typer.Option(help="A clip or picture that the video is made from, instead of noise alone.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="How far from --from-video: 0.2 stays close, 1 keeps nothing; none: 0.6.")
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", help="Work the noise out of --from-video instead of drawing it.")
    ] = False,
    source: Annotated[
        list[Path] | None,
        typer.Option(help="A text of the issuer (.txt, .md) that attests what is said; may be given several times."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the video is put; none: into the configured output folder.")
    ] = None,
    container: Annotated[
        str | None, typer.Option(help="mp4, webm or mov; none: what --out ends in, else as configured.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title: the caption, and part of the file and of its name.")] = None,
    size: Size = None,
    logo: Annotated[Path | None, typer.Option(help="A picture that is drawn into a corner.")] = None,
    burn_captions: Annotated[
        bool, typer.Option("--burn-captions", help="Draw the captions into the picture as well.")
    ] = False,
    narration: Annotated[
        str | None, typer.Option(help="Text that is read aloud; lengthens the video where it must.")
    ] = None,
    negative_prompt: Annotated[str | None, typer.Option(help="What must not be seen.")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds; none: one native clip of the model.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same video; none: drawn at random.")] = None,
    profile: Annotated[str | None, typer.Option(help="Model profile, see `videogen profiles`.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="A way through the stages, such as quick or archive; see `videogen pipelines`.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="What the video is about: a domain of `videogen adapt --list`, or a description.")
    ] = None,
    look: Annotated[
        str | None, typer.Option(help="Colours and light: a look of `videogen adapt --list`, or references.")
    ] = None,
    embargo: Annotated[
        str | None, typer.Option(metavar="2026-12-01T18:00+05:30", help="Moment before which nothing of it leaves.")
    ] = None,
    credit: Annotated[str | None, typer.Option(help="Whom the pictures and the logo belong to.")] = None,
    licence: Annotated[str | None, typer.Option(help="Their licence: GODL-India, CC BY 4.0, own, …")] = None,
    settings: Settings = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Fewer steps, smaller, before everything else.")
    ] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate/--no-regenerate", help="Try again while the quality report fails.")
    ] = True,
    json: AsJson = False,
) -> None:
    """Make a video of a prompt, and print the path of the file."""
    from videogen.domain.source import Source
    from videogen.release.approval.embargo import parse_moment
    from videogen_dagster.commands.people.rights_options import rights_of_files
    from videogen_dagster.generator import VideoGenerator

    config = project(context).config
    given = {
        "sources": source or None,
        "from_video": from_video,
        "strength": strength,
        "invert": invert or None,
        "size": parse_size(size) if size is not None else None,
        "logo": logo.absolute() if logo is not None else None,
        "title": title,
        "narration": narration,
        "negative_prompt": negative_prompt,
        "duration": duration,
        "seed": seed,
        "profile": profile,
        "pipeline": pipeline,
        "container": container,
        "domain": domain,
        "embargo": parse_moment(embargo) if embargo is not None else None,
        "rights": rights_of_files([*(image or ()), *filter(None, (logo, from_video))], credit, licence) or None,
    }
    told: list[str] = []

    def tell(warning: str) -> None:
        told.append(warning)
        say(f"warning: {warning}")

    with stdout_kept_clean(), progress_bars():
        generator = VideoGenerator(overrides=config.model_dump(mode="json"), on_warning=tell, on_attempt=say)
        make = generator.generate if regenerate else generator.generate_video
        result = make(
            prompt,
            image,
            out or output_folder(config),
            emergency_mode=emergency,
            settings=parse_settings(settings)
            | ({"delivery.burn_captions": True} if burn_captions else {})
            | ({"adaptation.look": look} if look is not None else {}),
            source=Source.COMMAND_LINE,
            **{name: value for name, value in given.items() if value is not None},
        )
    print_result(result, json, told)
    if not json:
        _say_what_people_are_to_do(config, result.video_id)


def _say_what_people_are_to_do(config: VideoGenConfig, video_id: str) -> None:
    """What keeps it in that no other attempt opens: missing rights, an approval, an embargo."""
    from resources.people.review import Review

    for item in Review(config).missing(video_id):
        if item.gate in ("approval", "embargo", "rights"):
            say(f"{item.gate}: {item.found} — {item.remedy}")


def output_folder(config: VideoGenConfig) -> Path:
    """The configured output folder, made if need be."""
    from videogen.storage.atomic_folder import storage_errors

    folder = config.path(config.paths.output)
    with storage_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def print_result(result: GenerationResult, as_json: bool, told: Sequence[str]) -> None:
    """Print what came of a request: the warnings that nobody was told, what the checks found, and the path."""
    for warning in result.warnings:
        if warning not in told:
            say(f"warning: {warning}")
    if as_json:
        print_json(as_data(result))
        return
    for line in what_was_found(result):
        say(line)
    write(result.path)


def what_was_found(result: GenerationResult) -> list[str]:
    """What the checks found and what to do next, with the video's own id."""
    from videogen.release.gate import facts_opened_by

    name, facts = result.video_id, result.fact_check
    counted = f", the best of {len(result.attempts)}" if len(result.attempts) > 1 else ""
    lines = [f"video {name}: attempt {result.attempt}{counted}, seed {result.seed}"]
    verdict = "passed" if result.target_reached else f"not passed: {'; '.join(result.quality.reasons)}"
    lines.append(f"quality: {verdict} (score {result.quality.score:.2f})")
    lines.append(f"facts: {facts.summary or facts.verdict}")
    if not facts.publishable:
        lines.append(f"the facts do not permit publishing; what opens the gate: {facts_opened_by(name)}")
    if not result.target_reached:
        lines.append(
            f"another try: videogen retry {name} --set seed=NUMBER"
            if result.quality.can_be_drawn
            else 'another prompt: `videogen explain "…"` says whether the model can draw it; trying again does not help'
        )
    override = "" if result.target_reached else " --override --operator NAME --why REASON"
    then = "then" if facts.publishable else "and once the facts permit it"
    lines.append(f"next: look at it (videogen open {name}), {then}: videogen publish {name}{override}")
    return lines


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
