"""The Python API: `VideoGenerator` runs the same Dagster assets on the same instance as everybody else.

What it makes is visible in the UI, with lineage. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.adaptation.forecast import forecast
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import Attempt
from videogen.domain.source import Source
from videogen.domain.stages import Stage
from videogen.domain.video_ids import VIDEO_ID
from videogen.errors import InputError
from videogen.monitoring.service import MonitoringService, own_service
from videogen.release.best import best_attempt
from videogen_dagster.arguments import Monitoring, checked_service, request_for
from videogen_dagster.reported_metrics import RegistersMetrics, announce
from videogen_dagster.result import GenerationResult, read_result
from videogen_dagster.runs.turns import in_turn
from videogen_dagster.variation.varying import Varying

if TYPE_CHECKING:
    import dagster as dg

    from resources.storage import StorageResource
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.report import FactCheckReport
    from videogen.feedback.integration import FeedbackIntegration
    from videogen.storage.inputs.source_files import SourceText
    from videogen_dagster.runs.alerts import AlertOutcome
    from videogen_dagster.runs.briefings import BriefingResult

_log = logging.getLogger(__name__)


class VideoGenerator(Varying):
    """Makes videos in this process and waits for them. Threads that call it, or several of it, take turns.

    Args:
        config_path: YAML or JSON file, relative to the working directory or the project; None: the defaults.
            Environment variables win over it.
        monitoring_service: gets ``record_metric(name, value)`` for every video: ``generation_seconds``,
            ``stage_seconds.<stage>``, ``quality_score``, ``regenerations``, ``generation_failures``. None: the
            project's own service where `monitoring.enabled`, whose numbers `videogen monitor` shows.
        overrides: settings that win over file and environment, ``{"guidance_scale": 5}``.
        instance: a Dagster instance instead of the project's own.

    Raises:
        ConfigError: the configuration is missing or not valid.
        InputError: the monitoring service has no method `record_metric`.
    """

    def __init__(
        self,
        config_path: Path | str | None = None,
        monitoring_service: Monitoring | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
        instance: dg.DagsterInstance | None = None,
        on_warning: Callable[[str], None] = _log.warning,
        on_attempt: Callable[[str], None] = _log.info,
    ) -> None:
        """on_warning: is told, before anything is drawn, what is likely to go wrong with a prompt.

        on_attempt: is told which further attempt begins, and why.
        """
        self._overrides = dict(overrides or {})
        self._config = self._load_config(config_path)
        self._given_monitoring = checked_service(monitoring_service)
        self._is_monitoring_told = False
        if isinstance(monitoring_service, RegistersMetrics):
            self._guarded("its metrics", partial(announce, monitoring_service))
        self._given_instance = instance
        self._on_warning = on_warning
        self._on_attempt = on_attempt

    @property
    def config(self) -> VideoGenConfig:
        """The configuration of the videos from now on. Another one may be assigned; see `update_config`."""
        return self._config

    @config.setter
    def config(self, config: VideoGenConfig) -> None:
        self._config = config
        for name in ("_resources", "_storage"):
            self.__dict__.pop(name, None)

    @in_turn
    def update_config(self, changes: Mapping[str, Any] | None = None, **settings: Any) -> VideoGenConfig:
        """Change settings while this object is in use; they act from the next video on. Returns the new configuration.

        Args:
            changes: by full or short name, ``{"processing.fps": 12}``.
            **settings: by short name, ``fps=12``.

        Raises:
            ConfigError: a name or value is refused; nothing changes then.
        """
        self.config = self.config.updated({**(changes or {}), **settings})
        return self.config

    @in_turn
    def generate(
        self,
        prompt: str,
        images: Iterable[Path | str] | None = None,
        output_path: Path | str | None = None,
        **kwargs: Any,
    ) -> GenerationResult:
        """Make a video, and make it again while its quality report fails and attempts are left.

        The best attempt is the result.

        Args, errors: those of `generate_video`.
        """
        return self.regenerate_if_needed(self.generate_video(prompt, images, output_path, **kwargs))

    @in_turn
    def generate_video(
        self,
        prompt: str,
        images: Iterable[Path | str] | None = None,
        output_path: Path | str | None = None,
        emergency_mode: bool = False,
        *,
        settings: Mapping[str, Any] | None = None,
        source: Source = Source.PYTHON,
        **fields: Any,
    ) -> GenerationResult:
        """Make one attempt at a video: preprocessing, generation, enhancement, assurance, delivery.

        Args:
            prompt: what the video shows.
            images: reference pictures, relative to the working directory.
            output_path: where a copy of the mp4 is put, relative to the working directory: a file, or a folder
                that is there, in which it is named after its id and title. None: it stays in the artifact store only.
            emergency_mode: fewer steps, smaller, before everything else.
            settings: settings for this video only, ``{"model.guidance_scale": 5}``.
            source: how the request arrived, see `videogen.domain.source.Source`.
            fields: further fields of `VideoRequest`: from_video (a clip or picture that the video is made from) with
                strength and invert, sources (texts of the issuer), title, captions, narration, negative_prompt, seed,
                profile, domain, duration, priority, requester; and settings for this video by their own names:
                num_frames, fps, resolution, guidance_scale, num_inference_steps …

        Raises:
            InputError: prompt, pictures or output path cannot be used. PolicyError: they break a rule.
            VideogenError: a stage failed; the error says which and what to do, and `videogen retry` goes on there.
        """
        from videogen_dagster.runs.videos import submit

        wishes = {**fields, "prompt": prompt}
        request = request_for(self.config, wishes, images, output_path, emergency_mode, settings, source)
        for warning in forecast(request, self.config):
            self._on_warning(warning)
        if request.narration and request.duration != fields.get("duration"):
            self._on_warning(f"the video lasts {request.duration:g} s, as long as its narration")
        stored = submit(request, self._instance, self.config)
        return self._delivered(self._run(stored.id))

    @in_turn
    def regenerate_if_needed(self, result: GenerationResult | str) -> GenerationResult:
        """Make further attempts while the latest quality report fails, with the changes that it suggests.

        At most `quality.max_regeneration_attempts`. The best of all attempts is the result, and is what lies at
        the output path; where it, too, misses the target, `target_reached` is False and `note` says why.

        Args:
            result: what `generate_video` gave, or the id of a video.

        Raises:
            VideogenError: a stage of a further attempt failed.
        """
        video_id = result if isinstance(result, str) else result.video_id
        timings = Counter(result.timings if isinstance(result, GenerationResult) else {})
        run_ids = result.run_ids if isinstance(result, GenerationResult) else ()
        latest = self._latest(video_id)
        while (attempt := self._opens_another(video_id, latest)) is not None:
            self._on_attempt(self._why_another(attempt))
            again = self._run(video_id)
            timings += Counter(again.timings)
            run_ids += again.run_ids
            self._record("regenerations", 1.0)
            latest = again.attempt
        number, _ = best_attempt(self._storage.requests, self._storage.artifacts, video_id)
        best = read_result(self._storage, video_id, number, timings, run_ids)
        return self._delivered(best)

    @in_turn
    def emergency_alert(
        self,
        file: Path | str | None = None,
        output_path: Path | str | None = None,
        *,
        rehearsal: bool = False,
        **form: Any,
    ) -> list[AlertOutcome]:
        """Publish the alerts of a CAP file, or the one of the short form, and wait for their videos.

        Args:
            file: CAP XML; None: the short form.
            output_path: where copies of the mp4s are put: a file for one alert, or a folder that is there.
            rehearsal: Exercises and Tests of the file are published, watermarked.
            form: fields of `AlertForm`: headline, area, instruction, sender, severity, language, polygon …

        Raises:
            InputError: the file or form cannot be used, or every alert of it is refused; all reasons are named.
            VideogenError: the alert of the form was not published. Of a file's alerts, each outcome says so.
        """
        from videogen_dagster.runs import alerts as alert_runs

        outcomes = alert_runs.publish_from(
            self.config, Path(file) if file is not None else None, form, rehearsal=rehearsal, instance=self._instance
        )
        if output_path is not None:
            alert_runs.put_copies(outcomes, Path(output_path))
        return outcomes

    @in_turn
    def briefing(self, *releases: Path | str, **wishes: Any) -> BriefingResult:
        """Make a briefing of press releases, one for each language, the leading one first, and wait for it.

        Args:
            releases: files.
            wishes: plan_only, and those of `take_order`: languages, formats, target, brand, loudness, narration …

        Raises:
            InputError: a release or a wish cannot be used.
        """
        from videogen_dagster.runs.briefings import make_briefing

        wishes = {"source": "python", "instance": self._instance, **wishes}
        return make_briefing([Path(release) for release in releases], config=self.config, **wishes)

    @in_turn
    def publish(self, result: GenerationResult | str, *, operator: str | None = None, why: str | None = None) -> Path:
        """Take the best attempt of a video through the release gate; returns the signed mp4.

        Args:
            result: what was generated.
            operator: who publishes it; None: the user of this session.
            why: the reason for publishing although quality or facts do not hold; the operator answers for it.

        Raises:
            ReleaseError: the gate is closed; the message names every reason.
        """
        from videogen.release.override import override_by
        from videogen_dagster.runs.release import publish

        video_id = result if isinstance(result, str) else result.video_id
        override = None if why is None else override_by(operator, why)
        return publish(video_id, self.config, operator=operator, override=override, instance=self._instance)[1]

    @in_turn
    def apply_fact_checking(
        self, content: GenerationResult | str, sources: Sequence[SourceText] = ()
    ) -> FactCheckReport:
        """Check a text, or all that a video says in words, against the knowledge base as it is now.

        Args:
            content: a text, the id of a video, or what `generate_video` returned.
            sources: texts of the issuer that attest what a text says; those of a video are its own.

        Raises:
            InputError: no video has that id.
        """
        from videogen.fact_check.viewer_check import check_viewer_text

        checker: FactChecker = self._resources["knowledge"].checker(self.config)
        if isinstance(content, GenerationResult):
            content = content.video_id
        if VIDEO_ID.fullmatch(content):
            return check_viewer_text(checker, self._storage.requests.get(content).viewer_text)
        return checker.check_content(content, sources)

    def _load_config(self, config_path: Path | str | None) -> VideoGenConfig:
        """The validated configuration."""
        return VideoGenConfig.load(config_path, self._overrides)

    @in_turn
    def _initialize_models(self) -> None:
        """Load the models that the configuration names, so that the first video does not wait for them.

        Raises:
            ModelError: weights are missing or do not fit.
        """
        self._resources["models"].synthesizer(self.config)
        self._resources["upscaler"].processor(self.config)

    @cached_property
    def feedback(self) -> FeedbackIntegration:
        """What people say about videos, and what follows from it: ``feedback.collect_feedback(video_id, {…})``."""
        from videogen.feedback import FeedbackIntegration

        return FeedbackIntegration(self.config)

    @cached_property
    def monitoring_service(self) -> Monitoring | None:
        """The service given, or the project's own; None: monitoring is off."""
        return own_service(self.config) if self._given_monitoring is None else self._given_monitoring

    @cached_property
    def monitoring(self) -> MonitoringService:
        """The project's own service: system health, alerts, own metrics."""
        given = self.monitoring_service
        return given if isinstance(given, MonitoringService) else MonitoringService(self.config)

    @cached_property
    def _instance(self) -> dg.DagsterInstance:
        from videogen_dagster.home import project_instance

        return self._given_instance or project_instance()

    @cached_property
    def _resources(self) -> dict[str, Any]:
        from resources.all import build_resources
        from resources.settings import SettingsResource

        return build_resources({"settings": SettingsResource.of(self.config)})

    @cached_property
    def _storage(self) -> StorageResource:
        storage: StorageResource = self._resources["storage"]
        return storage

    def _run(self, video_id: str) -> GenerationResult:
        """Make what is missing of the latest attempt."""
        from resources.runs.failures import error_of
        from videogen_dagster.runs.videos import run_videos

        started = time.perf_counter()
        outcome = run_videos([video_id], config=self.config, instance=self._instance)
        video = outcome.videos[video_id]
        if video.failure is not None:
            self._record("generation_failures", 1.0)
            raise error_of(video.failure, video_id)
        result = read_result(self._storage, video_id, self._latest(video_id), video.seconds, outcome.run_ids)
        self._record("generation_seconds", time.perf_counter() - started)
        for stage, seconds in result.timings.items():
            self._record(f"stage_seconds.{stage}", seconds)
        self._record("quality_score", result.quality.score)
        return result

    def _opens_another(self, video_id: str, attempt: int) -> Attempt | None:
        from videogen.release.regeneration import open_next

        requests, artifacts = self._storage.requests, self._storage.artifacts
        if requests.holder(video_id, attempt, Stage.QUALITY_REPORT) != attempt:
            return None
        opened, missed = open_next(requests, artifacts, self.config, video_id, attempt)
        if missed:
            self._resources["notifier"].below_target(missed, video_id, attempt)
        return opened

    def _why_another(self, attempt: Attempt) -> str:
        """Say why another attempt begins: ``attempt 2 of 4, because …``."""
        request = self._storage.requests.get(attempt.video_id)
        most = 1 + request.settings(self.config).quality.max_regeneration_attempts
        why = attempt.reason.partition(": ")[2] or attempt.reason
        return f"attempt {attempt.number} of {most}, because {why}"

    def _latest(self, video_id: str) -> int:
        attempts = self._storage.requests.attempts(video_id)
        if not attempts:
            self._storage.requests.get(video_id)
            raise InputError("nothing has been made of it yet", remedy="run it first", video_id=video_id)
        return attempts[-1].number

    def _delivered(self, result: GenerationResult) -> GenerationResult:
        """The same with the paths of its copies; the stage `quality_report` leaves the best attempt there."""
        from videogen.storage.delivery import output_path

        target = output_path(self._storage.requests.get(result.video_id), self.config)
        if target is None:
            return result
        captions = target.with_suffix(".vtt") if result.captions is not None else None
        return replace(result, path=target.with_suffix(result.path.suffix), captions=captions)

    def _record(self, name: str, value: float) -> None:
        service = self.monitoring_service
        if service is not None:
            self._guarded(name, lambda: service.record_metric(name, float(value)))

    def _guarded(self, what: str, call: Callable[[], Any]) -> None:
        """Call a monitoring service; one that fails breaks no video, and is told once."""
        try:
            call()
        except Exception:
            if not self._is_monitoring_told:
                self._is_monitoring_told = True
                _log.exception("the monitoring service does not take %s; videos are made without it", what)
