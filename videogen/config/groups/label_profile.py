"""Label profiles: wording, place and size of the visible label by rule. What each rule asks is in docs/delivery.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from videogen.config.groups.group import Group

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
STANDARD_HEIGHT = 0.038


class LabelProfile(Group):
    """How the visible label looks."""

    text: str | None = Field(None, min_length=2, max_length=80, description="wording; None: delivery.label")
    position: Corner | None = Field(None, description="corner; None: delivery.label_position")
    height: float = Field(STANDARD_HEIGHT, ge=0.02, le=0.2, description="height of letters ÷ height of the frame")
    area: float = Field(0.0, ge=0.0, le=0.3, description="least share of the frame that the label covers")


@dataclass(frozen=True)
class LabelStyle:
    """The label that is in force; the fields are those of `LabelProfile`."""

    text: str
    position: Corner = "top-right"
    height: float = STANDARD_HEIGHT
    area: float = 0.0


BUILT_IN = {
    # G.S.R. 120(E) of 10 February 2026, rule 3(3)(a)(ii): "prominent visibility in the visual display"; no size.
    "india-2026": LabelProfile(text="AI: synthetically generated", height=0.05),
    # Code of practice on Article 50 of Regulation (EU) 2024/1689, 10 June 2026: the letters, for example top right.
    "eu-icon": LabelProfile(text="AI", position="top-right", height=0.06),
}
