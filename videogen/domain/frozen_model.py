"""The base of the data models: what is read or stored as JSON and passed on unchanged."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A pydantic model that cannot be changed after it is made and refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
