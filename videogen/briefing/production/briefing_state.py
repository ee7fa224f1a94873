"""What is known of a revision when it comes to the gate: its report, and how it stands with people and time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from videogen.briefing.checks.report import BriefingReport
from videogen.briefing.pictures.brand import load_brand
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.making import BriefingMaker
from videogen.domain.rights import Rights
from videogen.errors import ReleaseError
from videogen.fact_check.reading.worth import is_critical
from videogen.release.approval.rights import UsedFile
from videogen.release.decision import Decision, Gate, decide
from videogen.release.folder import read_record
from videogen.release.people.subject import Subject, digest_of

if TYPE_CHECKING:
    from videogen.briefing.storyboard.model import Storyboard
    from videogen.release.approval.conditions import Conditions, Decided, Standing

STAGE = "published_briefing"
REQUIRED = ("policy", "facts", "quality", "label", "approval", "embargo", "rights")
_OF_PEOPLE = ("approval", "embargo", "rights")


class BriefingState:
    """Reads the state of the briefings of one installation.

    Args:
        root: the folder of published videos.
        conditions: what people and time ask for.
    """

    def __init__(self, maker: BriefingMaker, root: Path, conditions: Conditions) -> None:
        self._maker, self._root, self._conditions = maker, root, conditions

    def latest_subject(self, briefing_id: str) -> Subject:
        """The exact state of the latest revision."""
        return self.subject(briefing_id, self._maker.store.latest_number(briefing_id))

    def look(self, briefing_id: str) -> Decision:
        """What the gate would say of the latest revision now, but for the signature; nothing is signed or written.

        Raises:
            ReleaseError: it has not been checked yet.
        """
        number = self._maker.store.latest_number(briefing_id)
        return decide(self.gates(briefing_id, number, self.standing(briefing_id, number)), required=REQUIRED)

    def subject(self, briefing_id: str, number: int) -> Subject:
        """The exact state of a revision that people decide on."""
        return self._subject(briefing_id, number, self._conditions.decided(briefing_id))

    def report(self, briefing_id: str, number: int) -> BriefingReport:
        """What was measured and judged of a revision.

        Raises:
            ReleaseError: nothing was yet.
        """
        report = self._maker.store.read(briefing_id, number, REPORT, BriefingReport)
        if report is None:
            raise ReleaseError(
                f"revision {number} has not been checked",
                remedy=f"make it first: `videogen briefing redo {briefing_id}`",
                stage=STAGE,
                video_id=briefing_id,
            )
        return report

    def gates(self, briefing_id: str, number: int, standing: Standing) -> list[Gate]:
        """Every gate but that of the signature."""
        found = [gate for gate in self.report(briefing_id, number).gates if gate.name not in _OF_PEOPLE]
        return [*found, *standing.gates, *self._withdrawal(briefing_id)]

    def standing(self, briefing_id: str, number: int) -> Standing:
        """How a revision stands with people and time."""
        decided = self._conditions.decided(briefing_id)
        storyboard = self._maker.store.storyboard(briefing_id, number)
        texts = [verdict.text for verdict in self.report(briefing_id, number).facts.verdicts]
        return self._conditions.standing(
            self._subject(briefing_id, number, decided),
            decided,
            embargo=storyboard.embargo_utc,
            files=_files(storyboard),
            has_critical_claims=any(map(is_critical, texts)),
        )

    def _withdrawal(self, briefing_id: str) -> list[Gate]:
        """The gate that stays closed behind a withdrawal, until somebody overrides it."""
        record = read_record(self._root, briefing_id)
        taken = record.withdrawn if record is not None else None
        if taken is None:
            return []
        found = f"withdrawn by {taken.operator} on {taken.at:%Y-%m-%d}: {taken.why}"
        return [Gate(name="withdrawal", state="withdrawn", found=found)]

    def _subject(self, briefing_id: str, number: int, decided: Decided) -> Subject:
        store = self._maker.store
        order, storyboard = store.order(briefing_id), store.storyboard(briefing_id, number)
        correction, embargo = decided.correction(), storyboard.embargo_utc
        report = store.read(briefing_id, number, REPORT, BriefingReport)
        parts = {
            "order": digest_of(order.model_dump_json()),
            "storyboard": digest_of(store.storyboard_text(briefing_id, number)),
            "report": digest_of(report.model_dump_json()) if report is not None else "missing",
            "embargo": embargo.isoformat() if embargo else "none",
            "corrects": correction.line if correction else "nothing",
        }
        parts |= {f"rights of {file.name}": str(file.rights or "none") for file in _files(storyboard)}
        for record in self._maker.variants(briefing_id, number).made:
            parts |= record.facts.files
        editors = [store.revision(briefing_id, earlier).by for earlier in range(1, number + 1)]
        return Subject(
            kind="briefing",
            id=briefing_id,
            revision=number,
            parts=parts,
            authors=self._conditions.authors(order.requester, *editors, *decided.authors()),
            title=storyboard.title[storyboard.languages[0]],
        )


def _files(storyboard: Storyboard) -> list[UsedFile]:
    """The pictures, the track and the logo that are shown or heard, each with its rights."""
    found = [
        UsedFile(
            name=shot.picture.file,
            where=f"shot {shot.id}",
            rights=Rights(credit=shot.picture.credit, licence=shot.picture.licence, expires=shot.picture.expires),
        )
        for shot in storyboard.shots
        if shot.picture is not None
    ]
    music = storyboard.music
    if music is not None and music.credit and music.licence:
        rights = Rights(credit=music.credit, licence=music.licence, expires=music.expires)
        found.append(UsedFile(name=music.track, where="music", rights=rights))
    logo = load_brand(storyboard.brand).brand.logo
    if logo is not None:
        found.append(UsedFile(name=logo.file, where=f"logo of the brand {storyboard.brand}", rights=logo.rights))
    return found
