"""The decision on a release. It fails closed: a missing check blocks the release.

`decide` knows only the findings. A gate that is missing counts like one that failed, and what is found beyond the
required gates can only close the decision, never open it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.override import Override

REQUIRED = ("policy", "facts", "quality", "label", "approval", "embargo", "rights", "signature")
# The law asks for a visible label and for marking that machines can read, and the content policy is not one
# person's to lift: no override opens these. Nor does one make a warning of a draft.
ABSOLUTE = frozenset({"policy", "label", "signature", "message", "approval", "rights", "embargo", "publisher"})


class Gate(FrozenModel):
    """The result of one gate. state: "missing" means not checked. found: what was found, for people."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    state: Literal["holds", "failed", "missing", "withdrawn"]
    found: str

    @property
    def holds(self) -> bool:
        """Whether the gate holds."""
        return self.state == "holds"


class Decision(FrozenModel):
    """Whether a video may be released. lifted: gates that do not hold but that the override opens."""

    released: bool
    gates: tuple[Gate, ...]
    closed: tuple[str, ...] = Field(description="names of the gates that block the release")
    lifted: tuple[str, ...] = ()
    override: Override | None = None

    @property
    def summary(self) -> str:
        """One line for logs and errors."""
        if not self.released:
            return "; ".join(_in_words(gate) for gate in self._named(self.closed))
        if not self.lifted or self.override is None:
            return "every gate holds"
        opened = "; ".join(f"{gate.name}: {gate.found}" for gate in self._named(self.lifted))
        return f"released by {self.override.operator} ({self.override.why}) in spite of {opened}"

    def _named(self, names: Sequence[str]) -> list[Gate]:
        return [gate for gate in self.gates if gate.name in names]


def _in_words(gate: Gate) -> str:
    # A withdrawal is a person's decision, and no failure.
    return gate.found if gate.state == "withdrawn" else f"{gate.name} {gate.state}: {gate.found}"


def decide(gates: Iterable[Gate], override: Override | None = None, *, required: Sequence[str] = REQUIRED) -> Decision:
    """Released only if every required gate is there and all that are there hold, or the override opens them.

    Args:
        gates: what was found; of two with one name, both must hold.
        override: opens every gate but those in `ABSOLUTE`.
        required: names that must be among the gates. An alert, say, needs no quality report.
    """
    found = list(gates)
    names = {gate.name for gate in found}
    found += [Gate(name=name, state="missing", found="not checked") for name in required if name not in names]
    stopping = list(dict.fromkeys(gate.name for gate in found if not gate.holds))
    lifted = [name for name in stopping if override is not None and name not in ABSOLUTE]
    closed = tuple(name for name in stopping if name not in lifted)
    return Decision(
        released=not closed,
        gates=tuple(found),
        closed=closed,
        lifted=() if closed else tuple(lifted),
        override=override,
    )
