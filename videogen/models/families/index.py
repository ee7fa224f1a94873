"""What a pipeline's folder says of itself: its class and its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from videogen.models.file_limits import read_config

Stage = Literal["encode", "denoise", "decode"]
DENOISERS = ("transformer", "transformer_2", "unet")
NETWORKS: dict[str, frozenset[Stage]] = {
    "text_encoder": frozenset({"encode"}),
    "text_encoder_2": frozenset({"encode"}),
    "text_encoder_3": frozenset({"encode"}),
    "transformer": frozenset({"denoise"}),
    "transformer_2": frozenset({"denoise"}),
    "unet": frozenset({"denoise"}),
    "motion_adapter": frozenset({"denoise"}),
    "connectors": frozenset({"denoise", "decode"}),
    "image_encoder": frozenset({"denoise", "decode"}),
    "vae": frozenset({"decode"}),
    "audio_vae": frozenset({"decode"}),
    "vocoder": frozenset({"decode"}),
    "latent_upsampler": frozenset({"decode"}),
}
"""Parts with weights, and the stages that run them. Everything else of a pipeline is small and always loaded."""


def model_index(folder: Path) -> dict[str, tuple[str, str]]:
    """Part → (library, class) as ``model_index.json`` says; parts that the repository leaves out are missing here.

    Raises:
        ModelError: as `read_index`.
    """
    entries = {name: value for name, value in read_index(folder).items() if isinstance(value, list) and len(value) == 2}
    return {name: (str(value[0]), str(value[1])) for name, value in entries.items() if value[0] and value[1]}


def read_index(folder: Path) -> dict[str, Any]:
    """``model_index.json``: ``_class_name``, and for each part its library and class, or two nulls.

    Raises:
        ModelError: the file is missing, damaged or beyond the limits of configurations.
    """
    return read_config(folder / "model_index.json")
