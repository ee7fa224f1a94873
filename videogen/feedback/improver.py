"""ModelImprover: from what people say to a change that was shown to help."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from videogen.config.config import VideoGenConfig
from videogen.domain.experiments import ExperimentRecord
from videogen.errors import InputError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.experiments.suggestions import ParameterSuggestion, suggestions_of
from videogen.feedback.experiments.trials import Trials
from videogen.feedback.experiments.validation import Validation, validate
from videogen.feedback.study.findings import FeedbackAnalysis
from videogen.feedback.tuning.dataset import DatasetManifest
from videogen.feedback.tuning.pairs import build_dataset
from videogen.models.profile import load_profile

BY_SYSTEM = "videogen"


class ModelImprover:
    """Suggests, tests and confirms changes. Nothing takes effect before a person adopts it.

    Args:
        config: None: the configuration in force.
        collector: None: one of its own.
    """

    def __init__(self, config: VideoGenConfig | None = None, collector: FeedbackCollector | None = None) -> None:
        self.config = config or VideoGenConfig.load()
        self.collector = collector or FeedbackCollector(self.config)

    @cached_property
    def trials(self) -> Trials:
        """The experiments."""
        return Trials(self.config, self.collector.store)

    def suggest_parameter_adjustments(self, feedback_analysis: FeedbackAnalysis) -> list[ParameterSuggestion]:
        """Changes of parameters that are worth a test, the most worthwhile first.

        Args:
            feedback_analysis: of `FeedbackIntegration.analyze_feedback_trends`.
        """
        return suggestions_of(feedback_analysis, self.config)

    def generate_fine_tuning_dataset(self, feedback_patterns: Mapping[str, Any] | None = None) -> DatasetManifest:
        """Pairs of videos of which people who agreed to it preferred one, ready for `python -m training.preferences`.

        Args:
            feedback_patterns: which feedback: ``since`` and ``until`` (days), ``categories``; None: all.

        Raises:
            InputError: there is too little, or too much of it comes from too few people; it says what is missing.
        """
        return build_dataset(self.collector, dict(feedback_patterns or {}))

    def setup_ab_test(
        self,
        current_model: str | Mapping[str, Any],
        improved_model: str | Mapping[str, Any] | ParameterSuggestion,
        *,
        by: str = BY_SYSTEM,
        why: str = "",
        start: bool = False,
        **options: Any,
    ) -> ExperimentRecord:
        """Draft a test of a change, or start it.

        Args:
            current_model: a profile's name, settings, or a suggestion.
            start: let requests be drawn into it at once.
            options: design ("paired", "split", "bandit"), outcome, share, unit, most_units, days, id, and for a
                bandit ``more_arms``: name → settings.
            improved_model: what is tested.
            by: who does it.
            why: the reason, in words.

        Raises:
            InputError: the plan is not possible; it says why.
        """
        control, treated = self._overrides(current_model), self._overrides(improved_model)
        if isinstance(improved_model, ParameterSuggestion):
            control = {**improved_model.before, **control}
            why = why or improved_model.why
        if control == treated:
            raise InputError("both variants are the same", remedy="name what is to be tested")
        arms = {"control": control, "change": treated, **options.pop("more_arms", {})}
        record = self.trials.draft(arms, by=by, why=why or "a change is tested", **options)
        return self.trials.store.start(record.experiment.id, by) if start else record

    def validate_improvements(
        self,
        before_metrics: Any,
        after_metrics: Any,
        *,
        primary: Collection[str] = ("score",),
        lower_is_better: Collection[str] = (),
        margins: Mapping[str, float] | None = None,
        prompts: Mapping[str, str] | None = None,
    ) -> Validation:
        """Compare the same videos before and after a change; see `videogen.feedback.experiments.validation.validate`.

        Raises:
            InputError: bare means, or other units before than after.
        """
        return validate(
            before_metrics, after_metrics, primary=primary, lower_is_better=lower_is_better, margins=margins,
            prompts=prompts,
        )  # fmt: skip

    def keep_suggestions(self, suggestions: list[ParameterSuggestion]) -> list[str]:
        """Write them into the table `recommendations`, each as a draft experiment; returns the drafts' ids.

        A setting that a draft or running experiment changes already gets no second draft.
        """
        import pandas as pd

        now = datetime.now(UTC)
        busy = {
            name: record.experiment.id
            for record in self.trials.store.all()
            if record.state != "ended"
            for name in record.experiment.settings()
        }
        rows, made = [], []
        for one in suggestions:
            known = busy.get(one.setting)
            if known is None:
                outcome = one.outcome if one.outcome in ("score", "rating", "approved") else "score"
                known = self.setup_ab_test({}, one, outcome=outcome).experiment.id
                made.append(known)
            rows.append({
                "made_at": now, "setting": one.setting, "current": None if one.current is None else str(one.current),
                "suggested": str(one.suggested), "effect": one.effect, "lower": one.lower, "upper": one.upper,
                "q": one.q, "evidence": one.evidence, "experiment": known, "why": one.why,
            })  # fmt: skip
        if rows:
            self.collector.store.warehouse.write("recommendations", f"{now:%Y-%m-%d}", pd.DataFrame(rows))
        return made

    def _overrides(self, model: str | Mapping[str, Any] | ParameterSuggestion) -> dict[str, Any]:
        if isinstance(model, ParameterSuggestion):
            return dict(model.changes)
        if isinstance(model, str):
            load_profile(model, self.config.path(self.config.paths.models))
            return {} if model == self.config.model.profile else {"model.profile": model}
        return dict(model)
