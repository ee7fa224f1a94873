"""FeedbackCollector: where every channel ends. It checks, renames, scrubs, and keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from videogen.config.config import VideoGenConfig
from videogen.domain.feedback_kinds import EXPLICIT, Channel, Purposes
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, InputError, VideogenError, listed
from videogen.feedback.events import FeedbackEvent, Submission, new_event_id, submission
from videogen.feedback.privacy.pseudonyms import ANONYMOUS, KeyRing
from videogen.feedback.privacy.scrubbing import scrub
from videogen.feedback.spool import FeedbackStore
from videogen.feedback.study.categories import Categorised, categories_of, category_of_tag, sign_of
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore
from videogen.storage.warehouse import Warehouse

_SHOWN = "SELECT video_id, attempt FROM releases WHERE event = 'published' AND attempt IS NOT NULL ORDER BY decided_at"
_ENGAGEMENT = ("play", "completion", "skip", "download", "re_edit", "withdraw", "occurred_at", "attempt", "key")
_RENDERED = "rendered_video"


@dataclass(frozen=True)
class Target:
    """The attempt of a video that somebody speaks of."""

    request: VideoRequest
    attempt: int
    arm: str | None


class FeedbackCollector:
    """Takes feedback from any channel; nothing raw is ever written.

    Args:
        config: None: the configuration in force.
    """

    def __init__(self, config: VideoGenConfig | None = None) -> None:
        self.config = config or VideoGenConfig.load()
        self._targets: dict[tuple[str, int | None], Target] = {}

    @cached_property
    def store(self) -> FeedbackStore:
        """The events."""
        return FeedbackStore(
            self.config.location(self.config.paths.store),
            Warehouse(self.config.location(self.config.paths.warehouse)),
        )

    @cached_property
    def keys(self) -> KeyRing:
        """The keys of the raters' pseudonyms."""
        return KeyRing(self.config.path(self.config.feedback.key_file))

    @cached_property
    def requests(self) -> RequestStore:
        """The requests and attempts that feedback is about."""
        return RequestStore(self.config.location(self.config.paths.store))

    def register_explicit_feedback(
        self,
        user_id: str | None,
        video_id: str,
        rating: int | None = None,
        comments: str | None = None,
        *,
        channel: Channel = "python",
        **more: Any,
    ) -> list[FeedbackEvent]:
        """Keep what a person says of a video.

        Args:
            user_id: who says it; None: nobody in particular. It is kept as a keyed pseudonym.
            rating: 1 … 5 stars.
            comments: free text; personal data is taken out before it is kept.
            more: further fields of `Submission`: approved, tags, preferred_over, consent_to_training, attempt …
            video_id: the video.
            channel: the channel that it came by.

        Raises:
            InputError: the video does not exist, or a value is out of its bounds.
        """
        given = {"user": user_id, "video_id": video_id, "rating": rating, "comment": comments, **more}
        return self.take(submission(given), channel)

    def track_implicit_feedback(
        self,
        user_id: str | None,
        video_id: str,
        engagement_metrics: Mapping[str, Any],
        *,
        channel: Channel = "python",
    ) -> list[FeedbackEvent]:
        """Keep what a person did with a video.

        Args:
            engagement_metrics: play (seconds), completion (0 … 1), and as true or false: skip, download, re_edit,
                withdraw; occurred_at, attempt, key.
            user_id: who; None: nobody in particular.
            video_id: the video.
            channel: the channel that it came by.

        Raises:
            InputError: the video does not exist, a name is unknown, or a value is out of its bounds.
        """
        unknown = [name for name in engagement_metrics if name not in _ENGAGEMENT]
        if unknown:
            raise InputError(f"unknown engagement {unknown[0]!r}", remedy=f"give {', '.join(_ENGAGEMENT)}")
        return self.take(submission({"user": user_id, "video_id": video_id, **engagement_metrics}), channel)

    def categorize_feedback(self, feedback_data: Mapping[str, Any] | FeedbackEvent) -> Categorised:
        """Say what a piece of feedback is: kind, explicit or not, praise or complaint, and what it is about.

        Args:
            feedback_data: an event, or fields of one: kind, value, tag, comment.
        """
        data = feedback_data.model_dump() if isinstance(feedback_data, FeedbackEvent) else dict(feedback_data)
        kind = str(data.get("kind") or _kind_of(data))
        value = data.get("value")
        if value is None and data.get("rating") is not None:
            value = (float(data["rating"]) - 1.0) / 4.0
        if data.get("tag"):
            category, confidence = category_of_tag(str(data["tag"])), 1.0
        elif data.get("comment"):
            ((category, confidence),) = categories_of([str(data["comment"])])
        else:
            category, confidence = "other", 0.0
        return Categorised(kind, kind in EXPLICIT, sign_of(kind, value, category), category, confidence)

    def anonymize_feedback(self, feedback_data: Mapping[str, Any]) -> dict[str, Any]:
        """The same feedback without personal data: a pseudonym for the user, a scrubbed comment.

        It may be kept and shown; who has the keys can still recognise the rater, so it stays personal data in law.
        """
        result = {name: value for name, value in feedback_data.items() if name not in ("user", "user_id", "comments")}
        result["rater"] = self.keys.pseudonym(feedback_data.get("user") or feedback_data.get("user_id"))
        comment = feedback_data.get("comment") or feedback_data.get("comments")
        if comment is not None:
            result["comment"] = scrub(str(comment), self.config.feedback.phone_regions)
        return result

    def take(self, said: Submission, channel: Channel, *, rater: str | None = None) -> list[FeedbackEvent]:
        """Keep everything that one submission says.

        Args:
            rater: the pseudonym, where a link has it already; None: that of the user.
            said: what was said.
            channel: the channel that it came by.

        Raises:
            InputError: the video does not exist. StorageError: nothing, or only a part, could be kept.
        """
        events = self.events_of(said, channel, rater=rater)
        for event in events:
            self.store.add(event)
        return events

    def take_all(
        self, submissions: Sequence[Submission], channel: Channel, *, dry_run: bool = False
    ) -> list[FeedbackEvent]:
        """Keep many submissions, or none if one of them cannot be kept.

        Args:
            dry_run: only check them.
            submissions: what was said.
            channel: the channel that it came by.

        Raises:
            InputError: one of them names a video that does not exist; all such rows are named.
        """
        shown = self._published()
        events: list[FeedbackEvent] = []
        problems = []
        for number, said in enumerate(submissions, start=1):
            try:
                events += self.events_of(said, channel, shown=shown)
            except VideogenError as error:
                problems.append(f"row {number}: {error.problem}")
        if problems:
            raise InputError(listed(problems), remedy="nothing was taken: correct these and hand it in again")
        if not dry_run:
            for event in events:
                self.store.add(event)
        return events

    def events_of(
        self, said: Submission, channel: Channel, *, rater: str | None = None, shown: Mapping[str, int] | None = None
    ) -> list[FeedbackEvent]:
        """The events of one submission, renamed and scrubbed, not yet kept.

        Args:
            shown: attempt that was published, by video, where many are asked for; None: it is looked up.
            said: what was said.
            channel: the channel that it came by.
            rater: the pseudonym; None: that of the user.
        """
        now = datetime.now(UTC)
        target = self.target(said.video_id, said.attempt, shown)
        who = rater or self.keys.pseudonym(said.user)
        purposes: Purposes = "analysis+training" if said.consent_to_training and who != ANONYMOUS else "analysis"
        base = {
            "received_at": now,
            "occurred_at": said.occurred_at,
            "video_id": said.video_id,
            "attempt": target.attempt,
            "rater": who,
            "channel": channel,
            "purposes": purposes,
            "experiment": target.request.experiment,
            "arm": target.arm,
        }
        found = []
        for what, fields in (*self._said(said, shown), *_done(said), *_taken_back(said)):
            event_id = new_event_id() if said.key is None else self.keys.event_id(said.key, f"{said.video_id} {what}")
            found.append(FeedbackEvent.model_validate({**base, "event_id": event_id, **fields}))
        return found

    def _said(self, said: Submission, shown: Mapping[str, int] | None) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        if said.rating is not None:
            found.append(("rating", {"kind": "rating", "value": (said.rating - 1) / 4.0}))
        if said.approved is not None:
            found.append(("decision", {"kind": "approved" if said.approved else "rejected", "value": 1.0}))
        if said.compares:
            other = self._other(said, shown)
            fields = {
                "other_video_id": other.request.id,
                "other_attempt": other.attempt,
                "shown_first": said.shown_first,
            }
            found.append(("preference", {"kind": "preference", "value": 0.5 if said.tie else 1.0, **fields}))
        for tag in said.tags:
            found.append((f"tag:{tag}", {"kind": "tag", "value": 1.0, "tag": tag, "category": category_of_tag(tag)}))
        if said.comment is not None and (text := scrub(said.comment, self.config.feedback.phone_regions)):
            found.append(("comment", {"kind": "comment", "value": 1.0, "comment": text}))
        return found

    def _other(self, said: Submission, shown: Mapping[str, int] | None) -> Target:
        other = self.target(said.preferred_over or said.video_id, said.other_attempt, shown)
        mine = self.target(said.video_id, said.attempt, shown)
        if (other.request.id, other.attempt) == (mine.request.id, mine.attempt):
            raise InputError(
                "a video cannot be compared with itself", remedy="name another video, or another attempt of it",
                video_id=said.video_id,
            )  # fmt: skip
        return other

    def target(self, video_id: str, attempt: int | None, shown: Mapping[str, int] | None = None) -> Target:
        """The attempt that somebody speaks of; None: the published one, or else the latest that can be watched.

        Raises:
            InputError: the video or attempt does not exist.
        """
        known = self._targets.get((video_id, attempt))
        if known is not None and attempt is not None:
            return known
        try:
            request = self.requests.get(video_id)
            attempts = self.requests.attempts(video_id)
        except (ArtifactError, InputError) as error:
            raise InputError(f"no video {video_id} is known here", remedy="`videogen list` shows the videos") from error
        number = attempt or (self._published() if shown is None else shown).get(video_id) or self._latest(video_id)
        chosen = next((one for one in attempts if one.number == number), None)
        if chosen is None:
            raise InputError(f"{video_id} has no attempt {number}", remedy=f"`videogen show {video_id}` lists them")
        target = Target(request, number, chosen.arm or (request.arm if number == 1 else None))
        self._targets[video_id, number] = target
        return target

    def _latest(self, video_id: str) -> int:
        artifacts = ArtifactStore(self.config.location(self.config.paths.store))
        for attempt in reversed(self.requests.attempts(video_id)):
            if artifacts.exists(video_id, attempt.number, _RENDERED):
                return attempt.number
        raise InputError(
            f"nothing has been made of {video_id} yet", remedy="feedback is about a video that can be watched"
        )

    def _published(self) -> dict[str, int]:
        rows = self.store.warehouse.query(_SHOWN)
        return {str(video): int(attempt) for video, attempt in zip(rows["video_id"], rows["attempt"], strict=True)}


def _done(said: Submission) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if said.play is not None:
        found.append(("play", {"kind": "play", "value": said.play}))
    if said.completion is not None:
        found.append(("completion", {"kind": "completion", "value": said.completion}))
    for name in ("skip", "download", "re_edit", "withdraw"):
        if getattr(said, name):
            found.append((name, {"kind": name, "value": 1.0}))
    return found


def _taken_back(said: Submission) -> list[tuple[str, dict[str, Any]]]:
    kinds = {"decision": "approved"}
    found: list[tuple[str, dict[str, Any]]] = []
    for name in said.take_back:
        kind, _, tag = name.partition(":")
        found.append((f"no {name}", {"kind": kinds.get(kind, kind), "value": None, "tag": tag or None}))
    return found


def _kind_of(data: Mapping[str, Any]) -> str:
    for name in ("rating", "tag", "comment", "completion", "play"):
        if data.get(name) is not None:
            return name
    return "comment"
