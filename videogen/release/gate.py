"""The release gate: the conditions for publishing a video. It fails closed.

`decide` knows only the findings. A gate that is missing counts like one that failed, and what is found beyond the
required gates can only close the decision, never open it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from videogen.domain.artifacts import EmergencyFacts, PolicyVerdict
from videogen.quality.screening.screen import POLICY
from videogen.release.decision import Gate

if TYPE_CHECKING:
    from videogen.fact_check.report import FactCheckReport
    from videogen.quality.reporting.report import QualityReport
    from videogen.release.verification import Verification

_LABEL_CHECKS = ("label_present", "label_legible")


def policy_gate(verdict: PolicyVerdict | None) -> Gate:
    """The content policy allows all that is said and shown."""
    if verdict is None:
        return Gate(name="policy", state="missing", found="the policy verdict is missing")
    if verdict.allowed:
        return Gate(name="policy", state="holds", found="no rule is broken")
    return Gate(name="policy", state="failed", found=f"rule {verdict.rule!r}: {verdict.reason}")


def frames_gate(report: QualityReport | None) -> Gate | None:
    """What a detector of the configuration found in the frames is a matter of the policy; None: nothing.

    Detectors whose verdict an operator may override count in the quality gate alone.
    """
    refused = [check for check in report.checks if check.name.startswith(POLICY)] if report is not None else []
    if not refused:
        return None
    return Gate(name="policy", state="failed", found="; ".join(f"{check.title}: {check.found}" for check in refused))


def facts_opened_by(video_id: str) -> str:
    """What opens the gate of the facts, for every place that says that it is closed."""
    return (
        "attach the issuer's own text that states it, `videogen generate PROMPT --source release.txt`, or add "
        f"evidence, `videogen kb add FILE` and `videogen retry {video_id} --from fact_check_report`"
    )


def facts_gate(report: FactCheckReport | None) -> Gate:
    """The fact check lets the text be published: what it claims is supported, or attested by the issuer's own text."""
    if report is None:
        return Gate(name="facts", state="missing", found="the fact-check report is missing")
    found = f"{report.summary}, by {report.backend}, knowledge {report.knowledge_version}"
    if report.counts.get("attested"):
        found += "; attested by " + ", ".join(f"{source.name} (SHA-256 {source.sha256})" for source in report.sources)
    return Gate(name="facts", state="holds" if report.publishable else "failed", found=found)


def quality_gate(
    report: QualityReport | None, *, reported: datetime | None = None, rendered: datetime | None = None
) -> Gate:
    """The quality report passes, and is newer than the file that it describes.

    Args:
        report: the quality report of the attempt.
        reported: when the report was stored.
        rendered: when the file was stored; if it is newer than its report, it has not been measured.
    """
    if report is None:
        return Gate(name="quality", state="missing", found="the quality report is missing")
    if reported is not None and rendered is not None and reported < rendered:
        return Gate(name="quality", state="missing", found="the video is newer than its quality report")
    if report.passed:
        return Gate(name="quality", state="holds", found=f"score {report.score:.2f} as {report.content_type}")
    return Gate(name="quality", state="failed", found=f"score {report.score:.2f}: {'; '.join(report.reasons)}")


def label_gate(report: QualityReport | None, *, burnt_in: str, configured: str) -> Gate:
    """The operator's label was found in the picture and can be read: measured, not taken from metadata.

    Args:
        report: the quality report, which says whether the label was read.
        burnt_in: the label that the renderer says it drew.
        configured: `delivery.label` of the operator, which no request can change.
    """
    looked_for = report.label if report is not None else None
    wrong = [text for text in (looked_for, burnt_in) if text is not None and text != configured]
    if wrong:
        return Gate(name="label", state="failed", found=f"the label is {wrong[0]!r}, delivery.label is {configured!r}")
    checks = {} if report is None else {check.name: check for check in report.checks}
    unseen = [name for name in _LABEL_CHECKS if name not in checks]
    failed = [checks[name].found for name in _LABEL_CHECKS if name in checks and not checks[name].passed]
    if failed:
        return Gate(name="label", state="failed", found="; ".join(failed))
    if unseen or looked_for is None:
        return Gate(name="label", state="missing", found="the label was not checked in the frames")
    return Gate(name="label", state="holds", found="; ".join(checks[name].found for name in _LABEL_CHECKS))


def message_gate(emergency: EmergencyFacts) -> Gate:
    """The alert that an emergency request drafts says all that a warning must say."""
    if emergency.missing:
        return Gate(name="message", state="failed", found=f"the alert is a draft: {'; '.join(emergency.missing)}")
    return Gate(name="message", state="holds", found="hazard, place, time, source and guidance are said")


def signature_gate(signed: Verification | None) -> Gate:
    """The signed file was read back: not a bit has changed, and the signer is known here."""
    if signed is None:
        return Gate(name="signature", state="missing", found="the file is not signed")
    state: Literal["holds", "failed"] = "holds" if signed.intact and signed.trusted else "failed"
    return Gate(name="signature", state=state, found=signed.summary)
