"""What could be told: the sentences of a release, each whole, with what it holds and what speaks against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from videogen.briefing.source.document import Block, ReleaseDocument
from videogen.briefing.source.masthead import ADDRESS, PHONE
from videogen.briefing.source.structure import dateline_of
from videogen.briefing.spoken_text.spoken import estimated_seconds
from videogen.briefing.storyboard.figures import Figure, find_figures
from videogen.text.sentences import split_sentences
from videogen.text.words import count_words

# A beginning that points back to the sentence before.
_POINTS_BACK = re.compile(
    r"^[\"“‘']?(?:(?:it|he|she|they|its|his|her|their|him|them|such|these|those|both|neither|the same|the (?:above|former|latter)"
    r"|however|moreover|furthermore|further|in addition|additionally|besides|also|similarly|likewise|meanwhile|therefore|thus|hence"
    r"|consequently|accordingly|as a result|as such|but|and|or|so|then|instead|nevertheless|still|on the other hand|in this (?:regard"
    r"|context|connection|direction)|to this end|for this|for these|of (?:this|these|them|which)|out of (?:this|these)|among (?:them|these|others)"
    r"|with this|through this|under this|by this|after this|during this|on this|at this|from this|due to this|in turn|for example"
    r"|for instance|in particular|that is|in contrast|on the occasion|speaking on the occasion|addressing the (?:gathering|event|audience))\b"
    r"|this\b(?!\s+(?:year|month|week|quarter|season|financial year|morning|evening)\b)|that\b(?!\s+\w+\s+\w+ed\b)"
    r"|the (?:\w+ ){0,2}(?:minister|secretary|chairman|chairperson|chief|president|governor|director|officer|spokesperson|official|officials)"
    r"(?: general)?(?: also| further)? (?:said|added|noted|told|stressed|urged|informed|explained|emphasi[sz]ed|also)\b"
    r"|(?:यह|ये|वह|वे|इस|इसके|इससे|इसमें|इसका|इसकी|इसे|इन|इनमें|इनके|इनसे|उन्होंने|उन्हें|उन|उनके|उनका|उनकी|उस|उसके|उससे|उसका"
    r"|साथ ही|वहीं|हालांकि|हालाँकि|तथा|और|लेकिन|किंतु|परंतु|इसी|ऐसे|अतः|इसलिए|मंत्री ने|श्री मंत्री|दोनों)(?![\u0900-\u0963\u0966-\u097f])"
    r"|(?:یہ|اس|انہوں|وہ|ان|لیکن|اور|تاہم)\b)",
    re.IGNORECASE,
)
_THIS_YEAR = re.compile(r"^इस (?:वर्ष|साल|माह|महीने|सप्ताह|वित्तीय वर्ष)")
_THIS_THING = re.compile(r"(?:this|these|such|इस|इन|इसी)\s+(?P<thing>[^\s,.;:।]{4,})", re.IGNORECASE)
_STEM = 6
_HE_SAID = re.compile(
    r"[\"”]\s*,?\s*(?:he|she|they)\s+(?:said|added)|\b(?:he|she) (?:said|added|noted)\b", re.IGNORECASE
)
# What is heard without what is seen below it says nothing.
_LEADS_ON = re.compile(
    r"\b(?:(?:given|listed|shown|tabulated|detailed|set out|placed|presented|indicated) (?:in the (?:table|list|annex\w*) )?"
    r"(?:below|under|hereunder|as follows)|(?:is|are) (?:as follows|as under|below)|(?:in|at) (?:the )?annex(?:ure)?(?:[ -]\w{1,3})?)"
    r"\W*$|(?:नीचे (?:दी|दिए|दिया|दिये|दर्शा|तालिका)|निम्नलिखित|निम्नानुसार|इस प्रकार (?:है|हैं)\W*$)",
    re.IGNORECASE,
)
LEADS_ON = "it only leads to what follows"
_OPEN, _CLOSE = "“„«", "”»"
MOST_WORDS, MOST_LETTERS, MOST_SECONDS = 75, 480, 24.0
_LONGEST_WORD = 60


@dataclass(frozen=True)
class Sentence:
    """A sentence that could be spoken. start, end: in the release's text, what was trimmed left out.

    block: number of its block; order: its number in the release; points_back: it cannot stand without the one before.
    refused: why it cannot be spoken at all; "" if it can.
    """

    text: str
    start: int
    end: int
    block: int
    order: int
    kind: str
    section: str
    figures: tuple[Figure, ...]
    points_back: bool
    refused: str
    seconds: float
    words: int
    trimmed: str = ""


def sentences_of(document: ReleaseDocument) -> list[Sentence]:
    """Every sentence of the release's body, in order, quotations kept whole."""
    found: list[Sentence] = []
    section = ""
    for number, block in enumerate(document.blocks):
        if block.kind == "heading":
            section = "" if _is_title(document, block) else document.at(block)
        elif section.endswith((":", "：")) and block.kind != "item":
            # "Key points:" is the heading of the list that follows it, and of nothing behind that.
            section = ""
        if block.kind not in ("paragraph", "item", "quote"):
            continue
        for start, end, trimmed in _stretches(document, block):
            text = document.text[start:end]
            found.append(
                _sentence(text, start, end, number, len(found), block.kind, section, document.language, trimmed)
            )
    return found


def _is_title(document: ReleaseDocument, block: Block) -> bool:
    """Whether a heading belongs to the whole release, and to no section of it."""
    return any((block.start, block.end) == (line.start, line.end) for line in (document.title, *document.subtitles))


def title_of(document: ReleaseDocument) -> Sentence:
    """The title, which is spoken first."""
    text, place = document.at(document.title), document.title
    made = _sentence(text, place.start, place.end, -1, -1, "title", "", document.language, "")
    return replace(made, refused="", points_back=False)


def _sentence(
    text: str, start: int, end: int, block: int, order: int, kind: str, section: str, language: str, trimmed: str
) -> Sentence:
    words = count_words(text)
    seconds = estimated_seconds(text, language)
    return Sentence(
        text, start, end, block, order, kind, section, find_figures(text), points_back(text),
        _refused(text, words, seconds), seconds, words, trimmed,
    )  # fmt: skip


def points_back(text: str) -> bool:
    """Whether a sentence cannot stand without the one before it."""
    back = _POINTS_BACK.match(text) is not None and not _THIS_YEAR.match(text)
    return back or _HE_SAID.search(text) is not None


def names_it_again(text: str, before: str) -> bool:
    """Whether a sentence that points back says to what, with a word of the sentence before: "This campaign …"."""
    named = _THIS_THING.match(text)
    # Endings differ: "a tram", "these trams".
    return named is not None and named["thing"][:_STEM].casefold() in before.casefold()


def _refused(text: str, words: int, seconds: float) -> str:
    if ADDRESS.search(text) or PHONE.search(text):
        return "it holds an address or a telephone number"
    if text.rstrip().endswith((":", "…", "...", "?", "؟")) or _LEADS_ON.search(text):
        return LEADS_ON
    if words < 3:
        return "it is too short to be a sentence"
    if words > MOST_WORDS or len(text) > MOST_LETTERS or seconds > MOST_SECONDS:
        return f"it is too long to be spoken in one breath ({len(text)} letters)"
    if max(map(len, text.split())) > _LONGEST_WORD:
        return "it holds a word of more than 60 letters"
    if not balanced(text):
        return "its quotation marks do not match"
    return ""


def balanced(text: str) -> bool:
    """Whether every quotation mark that opens is closed."""
    straight = text.count('"')
    return straight % 2 == 0 and sum(text.count(x) for x in _OPEN) == sum(text.count(x) for x in _CLOSE)


def _stretches(document: ReleaseDocument, block: Block) -> Iterator[tuple[int, int, str]]:
    """Start, end and what was trimmed of the block's sentences; those within one quotation stay together."""
    text = document.at(block)
    line = dateline_of(text) if block.kind == "paragraph" else None
    begin = line.end() if line is not None else 0
    held: int | None = None
    for sentence in split_sentences(text[begin:]):
        start, end = begin + sentence.start, begin + sentence.end
        first = start if held is None else held
        if not balanced(text[first:end]) and end - first < MOST_LETTERS and end < len(text.rstrip()):
            held = first
            continue
        held = None
        trimmed = text[: line.end()].strip() if line is not None and first == begin else ""
        yield block.start + first, block.start + end, trimmed
