"""The short form: a warning in a few fields, for a duty officer without a CAP editor. Nothing is made up.

What the form does not say is "Unknown" or left out; a missing part of the message is named.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from videogen.cards.geography import Circle, Point
from videogen.emergency.cap.model import Alert, Area, Category, Certainty, Info, Severity, Urgency
from videogen.emergency.cap.problem import errors
from videogen.emergency.cap.reader import read_document
from videogen.emergency.cap.validator import validate
from videogen.emergency.cap.values import read_circle, read_polygon
from videogen.emergency.cap.writer import write_alert
from videogen.errors import InputError

# Mileti & Sorensen 1990: what every warning has to say. The time is the moment in which the form is handed in: CAP 1.2,
# section 3.2.2, reads a missing <effective> like that.
_PARTS = {
    "sender": "source: who warns",
    "headline": "hazard: what happens",
    "area": "location: where",
    "instruction": "guidance: what people should do",
}
# What XML does not have, what a terminal acts on, and what turns the letters behind it around.
_OUTLAWED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")


class AlertForm(BaseModel):
    """The fields. polygon, circle: as in CAP, degrees ``latitude,longitude``, radius in kilometres."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    headline: str = Field("", max_length=400)
    area: str = Field("", description="the place in words")
    instruction: str = Field("", description="what people should do; one step a line")
    sender: str = Field("", max_length=200, description="who warns; empty: emergency.alert_sender")
    description: str | None = None
    event: str | None = Field(None, description="kind of hazard, e.g. Flood; None: the headline")
    category: Category = "Other"
    severity: Severity = "Unknown"
    urgency: Urgency = "Unknown"
    certainty: Certainty = "Unknown"
    language: str = "en"
    onset: AwareDatetime | None = Field(None, description="when the hazard begins")
    expires: AwareDatetime | None = Field(None, description="None: emergency.alert_lifetime_hours from now")
    polygon: str | None = None
    circle: str | None = None
    web: str | None = None
    contact: str | None = None
    status: Literal["Actual", "Exercise", "Test"] = "Actual"

    @field_validator("*", mode="before")
    @classmethod
    def _has_plain_letters(cls, given: object) -> object:
        if isinstance(given, str) and (found := _OUTLAWED.search(given)):
            raise ValueError(f"the character U+{ord(found[0]):04X} cannot be shown: leave it out")
        return given

    @field_validator("web")
    @classmethod
    def _is_an_address(cls, given: str | None) -> str | None:
        if given and not re.match(r"https?://[^\s/]", given):
            raise ValueError("an address begins with https:// or http://")
        return given


def alert_from_form(fields: Mapping[str, Any], *, sender: str = "", now: datetime | None = None) -> Alert:
    """The alert that a form asks for, sent now.

    Args:
        fields: of `AlertForm`.
        sender: who warns, if the form does not say.

    Raises:
        InputError: parts are missing or values are refused; all of them are named.
    """
    try:
        form = AlertForm(**fields)
    except ValidationError as error:
        raise InputError("; ".join(_describe(one) for one in error.errors())) from error
    said = form.model_dump(include=set(_PARTS)) | {"sender": form.sender or sender.strip()}
    problems = [f"the {part} is missing ({name})" for name, part in _PARTS.items() if not said[name]]
    shapes = {"polygon": _shape(form.polygon, read_polygon), "circle": _shape(form.circle, read_circle)}
    problems += [f"{name}: {shape}" for name, shape in shapes.items() if isinstance(shape, str)]
    if problems:
        raise InputError("; ".join(problems), remedy="fill that in and hand the form in again")
    alert = _alert(form, str(said["sender"]), shapes, (now or datetime.now(UTC)).replace(microsecond=0))
    refused = errors(validate(read_document(write_alert(alert)).alerts[0]))
    if refused:
        raise InputError("; ".join(map(str, refused)), remedy="correct that and hand the form in again")
    return alert


def cancellation(alert: Alert, why: str, now: datetime | None = None) -> Alert:
    """A Cancel of `alert`, by its own sender. why: said in the note."""
    sent = max(now or datetime.now(UTC), alert.sent).replace(microsecond=0)
    return Alert(
        identifier=_identifier(sent),
        sender=alert.sender,
        sent=sent,
        status=alert.status,
        msg_type="Cancel",
        scope=alert.scope,
        restriction=alert.restriction,
        addresses=alert.addresses,
        note=why,
        references=(alert.identity,),
    )


def _alert(form: AlertForm, sender: str, shapes: Mapping[str, Any], now: datetime) -> Alert:
    polygon, circle = shapes["polygon"], shapes["circle"]
    area = Area(
        description=form.area,
        polygons=(polygon,) if polygon else (),
        circles=(Circle(*circle),) if circle else (),
    )
    info = Info(
        language=form.language,
        categories=(form.category,),
        event=form.event or form.headline,
        urgency=form.urgency,
        severity=form.severity,
        certainty=form.certainty,
        effective=now,
        onset=form.onset,
        expires=form.expires,
        sender_name=sender,
        headline=form.headline,
        description=form.description or None,
        instruction=form.instruction,
        web=form.web or None,
        contact=form.contact or None,
        areas=(area,),
    )
    return Alert(
        identifier=_identifier(now),
        # As an identifier: without the characters that references could not name.
        sender=re.sub(r"[\s,<&]+", "-", sender),
        sent=now,
        status=form.status,
        msg_type="Alert",
        scope="Public",
        note="given by form" if form.status == "Actual" else f"{form.status} given by form",
        infos=(info,),
    )


def _shape(text: str | None, read: Any) -> tuple[Point, ...] | Circle | str | None:
    """The polygon or circle, or what is wrong with it."""
    if not text:
        return None
    said: list[str] = []
    shape: tuple[Point, ...] | Circle | None = read(text, lambda rule, message: said.append(message))
    return said[0] if said else shape


def _identifier(now: datetime) -> str:
    return f"videogen-{now.astimezone(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(4)}"


def _describe(problem: Any) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}"
