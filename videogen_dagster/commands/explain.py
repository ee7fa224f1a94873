"""`videogen explain`: what the system makes of a prompt and of pictures, before anything is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import facts, print_json, say, show

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig


def explain(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(help="What the video would show.", show_default=False)],
    image: Annotated[list[Path] | None, typer.Option(help="A reference picture; may be repeated.")] = None,
    json: AsJson = False,
) -> None:
    """What the model would read of a prompt, whether it can draw it, and how pictures would be fitted.

    Exit code 4: the content policy refuses the prompt.
    """
    from videogen.adaptation.understanding import understood
    from videogen.errors import PolicyError

    config = project(context).config
    said, refused = understood(config, prompt)
    pictures = _pictures(config, image or [])
    if json:
        print_json({"prompt": said, "pictures": pictures})
    else:
        show(facts(said))
        for picture in pictures:
            show(facts(picture))
    if refused:
        say(f"refused: {said['policy']}")
        raise typer.Exit(PolicyError.exit_code)


def _pictures(config: VideoGenConfig, paths: list[Path]) -> list[dict[str, Any]]:
    from videogen.preprocessing import ImagePreprocessor, InputValidator
    from videogen.preprocessing.image.features import FEATURES

    if not paths:
        return []
    preprocessor = ImagePreprocessor(config)
    size = preprocessor.size
    found = []
    for path in InputValidator(config).validate_images(paths):
        values = preprocessor.normalize(path)
        fitted = preprocessor.resize(path, size)
        numbers = preprocessor.extract_features(fitted)
        single = {name: place for name, place in FEATURES.items() if place.stop - place.start == 1}
        found.append(
            {
                "picture": path.name,
                "size": f"{values.shape[1]}×{values.shape[0]}",
                "fitted to": f"{fitted.width}×{fitted.height}",
                "brightness": round(float(values.mean()) / 2.0 + 0.5, 3),
                **{name: round(float(numbers[place][0]), 3) for name, place in single.items()},
            }
        )
    return found
