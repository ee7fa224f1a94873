"""Rewrites what a model cannot read in a prompt: words for its subject, and wordings of a direction. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from videogen.adaptation.directions import UPRIGHT_SUBJECTS, find_direction
from videogen.adaptation.lexicon import NEAR, Lexicon, Use
from videogen.domain.artifacts import PromptChange
from videogen.preprocessing.prompt.vocabulary import mentions

_WORD = re.compile(r"[^\W\d_][\w'-]*")
_LONGEST = 3
_PLURAL = re.compile(r"(?:[^su]s|people|crowd|flood|rain|heavy rain)$", re.IGNORECASE)


@dataclass(frozen=True)
class Rewritten:
    """text: what the model reads. changes: what differs from the prompt. unknown: words that nothing known is near."""

    text: str
    changes: tuple[PromptChange, ...] = ()
    unknown: tuple[str, ...] = ()


def rewrite(text: str, lexicon: Lexicon, common: Collection[str], foreign: Sequence[str] = ()) -> Rewritten:
    """The prompt in words that the model's captions use. What the model reads already stays as it is.

    Args:
        common: words (lower case) that are not about the subject: function words, colours, places, times, motions.
        foreign: things of which it is known that the model cannot draw them; they are never read as a neighbour.
    """
    subject = _with_known_subject(text, lexicon, common, foreign)
    return _with_known_direction(subject, lexicon)


def _with_known_subject(text: str, lexicon: Lexicon, common: Collection[str], foreign: Sequence[str]) -> Rewritten:
    uses = lexicon.uses(text)
    if any(use.known for use in uses):
        return Rewritten(text)
    unknown = tuple(thing for thing in foreign if any(mentions(thing, text)))
    if uses:
        use = _main(text, uses, lexicon)
        change = PromptChange(before=text[use.start : use.end], after=use.name, why="synonym")
        return Rewritten(_replaced(text, use.start, use.end, use.name), (change,), unknown)
    if unknown:
        return Rewritten(text, (), unknown)
    return _with_neighbour(text, lexicon, common)


def _main(text: str, uses: list[Use], lexicon: Lexicon) -> Use:
    """The use that the text is about: of several subjects the one that the whole text is nearest to, else the first."""
    if len({use.subject for use in uses}) == 1:
        return uses[0]
    (about,) = lexicon.nearest([text])
    return next((use for use in uses if use.subject == about.subject), uses[0])


def _with_neighbour(text: str, lexicon: Lexicon, common: Collection[str]) -> Rewritten:
    """Read the span of unknown words that is nearest to a known one as that one, if the whole text is about it, too."""
    spans = _unknown_spans(text, common)
    about, *near = lexicon.nearest([_subject_words(text, common), *(text[start:end] for start, end in spans)])
    fitting = [
        (one, span)
        for one, span in zip(near, spans, strict=True)
        if one.similarity >= NEAR and one.subject == about.subject
    ]
    if about.similarity < NEAR or not fitting:
        words = {match.group() for match in _WORD.finditer(text) if match.group().lower() not in common}
        return Rewritten(text, (), tuple(sorted(words, key=text.index)))
    neighbour, (start, end) = max(fitting, key=lambda pair: (pair[1][1] - pair[1][0], pair[0].similarity))
    why = f"nearest known words, similarity {neighbour.similarity:.2f}"
    likeness = round(neighbour.similarity, 4)
    change = PromptChange(before=text[start:end], after=neighbour.name, why=why, similarity=likeness)
    return Rewritten(_replaced(text, start, end, neighbour.name), (change,))


def _subject_words(text: str, common: Collection[str]) -> str:
    """What the text says beyond place, time, colour and motion; all of it where nothing else is left."""
    return " ".join(word for word in _WORD.findall(text) if word.lower() not in common) or text


def _unknown_spans(text: str, common: Collection[str]) -> list[tuple[int, int]]:
    """Runs of up to three neighbouring words none of which is common."""
    spans: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []
    end = 0
    for match in _WORD.finditer(text):
        if match.group().lower() in common or text[end : match.start()].strip(" \t\n"):
            run = []
        if match.group().lower() not in common:
            run.append(match)
            spans += [(first.start(), match.end()) for first in run[-_LONGEST:]]
        end = match.end()
    return spans


def _replaced(text: str, start: int, end: int, name: str) -> str:
    """`text` with `name` in the place, and with the article that fits it."""
    before = text[:start]
    if article := re.search(r"\b(an?)\s+((?:\w+\s+)??)$", before, re.IGNORECASE):
        between = article.group(2)
        if not between:
            fitting = "" if _PLURAL.search(name) else "an " if name[0] in "aeiou" else "a "
            if article.group(1)[0].isupper():
                fitting = fitting.capitalize()
            before = before[: article.start()] + fitting
    return before + name + text[end:]


def _with_known_direction(so_far: Rewritten, lexicon: Lexicon) -> Rewritten:
    text = so_far.text
    uses = lexicon.uses(text)
    if not uses:
        return so_far
    found = find_direction(text, upright=uses[0].subject in UPRIGHT_SUBJECTS)
    if found is None:
        return so_far
    said = text[found.start : found.end]
    if _captions_say(said, found.direction):
        return so_far
    change = PromptChange(before=said, after=found.caption, why="wording of a direction")
    changed = text[: found.start] + found.caption + text[found.end :]
    return Rewritten(changed, (*so_far.changes, change), so_far.unknown)


_CAPTION_SIDEWAYS = re.compile(
    r"(?:(?:driving|travelling|moving|running|rushing|racing|sailing|drifting|flying|floating|wandering|sweeping|walking"
    r"|marching|heading|going|moves)\s+)?(?:(?:to|towards)\s+the\s+)?(?P<side>left|right)|(?:\w+ing\s+)?from\s+(?:left|right)\s+to\s+(?P<to>left|right)",
    re.IGNORECASE,
)
_CAPTION_UPRIGHT = frozenset(
    {"rising", "climbing", "ascending", "receding", "sinking", "falling", "descending", "moving upwards",
     "moving downwards", "draining away"}
)  # fmt: skip


def _captions_say(said: str, direction: str) -> bool:
    """Whether captions use these very words for the direction."""
    if said.lower() in _CAPTION_UPRIGHT:
        return True
    match = _CAPTION_SIDEWAYS.fullmatch(said)
    return match is not None and (match["side"] or match["to"]).lower() == direction
