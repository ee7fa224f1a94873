"""ZeroShotAdapter: serves a new domain with the model that is there, and says how far that goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.adaptation.describing import describe, find_domain
from videogen.adaptation.parameters import ParameterManager, without_own
from videogen.adaptation.profiles import (
    Adaptation,
    AdaptationQuality,
    AdaptedParameters,
    Characteristics,
)
from videogen.adaptation.prompt_values import EngineeredPrompt
from videogen.adaptation.prompts import PromptEngineer
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import OPERATOR_SETTINGS
from videogen.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOW_COVERAGE = 0.5
"""Coverage below which a domain is said to be new to the model."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOTION = re.compile(
    r"(?:mov|driv|fly|sail|walk|march|rush|rac|travel|float|ris|fall|danc|run|rotat|spin|wav)\w*", re.I
)


class ZeroShotAdapter:
    """Adapts prompts, settings and colours to a domain; the model's weights stay as they are.

    Args:
        config: None: the defaults, with the environment.
    """

    def __init__(self, config: VideoGenConfig | None = None) -> None:
        self._config = config or VideoGenConfig.load()
        self.prompts = PromptEngineer(self._config)
        self.parameters = ParameterManager(self._config)

    def adapt_to_domain(self, domain_description: str, *, references: Sequence[Path | str] = ()) -> Adaptation:
        """What the model knows of a domain, and the settings for it. Nothing is drawn.

        Args:
            domain_description: a name of the domains file, or a description in plain words.
            references: pictures whose colours and light the videos are to have.

        Raises:
            InputError: the description is empty, names no domain, or a reference is not a picture. PolicyError: the
                content policy refuses the domain's words. Low coverage is a warning, not an error.
        """
        profile = describe(domain_description, self._config, references=references)
        preset, evidence = self.parameters.preset_for(profile)
        computed = self.parameters.compute_adaptation_parameters(profile)
        parameters = without_own(computed, {}, find_domain(domain_description, self._config))
        return Adaptation(profile=profile, preset=preset, parameters=parameters, evidence=evidence)

    def optimize_prompt(self, base_prompt: str, target_domain: str | None = None) -> EngineeredPrompt:
        """The prompt in words that the model reads, with every change (`PromptEngineer.engineer`).

        Args:
            target_domain: a name of the domains file or a description; None: only what the model cannot read changes.

        Raises:
            InputError: the prompt is empty, or names no domain.
        """
        return self.prompts.engineer(
            base_prompt, None if target_domain is None else find_domain(target_domain, self._config)
        )

    def adjust_parameters(
        self, base_params: Mapping[str, Any], domain_characteristics: Characteristics | Mapping[str, Any]
    ) -> AdaptedParameters:
        """`base_params` and, for settings that they leave open, the computed ones; with the reason for each.

        Args:
            base_params: setting → value, ``{"model.guidance_scale": 5}``; what the requester set stays.
            domain_characteristics: at least ``{"novelty": 0 … 1}``.

        Raises:
            ConfigError: a setting is unknown or out of its bounds. InputError: it is one of the operator's.
        """
        fixed = [name for name in base_params if any(f"{name}.".startswith(f"{one}.") for one in OPERATOR_SETTINGS)]
        if fixed:
            raise InputError(f"{fixed[0]} is for the operator to set", remedy="set it in the configuration file")
        strategy = self.parameters.optimize_sampling_strategy(domain_characteristics)
        found = without_own(strategy, base_params, None)
        settings = {**base_params, **found.settings}
        self._config.updated(settings)
        return AdaptedParameters(settings=settings, reasons=found.reasons, skipped=found.skipped)

    def evaluate_adaptation_quality(
        self,
        generated_sample: Path | str | NDArray[np.uint8],
        *,
        prompt: str = "",
        twin: Path | str | NDArray[np.uint8] | None = None,
    ) -> AdaptationQuality:
        """Whether an adapted video is better than the one that the same prompt and seed give without adaptation.

        Args:
            generated_sample: an mp4, or frames (uint8, T×H×W×3).
            prompt: what it is to show; empty: relevance is not measured.
            twin: the unadapted one; None: the verdict is "cannot tell".

        Raises:
            MediaError: a video cannot be read.
        """
        from videogen.adaptation.evaluation import evaluate

        return evaluate(generated_sample, prompt, twin, self._config)
