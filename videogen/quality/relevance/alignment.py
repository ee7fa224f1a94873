"""How well a video shows what its prompt says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from videogen.errors import ModelError
from videogen.quality.metrics.temporal import cosine
from videogen.quality.metrics.window import Pixels, Values

# What a video is compared with besides its own prompt: everyday scenes that have little in common.
UNRELATED_PROMPTS = (
    "a plate of food on a restaurant table",
    "a person typing on a keyboard in an office",
    "a cat sleeping on a sofa",
    "fish swimming in an aquarium",
    "a football match in a stadium",
    "a surgeon at work in an operating room",
    "a rocket taking off",
    "a violinist on a concert stage",
    "a market stall with fruit and vegetables",
    "a snow-covered mountain under a blue sky",
    "children playing in a classroom",
    "a close-up of a flower with a bee",
    "a factory hall with robots",
    "a court room with judges",
    "a handshake between two politicians",
    "a desert with camels",
)


_ONE_AT_A_TIME = Lock()
# The vectors of `UNRELATED_PROMPTS`, kept as long as their encoder.
_unrelated: WeakKeyDictionary[VideoTextEncoder, Values] = WeakKeyDictionary()


class VideoTextEncoder(Protocol):
    """Puts texts and videos into one space. Vectors need not have length 1."""

    name: str

    def encode_text(self, texts: list[str]) -> Values:
        """N texts → N×D."""
        ...

    def encode_video(self, frames: Pixels) -> Values:
        """One video (uint8, T×H×W×3, evenly sampled) → D."""
        ...


@dataclass(frozen=True)
class Relevance:
    """How near a video is to its prompt.

    similarity: cosine to the prompt. relevance: the same in standard deviations above the mean cosine to unrelated
    prompts, which makes it comparable between encoders. subject: probability, 0 … 1, that the encoder gives to the
    subjects of the prompt. None where nothing was measured: `note` says why.
    """

    similarity: float | None
    relevance: float | None
    encoder: str | None
    note: str = ""
    subject: float | None = None


def subject_share(encoder: VideoTextEncoder, frames: Pixels, subjects: Sequence[str]) -> float | None:
    """The probability that the video shows one of these subjects, 0 … 1.

    None: the encoder cannot tell subjects apart, or none is named.

    It does not read the prompt: unlike a likeness of prompt and video, it cannot be pleased by the right landscape.
    """
    from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder

    if not isinstance(encoder, EmbeddedEncoder):
        return None
    known = encoder.classes["subject"]
    places = [known.index(subject) for subject in subjects if subject in known]
    return float(encoder.subjects(frames[None])[0][places].sum()) if places else None


def clip_similarity(video: Values, text: Values) -> float:
    """CLIP score of a video's and a text's vector: 100 · max(cos, 0), 0 … 100.

    Hessel et al. 2021 (arXiv 2104.08718) with the factor of torchmetrics.
    """
    return 100.0 * max(0.0, cosine(video, text))


def text_relevance(encoder: VideoTextEncoder, frames: Pixels, prompt: str) -> Relevance:
    """Compare a video with its prompt and with `UNRELATED_PROMPTS`. frames: uint8, T×H×W×3, evenly sampled."""
    # Several videos are assessed in parallel, and tokenizers keep state while they encode.
    with _ONE_AT_A_TIME:
        if encoder not in _unrelated:
            _unrelated[encoder] = np.asarray(encoder.encode_text(list(UNRELATED_PROMPTS)), np.float64)
        unrelated = _unrelated[encoder]
        text = np.asarray(encoder.encode_text([prompt])[0], np.float64)
        video = np.asarray(encoder.encode_video(frames), np.float64)
    similarity = cosine(video, text)
    others = np.array([cosine(video, other) for other in unrelated])
    spread = max(float(others.std(ddof=1)), 1e-6)
    return Relevance(similarity, float((similarity - others.mean()) / spread), encoder.name)


def evenly(count: int, wanted: int) -> list[int]:
    """At most `wanted` indices spread evenly over `count` frames, first and last included."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, wanted))}) if count else []


class ClipEncoder:
    """CLIP (Radford et al. 2021) or SigLIP (Zhai et al. 2023) from transformers.

    A video's vector is the mean of its frames' unit vectors.
    """

    def __init__(self, source: str | Path, revision: str | None = None, device: str = "cpu") -> None:
        """source: folder or hub id. Raises `ModelError` where the model cannot be loaded."""
        from transformers import AutoModel, AutoProcessor

        self._device = device
        try:
            self._processor: Any = AutoProcessor.from_pretrained(str(source), revision=revision)
            self._model: Any = AutoModel.from_pretrained(str(source), revision=revision, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"the CLIP model {source} cannot be loaded: {error}",
                remedy="check the profile's text–video encoder: a folder or hub id in transformers format",
            ) from error
        if not hasattr(self._model, "get_text_features"):
            raise ModelError(
                f"{source} is a {type(self._model).__name__}, which does not compare texts with pictures",
                remedy="name a CLIP or SigLIP as text_video_encoder in the profile",
            )
        self._model.to(device).eval()
        kind = str(self._model.config.model_type)
        self.name = f"{kind}:{Path(source).name}"
        # SigLIP was trained with texts that are always padded to its full length.
        self._padding = {"padding": "max_length"} if kind.startswith("siglip") else {"padding": True}

    def encode_text(self, texts: list[str]) -> Values:
        import torch

        inputs = self._processor(text=texts, return_tensors="pt", truncation=True, **self._padding).to(self._device)
        with torch.inference_mode():
            return _units(self._model.get_text_features(**inputs))

    def encode_frames(self, frames: Pixels) -> Values:
        """T frames → T×D, unit vectors."""
        import torch

        inputs = self._processor(images=list(frames), return_tensors="pt").to(self._device)
        with torch.inference_mode():
            return _units(self._model.get_image_features(**inputs))

    def encode_video(self, frames: Pixels) -> Values:
        return np.asarray(self.encode_frames(frames).mean(axis=0))


def _units(features: Any) -> Values:
    # transformers 5 wraps the features; version 4 hands out the bare tensor.
    tensor = getattr(features, "pooler_output", features)
    values = np.asarray(tensor.float().cpu().numpy(), np.float64)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def mean_similarity(encoder: VideoTextEncoder, videos: Sequence[Pixels], texts: Sequence[str]) -> float:
    """Mean `clip_similarity` of videos with their own texts, 0 … 100."""
    vectors = np.asarray(encoder.encode_text(list(texts)), np.float64)
    pairs = zip(videos, vectors, strict=True)
    return float(np.mean([clip_similarity(np.asarray(encoder.encode_video(video)), text) for video, text in pairs]))
