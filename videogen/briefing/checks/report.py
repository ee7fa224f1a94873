"""What was found about a briefing: its facts, its files, its rights."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from videogen.domain.frozen_model import FrozenModel
from videogen.release.decision import Gate


class Finding(FrozenModel):
    """One check. where: shot or variant; found: what was seen or measured."""

    check: str
    where: str
    passed: bool
    found: str


class SpokenVerdict(FrozenModel):
    """The verdict on one text of the briefing. from_release: it stands there letter by letter."""

    shot: str
    where: str
    language: str
    text: str
    from_release: bool
    outcome: str
    reason: str


class FactFindings(FrozenModel):
    """verdicts: on every text; unused: sentences of the release that are refuted but not told; backend: who judged."""

    verdicts: tuple[SpokenVerdict, ...]
    unused: tuple[str, ...] = ()
    backend: str = ""
    knowledge_version: str = ""


class BriefingReport(FrozenModel):
    """All that is known about one revision when it goes to the gate."""

    briefing: str
    revision: int
    sha256: str = Field(description="of the storyboard's YAML file")
    made_at: AwareDatetime
    facts: FactFindings
    files: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    gates: tuple[Gate, ...]

    @property
    def closed(self) -> tuple[str, ...]:
        """Names of the gates that do not hold."""
        return tuple(gate.name for gate in self.gates if not gate.holds)
