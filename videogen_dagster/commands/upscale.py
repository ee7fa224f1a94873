"""`videogen upscale`: any video, larger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, parse_settings, project
from videogen_dagster.output import print_json, progress_bars, say, stdout_kept_clean, write

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig


def upscale(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A video file.", show_default=False)],
    target: Annotated[Path, typer.Argument(help="The mp4 to make; one that is there is replaced.", show_default=False)],
    height: Annotated[int | None, typer.Option(help="Height of the result; neither edge given: 1080.")] = None,
    width: Annotated[int | None, typer.Option(help="Width of the result; with --height: cover and cut.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="An official Real-ESRGAN file or a folder of weights; none: those of the model profile."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. super_resolution.tile=256.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Enlarge a video of any length; sound and timing are kept. Started again after an interruption, it goes on."""
    from videogen.runtime.device import choose_device
    from videogen.super_resolution.video_file import upscale_video

    config = project(context).config.updated(parse_settings(settings))
    if weights is not None and config.super_resolution.upscaler == "lanczos":
        config = config.updated({"super_resolution.upscaler": "realesrgan"})
    if height is None and width is None:
        height = 1080
    with stdout_kept_clean(), progress_bars():
        made = upscale_video(
            source.expanduser(),
            target.expanduser(),
            config,
            _weights(config, weights),
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


def _weights(config: VideoGenConfig, given: Path | None) -> Path | None:
    from videogen.models.profile import load_profile

    if given is not None:
        return given.expanduser()
    return load_profile(config.model.profile, config.path(config.paths.models)).upscaler_folder
