"""Which synthesizer drives which model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.synthesis.pipeline_synthesizer import PipelineSynthesizer
from videogen.synthesis.synthesizer import LatentSynthesizer

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.loading import LoadedModel


def synthesizer_for(model: LoadedModel, config: VideoGenConfig) -> LatentSynthesizer | PipelineSynthesizer:
    """A `PipelineSynthesizer` for models that bring their own loop, else a `LatentSynthesizer`."""
    if hasattr(model.family, "predict"):
        return LatentSynthesizer(config, model)
    return PipelineSynthesizer(config, model)
