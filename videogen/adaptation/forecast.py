"""Coverage of a prompt by the configured model, and the warning about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.domain.artifacts import Coverage, PromptAsset

if TYPE_CHECKING:
    from videogen.adaptation.world import KnownWorld
    from videogen.config.config import VideoGenConfig
    from videogen.domain.requests import VideoRequest
    from videogen.preprocessing.prompt.text_state import PromptAdapter
    from videogen.preprocessing.prompt.vocabulary import Vocabulary


def coverage_for(prompt: str, config: VideoGenConfig) -> Coverage | None:
    """Whether the model of `config.model.profile` can draw the prompt; None: the profile does not say what it knows.

    Raises:
        ConfigError: the profile does not exist, or the vocabulary is not valid. ModelError: a model file is missing.
    """
    from videogen.adaptation.judgement import judge
    from videogen.adaptation.world import world_of
    from videogen.fact_check.knowledge.embeddings import embed
    from videogen.models.profile import load_profile
    from videogen.preprocessing.prompt.vocabulary import load_vocabulary
    from videogen.text.language import detect

    profile = load_profile(config.model.profile, config.path(config.paths.models))
    world = world_of(profile)
    if world is None:
        return None
    vocabulary = load_vocabulary(config.path(config.preprocessing.vocabulary_file))
    things = [thing for language in world.languages for thing in _things(vocabulary, language)]
    language = detect(prompt)[0]
    found = judge(_surely_meant(prompt, language, config), world, language, embed, things)
    if found.cause == "language" and (english := _in_english(prompt, language)):
        # The words of another language are near to nothing; what they mean may be near to something.
        found = found.model_copy(update={"nearest": judge(english, world, "en", embed, things).nearest})
    return found.model_copy(update={"warning": _warning(found, world, profile.name)})


def forecast(request: VideoRequest, config: VideoGenConfig) -> tuple[str, ...]:
    """Return the warning about a request before anything of it is drawn; empty if there is none.

    Raises:
        ConfigError, ModelError: see `coverage_for`; or a setting of the request is not valid.
    """
    found = coverage_for(request.plain_prompt, request.settings(config))
    return (found.warning,) if found is not None and found.warning else ()


def prompt_adapter(config: VideoGenConfig) -> PromptAdapter | None:
    """What the text step `adapt` calls; None where the settings switch it off. Other languages are left alone."""
    from videogen.adaptation.adapter import ZeroShotAdapter
    from videogen.adaptation.prompt_values import EngineeredPrompt

    if not config.adaptation.rewrite:
        return None
    adapter = ZeroShotAdapter(config)

    def adapt(text: str, language: str) -> EngineeredPrompt:
        if not text.strip() or not adapter.prompts.reads(language):
            return EngineeredPrompt(original=text, text=text)
        return adapter.optimize_prompt(text, config.adaptation.domain)

    return adapt


def _in_english(prompt: str, language: str) -> str:
    """What the table of translations knows of a prompt in another language; empty: nothing."""
    from videogen.preprocessing.prompt.translation import english_words, languages

    return english_words(prompt, language) if language in languages() else ""


def _surely_meant(prompt: str, language: str, config: VideoGenConfig) -> str:
    """The prompt in the model's words; as it was written where a word was only replaced by the nearest known one.

    "An underwater coral reef" is drawn as a flood, which is not what was asked for.
    """
    from videogen.adaptation.judgement import LIKE_SURELY

    adapter = prompt_adapter(config)
    if adapter is None:
        return prompt
    adapted = adapter(prompt, language)
    guessed = any(change.similarity is not None and change.similarity < LIKE_SURELY for change in adapted.changes)
    return prompt if guessed else adapted.text


def with_coverage(prompt: PromptAsset, coverage: Coverage | None) -> PromptAsset:
    """The same with its coverage, whose warning comes first."""
    if coverage is None:
        return prompt
    told = (coverage.warning,) if coverage.warning else ()
    return prompt.model_copy(update={"coverage": coverage, "warnings": (*told, *prompt.warnings)})


def _things(vocabulary: Vocabulary, language: str) -> tuple[str, ...]:
    entry = vocabulary.languages.get(language)
    return entry.things if entry else ()


def _warning(found: Coverage, world: KnownWorld, model: str) -> str:
    if found.inside:
        return ""
    draws = f"it can draw {', '.join(world.subjects)}"
    nearest = f"the nearest subject that it can draw is {found.nearest}" if found.nearest else draws
    if found.cause == "language":
        reads = " or ".join(_language(code) for code in world.languages)
        return (
            f"the prompt seems to be in {_language(found.language)}, but {model} reads only {reads}: write it in "
            f"{reads}; {nearest}. The video will not be published without an operator's override"
        )
    unknown = f" (it does not know: {', '.join(found.unknown)})" if found.unknown else ""
    return (
        f"{model} cannot draw what the prompt asks for{unknown}: the video will show something else. "
        f"{nearest[0].upper()}{nearest[1:]}. It will not be published without an operator's override"
    )


def _language(code: str) -> str:
    """The English name of an ISO 639-1 code."""
    import pycountry

    language = pycountry.languages.get(alpha_2=code.partition("-")[0])
    return language.name.partition(" (")[0] if language else code
