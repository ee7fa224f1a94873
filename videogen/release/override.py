"""The publisher's name, and an operator's override with its reason; both are part of the signed record."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field, field_validator

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import InputError


class Override(FrozenModel):
    """A named person's decision to publish in spite of a closed gate."""

    operator: str = Field(min_length=2, max_length=200)
    why: str = Field(min_length=3, max_length=2000)
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @field_validator("operator", "why", mode="before")
    @classmethod
    def _on_one_line(cls, given: object) -> object:
        return " ".join(given.split()) if isinstance(given, str) else given


def override_by(operator: str | None, why: str | None) -> Override:
    """The override of a named person with a reason.

    Raises:
        InputError: name or reason is missing or too short to mean anything.
    """
    from pydantic import ValidationError

    try:
        return Override(operator=operator or "", why=why or "")
    except ValidationError as error:
        wrong = " and ".join(str(problem["loc"][0]) for problem in error.errors())
        raise InputError(
            f"an override needs the operator's name and a reason; not usable: {wrong}",
            remedy="give --operator NAME and --why REASON",
        ) from error


def publisher_name(given: str | None) -> str:
    """The name of whoever publishes, on one line.

    Raises:
        InputError: it is missing or too short to mean anybody, or longer than 200 letters.
    """
    name = " ".join((given or "").split())
    if not 2 <= len(name) <= 200:
        raise InputError(
            "a release needs the name of the operator who publishes it", remedy='give the operator, e.g. "Ada Desk"'
        )
    return name
