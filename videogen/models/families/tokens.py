"""The tokenizer of a pipeline's text encoder, for counting and showing tokens; no weights are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.errors import ModelError
from videogen.models.families.index import model_index
from videogen.models.families.parts import folder_of
from videogen.models.text_encoders import PromptTokenizer, load_part, minilm_tokenizer

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile


def pipeline_tokenizer(profile: ModelProfile) -> PromptTokenizer:
    """The part ``tokenizer`` of the pipeline, a tokenizer or a processor that holds one.

    A pipeline that reads no text has none; words are then counted by that of the sentence encoder.

    Raises:
        ModelError: it cannot be read.
    """
    from transformers import AutoProcessor, AutoTokenizer

    index = model_index(folder_of(profile))
    if "tokenizer" not in index:
        return minilm_tokenizer(profile.max_tokens)
    is_processor = index["tokenizer"][1].endswith("Processor")
    found = load_part(AutoProcessor if is_processor else AutoTokenizer, profile, "tokenizer")
    tokenizer = getattr(found, "tokenizer", found)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(
            f"the tokenizer of profile {profile.name!r} ({type(tokenizer).__name__}) has no fast form",
            remedy="install sentencepiece and protobuf, which convert it: `pip install sentencepiece protobuf`",
        )
    pad = tokenizer.pad_token_id
    return PromptTokenizer(backend, profile.max_tokens, pad_id=0 if pad is None else pad)
