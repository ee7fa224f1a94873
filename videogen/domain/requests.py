"""VideoRequest: what a user asks for. Attempt: one try at it. Both are immutable and stored as JSON."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from videogen.config.config import VideoGenConfig
from videogen.config.operator_settings import OPERATOR_SETTINGS, is_the_operators
from videogen.config.picture_size import PictureSize
from videogen.config.setting_names import flat
from videogen.domain.priorities import EMERGENCY, INTERACTIVE
from videogen.domain.rights import Rights
from videogen.domain.source import Source
from videogen.domain.stages import downstream
from videogen.domain.video_ids import VIDEO_ID, new_video_id, slug
from videogen.domain.viewer_text import ViewerText, viewer_text
from videogen.errors import ConfigError, listed

__all__ = [
    "CONTAINERS", "LONGEST", "OPERATOR_SETTINGS", "Attempt", "Caption", "VideoRequest", "changed_operator_settings",
    "file_stem", "refusal",
]  # fmt: skip
LONGEST = 600.0
CONTAINERS = ("mp4", "webm", "mov")
"""Seconds that a video may last."""


def file_stem(request: VideoRequest) -> str:
    """What files of a video are called: its id, which names the title; ids of version 0.1.0 get it added."""
    words = slug(request.title) if request.title else ""
    return request.id if words in request.id else f"{request.id}-{words}"


def changed_operator_settings(before: VideoGenConfig, after: VideoGenConfig) -> list[str]:
    """Names of the operator's settings, as ``group.field``, whose values differ."""
    old, new = flat(before.model_dump(mode="json")), flat(after.model_dump(mode="json"))
    return [name for name in sorted({*old, *new}) if is_the_operators(name) and old.get(name) != new.get(name)]


def refusal(names: list[str], of: str = "a request") -> str:
    """Why settings with these names are refused in `of`."""
    are = "is" if len(names) == 1 else "are"
    return f"{listed(names, ', ')} {are} for the operator to set in the configuration file, not for {of}"


def _numbers(value: Any) -> Iterator[float]:
    """The floats in a value and in the lists in it."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)


class Caption(BaseModel):
    """One caption cue. start, end: seconds from the beginning of the video."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: float = Field(ge=0.0)
    end: float = Field(gt=0.0)
    text: str = Field(min_length=1, max_length=500)


class VideoRequest(BaseModel):
    """What a user asks for.

    The system makes `id`; once stored, `images` and `sources` are names inside the request's folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field("", pattern=VIDEO_ID.pattern, description="empty: a new one that says what the video shows")
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    prompt: str = Field(strict=True)
    images: tuple[Path, ...] = Field((), max_length=1000)
    sources: tuple[Path, ...] = Field((), max_length=8, description="texts of the issuer that attest what is said")
    logo: Path | None = Field(None, description="a picture that is drawn into a corner of the video")
    from_video: Path | None = Field(None, description="a clip or picture that the video is made from")
    strength: float | None = Field(
        None, gt=0.0, le=1.0, description="how far from from_video: 0.2 stays close, 1 keeps nothing of it"
    )
    invert: bool = Field(False, description="work the noise out of from_video instead of drawing it")
    title: str | None = Field(None, max_length=200)
    captions: tuple[Caption, ...] = Field((), max_length=2000, description="empty: the prompt is the caption")
    narration: str | None = Field(None, min_length=1, max_length=10_000, description="read aloud; needs espeak-ng")
    negative_prompt: str | None = None
    seed: int = Field(default_factory=lambda: secrets.randbelow(2**31), ge=0, lt=2**63)
    profile: str | None = None
    pipeline: str | None = Field(None, max_length=80, description="a way through the stages, see `videogen pipelines`")
    domain: str | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="a name of config/domains.yaml, or a description in plain words",
    )
    duration: float | None = Field(None, gt=0.0, le=LONGEST)
    size: PictureSize | None = Field(None, description="(width, height) in pixels, or 1080x1920, wide, square, tall")
    emergency: bool = False
    priority: int = Field(INTERACTIVE, ge=-1000, le=1000, description="emergency 100, interactive 10, batch -10")
    source: Source = Source.PYTHON
    requester: str | None = Field(None, max_length=200)
    output: Path | None = Field(None, description="where to put a copy of the finished video")
    container: Literal["mp4", "webm", "mov"] | None = Field(
        None, description="kind of file; None: what the output ends in, else the configured one"
    )
    embargo: AwareDatetime | None = Field(None, description="moment with its zone before which nothing leaves")
    rights: dict[str, Rights] = Field(
        default_factory=dict,
        max_length=1001,
        description="name of a picture or logo → credit, licence and expiry; without them the video is not released",
    )
    overrides: dict[str, Any] = Field(
        default_factory=dict, description='settings for this video, {"model.guidance_scale": 5}'
    )
    experiment: str | None = Field(None, max_length=80, description="the test that this video is part of")
    arm: str | None = Field(None, max_length=80, description="which of its variants this video was drawn into")
    arm_share: float | None = Field(None, gt=0.0, le=1.0, description="the chance that it had of being drawn so")
    varied_from: str | None = Field(
        None, pattern=VIDEO_ID.pattern, description="id of the video that this one is a variation of"
    )
    varied_attempt: int | None = Field(None, ge=1, description="which attempt of it")
    settled_by: int | None = Field(
        None, ge=0, lt=2**63, description="seed that settles what the prompt leaves open; None: the video's own"
    )

    @field_validator("seed", "duration", "priority", mode="before")
    @classmethod
    def _numbers_are_no_truth_values(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError(f"a number is needed, not {str(given).lower()}")
        return given

    @field_validator("captions")
    @classmethod
    def _cues_follow_each_other(cls, cues: tuple[Caption, ...]) -> tuple[Caption, ...]:
        for cue in cues:
            if cue.end <= cue.start:
                raise ValueError(f"caption {cue.text!r} ends at {cue.end:g} s, before it starts ({cue.start:g} s)")
        for before, after in pairwise(cues):
            if after.start < before.end:
                raise ValueError(f"caption {after.text!r} starts at {after.start:g} s, before the previous one ends")
        return cues

    @model_validator(mode="after")
    def _strength_and_inversion_need_a_clip(self) -> Self:
        given = [name for name, value in (("strength", self.strength), ("invert", self.invert or None)) if value]
        if given and self.from_video is None:
            raise ValueError(f"{' and '.join(given)} without from_video: name the clip or picture to start from")
        return self

    @model_validator(mode="after")
    def _output_ends_as_the_container_is_called(self) -> Self:
        ending = self.output.suffix.lower().removeprefix(".") if self.output is not None else ""
        if self.container is not None and ending in CONTAINERS and ending != self.container:
            raise ValueError(f"output ends in .{ending}, but container is {self.container}: leave one of them out")
        if self.emergency and self.wanted_container not in (None, "mp4"):
            raise ValueError(f"videos of emergencies are mp4 files, not {self.wanted_container}: leave it out")
        return self

    @model_validator(mode="after")
    def _rights_are_of_files_of_this_request(self) -> Self:
        files = {path.name for path in (*self.images, *(one for one in (self.logo, self.from_video) if one))}
        strangers = sorted(set(self.rights) - files)
        if strangers:
            raise ValueError(f"rights are given for {listed(strangers, ', ')}, but the request has no such picture")
        return self

    @field_validator("overrides")
    @classmethod
    def _overrides_leave_the_operators_settings_alone(cls, overrides: dict[str, Any]) -> dict[str, Any]:
        try:
            names = flat(overrides)
        except ConfigError as error:
            raise ValueError(error.problem) from error
        fixed = [name for name in names if is_the_operators(name)]
        if fixed:
            raise ValueError(refusal(fixed))
        return overrides

    @field_validator("overrides")
    @classmethod
    def _overrides_can_be_kept(cls, overrides: dict[str, Any]) -> dict[str, Any]:
        # JSON has no such numbers: the request could be stored, but never be read again.
        for name, value in flat(overrides).items():
            if not all(math.isfinite(number) for number in _numbers(value)):
                raise ValueError(f"{name} is {value!r}, which is not a finite number")
        return overrides

    @model_validator(mode="after")
    def _emergencies_come_first(self) -> Self:
        # After parsing: a CSV file says "true". The model is frozen for everybody else.
        if self.emergency and "priority" not in self.model_fields_set:
            self.__dict__["priority"] = EMERGENCY
            self.__pydantic_fields_set__.add("priority")
        return self

    @model_validator(mode="after")
    def _ids_say_what_the_video_shows(self) -> Self:
        if not self.id:
            self.__dict__["id"] = new_video_id(self.heading)
        return self

    @property
    def plain_prompt(self) -> str:
        """Return the prompt without emphasis marks and surrounding white space."""
        from videogen.domain.prompt_emphasis import split_emphasis

        return split_emphasis(self.prompt)[0].strip()

    @property
    def wanted_container(self) -> str | None:
        """Return the kind of file that is asked for, by name or by the output's ending; None: none is."""
        ending = self.output.suffix.lower().removeprefix(".") if self.output is not None else ""
        return self.container or (ending if ending in CONTAINERS else None)

    @property
    def heading(self) -> str:
        """Return the name of the video: its title, or else the prompt without emphasis marks."""
        return self.title or self.plain_prompt

    def words(self) -> str:
        """Return all words of the video as `videogen.domain.viewer_text` reads them, one paragraph a reading."""
        return self.viewer_text.text

    @property
    def viewer_text(self) -> ViewerText:
        """Return what a viewer reads and hears, joined over cues and lines, with the source of each piece."""
        cues = [caption.text for caption in self.captions]
        return viewer_text(self.title or "", self.plain_prompt, cues, self.narration or "")

    def settings(self, config: VideoGenConfig, attempt: Attempt | None = None) -> VideoGenConfig:
        """Return the configuration for this video: `config`, then what pipeline, request and attempt change.

        Raises:
            ConfigError: a wish or change is not a valid setting, or it would change one of the operator's.
        """
        wishes = self.pipeline_settings(config)
        if self.profile is not None:
            wishes["model.profile"] = self.profile
        if self.domain is not None:
            wishes["adaptation.domain"] = self.domain
        if self.negative_prompt is not None:
            wishes["model.negative_prompt"] = self.negative_prompt
        if self.duration is not None:
            wishes["processing.duration"] = self.duration
        if self.wanted_container is not None:
            wishes["delivery.container"] = self.wanted_container
        if self.strength is not None:
            wishes["synthesis.start_strength"] = self.strength
        if self.invert:
            wishes["synthesis.start_inversion"] = True
        if self.emergency:
            reduced = config.emergency.emergency_reduced_sampling_steps
            wishes["model.num_inference_steps"] = min(config.model.num_inference_steps or reduced, reduced)
            wishes["processing.resolution"] = config.emergency.emergency_reduced_resolution
        if self.size is not None:
            wishes["processing.resolution"] = self.size
        wishes |= self.overrides
        if attempt is not None:
            wishes |= {key: value for key, value in attempt.changes.items() if key != "seed"}
        if not wishes:
            return config
        wished = config.updated(wishes)
        # By value: however a name was spelled, and whatever made the request, the operator's settings stay.
        changed = changed_operator_settings(config, wished)
        if changed:
            raise ConfigError(refusal(changed), remedy="leave it out of the request", stage="request", video_id=self.id)
        return wished

    def pipeline_settings(self, config: VideoGenConfig) -> dict[str, Any]:
        """Return the settings that the chosen pipeline changes, as ``group.field``; empty: none is chosen.

        Raises:
            ConfigError: the pipeline does not exist, or it does not fit the configured steps.
        """
        if self.pipeline is None:
            return {}
        steps = {
            "preprocessing.text_steps": config.preprocessing.text_steps,
            "preprocessing.image_steps": config.preprocessing.image_steps,
            "super_resolution.frame_steps": config.super_resolution.frame_steps,
        }
        return flat(config.pipelines.changes(self.pipeline, steps))


class Attempt(BaseModel):
    """One try at a request: 1, 2, 3 … Artifacts that it does not compute itself are inherited from `parent`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str = Field(pattern=VIDEO_ID.pattern)
    number: int = Field(ge=1)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    reason: str = "first attempt"
    changes: dict[str, Any] = Field(default_factory=dict, description='settings that this attempt changes, and "seed"')
    parent: int | None = Field(None, ge=1, description="attempt whose artifacts are read where this one has none")
    from_stage: str | None = Field(None, description="first stage that this attempt recomputes")
    other_stages: tuple[str, ...] = Field((), description="further stages that it recomputes, on other branches")
    run_id: str | None = Field(None, description="root run that opened it")
    arm: str | None = Field(None, description="variant of the request's experiment that this attempt makes")

    def makes_anew(self) -> frozenset[str]:
        """Return the stages that are never inherited: `from_stage`, `other_stages` and all their descendants."""
        first = () if self.from_stage is None else (self.from_stage,)
        return frozenset().union(*(downstream(stage) for stage in (*first, *self.other_stages)))

    def seed(self, request: VideoRequest) -> int:
        """The seed of this attempt: the changed one, or the request's."""
        return int(self.changes.get("seed", request.seed))
