"""How long emergency videos took: what the estimates of the next ones are learned from.

One small JSON file for each rendering, named by its time; only the latest are kept.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from datetime import UTC

from pydantic import AwareDatetime, Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.emergency.ladder import Rung
from videogen.storage.atomic_folder import Folder

FOLDER = "emergency/history"
KEPT = 200
CAUTION = 0.9
"""The quantile of the past that an estimate is: one of ten renderings may take longer."""
UNKNOWN_SECONDS_PER_FRAME: dict[Rung, float] = {
    Rung.MODEL_BACKGROUND: 0.12,
    Rung.TEMPLATE_BACKGROUND: 0.02,
    Rung.TEXT_CARD: 0.004,
}
"""Seconds for one frame of 1280×720 where nothing was measured yet: those of a slow two-core machine."""
FIXED_SECONDS = 1.0
"""Added where nothing was measured yet: starting, checking and publishing."""
_REFERENCE_PIXELS = 1280 * 720


class Rendering(FrozenModel):
    """One emergency video that was made: with what, how large, how long it took."""

    made_at: AwareDatetime
    template: str
    version: str
    rung: Rung
    width: int = Field(ge=2)
    height: int = Field(ge=2)
    frames: int = Field(ge=1)
    seconds: float = Field(ge=0.0, description="from the decision to the published file")

    @property
    def per_pixel(self) -> float:
        """Seconds for one pixel of one frame."""
        return self.seconds / (self.width * self.height * self.frames)


class RenderHistory:
    """The latest renderings below one store, a local folder or an fsspec URL."""

    def __init__(self, store: str) -> None:
        self._folder = Folder(store)

    def record(self, rendering: Rendering) -> None:
        """Keep one rendering, and forget those beyond the latest `KEPT`.

        Raises:
            StorageError: the store refused.
        """
        name = f"{rendering.made_at.astimezone(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}.json"
        self._folder.write(f"{FOLDER}/{name}", rendering.model_dump_json().encode())
        for old in self._names()[:-KEPT]:
            self._folder.remove(f"{FOLDER}/{old}")

    def latest(self, count: int = KEPT) -> list[Rendering]:
        """The latest renderings, oldest first. One that another version wrote is left out: it only informs."""
        found = []
        for name in self._names()[-count:]:
            try:
                found.append(Rendering.model_validate_json(self._folder.read(f"{FOLDER}/{name}")))
            except (FileNotFoundError, ValidationError):
                continue
        return found

    def _names(self) -> list[str]:
        return [name for name in self._folder.names(FOLDER) if name.endswith(".json")]


def estimate(
    past: Sequence[Rendering], rung: Rung, *, width: int, height: int, frames: int, template: str | None = None
) -> float:
    """Seconds that a rendering will take: the cautious quantile of what it took in the past, per pixel.

    The same template's past counts where there is enough of it (five), else that of all templates on this rung;
    without any, figures of a slow machine.

    Args:
        width, height: pixels.
        frames: of the whole video.
        template: id of the template.
    """
    pixels = width * height * frames
    alike = [one.per_pixel for one in past if one.rung is rung]
    own = [one.per_pixel for one in past if one.rung is rung and one.template == template]
    known = own if len(own) >= 5 else alike
    if not known:
        return FIXED_SECONDS + UNKNOWN_SECONDS_PER_FRAME[rung] * pixels / _REFERENCE_PIXELS
    return quantile(known, CAUTION) * pixels


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of `values` do not exceed. values: at least one."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
