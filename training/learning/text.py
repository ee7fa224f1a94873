"""Token states of all-MiniLM-L6-v2: what the model is told.

Exactly what the product does: 20 tokens, padded; last hidden state in fp32; padded places set to zero, because the
motion U-Net takes no mask; the empty prompt is the unconditional input.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from videogen.models.text_encoders import minilm_encoder

MAX_TOKENS = 20
WIDTH = 384


class TextEncoder:
    """Prompts in, N×L×384 float32 token states out; L is `max_tokens`."""

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self._encode = minilm_encoder(max_tokens, torch.device("cpu"))

    def __call__(self, prompts: Sequence[str], batch: int = 256) -> Tensor:
        return torch.cat([self._encode(prompts[start : start + batch]) for start in range(0, len(prompts), batch)])
