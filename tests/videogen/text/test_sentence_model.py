from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from videogen.errors import ModelError
from videogen.fact_check.knowledge.embeddings import embed
from videogen.text import sentence_model
from videogen.text.sentence_model import minilm_folder

TEXTS = [
    "The dam was opened.",
    "Hi",
    "naïve café — ünïcode",
    "In Norhaven the canal of ward 17 was repaired. " * 30,
    "",
]


def test_embeddings_are_those_of_transformers_own_bert() -> None:
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    reference = BertModel.from_pretrained(minilm_folder(), local_files_only=True).eval()
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    for text, found in zip(TEXTS, embed(TEXTS), strict=True):
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            mean = reference(input_ids=ids).last_hidden_state.mean(1)
        expected = torch.nn.functional.normalize(mean, dim=1).numpy()[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_embedding_does_not_import_transformers() -> None:
    code = "import sys; from videogen.fact_check.knowledge.embeddings import embed; embed(['a']); print('transformers' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize("change", [{"model_type": "roberta"}, {"num_hidden_layers": 7}, {"hidden_size": 768}])
def test_a_model_of_another_kind_or_size_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    config = json.loads((minilm_folder() / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    shutil.copy(minilm_folder() / "model.safetensors", tmp_path)
    with pytest.raises(ModelError, match=str(tmp_path)):
        sentence_model.load(tmp_path)
