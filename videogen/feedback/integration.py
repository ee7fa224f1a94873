"""FeedbackIntegration: the feedback loop of one project, from the first word to the impact of a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from videogen.config.config import VideoGenConfig
from videogen.domain.feedback_kinds import Channel
from videogen.errors import InputError
from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.events import FeedbackEvent, submission
from videogen.feedback.experiments.impact import Impact, impact_of
from videogen.feedback.improver import ModelImprover
from videogen.feedback.report import ImprovementReport
from videogen.feedback.study.analysis import analyse, period_of
from videogen.feedback.study.categories import with_categories
from videogen.feedback.study.findings import FeedbackAnalysis
from videogen.feedback.study.last_words import last_words
from videogen.feedback.study.parameters import parameter_findings

if TYPE_CHECKING:
    import pandas as pd

_ARMS = """
SELECT r.video_id, 1 AS attempt, r.arm FROM requests r WHERE r.arm IS NOT NULL
UNION ALL SELECT video_id, attempt, arm FROM experiment_attempts
"""
_MODELS = "SELECT video_id, attempt, model || coalesce(' ' || revision, '') AS model FROM videos"
_REVISIONS = "SELECT model || coalesce(' ' || revision, '') AS model, min(created_at) AS first FROM videos GROUP BY 1"
_PUBLISHED = """
SELECT count(DISTINCT video_id) AS n FROM releases
WHERE event = 'published' AND decided_at >= ? AND decided_at < ?
"""


class FeedbackIntegration:
    """Collects feedback, analyses it, and reports what follows.

    Args:
        config: None: the configuration in force.
    """

    def __init__(self, config: VideoGenConfig | None = None) -> None:
        self.config = config or VideoGenConfig.load()
        self.collector = FeedbackCollector(self.config)

    @cached_property
    def improver(self) -> ModelImprover:
        """Suggestions, experiments and datasets."""
        return ModelImprover(self.config, self.collector)

    def collect_feedback(
        self, video_id: str, feedback_data: Mapping[str, Any], *, channel: Channel = "python"
    ) -> list[FeedbackEvent]:
        """Keep what somebody says of a video, or did with it.

        Args:
            feedback_data: fields of `Submission`: user, rating, approved, preferred_over, tags, comment, play,
                completion, take_back, consent_to_training …
            video_id: the video.
            channel: the channel that it came by.

        Returns:
            the events that were kept, with a pseudonym in place of the user and a scrubbed comment.

        Raises:
            InputError: the video does not exist, or a field is refused; each is named.
        """
        if "video_id" in feedback_data and feedback_data["video_id"] != video_id:
            raise InputError("feedback_data names another video", remedy="leave video_id out of it")
        return self.collector.take(submission({**feedback_data, "video_id": video_id}), channel)

    def analyze_feedback_trends(self, time_period: str | tuple[date, date] = "30d") -> FeedbackAnalysis:
        """Analyse the feedback of a period.

        Args:
            time_period: ``"7d"``, ``"2026-11"``, ``"2026-11-30"`` or (first day, last day).

        Raises:
            InputError: it is not a period.
        """
        start, end = period_of(time_period)
        warehouse = self.collector.store.warehouse
        bounds = [_moment(start), _moment(end + timedelta(days=1))]
        counted = self.counted(start, end)
        return analyse(
            counted,
            start,
            end,
            min_group=self.config.feedback.min_group,
            prompts=self._prompts(),
            arms=self._arms(),
            changes=self._changes(start, end),
            published=int(warehouse.query(_PUBLISHED, bounds)["n"].iloc[0]),
            parameters=parameter_findings(warehouse, counted, bounds[0], bounds[1], self.config),
        )

    def generate_improvement_report(self, time_period: str | tuple[date, date] = "30d") -> ImprovementReport:
        """What people say, what moves, what breaks, what is worth a test, and what became of earlier changes.

        `ImprovementReport.markdown` and `.html` are for people.
        """
        analysis = self.analyze_feedback_trends(time_period)
        trials = self.improver.trials
        impacts = [self.track_improvement_impact(change.change_id) for change in trials.changes()]
        return ImprovementReport(
            analysis=analysis,
            suggestions=tuple(self.improver.suggest_parameter_adjustments(analysis)),
            experiments=tuple(trials.store.all()),
            impacts=tuple(impacts),
            erasures=len(self.collector.store.warehouse.query("SELECT DISTINCT erased_at FROM erasures")),
            made_at=datetime.now(UTC),
        )

    def track_improvement_impact(self, change_id: str) -> Impact:
        """Say whether the effect of an adopted change holds.

        Raises:
            InputError: nothing was adopted under that id.
        """
        trials = self.improver.trials
        change = next((one for one in reversed(trials.changes()) if one.change_id == change_id), None)
        if change is None:
            known = ", ".join(one.change_id for one in trials.changes()) or "none"
            raise InputError(f"no change {change_id!r} was adopted", remedy=f"known changes: {known}")
        watch = next((one for one in trials.store.all() if one.experiment.change_id == change_id), None)
        seen = trials.look(watch.experiment.id) if watch is not None else None
        return impact_of(change, seen, self.collector.store.warehouse)

    def counted(self, start: date, end: date) -> pd.DataFrame:
        """The events of these days that count; comments of today get their category, as no daily run has seen them."""
        rows = last_words(self.collector.store.between(start, end))
        if not len(rows):
            return rows
        recent = (rows["received_at"].dt.date == datetime.now(UTC).date()).to_numpy()
        fresh = with_categories(rows[recent])
        return rows.assign(category=rows["category"].where(~recent, fresh["category"]))

    def _prompts(self) -> dict[str, str]:
        rows = self.collector.store.warehouse.query("SELECT video_id, prompt FROM requests")
        return dict(zip(rows["video_id"].astype(str), rows["prompt"].astype(str), strict=True))

    def _arms(self) -> dict[tuple[str, int], str]:
        """(video, attempt) → its model; of experiments, its arm."""
        warehouse = self.collector.store.warehouse
        found: dict[tuple[str, int], str] = {}
        for sql, column in ((_MODELS, "model"), (_ARMS, "arm")):
            rows = warehouse.query(sql)
            keys = zip(rows["video_id"].astype(str), rows["attempt"].astype(int), rows[column].astype(str), strict=True)
            found |= {(video, attempt): name for video, attempt, name in keys}
        return found

    def _changes(self, start: date, end: date) -> dict[date, list[str]]:
        """What changed on which day: adopted settings, starts of experiments, models that were new."""
        found: dict[date, list[str]] = {}
        for change in self.improver.trials.changes():
            found.setdefault(change.adopted_at.date(), []).append(f"{change.change_id} was adopted")
            if change.reverted_at is not None:
                found.setdefault(change.reverted_at.date(), []).append(f"{change.change_id} was reverted")
        for record in self.improver.trials.store.all():
            if record.started_at is not None:
                found.setdefault(record.started_at.date(), []).append(f"the experiment {record.experiment.id} started")
        for row in self.collector.store.warehouse.query(_REVISIONS).to_dict("records"):
            found.setdefault(row["first"].date(), []).append(f"the first video of {row['model']} was made")
        return {day: whats for day, whats in found.items() if start <= day <= end}


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
