"""Rights: whom a picture, logo or piece of music belongs to, under which licence, and until when."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel


class Rights(FrozenModel):
    """The rights of one file. expires: the last day on which it may be used."""

    credit: str = Field(min_length=1, max_length=200, description="whom it belongs to, as it is named")
    licence: str = Field(min_length=1, max_length=200, description="e.g. GODL-India, CC BY 4.0, own")
    expires: date | None = Field(None, description="last day on which it may be used; None: no end")

    def __str__(self) -> str:
        until = f", until {self.expires.isoformat()}" if self.expires else ""
        return f"{self.credit}, {self.licence}{until}"
