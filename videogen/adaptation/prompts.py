"""PromptEngineer: prompts in the words that a model reads, templates of domains, and what the words of a prompt did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.adaptation.common_words import common_words
from videogen.adaptation.domains import REQUIRED, SLOTS, Domain, domain_named, load_domains
from videogen.adaptation.effectiveness import effectiveness
from videogen.adaptation.lexicon import NEAR, Lexicon
from videogen.adaptation.prompt_values import DomainKeyword, EngineeredPrompt, PromptEffectiveness
from videogen.adaptation.rewriting import rewrite
from videogen.adaptation.synonyms import synonyms_of
from videogen.adaptation.world import KnownWorld, world_of
from videogen.config.config import VideoGenConfig
from videogen.config.suggestions import did_you_mean
from videogen.domain.artifacts import PromptChange
from videogen.errors import InputError
from videogen.preprocessing.prompt.keywords import extract_keywords
from videogen.preprocessing.prompt.vocabulary import load_vocabulary, mentions
from videogen.quality.reporting.report import QualityReport

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile

_SPACES = re.compile(r"\s*(?:,\s*)+")


class PromptEngineer:
    """Words prompts for the model of a configuration.

    Args:
        config: None: the defaults, with the environment.
    """

    def __init__(self, config: VideoGenConfig | None = None) -> None:
        self._config = config or VideoGenConfig.load()

    def generate_enhanced_prompt(self, base_prompt: str, domain: str | Domain | None = None) -> str:
        """The prompt as the model is to read it; see `engineer`."""
        return self.engineer(base_prompt, domain).text

    def engineer(self, prompt: str, domain: str | Domain | None = None) -> EngineeredPrompt:
        """Rewrite what the model cannot read, and add the domain's place and time where the prompt is silent.

        The user's words stay untouched and first, but for those that the model does not know: these are replaced by the
        words of its captions, from the domain's list, the model's synonyms, or by meaning. A profile that does not say
        what its model knows gets nothing replaced.

        Args:
            domain: a domain, the name of one, or None.

        Raises:
            InputError: the prompt is empty, or the domain is unknown.
        """
        if not prompt.strip():
            raise InputError("the prompt is empty", remedy="describe in a sentence what the video shows")
        entry = self.domain(domain)
        if self._world is None:
            return EngineeredPrompt(original=prompt, text=prompt)
        lexicon = self._lexicon(entry)
        found = rewrite(prompt, lexicon, common_words(self._world), self._foreign)
        text, added = self._with_additions(found.text, entry)
        return EngineeredPrompt(original=prompt, text=text, changes=(*found.changes, *added), unknown=found.unknown)

    def extract_domain_keywords(self, domain_description: str) -> tuple[DomainKeyword, ...]:
        """The key terms of a description, the weightiest first, each with the known thing that it is nearest to.

        Raises:
            InputError: the description is empty.
        """
        if not domain_description.strip():
            raise InputError("the description of the domain is empty", remedy="describe it in a sentence")
        words = extract_keywords(domain_description)
        if self._world is None:
            return tuple(DomainKeyword(word=word.word, weight=word.weight, known=False) for word in words)
        near = self._lexicon(None).nearest([word.word for word in words])
        return tuple(
            DomainKeyword(
                word=word.word,
                weight=word.weight,
                known=neighbour.similarity >= NEAR,
                nearest=neighbour.name,
                similarity=neighbour.similarity,
            )
            for word, neighbour in zip(words, near, strict=True)
        )

    def apply_prompt_templates(self, content: Mapping[str, str] | str, style: str) -> str:
        """The sentence of a template, with its slots filled; slots without content vanish together with their comma.

        Args:
            content: slot → words (see `domains.SLOTS`); a text is the subject.
            style: ``"health/announcement"``, or the name of a template that a single domain has.

        Raises:
            InputError: no such style (the nearest is named), an unknown slot, or a subject is missing.
        """
        template = self._template(style)
        slots = {REQUIRED: content} if isinstance(content, str) else dict(content)
        foreign = sorted(set(slots) - set(SLOTS))
        if foreign:
            raise InputError(
                f"unknown slot {foreign[0]!r}{did_you_mean(foreign[0], SLOTS)}", remedy=f"slots are {', '.join(SLOTS)}"
            )
        if not slots.get(REQUIRED, "").strip():
            raise InputError(
                f"the template {style!r} needs a {REQUIRED}", remedy=f'give it, e.g. {{"{REQUIRED}": "a bus"}}'
            )
        filled = template.format_map({slot: slots.get(slot, "").strip() for slot in SLOTS})
        return _SPACES.sub(", ", " ".join(filled.split())).strip(" ,")

    def styles(self) -> tuple[str, ...]:
        """All templates, ``"domain/style"``."""
        known = load_domains(self._file)
        return tuple(f"{name}/{style}" for name, domain in known.items() for style in domain.templates)

    def analyze_prompt_effectiveness(
        self, prompt: str, results: Sequence[QualityReport | Path | str]
    ) -> PromptEffectiveness:
        """How well a prompt works: the share of its videos that passed, and what each of its words did.

        Args:
            results: quality reports of its videos, or the videos themselves, which are measured first.

        Raises:
            InputError: the prompt is empty, or no result is given. MediaError: a video cannot be read.
        """
        if not prompt.strip():
            raise InputError("the prompt is empty", remedy="give the prompt of the videos")
        if not results:
            raise InputError("there are no results to look at", remedy="give quality reports or videos of the prompt")
        return effectiveness(prompt, results, self._config)

    def domain(self, domain: str | Domain | None) -> Domain | None:
        """The domain of that name. Raises InputError where there is none."""
        return domain_named(domain, self._file) if isinstance(domain, str) else domain

    def reads(self, language: str) -> bool:
        """Whether the model reads prompts in a language (ISO 639-1, or "und")."""
        return self._world is not None and (language == "und" or language in self._world.languages)

    def _with_additions(self, text: str, domain: Domain | None) -> tuple[str, tuple[PromptChange, ...]]:
        """Add the domain's place and time where the prompt names none, as many as the settings allow."""
        if domain is None or self._world is None:
            return text, ()
        added: list[PromptChange] = []
        for kind, phrase in (("place", domain.place), ("time", domain.time)):
            if phrase is None or len(added) >= self._config.adaptation.max_additions:
                continue
            if phrase not in self._world.setting or not self._leaves_open(text, phrase):
                continue
            text = f"{text.rstrip(' ,;:-.')}, {phrase}"
            added.append(PromptChange(before="", after=phrase, why=f"{kind} of the domain {domain.name}"))
        return text, tuple(added)

    def _leaves_open(self, text: str, phrase: str) -> bool:
        """Whether the prompt names nothing of the kind that `phrase` is: the profile's open choice that offers it."""
        choices = [choice for choice in self._profile.open_choices if phrase in choice.one_of]
        named = [word for choice in choices for word in choice.unless if any(mentions(word, text))]
        return bool(choices) and not named

    def _template(self, style: str) -> str:
        known = load_domains(self._file)
        found = [
            template
            for name, domain in known.items()
            for own, template in domain.templates.items()
            if style in (f"{name}/{own}", own)
        ]
        if not found or ("/" not in style and len(set(found)) > 1):
            problem = "several domains have" if found else "no domain has"
            raise InputError(
                f"{problem} a template {style!r}{did_you_mean(style, self.styles())}",
                remedy=f"choose one of {', '.join(self.styles())}",
            )
        return found[0]

    def _lexicon(self, domain: Domain | None) -> Lexicon:
        from videogen.fact_check.knowledge.embeddings import embed

        assert self._world is not None
        return Lexicon(self._world, synonyms_of(self._profile), domain, embed)

    @cached_property
    def _profile(self) -> ModelProfile:
        from videogen.models.profile import load_profile

        return load_profile(self._config.model.profile, self._config.path(self._config.paths.models))

    @cached_property
    def _world(self) -> KnownWorld | None:
        return world_of(self._profile)

    @cached_property
    def _foreign(self) -> tuple[str, ...]:
        """Concrete things that people name and the model's world does not hold."""
        vocabulary = load_vocabulary(self._config.path(self._config.preprocessing.vocabulary_file))
        entry = vocabulary.languages.get(vocabulary.default_language)
        return entry.things if entry else ()

    @property
    def _file(self) -> Path:
        return self._config.path(self._config.adaptation.domains_file)
