"""Experiment: a change beside what it would replace, and how requests are shared out. Types, no input or output."""

from __future__ import annotations

import math
import secrets
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from videogen.config.setting_names import flat

EXPERIMENT_ID = r"[a-z0-9][a-z0-9-]{2,79}"
Design = Literal["paired", "split", "bandit"]
State = Literal["draft", "running", "ended"]
Outcome = Literal["score", "preference", "rating", "approved", "completion"]
CONTROL = 0
"""The place of the arm that changes nothing, or the present setting."""


class Arm(BaseModel):
    """One variant. overrides: what its requests ask for unless they ask for something else themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.=-]{0,39}$")
    overrides: dict[str, Any] = Field(default_factory=dict)

    @field_validator("overrides")
    @classmethod
    def _values_can_be_kept(cls, overrides: dict[str, Any]) -> dict[str, Any]:
        for name, value in flat(overrides).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name} is {value}, which is not a finite number")
        return overrides


class Experiment(BaseModel):
    """What is tested, on how many, and what decides. It never changes once it has started.

    share: of eligible requests that take part. outcome: the primary measure. most_units: pairs or requests after which
    a test that shows nothing ends. days: a test may not end as superior before; hold-backs end then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=rf"^{EXPERIMENT_ID}$")
    created_at: datetime
    created_by: str = Field(min_length=1, max_length=200)
    why: str = Field(max_length=2000)
    design: Design = "paired"
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=8)
    share: float = Field(1.0, gt=0.0, le=1.0)
    unit: Literal["request", "requester"] = "request"
    outcome: Outcome = "score"
    most_units: int = Field(200, ge=30, le=100_000)
    days: float = Field(0.0, ge=0.0, le=365.0)
    change_id: str | None = Field(None, description="the adopted change that this hold-back watches")

    @model_validator(mode="after")
    def _arms_fit_the_design(self) -> Self:
        names = [arm.name for arm in self.arms]
        if len(set(names)) != len(names):
            raise ValueError("two arms have the same name")
        if self.design == "paired" and len(self.arms) != 2:
            raise ValueError("a paired test compares two arms")
        if self.design == "split" and self.outcome == "preference":
            raise ValueError("preferences need the paired design: both videos of one request are compared")
        if not self.settings():
            raise ValueError("no arm changes anything")
        return self

    def settings(self) -> frozenset[str]:
        """The settings that any arm changes."""
        return frozenset(name for arm in self.arms for name in flat(arm.overrides))

    def arm(self, name: str) -> Arm:
        """The arm of that name; KeyError if there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise KeyError(name)


class ExperimentRecord(BaseModel):
    """An experiment and how far it is. allocation: shares of the arms now; a bandit changes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    experiment: Experiment
    state: State = "draft"
    allocation: tuple[float, ...] = ()
    started_at: datetime | None = None
    started_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    decision: str = ""
    winner: str | None = None
    why: str = ""

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of the arms, in sum 1."""
        return self.allocation or tuple(1.0 / len(self.experiment.arms) for _ in self.experiment.arms)


def new_experiment_id(words: str) -> str:
    """An id that says what is tested, e.g. ``guidance-scale-3f9a1c``."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in words.lower()).strip("-")
    short = "-".join(part for part in plain.split("-") if part)[:40].strip("-")
    return f"{short or 'test'}-{secrets.token_hex(3)}"
