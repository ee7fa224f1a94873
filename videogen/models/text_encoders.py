"""Prompts to token ids and token states: the model's own CLIP, or all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from videogen.errors import ModelError
from videogen.models.file_limits import check_files
from videogen.text.sentence_model import minilm, minilm_folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.models.profile import ModelProfile


class PromptTokenizer:
    """Text → (ids, token texts) as the text encoder reads them: special tokens in, padding out.

    Longer prompts are cut at `max_tokens`.
    """

    def __init__(self, backend: Any, max_tokens: int, pad_id: int) -> None:
        self.max_tokens = max_tokens
        self.pad_id = pad_id
        self._backend = backend
        self._backend.no_padding()
        self._backend.no_truncation()

    def __call__(self, text: str) -> tuple[list[int], list[str]]:
        encoding = self._truncated(text)
        return list(encoding.ids), list(encoding.tokens)

    def length(self, text: str) -> int:
        """Tokens of the whole text, special ones included; more than `max_tokens` means that some are cut off."""
        return len(self._backend.encode(text).ids)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Start and end character of every token that `__call__` gives; (0, 0) for special tokens."""
        return list(self._truncated(text).offsets)

    def padded(self, texts: Sequence[str]) -> tuple[list[list[int]], list[list[int]]]:
        """Ids and attention masks, each len(texts)×max_tokens."""
        ids, masks = [], []
        for text in texts:
            found = self(text)[0]
            padding = self.max_tokens - len(found)
            ids.append(found + [self.pad_id] * padding)
            masks.append([1] * len(found) + [0] * padding)
        return ids, masks

    def _truncated(self, text: str) -> Any:
        # Truncation must keep the end-of-text token, so the backend does it and not a slice.
        self._backend.enable_truncation(self.max_tokens)
        try:
            return self._backend.encode(text)
        finally:
            self._backend.no_truncation()


class TextEncoder:
    """Prompts → N×L×D float32 token states on the CPU.

    states: N×L token ids and N×L mask (1: a token, 0: padding) on `device` to N×L×D.
    """

    def __init__(self, states: Callable[[Tensor, Tensor], Tensor], tokenizer: PromptTokenizer, device: Any) -> None:
        self.tokenizer = tokenizer
        self._states, self._device = states, device

    def __call__(self, prompts: Sequence[str]) -> Tensor:
        import torch

        ids, masks = (torch.tensor(rows, device=self._device) for rows in self.tokenizer.padded(prompts))
        with torch.inference_mode():
            return self._states(ids, masks).float().cpu()


def minilm_tokenizer(max_tokens: int) -> PromptTokenizer:
    """The WordPiece tokenizer of all-MiniLM-L6-v2."""
    from tokenizers import Tokenizer

    backend = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    return PromptTokenizer(backend, max_tokens, pad_id=backend.token_to_id("[PAD]") or 0)


def clip_tokenizer(profile: ModelProfile) -> PromptTokenizer:
    """The tokenizer in the model's own ``tokenizer`` folder."""
    from transformers import AutoTokenizer

    tokenizer = load_part(AutoTokenizer, profile, "tokenizer")
    limit = min(profile.max_tokens, int(tokenizer.model_max_length))
    return PromptTokenizer(tokenizer.backend_tokenizer, limit, pad_id=tokenizer.pad_token_id)


def minilm_encoder(max_tokens: int, device: torch.device) -> TextEncoder:
    """Encoder of all-MiniLM-L6-v2 (384 wide) from the installed package, after a check of its SHA-256.

    It runs in fp32 on every device; states of padding are zero, for denoisers that take no mask.
    """
    return TextEncoder(minilm(str(device)), minilm_tokenizer(max_tokens), device)


def clip_encoder(profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> TextEncoder:
    """The CLIP text model in the model's own ``text_encoder`` folder."""
    from transformers import CLIPTextModel

    model = load_part(CLIPTextModel, profile, "text_encoder", dtype=dtype, use_safetensors=True).eval().to(device)
    # CLIP text encoders were trained without a mask; diffusers passes one only if the config asks for it.
    wanted = getattr(model.config, "use_attention_mask", False)

    def states(ids: Tensor, masks: Tensor) -> Tensor:
        found: Tensor = model(ids, attention_mask=masks if wanted else None)[0]
        return found

    return TextEncoder(states, clip_tokenizer(profile), device)


def load_part(cls: Any, profile: ModelProfile, subfolder: str, **options: Any) -> Any:
    """``cls.from_pretrained`` of one part of the profile's source, with errors that name the place and the remedy.

    Raises:
        ModelError: files are missing, unreadable or beyond the limits of `videogen.models.file_limits`.
    """
    return load_weights(cls, profile, profile.source, profile.revision, subfolder, **options)


def load_weights(
    cls: Any, profile: ModelProfile, source: str, revision: str | None, subfolder: str, **options: Any
) -> Any:
    """As `load_part`, from any folder or hub repository."""
    from safetensors import SafetensorError

    quiet_loading()
    folder = profile.locate(source)
    if folder is None:
        options["revision"] = revision
    if subfolder:
        options["subfolder"] = subfolder
    place = str(folder or source)
    if folder is not None:
        check_files(folder / subfolder)
    try:
        return cls.from_pretrained(place, local_files_only=folder is not None, **options)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        where = f"{place}/{subfolder}" if subfolder else place
        remedy = (
            "restore the folder (git checkout, or unpack the release again)"
            if folder is not None
            else f"check the network, or download {source} into the models folder and name that folder as 'source'"
        )
        raise ModelError(
            f"profile {profile.name!r} cannot be loaded from {where}: {_short(error)}", remedy=remedy
        ) from error


def quiet_loading() -> None:
    """Hide the progress bars of libraries, which would overwrite those of the command line."""
    import diffusers.utils.logging
    import transformers.utils.logging

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
