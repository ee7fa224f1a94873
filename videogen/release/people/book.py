"""The decisions of an installation: a file each, in a chain for each subject, every one of them named by the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from videogen.errors import ArtifactError, InputError, reasons
from videogen.release.people.decision import Kind, SignedDecision, comment_digest
from videogen.release.people.keys import verifies
from videogen.release.people.log import DecisionLog
from videogen.release.people.person import Person
from videogen.release.people.roles import Action
from videogen.release.people.users import DESK, UserBook, alone
from videogen.storage.atomic_folder import SAFE_NAME, Folder

FOLDER: Final = "decisions"
_FILE: Final = re.compile(r"^([0-9]{5})\.json$")


class DecisionError(ArtifactError):
    """The decisions on a subject were changed, forged or removed after they were made."""


class DecisionBook:
    """Decisions by subject.

    A decision counts when its line stands in the log; a file without one is what a killed process left behind.
    """

    def __init__(self, folder: Path, users: UserBook, log: DecisionLog) -> None:
        self._place, self._users, self._log = folder, users, log
        self._folder = Folder(folder / FOLDER)

    def record(
        self,
        person: Person,
        action: Action,
        *,
        kind: Kind,
        subject_id: str,
        revision: int,
        sha256: str = "",
        comment: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> SignedDecision:
        """Sign a decision and keep it; the same one twice in a row, as by a double click, is kept once.

        Raises:
            NotAllowedError: the person has no role for it.
            StorageError: the disk refused, and nothing is recorded.
            DecisionError: earlier decisions on the subject were changed.
        """
        person.check_may(action)
        name, remark = checked_subject(subject_id), " ".join(comment.split())
        with alone(self._place):
            before = self.of(name)
            last = before[-1] if before else None
            try:
                plain = SignedDecision(
                    sequence=len(before) + 1,
                    kind=kind,
                    id=name,
                    revision=revision,
                    sha256=sha256,
                    action=action,
                    by=person.name,
                    roles=tuple(sorted(person.roles)) if person.is_authenticated else (),
                    authentication=person.authentication,
                    at=datetime.now(UTC),
                    comment=remark,
                    comment_sha256=comment_digest(remark),
                    data=dict(data or {}),
                    previous=last.digest if last else "",
                    key=person.key.fingerprint if person.key else "",
                )
            except ValidationError as error:
                raise InputError(f"the decision cannot be kept: {reasons(error)}") from error
            if last is not None and _is_the_same(plain, last):
                return last
            signed = plain.model_copy(update={"signature": person.key.sign(plain.message) if person.key else ""})
            self._folder.write(f"{name}/{signed.sequence:05d}.json", signed.model_dump_json(indent=1).encode() + b"\n")
            details = {
                "sequence": signed.sequence,
                "action": action,
                "authentication": signed.authentication,
                "sha256": sha256,
                "digest": signed.digest,
            }
            self._log.append("decision", by=person.name, about=name, details=details)
        return signed

    def of(self, subject_id: str) -> list[SignedDecision]:
        """All decisions on a subject, first to last, each of them checked: its signature, its chain and its log line.

        Raises:
            DecisionError: one was changed, forged or removed.
        """
        name = checked_subject(subject_id)
        lines = self._log.lines_on(name)
        logged = [line.details for line in lines if line.event == "decision" and line.about == name]
        keys = {(line.about, line.details.get("fingerprint")) for line in lines if line.event == "key_added"}
        found: list[SignedDecision] = []
        for number, details in enumerate(logged, 1):
            decision = self._read(name, number)
            previous = found[-1].digest if found else ""
            is_it = decision.digest == details.get("digest") and decision.id == name and decision.is_whole
            if not is_it or decision.previous != previous:
                raise self._wrong(name, number, "was changed after it was made")
            if not self._is_genuine(decision, keys):
                raise self._wrong(name, number, f"is not signed by {decision.by}")
            found.append(decision)
        return found

    def _is_genuine(self, decision: SignedDecision, logged: AbstractSet[tuple[str, object]]) -> bool:
        """Whether it is signed by the person, or by the desk for somebody who logged in; or is not said to be.

        Args:
            decision: with its signature.
            logged: owner and fingerprint of every key that the log tells of: one that was written into the file of
                users by hand counts for nothing.
        """
        if decision.authentication == "none":
            return not decision.key and not decision.signature
        if decision.authentication == "key":
            user = self._users.find(decision.by)
            key, owner = (user.key_at(decision.key, decision.at) if user else None), decision.by
        else:
            key, owner = self._users.desk_key(decision.key), DESK
        if key is None or (owner, decision.key) not in logged:
            return False
        return verifies(bytes.fromhex(key.key), decision.signature, decision.message)

    def _read(self, name: str, number: int) -> SignedDecision:
        try:
            return SignedDecision.model_validate_json(self._folder.read(f"{name}/{number:05d}.json"))
        except FileNotFoundError as error:
            raise self._wrong(name, number, "was removed") from error
        except ValidationError as error:
            raise self._wrong(name, number, f"cannot be read: {reasons(error)}") from error

    def _wrong(self, name: str, number: int, what: str) -> DecisionError:
        return DecisionError(
            f"decision {number} on {name} {what}",
            remedy=f"restore {self._folder.url(f'{name}/{number:05d}.json')} from a backup; the log says what it was",
            video_id=name,
        )


def checked_subject(subject_id: str) -> str:
    """The id itself, if it can be part of a path. Raises InputError where it cannot."""
    if not SAFE_NAME.fullmatch(subject_id):
        raise InputError(
            f"{subject_id[:100]!r} cannot be the id of a video or briefing", remedy="see `videogen status`"
        )
    return subject_id


def _is_the_same(new: SignedDecision, last: SignedDecision) -> bool:
    apart = {"sequence", "at", "previous", "signature"}
    return new.model_dump(exclude=apart) == last.model_dump(exclude=apart)
