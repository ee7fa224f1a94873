"""Whether the decisions of people open the gate for one exact state of a video or briefing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from videogen.release.decision import Gate
from videogen.release.people.decision import SignedDecision
from videogen.release.people.subject import Subject, is_among


@dataclass(frozen=True)
class ApprovalState:
    """What people have decided on a state.

    approvals: those that count, one a person. void: approvals that do not count, each with the reason. changes: open
    requests for changes. hold: the hold that stands. needed: how many approvals it takes. author_is_unknown: nobody
    vouches for who asked for it or changed it, which is why it takes one more.
    """

    needed: int
    approvals: tuple[SignedDecision, ...] = ()
    void: tuple[tuple[SignedDecision, str], ...] = ()
    changes: tuple[SignedDecision, ...] = ()
    hold: SignedDecision | None = None
    author_is_unknown: bool = False

    @property
    def missing(self) -> int:
        """How many approvals are missing."""
        return max(0, self.needed - len(self.approvals))

    @property
    def is_open(self) -> bool:
        """Whether nothing that people have to decide stands against the release."""
        return self.hold is None and not self.changes and not self.missing


def approval_state(
    subject: Subject, decisions: Sequence[SignedDecision], needed: int, *, author_is_unknown: bool = False
) -> ApprovalState:
    """What follows from decisions for the state of `subject`, by the order in which they were made, not by clocks.

    An approval counts for the hash that it names only; from a checker who is recognised and neither author nor editor.
    A hold stands until it is lifted, whatever is edited. A request for changes stands until the state has changed, or
    the same person approves it.

    Args:
        subject: the exact state.
        decisions: all on this subject, first to last, checked by the book.
        needed: how many people have to approve.
        author_is_unknown: whether that is one more than usual.
    """
    approvals: dict[str, SignedDecision] = {}
    changes: dict[str, SignedDecision] = {}
    void: list[tuple[SignedDecision, str]] = []
    hold: SignedDecision | None = None
    for decision in decisions:
        person = " ".join(decision.by.casefold().split())
        if decision.action in ("hold", "lift_hold"):
            hold = decision if decision.action == "hold" else None
        elif decision.action == "approve":
            reason = _why_void(subject, decision)
            if reason:
                void.append((decision, reason))
            else:
                approvals[person] = decision
                changes.pop(person, None)
        elif decision.action == "request_changes" and decision.sha256 == subject.sha256:
            changes[person] = decision
            approvals.pop(person, None)
    counting, asking = tuple(approvals.values()), tuple(changes.values())
    return ApprovalState(needed, counting, tuple(void), asking, hold, author_is_unknown)


def approval_gate(state: ApprovalState) -> Gate:
    """Enough people have approved this exact state, nobody asks for changes, nobody holds it."""
    against = []
    if state.hold is not None:
        against.append(f"held by {state.hold.by}{_told(state.hold)}")
    against += [f"{decision.by} asks for changes{_told(decision)}" for decision in state.changes]
    if against:
        return Gate(name="approval", state="failed", found="; ".join(against))
    if state.missing:
        found = f"{len(state.approvals)} of {state.needed} approvals of this revision"
        if state.author_is_unknown:
            found += ", one more than usual: nobody vouches for who asked for it or changed it"
        found += "".join(f"; that of {decision.by} does not count: {why}" for decision, why in state.void[-3:])
        return Gate(name="approval", state="failed" if state.void else "missing", found=found)
    names = ", ".join(decision.by for decision in state.approvals)
    return Gate(name="approval", state="holds", found=f"approved by {names}" if names else "no approval is asked for")


def approvals_needed(
    required: int, critical: int, *, has_critical_claims: bool, author_is_unknown: bool = False
) -> int:
    """How many people have to approve, by the settings, by what is claimed and by who made it.

    Whoever types another person's name may be one of those who approve. One more of them, and as many as usual are
    somebody else.
    """
    usual = max(required, critical) if has_critical_claims else required
    return usual + 1 if usual and author_is_unknown else usual


def _why_void(subject: Subject, decision: SignedDecision) -> str:
    if decision.sha256 != subject.sha256:
        return f"it was given to another state (revision {decision.revision}, {decision.sha256[:12]})"
    if not decision.is_authenticated:
        return "nobody vouches for the name"
    if "checker" not in decision.roles:
        return "it takes the role checker"
    if is_among(decision.by, subject.authors):
        return f"{decision.by} is the author or an editor"
    return ""


def _told(decision: SignedDecision) -> str:
    return f": {decision.comment}" if decision.comment else ""
