"""What people and time ask of a release: the gates of approval, embargo and rights for one exact state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from videogen.domain.rights import Rights
from videogen.release.approval.approving import ApprovalState, approval_gate, approval_state, approvals_needed
from videogen.release.approval.authority import Authority, authority
from videogen.release.approval.correction import Correction
from videogen.release.approval.embargo import embargo_gate, lateness
from videogen.release.approval.rights import UsedFile, rights_gate
from videogen.release.decision import Gate
from videogen.release.people.book import DecisionError
from videogen.release.people.subject import Subject, is_among, same_person

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.release.override import Override
    from videogen.release.people.decision import SignedDecision
    from videogen.release.people.people import People
    from videogen.release.people.person import Authentication

CHANGES = frozenset(("submit", "edit", "embargo", "rights"))
"""Actions that make somebody an author or editor, who cannot approve."""


@dataclass(frozen=True)
class Decided:
    """The decisions on a subject. fault: how they were tampered with; "": they were not."""

    decisions: tuple[SignedDecision, ...] = ()
    fault: str = ""

    def embargo(self, asked: datetime | None) -> datetime | None:
        """The embargo that counts: the one decided last, or else the one that was asked for."""
        for decision in reversed(self.decisions):
            if decision.action == "embargo":
                until = decision.data.get("until")
                return datetime.fromisoformat(until).astimezone(UTC) if until else None
        return asked.astimezone(UTC) if asked is not None else None

    def rights(self, name: str, given: Rights | None) -> Rights | None:
        """The rights of a file that count: those decided last, or else those that were given with it."""
        for decision in reversed(self.decisions):
            if decision.action == "rights" and decision.data.get("file") == name:
                return Rights.model_validate(decision.data["rights"])
        return given

    def correction(self) -> Correction | None:
        """What it corrects, as decided last."""
        for decision in reversed(self.decisions):
            if decision.action == "correct":
                return Correction.model_validate(decision.data["correction"])
        return None

    def authors(self) -> list[str]:
        """Everybody who has changed it."""
        return list(dict.fromkeys(decision.by for decision in self._changes))

    @property
    def author_is_known(self) -> bool:
        """Whether somebody recognised asked for it, and only such people have changed it."""
        asked = any(decision.action == "submit" for decision in self._changes)
        return asked and all(decision.is_authenticated for decision in self._changes)

    def recognised(self, requester: str | None) -> Authentication:
        """How the person was recognised who is named as having asked for it; "none": the name was typed."""
        found = (change.authentication for change in self._changes if same_person(change.by, requester or ""))
        return next(found, "none")

    @property
    def _changes(self) -> list[SignedDecision]:
        return [decision for decision in self.decisions if decision.action in CHANGES]


@dataclass(frozen=True)
class Standing:
    """How an exact state stands with people and time.

    decided: what people have decided. gates: approval, embargo and rights. approvals: what counts of them. log_head:
    of the log when this was found.
    """

    subject: Subject
    decided: Decided
    gates: tuple[Gate, ...]
    approvals: ApprovalState
    embargo: datetime | None
    correction: Correction | None
    log_head: str

    def signed_facts(self, released_at: datetime) -> dict[str, Any]:
        """What the signed record says about it, as fields of `Provenance`."""
        return {
            "approvals": tuple(decision.public() for decision in self.approvals.approvals),
            "state": self.subject.sha256,
            "embargo": self.embargo,
            "late": lateness(self.embargo, released_at),
            "corrects": self.correction,
            "log_head": self.log_head,
        }


class Conditions:
    """The gates of people and time.

    Args:
        people: of this installation.
        required: approvals that every revision needs; critical: where a claim is critical.
        automatic: whether what passes all gates goes out without anybody's decision.
    """

    def __init__(self, people: People, *, required: int = 0, critical: int = 0, automatic: bool = False) -> None:
        self.people, self._required, self._critical = people, required, critical
        self._automatic = automatic

    @classmethod
    def of(cls, config: VideoGenConfig) -> Conditions:
        """The conditions of a configuration."""
        from videogen.release.people.people import People

        release = config.release
        return cls(
            People.of(config),
            required=release.approvals_required,
            critical=release.approvals_critical,
            automatic=release.automatic,
        )

    def decided(self, subject_id: str) -> Decided:
        """What people have decided on a subject."""
        try:
            return Decided(tuple(self.people.decisions(subject_id)))
        except DecisionError as error:
            return Decided(fault=error.problem)

    def authors(self, *names: str | None) -> tuple[str, ...]:
        """The names, and the user names of those who were named by their full names."""
        found = [name for name in names if name]
        users = [user.name for user in self.people.users.all() if user.full_name and is_among(user.full_name, found)]
        return tuple(dict.fromkeys([*found, *users]))

    def authority(self, subject: Subject, by: str, override: Override | None) -> Authority:
        """Who publishes a state; see `videogen.release.approval.authority`."""
        return authority(
            subject,
            self.decided(subject.id).decisions,
            must_be_known=self.people.must_be_known,
            automatic=self._automatic,
            by=by,
            override=override,
        )

    def standing(
        self,
        subject: Subject,
        decided: Decided,
        *,
        embargo: datetime | None,
        files: Sequence[UsedFile],
        has_critical_claims: bool,
        now: datetime | None = None,
    ) -> Standing:
        """The three gates that no override opens, and what they rest on.

        Args:
            subject: the exact state.
            decided: what people have decided on it.
            embargo: in force; None: there is none.
            files: of others, that go into it.
            has_critical_claims: whether the number of approvals for critical claims counts.
            now: None: this moment.
        """
        moment = now or datetime.now(UTC)
        unknown = self.people.must_be_known and not decided.author_is_known
        needed = approvals_needed(
            self._required, self._critical, has_critical_claims=has_critical_claims, author_is_unknown=unknown
        )
        approvals = approval_state(subject, decided.decisions, needed, author_is_unknown=unknown)
        last = self.people.log.last()
        rights = rights_gate(files, moment.date())
        if decided.fault:
            gates = (
                *(Gate(name=name, state="failed", found=decided.fault) for name in ("approval", "embargo")),
                rights,
            )
        else:
            waits = embargo_gate(embargo, moment, last_known=last.at if last else None)
            gates = (approval_gate(approvals), waits, rights)
        return Standing(subject, decided, gates, approvals, embargo, decided.correction(), last.hash if last else "")
