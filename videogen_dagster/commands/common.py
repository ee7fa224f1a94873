"""What several commands need: the options that they share, and how those are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from videogen_dagster.project import Project

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting for this video, e.g. model.guidance_scale=5."),
]


Size = Annotated[
    str | None, typer.Option("--size", metavar="WIDTHxHEIGHT", help="1080x1920, or wide, square, tall; none: as set.")
]


def project(context: typer.Context) -> Project:
    """What the options before the command say."""
    found: Project = context.obj
    return found


def parse_size(text: str) -> tuple[int, int]:
    """The (width, height) of ``--size``.

    Raises:
        InputError: it names no size.
    """
    from videogen.config.picture_size import picture_size
    from videogen.errors import InputError

    try:
        width, height = picture_size(text)
    except ValueError as error:
        raise InputError(f"--size {text!r}: {error}", remedy="for a telephone: --size tall") from error
    return width, height


def parse_settings(pairs: Iterable[str] | None) -> dict[str, Any]:
    """``["model.guidance_scale=5"]`` → ``{"model.guidance_scale": 5}``; values are read as YAML.

    Raises:
        InputError: there is no ``=``, or the value is not well-formed.
    """
    from videogen.errors import InputError, shortened
    from videogen.runtime.structured_text import MalformedTextError, parse_yaml

    settings: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {pair!r} is not of the form name=value", remedy="e.g. model.guidance_scale=5")
        try:
            settings[name.strip()] = parse_yaml(value) if value else ""
        except MalformedTextError as error:
            raise InputError(
                f"--set {shortened(pair, 200)!r}: {error}",
                remedy="put texts with brackets, colons or quotes into quotes",
            ) from error
    return settings
