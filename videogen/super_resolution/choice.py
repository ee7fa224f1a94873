"""Which network enlarges what: the one place where that is decided, by content and by factor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from videogen.media.frame_input import FramesLike, as_frames
from videogen.models.profile import profile_of
from videogen.super_resolution import real_esrgan

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

LOOKED_AT = 8
"""Frames of a film, evenly spread, that tell what it shows."""
Kind = Literal["film", "still"]
# Share of pixels that equal their neighbours to one level, from which a picture is drawn and not taken by a camera:
# encoded clips of the embedded model have 0.52 to 0.74, three films and three photographs 0.05 to 0.23.
_FLAT, _LEVELS = 0.38, 1


class Choice(NamedTuple):
    """weights: what `build_processor` takes, None: Lanczos. why: for people; advice: what would do better, or ""."""

    weights: Path | None
    why: str
    advice: str = ""


def network_for(config: VideoGenConfig, content: str, kind: Kind) -> Choice:
    """The weights for a film or a still.

    Footage gets the published networks where they have been fetched: x4plus for stills, animevideov3 for films, which
    would take minutes a frame with the other. Drawings get the profile's own, which have been trained on them; so does
    footage without the published ones. Of the networks in a folder, `RealEsrgan.stages` takes those that the factor
    needs: below ×2 the one of ×2, not ×4 and back.

    Args:
        content: ``"footage"``, or any other content type of `quality.weights`.
    """
    own = profile_of(config).upscaler_folder
    if config.super_resolution.upscaler == "lanczos":
        return Choice(None, "super_resolution.upscaler is lanczos")
    if content != "footage":
        return Choice(own, f"{content}: the network of the profile {config.model.profile}")
    name = "x4plus" if kind == "still" else "animevideov3"
    if real_esrgan.is_there(name):
        return Choice(real_esrgan.folder_of(name), f"footage: Real-ESRGAN {name}")
    advice = f"for footage, Real-ESRGAN {name} is better than what is here: `videogen models fetch real-esrgan`"
    return Choice(own, f"footage, but Real-ESRGAN {name} is not here", advice)


def content_of(frames: FramesLike) -> str:
    """``"footage"`` or ``"illustration"``: whether a camera took the frames or they are drawn.

    Drawn pictures have areas of one colour; grain and texture leave a camera hardly any. The median over the frames
    counts, as a film may begin with a title.
    """
    flat = float(np.median([_flat_share(frame) for frame in as_frames(frames)]))
    return "illustration" if flat >= _FLAT else "footage"


def _flat_share(frame: NDArray[np.uint8]) -> float:
    levels = frame.astype(np.int16)
    across = np.abs(np.diff(levels, axis=1)).max(axis=-1)[:-1]
    down = np.abs(np.diff(levels, axis=0)).max(axis=-1)[:, :-1]
    return float((np.maximum(across, down) <= _LEVELS).mean())
