"""The settings of domain adaptation: every field with its default, unit and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from videogen.config.groups.group import Group

REFERENCES = "references"
"""The look that takes colours and light from a request's reference images."""
Palette = Annotated[tuple[float, ...], Field(min_length=12, max_length=12)]


class AdaptationSettings(Group):
    """How prompts, sampling and colours are adapted to a domain. Nothing here changes a weight of the model."""

    domain: str | None = Field(
        None, min_length=1, max_length=2000, description="a name of domains_file, or a description in plain words"
    )
    rewrite: bool = Field(
        True, description="replace words that the model does not read; only where the profile says what it knows"
    )
    max_additions: int = Field(1, ge=0, le=3, description="phrases (place, time) that a domain may add to a prompt")
    look: str | None = Field(
        None,
        max_length=40,
        description="colours and light: a name of looks_file, or references: as in the reference images",
    )
    look_strength: float = Field(1.0, ge=0.0, le=1.0, description="0: the model's own colours; 1: those of the look")
    palette: Palette | None = Field(
        None,
        description="L*a*b* mean (3 numbers) and covariance (9) of the look; set from the pictures by look: references",
    )
    explore: bool = Field(False, description="try settings by Thompson sampling instead of the best known ones")
    domains_file: Path = Field(Path("config/domains.yaml"), description="domains with their words and templates")
    looks_file: Path = Field(Path("config/looks.yaml"), description="named looks")
