"""Finds named parts: built in ones by a table of import paths, others by Python entry points.

An own noise prior, frame step, upscaler or model family is one file plus one line: a line in the
built-in table of its package, or, from outside, an entry point in the group given here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from videogen.errors import ConfigError

NOISE_PRIORS = "videogen.noise_priors"
MODEL_FAMILIES = "videogen.model_families"
UPSCALERS = "videogen.upscalers"
TEXT_STEPS = "videogen.text_steps"
IMAGE_STEPS = "videogen.image_steps"
FRAME_STEPS = "videogen.frame_steps"


def available(group: str, builtin: Mapping[str, str]) -> list[str]:
    """Names that `resolve` knows in this group, sorted."""
    return sorted({*builtin, *(point.name for point in entry_points(group=group))})


def resolve(group: str, name: str, builtin: Mapping[str, str]) -> Any:
    """The object behind `name`; the import happens here, so unused parts cost nothing.

    Args:
        group: entry point group, one of the constants of this module.
        name: what the configuration asks for.
        builtin: name → ``"package.module:attribute"``.

    Raises:
        ConfigError: nobody offers that name, or its import fails.
    """
    if name in builtin:
        module, _, attribute = builtin[name].partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=group, name=name):
        try:
            return point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"the plug-in {name!r} of group {group} ({point.value}) does not load: {error}",
                remedy="repair or uninstall the package that declares it",
            ) from error
    raise ConfigError(
        f"nothing named {name!r} is known in {group}",
        remedy=f"choose one of {', '.join(available(group, builtin))}, or install a package that offers it",
    )
