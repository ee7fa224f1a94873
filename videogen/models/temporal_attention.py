"""TemporalAttention: attention between the frames of a video, in windows and chunks where needed.

Imports torch at the top: only loaders of model families import this module.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from videogen.config.config import VideoGenConfig
from videogen.models.family import ForwardContext


class TemporalState(threading.local):
    """What all temporal layers of one model share: the current call's context and its number of videos.

    Each thread has its own, so that several may ask the same model at once.
    """

    def __init__(self) -> None:
        self.context = ForwardContext()
        self.batch = 1


class TemporalAttention(nn.Module):
    """Multi-head attention over frames, with the weights of a diffusers `Attention` layer.

    It takes over the sinusoidal position embedding of its block, because positions start again in every window.
    With one window it gives exactly what the diffusers layer gives. Longer videos are covered by windows of
    ``context.length`` frames every ``context.stride`` frames, blended with weights that fall off from a window's
    middle (window-based attention fusion, FreeNoise, arXiv 2310.15169).

    Args:
        attention: a diffusers `Attention`; None: a new one, untrained, of `channels` in `heads`. A configuration gives
            length and stride of the windows, and the chunk.
        positions: None: frames have no positions.
        state: shared by the layers of one model; None: its own.
    """

    def __init__(
        self,
        attention: Any = None,
        positions: nn.Module | None = None,
        state: TemporalState | None = None,
        *,
        channels: int = 64,
        heads: int = 8,
    ) -> None:
        super().__init__()
        state = state or TemporalState()
        if isinstance(attention, VideoGenConfig):
            windows = attention.synthesis
            length, stride = windows.context_length, windows.context_stride
            state.context = ForwardContext(length=length, stride=stride, chunk=windows.attention_chunk)
        if attention is None or isinstance(attention, VideoGenConfig):
            from diffusers.models.attention_processor import Attention

            attention = Attention(channels, heads=heads, dim_head=channels // heads)
        self.to_q, self.to_k, self.to_v, self.to_out = (
            attention.to_q,
            attention.to_k,
            attention.to_v,
            attention.to_out,
        )
        self.heads = int(attention.heads)
        self.positions = positions
        self._state = state

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **_: Any,
    ) -> Tensor:
        """hidden_states: S×T×D, one row for each place of each video (S = batch·h·w). Returns the same shape.

        encoder_hidden_states: S×L×D to attend to in the place of the frames themselves; windows then do not apply.
        """
        if attention_mask is not None:
            raise ValueError("temporal attention takes no mask")
        context, sequences = self._state.context, hidden_states.shape[0]
        chunk = min(context.chunk or self._fitting(hidden_states), sequences)
        parts = [
            self._windowed(
                part, None if encoder_hidden_states is None else encoder_hidden_states[start : start + chunk]
            )
            for start, part in _chunks(hidden_states, chunk)
        ]
        if context.maps is not None and encoder_hidden_states is None:
            self._record(hidden_states)
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def get_attention_scores(self, query: Tensor, key: Tensor) -> Tensor:
        """softmax(q·kᵀ/√d). query, key: …×T×d → …×T×T; rows sum to 1."""
        return torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]), dim=-1)

    def _windowed(self, hidden_states: Tensor, encoder_hidden_states: Tensor | None) -> Tensor:
        frames = hidden_states.shape[1]
        length = self._window_length(frames)
        if encoder_hidden_states is not None or frames <= length:
            return self._attend(hidden_states, encoder_hidden_states)
        output = torch.zeros_like(hidden_states)
        total = hidden_states.new_zeros((1, frames, 1))
        weights = pyramid(length).to(hidden_states)[None, :, None]
        for start in window_starts(frames, length, self._state.context.stride):
            window = slice(start, start + length)
            output[:, window] += weights * self._attend(hidden_states[:, window], None)
            total[:, window] += weights
        return output / total

    def _attend(self, hidden_states: Tensor, encoder_hidden_states: Tensor | None) -> Tensor:
        places = self._placed(hidden_states)
        source = places if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            self._heads(self.to_q(places)),
            self._heads(self.to_k(source)),
            self._heads(self.to_v(source)),
        )
        mixed = F.scaled_dot_product_attention(query, key, value)
        output: Tensor = self.to_out[0](mixed.transpose(1, 2).flatten(2))
        return output

    def _record(self, hidden_states: Tensor) -> None:
        """Mean frame×frame attention of each video, over places and heads, within the first window."""
        maps = self._state.context.maps
        places = self._placed(hidden_states[:, : self._window_length(hidden_states.shape[1])])
        scores = self.get_attention_scores(self._heads(self.to_q(places)), self._heads(self.to_k(places)))
        frames = scores.shape[-1]
        if maps is not None:
            maps.append(scores.reshape(self._state.batch, -1, frames, frames).mean(dim=1).float().cpu())

    def _fitting(self, hidden_states: Tensor) -> int:
        """Sequences whose queries, keys, values, attention and output take at most half of the free memory."""
        free = self._state.context.free_bytes
        if free is None:
            return hidden_states.shape[0]
        needed = 6 * hidden_states[0].numel() * hidden_states.element_size()
        return max(1, free // 2 // needed)

    def _window_length(self, frames: int) -> int:
        # There are no positions beyond the ones that the model was built with.
        limit = frames if self.positions is None else int(self.positions.get_buffer("pe").shape[1])
        return min(self._state.context.length or limit, limit)

    def _placed(self, hidden_states: Tensor) -> Tensor:
        return hidden_states if self.positions is None else self.positions(hidden_states)

    def _heads(self, states: Tensor) -> Tensor:
        sequences, length, width = states.shape
        return states.view(sequences, length, self.heads, width // self.heads).transpose(1, 2)


def install(unet: Any) -> TemporalState:
    """Replace every attention layer of the motion modules by `TemporalAttention`.

    The weights stay as they are, and so do their names.
    """
    state = TemporalState()
    for name, module in unet.named_modules():
        if not name.endswith("motion_modules"):
            continue
        for block in (block for transformer in module for block in transformer.transformer_blocks):
            positions, block.pos_embed = block.pos_embed, None
            for part in ("attn1", "attn2"):
                if getattr(block, part) is not None:
                    setattr(block, part, TemporalAttention(getattr(block, part), positions, state))
    return state


class Idle(nn.Module):
    """Replaces a motion module that does not change its input."""

    transformer_blocks = ()

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        return hidden_states


def skip_idle(unet: Any) -> int:
    """Replace every motion module whose output projection is zero by `Idle`; return their number.

    A motion module adds its projection to its input (zero-initialised in AnimateDiff, arXiv 2307.04725, section 4.2),
    so the result stays the same to the last bit, at up to half the cost of the U-Net.
    """
    count = 0
    for name, module in unet.named_modules():
        if not name.endswith("motion_modules"):
            continue
        for place, transformer in enumerate(module):
            if not any(bool(parameter.any()) for parameter in transformer.proj_out.parameters()):
                module[place] = Idle()
                count += 1
    return count


def window_starts(frames: int, length: int, stride: int) -> list[int]:
    """First frames of the windows that cover `frames` frames; the last window ends with the last frame."""
    last = frames - length
    return [*range(0, last, min(stride, length)), last]


def pyramid(length: int) -> Tensor:
    """Window weights 1, 2, … 2, 1: full in the middle, small at the seams."""
    place = torch.arange(1, length + 1)
    return torch.minimum(place, place.flip(0)).float()


def _chunks(states: Tensor, size: int) -> Iterator[tuple[int, Tensor]]:
    for start in range(0, states.shape[0], size):
        yield start, states[start : start + size]
