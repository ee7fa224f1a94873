"""The issuer's logo: burnt into every frame, in the upper corner that the label leaves free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from videogen.storage.inputs.picture_file import read_picture

if TYPE_CHECKING:
    from videogen.config.groups.all import ProcessingSettings
    from videogen.media.label import Position

# Shares of the frame's shorter edge; the margin is that of the label (EBU R 95).
_HEIGHT = 0.11
_WIDEST = 0.4
_MARGIN = 0.05


@dataclass(frozen=True)
class Logo:
    """A logo fitted to one frame size. ink: h×w×3 and cover: h×w×1, float32, 0 … 255 and 0 … 1; place: (left, top)."""

    ink: NDArray[np.float32]
    cover: NDArray[np.float32]
    place: tuple[int, int]

    @classmethod
    def fitted(cls, path: Path, size: tuple[int, int], label: Position, limits: ProcessingSettings) -> Logo:
        """The logo for frames of (width, height) `size`; transparent parts stay transparent.

        Args:
            path: the picture file.
            size: (width, height) of the frames in pixels.
            limits: largest number of pixels and bytes of the file.
            label: corner of the label: the logo stands at the other side.

        Raises:
            InputError: the file is not a picture that can be used.
        """
        from PIL import Image

        picture = read_picture(path, limits).convert("RGBA")
        width, height = size
        largest = (round(width * _WIDEST), round(min(size) * _HEIGHT))
        factor = min(largest[0] / picture.width, largest[1] / picture.height)
        # Multiplied by their coverage, so that the colour of transparent parts does not seep into the edges.
        fitted = picture.convert("RGBa").resize(
            (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.LANCZOS
        )
        drawn = np.asarray(fitted, dtype=np.float32)
        margin = (round(width * _MARGIN), round(height * _MARGIN))
        side: Literal["left", "right"] = "right" if "left" in label else "left"
        left = margin[0] if side == "left" else width - margin[0] - drawn.shape[1]
        return cls(drawn[..., :3], drawn[..., 3:] / 255.0, (left, margin[1]))

    def draw(self, frame: NDArray[np.uint8]) -> None:
        """Draw onto the H×W×3 uint8 frame, in place."""
        left, top = self.place
        height, width = self.ink.shape[:2]
        under = frame[top : top + height, left : left + width]
        mixed = under * (1.0 - self.cover) + self.ink
        frame[top : top + height, left : left + width] = np.rint(mixed.clip(0.0, 255.0)).astype(np.uint8)
