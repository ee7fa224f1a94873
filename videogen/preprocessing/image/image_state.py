"""The input and output of an image step: the image so far, and what the steps share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class ImageState:
    """size: (width, height) that the profile wants; facts: what is remembered about the picture, JSON values."""

    image: Image.Image
    name: str
    size: tuple[int, int]
    fit: Literal["crop", "letterbox"] = "crop"
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def warn(self, warning: str) -> ImageState:
        """Return the state with a further warning, which names the picture."""
        return replace(self, warnings=(*self.warnings, f"{self.name}: {warning}"))

    def noting(self, **facts: Any) -> ImageState:
        """Return the state with further facts."""
        return replace(self, facts={**self.facts, **facts})


ImageStep = Callable[[ImageState], ImageState]
