"""The text step `keywords`: which words carry the prompt, with emphasis weights around 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from videogen.domain.artifacts import Keyword
from videogen.preprocessing.prompt.text_state import TextState
from videogen.text.words import bare_words, is_word_character

MAX_KEYWORDS = 8
# The best keyword's weight: beyond about 1.2 emphasis distorts pictures instead of steering them.
TOP_WEIGHT = 1.2
_LONGEST_PHRASE = 3
_PARTICIPLE = re.compile(r"\w{3,}(?:ing|ed)", re.IGNORECASE)
_NOT_PARTICIPLES = frozenset(
    {
        "building",
        "ceiling",
        "evening",
        "housing",
        "hundred",
        "lightning",
        "meeting",
        "morning",
        "string",
        "wedding",
    }
)


def extract_keywords(text: str, language: str = "en", limit: int = MAX_KEYWORDS) -> list[Keyword]:
    """Phrases of up to three words, best first, with weights in [1, 1.2].

    RAKE (Rose, Engel, Cramer and Cowley 2010): phrases lie between stop words and punctuation; a word scores by
    how many words it stands with against how often it stands. Early phrases win ties, as prompts name their
    subject first. In English a word in -ing or -ed also begins a phrase ("red bus | driving left"). No keywords
    for scripts without spaces.
    """
    stops = stop_words(language)
    phrases = _phrases(text, stops, english=language in ("en", "und"))
    scores = _word_scores(phrases)
    ranked = {
        " ".join(phrase): sum(scores[word.casefold()] for word in phrase) / (1 + 0.1 * place)
        for place, phrase in reversed(list(enumerate(phrases)))
    }
    best = sorted(ranked.items(), key=lambda item: (-item[1], text.find(item[0])))[:limit]
    top = best[0][1] if best else 1.0
    return [Keyword(word=word, weight=round(1 + (TOP_WEIGHT - 1) * score / top, 3)) for word, score in best]


def keywords(state: TextState) -> TextState:
    """Collect the user's emphasised words, then extracted keywords, then added words with neutral weight."""
    wanted = [keyword for keyword in state.emphasis if keyword.word in state.text]
    taken = {word.casefold() for keyword in wanted for word in keyword.word.split()}
    own_words = state.adapted or (state.text if state.cleaned is None else state.cleaned)
    own, added = [], []
    for keyword in extract_keywords(state.text, state.text_language):
        if keyword.word not in own_words:
            added.append(Keyword(word=keyword.word, weight=1.0))
        elif not taken & {word.casefold() for word in keyword.word.split()}:
            own.append(keyword)
    return replace(state, keywords=(*wanted, *(own + added)[: max(MAX_KEYWORDS - len(wanted), 0)]))


@cache
def _stop_word_lists() -> dict[str, frozenset[str]]:
    file = Path(__file__).with_name("data") / "stop_words.yaml"
    lists = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in lists.items()}


def stop_words(language: str) -> frozenset[str]:
    """Function words of `language`; English ones where the language is undetermined, none where it has no list."""
    return _stop_word_lists().get("en" if language == "und" else language, frozenset())


def _phrases(text: str, stops: frozenset[str], *, english: bool) -> list[tuple[str, ...]]:
    phrases: list[list[str]] = [[]]
    end = 0
    for word, start, stop in bare_words(text):
        verb = english and _PARTICIPLE.fullmatch(word) and word.casefold() not in _NOT_PARTICIPLES
        unwanted = word.casefold() in stops or not _tells(word)
        if text[end:start].strip() or verb or unwanted or len(phrases[-1]) == _LONGEST_PHRASE:
            phrases.append([])
        if not unwanted:
            phrases[-1].append(word)
        end = stop
    return [tuple(phrase) for phrase in phrases if phrase]


def _word_scores(phrases: Sequence[tuple[str, ...]]) -> dict[str, float]:
    frequency: dict[str, int] = {}
    degree: dict[str, int] = {}
    for phrase in phrases:
        for word in map(str.casefold, phrase):
            frequency[word] = frequency.get(word, 0) + 1
            degree[word] = degree.get(word, 0) + len(phrase)
    return {word: degree[word] / frequency[word] for word in frequency}


def _tells(word: str) -> bool:
    spaced = all(not "\u3040" <= character <= "\u9fff" for character in word)
    return spaced and not word.isdigit() and sum(map(is_word_character, word)) > 1
