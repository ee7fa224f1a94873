"""The gate of rights: every picture, logo and piece of music has credit and licence, and may still be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from videogen.domain.frozen_model import FrozenModel
from videogen.domain.rights import Rights
from videogen.release.decision import Gate


class UsedFile(FrozenModel):
    """A picture, logo, track or reference that goes into a video. where: the shot, or what it is used as."""

    name: str
    where: str
    rights: Rights | None = None


def rights_gate(files: Sequence[UsedFile], today: date) -> Gate:
    """Every file of others names whom it belongs to and its licence, and may still be used."""
    wrong = [f"{file.where}: {file.name} {problem}" for file in files if (problem := _problem(file, today))]
    if wrong:
        return Gate(name="rights", state="failed", found="; ".join(wrong))
    named = "; ".join(f"{file.name}: {file.rights}" for file in files)
    return Gate(name="rights", state="holds", found=named or "no pictures, logos or music of others")


def _problem(file: UsedFile, today: date) -> str:
    if file.rights is None:
        return "has no credit and licence"
    if file.rights.expires is not None and file.rights.expires < today:
        return f"could be used until {file.rights.expires.isoformat()} only ({file.rights.licence})"
    return ""
