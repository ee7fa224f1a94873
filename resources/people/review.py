"""Decisions of people on videos and briefings alike: approve, hold, embargo, rights, correct, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from resources.all import build_resources
from resources.settings import SettingsResource
from videogen.briefing.production.order import BRIEFING_ID
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import InputError, reasons
from videogen.release.approval.conditions import Conditions
from videogen.release.approval.correction import Correction, Notice
from videogen.release.approval.missing import Missing, missing_for_release
from videogen.release.folder import published_record, read_record
from videogen.release.notices import mark
from videogen.release.override import override_by
from videogen.release.people.book import checked_subject
from videogen.release.people.people import People
from videogen.release.video_state import VideoState, files_of

if TYPE_CHECKING:
    from pathlib import Path

    from resources.signer import SignerResource
    from resources.storage import StorageResource
    from videogen.briefing.production.briefing_state import BriefingState
    from videogen.briefing.production.publishing import BriefingPublisher
    from videogen.config.config import VideoGenConfig
    from videogen.domain.rights import Rights
    from videogen.release.approval.correction import CorrectionKind
    from videogen.release.decision import Decision
    from videogen.release.people.decision import Kind, SignedDecision
    from videogen.release.people.person import Person
    from videogen.release.people.roles import Action
    from videogen.release.people.subject import Subject
    from videogen.release.publisher import Publisher
    from videogen.release.record import ReleaseRecord


def is_briefing(subject_id: str) -> bool:
    """Whether an id is that of a briefing."""
    return BRIEFING_ID.fullmatch(subject_id) is not None


class Review:
    """What people decide about the releases of one configuration. Nothing here waits for a run."""

    def __init__(self, config: VideoGenConfig) -> None:
        self.config = config
        self.people = People.of(config)

    def subject(self, subject_id: str) -> Subject:
        """The exact state that would go out now.

        Raises:
            InputError: it does not exist, or nothing of it is finished.
        """
        if self._is_alert(subject_id):
            from videogen.emergency.publishing.approval import alert_subject

            return alert_subject(self._storage.alerts, subject_id)
        if is_briefing(subject_id):
            return self._briefings.latest_subject(subject_id)
        return self._videos.best_subject(subject_id)

    def look(self, subject_id: str) -> Decision:
        """What the gate would say now; nothing is signed or written."""
        return self._briefings.look(subject_id) if is_briefing(subject_id) else self._videos.look(subject_id)

    def missing(self, subject_id: str) -> tuple[Missing, ...]:
        """What is missing for the release; empty: nothing."""
        return missing_for_release(subject_id, self.look(subject_id).gates)

    def decide(
        self,
        person: Person,
        action: Action,
        subject_id: str,
        *,
        comment: str = "",
        data: Mapping[str, Any] | None = None,
        seen: str | None = None,
    ) -> SignedDecision:
        """Record a decision on the state that would go out now; see `People.record`."""
        person.check_may(action)
        subject = self.subject(subject_id)
        decision = self.people.record(person, action, subject, comment=comment, data=data, seen=seen)
        if action in ("hold", "lift_hold"):
            self._tell_of_hold(decision)
        return decision

    def note_request(self, person: Person, subject_id: str) -> None:
        """Keep that a person has asked for something: their name is vouched for, and they cannot approve it.

        Raises:
            NotAllowedError: the person has no role for it. StorageError: the disk refused.
        """
        kind: Kind = "briefing" if is_briefing(subject_id) else "video"
        self.people.book.record(person, "submit", kind=kind, subject_id=subject_id, revision=0)

    def correct(
        self, person: Person, subject_id: str, *, of: str, reason: str, kind: CorrectionKind = "CORRECTED"
    ) -> SignedDecision:
        """Say that a video or briefing corrects one that is published; that one is marked when this one goes out.

        The approvals of this one become void. A briefing gets a new revision that says it on its end card.

        Raises:
            InputError: it would correct itself, or the reason is missing. ReleaseError: `of` is not published.
            NotAllowedError: see `decide`.
        """
        person.check_may("correct")
        if of == subject_id:
            raise InputError("something cannot correct itself", remedy="name the id of what was published before")
        published_record(self._root, of)
        try:
            correction = Correction(kind=kind, of=of, reason=" ".join(reason.split()))
        except ValidationError as error:
            raise InputError(f"the correction cannot be used: {reasons(error)}", remedy="say what was wrong") from error
        if is_briefing(subject_id):
            self._storage.briefing_maker.say_that_it_corrects(subject_id, correction.reason, by=person.name)
        data = {"correction": correction.model_dump(mode="json")}
        return self.decide(person, "correct", subject_id, comment=correction.reason, data=data)

    def _tell_of_hold(self, decision: SignedDecision) -> None:
        """Mark what is published already: a hold asks everybody who has it not to use it."""
        record = read_record(self._root, decision.id)
        if record is None or record.withdrawn is not None:
            return
        lifted = decision.action == "lift_hold"
        why = decision.comment or ("it may be used again" if lifted else "do not use it until it is cleared")
        notice = Notice(kind="CLEARED" if lifted else "HOLD", by=decision.by, why=why, at=decision.at)
        mark(self._root, decision.id, notice)

    def _is_alert(self, subject_id: str) -> bool:
        if is_briefing(subject_id) or VIDEO_ID.fullmatch(subject_id):
            return False
        known = self._storage.alerts.keys()
        return checked_subject(subject_id) in known

    @property
    def _root(self) -> Path:
        return self.config.path(self.config.paths.published)

    def set_embargo(self, person: Person, video_id: str, until: datetime | None) -> SignedDecision:
        """Let a video wait until a moment, or no longer; this voids its approvals.

        Raises:
            InputError: it is a briefing: that has its embargo in the storyboard. NotAllowedError: see `decide`.
        """
        if is_briefing(video_id):
            raise InputError(
                "the embargo of a briefing stands in its storyboard",
                remedy=f"`videogen briefing show {video_id} --yaml`, change the line embargo, `videogen briefing edit`",
                video_id=video_id,
            )
        return self.decide(person, "embargo", video_id, data={"until": until.isoformat() if until else None})

    def set_rights(self, person: Person, video_id: str, file: str, rights: Rights) -> SignedDecision:
        """Say whom a picture or logo of a video belongs to; this voids its approvals.

        Raises:
            InputError: the video has no such file, or it is a briefing, which has them in its storyboard.
        """
        if is_briefing(video_id):
            raise InputError(
                "the rights of a briefing's pictures and music stand in its storyboard",
                remedy=f"`videogen briefing show {video_id} --yaml`, change credit and licence, `briefing edit`",
                video_id=video_id,
            )
        names = [name for name, _ in files_of(self._storage.requests.get(video_id))]
        if file not in names:
            known = ", ".join(names) or "none at all"
            raise InputError(f"{video_id} has no file {file!r}; it has {known}", remedy="name one of them")
        return self.decide(person, "rights", video_id, data={"file": file, "rights": rights.model_dump(mode="json")})

    def withdraw(self, person: Person, subject_id: str, why: str) -> ReleaseRecord:
        """Take something published back: its files leave the folder, the record stays and says why.

        Raises:
            InputError: it does not exist, or the reason is missing. NotAllowedError: see `decide`.
            ReleaseError: it is not published.
        """
        person.check_may("withdraw")
        if self.people.must_be_known:
            person.check_recognised()
        publisher = self.publisher_of(subject_id)
        override_by(person.name, why)
        made = published_record(self._root, subject_id).provenance
        # Of what is out, not of what could go out next; and whatever is left of it in the store.
        self.people.book.record(
            person,
            "withdraw",
            kind=made.kind,
            subject_id=subject_id,
            revision=made.attempt or 0,
            sha256=made.state,
            comment=why,
        )
        return publisher.withdraw(subject_id, person.name, why)

    def publisher_of(self, subject_id: str) -> Publisher | BriefingPublisher:
        """What publishes a video or a briefing.

        Raises:
            InputError: the id is neither that of a video nor that of a briefing.
        """
        return self.briefing_publisher if is_briefing(subject_id) else self._signer.publisher()

    @cached_property
    def briefing_publisher(self) -> BriefingPublisher:
        """What publishes briefings."""
        from videogen.briefing.production.publishing import BriefingPublisher

        config = self.config
        return BriefingPublisher(
            self._storage.briefing_maker,
            config.path(config.paths.published),
            self._signer.credentials(),
            conditions=Conditions.of(config),
        )

    @cached_property
    def _videos(self) -> VideoState:
        storage, label = self._storage, self.config.delivery.label
        return VideoState(storage.requests, storage.artifacts, Conditions.of(self.config), label=label)

    @cached_property
    def _briefings(self) -> BriefingState:
        from videogen.briefing.production.briefing_state import BriefingState

        return BriefingState(self._storage.briefing_maker, self._root, Conditions.of(self.config))

    @cached_property
    def _resources(self) -> Mapping[str, Any]:
        return build_resources({"settings": SettingsResource.of(self.config)})

    @property
    def _storage(self) -> StorageResource:
        storage: StorageResource = self._resources["storage"]
        return storage

    @property
    def _signer(self) -> SignerResource:
        signer: SignerResource = self._resources["signer"]
        return signer
