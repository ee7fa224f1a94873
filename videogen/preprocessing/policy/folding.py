"""Plain spelling: without case, accents, invisible characters, and the escapes and tags of other formats."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache
from string import ascii_lowercase

import regex

from videogen.preprocessing.policy.backwards import read_backwards
from videogen.text.fancy_letters import in_plain_letters
from videogen.text.skeleton import skeleton

# Unicode's Default_Ignorable_Code_Point, controls, and BRAILLE PATTERN BLANK: nothing of them is seen.
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u2800\p{Cc}--\s]+", regex.VERSION1)
# Marks laid over letters. Vowel signs of Indic scripts and Arabic points are letters of their script and stay.
_OVERLAID = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f'\u2019]+")
# The dot that writers of Hindi leave out.
_NUKTA = "\u093c"
_ESCAPE = re.compile(r"%([0-7][0-9a-f])|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\u\{([0-9a-f]{1,5})\}", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>\n]{0,100}>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.{0,1000}?-->", re.DOTALL)
# Characters that look like spaces without being any: BRAILLE PATTERN BLANK, HANGUL FILLER and its halfwidth form.
_BLANKS = str.maketrans(dict.fromkeys("\u2800\u3164\uffa0", " "))
_LINE_END_IN_WORD = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011]\s*\n\s*(?=[^\W\d_])")
_TURNED = re.compile("[\u202e\u2067]([^\u202c\u2069\n]*)")
_ESCAPED_TIMES = 3
# Letters that stand on their heads; such a text is read from its end.
_UPSIDE_DOWN = str.maketrans("ɐqɔpǝɟƃᵷɓɥᴉıɾſʞʃꞁɯuodbɹsʇnʌʍxʎz", "abcdefggghiijjkllmnopqrstuvwxyz")
_ON_HEAD = re.compile("[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]")
_FEW_ON_HEAD = 2
_BOMB = "\N{BOMB}"


def fold(text: str) -> str:
    """Lower case without marks on Latin, Greek and Cyrillic letters and without invisible characters."""
    return _unmarked(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())


def _unmarked(text: str) -> str:
    kept = _OVERLAID.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFD", text)))
    return unicodedata.normalize("NFC", kept.replace(_NUKTA, ""))


def as_shown(text: str) -> list[str]:
    """`text` as it is written, and, where that differs, as a page shows it.

    A page decodes HTML entities and other escapes, leaves tags and comments out, and turns text round at direction
    marks; letters may stand on their heads, be signs that remind of them, or come in reverse. A line of captions shows
    "<how to>" as it is, so both are looked at. Readers take blank characters for spaces and a picture of a bomb for
    the word, and join a word that a hyphen at the end of a line divides.
    """
    decoded = text
    for _ in range(_ESCAPED_TIMES):
        before = decoded
        decoded = html.unescape(_ESCAPE.sub(_decoded, decoded))
        if decoded == before:
            break
    bare = _TAG.sub("", _COMMENT.sub("", decoded))
    turned = _TURNED.sub(lambda turned: turned[1][::-1], bare)
    joined = _LINE_END_IN_WORD.sub("", turned.translate(_BLANKS))
    shown = [text, decoded, turned, joined, *in_plain_letters(turned), *read_backwards(turned)]
    shown.append(turned.replace(_BOMB, " bomb "))
    if len(_ON_HEAD.findall(text)) >= _FEW_ON_HEAD:
        shown.append(text.translate(_UPSIDE_DOWN)[::-1])
    return list(dict.fromkeys(shown))


def undressed(text: str) -> str:
    """Symbols and foreign capitals that show a Latin letter (in a box or circle, of a flag, Ь) as that letter."""
    return "".join(character if character.isascii() else _letter(character) for character in text)


@cache
def _letters_by_shape() -> dict[str, str]:
    return {skeleton(letter): letter for letter in ascii_lowercase}


@lru_cache(maxsize=4096)
def _letter(symbol: str) -> str:
    # The small form of a capital may look like no Latin letter, so this comes before the case is folded.
    # Nor may what compatibility folding makes of it: of ϲ, a sigma.
    is_folded = unicodedata.normalize("NFKC", symbol) != symbol
    is_dressed = is_folded or unicodedata.category(symbol) in ("So", "Lu")
    return _letters_by_shape().get(skeleton(symbol), symbol) if is_dressed else symbol


def _decoded(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code <= 0x10FFFF else match[0]
