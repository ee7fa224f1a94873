"""Recognises disguised spellings of the words in a rule file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from videogen.preprocessing.policy.pattern import Alternative, stem
from videogen.text.english import is_english_word
from videogen.text.skeleton import REMINDING, skeleton

# Digits and signs that stand for letters and do not look enough like them for UTS 39.
LEET = str.maketrans(
    {"3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "€": "e", "¢": "c"}
)
_SPELLED_AS = {"2": "to", "4": "for", "u": "you", "r": "are"}
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_KEPT = (r"\1", r"\1\1")
# How often a word occurs in 30 million sentences of subtitles; parts of words are not counted as words below that.
_COMMON = 1000
_LONG = 5
_SHORTEST = 4
_SHORT = 3
_SHORTEST_RUN_TOGETHER = 8
_ENDING = 3
_FUNCTION_WORDS = frozenset(
    {
        "a", "all", "an", "and", "are", "as", "at", "be", "but", "by", "do", "for", "from", "go", "has", "he", "her",
        "his", "how", "i", "if", "in", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "she", "so",
        "the", "to", "up", "us", "was", "we", "with", "you",
    }
)  # fmt: skip
_BY_EAR = (("ph", "f"), ("q", "k"), ("w", "v"), ("z", "j"), ("x", "ks"), ("ck", "k"))
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1+")
_VOWELS = re.compile(r"[aeiouy]+")
_OPEN_VOWELS = {"a": "a", "e": "e", "i": "i", "y": "i", "o": "o", "u": "o"}
_SHORTEST_SOUND = 3
ANY = "\0"
"""Stands for a letter that is masked: "b*mb"."""


class RuleWords:
    """Finds the words of rules under their disguises: look-alikes, leetspeak, masks, typing errors, words torn apart.

    A word that is English is never taken for another one.
    """

    def __init__(self, alternatives: Iterable[Alternative]) -> None:
        ways = list(alternatives)
        self._words = {word for way in ways for word in way.words} | _FUNCTION_WORDS
        self._stems = {stem(way.words[-1]) for way in ways if way.inflected}
        self._by_shape = {_shape(word): word for word in sorted(self._words)}
        beginnings = {way.words[-1] for way in ways if way.ending and len(way.words[-1]) >= _SHORTEST}
        self._beginnings = {_shape(word): word for word in beginnings}
        telling = [word for word in self._words if len(word) >= _SHORTEST and word.isascii() and word.isalpha()]
        # Where a mask fits several words, one that tells something goes before "for" and "from".
        masked = sorted(self._words, key=lambda word: (word not in _FUNCTION_WORDS, word))
        self._masked = {mask: word for word in masked if len(word) > 2 for mask in _masks(word)}
        romanised = {word for word in self._words if word.isascii() and word.isalpha() and not is_english_word(word)}
        self._sounds = {sound: word for word in sorted(romanised) if (sound := _sound(word))}
        self._shortened: dict[str, list[str]] = {}
        for word in telling:
            for short in {word, *_without_one(word)}:
                self._shortened.setdefault(short, []).append(word)

    def recognised(self, word: str) -> str | None:
        """The word of a rule that `word` is or looks like."""
        if word in self._words or stem(word) in self._stems:
            return word
        found = self._typed_wrong(word) or self._undisguised(word) or self._by_sound(word)
        is_plain = word.isascii() and word.isalpha()
        return None if found and is_plain and is_english_word(word) else found

    def behind_mask(self, masked: str) -> str | None:
        """The word with some letter in the place of `ANY`."""
        return self._masked.get(masked)

    def run_together(self, word: str) -> list[str]:
        """Split words run together, like "howtomakeabomb"; empty if it is not made of words of the rules."""
        if len(word) < _SHORTEST_RUN_TOGETHER:
            return []
        found = _fewest_pieces(word, lambda piece: piece in self._words and (len(piece) > 1 or piece == "a"))
        is_made_up = len(found) > 2 or all(len(piece) >= _SHORTEST for piece in found)
        return found if found and is_made_up and not is_english_word(word) else []

    def words_in(self, letters: str) -> list[str]:
        """The words (of the rules, or English) that letters without spaces make up; else all of them as one."""
        if len(letters) < _SHORTEST_RUN_TOGETHER or self.recognised(letters):
            return [letters]
        return _fewest_pieces(letters, self._is_word) or [letters]

    def _is_word(self, piece: str) -> bool:
        if len(piece) <= _SHORT:
            return piece in _FUNCTION_WORDS
        return piece in self._words or stem(piece) in self._stems or is_english_word(piece)

    def torn_apart(self, parts: list[str]) -> str | None:
        """The word of a rule that is written in `parts`, at least one of which is not a word by itself."""
        joined = "".join(parts)
        found = self._exactly(joined) if len(joined) >= _SHORTEST else None
        return found if found and any(_is_scrap(part) for part in parts) else None

    def joined(self, word: str) -> str | None:
        """`word`, or what it looks like, if it is a word of a rule or hardly longer than the beginning of one."""
        if found := self._exactly(word):
            return found
        found = self._by_its_look(word)
        return found if found and len(_shape(word)) <= len(_shape(found)) + _ENDING else None

    def _exactly(self, word: str) -> str | None:
        if word in self._words or stem(word) in self._stems:
            return word
        return self._by_shape.get(_shape(word))

    def _by_sound(self, word: str) -> str | None:
        """A romanised word of a rule that is spelled by ear: "nungee" for "nangi", "tareeqa" for "tarika"."""
        return self._sounds.get(_sound(word)) if word.isascii() and word.isalpha() else None

    def _undisguised(self, word: str) -> str | None:
        spellings = (word, word.translate(LEET), word.translate(REMINDING))
        plain = (kept for one in spellings for kept in (one, *(_STRETCHED.sub(letters, one) for letters in _KEPT)))
        return next((found for one in dict.fromkeys(plain) if (found := self._by_its_look(one))), None)

    def _by_its_look(self, word: str) -> str | None:
        if not any(character.isalpha() for character in word):
            return None
        shape = _shape(word)
        return self._by_shape.get(shape) or self._beginning(shape)

    def _beginning(self, shape: str) -> str | None:
        shorter = (shape[:length] for length in range(len(shape), _SHORTEST - 1, -1))
        return next((self._beginnings[start] for start in shorter if start in self._beginnings), None)

    def _typed_wrong(self, word: str) -> str | None:
        if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return None
        near = (other for short in {word, *_without_one(word)} for other in self._shortened.get(short, ()))
        return next((other for other in sorted(set(near)) if _is_typing_error(word, other)), None)


def _shape(word: str) -> str:
    """What a word looks like at a glance: ``u`` is ``v``, and two of them are ``w``."""
    return skeleton(word).replace("w", "vv").replace("v", "u")


def spelled_as(word: str) -> str:
    """Return what a sign stands for when it is read aloud: "2" for "to"."""
    return _SPELLED_AS.get(word, word)


def _is_typing_error(word: str, meant: str) -> bool:
    """One letter twice, left out, exchanged or swapped with the next; in short words only twice or swapped."""
    if word[0] != meant[0]:
        return False
    if len(word) == len(meant):
        wrong = [index for index in range(len(word)) if word[index] != meant[index]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return word[wrong[0]] == meant[wrong[1]] and word[wrong[1]] == meant[wrong[0]]
        return len(wrong) == 1 and len(meant) > _LONG
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    place = next((index for index, letter in enumerate(shorter) if longer[index] != letter), len(shorter))
    if longer[:place] + longer[place + 1 :] != shorter:
        return False
    return len(meant) >= _LONG or (longer == word and longer[place] == longer[place - 1])


def _sound(word: str) -> str:
    """What is left of a romanised word in every spelling: its consonants and its last vowel; "" of short words."""
    plain = word
    for spelled, meant in _BY_EAR:
        plain = plain.replace(spelled, meant)
    consonants = _VOWELS.sub("", _DOUBLED.sub(r"\1", plain))
    last = next((_OPEN_VOWELS[letter] for letter in plain[-1:] if letter in _OPEN_VOWELS), "")
    return f"{consonants}-{last}" if len(consonants) >= _SHORTEST_SOUND else ""


def _without_one(word: str) -> list[str]:
    return [word[:index] + word[index + 1 :] for index in range(len(word))]


def _masks(word: str) -> list[str]:
    """The word without one of its inner letters, or, if it has four or more, without two that stand together."""
    spans = [
        (index, count) for count in (1, 2) for index in range(1, len(word) - count) if count == 1 or len(word) > _SHORT
    ]
    return [word[:index] + ANY * count + word[index + count :] for index, count in spans]


def _fewest_pieces(letters: str, is_word: Callable[[str], bool]) -> list[str]:
    """`letters` cut into as few words as possible, of up to 20 letters each; empty if that cannot be done."""
    best: list[list[str] | None] = [[], *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 20), end):
            before, piece = best[start], letters[start:end]
            if before is not None and is_word(piece) and (best[end] is None or len(before) + 1 < len(best[end] or ())):
                best[end] = [*before, piece]
    return best[-1] or []


def _is_scrap(part: str) -> bool:
    """Whether `part` is hardly ever a word by itself."""
    if len(part) <= 2:
        return part not in _FUNCTION_WORDS
    return not is_english_word(part, _COMMON)
