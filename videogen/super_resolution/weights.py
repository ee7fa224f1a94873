"""Weights of upscaling networks: a folder of safetensors with its config.json, or an official Real-ESRGAN file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.runtime.structured_text import parse_json
from videogen.storage.atomic_folder import sha256
from videogen.super_resolution.compat import architecture

if TYPE_CHECKING:
    import torch

CONFIG = "config.json"
_RELEASES = "https://github.com/xinntao/Real-ESRGAN/releases"


@dataclass(frozen=True)
class NetworkWeights:
    """One network: how it is built and where its weights lie.

    partner: second file of a denoising pair; both are blended (deep network interpolation, Wang et al. 2019).
    """

    file: Path
    architecture: str
    factor: int
    arguments: Mapping[str, Any]
    partner: Path | None = None


@dataclass(frozen=True)
class _Official:
    architecture: str
    factor: int
    sha256: str
    arguments: Mapping[str, Any]
    partner: str | None = field(default=None)


def _rrdb(blocks: int, scale: int) -> dict[str, Any]:
    return {
        "num_in_ch": 3,
        "num_out_ch": 3,
        "num_feat": 64,
        "num_block": blocks,
        "num_grow_ch": 32,
        "scale": scale,
    }


def _compact(convolutions: int) -> dict[str, Any]:
    features = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 64, "upscale": 4, "act_type": "prelu"}
    return features | {"num_conv": convolutions}


OFFICIAL: dict[str, _Official] = {
    "RealESRGAN_x4plus.pth": _Official(
        "RRDBNet", 4, "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1", _rrdb(23, 4)
    ),
    "RealESRGAN_x2plus.pth": _Official(
        "RRDBNet", 2, "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb", _rrdb(23, 2)
    ),
    "RealESRGAN_x4plus_anime_6B.pth": _Official(
        "RRDBNet", 4, "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da", _rrdb(6, 4)
    ),
    "realesr-animevideov3.pth": _Official(
        "SRVGGNetCompact", 4, "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d", _compact(16)
    ),
    "realesr-general-x4v3.pth": _Official(
        "SRVGGNetCompact",
        4,
        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        _compact(32),
        partner="realesr-general-wdn-x4v3.pth",
    ),
    "realesr-general-wdn-x4v3.pth": _Official(
        "SRVGGNetCompact", 4, "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca", _compact(32)
    ),
}


def upscaler_weights(source: Path) -> list[NetworkWeights]:
    """The networks of `source`, in the order in which they are applied.

    Args:
        source: a folder with config.json (name → file, class, constructor arguments) and safetensors files,
            or one official Real-ESRGAN .pth file. realesr-general-x4v3.pth is blended with
            realesr-general-wdn-x4v3.pth where that lies beside it.

    Raises:
        ModelError: a file is missing, malformed, or not the one that was published.
    """
    if source.is_dir():
        return _from_folder(source)
    if not source.exists():
        hint = (
            f"download {source.name} from {_RELEASES} and put it there"
            if source.name in OFFICIAL
            else "restore the folder (it comes with the project), or set super_resolution.upscaler to lanczos"
        )
        raise ModelError(f"upscaler weights are missing: {source}", remedy=hint)
    return [_official(source)]


def load_network(weights: NetworkWeights, denoise_strength: float = 0.5) -> torch.nn.Module:
    """The network with its weights, on the CPU in float32, ready for inference.

    Args:
        denoise_strength: share of the strongly denoising file of a pair, 0 … 1.

    Raises:
        ModelError: the file cannot be read or does not fit the network.
    """
    import torch

    state = _state(weights.file)
    if weights.partner is not None:
        weak = _state(weights.partner)
        if weak.keys() != state.keys():
            raise _unfit(weights.partner, "its parameters differ from those of its partner")
        state = {name: torch.lerp(weak[name], value, denoise_strength) for name, value in state.items()}
    network: torch.nn.Module
    try:
        network = architecture(weights.architecture)(**weights.arguments)
        network.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        raise _unfit(weights.file, " ".join(str(error).split())[:300]) from error
    return network.eval().requires_grad_(False)


def _from_folder(folder: Path) -> list[NetworkWeights]:
    config = folder / CONFIG
    if not config.is_file():
        raise ModelError(
            f"upscaler weights are missing: {config}",
            remedy="restore the file (it comes with the project), or set super_resolution.upscaler to lanczos",
        )
    try:
        entries = parse_json(config.read_text(encoding="utf-8"))
        found = [_entry(folder, entry) for entry in entries.values()]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{config} is malformed: {error!r}",
            remedy='it must map names to {"file", "class", constructor arguments of the class}',
        ) from error
    if not found:
        raise ModelError(f"{config} names no network", remedy="restore the file")
    for network in found:
        if not network.file.is_file():
            raise ModelError(
                f"upscaler weights are missing: {network.file}",
                remedy=f"restore the file that {config} names, or set super_resolution.upscaler to lanczos",
            )
    return found


def _entry(folder: Path, entry: dict[str, Any]) -> NetworkWeights:
    arguments = {key: value for key, value in entry.items() if key not in ("file", "class")}
    file = folder / Path(entry["file"]).name
    name = entry.get("class", "SRVGGNetCompact")
    factor = int(arguments.get("upscale", arguments.get("scale", 4)))
    return NetworkWeights(file, name, factor, arguments)


def _official(path: Path) -> NetworkWeights:
    known = OFFICIAL.get(path.name)
    if known is None:
        raise ModelError(
            f"{path} is not an official Real-ESRGAN file",
            remedy=f"use one of {', '.join(OFFICIAL)}, or a folder of safetensors with config.json",
        )
    _verify(path, known.sha256)
    partner = path.with_name(known.partner) if known.partner else None
    if partner is not None and partner.is_file():
        _verify(partner, OFFICIAL[partner.name].sha256)
    else:
        partner = None
    return NetworkWeights(path, known.architecture, known.factor, known.arguments, partner)


def _verify(path: Path, expected: str) -> None:
    actual = sha256(path)
    if actual != expected:
        raise ModelError(
            f"{path} is not the published file: its SHA-256 is {actual}, not {expected}",
            remedy=f"download it again from {_RELEASES}",
        )


def _state(path: Path) -> dict[str, torch.Tensor]:
    from pickle import UnpicklingError  # what torch.load(weights_only=True) raises at anything but tensors

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            loaded: dict[str, torch.Tensor] = load_file(path)
            return loaded
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise _unfit(path, " ".join(str(error).split())[:300]) from error
    for key in ("params_ema", "params"):
        if key in content:
            state: dict[str, torch.Tensor] = content[key]
            return state
    raise _unfit(path, "it contains no 'params' or 'params_ema'")


def _unfit(path: Path, reason: str) -> ModelError:
    return ModelError(f"the upscaler weights {path} cannot be used: {reason}", remedy="restore or download the file")
