"""Adapters of a profile: low-rank changes of the denoiser (LoRA, arXiv 2106.09685), merged into its weights on loading.

A merged adapter costs nothing while a video is made. The file is safetensors: ``<layer>.lora_A.weight``, r×in, and
``<layer>.lora_B.weight``, out×r; its metadata names the revision of the model that it was trained on. The weights of a
convolution count as a matrix of its output channels: in is input channels × height × width of the kernel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.models.profile import Adapter, ModelProfile

DOWN, UP = ".lora_A.weight", ".lora_B.weight"
BASE = "base"
"""Key of the metadata: the revision of the model without adapters."""


def adapter_file(profile: ModelProfile, adapter: Adapter) -> Path:
    """Where the adapter lies.

    Raises:
        ModelError: the file does not exist.
    """
    path = profile.models / adapter.file
    if not path.is_file():
        raise ModelError(
            f"profile {profile.name!r} names the adapter {adapter.file}, but {path} does not exist",
            remedy="restore the file, or remove the adapter from the profile",
        )
    return path


def adapter_revision(profile: ModelProfile) -> str:
    """What tells models with other adapters apart: name, content and weight of each."""
    parts = []
    for adapter in profile.adapters:
        with adapter_file(profile, adapter).open("rb") as stream:
            parts.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()[:16]}*{adapter.weight:g}")
    return "+".join(parts)


def merge_adapters(denoiser: Any, profile: ModelProfile, base: str) -> None:
    """Add every adapter of the profile to the weights of `denoiser`: W + weight · B·A.

    Args:
        denoiser: a torch module, changed in place.
        profile: names the adapters.
        base: revision of the model without them.

    Raises:
        ModelError: a file is missing or damaged, was trained on another model, or does not fit a layer.
    """
    import torch

    for adapter in profile.adapters:
        path = adapter_file(profile, adapter)
        weights, trained_on = _read(path)
        if trained_on != base:
            raise ModelError(
                f"the adapter {adapter.file} was trained on revision {trained_on or 'unknown'}, but the model of "
                f"profile {profile.name!r} is {base}",
                remedy="use the profile that it was made for, or train it again",
            )
        layers = dict(denoiser.named_modules())
        for name, (down, up) in _pairs(path, weights).items():
            layer = layers.get(name)
            weight = getattr(layer, "weight", None)
            wanted = None if weight is None or weight.ndim < 2 else weight.flatten(1).shape
            if wanted != (up.shape[0], down.shape[1]):
                there = "no such layer" if wanted is None else f"{'×'.join(map(str, wanted))} weights there"
                raise ModelError(
                    f"the adapter {adapter.file} changes {up.shape[0]}×{down.shape[1]} weights of the layer {name}, "
                    f"but the denoiser of profile {profile.name!r} has {there}",
                    remedy="use the profile that it was made for",
                )
            assert layer is not None
            with torch.no_grad():
                change = (adapter.weight * (up.float() @ down.float())).view(layer.weight.shape)
                layer.weight.copy_((layer.weight.float() + change.to(layer.weight.device)).to(layer.weight.dtype))


def _read(path: Path) -> tuple[dict[str, Tensor], str]:
    from safetensors import SafetensorError, safe_open

    from videogen.models.file_limits import check_header

    check_header(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, (file.metadata() or {}).get(BASE, "")  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelError(f"the adapter {path} cannot be read: {error}", remedy="restore the file") from error


def _pairs(path: Path, weights: dict[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """Layer → A and B."""
    names = {key.removesuffix(DOWN).removesuffix(UP) for key in weights}
    found = {}
    for name in sorted(names):
        down, up = weights.get(name + DOWN), weights.get(name + UP)
        if down is None or up is None or down.ndim != 2 or up.ndim != 2 or up.shape[1] != down.shape[0]:
            raise ModelError(
                f"the adapter {path} has no two matching matrices for the layer {name}", remedy="restore it"
            )
        if not (bool(down.isfinite().all()) and bool(up.isfinite().all())):
            raise ModelError(f"the adapter {path} holds infinite values, in {name}", remedy="train it again")
        found[name] = down, up
    if not found:
        raise ModelError(f"the adapter {path} changes no layer", remedy="restore the file")
    return found
