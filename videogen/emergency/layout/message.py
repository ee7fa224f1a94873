"""What an alert says in one language, sorted by what a reader needs: hazard, place, time, guidance, source.

Nothing is added but labels and the sender's own codes in words; nothing is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo

from videogen.cards.legibility import Problem
from videogen.cards.text_setting import Face, alphabet_of
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.layout.wording import Wording, wording
from videogen.errors import InputError
from videogen.text.language_tags import primary
from videogen.text.sentences import split_sentences

_RTL = frozenset(("ar", "fa", "he", "iw", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"))
_BULLET = re.compile(r"^\s*(?:[-*•‣–·▪]|\(?\d{1,2}[.):])\s+")
# "LOCATION: Elm Ridge Road": such a line is an entry of a list.
_LABELLED = re.compile(r"^\s*[^\W\d_][^:：.!?。]{0,39}[:：](?!//)\s*\S")


@dataclass(frozen=True)
class Message:
    """One info block, ready to be laid out. times: (label, time in words); steps: what to do, one each.

    own_steps: general advice of the template, empty unless it is to be shown. chips: severity, urgency, certainty in
    words. summary: what the source page adds: contact, web address.
    """

    language: str
    rtl: bool
    words: Wording
    event: str
    headline: str
    chips: tuple[str, ...]
    responses: tuple[str, ...]
    source: str
    places: tuple[str, ...]
    areas: tuple[Area, ...]
    issued: str
    times: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]
    own_steps: tuple[str, ...]
    details: tuple[str, ...]
    summary: tuple[tuple[str, str], ...]
    identifier: str
    notes: tuple[str, ...]
    alphabet: frozenset[int] = frozenset()

    def face(self, size: int, *, bold: bool = False) -> Face:
        """How this message is set. size: pixels."""
        return Face(size, bold, self.rtl, self.language, self.alphabet)

    def everything(self) -> Iterator[str]:
        """Every text that this message shows."""
        yield from (self.event, self.headline, self.source, self.issued)
        for texts in (self.chips, self.responses, self.places, self.steps, self.own_steps, self.details):
            yield from texts
        for label, text in (*self.times, *self.summary):
            yield from (label, text)


def message_of(alert: Alert, info: Info, template: EmergencyTemplate, zone: tzinfo | None = None) -> Message:
    """What `info` says; missing parts stay empty: see `missing_parts`. zone: of the times shown; None: the alert's."""
    zone = zone or own_zone(alert, info)
    words, known = wording(info.language)
    notes = [] if known else [f"{info.language}: labels are in English"]
    source = _plain(info.sender_name) or alert.sender
    if not _plain(info.sender_name):
        notes.append(f"{info.language}: no senderName; the sender's id {alert.sender} is shown")
    own = template.guidance.get(primary(info.language), ()) if template.show_guidance else ()
    if template.show_guidance and not own:
        notes.append(f"{info.language}: template {template.name} has no advice in this language")
    times = tuple(
        (label, in_words(moment, info.language, zone, year=moment.year != alert.sent.year))
        for label, moment in ((words.starts, info.onset or info.effective), (words.ends, info.expires))
        if moment is not None
    )
    steps = steps_of(info.instruction or "")
    responses = tuple(words.response[kind] for kind in info.response_types if kind in words.response)
    coded = (
        words.severity.get(info.severity),
        words.urgency.get(info.urgency),
        words.certainty.get(info.certainty),
    )
    contacts = ((words.contact, _plain(info.contact)), (words.more, _plain(info.web)))
    message = Message(
        language=info.language,
        rtl=primary(info.language) in _RTL,
        words=words,
        event=_plain(info.event),
        headline=_plain(info.headline) or _plain(info.event),
        chips=tuple(code for code in coded if code),
        responses=responses,
        source=source,
        places=tuple(_plain(area.description) for area in info.areas if _plain(area.description)),
        areas=info.areas,
        issued=in_words(alert.sent, info.language, zone),
        times=times,
        steps=steps or (responses if "AllClear" in info.response_types else ()),
        own_steps=tuple(own),
        details=paragraphs_of(info.description or ""),
        summary=tuple((label, text) for label, text in contacts if text),
        identifier=alert.identifier,
        notes=tuple(notes),
    )
    return replace(message, alphabet=alphabet_of(" ".join(message.everything())))


def chosen_infos(alert: Alert, languages: Sequence[str] | None) -> tuple[Info, ...]:
    """The info blocks to show: all, or those of the wanted languages in that order ("en" takes "en-US").

    Raises:
        InputError: none is left, or a wanted language has no block.
    """
    if languages is None:
        chosen = alert.infos
    else:
        chosen = ()
        for language in languages:
            exact = [info for info in alert.infos if info.language.lower() == language.lower()]
            alike = [info for info in alert.infos if primary(info.language) == primary(language)]
            if not exact and not alike:
                raise InputError(
                    f"alert {alert.identifier} says nothing in {language}",
                    remedy=f"it has {', '.join(info.language for info in alert.infos) or 'no info block'}",
                )
            chosen += tuple(exact or alike)
    if not chosen:
        raise InputError(f"alert {alert.identifier} has no info block: there is nothing to show")
    return chosen


def missing_parts(message: Message, info: Info) -> tuple[Problem, ...]:
    """The parts of a warning that the sender left out (Mileti & Sorensen 1990: source, hazard, place, time, guidance).

    Acting immediately is a time too. Nothing is made up for a missing part.
    """
    needed = (
        ("source", message.source, "give senderName"),
        ("hazard", message.event, "give event"),
        ("location", message.places, "give an area with areaDesc"),
        ("time", message.times or info.urgency == "Immediate", "give effective, onset or expires"),
        ("guidance", message.steps or message.own_steps, "give instruction, or show the template's marked advice"),
    )
    return tuple(
        Problem(rule="message part", where=message.language, what=f"the {part} is missing", remedy=remedy)
        for part, there, remedy in needed
        if not there
    )


def steps_of(instruction: str) -> tuple[str, ...]:
    """An instruction as steps: its list items or lines where it has them, else its sentences. No word is lost."""
    return tuple(sentence.text for block in paragraphs_of(instruction) for sentence in split_sentences(block))


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Paragraphs and list items of a text whose lines may be wrapped at any width (the US weather service: 69)."""
    paragraphs: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        # Lines that all end like sentences are items; others are wrapped.
        listed = all(unicodedata.category(line.rstrip()[-1]) == "Po" for line in lines)
        labelled = sum(bool(_LABELLED.match(line)) for line in lines) > 1
        fresh = True
        for line in lines:
            bullet = _BULLET.match(line)
            if fresh or bullet or listed or (labelled and _LABELLED.match(line)):
                paragraphs.append(line[bullet.end() :] if bullet else line)
            else:
                paragraphs[-1] += " " + line
            fresh = False
    return tuple(plain for paragraph in paragraphs if (plain := _plain(paragraph)))


def own_zone(alert: Alert, info: Info) -> tzinfo:
    """The zone in which an alert gives its times: that of its area, unless all are in UTC."""
    moments = (info.onset, info.effective, info.expires, alert.sent)
    offsets = [offset for moment in moments if moment is not None and (offset := moment.utcoffset()) is not None]
    return timezone(next((offset for offset in offsets if offset), timedelta()))


def in_words(moment: datetime, language: str, zone: tzinfo, *, year: bool = True) -> str:
    """A moment as the audience says it, with its zone: ``"Sun, Nov 22, 2026, 14:05 CET"``, ``"… 14:05 UTC+5:30"``."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_skeleton

    local = moment.astimezone(zone)
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    day = format_skeleton("yMMMEd" if year else "MMMEd", local.replace(tzinfo=None), locale=locale)
    return f"{day}, {local:%H:%M}\u00a0{_zone_name(local)}"


def _zone_name(local: datetime) -> str:
    """``"CET"``, ``"UTC+04"``; a fixed offset without the zeros that nobody writes: ``"UTC+1"``, ``"UTC+5:30"``."""
    name = local.tzname() or "UTC"
    if name[0] in "+-":
        return f"UTC{name}"
    return re.sub(r"^UTC([+-])0?(\d+)(?::00|(:\d\d))$", r"UTC\1\2\3", name)


_OVERRIDES = "\u202d\u202e"
"""They turn letters around: FLOOD would be shown as DOOLF."""


def _plain(text: str | None) -> str:
    """Text on one line, composed (NFC), without control characters and without overrides of its direction."""
    kept = "".join(
        letter
        for letter in text or ""
        if letter not in _OVERRIDES and (letter.isspace() or unicodedata.category(letter) != "Cc")
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())
