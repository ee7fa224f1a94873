"""The release gate: what must hold before a video may leave the house. It fails closed.

`decide` knows only the findings. A gate that is missing counts like one that failed, and what is found beyond the
required gates can only close the decision, never open it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from videogen.domain.artifacts import PolicyVerdict, Report
from videogen.release.override import Override

if TYPE_CHECKING:
    from videogen.fact_check.report import FactCheckReport
    from videogen.quality.report import QualityReport
    from videogen.release.verification import Verification

REQUIRED = ("policy", "facts", "quality", "label", "signature")
# The law asks for a visible label and for marking that machines can read, and the content policy is not one
# person's to lift: no override opens these.
ABSOLUTE = frozenset({"policy", "label", "signature"})
_LABEL_CHECKS = ("label_present", "label_legible")


class Gate(Report):
    """One finding. state: "missing" means that nobody has looked. found: what was found, for people."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    state: Literal["holds", "failed", "missing"]
    found: str

    @property
    def holds(self) -> bool:
        return self.state == "holds"


class Decision(Report):
    """Whether a video may be released. lifted: gates that do not hold but that the override opens."""

    released: bool
    gates: tuple[Gate, ...]
    closed: tuple[str, ...] = Field(description="names of the gates that keep it in")
    lifted: tuple[str, ...] = ()
    override: Override | None = None

    @property
    def summary(self) -> str:
        """One line for logs and errors."""
        if not self.released:
            return "; ".join(f"{gate.name} {gate.state}: {gate.found}" for gate in self._named(self.closed))
        if not self.lifted or self.override is None:
            return "every gate holds"
        opened = "; ".join(f"{gate.name}: {gate.found}" for gate in self._named(self.lifted))
        return f"released by {self.override.operator} ({self.override.why}) in spite of {opened}"

    def _named(self, names: Sequence[str]) -> list[Gate]:
        return [gate for gate in self.gates if gate.name in names]


def decide(gates: Iterable[Gate], override: Override | None = None, *, required: Sequence[str] = REQUIRED) -> Decision:
    """Released only if every required gate is there and all that are there hold, or the override opens them.

    Args:
        gates: what was found; of two with one name, both must hold.
        override: opens every gate but policy, label and signature.
        required: names that must be among the gates. An alert, say, needs no quality report.
    """
    found = list(gates)
    names = {gate.name for gate in found}
    found += [Gate(name=name, state="missing", found="nobody has looked") for name in required if name not in names]
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


def policy_gate(verdict: PolicyVerdict | None) -> Gate:
    """The content policy allows all that is said and shown."""
    if verdict is None:
        return Gate(name="policy", state="missing", found="there is no policy verdict")
    if verdict.allowed:
        return Gate(name="policy", state="holds", found="no rule is broken")
    return Gate(name="policy", state="failed", found=f"rule {verdict.rule!r}: {verdict.reason}")


def facts_gate(report: FactCheckReport | None) -> Gate:
    """The fact check lets the text be published."""
    if report is None:
        return Gate(name="facts", state="missing", found="there is no fact-check report")
    found = f"{report.summary}, by {report.backend}, knowledge {report.knowledge_version}"
    return Gate(name="facts", state="holds" if report.publishable else "failed", found=found)


def quality_gate(
    report: QualityReport | None, *, reported: datetime | None = None, rendered: datetime | None = None
) -> Gate:
    """The quality report passes, and was made after the file that it speaks of.

    Args:
        reported, rendered: when report and file were stored; a file newer than its report has not been measured.
    """
    if report is None:
        return Gate(name="quality", state="missing", found="there is no quality report")
    if reported is not None and rendered is not None and reported < rendered:
        return Gate(name="quality", state="missing", found="the video is newer than its quality report")
    if report.passed:
        return Gate(name="quality", state="holds", found=f"score {report.score:.2f} as {report.content_type}")
    return Gate(name="quality", state="failed", found=f"score {report.score:.2f}: {'; '.join(report.reasons)}")


def label_gate(report: QualityReport | None) -> Gate:
    """The label was found in the picture and can be read: measured in the file, not taken from its metadata."""
    checks = {} if report is None else {check.name: check for check in report.checks}
    unseen = [name for name in _LABEL_CHECKS if name not in checks]
    failed = [checks[name].found for name in _LABEL_CHECKS if name in checks and not checks[name].passed]
    if failed:
        return Gate(name="label", state="failed", found="; ".join(failed))
    if unseen:
        return Gate(name="label", state="missing", found="nobody has looked for the label in the picture")
    return Gate(name="label", state="holds", found="; ".join(checks[name].found for name in _LABEL_CHECKS))


def signature_gate(signed: Verification | None) -> Gate:
    """The signed file was read back: not a bit has changed, and the signer is known here."""
    if signed is None:
        return Gate(name="signature", state="missing", found="the file is not signed")
    state: Literal["holds", "failed"] = "holds" if signed.intact and signed.trusted else "failed"
    return Gate(name="signature", state=state, found=signed.summary)
