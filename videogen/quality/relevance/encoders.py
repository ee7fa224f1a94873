"""The text–video encoder that a model profile names, loaded once per process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.quality.relevance.alignment import ClipEncoder, VideoTextEncoder

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile


def encoder_for(config: VideoGenConfig) -> VideoTextEncoder | None:
    """The encoder of `config.model.profile`; None: the profile names none that knows such content.

    Raises:
        ConfigError: the profile does not exist. ModelError: the encoder cannot be loaded.
    """
    from videogen.models.profile import load_profile
    from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder

    encoder = _of_profile(load_profile(config.model.profile, config.path(config.paths.models)))
    # It has seen flat illustrations only; what it says about camera pictures means nothing.
    blind = isinstance(encoder, EmbeddedEncoder) and config.quality.content_type == "footage"
    return None if blind else encoder


def _of_profile(profile: ModelProfile) -> VideoTextEncoder | None:
    source = profile.text_video_encoder
    if source is None:
        return None
    folder = profile.locate(source)
    return _load(str(folder) if folder else source)


@lru_cache(maxsize=2)
def _load(source: str) -> VideoTextEncoder:
    from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder, is_embedded_encoder

    folder = Path(source)
    return EmbeddedEncoder(folder) if is_embedded_encoder(folder) else ClipEncoder(source)
