"""The group `pipelines`: steps left out, replaced or re-ordered across the stages, and settings, under one name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from videogen.config.groups.group import Group
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class StepChanges(Group):
    """What a pipeline changes about the steps of one stage."""

    order: tuple[str, ...] | None = Field(None, description="the steps, in this order; None: those that are configured")
    skip: tuple[str, ...] = Field((), description="steps that are left out")
    replace: dict[str, str] = Field(default_factory=dict, description="step → the one that runs in its place")

    def applied(self, steps: tuple[str, ...], where: str) -> tuple[str, ...]:
        """The steps that run.

        Args:
            steps: those that are configured.
            where: names the pipeline and its list in messages.

        Raises:
            ConfigError: a step that is to be left out or replaced is not among them.
        """
        steps = steps if self.order is None else self.order
        for name in (*self.skip, *self.replace):
            if name not in steps:
                raise ConfigError(
                    f"{where} names the step {name!r}, which is not one of {', '.join(steps)}"
                    f"{did_you_mean(name, list(steps))}",
                    remedy="correct the pipeline in the configuration file",
                )
        return tuple(self.replace.get(name, name) for name in steps if name not in self.skip)


class Pipeline(Group):
    """One way through the stages."""

    description: str = Field("", description="for people who choose: what it is for")
    text_steps: StepChanges = Field(StepChanges(), description="changes to preprocessing.text_steps")
    image_steps: StepChanges = Field(StepChanges(), description="changes to preprocessing.image_steps")
    frame_steps: StepChanges = Field(StepChanges(), description="changes to super_resolution.frame_steps")
    settings: dict[str, Any] = Field(default_factory=dict, description="settings of any stage, nested or dotted")


_LISTS = {
    "text_steps": "preprocessing.text_steps",
    "image_steps": "preprocessing.image_steps",
    "frame_steps": "super_resolution.frame_steps",
}
_SHIPPED: dict[str, Any] = {
    "quick": {
        "description": "a first look: few denoising steps, no enlarging network, no sharpening, frames blended",
        "frame_steps": {"skip": ["enhance_details", "temporal_consistency"]},
        "settings": {
            "model": {"num_inference_steps": 8},
            "super_resolution": {"upscaler": "lanczos"},
            "delivery": {"interpolation": "blend", "preset": "ultrafast", "crf": 20},
        },
    },
    "archive": {
        "description": "for keeping: all denoising steps for every prompt, compression that nobody sees",
        "settings": {"synthesis": {"adaptive_steps": False}, "delivery": {"crf": 8, "preset": "slow"}},
    },
}


class PipelineSettings(Group):
    """Ways through the stages that a request may choose: `--pipeline NAME`."""

    named: dict[str, Pipeline] = Field(
        _SHIPPED, description="name → pipeline; `pipelines: {quick: …}` without `named` is read as well"
    )

    @model_validator(mode="before")
    @classmethod
    def _names_may_stand_for_themselves(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        own = {name: value for name, value in given.items() if name != "named"}
        named = given.get("named", _SHIPPED)
        return {"named": {**named, **own}} if isinstance(named, Mapping) else given

    @field_validator("named")
    @classmethod
    def _names_can_be_typed(cls, named: dict[str, Pipeline]) -> dict[str, Pipeline]:
        for name in named:
            if not _NAME.fullmatch(name):
                raise ValueError(f"a pipeline cannot be called {name!r}: use small letters, digits and _")
        return named

    def pipeline(self, name: str) -> Pipeline:
        """The pipeline of that name.

        Raises:
            ConfigError: there is none.
        """
        if name not in self.named:
            raise ConfigError(
                f"the pipeline {name!r} does not exist{did_you_mean(name, list(self.named))}",
                remedy=f"choose one of {', '.join(self.named) or '(none is configured)'}, see `videogen pipelines`",
            )
        return self.named[name]

    def changes(self, name: str, steps: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
        """The settings that the pipeline changes.

        Args:
            name: of the pipeline.
            steps: the configured steps, by the full name of their setting.

        Raises:
            ConfigError: the pipeline does not exist, or it changes steps that are not configured.
        """
        chosen = self.pipeline(name)
        found: dict[str, Any] = dict(chosen.settings)
        for field, setting in _LISTS.items():
            change: StepChanges = getattr(chosen, field)
            if change != StepChanges():
                found[setting] = change.applied(steps[setting], f"pipeline {name!r}, {field},")
        return found
