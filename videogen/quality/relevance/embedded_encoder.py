"""The embedded model's video–text encoder: similarity to texts, features of clips, and what a clip shows."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from videogen.errors import ModelError
from videogen.quality.metrics.window import Pixels, Values

if TYPE_CHECKING:
    from torch import Tensor

    from videogen.quality.relevance.video_network import Output, VideoNetwork

MAX_TOKENS = 20
"""Length of texts for networks whose `config.json` names no other."""
_AT_ONCE = 16


class EmbeddedEncoder:
    """A `VideoTextEncoder` from a folder with ``config.json`` and ``model.safetensors`` (see training/recogniser.py).

    It knows the embedded model's world of flat illustrations and nothing else. Texts go through all-MiniLM-L6-v2.
    """

    def __init__(self, folder: Path) -> None:
        """Raises ModelError where the folder holds no such network."""
        self.folder = folder
        self.name = f"{folder.parent.name}/{folder.name}"
        self.network, config = _loaded(folder)
        self.classes: dict[str, list[str]] = config["classes"]
        self._size, self._max_tokens = config["size"], config["max_tokens"]

    def encode_text(self, texts: list[str]) -> Values:
        import torch

        from videogen.quality.relevance.video_network import sentence_vectors

        with torch.inference_mode():
            return _values(self.network.place_texts(sentence_vectors(self._text(texts))))

    def encode_video(self, frames: Pixels) -> Values:
        embedding = self._look(frames[None]).embedding
        assert embedding is not None  # checked when it was loaded
        return np.asarray(_values(embedding)[0])

    def features(self, clips: Pixels) -> Values:
        """Features for a Fréchet distance: uint8 N×T×H×W×3 → N×64, each in −1 … 1."""
        parts = [
            _values(self._look(clips[start : start + _AT_ONCE]).features) for start in range(0, len(clips), _AT_ONCE)
        ]
        return np.concatenate(parts)

    def subjects(self, clips: Pixels) -> Values:
        """Probabilities of the world's subjects, for an inception score: uint8 N×T×H×W×3 → N×K."""
        parts = [
            _values(self._look(clips[start : start + _AT_ONCE]).attributes["subject"].softmax(dim=1))
            for start in range(0, len(clips), _AT_ONCE)
        ]
        return np.concatenate(parts)

    def describe(self, frames: Pixels) -> dict[str, tuple[str, float]]:
        """What one video shows: attribute → (its likeliest value, the probability of that)."""
        found = {}
        for name, logits in self._look(frames[None]).attributes.items():
            chances = logits.softmax(dim=1)[0]
            found[name] = (self.classes[name][int(chances.argmax())], float(chances.max()))
        return found

    def _look(self, clips: Pixels) -> Output:
        import torch

        from videogen.quality.relevance.video_network import prepared

        with torch.inference_mode():
            output: Output = self.network(torch.stack([prepared(clip, self._size) for clip in clips]))
        return output

    @cached_property
    def _text(self) -> Any:
        import torch

        from videogen.models.text_encoders import minilm_encoder

        return minilm_encoder(self._max_tokens, torch.device("cpu"))


def is_embedded_encoder(folder: Path) -> bool:
    """Whether `folder` holds a network of this kind, and not a CLIP model."""
    config = folder / "config.json"
    return config.is_file() and "feature_width" in json.loads(config.read_text(encoding="utf-8"))


def _loaded(folder: Path) -> tuple[VideoNetwork, dict[str, Any]]:
    """The network, and its `config.json` with the size and text length it was trained with."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from videogen.quality.relevance.video_network import SIZE, VideoNetwork

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        counts = {name: len(words) for name, words in config["classes"].items()}
        network = VideoNetwork(counts, config["feature_width"], config["text_width"], config["embedding_width"])
        network.load_state_dict(load_file(folder / "model.safetensors"))
        width, height = config.get("size", SIZE)
        config |= {"size": (int(width), int(height)), "max_tokens": int(config.get("max_tokens", MAX_TOKENS))}
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the video encoder in {folder} cannot be used: {error}",
            remedy="restore the folder from the project's repository",
        ) from error
    return network.eval(), config


def _values(tensor: Tensor) -> Values:
    return np.asarray(tensor.float().cpu().numpy(), np.float64)
