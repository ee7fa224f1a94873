"""Any transformers sequence-classification model trained for natural language inference, by folder or hub id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from videogen.config.groups.all import FactCheckSettings
from videogen.errors import ConfigError, ModelError
from videogen.fact_check.judging.backends.base import Assessment, fact_evidence, facts_for, passage_evidence
from videogen.fact_check.judging.structured import mentioned_attributes
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.knowledge.verdict import Evidence
from videogen.fact_check.reading.claim import Claim

_PASSAGES, _FACTS, _BATCH = 5, 12, 16
# Below this the model's own best guess does not count as evidence.
_DECIDED = 0.6


class NliBackend:
    """Premise: a passage, or a fact as a sentence; hypothesis: the claim."""

    def __init__(self, settings: FactCheckSettings) -> None:
        if not settings.nli_model:
            raise ConfigError(
                "the fact-check backend nli needs a model",
                remedy="set fact_check.nli_model to the folder or hub id of a sequence-classification model",
            )
        self.name = f"nli:{settings.nli_model}"
        self._model_name = settings.nli_model
        self._loaded: tuple[Any, Any, dict[str, int]] | None = None

    def _load(self) -> tuple[Any, Any, dict[str, int]]:
        if self._loaded is None:
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            try:
                tokenizer = AutoTokenizer.from_pretrained(self._model_name)
                model = AutoModelForSequenceClassification.from_pretrained(
                    self._model_name, use_safetensors=True
                ).eval()
            except (OSError, ValueError) as error:
                raise ModelError(
                    f"the model {self._model_name} of the fact-check backend nli cannot be loaded: {error}",
                    remedy="give a folder or hub id with safetensors weights",
                ) from error
            self._loaded = tokenizer, model, _classes(model.config.id2label, self._model_name)
        return self._loaded

    def assess(self, claims: Sequence[Claim], knowledge: KnowledgeBase, today: date) -> list[Assessment]:
        """See `Backend.assess`.

        Raises:
            ModelError: the model cannot be loaded or has no classes for entailment and contradiction.
        """
        found = knowledge.search([claim.text for claim in claims], _PASSAGES)
        items: list[tuple[int, Evidence]] = []
        for index, claim in enumerate(claims):
            attributes = mentioned_attributes(claim)
            facts = [fact for fact in facts_for(claim, knowledge) if fact.attribute in attributes][:_FACTS]
            items += [(index, fact_evidence(fact, knowledge, "irrelevant", 0.5)) for fact in facts]
            items += [(index, passage_evidence(passage, knowledge, "irrelevant", 0.5)) for passage in found[index]]
        judged = self._judge([(item.text, claims[index].text) for index, item in items])
        evidence: dict[int, list[Evidence]] = {}
        for (index, item), (stance, strength) in zip(items, judged, strict=True):
            if stance != "irrelevant":
                evidence.setdefault(index, []).append(item.model_copy(update={"stance": stance, "strength": strength}))
        return [
            Assessment(tuple(evidence.get(index, ())), "" if evidence.get(index) else "no passage or fact decides it")
            for index in range(len(claims))
        ]

    def _judge(self, pairs: list[tuple[str, str]]) -> list[tuple[str, float]]:
        import torch

        tokenizer, model, classes = self._load()
        judged = []
        for start in range(0, len(pairs), _BATCH):
            chosen = pairs[start : start + _BATCH]
            inputs = tokenizer(
                [pair[0] for pair in chosen],
                [pair[1] for pair in chosen],
                truncation="only_first",
                padding=True,
                return_tensors="pt",
                max_length=min(tokenizer.model_max_length, 512),
            )
            with torch.inference_mode():
                rows = model(**inputs).logits.float().softmax(-1)
            for row in rows:
                support, refute = float(row[classes["entailment"]]), float(row[classes["contradiction"]])
                strength = 0.5 + abs(support - refute) / 2
                stance = "supports" if support > refute else "refutes"
                judged.append((stance, strength) if max(support, refute) >= _DECIDED else ("irrelevant", 0.5))
        return judged


def _classes(labels: dict[int, str], model: str) -> dict[str, int]:
    """Which output is which: by the names that models of this kind use."""
    found: dict[str, int] = {}
    for index, label in labels.items():
        plain = label.lower()
        if plain.startswith(("entail", "support")):
            found["entailment"] = int(index)
        elif plain.startswith(("contradict", "refute")):
            found["contradiction"] = int(index)
    if len(found) < 2:
        raise ModelError(
            f"the model {model} has the classes {', '.join(labels.values())}, but none for entailment and contradiction",
            remedy="choose a model trained for natural language inference",
        )
    return found
