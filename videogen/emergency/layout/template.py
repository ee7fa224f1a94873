"""EmergencyTemplate: how alerts of one hazard look and sound. Data of a YAML file, never changed once read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from videogen.cards.symbols import Stroke
from videogen.domain.frozen_model import FrozenModel
from videogen.emergency.cap.model import Category
from videogen.emergency.history import Rendering, estimate
from videogen.emergency.ladder import Rung
from videogen.errors import ConfigError

PageKind = Literal["opening", "area", "guidance", "details", "source"]
Accent = Literal["wave", "spin", "rings", "rise", "chevrons", "glow", "still"]
Tone = Literal["urgent", "calm"]
_COLOUR = r"^#[0-9A-Fa-f]{6}$"
_USUAL_SIZE, _USUAL_FRAMES = (1280, 720), 720


class Data(FrozenModel):
    """A part of a template."""


class Quality(Data):
    """The floor below which a video of this template is refused. See `legibility` for the units."""

    contrast: float = Field(4.5, ge=4.5)
    letters: float = Field(0.027, ge=0.025, description="smallest letters, as a share of the shorter edge")
    pace: float = Field(17.0, gt=0.0, le=20.0, description="fastest page, in characters per second")
    flashes: float = Field(3.0, ge=0.0, le=3.0)


class Clip(Data):
    """What the video model is asked for, where there is time for a background of its own."""

    prompt: str = Field(min_length=1)
    negative_prompt: str = "text, letters, logo, people in distress, gore"


class GenerationParameters(Data):
    """Settings of the background clip of a template. size: (width, height); steps: denoising steps."""

    prompt: str
    negative_prompt: str
    seed: int
    size: tuple[int, int]
    steps: int
    fps: int


class EmergencyTemplate(Data):
    """One version of a template. Guidance is the template's own: shown only on wish, and marked as general advice."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    version: int = Field(ge=1, le=9999)
    title: str = Field(min_length=1)
    categories: tuple[Category, ...]
    events: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="language → words of CAP's event")
    event_codes: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ()
    default_for: tuple[Category, ...] = Field((), description="categories that it stands for where no word fits")
    colour: str = Field(pattern=_COLOUR)
    ink: str = Field("#FFFFFF", pattern=_COLOUR)
    symbol: tuple[Stroke, ...] = Field(min_length=1)
    accent: Accent = "still"
    tone: Tone = "urgent"
    pages: tuple[PageKind, ...] = ("opening", "area", "guidance", "details", "source")
    guidance: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="language → general advice")
    show_guidance: bool = False
    clip: Clip
    quality: Quality = Quality()
    _history: tuple[Rendering, ...] = PrivateAttr(())

    @field_validator("pages")
    @classmethod
    def _tell_everything(cls, pages: tuple[PageKind, ...]) -> tuple[PageKind, ...]:
        # Each of the five message parts has a page of its own; only the description may be left out.
        lacking = {"opening", "area", "guidance", "source"} - set(pages)
        if lacking or len(set(pages)) != len(pages):
            raise ValueError(f"pages must name each of opening, area, guidance and source once; lacking: {lacking}")
        return pages

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.show_guidance and not self.guidance:
            raise ValueError("show_guidance needs guidance")
        return self

    @property
    def name(self) -> str:
        """Id and version, as published videos name it."""
        return f"{self.id} {self.version}"

    def with_history(self, renderings: Sequence[Rendering]) -> EmergencyTemplate:
        """The same template that knows what renderings took, oldest first."""
        known = self.model_copy()
        known._history = tuple(renderings)
        return known

    def adapt_to_requirements(self, parameters: Mapping[str, Any]) -> EmergencyTemplate:
        """A copy for one use, with some fields replaced.

        Those are ``colour``, ``ink``, ``accent``, ``tone``, ``pages``, ``show_guidance``, ``clip`` and ``quality``; id
        and version stay, the floor of quality can only be raised.

        Raises:
            ConfigError: an unknown name, or a value that the template cannot take.
        """
        allowed = {"colour", "ink", "accent", "tone", "pages", "show_guidance", "clip", "quality"}
        unknown = sorted(set(parameters) - allowed)
        if unknown:
            raise ConfigError(
                f"template {self.name} cannot be adapted in {', '.join(unknown)}",
                remedy=f"use {', '.join(sorted(allowed))}",
            )
        try:
            adapted = type(self).model_validate({**self.model_dump(), **parameters})
        except ValidationError as error:
            raise ConfigError(
                f"template {self.name} cannot take these parameters: {_reasons(error)}", remedy="correct the values"
            ) from error
        ours, theirs = self.quality, adapted.quality
        if theirs.contrast < ours.contrast or theirs.letters < ours.letters or theirs.pace > ours.pace:
            raise ConfigError(
                f"the quality floor of template {self.name} cannot be lowered", remedy="raise it or leave it"
            )
        return adapted.with_history(self._history)

    def get_generation_parameters(
        self, size: tuple[int, int] = (640, 360), steps: int = 8, seed: int = 0
    ) -> GenerationParameters:
        """What to ask of the video model for a background: as a rule at reduced size (width, height) and steps."""
        return GenerationParameters(
            prompt=self.clip.prompt,
            negative_prompt=self.clip.negative_prompt,
            seed=seed,
            size=size,
            steps=steps,
            fps=8,
        )

    def estimate_generation_time(
        self,
        rung: Rung = Rung.TEMPLATE_BACKGROUND,
        *,
        size: tuple[int, int] = _USUAL_SIZE,
        frames: int = _USUAL_FRAMES,
    ) -> float:
        """Seconds that a video will take: a cautious quantile of what past ones took (see `history.estimate`).

        Args:
            size: (width, height) in pixels.
            frames: of the whole video.
        """
        return estimate(self._history, rung, width=size[0], height=size[1], frames=frames, template=self.id)

    def get_quality_metrics(self) -> dict[str, float]:
        """What a video of this template keeps to, and what its past renderings took.

        contrast, letters, pace, flashes: the floors of `Quality`; renderings: how many are known;
        seconds_per_frame: their median, for 1280×720, only where there are any.
        """
        own = [past for past in self._history if past.template == self.id and past.version == str(self.version)]
        metrics = {key: float(value) for key, value in self.quality.model_dump().items()}
        metrics["renderings"] = float(len(own))
        if own:
            pixels = _USUAL_SIZE[0] * _USUAL_SIZE[1]
            metrics["seconds_per_frame"] = statistics.median(past.per_pixel for past in own) * pixels
        return metrics


def _reasons(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'template'}: {one['msg']}" for one in error.errors())
