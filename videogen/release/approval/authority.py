"""By whose decision a release goes out: a known publisher's, the operator's rule, or, for one person, anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from videogen.release.decision import Gate
from videogen.release.override import Override
from videogen.release.people.decision import SignedDecision
from videogen.release.people.roles import may
from videogen.release.people.subject import Subject

BY_RULE = "sensor releases"
"""The publisher that is named where the operator's setting `release.automatic` publishes what passes all gates."""
_ENDS = frozenset(("withdraw", "hold", "request_changes"))


def decision_to_publish(subject: Subject, decisions: Sequence[SignedDecision]) -> SignedDecision | None:
    """The latest decision to publish exactly this state, if nobody has withdrawn or stopped it since."""
    found: SignedDecision | None = None
    for decision in decisions:
        if decision.action in ("publish", "override") and decision.sha256 == subject.sha256:
            found = decision
        elif decision.action in _ENDS:
            found = None
    return found


@dataclass(frozen=True)
class Authority:
    """Under which name a release goes out, and the override that counts. gate: closed, where nobody may publish it."""

    name: str
    override: Override | None = None
    gate: Gate | None = None


def authority(
    subject: Subject,
    decisions: Sequence[SignedDecision],
    *,
    must_be_known: bool,
    automatic: bool,
    by: str,
    override: Override | None,
) -> Authority:
    """Who publishes.

    Args:
        subject: the exact state that is to go out.
        decisions: all on it, checked.
        must_be_known: names that were typed count for nothing; a signed decision of a publisher does.
        automatic: whether the operator's setting publishes what passes all gates.
        by: the name that was typed, or of the sensor.
        override: that was typed.
    """
    if not must_be_known:
        return Authority(by, override)
    decision = decision_to_publish(subject, decisions)
    if decision is not None and decision.is_authenticated and may(decision.roles, decision.action):
        if decision.action == "publish":
            return Authority(decision.by)
        return Authority(decision.by, Override(operator=decision.by, why=decision.comment, at=decision.at))
    if automatic and override is None:
        return Authority(BY_RULE)
    found = "nobody with the role publisher has decided to publish this state"
    return Authority(by, gate=Gate(name="publisher", state="missing", found=found))
