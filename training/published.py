"""Weights of the published model, for training that goes on without the checkpoints it was made from.

Every stage takes ``--published``: where it has no checkpoint of its own, it begins from models/pib-mini instead of from
nothing. Optimisers start from zero; the autoencoder's statistics are folded in already.
"""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

FOLDER = Path(__file__).resolve().parent.parent / "models" / "pib-mini"


def weights(part: str) -> dict[str, Tensor]:
    """Weights of "unet" or "vae", in single precision.

    Raises:
        FileNotFoundError: the folder does not hold them.
    """
    path = FOLDER / part / "diffusion_pytorch_model.safetensors"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: restore models/pib-mini, or train without --published")
    return {name: value.float() for name, value in load_file(path).items()}


def begin_from(model: nn.Module, part: str) -> None:
    """Give `model` the published weights of all its parameters; a part of a larger model may be asked for.

    Raises:
        FileNotFoundError: they are missing. KeyError: the model has parameters that were not published.
    """
    found = weights(part)
    model.load_state_dict({name: found[name] for name in model.state_dict()})
