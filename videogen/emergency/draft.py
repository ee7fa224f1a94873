"""An alert drafted from a prompt: for somebody who has one sentence and no minute to lose. Nothing is made up.

What a warning must say and the prompt does not (Mileti & Sorensen 1990; CAP 1.2) is named in `Draft.missing`, its
place on the page says so, and every frame carries the word DRAFT. What to do is the template's advice, marked as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from videogen.emergency.advice import advised
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.templates.choice import GENERIC, meant
from videogen.emergency.templates.library import EmergencyTemplateLibrary
from videogen.errors import ConfigError
from videogen.text.language import detect

WATERMARK = "DRAFT"
_NOT_STATED = "not stated"
_HEADLINE = 400
# The last place of a sentence: "evacuation notice for coastal areas", "flood warning in Bolzano and Trento".
_PLACE = re.compile(r"\b(?:for|in|at|near|along|around|across|throughout)\s+(?:the\s+)?([^,.;:!?]+)", re.IGNORECASE)
_NO_PLACE = re.compile(
    r"^(?:(?:all|residents?|people|everyone|everybody|immediate|emergency|use|case|effect|progress|force|public|your)\b"
    r"|\d)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:now|immediate(?:ly)?|at once|today|tonight|tomorrow|this (?:morning|afternoon|evening)|until|\d{1,2}[:.]\d\d"
    r"|\d{1,2} ?(?:am|pm)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Draft:
    """An alert from a prompt, and the template that shows it.

    missing: what a warning must say and this one does not, one sentence each; empty: it says everything.
    """

    alert: Alert
    template: EmergencyTemplate
    missing: tuple[str, ...]

    @property
    def watermark(self) -> str | None:
        """The word on every frame; None: the alert is whole."""
        return WATERMARK if self.missing else None


def draft_from(
    prompt: str, library: EmergencyTemplateLibrary, *, sender: str = "", now: datetime | None = None
) -> Draft:
    """What the prompt says, sorted as CAP sorts it.

    Args:
        prompt: becomes the headline. sender: who warns (`emergency.alert_sender`).

    Raises:
        ConfigError: the library holds no templates.
    """
    text = " ".join(prompt.split())
    template, missing = _template(text, library)
    place = place_in(text)
    if not sender:
        missing.append("source: nobody is named who warns; set emergency.alert_sender")
    if place is None:
        missing.append("place: the prompt names none; write it as “… for the coast of Almería”")
    if not _TIME.search(text):
        missing.append("time: the prompt does not say when; write “now”, or from when or until when")
    sent = (now or datetime.now(UTC)).replace(microsecond=0)
    language, _ = detect(text)
    info = Info(
        language="en" if language == "und" else language,
        categories=template.categories[:1] or ("Other",),
        event=template.title if template.id != GENERIC else text[:_HEADLINE],
        effective=sent,
        sender_name=sender or f"source {_NOT_STATED}",
        headline=text[:_HEADLINE],
        areas=(Area(description=place or f"place {_NOT_STATED}"),),
    )
    alert = Alert(
        identifier=f"draft-{sent:%Y%m%d%H%M%S}",
        sender=re.sub(r"[\s,<&]+", "-", sender) or "draft",
        sent=sent,
        status="Draft" if missing else "Actual",
        msg_type="Alert",
        scope="Public",
        note="drafted from a prompt",
        infos=(info,),
    )
    shown = advised(template, alert)
    if not shown.languages:
        missing.append(f"guidance: template {template.id} has no advice, and the prompt does not say what to do")
        info = info.model_copy(update={"instruction": f"What to do: {_NOT_STATED}."})
        alert = alert.model_copy(update={"infos": (info,), "status": "Draft"})
    return Draft(alert, shown.template, tuple(missing))


def place_in(text: str) -> str | None:
    """The place that an English sentence names last, as it is written there; None: none is recognised."""
    found = [match[1].strip() for match in _PLACE.finditer(text)]
    # "for people in Almería" has two such phrases; the first one reaches over the second.
    places = [one for phrase in found for one in [_PLACE.split(phrase)[0].strip()] if not _NO_PLACE.match(one)]
    inner = [match[1].strip() for phrase in found for match in _PLACE.finditer(phrase)]
    named = [one for one in (*places, *inner) if one and not _NO_PLACE.match(one)]
    return _without_time(named[-1]) if named else None


def _without_time(place: str) -> str | None:
    match = _TIME.search(place)
    return (place[: match.start()].strip() if match else place) or None


def _template(text: str, library: EmergencyTemplateLibrary) -> tuple[EmergencyTemplate, list[str]]:
    templates = {name: library.get_template(name) for name in library.ids()}
    try:
        return meant(text, templates), []
    except ConfigError:
        return templates[GENERIC], ["hazard: no template is made for what the prompt says; the plain one is shown"]
