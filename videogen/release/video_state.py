"""What is known of an attempt when it comes to the gate: what was found, what people decided, what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from videogen.domain.artifacts import PromptAsset, RenderedVideo
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.release.approval.rights import UsedFile
from videogen.release.best import best_attempt
from videogen.release.decision import REQUIRED, Decision, Gate, decide
from videogen.release.gate import facts_gate, frames_gate, label_gate, message_gate, policy_gate, quality_gate
from videogen.release.people.subject import Subject, digest_of
from videogen.release.record import ReleaseRecord, Withdrawal

if TYPE_CHECKING:
    from videogen.domain.requests import VideoRequest
    from videogen.fact_check.report import FactCheckReport
    from videogen.quality.reporting.report import QualityReport
    from videogen.release.approval.conditions import Conditions, Decided, Standing
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.request_store import RequestStore

T = TypeVar("T")
BEFORE_SIGNING = tuple(name for name in REQUIRED if name != "signature")
_COVERED = (Stage.RENDERED_VIDEO, Stage.FACT_CHECK_REPORT, Stage.QUALITY_REPORT)


class VideoState:
    """Reads the state of the videos of one installation.

    Args:
        conditions: what people and time ask for.
        label: `delivery.label` of the operator.
    """

    def __init__(self, requests: RequestStore, artifacts: ArtifactStore, conditions: Conditions, *, label: str) -> None:
        self._requests, self._artifacts = requests, artifacts
        self._conditions, self._label = conditions, label

    def subject(self, video_id: str, number: int) -> Subject:
        """The exact state of an attempt that people decide on."""
        return self._subject(video_id, number, self._conditions.decided(video_id))

    def best_subject(self, video_id: str) -> Subject:
        """The exact state of the best attempt.

        Raises:
            InputError: the request does not exist, or has no attempt that could be published.
        """
        number, _ = best_attempt(self._requests, self._artifacts, video_id)
        return self.subject(video_id, number)

    def look(self, video_id: str) -> Decision:
        """What the gate would say of the best attempt now, but for the signature; nothing is signed or written.

        Raises:
            InputError: the request does not exist, or has no attempt that could be published.
        """
        number, report = best_attempt(self._requests, self._artifacts, video_id)
        return decide(self.gates(video_id, number, report, self.standing(video_id, number)), required=BEFORE_SIGNING)

    def gates(self, video_id: str, number: int, report: QualityReport, standing: Standing) -> list[Gate]:
        """Every gate but that of the signature."""
        prompt = self._load(video_id, number, Stage.PROMPT_ASSET, PromptAsset)
        facts = self.facts(video_id, number)
        rendered = self._load(video_id, number, Stage.RENDERED_VIDEO, RenderedVideo)
        gates = [
            policy_gate(prompt.policy if prompt else None),
            facts_gate(facts),
            quality_gate(
                report,
                reported=self._stored_at(video_id, number, Stage.QUALITY_REPORT),
                rendered=self._stored_at(video_id, number, Stage.RENDERED_VIDEO),
            ),
            label_gate(report, burnt_in=rendered.label if rendered else "", configured=self._label),
            *standing.gates,
        ]
        if (frames := frames_gate(report)) is not None:
            gates.append(frames)
        if rendered is not None and rendered.emergency is not None:
            gates.append(message_gate(rendered.emergency))
        withdrawal = self._withdrawal(video_id)
        if withdrawal is not None:
            found = f"withdrawn by {withdrawal.operator} on {withdrawal.at:%Y-%m-%d}: {withdrawal.why}"
            gates.append(Gate(name="withdrawal", state="withdrawn", found=found))
        return gates

    def facts(self, video_id: str, number: int) -> FactCheckReport | None:
        """The fact-check report that counts for the attempt."""
        from videogen.fact_check.report import FactCheckReport

        return self._load(video_id, number, Stage.FACT_CHECK_REPORT, FactCheckReport)

    def standing(self, video_id: str, number: int) -> Standing:
        """How an attempt stands with people and time."""
        request, decided = self._requests.get(video_id), self._conditions.decided(video_id)
        facts = self.facts(video_id, number)
        return self._conditions.standing(
            self._subject(video_id, number, decided),
            decided,
            embargo=decided.embargo(request.embargo),
            files=_files(request, decided),
            has_critical_claims=facts is not None and any(verdict.claim.critical for verdict in facts.claims),
        )

    def _subject(self, video_id: str, number: int, decided: Decided) -> Subject:
        request = self._requests.get(video_id)
        embargo = decided.embargo(request.embargo)
        parts = {"request": digest_of(request.model_dump_json())}
        parts["embargo"] = embargo.isoformat() if embargo else "none"
        correction = decided.correction()
        parts["corrects"] = correction.line if correction else "nothing"
        parts |= {f"rights of {file.name}": str(file.rights or "none") for file in _files(request, decided)}
        for stage in _COVERED:
            try:
                holder = self._requests.holder(video_id, number, stage)
                manifest = self._artifacts.manifest(video_id, holder, stage)
            except ArtifactError:
                parts[stage] = "missing"
                continue
            parts |= {f"{stage}: {file.name}": file.sha256 for file in manifest.files}
        authors = self._conditions.authors(request.requester, *decided.authors())
        return Subject(kind="video", id=video_id, revision=number, parts=parts, authors=authors, title=request.heading)

    def _load(self, video_id: str, number: int, stage: str, kind: type[T]) -> T | None:
        """The artifact that counts for the attempt; None if no usable one exists, which closes its gate."""
        try:
            return self._artifacts.load(video_id, self._requests.holder(video_id, number, stage), stage, kind)
        except ArtifactError:
            return None

    def _stored_at(self, video_id: str, number: int, stage: str) -> datetime:
        holder = self._requests.holder(video_id, number, stage)
        return self._artifacts.manifest(video_id, holder, stage).created_at

    def _withdrawal(self, video_id: str) -> Withdrawal | None:
        """The latest withdrawal, unless the video was released again since."""
        found: list[Withdrawal] = []
        released: list[datetime] = []
        for attempt in self._requests.attempts(video_id):
            if self._artifacts.exists(video_id, attempt.number, "withdrawal"):
                found.append(self._artifacts.load(video_id, attempt.number, "withdrawal", Withdrawal))
            if self._artifacts.exists(video_id, attempt.number, "release_record"):
                record = self._artifacts.load(video_id, attempt.number, "release_record", ReleaseRecord)
                released.append(record.provenance.released_at)
        latest = max(found, key=lambda withdrawal: withdrawal.at, default=None)
        return latest if latest is not None and not any(at > latest.at for at in released) else None


def files_of(request: VideoRequest) -> list[tuple[str, str]]:
    """Name and use of the files of others that go into a video: pictures, logo, the clip that it is made from."""
    named = [(str(name), f"reference picture {index}") for index, name in enumerate(request.images, 1)]
    named += [(str(request.logo), "logo")] if request.logo is not None else []
    return named + ([(str(request.from_video), "clip that it is made from")] if request.from_video is not None else [])


def _files(request: VideoRequest, decided: Decided) -> list[UsedFile]:
    """These files, with the rights that count."""
    return [
        UsedFile(name=name, where=where, rights=decided.rights(name, request.rights.get(name)))
        for name, where in files_of(request)
    ]
