"""`videogen upscale`: any video, or a picture, larger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, parse_settings, project
from videogen_dagster.output import print_json, progress_bars, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.choice import Choice


def upscale(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A video or picture file.", show_default=False)],
    target: Annotated[
        Path,
        typer.Argument(help="The mp4, PNG or JPEG to make; one that is there is replaced.", show_default=False),
    ],
    height: Annotated[int | None, typer.Option(help="Height of the result; neither edge given: 1080.")] = None,
    width: Annotated[int | None, typer.Option(help="Width of the result; with --height: cover and cut.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="An official Real-ESRGAN file or a folder of weights; none: chosen by content."),
    ] = None,
    content: Annotated[
        str | None, typer.Option(help="footage, illustration …: what it shows; none: found out by looking at it.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. super_resolution.tile=256.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Enlarge a video of any length; sound and timing are kept. Started again after an interruption, it goes on.

    The network is chosen by content: `videogen models fetch real-esrgan` brings those for footage. A picture can be
    enlarged as well.
    """
    from videogen.runtime.device import choose_device
    from videogen.storage.inputs.picture_file import EXTENSIONS
    from videogen.super_resolution.files.video_file import upscale_video

    config = project(context).config.updated(parse_settings(settings))
    if weights is not None and config.super_resolution.upscaler == "lanczos":
        config = config.updated({"super_resolution.upscaler": "realesrgan"})
    if height is None and width is None:
        height = 1080
    if source.suffix.lower() in frozenset().union(*EXTENSIONS.values()):
        _picture(config, source.expanduser(), target.expanduser(), (width, height), weights, content)
        return
    chosen = _weights(config, source.expanduser(), weights, content)
    with stdout_kept_clean(), progress_bars():
        made = upscale_video(
            source.expanduser(),
            target.expanduser(),
            config,
            chosen,
            str(choose_device(config.model.device)),
            width=width,
            height=height,
        )
    for warning in made.warnings:
        say(f"warning: {warning}")
    if json:
        print_json(made.as_data())
    else:
        went_on = f", {made.resumed_at} of them by an earlier run" if made.resumed_at else ""
        say(f"{made.num_frames} frames of {made.width}×{made.height} in {made.seconds:.0f} s{went_on}")
        write(made.path)


def _weights(config: VideoGenConfig, source: Path, given: Path | None, content: str | None) -> Path | None:
    """The weights given, or those that suit what the film shows."""
    from videogen.media.reading import probe, read_frames
    from videogen.super_resolution.choice import LOOKED_AT, content_of, network_for

    if given is not None:
        return given.expanduser()
    if content is None:
        count = probe(source).num_frames
        looked = sorted({(2 * part + 1) * count // (2 * LOOKED_AT) for part in range(LOOKED_AT)})
        content = content_of(read_frames(source, looked))
    return _told(network_for(config, content, "film"))


def _told(choice: Choice) -> Path | None:
    say(choice.why)
    if choice.advice:
        say(f"note: {choice.advice}")
    return choice.weights


def _picture(
    config: VideoGenConfig,
    source: Path,
    target: Path,
    edges: tuple[int | None, int | None],
    given: Path | None,
    content: str | None,
) -> None:
    """Enlarge one picture; an edge that is not asked for follows from the proportions."""
    import numpy as np
    from PIL import Image

    from videogen.media.frame_input import as_frame
    from videogen.runtime.device import choose_device
    from videogen.storage.atomic_folder import storage_errors
    from videogen.super_resolution.choice import content_of, network_for
    from videogen.super_resolution.files.video_file import target_size
    from videogen.super_resolution.framing import covered
    from videogen.super_resolution.processor import build_processor

    frame = as_frame(source)
    size = target_size((frame.shape[1], frame.shape[0]), *edges)
    if given is None:
        given = _told(network_for(config, content or content_of(frame[None]), "still"))
    processor = build_processor(config, given, str(choose_device(config.model.device)))
    with stdout_kept_clean(), progress_bars():
        large = processor.upscale_frame(frame, max(size[0] / frame.shape[1], size[1] / frame.shape[0]))
    picture = Image.fromarray(np.ascontiguousarray(covered(processor.details.enhance_details(large), size)))
    with storage_errors(str(target)):
        picture.save(target)
    write(target)
