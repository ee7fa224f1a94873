"""The seam at which a pipeline draws the initial noise of a video: it gets ours instead.

The pipeline's own draw is made and thrown away, so that what it draws later (sound, ancestral steps, noise of the
decoder) stays what its seed gives. Handing over ``latents=`` instead would change these draws, and some pipelines then
leave out the reference picture or take the tensor for a clean video.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

LAYOUTS = {"BCTHW": (0, 1, 2, 3, 4), "BTCHW": (0, 2, 1, 3, 4), "BTHWC": (0, 2, 3, 4, 1)}
"""Order of the axes batch, channels, frames, height, width in which a pipeline draws."""


@contextmanager
def drawing(pipe: Any, noise: Tensor | None, layout: str) -> Iterator[None]:
    """Answer the pipeline's draw of the video's noise with `noise` while the block runs.

    Args:
        noise: C×T'×h×w, float32; None: the pipeline keeps its own draw.
        layout: one of `LAYOUTS`.

    Raises:
        ModelError: the pipeline draws noise of another shape, or none at all.
    """
    if noise is None:
        yield
        return
    module: Any = sys.modules[type(pipe).prepare_latents.__module__]
    own, draw = pipe.prepare_latents, module.randn_tensor
    given: list[bool] = []

    def randn(shape: Any, *more: Any, **options: Any) -> Tensor:
        drawn: Tensor = draw(shape, *more, **options)
        if given or drawn.ndim != 5:
            return drawn
        given.append(True)
        ours = noise[None].expand(drawn.shape[0], *noise.shape).permute(LAYOUTS[layout])
        if ours.shape != drawn.shape:
            raise ModelError(
                f"{type(pipe).__name__} draws noise of the shape {_shape(drawn)} ({layout}), but the profile says "
                f"{_shape(ours)}",
                remedy="correct latent_channels, vae_scale_factor, vae_temporal_factor or noise_layout in the profile",
            )
        return ours.to(drawn.device, drawn.dtype).contiguous()

    def prepare(*args: Any, **kwargs: Any) -> Any:
        module.randn_tensor = randn
        try:
            return own(*args, **kwargs)
        finally:
            module.randn_tensor = draw

    pipe.prepare_latents = prepare
    try:
        yield
    finally:
        del pipe.prepare_latents
    if not given:
        raise ModelError(
            f"{type(pipe).__name__} never drew the noise of the video in prepare_latents",
            remedy="set own_noise: true in the profile's diffusers section, so that the pipeline draws it by its seed",
        )


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape))
