"""Gradient checkpointing: a network keeps less between forward and backward pass, and computes the rest again.

Chen et al. 2016, arXiv 1604.06174. Only the inputs of blocks are kept; a step takes about a third longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

SAVES_MEMORY = "less memory for a slower step: blocks are computed twice"
"""What the option ``--checkpoint-gradients`` does, for the stages that train a U-Net."""


def checkpointed(model: Any, wanted: bool) -> Any:
    """The same model, which keeps the inputs of its blocks only, where that is wanted.

    Raises:
        ValueError: its architecture has no blocks that can be computed again.
    """
    if wanted:
        model.enable_gradient_checkpointing()
    return model


def kept_bytes(forward: Callable[[], Tensor]) -> int:
    """Bytes that autograd holds after a forward pass, for its backward pass; one storage counts once."""
    storages: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    held: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        # The result keeps the graph, and with it the storages, alive while they are counted.
        held.append(forward())
    return sum(storages.values())
