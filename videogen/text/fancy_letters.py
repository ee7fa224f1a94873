"""Alphabets of signs in which people write Latin words, as generators of "fancy text" offer them: 卂乃匚, ค๒ς, ₳฿₵.

Most of these signs only remind of a letter, so neither Unicode's compatibility folding nor its table of look-alikes
knows them, and the same sign may stand for different letters in two alphabets. A word counts as written in one only if
that makes all of it Latin: nearly all real words of Greek, Thai, Chinese or Armenian have letters that look like no
Latin one, and what comes out of the others means nothing in English.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from string import ascii_lowercase
from typing import Final

from videogen.text.skeleton import skeleton

_ALPHABETS: Final = (
    "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙",
    "ǟɮƈɖɛʄɢɦɨʝӄʟʍռօքզʀֆȶʊʋաӼʏʐ",
    "αвc∂єfgнιנкℓмησρqяѕтυνωχуz",
    "ค๒ς๔єŦﻮђเןкl๓ภ๏קợгรtยשฬאץz",
    "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ",
    "₳฿₵ĐɆ₣₲ⱧłJ₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ",
    "дБСDЁҒGНЇJКГѪЙѲPQЯSTЦVЩЖҰZ",
    "ДБCDΞFGHIJҜLMИФPǪЯSΓЦVЩЖУZ",
    "ᎪᏴᏟᎠᎬFᏀᎻᏆᎫᏦᏞᎷᏁᎾᏢQᎡᏚᎢႮᏙᎳXᎽᏃ",
    "ᏗᏰፈᎴᏋᎦᎶᏂᎥᏠᏦᏝᎷᏁᎧᎮᎤᏒᏕᏖᏬᏉᏇጀᎩፚ",
    "ልጌርዕቿቻኗዘጎጋኡሀጠክዐየዒርነፕሁሀሠሸሃጊ",
    "ąҍçժҽƒցհìʝҟӀണղօքզɾʂէմѵա×վՀ",
    "ᗩᗷᑢᕲᘿᖴᘜᕼᓰᒚᖽᒪᘻᘉᓍᕵᕴᖇSᖶᑘᐺᘺ᙭ᖻᗱ",
    "ÄßÇÐÈ£GHÌJKLMñÖþQR§†ÚVW×¥Z",
    "ąɓƈđε∱ɠɧïʆҡℓɱŋσþҩŗşŧų√щхγẕ",
    "ꪖ᥇ᥴᦔꫀᠻᧁꫝﺃ᧒ᛕꪶꪑꪀꪮρᠻ᥅ᦓꪻꪊꪜ᭙᥊ꪗɀ",
    "𐌀𐌁𐌂𐌃𐌄𐌅Ᏽ𐋅𐌉Ꮣ𐌊𐌋𐌌𐌍Ꝋ𐌐𐌒𐌓𐌔𐌕𐌵ᕓᏔ𐋄𐌙Ɀ",
    "ⲀⲂⲤⲆⲈFGⲎⲒJⲔⳐⲘⲚⲞⲢQⲄSⲦUVWⲬⲨⲌ",
    "囗бсdэ丅gᛏ工jк乚mп口pq尸$七凵v山xуz",
    "אbcdeƒghijklmnסpqrשtuvwxyz",
    "ɑᛒϲԀ℮ϝɡᚺΙϳκlⅿиอρԛгꜱ†սѵѡ×ỿʐ",
)
"""Each has 26 signs, for a to z."""
_MORE: Final = {"ш": "w", "ж": "x", "ю": "u", "ø": "o", "ŧ": "t"}
_WORD = re.compile(r"\S+")


def in_plain_letters(text: str) -> list[str]:
    """`text` as read in each alphabet in which some of its words are written; empty for nearly every text.

    Args:
        text: any text. Only words with other characters than those of ASCII are looked at.
    """
    if text.isascii():
        return []
    used = set(text)
    found = (_read(text, table) for table in _tables() if not used.isdisjoint(table))
    return [spelled for spelled in dict.fromkeys(found) if spelled != text]


def _read(text: str, table: dict[str, str]) -> str:
    return _WORD.sub(lambda word: _as_latin(word[0], table), text)


def _as_latin(word: str, table: dict[str, str]) -> str:
    if word.isascii() or not any(sign in table for sign in word):
        return word
    spelled = "".join(table[sign] if sign in table else _letter(sign) for sign in word)
    return spelled if spelled.isascii() else word


@cache
def _tables() -> tuple[dict[str, str], ...]:
    """Sign, small and capital → letter, for each alphabet."""
    tables = []
    for alphabet in _ALPHABETS:
        table: dict[str, str] = {}
        for sign, letter in zip(alphabet, ascii_lowercase, strict=True):
            if not sign.isascii():
                table |= {form: letter for form in _forms(sign)}
        tables.append(table)
    # Some people mix them: there each sign is what the first alphabet says that has it.
    mixed = {form: letter for sign, letter in _MORE.items() for form in _forms(sign)}
    for table in tables:
        mixed = table | mixed
    return (*tables, mixed)


def _forms(sign: str) -> list[str]:
    return [form for form in (sign.upper(), sign.lower(), sign.casefold(), sign) if len(form) == 1]


@cache
def _shapes() -> dict[str, str]:
    return {skeleton(letter): letter for letter in ascii_lowercase}


def _letter(sign: str) -> str:
    """What a sign that is in no alphabet is by itself: é and ᵇ are letters, too."""
    if sign.isascii():
        return sign
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or _shapes().get(skeleton(sign), sign)
