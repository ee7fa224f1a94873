"""The text step `enhance`: adds things that can be shown to abstract prompts."""

from __future__ import annotations

from dataclasses import replace

from videogen.preprocessing.prompt.text_state import TextState
from videogen.preprocessing.prompt.truncation import unseen_by
from videogen.preprocessing.prompt.vocabulary import LanguageVocabulary, Vocabulary, mentions, phrase_pattern
from videogen.text.language import UNDETERMINED
from videogen.text.words import count_words


def additions(text: str, language: str, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    """Return what to show for each abstract term of `text`; nothing if the text is concrete already.

    Only languages that the vocabulary knows; an undetermined one counts as the vocabulary's default.
    """
    known = vocabulary.languages.get(vocabulary.default_language if language == UNDETERMINED else language)
    if known is None or _is_concrete(text, known):
        return []
    folded = text.casefold()
    found = [
        (start, entry.show)
        for entry in known.entries
        if not any(part.casefold() in folded for part in entry.show)
        and (start := min(_mentioned(term, text, known) for term in entry.terms)) < len(text)
    ]
    return list(dict.fromkeys(show for _, show in sorted(found)))[: vocabulary.max_additions]


def enhance(state: TextState) -> TextState:
    """Appends what fits into the word limit and the model's input; the user's words stay untouched."""
    text = state.text
    for shown in additions(text, state.text_language, state.context.vocabulary):
        longer = [_appended(text, " and ".join(shown[:count])) for count in range(len(shown), 0, -1)]
        text = next((candidate for candidate in longer if _fits(candidate, state)), text)
    return replace(state, text=text)


def _fits(text: str, state: TextState) -> bool:
    return count_words(text) <= state.context.max_words and not unseen_by(state.context.tokenizer, text)


def _is_concrete(text: str, known: LanguageVocabulary) -> bool:
    """Whether `text` names a thing that can be shown, other than within a term ("machine learning")."""
    terms = sorted((term for entry in known.entries for term in entry.terms), key=len, reverse=True)
    for term in terms:
        text = phrase_pattern(term).sub(" ", text)
    return any(any(mentions(thing, text)) for thing in known.things)


def _mentioned(term: str, text: str, known: LanguageVocabulary) -> int:
    """Where `term` is first used and not denied; len(text) if nowhere."""
    for match in phrase_pattern(term).finditer(text):
        before = text[: match.start()].casefold().replace(",", " , ").replace(".", " . ").split()[-3:]
        if not set(before) & set(known.negations):
            return match.start()
    return len(text)


def _appended(text: str, addition: str) -> str:
    if text[-1:] in (".", "!", "?"):
        return f"{text} {addition[0].upper()}{addition[1:]}."
    return f"{text.rstrip(' ,;:-')}, {addition}"
