"""ParameterManager: settings and conditioning weights for a domain, and the record of what worked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from videogen.adaptation.describing import describe
from videogen.adaptation.history import Row, choose, posteriors, similarities
from videogen.adaptation.profiles import (
    AdaptationQuality,
    AdaptedParameters,
    Characteristics,
    DomainProfile,
    SamplingStrategy,
    TransferWeights,
)
from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import flat
from videogen.errors import InputError
from videogen.runtime.seeds import derive_seed

if TYPE_CHECKING:
    from videogen.adaptation.domains import Domain
    from videogen.models.profile import ModelProfile
    from videogen.storage.warehouse import Warehouse

Preset = Literal["off", "mild", "strong"]
MILD, STRONG = 0.2, 0.5
"""Novelty from which on the rules adapt mildly, and strongly."""
GUIDANCE: Mapping[Preset, float] = {"off": 1.0, "mild": 1.1, "strong": 1.25}
STEPS: Mapping[Preset, float] = {"off": 1.0, "mild": 1.0, "strong": 1.25}
TOO_FAR = 0.3
"""Cosine of two domains below which nothing of one is taken over to the other."""
EMPHASIS = 1.2
LOWEST, HIGHEST = 0.25, 4.0


class ParameterManager:
    """Chooses settings for domains.

    Args:
        config: None: the defaults, with the environment.
        warehouse: where the history is kept; None: that of the configuration.
    """

    def __init__(self, config: VideoGenConfig | None = None, warehouse: Warehouse | None = None) -> None:
        from videogen.storage.warehouse import Warehouse

        self._config = config or VideoGenConfig.load()
        self._warehouse = warehouse or Warehouse(self._config.location(self._config.paths.warehouse))

    def compute_adaptation_parameters(self, domain_info: DomainProfile | str) -> AdaptedParameters:
        """Settings for a domain: those that its entry in the file gives, and those of the chosen preset.

        Args:
            domain_info: what `ZeroShotAdapter.adapt_to_domain` found, or the name or description of a domain.

        Raises:
            InputError: the domain is unknown or empty.
        """
        info = self._profile_of(domain_info)
        preset, rows = self.preset_for(info)
        strategy = self._strategy(info.characteristics, preset)
        reasons = {name: f"{why} (preset {preset}, {rows} earlier videos)" for name, why in strategy.reasons.items()}
        return AdaptedParameters(settings=strategy.settings, reasons=reasons, skipped=strategy.skipped)

    def optimize_sampling_strategy(
        self, domain_characteristics: Characteristics | Mapping[str, Any]
    ) -> SamplingStrategy:
        """Steps and guidance within what the profile supports, more of both the further a domain is from what is known.

        Args:
            domain_characteristics: at least ``{"novelty": 0 … 1}``.
        """
        found = Characteristics.model_validate(domain_characteristics)
        return self._strategy(found, by_rule(found))

    def apply_transfer_weights(self, source_domain: str, target_domain: str) -> TransferWeights:
        """Weights of the words that both domains share, for a prompt of the target: what matters there matters here.

        They act in the text conditioning (`videogen.synthesis.conditioning.emphasise`), not in the network. Each shared
        key term gets 1 + 0.2 · similarity; then all are divided by their mean with the other terms at 1.

        Args:
            source_domain, target_domain: names of domains, or descriptions.

        Raises:
            InputError: a domain is unknown, or a description is empty.
        """
        source, target = self._profile_of(source_domain), self._profile_of(target_domain)
        likeness = similarities(self._vector(source.description), self._vectors([target.description]))[0]
        if likeness < TOO_FAR:
            why = f"the domains are too far from each other (similarity {likeness:.2f}, at least {TOO_FAR})"
            return TransferWeights(source=source.name, target=target.name, similarity=round(likeness, 4), reason=why)
        theirs = {keyword.nearest for keyword in source.keywords if keyword.known}
        raw = {
            keyword.word: 1.0 + (EMPHASIS - 1.0) * likeness if keyword.nearest in theirs else 1.0
            for keyword in target.keywords
        }
        mean = sum(raw.values()) / max(len(raw), 1)
        words = {word: round(min(max(weight / mean, LOWEST), HIGHEST), 4) for word, weight in raw.items()}
        shared = sum(weight > 1.0 for weight in raw.values())
        why = f"{shared} of {len(raw)} key terms are shared, similarity {likeness:.2f}"
        return TransferWeights(
            source=source.name, target=target.name, similarity=round(likeness, 4), words=words, reason=why
        )

    def save_successful_adaptation(self, parameters: Mapping[str, Any], results: AdaptationQuality) -> str:
        """Keep what an adaptation used and how it went, failures too: a history of successes alone would mislead.

        Args:
            parameters: "video_id", "domain", "description", "preset", "settings" (a mapping), and "attempt".

        Returns:
            The key of the row in the table `adaptations`.

        Raises:
            InputError: a parameter is missing, or the results have no verdict.
        """
        import pandas as pd

        missing = [name for name in ("video_id", "domain", "description", "preset") if not parameters.get(name)]
        if missing:
            raise InputError(
                f"the adaptation does not say its {missing[0]}", remedy="give video_id, domain, description, preset"
            )
        from datetime import UTC, datetime

        attempt = int(parameters.get("attempt", 1))
        row = {
            "video_id": parameters["video_id"],
            "attempt": attempt,
            "adapted_at": datetime.now(UTC),
            "domain": parameters["domain"],
            "description": parameters["description"],
            "profile": self._config.model.profile,
            "revision": parameters.get("revision"),
            "preset": parameters["preset"],
            "settings": json.dumps(dict(parameters.get("settings") or {}), sort_keys=True),
            "score": results.score,
            "gain": results.difference,
            "verdict": results.verdict,
            "success": results.passed and results.verdict != "worse",
        }
        key = f"{parameters['video_id']}.{attempt}"
        self._warehouse.write("adaptations", key, pd.DataFrame([row]))
        return key

    def preset_for(self, info: DomainProfile) -> tuple[Preset, int]:
        """The preset for a domain, and how many earlier videos of this model decided; 0: the rules did."""
        import numpy as np

        rule = by_rule(info.characteristics)
        rows = self._history(info.model)
        likeness = similarities(self._vector(info.description), self._vectors([row.description for row in rows]))
        beliefs = posteriors(rows, likeness)
        rng = np.random.default_rng(derive_seed(len(rows), "preset", info.description))
        chosen = choose(beliefs, rule, explore=self._config.adaptation.explore, rng=rng)
        decided = chosen != rule or self._config.adaptation.explore
        return _preset(chosen), len(rows) if decided else 0

    def _strategy(self, found: Characteristics, preset: Preset) -> SamplingStrategy:
        profile, settings, reasons, skipped = self._profile, {}, {}, []
        guidance = self._config.model.guidance_scale or profile.guidance_scale
        steps = self._config.model.num_inference_steps or profile.steps
        cost = 1.0
        if GUIDANCE[preset] != 1.0:
            if profile.guidance_scale <= 1.0:
                skipped.append(f"guidance: the model of {profile.name} was distilled to run without it")
            else:
                settings["model.guidance_scale"] = round(min(guidance * GUIDANCE[preset], 30.0), 2)
                reasons["model.guidance_scale"] = f"{found.novelty:.0%} of the domain is new to the model"
        if STEPS[preset] != 1.0:
            settings["model.num_inference_steps"] = min(round(steps * STEPS[preset]), 1000)
            reasons["model.num_inference_steps"] = f"{found.novelty:.0%} of the domain is new to the model"
            cost = settings["model.num_inference_steps"] / steps
        return SamplingStrategy(settings=settings, reasons=reasons, skipped=tuple(skipped), cost=cost)

    def _history(self, model: str) -> list[Row]:
        sql = (
            "SELECT domain, description, preset, coalesce(gain, 0.0) AS gain, success, adapted_at FROM adaptations "
            "WHERE profile = ? AND gain IS NOT NULL ORDER BY adapted_at DESC LIMIT 500"
        )
        found = self._warehouse.query(sql, [model])
        return [
            Row(
                row["domain"],
                row["description"],
                row["preset"],
                float(row["gain"]),
                bool(row["success"]),
                row["adapted_at"],
            )
            for row in found.to_dict("records")
        ]

    def _profile_of(self, domain: DomainProfile | str) -> DomainProfile:
        return domain if isinstance(domain, DomainProfile) else describe(domain, self._config)

    def _vector(self, text: str) -> Any:
        return self._vectors([text])[0]

    def _vectors(self, texts: Sequence[str]) -> Any:
        from videogen.fact_check.knowledge.embeddings import embed

        return embed(list(texts))

    @cached_property
    def _profile(self) -> ModelProfile:
        from videogen.models.profile import load_profile

        return load_profile(self._config.model.profile, self._config.path(self._config.paths.models))


def by_rule(found: Characteristics) -> Preset:
    """The preset that novelty alone asks for: off below 0.2, mild below 0.5, else strong."""
    if found.novelty < MILD:
        return "off"
    return "mild" if found.novelty < STRONG else "strong"


def without_own(computed: AdaptedParameters, own: Mapping[str, Any], domain: Domain | None) -> AdaptedParameters:
    """The computed settings under the domain's own, and both under what the requester set."""
    wishes = {**computed.settings, **(flat(domain.settings) if domain else {})}
    reasons = {**computed.reasons, **dict.fromkeys(flat(domain.settings) if domain else (), "set by the domain")}
    kept = set(flat(own))
    return AdaptedParameters(
        settings={name: value for name, value in wishes.items() if name not in kept},
        reasons={name: why for name, why in reasons.items() if name not in kept},
        skipped=(*computed.skipped, *(f"{name}: the requester set it" for name in wishes if name in kept)),
    )


def _preset(name: str) -> Preset:
    return "off" if name == "off" else "mild" if name == "mild" else "strong"
