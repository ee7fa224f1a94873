"""The exact state of a video or briefing that a decision is about, known by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from pydantic import Field, computed_field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.people.decision import Kind, canonical


class Subject(FrozenModel):
    """What is decided on.

    revision: the attempt of a video, the revision of a briefing. parts: everything that a decision covers, name →
    SHA-256 or the value itself: the finished files, captions, request or storyboard, reports, embargo, rights. authors:
    everybody who asked for it or changed it; they cannot approve it.
    """

    kind: Kind
    id: str
    revision: int = Field(ge=0)
    parts: dict[str, str]
    authors: tuple[str, ...] = ()
    title: str = ""

    @computed_field  # type: ignore[prop-decorator]  # mypy: decorators above a property
    @property
    def sha256(self) -> str:
        """Hash of the state: whatever changes one of its parts changes it, and voids what was decided before."""
        state = {"form": 1, "kind": self.kind, "id": self.id, "revision": self.revision, "parts": self.parts}
        return hashlib.sha256(canonical(state)).hexdigest()


def digest_of(value: Mapping[str, object] | bytes | str) -> str:
    """SHA-256 of a value, as a part of a subject."""
    if isinstance(value, str):
        return hashlib.sha256(value.encode()).hexdigest()
    return hashlib.sha256(value if isinstance(value, bytes) else canonical(dict(value))).hexdigest()


def same_person(one: str, other: str) -> bool:
    """Whether two names mean one person: letters and white space written differently make nobody another person."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def is_among(name: str, others: Iterable[str]) -> bool:
    """Whether a person is one of several."""
    return any(same_person(name, other) for other in others)
