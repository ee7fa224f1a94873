"""TextAttention: cross-attention whose keys and values are computed once per video, not per frame.

Imports torch at the top: only loaders of model families import this module.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor


class TextAttention:
    """A diffusers attention processor for the text layers of a motion U-Net; it gives what its own one gives.

    All frames of a video read the same text. diffusers repeats the text for every frame and projects each copy;
    here the projections are shared. Where each frame has a text of its own (see `plan.py`) there is nothing to share.
    """

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        **_: Any,
    ) -> Tensor:
        """hidden_states: (B·T)×P×D, P places of a frame; encoder_hidden_states: B×L×E. Returns (B·T)×P×D."""
        if attention_mask is not None:
            raise ValueError("text attention takes no mask")
        videos, frames = encoder_hidden_states.shape[0], hidden_states.shape[0] // encoder_hidden_states.shape[0]
        # Places of all frames are queries alike: T·P of them against the L tokens of their video.
        query = attn.to_q(hidden_states).unflatten(0, (videos, frames)).flatten(1, 2)
        key, value = attn.to_k(encoder_hidden_states), attn.to_v(encoder_hidden_states)
        query, key, value = (part.unflatten(2, (attn.heads, -1)).transpose(1, 2) for part in (query, key, value))
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        output: Tensor = attn.to_out[0](mixed).unflatten(1, (frames, -1)).flatten(0, 1)
        return output


def share_text_among_frames(unet: Any) -> None:
    """Use `TextAttention` in every spatial cross-attention layer of `unet`, which then takes B×L×E text states."""
    for name, module in unet.named_modules():
        if name.endswith(".attn2") and "motion_modules" not in name:
            module.set_processor(TextAttention())
