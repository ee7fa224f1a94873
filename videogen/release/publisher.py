"""Publisher: takes the best attempt of a request through the release gate, signs and publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from videogen.domain.artifacts import RenderedVideo, VideoFile
from videogen.domain.stages import Stage
from videogen.errors import ReleaseError
from videogen.release.approval.missing import WORTH_WAITING, missing_for_release
from videogen.release.best import best_attempt
from videogen.release.decision import Decision, decide
from videogen.release.folder import LOCKS, folder_of, land, published_record, read_record, take_back
from videogen.release.gate import facts_opened_by, signature_gate
from videogen.release.notices import mark_corrected
from videogen.release.override import Override, override_by
from videogen.release.record import Picture, Provenance, ReleaseDecision, ReleaseRecord, Withdrawal
from videogen.release.sidecar import sidecar_of
from videogen.release.signing import sign_file
from videogen.release.trust import pinned
from videogen.release.verification import verify_file
from videogen.release.video_state import BEFORE_SIGNING, VideoState
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.atomic_folder import sha256
from videogen.storage.locks import one_at_a_time
from videogen.storage.request_store import RequestStore

if TYPE_CHECKING:
    from videogen.domain.requests import VideoRequest
    from videogen.quality.reporting.report import QualityReport
    from videogen.release.approval.conditions import Conditions, Standing
    from videogen.release.approval.correction import Correction
    from videogen.release.credentials import Credentials
    from videogen.release.people.subject import Subject

STAGE = "published_video"
T = TypeVar("T")


@dataclass(frozen=True)
class Published:
    """A released video. folder: where it lies; is_new: False where it had been published like this before."""

    record: ReleaseRecord
    decision: ReleaseDecision
    folder: Path
    is_new: bool

    @property
    def video(self) -> Path:
        """Path of the published mp4."""
        return self.folder / self.record.video


class Publisher:
    """Publishes and withdraws the videos of one installation.

    Args:
        root: the folder of published videos.
        credentials: what to sign with. Their certificate is pinned when the signed file is read back.
        label: `delivery.label` of the operator; a video with another one is not released.
        conditions: what people and time ask for.
    """

    def __init__(
        self,
        requests: RequestStore,
        artifacts: ArtifactStore,
        root: Path,
        credentials: Credentials,
        *,
        label: str,
        conditions: Conditions,
    ) -> None:
        self._requests, self._artifacts = requests, artifacts
        self._root, self._credentials = root, credentials
        self._conditions = conditions
        self._state = VideoState(requests, artifacts, conditions, label=label)

    def subject(self, video_id: str) -> Subject:
        """See `VideoState.best_subject`."""
        return self._state.best_subject(video_id)

    def look(self, video_id: str) -> Decision:
        """See `VideoState.look`."""
        return self._state.look(video_id)

    def publish(self, video_id: str, override: Override | None = None, *, by: str | None = None) -> Published:
        """Release the best attempt, if every gate holds or the override opens those that do not.

        Publishing the same attempt again changes nothing. The decision, whatever it is, is kept beside the
        attempt's artifacts as ``release_decision``.

        Args:
            video_id: id of the video.
            override: who opens gates that do not hold, and why; None: nobody.
            by: who publishes, see `publisher_name`; part of the record and of the signature. None: who overrides.

        Raises:
            ReleaseError: the gate is closed; the message names every reason.
            InputError: the request does not exist, or nothing can be published.
            MediaError, StorageError: it cannot be signed or written.
        """
        self._requests.get(video_id)
        with self._alone(video_id):
            published = self._publish(video_id, override, by)
        mark_corrected(self._root, published.record)
        return published

    def _publish(self, video_id: str, override: Override | None, by: str | None) -> Published:
        number, report = best_attempt(self._requests, self._artifacts, video_id)
        before = self._standing(video_id, number)
        if before is not None:
            return before
        holder = self._requests.holder(video_id, number, Stage.RENDERED_VIDEO)
        rendered = self._artifacts.load(video_id, holder, Stage.RENDERED_VIDEO, VideoFile)
        standing = self._state.standing(video_id, number)
        who = self._conditions.authority(standing.subject, by or (override.operator if override else ""), override)
        override, more = who.override, [who.gate] if who.gate else []
        gates = [*self._state.gates(video_id, number, report, standing), *more]
        decision = self._decided(video_id, number, decide(gates, override, required=BEFORE_SIGNING))
        provenance = self._provenance(video_id, number, report, rendered.facts, decision, who.name, standing)
        with TemporaryDirectory(prefix="videogen-release-") as scratch:
            signed = Path(scratch) / f"{video_id}{rendered.path.suffix}"
            provenance = sign_file(rendered.path, provenance, self._credentials, signed)
            verified = verify_file(signed, [pinned(self._credentials.certificates[0])])
            # Looked at again: somebody may have held it, or edited it, while it was signed.
            standing = self._state.standing(video_id, number)
            gates = [*self._state.gates(video_id, number, report, standing), *more, signature_gate(verified)]
            decision = self._decided(video_id, number, decide(gates, override))
            files = {signed.name: signed}
            if (beside := sidecar_of(signed)).is_file():
                files[beside.name] = beside
            if rendered.captions_path is not None:
                captions = noted_captions(rendered.captions_path, provenance.corrects, Path(scratch))
                files[f"{video_id}.vtt"] = captions
            record = self._record(provenance, decision, files, rendered)
            # The store's copy first: what is published can always be looked up there.
            self._keep(video_id, number, signed, rendered, record)
            folder = land(self._root, video_id, record, files)
        return Published(record, self._kept(video_id, number), folder, is_new=True)

    def withdraw(self, video_id: str, operator: str | None, why: str | None) -> ReleaseRecord:
        """Unpublish a video: its files are removed from the published folder, the record stays with the reason.

        The store keeps the signed file as evidence. It is not published again unless an operator overrides.

        Raises:
            InputError: the request does not exist, or operator or reason is missing.
            ReleaseError: it is not published.
        """
        self._requests.get(video_id)
        person = override_by(operator, why)
        with self._alone(video_id):
            return self._withdraw(video_id, person)

    def _withdraw(self, video_id: str, person: Override) -> ReleaseRecord:
        withdrawal = Withdrawal(operator=person.operator, why=person.why, at=person.at)
        try:
            attempt = published_record(self._root, video_id).provenance.attempt or 1
            # First what closes the gate: should this process die now, the video is not released again by itself.
            self._artifacts.save(video_id, attempt, "withdrawal", withdrawal)
            return take_back(self._root, video_id, withdrawal)
        except ReleaseError as error:
            raise error.at(stage=STAGE, video_id=video_id) from error.__cause__

    def _alone(self, video_id: str) -> AbstractContextManager[None]:
        """One publication or withdrawal of a video at a time, whichever process asks for it."""
        name = folder_of(self._root, video_id).name
        return one_at_a_time(self._root / LOCKS / f"{name}.lock", f"publishing or withdrawing {video_id}")

    def _standing(self, video_id: str, number: int) -> Published | None:
        """The release of this very attempt in this very state, if it stands and its file is unharmed."""
        record = read_record(self._root, video_id)
        if record is None or record.withdrawn is not None or record.provenance.attempt != number:
            return None
        # Releases of versions before 0.2.0 name no state.
        if record.provenance.state not in ("", self._state.subject(video_id, number).sha256):
            return None
        folder = folder_of(self._root, video_id)
        video = folder / record.video
        if not video.is_file() or sha256(video) != record.sha256:
            return None
        return Published(record, self._kept(video_id, number), folder, is_new=False)

    def _decided(self, video_id: str, number: int, decision: Decision) -> Decision:
        """Keep the decision; go on only if it is a release."""
        kept = ReleaseDecision(
            released=decision.released,
            attempt=number,
            asked_at=datetime.now(UTC),
            gates=decision.gates,
            closed=decision.closed,
            summary=decision.summary,
        )
        self._artifacts.save(video_id, number, "release_decision", kept)
        if not decision.released:
            raise ReleaseError(
                f"attempt {number} cannot be released: {decision.summary}",
                remedy=_remedy(video_id, decision),
                stage=STAGE,
                video_id=video_id,
            )
        return decision

    def _kept(self, video_id: str, number: int) -> ReleaseDecision:
        return self._artifacts.load(video_id, number, "release_decision", ReleaseDecision)

    def _provenance(
        self,
        video_id: str,
        number: int,
        report: QualityReport,
        facts: RenderedVideo,
        decision: Decision,
        by: str,
        standing: Standing,
    ) -> Provenance:
        request = self._requests.get(video_id)
        attempt = self._requests.attempt(video_id, number)
        clip = self._requests.clip_path(request)
        paths = [*self._requests.image_paths(request), *([] if clip is None else [clip])]
        released = datetime.now(UTC)
        model, _, revision = _tags(facts.metadata.get("comment", "")).get("model", "").partition(" ")
        return Provenance(
            id=video_id,
            attempt=number,
            title=request.title or "",
            prompt=request.prompt,
            requester=request.requester,
            requester_recognised_by=standing.decided.recognised(request.requester),
            source=request.source,
            requested_at=request.created_at,
            released_at=released,
            model=model,
            revision=revision,
            seed=attempt.seed(request),
            label=facts.label,
            watermark=facts.watermark,
            origin="composite" if paths else "generated",
            pictures=tuple(Picture(name=path.name, sha256=sha256(path)) for path in paths),
            sources=self._sources(video_id, number),
            gates=decision.gates,
            override=decision.override if decision.lifted else None,
            released_by=by,
            below_target=not report.passed,
            details={} if request.varied_from is None else {"varied from": _first_video(request)},
            **standing.signed_facts(released),
        )

    def _sources(self, video_id: str, number: int) -> tuple[Picture, ...]:
        facts = self._state.facts(video_id, number)
        return tuple(Picture(name=source.name, sha256=source.sha256) for source in facts.sources) if facts else ()

    def _record(
        self, provenance: Provenance, decision: Decision, files: Mapping[str, Path], rendered: VideoFile
    ) -> ReleaseRecord:
        from videogen.quality.metrics.fidelity import of_published

        name, signed = next(iter(files.items()))
        captions = f"{provenance.id}.vtt"
        return ReleaseRecord(
            provenance=provenance,
            gates=decision.gates,
            lifted=decision.lifted,
            signer=self._credentials.signer,
            video=name,
            captions=captions if captions in files else None,
            sha256=sha256(signed),
            bytes=signed.stat().st_size,
            # Outlets and readers take a signature beside the video along where it is listed.
            files={n: sha256(path) for n, path in files.items()} if sidecar_of(signed).is_file() else {},
            fidelity=of_published(signed, rendered.path),
            watermarks={name: provenance.watermark} if provenance.watermark else {},
        )

    def _keep(self, video_id: str, number: int, signed: Path, rendered: VideoFile, record: ReleaseRecord) -> None:
        facts = rendered.facts.model_copy(update={"sha256": record.sha256, "bytes": record.bytes})
        self._artifacts.save(video_id, number, STAGE, VideoFile(signed, rendered.captions_path, facts))
        self._artifacts.save(video_id, number, "release_record", record)


def noted_captions(captions: Path, corrects: Correction | None, folder: Path) -> Path:
    """The captions, with a note of what the video corrects (WebVTT, section 4.1: a NOTE is read by people only)."""
    if corrects is None:
        return captions
    header, _, cues = captions.read_text(encoding="utf-8").partition("\n\n")
    note = corrects.line.replace("-->", "→")
    noted = folder / "noted.vtt"
    noted.write_text(f"{header.rstrip()}\n\nNOTE {note}\n\n{cues}", encoding="utf-8")
    return noted


def _first_video(request: VideoRequest) -> str:
    return f"{request.varied_from}, attempt {request.varied_attempt}"


def _tags(comment: str) -> dict[str, str]:
    """The renderer's ``key=value; key=value`` tag of the mp4."""
    return dict(part.split("=", 1) for part in comment.split("; ") if "=" in part)


def _remedy(video_id: str, decision: Decision) -> str:
    """Return what can be done about a closed gate: fix the cause or, where that is allowed, override it."""
    if set(decision.closed) <= WORTH_WAITING:
        waits = "the decision to publish is kept: with Dagster's daemon (`make ui`) it goes out when that holds"
        return f"{waits}; see `videogen decisions {video_id}`"
    closed = [item for item in missing_for_release(video_id, decision.gates) if not item.can_be_overridden]
    if closed:
        names = " and ".join(item.gate for item in closed)
        return f"{names} cannot be overridden: {'; '.join(item.remedy for item in closed)}"
    command = f"videogen publish {video_id} --override --operator NAME --why REASON"
    cause = facts_opened_by(video_id) + ";" if "facts" in decision.closed else "fix the cause,"
    return f"{cause} or have an operator override it: `{command}`"
