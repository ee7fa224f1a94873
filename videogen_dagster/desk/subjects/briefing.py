"""A revision of a briefing as it is reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.briefing.checks.report import BriefingReport, SpokenVerdict
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.made import NarrationFacts, VariantRecord, Variants
from videogen.briefing.storyboard.model import Storyboard
from videogen.errors import ArtifactError, VideogenError
from videogen_dagster.desk.subjects.cues import Shown, cues_of, second_of
from videogen_dagster.desk.subjects.parts import Claim, Finding, Medium, Piece, Reviewed, Version, pieces_of

if TYPE_CHECKING:
    from videogen.briefing.production.store import BriefingStore

_FORMATS = {"wide": 0, "square": 1, "tall": 2}


def reviewed_briefing(store: BriefingStore, briefing_id: str, number: int) -> Reviewed:
    """Revision `number` with its files, its text and what was found.

    Raises:
        InputError: the briefing or revision does not exist.
    """
    storyboard = store.storyboard(briefing_id, number)
    variants = store.read(briefing_id, number, "variants", Variants) or Variants()
    report = store.read(briefing_id, number, REPORT, BriefingReport)
    narration = store.read(briefing_id, number, "narration", NarrationFacts)
    media = tuple(sorted(map(_medium, variants.made), key=lambda m: (m.language, _FORMATS.get(m.format, 9))))
    notes = [*(narration.notes if narration else ()), *(report.notes if report else ())]
    if report is not None and report.facts.unused:
        notes.append(f"refuted sentences of the release that are not told: {'; '.join(report.facts.unused)}")
    return Reviewed(
        id=briefing_id,
        kind="briefing",
        title=storyboard.title[storyboard.languages[0]],
        version=number,
        versions=versions_of(store, briefing_id),
        media=media,
        texts={
            language: _text(store, briefing_id, number, storyboard, language, variants, report)
            for language in storyboard.languages
        },
        findings=_findings(report),
        notes=tuple(dict.fromkeys(notes)),
    )


def versions_of(store: BriefingStore, briefing_id: str) -> tuple[Version, ...]:
    """All revisions, the first one first."""
    found = []
    for number in range(1, store.latest_number(briefing_id) + 1):
        revision = store.revision(briefing_id, number)
        found.append(Version(number, revision.at.isoformat(), revision.by, revision.why))
    return tuple(found)


def _medium(record: VariantRecord) -> Medium:
    facts = record.facts
    stem = facts.video.removesuffix(".mp4")
    return Medium(
        key=stem,
        language=facts.language,
        format=facts.format,
        file=facts.video,
        captions=f"{stem}.vtt" if f"{stem}.vtt" in facts.files else "",
        fps=facts.fps,
        seconds=facts.seconds,
        width=facts.size[0],
        height=facts.size[1],
        poster=f"{stem}.poster.jpg" if f"{stem}.poster.jpg" in facts.files else "",
    )


def _findings(report: BriefingReport | None) -> tuple[Finding, ...]:
    if report is None:
        return ()
    return tuple(Finding(x.check.replace("_", " "), x.where.replace("_", " "), x.passed, x.found) for x in report.files)


def _text(
    store: BriefingStore,
    briefing_id: str,
    number: int,
    storyboard: Storyboard,
    language: str,
    variants: Variants,
    report: BriefingReport | None,
) -> tuple[Piece, ...]:
    """The release with what is told of it marked; behind it, the texts that a person added."""
    record = next((record for record in variants.made if record.facts.language == language), None)
    cues, starts = _times(store, briefing_id, number, record)
    verdicts = [x for x in (report.facts.verdicts if report else ()) if x.language == language]
    known = {(x.shot, x.where): x for x in verdicts}
    text = store.document(briefing_id, language).text
    marks: list[tuple[int, int, Claim]] = []
    count = 0
    for shot in storyboard.shots:
        for place, sentence in enumerate(shot.narration, 1):
            if language not in sentence.source:
                continue
            count += 1
            second = second_of(sentence.text[language], cues, starts.get(shot.id, 0.0))
            claim = _claim(
                count, sentence.text[language], known.get((shot.id, f"narration {place}")),
                starts.get(shot.id) if second is None else second, f"shot {shot.id}",
            )  # fmt: skip
            marks.append((*sentence.source[language], claim))
    pieces = list(pieces_of(text, marks))
    for own in (x for x in verdicts if not x.from_release):
        count += 1
        second = second_of(own.text, cues, starts.get(own.shot, 0.0))
        claim = _claim(
            count, own.text, own, starts.get(own.shot) if second is None else second,
            f"shot {own.shot}, {own.where}: not in the release",
        )  # fmt: skip
        pieces += [Piece("\n\n"), Piece(own.text, claim)]
    return tuple(pieces)


def _claim(number: int, text: str, verdict: SpokenVerdict | None, second: float | None, where: str) -> Claim:
    if verdict is None:
        return Claim(number, text, "not_checked_yet", "it is checked when the video is made", second, where)
    return Claim(number, text, verdict.outcome, verdict.reason, second, where)


def _times(
    store: BriefingStore, briefing_id: str, number: int, record: VariantRecord | None
) -> tuple[list[Shown], dict[str, float]]:
    """The captions of a language, and the second at which each shot begins."""
    if record is None:
        return [], {}
    starts = {name: first / record.facts.fps for name, first, _ in record.facts.shots}
    try:
        captions = store.file(briefing_id, number, f"{record.facts.video.removesuffix('.mp4')}.vtt")
        return cues_of(captions.read_text(encoding="utf-8")), starts
    except (ArtifactError, OSError):
        # A file that was removed by hand: the beginning of the shot is near enough.
        return [], starts


def storyboard_or_none(store: BriefingStore, briefing_id: str) -> Storyboard | None:
    """The latest storyboard; None before there is one, or where it cannot be read."""
    try:
        return store.storyboard(briefing_id) if store.latest_number(briefing_id) else None
    except VideogenError:
        return None
