"""Corrections and other notices about something that is published."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from videogen.domain.frozen_model import FrozenModel

CorrectionKind = Literal["CORRECTED", "REFILE"]
NoticeKind = Literal["CORRECTED", "REFILE", "HOLD", "CLEARED"]


class Correction(FrozenModel):
    """What a release says about the one that it corrects; it is part of what is approved and signed.

    kind: CORRECTED: something was wrong; REFILE: the same content, sent again, e.g. because the file was damaged.
    """

    kind: CorrectionKind = "CORRECTED"
    of: str = Field(max_length=200, description="id of the release that is corrected")
    reason: str = Field(min_length=3, max_length=500, description="what was wrong, for the public")

    @property
    def line(self) -> str:
        """The correction in one line, as viewers and editors read it."""
        return f"{self.kind}: {self.reason} (corrects {self.of})"


class Notice(FrozenModel):
    """A mark on a release: what is the matter with it. other: the release that replaces it."""

    kind: NoticeKind
    by: str
    why: str
    at: AwareDatetime
    other: str | None = None

    @property
    def line(self) -> str:
        """The notice in one line."""
        return f"{self.kind}: {self.why}" + (f" See {self.other}." if self.other else "")
