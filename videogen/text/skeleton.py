"""The skeleton of a text: the same for two texts that look alike, however they are spelled.

After Unicode Technical Standard 39, section 4 (confusable detection), with its table as the package
confusable-homoglyphs has it; case, invisible characters, letters in boxes and accents make no difference either.
A skeleton is for comparing only and must not be shown (``m`` becomes ``rn``, ``i`` and ``1`` become ``l``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

# Accents and strokes laid over letters. Vowel signs of Indic scripts and Arabic points are not among them: they are
# letters of their own script, not decoration.
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
# Letters of Latin in another dress that neither NFKC nor UTS 39 undresses: small capitals, circled, squared, flags.
_DRESSED = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|(?:NEGATIVE )?(?:CIRCLED|SQUARED|PARENTHESIZED) LATIN (?:CAPITAL|SMALL) LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|TAG LATIN (?:CAPITAL|SMALL) LETTER) ([A-Z])"
)
_MOST_STEPS = 4
REMINDING = str.maketrans("кмтвнгяпшцικτηωβυεσςɛɩƅ", "kmtbhrrnwuiktnwbuecceib")
"""Letters that only remind of Latin ones, which UTS 39 therefore keeps apart."""


@cache
def _invisible() -> Any:
    """Unicode's Default_Ignorable_Code_Point, and controls and BRAILLE PATTERN BLANK, which show nothing either."""
    # Inside, since every process of Dagster loads this module and few of them compare texts.
    import regex

    return regex.compile(r"[\p{Default_Ignorable_Code_Point}\u2800\p{Cc}--\s]+", regex.VERSION1)


def skeleton(text: str) -> str:
    """Return the form in which look-alikes are equal; white space stays as single spaces.

    Of a text in linear time. ``skeleton(skeleton(text)) == skeleton(text)``.

    Args:
        text: any text; half surrogate pairs are kept.
    """
    table = _table()
    shown = _invisible().sub("", text)
    for _ in range(_MOST_STEPS):
        before = shown
        plain = unicodedata.normalize("NFKC", shown).translate(table).casefold().translate(table)
        shown = _invisible().sub("", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))
        if shown == before:
            break
    return " ".join(shown.split())


def alike(one: str, other: str) -> bool:
    """Whether two texts look alike though they may be spelled differently."""
    return one == other or skeleton(one) == skeleton(other)


@cache
def _table() -> dict[int, str]:
    """What stands for each character: one of every group of look-alikes."""
    from confusable_homoglyphs.confusables import confusables_data

    table: dict[int, str] = {}
    for shape, alternatives in confusables_data.items():
        character = _bare(shape)
        others = [_bare(one["c"]) for one in alternatives]
        # A character with several look-alikes is what stands for them; of a pair, the one of ASCII, else the first.
        if len(character) != 1 or len(others) != 1 or not others[0]:
            continue
        is_pair = len(confusables_data.get(alternatives[0]["c"], ())) == 1
        if is_pair and (character.isascii(), -ord(character[0])) > (others[0].isascii(), -ord(others[0][0])):
            continue
        table[ord(character)] = others[0]
    for number in range(0x0180, 0x1F200):
        if dressed := _DRESSED.fullmatch(unicodedata.name(chr(number), "")):
            table[number] = dressed[1].lower()
    # Small and capital i look like different letters; case must not matter, so all of them are one.
    return table | {ord("i"): "l", ord("ı"): "l"}


def _bare(shape: str) -> str:
    """The data puts marks of direction around letters that are written from the right."""
    return str(_invisible().sub("", shape))
