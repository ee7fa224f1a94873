"""Latents of a pipeline, in whatever order it keeps them, as C×T'×h×w."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.models.families.noise_seam import LAYOUTS

if TYPE_CHECKING:
    from torch import Tensor


def as_latents(sample: Tensor, layout: str, shape: tuple[int, int, int, int]) -> Tensor | None:
    """The first video of `sample` as C×T'×h×w, float32; None: it has no such form (another number of channels, …).

    Args:
        sample: five axes in any of `LAYOUTS`, or packed, 1×(T'·h·w)×C.
        layout: tried first.
        shape: (C, T', h, w). Chunks of a long video may have fewer frames.
    """
    channels, _, height, width = shape
    if sample.ndim == 3:
        if sample.shape[2] % channels or sample.shape[1] % (height * width) or sample.shape[2] != channels:
            return None
        found = sample[0].unflatten(0, (-1, height, width)).permute(3, 0, 1, 2)
        return found.float()  # type: ignore[no-any-return]
    if sample.ndim != 5:
        return None
    for name in (layout, *LAYOUTS):
        order = LAYOUTS[name]
        plain = sample.permute([order.index(axis) for axis in range(5)])[0]
        if (plain.shape[0], *plain.shape[2:]) == (channels, height, width):
            return plain.float()
    return None
