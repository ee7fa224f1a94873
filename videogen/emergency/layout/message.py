"""What an alert says in one language, sorted by what a reader needs: hazard, place, time, guidance, source.

Nothing is added but labels and the sender's own codes in words; nothing is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from videogen.cards.legibility import Problem
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.layout.wording import Wording, wording
from videogen.errors import InputError
from videogen.text.language_tags import primary

_RTL = frozenset(("ar", "fa", "he", "iw", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"))
_BULLET = re.compile(r"^\s*(?:[-*•‣–·▪]|\(?\d{1,2}[.):])\s+")
_STOP = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？।॥؟۔])[\"'”’）」]*\s*")
_ABBREVIATION = re.compile(
    r"(?:^|\s)(?:\w|[A-Za-z]\.[A-Za-z]|St|Dr|Mr|Mrs|Ms|No|Nr|Rd|Ave|Hwy|Ft|Mt|approx|ca|bzw|etc|vs|Tel|tel|Av|Sr|Sra)\.$"
)


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


def message_of(alert: Alert, info: Info, template: EmergencyTemplate, timezone: ZoneInfo) -> Message:
    """What `info` says, with times in `timezone`. Missing parts stay empty: see `missing_parts`."""
    words, known = wording(info.language)
    notes = [] if known else [f"{info.language}: labels are in English"]
    source = _plain(info.sender_name) or alert.sender
    if not _plain(info.sender_name):
        notes.append(f"{info.language}: no senderName; the sender's id {alert.sender} is shown")
    own = template.guidance.get(primary(info.language), ()) if template.show_guidance else ()
    if template.show_guidance and not own:
        notes.append(f"{info.language}: template {template.name} has no advice in this language")
    times = tuple(
        (label, in_words(moment, info.language, timezone, year=moment.year != alert.sent.year))
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
    return Message(
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
        issued=in_words(alert.sent, info.language, timezone),
        times=times,
        steps=steps or (responses if "AllClear" in info.response_types else ()),
        own_steps=tuple(own),
        details=paragraphs_of(info.description or ""),
        summary=tuple((label, text) for label, text in contacts if text),
        identifier=alert.identifier,
        notes=tuple(notes),
    )


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
    return tuple(step for block in paragraphs_of(instruction) for step in sentences_of(block))


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Paragraphs and list items of a text whose lines may be wrapped at any width (the US weather service: 69)."""
    paragraphs: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        # Lines that all end like sentences are items; others are wrapped.
        listed = all(unicodedata.category(line.rstrip()[-1]) == "Po" for line in lines)
        fresh = True
        for line in lines:
            bullet = _BULLET.match(line)
            if fresh or bullet or listed:
                paragraphs.append(line[bullet.end() :] if bullet else line)
            else:
                paragraphs[-1] += " " + line
            fresh = False
    return tuple(plain for paragraph in paragraphs if (plain := _plain(paragraph)))


def sentences_of(text: str) -> tuple[str, ...]:
    """Sentences of one paragraph; a full stop after an abbreviation, or before a small letter, ends none."""
    sentences, start = [], 0
    for stop in _STOP.finditer(text):
        before, after = text[start : stop.start()], text[stop.end() :]
        if not after or after[0].islower() or _ABBREVIATION.search(before):
            continue
        sentences.append(text[start : stop.end()].strip())
        start = stop.end()
    return tuple(sentence for sentence in (*sentences, text[start:].strip()) if sentence)


def in_words(moment: datetime, language: str, timezone: ZoneInfo, *, year: bool = True) -> str:
    """A moment as the audience says it, with its zone: ``"Sun, Nov 22, 2026, 14:05 CET"``."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_skeleton

    local = moment.astimezone(timezone)
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    day = format_skeleton("yMMMEd" if year else "MMMEd", local.replace(tzinfo=None), locale=locale)
    zone = local.tzname() or "UTC"
    return f"{day}, {local:%H:%M}\u00a0{'UTC' + zone if zone[0] in '+-' else zone}"


def _plain(text: str | None) -> str:
    """Text on one line, composed (NFC), without control characters."""
    kept = "".join(letter for letter in text or "" if letter.isspace() or unicodedata.category(letter) != "Cc")
    return " ".join(unicodedata.normalize("NFC", kept).split())
