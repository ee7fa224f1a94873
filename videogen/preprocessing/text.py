"""TextPreprocessor: turns the user's prompt into the text that the model reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.config.parts import part
from videogen.config.places import place
from videogen.domain.artifacts import PolicyVerdict, PromptAsset
from videogen.errors import ConfigError
from videogen.models.loading import tokenizer_for
from videogen.models.profile import profile_of
from videogen.preprocessing.prompt.cleaning import clean_text
from videogen.preprocessing.prompt.enhancement import enhance
from videogen.preprocessing.prompt.text_state import PromptAdapter, TextContext, TextState, TextStep, Tokenizer
from videogen.preprocessing.prompt.truncation import shortened, unseen_by
from videogen.preprocessing.prompt.vocabulary import load_vocabulary
from videogen.runtime.plugins import TEXT_STEPS, resolve
from videogen.text.language import detect

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import OpenChoice


class TextPreprocessor:
    """Runs the steps named in `PreprocessingSettings.text_steps`, in that order.

    A step is a function (TextState) -> TextState, built in or an entry point of group ``videogen.text_steps``.

    Args:
        config: the configuration, or its group `preprocessing` alone; None: the defaults.
        processing: the limits; None: those of the configuration.
        tokenizer: None: that of the configured model profile, with its `open_choices`.
        choices: the profile's `open_choices`. seed: the video's, decides among their wordings.
        adapter: of the step `adapt`; None: it changes nothing.

    Raises:
        ConfigError: a step is unknown, or the vocabulary file is missing or malformed.
    """

    def __init__(
        self,
        config: VideoGenConfig | PreprocessingSettings | None = None,
        processing: ProcessingSettings | None = None,
        tokenizer: Tokenizer | None = None,
        *,
        choices: tuple[OpenChoice, ...] = (),
        seed: int = 0,
        adapter: PromptAdapter | None = None,
    ) -> None:
        preprocessing = part(config, PreprocessingSettings)
        processing = processing or part(config, ProcessingSettings)
        if tokenizer is None:
            profile = profile_of(config)
            tokenizer, choices = tokenizer_for(profile), choices or profile.open_choices
        self._names = preprocessing.text_steps
        self._steps: list[TextStep] = [resolve(TEXT_STEPS, name) for name in self._names]
        vocabulary = load_vocabulary(place(preprocessing.vocabulary_file))
        self._context = TextContext(processing.max_text_length, tokenizer, vocabulary, choices, seed, adapter)

    def process(self, prompt: str, negative_prompt: str, policy: PolicyVerdict) -> PromptAsset:
        """All steps, then the tokens of the text that came out.

        What the tokenizer cannot take is reported as a warning and as `truncated`; `enhanced` is the whole text.

        Raises:
            ConfigError: a step did not give a TextState.
        """
        state = TextState(prompt, self._context)
        for name, step in zip(self._names, self._steps, strict=True):
            state = step(state)
            if not isinstance(state, TextState):
                raise ConfigError(
                    f"the text step {name!r} returned a {type(state).__name__}, not a TextState",
                    remedy="a step takes a TextState and returns one; correct it or remove it from text_steps",
                )
        if policy.allowed and policy.rule:
            state = state.warn(f"policy rule {policy.rule}: {policy.reason}")
        state = self._with_tokenizer_limit(state)
        ids, pieces = self.tokenize(state.text)
        return PromptAsset(
            original=prompt,
            cleaned=prompt if state.cleaned is None else state.cleaned,
            enhanced=state.text,
            negative_prompt=clean_text(negative_prompt),
            language=state.language,
            language_confidence=state.confidence,
            keywords=state.keywords,
            tokens=tuple(ids),
            token_text=tuple(pieces),
            truncated=state.truncated,
            warnings=state.warnings,
            policy=policy,
            steps=self._names,
            changes=state.changes,
            adapted=state.adapted,
        )

    def enhance_prompt(self, text: str) -> str:
        """`text`, and behind it what its abstract terms look like; unchanged where it is concrete already."""
        language, confidence = detect(text)
        return enhance(TextState(text, self._context, language=language, confidence=confidence)).text

    def tokenize(self, text: str) -> tuple[list[int], list[str]]:
        """Ids and pieces of the profile's own tokenizer, cut where the model's input ends."""
        return self._context.tokenizer(text)

    def detect_language(self, text: str) -> tuple[str, float]:
        """ISO 639-1 code, or "und" where the text is too short or too uncertain; and the confidence in [0, 1]."""
        return detect(text)

    def _with_tokenizer_limit(self, state: TextState) -> TextState:
        unseen = unseen_by(self._context.tokenizer, state.text)
        if not unseen:
            return state
        warning = f"the model's text input is full: it does not read {shortened(unseen)!r}; put important words first"
        return replace(state.warn(warning), truncated=True)
