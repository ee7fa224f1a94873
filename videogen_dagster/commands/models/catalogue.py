"""`videogen profiles` and `videogen stages`: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, table

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def profiles(context: typer.Context, json: AsJson = False) -> None:
    """The model profiles, with size, rate, licence and memory, and which weights are not on this machine."""
    from videogen.models.profile import readable_profiles
    from videogen.models.weights_there import missing_parts

    config = project(context).config
    found, problems = readable_profiles(config.path(config.paths.models))
    for problem in problems:
        say(f"warning: {problem}")
    if json:
        print_json([{**profile.model_dump(mode="json"), "missing": missing_parts(profile)} for profile in found])
        return
    columns = ("profile", "family", "size", "frames", "fps", "memory", "weights", "licence", "")
    rows = (
        (
            f"{profile.name}{' *' if profile.name == config.model.profile else ''}",
            profile.family,
            f"{profile.width}×{profile.height}",
            profile.num_frames,
            f"{profile.fps:g}",
            f"{profile.memory_gb:g} GB",
            _weights(profile),
            profile.licence,
            profile.description,
        )
        for profile in found
    )
    show(table(columns, rows))


def _weights(profile: ModelProfile) -> str:
    from videogen.models.weights_there import missing_parts

    missing = missing_parts(profile)
    return f"missing: {', '.join(missing)}" if missing else "here"


def stages(json: AsJson = False) -> None:
    """The stages of a video, in the order in which they are made, and what each is made from."""
    from videogen.domain.stages import UPSTREAM

    if json:
        print_json(UPSTREAM)
    else:
        show(table(("stage", "made from"), ((stage, ", ".join(sources)) for stage, sources in UPSTREAM.items())))
