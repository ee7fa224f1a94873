"""Plain readings of a text: what a person reads in it, in spite of tricks that hide words from rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videogen.preprocessing.policy.folding import as_shown, fold, undressed
from videogen.preprocessing.policy.words import ANY, LEET, RuleWords, spelled_as
from videogen.text.words import is_word_character

STOP = "."
"""Stands in a reading where a sentence ends."""
_SENTENCE_END = re.compile(r"[.!?\u0964\u3002]\s|\n")
_SIGN_IN_WORD = re.compile(r"(?<=\w)(?:[@$!|€¢]|\(\))(?=\w)|(?<!\S)[@$](?=[^\W\d])|(?<=\w)[€$](?!\S)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST_TEAR = 4
_HYPHENS = frozenset("-\u2010\u2013_./,&'")
_SHORT_SENTENCE = 2
_TWO_MASKED = frozenset(("**", "##", "__", "••", "××", "??", "●●", "██"))

Reading = tuple[str, ...]


@dataclass(frozen=True)
class _Token:
    """A word, and what stands between it and the one before."""

    text: str
    gap: str

    @property
    def begins_sentence(self) -> bool:
        return bool(_SENTENCE_END.search(self.gap))

    @property
    def sticks(self) -> bool:
        """No space before it: "b.o.m.b", "and/or"."""
        return bool(self.gap) and not any(character.isspace() for character in self.gap)


def readings(text: str, words: RuleWords) -> list[Reading]:
    """Every plain reading of `text`: lower-case words, `STOP` where a sentence ends. The first is as it is written.

    Undone are: entities, escapes and tags; case, accents, invisible characters, letters in boxes; look-alikes of other
    alphabets; digits and signs for letters; masked letters ("b*mb"), stretched and mistyped words; words torn apart
    ("b o m b", "bo mb", "b-o-m-b") and run together; text turned round by direction marks; full stops after each word.

    Args:
        text: the text as it was given.
        words: the words that rules look for. Only they are recognised under a disguise.
    """
    found: dict[Reading, None] = {_reading(_tokens(fold(undressed(text)))): None}
    for spelling in dict.fromkeys(spelling for shown in as_shown(text) for spelling in _spellings(undressed(shown))):
        tokens = _tokens(spelling)
        spelled_out = (_spelled_out(tokens, skipped, cut, words) for cut in (False, True) for skipped in (0, 1))
        for plain in dict.fromkeys(map(tuple, spelled_out)):
            read = _recognised(plain, words)
            found |= {_reading(read): None, _without_short_sentences(read): None}
    return list(found)


def _spellings(text: str) -> tuple[str, str, str]:
    folded = fold(text)
    return folded, _with_signs_read(folded), fold(_HUMP.sub(" ", text))


def _with_signs_read(text: str) -> str:
    return _SIGN_IN_WORD.sub(lambda sign: "o" if sign[0] == "()" else sign[0].replace("|", "i").translate(LEET), text)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    gap, start = "", 0
    for index in range(len(text) + 1):
        inside = index < len(text) and is_word_character(text[index])
        if inside and (index == start or not is_word_character(text[index - 1])):
            gap, start = text[start:index], index
        elif not inside and index > start and is_word_character(text[index - 1]):
            tokens.append(_Token(text[start:index], gap))
            start = index
    return tokens


def _reading(tokens: Sequence[_Token]) -> Reading:
    return tuple(_with_stops(tokens))


def _with_stops(tokens: Sequence[_Token]) -> Iterator[str]:
    before = ""
    for token in tokens:
        if token.begins_sentence and len(before) > 1:
            yield STOP
        yield token.text
        before = token.text


def _without_short_sentences(tokens: Sequence[_Token]) -> Reading:
    """The reading with sentences of one or two words joined to what follows."""
    kept: list[str] = []
    length = 0
    for word in _with_stops(tokens):
        if word == STOP:
            if length > _SHORT_SENTENCE:
                kept.append(STOP)
            length = 0
            continue
        kept.append(word)
        length += 1
    return tuple(kept)


def _spelled_out(tokens: Sequence[_Token], skipped: int, cut: bool, words: RuleWords) -> list[_Token]:
    """`tokens` with runs of three or more single letters joined.

    Args:
        tokens: the words of the text.
        skipped: so many letters at the beginning of a run are left alone.
        cut: a run is cut into words where its letters are further apart than elsewhere: "m.a.k.e. .a. .b.o.m.b".
        words: the words of the rules. A run of several words is cut into these and others of English.
    """
    result: list[_Token] = []
    run: list[_Token] = []
    for token in (*tokens, _Token("", "")):
        if len(token.text) == 1 and token.text.isalpha():
            run.append(token)
            continue
        if len(run) >= 3 + skipped:
            letters = run[skipped:]
            pieces = [_joined(piece) for piece in (_cut(letters) if cut else [letters])]
            run = [*run[:skipped], *(word for piece in pieces for word in _into_words(piece, words))]
        result += run
        run = []
        if token.text:
            result.append(token)
    return result


def _cut(letters: Sequence[_Token]) -> Iterator[Sequence[_Token]]:
    closest = min(len(letter.gap) for letter in letters[1:])
    starts = [0, *(place for place, letter in enumerate(letters) if place and len(letter.gap) > closest)]
    for start, end in zip(starts, [*starts[1:], len(letters)], strict=True):
        yield letters[start:end]


def _joined(letters: Sequence[_Token]) -> _Token:
    return _Token("".join(letter.text for letter in letters), letters[0].gap)


def _into_words(run: _Token, words: RuleWords) -> list[_Token]:
    first, *others = words.words_in(run.text)
    return [_Token(first, run.gap), *(_Token(other, " ") for other in others)]


def _recognised(tokens: Sequence[_Token], words: RuleWords) -> list[_Token]:
    """`tokens` with the disguised ones replaced by the words of rules that they stand for."""
    result: list[_Token] = []
    index = 0
    while index < len(tokens):
        count, found = _at(tokens, index, words)
        first, *others = found
        result += [_Token(first, tokens[index].gap), *(_Token(other, " ") for other in others)]
        index += count
    return result


def _masked(span: Sequence[_Token]) -> str:
    """A word with `ANY` for each sign in it, "b*mb" or "b**b"; "" where something else than a mask stands between."""
    if not all(len(token.gap) == 1 or token.gap in _TWO_MASKED for token in span[1:]):
        return ""
    return span[0].text + "".join(ANY * len(token.gap) + token.text for token in span[1:])


def _at(tokens: Sequence[_Token], index: int, words: RuleWords) -> tuple[int, list[str]]:
    """How many tokens from `index` on are read as one, and as what."""
    for count in range(min(_LONGEST_TEAR, len(tokens) - index), 1, -1):
        span = tokens[index : index + count]
        parts = [token.text for token in span]
        if all(token.sticks for token in span[1:]):
            masked = _masked(span)
            joined = words.joined("".join(parts))
            is_mask = not any(token.gap in _HYPHENS for token in span[1:])
            if found := (is_mask and words.behind_mask(masked)) or joined or words.behind_mask(masked):
                return count, [found]
        if not any(token.begins_sentence for token in span[1:]) and (torn := words.torn_apart(parts)):
            return count, [torn]
    word = spelled_as(tokens[index].text)
    return 1, words.run_together(word) or [words.recognised(word) or word]
