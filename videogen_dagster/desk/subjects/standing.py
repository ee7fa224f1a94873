"""Where a version stands: what people decided about exactly this state, and what is missing for its release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen.errors import InputError, ReleaseError, VideogenError
from videogen.release.approval.missing import Missing, missing_for_release
from videogen.release.decision import Gate
from videogen.release.people.subject import Subject, is_among
from videogen_dagster.desk.ids import is_briefing
from videogen_dagster.desk.item import State

if TYPE_CHECKING:
    from resources.people.review import Review
    from videogen.release.people.decision import SignedDecision


# The command line names its commands; here people press buttons.
_AT_THE_DESK = {
    "policy": "change the text that breaks the rule; nobody can override it",
    "facts": "correct the sentence, or hand in the issuer's text that states it",
    "quality": "see below what was measured, and have it made again",
    "approval": "a checker who has neither asked for it nor changed it looks at all of it and approves it here",
    "embargo": "nothing: it goes out when the embargo has passed; or change the embargo",
    "rights": "give credit and licence of that file in the storyboard, or take it out",
    "withdrawal": "it was withdrawn: publish a correction instead",
}


@dataclass(frozen=True)
class Standing:
    """What is known before a release. subject: None: nothing is finished yet. problem: why it cannot be told."""

    decisions: tuple[SignedDecision, ...] = ()
    subject: Subject | None = None
    gates: tuple[Gate, ...] = ()
    problem: VideogenError | None = None

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is to be done before it can be published, as people do it at the desk."""
        if self.subject is None:
            return ()
        found = missing_for_release(self.subject.id, self.gates)
        return tuple(entry.model_copy(update={"remedy": _AT_THE_DESK.get(entry.gate, entry.remedy)}) for entry in found)

    @property
    def holding(self) -> list[Gate]:
        """The gates that hold."""
        return [gate for gate in self.gates if gate.holds]

    @property
    def seen(self) -> str:
        """The hash of the state, for forms: a decision counts for this state only."""
        return "" if self.subject is None else self.subject.sha256

    @property
    def is_held(self) -> bool:
        """Whether somebody holds it."""
        return is_held(self.decisions)

    def is_by(self, name: str) -> bool:
        """Whether a person asked for it or changed it, and so cannot approve it."""
        return self.subject is not None and is_among(name, self.subject.authors)


def standing_of(review: Review, item_id: str) -> Standing:
    """The standing of the latest version of a video or briefing."""
    try:
        decisions = tuple(review.people.decisions(item_id))
    except VideogenError as error:
        return Standing(problem=error)
    try:
        return Standing(decisions, review.subject(item_id), review.look(item_id).gates)
    except (InputError, ReleaseError):
        # Nothing that could be published has been made.
        return Standing(decisions)
    except VideogenError as error:
        return Standing(decisions, problem=error)


def state_by(decisions: tuple[SignedDecision, ...], sha256: str) -> State:
    """Where a finished version stands by what people decided about exactly this state."""
    if is_held(decisions):
        return "held"
    last: dict[str, str] = {}
    for decision in decisions:
        if decision.sha256 == sha256 and decision.action in ("approve", "request_changes"):
            last[decision.by] = decision.action
    if "request_changes" in last.values():
        return "changes requested"
    return "approved" if "approve" in last.values() else "to check"


def is_held(decisions: tuple[SignedDecision, ...]) -> bool:
    """Whether the last hold was not lifted."""
    holds = [decision.action for decision in decisions if decision.action in ("hold", "lift_hold")]
    return bool(holds) and holds[-1] == "hold"


def kind_of(item_id: str) -> str:
    """Of which kind an id is."""
    return "briefing" if is_briefing(item_id) else "video"
