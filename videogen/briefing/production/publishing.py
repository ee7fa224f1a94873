"""Publishing a revision: its gates, every variant signed and read back, all files in one folder at once."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from videogen.briefing.assembly.news_item import as_ninjs
from videogen.briefing.production.briefing_state import REQUIRED, STAGE, BriefingState
from videogen.briefing.production.made import VariantRecord
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.order import now
from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ArtifactError, ReleaseError
from videogen.release.approval.missing import WORTH_WAITING
from videogen.release.decision import Decision, Gate, decide
from videogen.release.folder import LOCKS, folder_of, land, read_record, take_back
from videogen.release.gate import signature_gate
from videogen.release.notices import mark_corrected
from videogen.release.override import override_by
from videogen.release.record import Picture, Provenance, ReleaseRecord, Withdrawal
from videogen.release.signing import Part, sign_file
from videogen.release.trust import pinned
from videogen.release.verification import verify_file
from videogen.storage.atomic_folder import sha256
from videogen.storage.locks import one_at_a_time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.release.approval.conditions import Conditions, Standing
    from videogen.release.credentials import Credentials
    from videogen.release.override import Override
    from videogen.release.people.subject import Subject

DECISION = "decision"
# IPTC digital source types; cards and maps are drawn by rules, charts follow from data.
_SOURCE_TYPES = {"clip": "trainedAlgorithmicMedia", "chart": "dataDrivenMedia", "picture": "humanEdits"}
_PART_WIDTH = 320


class GateDecision(FrozenModel):
    """The latest answer of the gate, kept beside the revision."""

    released: bool
    gates: tuple[Gate, ...]
    closed: tuple[str, ...]
    summary: str


class PublishedBriefing(FrozenModel):
    """A published revision and where it lies."""

    record: ReleaseRecord
    folder: str
    is_new: bool


class BriefingPublisher:
    """Publishes the briefings of one installation.

    Args:
        root: the folder of published videos.
        credentials: what to sign with.
        conditions: what people and time ask for.
    """

    def __init__(self, maker: BriefingMaker, root: Path, credentials: Credentials, *, conditions: Conditions) -> None:
        self._maker, self._root, self._credentials = maker, root, credentials
        self._conditions = conditions
        self._state = BriefingState(maker, root, conditions)

    def subject(self, briefing_id: str) -> Subject:
        """See `BriefingState.latest_subject`."""
        return self._state.latest_subject(briefing_id)

    def look(self, briefing_id: str) -> Decision:
        """See `BriefingState.look`."""
        return self._state.look(briefing_id)

    def publish(self, briefing_id: str, *, by: str, override: Override | None = None) -> PublishedBriefing:
        """Release the latest revision, if every gate holds or the override opens those that may be opened.

        Args:
            briefing_id: id of the briefing.
            override: who opens gates that do not hold, and why.
            by: who publishes.

        Raises:
            ReleaseError: a gate is closed; the message names every reason.
        """
        number = self._maker.store.latest_number(briefing_id)
        with one_at_a_time(self._root / LOCKS / f"{briefing_id}.lock", f"publishing {briefing_id}"):
            published = self._publish(briefing_id, number, by, override)
        mark_corrected(self._root, published.record)
        return published

    def withdraw(self, briefing_id: str, operator: str, why: str) -> ReleaseRecord:
        """Unpublish a briefing: its files leave the folder, the record stays with the reason.

        Raises:
            InputError: the briefing does not exist, or operator or reason is missing.
            ReleaseError: it is not published.
        """
        self._maker.store.order(briefing_id)
        person = override_by(operator, why)
        with one_at_a_time(self._root / LOCKS / f"{briefing_id}.lock", f"withdrawing {briefing_id}"):
            return take_back(
                self._root, briefing_id, Withdrawal(operator=person.operator, why=person.why, at=person.at)
            )

    def _publish(self, briefing_id: str, number: int, by: str, override: Override | None) -> PublishedBriefing:
        store = self._maker.store
        standing = self._state.standing(briefing_id, number)
        before = self._published_already(briefing_id, standing)
        if before is not None:
            return before
        who = self._conditions.authority(standing.subject, by, override)
        by, override, more = who.name, who.override, [who.gate] if who.gate else []
        storyboard = store.storyboard(briefing_id, number)
        gates = [*self._state.gates(briefing_id, number, standing), *more]
        self._decided(briefing_id, number, gates, override, REQUIRED)
        records = self._maker.variants(briefing_id, number).made
        with TemporaryDirectory(prefix="videogen-release-") as scratch:
            files: dict[str, Path] = {}
            for record in records:
                files |= self._signed(briefing_id, number, record, gates, by, override, standing, Path(scratch))
            for language in storyboard.languages:
                item = Path(scratch) / f"{language}.ninjs.json"
                facts = [record.facts for record in records]
                item.write_text(as_ninjs(briefing_id, number, storyboard, language, facts, now()), encoding="utf-8")
                files[item.name] = item
            board = Path(scratch) / "storyboard.yaml"
            board.write_bytes(store.storyboard_text(briefing_id, number))
            files[board.name] = board
            signers = [pinned(self._credentials.certificates[0])]
            verified = [verify_file(files[name], signers) for record in records for name in record.facts.videos]
            worst = min(verified, key=lambda found: (found.intact, found.trusted))
            # Looked at again: somebody may have held it, or edited it, while it was signed.
            standing = self._state.standing(briefing_id, number)
            gates = [*self._state.gates(briefing_id, number, standing), *more, signature_gate(worst)]
            decision = self._decided(briefing_id, number, gates, override, (*REQUIRED, "signature"))
            lead = records[0].facts
            digests = {name: sha256(path) for name, path in files.items()}
            released = ReleaseRecord(
                provenance=self._provenance(briefing_id, number, records[0], tuple(gates), by, override, standing),
                gates=decision.gates,
                lifted=decision.lifted,
                signer=self._credentials.signer,
                video=lead.video,
                captions=f"{lead.video.removesuffix('.mp4')}.vtt",
                sha256=digests[lead.video],
                bytes=files[lead.video].stat().st_size,
                files=digests,
                watermarks={name: x.facts.watermark for x in records if x.facts.watermark for name in x.facts.videos},
            )
            land(self._root, briefing_id, released, files)
        return PublishedBriefing(record=released, folder=str(folder_of(self._root, briefing_id)), is_new=True)

    def _signed(
        self,
        briefing_id: str,
        number: int,
        record: VariantRecord,
        gates: Sequence[Gate],
        by: str,
        override: Override | None,
        standing: Standing,
        scratch: Path,
    ) -> dict[str, Path]:
        """The files of a variant, its videos signed."""
        store, facts = self._maker.store, record.facts
        files = {name: store.file(briefing_id, number, name) for name in facts.files}
        self._check_unchanged(briefing_id, facts.files, files)
        provenance = self._provenance(briefing_id, number, record, tuple(gates), by, override, standing)
        parts = self._parts(briefing_id, number, record)
        for name in facts.videos:
            sign_file(files[name], provenance, self._credentials, scratch / name, parts)
        return {**files, **{name: scratch / name for name in facts.videos}}

    def _check_unchanged(self, briefing_id: str, expected: Mapping[str, str], files: Mapping[str, Path]) -> None:
        """What was measured and approved is what goes out, bit for bit."""
        for name, path in files.items():
            if sha256(path) != expected[name]:
                raise ArtifactError(
                    f"{name} has changed since it was made",
                    remedy=f"make it again: `videogen briefing redo {briefing_id}`",
                    stage=STAGE,
                    video_id=briefing_id,
                )

    def _published_already(self, briefing_id: str, standing: Standing) -> PublishedBriefing | None:
        """The release of this very state, if it stands and none of its files was harmed or removed."""
        record = read_record(self._root, briefing_id)
        if record is None or record.withdrawn is not None or record.provenance.state != standing.subject.sha256:
            return None
        folder = folder_of(self._root, briefing_id)
        whole = all((folder / name).is_file() and sha256(folder / name) == x for name, x in record.files.items())
        return PublishedBriefing(record=record, folder=str(folder), is_new=False) if whole else None

    def _parts(self, briefing_id: str, number: int, record: VariantRecord) -> list[Part]:
        """Every shot with what its picture comes from: a mixed file is not called wholly generated."""
        made = self._maker.language(briefing_id, number, record.facts.language)
        pictures = self._maker.pictures(briefing_id, number, made, record.facts.format)
        parts = []
        for timed in made.timeline.shots:
            last = pictures.picture_of(timed).segments[-1].draw(timed.count - 1)
            source_type = _SOURCE_TYPES.get(timed.shot.kind, "algorithmicMedia")
            parts.append(Part(f"shot-{timed.shot.id}", source_type, small_jpeg(last)))
        return parts

    def _provenance(
        self,
        briefing_id: str,
        number: int,
        record: VariantRecord,
        gates: tuple[Gate, ...],
        by: str,
        override: Override | None,
        standing: Standing,
    ) -> Provenance:
        store = self._maker.store
        order, storyboard = store.order(briefing_id), store.storyboard(briefing_id, number)
        revision = store.revision(briefing_id, number)
        released_at = now()
        made_by_model = any(shot.kind == "clip" for shot in storyboard.shots)
        return Provenance(
            kind="briefing",
            id=briefing_id,
            attempt=number,
            title=storyboard.title.get(record.facts.language, storyboard.title[storyboard.languages[0]]),
            requester=order.requester,
            requester_recognised_by=standing.decided.recognised(order.requester),
            source=order.source,
            requested_at=order.created_at,
            released_at=released_at,
            model="cards and charts",
            label=record.facts.label,
            watermark=record.facts.watermark,
            origin="composite" if made_by_model else "template",
            sources=tuple(Picture(name=x.file, sha256=x.sha256) for x in storyboard.sources.values()),
            gates=gates,
            override=override,
            released_by=by,
            **standing.signed_facts(released_at),
            details={
                "revision": str(number),
                "storyboard": revision.sha256,
                "language": record.facts.language,
                "format": record.facts.format,
            },
        )

    def _decided(
        self,
        briefing_id: str,
        number: int,
        gates: Sequence[Gate],
        override: Override | None,
        required: tuple[str, ...],
    ) -> Decision:
        decision = decide(gates, override, required=required)
        kept = GateDecision(
            released=decision.released, gates=decision.gates, closed=decision.closed, summary=decision.summary
        )
        self._maker.store.write(briefing_id, number, DECISION, kept)
        if not decision.released:
            raise ReleaseError(
                f"revision {number} cannot be released: {decision.summary}",
                remedy=_remedy(briefing_id, decision),
                stage=STAGE,
                video_id=briefing_id,
            )
        return decision


def _remedy(briefing_id: str, decision: Decision) -> str:
    if set(decision.closed) <= WORTH_WAITING:
        waits = "the decision to publish is kept: with Dagster's daemon (`make ui`) it goes out when that holds"
        return f"{waits}; see `videogen decisions {briefing_id}`"
    return "correct the storyboard (`videogen briefing edit`), or what the gate names"


def small_jpeg(frame: NDArray[np.uint8]) -> bytes:
    """A frame (uint8, H×W×3) as a small picture."""
    from PIL import Image

    picture = Image.fromarray(frame)
    picture.thumbnail((_PART_WIDTH, _PART_WIDTH))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    return stream.getvalue()
