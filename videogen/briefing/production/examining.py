"""The report on a revision: its facts, its files as they were measured, and the gates that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from videogen.briefing.checks.facts import check_facts, every_text, facts_gate_of
from videogen.briefing.checks.file_check import check_file
from videogen.briefing.checks.report import BriefingReport, Finding
from videogen.briefing.production.made import VariantRecord
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.order import now
from videogen.briefing.storyboard.family import differing_quantities
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.timing.captions import FORMS, captions_of
from videogen.domain.artifacts import PolicyVerdict
from videogen.fact_check.checker import FactChecker
from videogen.preprocessing.policy.policy import ContentPolicy
from videogen.release.decision import Gate
from videogen.release.gate import policy_gate

REPORT = "report"
_LABEL = "label"


def examine(
    maker: BriefingMaker,
    briefing_id: str,
    number: int,
    checker: FactChecker,
    policy: ContentPolicy,
    report: Callable[[int, int], None] | None = None,
) -> BriefingReport:
    """Measure and judge a revision, and keep what was found.

    Raises:
        MediaError: a file of it cannot be read.
    """
    store = maker.store
    storyboard = store.storyboard(briefing_id, number)
    facts = check_facts(storyboard, store.documents(briefing_id), checker)
    variants = maker.variants(briefing_id, number)
    found: list[Finding] = []
    for index, record in enumerate(variants.made, 1):
        found += _measured(maker, briefing_id, number, record)
        if report is not None:
            report(index, len(variants.made))
    wanted = [f"{language}_{name}" for language in storyboard.languages for name in storyboard.formats]
    there = {record.facts.video.removesuffix(".mp4") for record in variants.made}
    for name in wanted:
        if name not in there:
            found.append(
                Finding(check="made", where=name, passed=False, found=variants.failed.get(name, "not made yet"))
            )
    found += _languages(storyboard)
    gates = [
        policy_gate(_screened(policy, storyboard)),
        facts_gate_of(facts),
        _gate("quality", [finding for finding in found if finding.check != _LABEL]),
        _gate("label", [finding for finding in found if finding.check == _LABEL]),
    ]
    made = BriefingReport(
        briefing=briefing_id,
        revision=number,
        sha256=store.revision(briefing_id, number).sha256,
        made_at=now(),
        facts=facts,
        files=tuple(found),
        notes=(
            *(f"{name}: {why}" for name, why in variants.failed.items()),
            *(rewriting.notes if (rewriting := maker.rewriting(briefing_id)) else ()),
            *(
                f"shot {shot}: its clip was not good enough, so its sentence is shown"
                for shot in maker.without_clip(briefing_id, number)
            ),
        ),
        gates=tuple(gates),
    )
    store.write(briefing_id, number, REPORT, made)
    return made


def _measured(maker: BriefingMaker, briefing_id: str, number: int, record: VariantRecord) -> list[Finding]:
    facts = record.facts
    made = maker.language(briefing_id, number, facts.language)
    pictures = maker.pictures(briefing_id, number, made, facts.format)
    setting = pictures.setting
    changes = frozenset(
        timed.start + segment.start
        for timed in made.timeline.shots
        for segment in pictures.picture_of(timed).segments
        if segment.start
    )
    form = FORMS[facts.format]
    return check_file(
        maker.store.file(briefing_id, number, facts.video),
        made.timeline,
        setting.label,
        setting.format.size,
        captions_of(made.timeline, form),
        form,
        made.storyboard.loudness,
        changes,
    )


def _languages(storyboard: Storyboard) -> list[Finding]:
    """Whether every shot says the same quantities in every language."""
    if len(storyboard.languages) < 2:
        return []
    wrong = differing_quantities(storyboard)
    told = "; ".join(wrong[:5]) if wrong else "the same in every language, shot by shot"
    return [Finding(check="quantities", where="languages", passed=not wrong, found=told)]


def _screened(policy: ContentPolicy, storyboard: Storyboard) -> PolicyVerdict:
    """The policy's verdict on all that is said, shown or described: the first that refuses."""
    for text in every_text(storyboard):
        verdict = policy.screen(text)
        if not verdict.allowed:
            return verdict
    return PolicyVerdict(allowed=True)


def _gate(name: str, findings: Sequence[Finding]) -> Gate:
    if not findings:
        return Gate(name=name, state="missing", found="nothing was measured")
    wrong = [finding for finding in findings if not finding.passed]
    if wrong:
        return Gate(name=name, state="failed", found="; ".join(f"{x.where} {x.check}: {x.found}" for x in wrong[:8]))
    return Gate(
        name=name, state="holds", found=f"{len(findings)} checks of {len({x.where for x in findings})} files pass"
    )
