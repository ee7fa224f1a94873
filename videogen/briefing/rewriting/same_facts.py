"""Whether a sentence in other words says the same: numbers, units, dates, names and denials, as values and in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

from videogen.briefing.source.masthead import ADDRESS, PHONE
from videogen.briefing.storyboard.candidates import MOST_LETTERS, balanced, points_back
from videogen.briefing.storyboard.figures import Figure, dates_of, find_figures
from videogen.fact_check.reading.numbers import find_numbers
from videogen.text.sentences import split_sentences
from videogen.text.word_lists import lines, word_set
from videogen.text.words import count_words

_LONGER = 1.15
"""A text in other words may be so much longer; it is there to be shorter."""
_QUOTED = re.compile(r"[\"“”„«»]")
_MARKUP = re.compile(r"[<>{}\[\]\\|`*_#~^\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|https?:|www\.")
_WORD = re.compile(r"[\w\u0900-\u0963\u0966-\u097f]+(?:[’'-][\w\u0900-\u0963\u0966-\u097f]+)*")
_CASELESS = re.compile(r"[\u0590-\u08ff\u0900-\u0dff]")
_DENIALS = word_set("plain_negations", "denying_words")
_GUESSES = word_set("reservations")
_HINDI_WEIGHT = word_set("weighty_hindi")
_LIMITS = (word_set("exact_words") | word_set("conditions")) - _DENIALS


def differences(cited: str, text: str) -> list[str]:
    """What speaks against saying `text` for `cited`, both of one language; empty: nothing."""
    return [*_form(cited, text), *_values(cited, text), *_words(cited, text)]


def _form(cited: str, text: str) -> Iterator[str]:
    if len(list(split_sentences(text))) != 1 or count_words(text) < 3:
        yield "it is not one sentence"
    if len(text) > min(MOST_LETTERS, _LONGER * len(cited)):
        yield f"it is longer ({len(text)} letters) than what it stands for ({len(cited)})"
    if _MARKUP.search(text) or ADDRESS.search(text) or PHONE.search(text):
        yield "it holds an address, markup or hidden characters"
    if _QUOTED.search(text) or _QUOTED.search(cited) or not balanced(text):
        yield "quotations are never put in other words"
    if points_back(text) and not points_back(cited):
        yield "it points back to a sentence before it"
    if bool(_CASELESS.search(text)) != bool(_CASELESS.search(cited)):
        yield "it is in another script"


def _values(cited: str, text: str) -> Iterator[str]:
    yield from _unequal("figures", list(map(_figure, find_figures(cited))), list(map(_figure, find_figures(text))))
    yield from _unequal("numbers", _numbers(cited), _numbers(text))
    yield from _unequal("dates", _dates(cited), _dates(text))


def _words(cited: str, text: str) -> Iterator[str]:
    if _CASELESS.search(cited):
        # Names cannot be told from other words there: no word may come in.
        known = {word.lower() for word in _WORD.findall(cited)} | _small_words()
        strange = [word for word in _WORD.findall(text) if word.lower() not in known]
        if strange:
            yield f"it has words that the release has not: {', '.join(strange[:3])}"
        lost = Counter(_marked(cited, _HINDI_WEIGHT)) - Counter(_marked(text, _HINDI_WEIGHT))
        if lost:
            yield f"it leaves out {', '.join(sorted(lost))}"
    else:
        yield from _unequal("names", names_in(cited), names_in(text))
        beginning = _strange_beginning(cited, text)
        if beginning:
            yield f"it begins with {beginning!r}, which the release does not say"
    for what, listed in (("denials", _DENIALS), ("limits", _LIMITS), ("reservations", _GUESSES)):
        yield from _unequal(what, sorted(_marked(cited, listed)), sorted(_marked(text, listed)))
    turned = sorted(set(_directions(text)) - set(_directions(cited)))
    if turned:
        yield f"it speaks of {', '.join(turned)}, and the release does not"


def _unequal(what: str, release: Sequence[object], told: Sequence[object]) -> Iterator[str]:
    if list(release) == list(told):
        return
    gone = list((Counter(release) - Counter(told)).elements())
    come = list((Counter(told) - Counter(release)).elements())
    if not gone and not come:
        yield f"its {what} stand in another order"
    else:
        yield f"its {what} differ: {_shown(come) or 'nothing'} for {_shown(gone) or 'nothing'}"


def _shown(values: Sequence[object]) -> str:
    return ", ".join(map(str, values[:3]))


def _figure(figure: Figure) -> str:
    span = f"{figure.value:g}" if figure.high == figure.value else f"{figure.value:g} to {figure.high:g}"
    return f"{figure.comparator.replace('_', ' ')} {span} {figure.measure}".removeprefix("equal ").strip()


def _numbers(text: str) -> list[str]:
    return [f"{value:.12g}" for _, value, _ in find_numbers(text)]


def _dates(text: str) -> list[tuple[date, date]]:
    return [(span.first, span.last) for span in dates_of(text)]


def names_in(text: str) -> list[str]:
    """Words with capitals, in order; the first of a sentence only where it belongs to a name."""
    found = list(_WORD.finditer(text))
    names = []
    for number, match in enumerate(found):
        word = match.group()
        if not any(letter.isupper() for letter in word):
            continue
        if number or any(letter.isupper() for letter in word[1:]) or _goes_on(text, found):
            names.append(_bare(word))
    return names


def _goes_on(text: str, words: Sequence[re.Match[str]]) -> bool:
    """Whether the first word is part of a name of several words: "Ilara Devan said"."""
    second = len(words) > 1 and words[1].group()[:1].isupper()
    return second and words[0].group().lower() not in _small_words()


def _strange_beginning(cited: str, text: str) -> str:
    """The first word, where neither the release says it nor every sentence may; names hide behind its capital."""
    first = next(iter(_WORD.findall(text)), "")
    said = {_bare(word).lower() for word in _WORD.findall(cited)}
    return "" if _bare(first).lower() in said | _small_words() else first


def _bare(word: str) -> str:
    return re.sub(r"[’']s$", "", word)


def _marked(text: str, listed: frozenset[str]) -> list[str]:
    """The listed words of a text; "not more than 40" is an amount, and denies nothing."""
    spans = [(figure.start, figure.end) for figure in find_figures(text)] if listed is _DENIALS else []
    found = []
    for match in _WORD.finditer(re.sub(r"n['’]t\b", " not", text) if listed is _DENIALS else text):
        if match.group().lower() in listed and not any(start <= match.start() < end for start, end in spans):
            found.append("not" if match.group().lower() in ("no", "not") else match.group().lower())
    return found


def _directions(text: str) -> list[str]:
    """Which side of each pair of opposites a text speaks of, as the first word of the side."""
    found = {match.group().lower() for match in _WORD.finditer(text)}
    return [side[0] for side in _sides() if found & set(side)]


@cache
def _sides() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(side.split()) for line in lines("opposites") for side in line.split("|"))


@cache
def _small_words() -> frozenset[str]:
    return word_set("english_function_words", "english_marks", "hindi_function_words", "hindi_marks", "auxiliaries")
