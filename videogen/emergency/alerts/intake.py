"""From a document to the register: read, validate, check the signature, take; or say all that speaks against it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.form import alert_from_form
from videogen.emergency.alerts.register import AlertRegister, RegisteredAlert
from videogen.emergency.cap.model import Alert
from videogen.emergency.cap.problem import Problem, errors
from videogen.emergency.cap.reader import Link, ReadAlert, read_document
from videogen.emergency.cap.rules import breach
from videogen.emergency.cap.signature import Checked, Pins, SignatureResult
from videogen.emergency.cap.validator import validate
from videogen.emergency.cap.writer import write_alert
from videogen.errors import InputError, VideogenError

_LONGEST_REASON = 300


class Refused(NamedTuple):
    """An alert that was not taken: what it is called, all its problems, and the message itself."""

    name: str
    problems: list[Problem]
    original: bytes

    def __str__(self) -> str:
        return "\n".join([f"{self.name}:", *(f"  {problem.level}: {problem}" for problem in self.problems)])


@dataclass
class IntakeResult:
    """What became of the alerts in a document.

    taken: new in the register. known: taken before. links: messages that the document only points to.
    left: alerts for which the time did not suffice; taking the document again goes on with them.
    """

    taken: list[RegisteredAlert] = field(default_factory=list)
    known: list[RegisteredAlert] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    links: tuple[Link, ...] = ()
    left: int = 0

    def reasons(self) -> str:
        """Every reason of every refused alert, a line each."""
        return "\n".join(map(str, self.refused))


class AlertIntake:
    """Takes documents into the register, by the rules of the configuration.

    Args:
        certificates: folder of the pinned certificates, see `cap_signature`.
    """

    def __init__(self, register: AlertRegister, settings: EmergencySettings, certificates: Path) -> None:
        self.register = register
        self.settings = settings
        self.pins = Pins(certificates)

    def take(
        self,
        data: bytes,
        *,
        origin: str,
        rehearsal: bool = False,
        now: datetime | None = None,
        seconds: float | None = None,
    ) -> IntakeResult:
        """Take every valid alert of the document, each once.

        Args:
            origin: where it came from: a file name or an address.
            rehearsal: publish alerts with the status Exercise or Test, too, watermarked.
            seconds: time after which no further alert is begun, once one is taken; None: all are taken.

        Raises:
            InputError: the document cannot be read, or contains no alert.
            StorageError: the register cannot be written; taking the document again continues.
        """
        now = now or datetime.now(UTC)
        end = math.inf if seconds is None else time.monotonic() + seconds
        document = read_document(data, self.settings.alert_max_bytes)
        result = IntakeResult(links=document.links)
        if not document.alerts and not document.links and document.kind not in ("feed", "rss", "RDF"):
            raise InputError(
                f"it contains no CAP alert, only a <{document.kind}>", remedy="see docs/emergency_alerts.md"
            )
        # The earlier ones first, so that an Update finds what it updates.
        for number, read in enumerate(sorted(document.alerts, key=_sent)):
            # Something new at least, so that taking it again and again comes to an end.
            if result.taken and time.monotonic() >= end:
                result.left = len(document.alerts) - number
                break
            self._take_one(read, origin, rehearsal, now, result)
        return result

    def take_form(
        self, fields: Mapping[str, Any], *, origin: str = "form", rehearsal: bool = False, now: datetime | None = None
    ) -> RegisteredAlert:
        """Take the alert of a filled-in form, see `alert_form`. Who may use the form vouches for it: no signature.

        Raises:
            InputError: parts are missing or refused; all are named.
        """
        alert = alert_from_form(fields, sender=self.settings.alert_sender, now=now)
        return self.take_own(alert, origin=origin, rehearsal=rehearsal, now=now)

    def take_own(
        self, alert: Alert, *, origin: str, rehearsal: bool = False, now: datetime | None = None
    ) -> RegisteredAlert:
        """Take an alert that was made here, by `alert_from_form` or `cancellation`."""
        taken = self.register.take(
            alert,
            original=write_alert(alert),
            origin=origin,
            signature=SignatureResult(state="unsigned", why="it was made here, by form"),
            rehearsal=rehearsal,
            lifetime=timedelta(hours=self.settings.alert_lifetime_hours),
            now=now,
        )
        return taken.registered

    def _take_one(self, read: ReadAlert, origin: str, rehearsal: bool, now: datetime, result: IntakeResult) -> None:
        """Take or refuse one alert. Whatever nobody thought of is a reason to refuse this one, and no other."""
        try:
            self._judge(read, origin, rehearsal, now, result)
        except VideogenError:
            raise
        except Exception as error:
            logging.getLogger(__name__).exception("%s of %s cannot be judged", read.name, origin)
            why = f"judging it failed unexpectedly ({type(error).__name__}: {error})"[:_LONGEST_REASON]
            result.refused.append(Refused(read.name, [breach("cannot-be-judged", "", why)], read.original))

    def _judge(self, read: ReadAlert, origin: str, rehearsal: bool, now: datetime, result: IntakeResult) -> None:
        problems: list[Problem] = []
        checked = None
        if read.alert is not None:
            checked = self.pins.check(read, now)
            read = checked.read
            problems += self._signature_problems(checked)
        problems = [*validate(read, profiles=self.settings.alert_profiles, now=now), *problems]
        alert = read.alert
        if alert is None or checked is None or errors(problems):
            result.refused.append(Refused(read.name, problems, read.original))
            return
        try:
            taken = self.register.take(
                alert,
                original=read.original,
                origin=origin,
                signature=checked.result,
                remarks=problems,
                rehearsal=rehearsal,
                lifetime=timedelta(hours=self.settings.alert_lifetime_hours),
                now=now,
            )
        except InputError as error:
            problems.append(breach("identity-used", "", error.problem))
            result.refused.append(Refused(read.name, problems, read.original))
            return
        (result.taken if taken.new else result.known).append(taken.registered)

    def _signature_problems(self, checked: Checked) -> Sequence[Problem]:
        signature = checked.result
        if checked.imitates is not None:
            return [breach("sender-imitated", "sender", signature.why)]
        if signature.state == "invalid" or (signature.state != "valid" and self.settings.unsigned_alerts == "refuse"):
            return [breach("signature", "", signature.why)]
        return []


def _sent(read: ReadAlert) -> datetime:
    return read.alert.sent if read.alert else datetime.max.replace(tzinfo=UTC)
