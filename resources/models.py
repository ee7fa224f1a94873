"""Video models: profiles, tokenizers and loaded weights, each loaded once per process."""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import TYPE_CHECKING

import dagster as dg

from resources.compute import DeviceResource

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile
    from videogen.models.text_encoders import PromptTokenizer
    from videogen.synthesis.preemption import Synthesizer


class ModelsResource(dg.ConfigurableResource):
    """Hands out the model that a configuration asks for."""

    device: dg.ResourceDependency[DeviceResource]

    def profile(self, config: "VideoGenConfig") -> "ModelProfile":
        """The profile `config.model.profile`; no weights are read."""
        from videogen.models.profile import load_profile

        return load_profile(config.model.profile, config.path(config.paths.models))

    def tokenizer(self, config: "VideoGenConfig") -> "PromptTokenizer":
        """The tokenizer of the profile; no weights are read."""
        from videogen.models.loading import tokenizer_for

        return tokenizer_for(self.profile(config))

    def synthesizer(self, config: "VideoGenConfig") -> "Synthesizer":
        """A synthesizer on the loaded model; the weights stay in memory for the next call.

        Where `VIDEOGEN_RAY_ADDRESS` names a Ray cluster, it asks the models that stay loaded there.

        Raises:
            ConfigError: the profile does not exist.
            ModelError: weights are missing or do not fit; or the cluster does not answer.
        """
        from resources.warm_models import cluster_address, warm_synthesizer
        from videogen.models.loading import load_model
        from videogen.synthesis.synthesizers import synthesizer_for

        profile = self.profile(config)
        if (address := cluster_address()) is not None:
            return warm_synthesizer(config, profile, address)
        model = load_model(profile, self.device.device(config), self.device.dtype(config, profile.precision))
        return synthesizer_for(model, config)

    def check(self, config: "VideoGenConfig", pictures: int) -> "list[str]":
        """Check a request before minutes are spent on it; returns what will be different from what was asked.

        Raises:
            ModelError, InputError, OutOfMemoryError: it cannot be made with this profile on this machine.
        """
        from videogen.models.preflight import check_request

        profile = self.profile(config)
        frames = profile.frames_for(config.model.num_frames, config.processing.duration)
        return check_request(profile, frames, pictures, self.device.device(config))

    def revision(self, config: "VideoGenConfig") -> str:
        """Return the revision of this profile's weights: hub commits, or a fingerprint of the files."""
        from videogen.models.loading import revision_of

        return revision_of(self.profile(config))
