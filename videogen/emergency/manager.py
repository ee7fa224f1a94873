"""EmergencyModeManager: switches the emergency mode, picks the template, gives out time, and watches the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime

from videogen.config.config import VideoGenConfig
from videogen.config.parts import part
from videogen.domain.frozen_model import FrozenModel
from videogen.domain.priorities import EMERGENCY
from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import VIDEO_ID
from videogen.emergency.alerts.progress import GenerationProgress, ProgressBoard
from videogen.emergency.alerts.register import AlertRegister, RegisteredAlert
from videogen.emergency.cap.model import Alert
from videogen.emergency.draft import Draft, draft_from
from videogen.emergency.history import RenderHistory, Rendering
from videogen.emergency.ladder import LADDER, Choice, Rung, choose
from videogen.emergency.mode import OPERATOR, EmergencyMode, EmergencyState
from videogen.emergency.templates.library import EmergencyTemplateLibrary
from videogen.emergency.video_progress import video_progress
from videogen.errors import ConfigError
from videogen.intake.request_files import build_request

if TYPE_CHECKING:
    from videogen.emergency.layout.template import EmergencyTemplate

POOL = "emergency"
HELD_FOR = 2.0
SHORTEST_HOLD = 60.0
"""The mode ends by itself after so many times the longest generation time, and seconds, should its holder die."""
CARD_FPS = 8
_WORDS_PER_SECOND = 2.3
_SECONDS_BESIDE_TEXT = 8.0


@dataclass(frozen=True)
class EmergencyRequest:
    """What resources are asked for. wants_model: a background of the video model, where time allows."""

    key: str
    alert: Alert
    rank: int
    taken_at: datetime
    template: EmergencyTemplate
    wants_model: bool = False


class Allocation(FrozenModel):
    """What one emergency video may use. deadline: when it must be published; estimates: seconds of every rung.

    frames: how many the video is expected to have. steps, clip_size: of the video model, should it be used.
    """

    key: str
    priority: int
    pool: str
    deadline: AwareDatetime
    estimates: dict[Rung, float]
    excluded: dict[Rung, str]
    size: tuple[int, int]
    fps: int
    frames: int
    steps: int
    clip_size: tuple[int, int]

    def seconds_left(self, now: datetime | None = None) -> float:
        """Until the deadline; negative where it has passed."""
        return (self.deadline - (now or datetime.now(UTC))).total_seconds()

    def choice(self, failed: Mapping[Rung, str] | None = None, now: datetime | None = None) -> Choice:
        """The rung to try now, after those in `failed` did not work."""
        return choose(self.seconds_left(now), self.estimates, {**self.excluded, **(failed or {})})


class EmergencyModeManager:
    """Coordinates emergencies below one store; any number of processes may have one.

    Args:
        config: None: the defaults.

    Raises:
        ConfigError: where a method needs the mode and `emergency.emergency_mode_enabled` is off.
    """

    def __init__(self, config: VideoGenConfig | None = None) -> None:
        self.config = config = part(config, VideoGenConfig)
        store = config.location(config.paths.store)
        self.mode = EmergencyMode(store)
        self.board = ProgressBoard(store)
        self.history = RenderHistory(store)
        self.register = AlertRegister(f"{store.rstrip('/')}/alerts")

    @cached_property
    def past(self) -> list[Rendering]:
        """The latest renderings, as they were when first asked for."""
        return self.history.latest()

    @cached_property
    def library(self) -> EmergencyTemplateLibrary:
        """The templates, with what their renderings took."""
        return EmergencyTemplateLibrary(self.config.path(self.config.emergency.emergency_template_directory), self.past)

    def activate_emergency_mode(
        self, priority_level: int = EMERGENCY, *, who: str = OPERATOR, seconds: float | None = None, why: str = ""
    ) -> EmergencyState:
        """Switch the mode on: work of a lower priority gives way or is held back until it ends.

        Args:
            priority_level: 1 … 1000; alerts take 99 … 225, an emergency video of the model 100.
            who: an alert's key, a video's id, or the operator.
            seconds: until it ends by itself; None: until `deactivate_emergency_mode`.

        Raises:
            ConfigError: emergencies are switched off.
            InputError: level or name cannot be used.
        """
        self._check_enabled()
        now = datetime.now(UTC)
        self.mode.enter(who, priority_level, seconds=seconds, why=why, now=now)
        state = self.mode.state(now)
        assert state is not None
        return state

    def deactivate_emergency_mode(self, who: str | None = None) -> EmergencyState | None:
        """Give the mode back for `who`, or, without a name, take it from everybody; returns what is left of it."""
        if who is None:
            self.mode.end()
        else:
            self.mode.leave(who)
        return self.mode.state()

    def select_template(self, content_type: str, requirements: Mapping[str, Any] | None = None) -> EmergencyTemplate:
        """The template for a hazard.

        Args:
            content_type: a template's id, a hazard in words, or a CAP category: ``"flood"``, ``"chemical spill"`` …
            requirements: what `EmergencyTemplateLibrary.get_template` chooses by, and, under ``"adapt"``, what
                `EmergencyTemplate.adapt_to_requirements` changes.

        Raises:
            ConfigError: no such template or version, a requirement it cannot meet, or a word that several templates
                fit, which are named.
        """
        wanted = dict(requirements or {})
        changes = wanted.pop("adapt", None)
        template = self.library.get_template(content_type, wanted)
        return template.adapt_to_requirements(changes) if changes else template

    def draft(self, prompt: str, now: datetime | None = None) -> Draft:
        """An alert from a prompt: template, headline, place, advice; what it does not say is named as missing."""
        return draft_from(prompt, self.library, sender=self.config.emergency.alert_sender, now=now)

    def allocate_resources(
        self, request: EmergencyRequest | VideoRequest | Alert | Mapping[str, Any] | str
    ) -> Allocation:
        """Priority, pool, time and size for one alert, and what each way to make its video should take.

        Args:
            request: an alert with its template; or an alert alone, a video's request, the fields of one, or a prompt,
                for which the template is chosen here.

        Raises:
            ConfigError: emergencies are switched off. InputError: the fields make no request.
        """
        self._check_enabled()
        if not isinstance(request, EmergencyRequest):
            request = self._asked(request)
        emergency, processing = self.config.emergency, self.config.processing
        seconds = expected_seconds(request.alert)
        estimates = {
            rung: request.template.estimate_generation_time(
                rung, size=processing.resolution, frames=round(seconds * fps_of(rung, processing.fps))
            )
            for rung in LADDER
        }
        excluded = {}
        if emergency.emergency_use_templates and not request.wants_model:
            excluded[Rung.MODEL_BACKGROUND] = "emergency.emergency_use_templates is on: the template's own is used"
        return Allocation(
            key=request.key,
            priority=priority_of(request.rank),
            pool=POOL,
            deadline=request.taken_at + timedelta(seconds=emergency.emergency_max_generation_time),
            estimates=estimates,
            excluded=excluded,
            size=processing.resolution,
            fps=processing.fps,
            frames=round(seconds * processing.fps),
            steps=emergency.emergency_reduced_sampling_steps,
            clip_size=emergency.emergency_reduced_resolution,
        )

    def _asked(self, request: VideoRequest | Alert | Mapping[str, Any] | str) -> EmergencyRequest:
        now = datetime.now(UTC)
        if isinstance(request, Alert):
            return EmergencyRequest(request.identifier, request, 0, now, self.library.for_alert(request))
        if not isinstance(request, VideoRequest):
            fields = {"prompt": request} if isinstance(request, str) else {**request}
            request = build_request({**fields, "emergency": True}, source="python", config=self.config)
        drafted = self.draft(request.plain_prompt, request.created_at)
        return EmergencyRequest(request.id, drafted.alert, 0, request.created_at, drafted.template, wants_model=True)

    def monitor_generation_progress(self, job_id: str) -> GenerationProgress:
        """Where the video of an alert, or of an emergency request, stands.

        Args:
            job_id: the alert's key, or the video's id.

        Raises:
            InputError: the alert or video does not exist.
        """
        if VIDEO_ID.fullmatch(job_id):
            return video_progress(self.config, job_id, self.board.read(job_id))
        registered = self.register.get(job_id)
        noted = self.board.read(job_id)
        state, latest = registered.state, registered.history[-1]
        if noted is not None and state in ("taken", "planned"):
            return noted
        limit = timedelta(seconds=self.config.emergency.emergency_max_generation_time)
        taken = registered.history[0].at
        base = noted or GenerationProgress(
            job_id=job_id, step=state, started_at=taken, deadline=taken + limit, updated_at=latest.at
        )
        return base.model_copy(update={"step": state, "detail": latest.reason, "updated_at": latest.at})

    def hold_for(self, registered: RegisteredAlert) -> EmergencyState:
        """Switch the mode on for one alert, no longer than its work can take."""
        return self.activate_emergency_mode(
            priority_of(registered.rank),
            who=registered.key,
            seconds=max(SHORTEST_HOLD, HELD_FOR * self.config.emergency.emergency_max_generation_time),
            why=title_of(registered.alert),
        )

    def _check_enabled(self) -> None:
        if not self.config.emergency.emergency_mode_enabled:
            raise ConfigError(
                "the emergency mode is switched off", remedy="set emergency.emergency_mode_enabled to true"
            )


def priority_of(rank: int) -> int:
    """Priority of an alert's run in Dagster's queue: 100, and its rank (-1 … 125) above that."""
    return EMERGENCY + rank


def fps_of(rung: Rung, fps: int) -> int:
    """Frames per second of a video made on this rung: a card stands still, so fewer of them say the same, sooner."""
    return min(fps, CARD_FPS) if rung is LADDER[-1] else fps


def title_of(alert: Alert) -> str:
    """The alert in one line: its headline, or event, or what kind of message it is."""
    for info in alert.infos:
        return info.headline or info.event
    return f"{alert.msg_type} {alert.identifier}"


def expected_seconds(alert: Alert) -> float:
    """How long a video of the alert will be, roughly: all its words read aloud once, and time to look."""
    texts = []
    for info in alert.infos:
        places = (area.description for area in info.areas)
        texts.append(" ".join(filter(None, (info.headline, info.description, info.instruction, *places))))
    return sum(_SECONDS_BESIDE_TEXT + len(text.split()) / _WORDS_PER_SECOND for text in texts) or _SECONDS_BESIDE_TEXT
