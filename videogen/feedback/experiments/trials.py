"""Experiments in this project: drafted, started, looked at, ended, adopted and reverted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from videogen.config.adopted import Adoption, in_force, read_adopted
from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import flat
from videogen.domain.experiments import Arm, Experiment, ExperimentRecord, new_experiment_id
from videogen.domain.requests import VideoRequest
from videogen.domain.safe_ranges import value_of
from videogen.domain.setting_stages import start_for
from videogen.errors import ConfigError, InputError, VideogenError, reasons
from videogen.feedback.experiments.decision import Decision
from videogen.feedback.experiments.trial_data import evaluate, new_allocation, read_trial
from videogen.feedback.spool import FeedbackStore
from videogen.feedback.study.last_words import last_words
from videogen.intake.component_names import check_names
from videogen.storage.atomic_folder import Folder
from videogen.storage.experiment_store import ExperimentStore
from videogen.storage.locks import one_at_a_time

FINAL = ("superior", "harmful", "futile", "sample_ratio")


class Trials:
    """The experiments of one project.

    Args:
        config: the configuration in force.
        events: where feedback is kept.
    """

    def __init__(self, config: VideoGenConfig, events: FeedbackStore) -> None:
        self.config = config
        self.events = events

    @cached_property
    def store(self) -> ExperimentStore:
        """The experiments on the disk."""
        return ExperimentStore(self.config.location(self.config.paths.store))

    def draft(self, arms: Mapping[str, Mapping[str, Any]], *, by: str, why: str, **options: Any) -> ExperimentRecord:
        """Keep a checked draft; nothing is drawn into it before somebody starts it.

        Args:
            arms: name → overrides, the control first.
            options: design, share, unit, outcome, most_units, days, id.
            by: who does it.
            why: the reason, in words.

        Raises:
            InputError: an arm changes what a request may not set, or the plan is too long.
        """
        changed = next((name for overrides in arms.values() for name in flat(overrides)), "test")
        try:
            made = [Arm(name=name, overrides=flat(overrides)) for name, overrides in arms.items()]
            given = {"id": new_experiment_id(changed.rpartition(".")[2]), **options}
            now = datetime.now(UTC)
            experiment = Experiment(arms=tuple(made), created_at=now, created_by=by, why=why, **given)
        except ValidationError as error:
            raise InputError(
                f"this experiment is refused: {reasons(error)}", remedy="docs/feedback.md says what can be tested"
            ) from error
        most = self.config.feedback.max_pairs
        if experiment.most_units > most:
            raise InputError(
                f"{experiment.most_units:,} units are more than feedback.max_pairs ({most:,})",
                remedy="look for a larger effect, or raise that setting",
            )
        for arm in experiment.arms:
            self._check(arm)
        if experiment.design == "paired" and start_for(experiment.settings()) is None:
            raise InputError(
                "no stage can be the first of a second attempt with these settings", remedy='use the design "split"'
            )
        record = ExperimentRecord(experiment=experiment)
        self.store.draft(record)
        return record

    def _check(self, arm: Arm) -> None:
        try:
            request = VideoRequest(prompt="a test", overrides=arm.overrides)
            check_names(request.settings(self.config))
        except ValidationError as error:
            raise InputError(
                f"arm {arm.name}: {reasons(error)}", remedy="test only settings that a request may set"
            ) from error
        except ConfigError as error:
            raise InputError(f"arm {arm.name}: {error.problem}", remedy=error.remedy) from error

    def look(self, experiment_id: str, now: datetime | None = None) -> Decision:
        """What follows from the data so far."""
        record = self.store.get(experiment_id)
        return evaluate(self._trial(record), now or datetime.now(UTC))

    def review(self, experiment_id: str, now: datetime | None = None) -> Decision:
        """`look`, and what has to follow at once: a decided test ends, a bandit's shares move, the table is written."""
        moment = now or datetime.now(UTC)
        record = self.store.get(experiment_id)
        trial = self._trial(record)
        decision = evaluate(trial, moment)
        self._write(experiment_id, decision, moment)
        if record.state != "running":
            return decision
        experiment = record.experiment
        over = experiment.change_id is not None and record.started_at is not None and (
            moment - record.started_at >= timedelta(days=self.config.feedback.hold_back_days)
        )  # fmt: skip
        if over:
            self.store.end(experiment_id, "system", decision.verdict, "the hold-back is over")
        elif decision.verdict in FINAL and experiment.change_id is None:
            self.store.end(experiment_id, "system", decision.verdict, decision.why, decision.winner)
        elif experiment.design == "bandit":
            self.store.allocate(experiment_id, new_allocation(trial))
        return decision

    def adopt(self, experiment_id: str, operator: str, why: str = "", *, override: bool = False) -> Adoption:
        """Make the winner's settings those of all requests, with a name and a reason; `revert` takes them back.

        Args:
            operator: who answers for it.
            override: adopt the last arm although the test did not show it to be better; `why` is needed then.
            experiment_id: the experiment.
            why: the reason, in words.

        Raises:
            InputError: the test has no winner, nobody is named, or the operator's own file sets these settings.
        """
        if not operator.strip():
            raise InputError("nobody is named", remedy="say who adopts it: --operator NAME")
        record = self.store.get(experiment_id)
        if record.experiment.change_id is not None:
            raise InputError(f"{experiment_id} watches a change that is adopted already", remedy="see `revert`")
        winner = record.winner
        if winner is None and not override:
            state = record.decision or record.state
            raise InputError(
                f"{experiment_id} has no winner ({state}): only what is shown to be better is adopted",
                remedy="wait for its end; or --override WHY, and answer for it",
            )
        if winner is None and not why.strip():
            raise InputError("the reason is missing", remedy="--override WHY")
        arm = record.experiment.arm(winner) if winner else record.experiment.arms[-1]
        settings = flat(arm.overrides)
        before = {name: value_of(self.config, name) for name in settings}
        change = Adoption(
            change_id=f"{experiment_id}-adopted"[:80],
            experiment=experiment_id,
            settings=settings,
            before=_plain(before),
            operator=operator.strip(),
            adopted_at=datetime.now(UTC),
            why=why,
        )
        if record.state == "running":
            self.store.end(experiment_id, operator, "adopted", why or "adopted", arm.name)
        with self._changing() as changes:
            if any(one.change_id == change.change_id and one.reverted_at is None for one in changes):
                raise InputError(f"{experiment_id} is adopted already", remedy="`videogen config show` shows it")
            changes[:] = [one for one in changes if one.change_id != change.change_id]
            changes.append(change)
        self._check_it_acts(change)
        self._note(change, "adopted", operator, why)
        self._hold_back(change, operator)
        return change

    def revert(self, change_id: str, operator: str, why: str) -> Adoption:
        """Take an adopted change back; from the next request on the settings are as before.

        Raises:
            InputError: no such change is in force, or nobody is named.
        """
        if not operator.strip():
            raise InputError("nobody is named", remedy="say who reverts it: --operator NAME")
        with self._changing() as changes:
            place = next(
                (n for n, one in enumerate(changes) if one.change_id == change_id and one.reverted_at is None), None
            )
            if place is None:
                known = ", ".join(one.change_id for one in in_force(changes)) or "none"
                raise InputError(f"no change {change_id!r} is in force", remedy=f"those in force: {known}")
            update = {"reverted_at": datetime.now(UTC), "reverted_by": operator.strip()}
            changes[place] = reverted = changes[place].model_copy(update=update)
        self._note(reverted, "reverted", operator, why)
        for record in self.store.running():
            if record.experiment.change_id == change_id:
                self.store.end(record.experiment.id, operator, "reverted", why)
        return reverted

    def changes(self) -> list[Adoption]:
        """All adopted changes, oldest first, reverted ones included."""
        return read_adopted(self._adopted_file)

    @property
    def _adopted_file(self) -> Any:
        return self.config.path(self.config.feedback.adopted_file)

    def _changing(self) -> _Changing:
        return _Changing(self._adopted_file)

    def _check_it_acts(self, change: Adoption) -> None:
        """Refuse, and undo, where the new settings are not valid together with the operator's."""
        try:
            self.config.updated(change.settings)
        except VideogenError:
            with self._changing() as changes:
                changes[:] = [one for one in changes if one.change_id != change.change_id]
            raise

    def _hold_back(self, change: Adoption, operator: str) -> None:
        """A share of requests keeps the old settings for a while, so that the impact can be measured."""
        share = self.config.feedback.hold_back
        if share == 0.0:
            return
        old = {name: value for name, value in change.before.items() if value is not None}
        if not old:
            return
        record = ExperimentRecord(
            experiment=Experiment(
                id=f"{change.change_id}-holdback"[:80],
                created_at=datetime.now(UTC),
                created_by=operator,
                why=f"holds back {share:.0%} of requests to measure {change.change_id}",
                design="split",
                arms=(Arm(name="held-back", overrides=old), Arm(name="adopted")),
                outcome=self.store.get(change.experiment).experiment.outcome
                if self.store.get(change.experiment).experiment.outcome != "preference"
                else "rating",
                most_units=100_000,
                change_id=change.change_id,
            ),
            allocation=(share, 1.0 - share),
        )
        self.store.draft(record)
        self.store.start(record.experiment.id, operator)

    def _note(self, change: Adoption, event: str, operator: str, why: str) -> None:
        import pandas as pd

        now = datetime.now(UTC)
        row = {
            "change_id": change.change_id,
            "changed_at": now,
            "event": event,
            "experiment": change.experiment,
            "settings": json.dumps(change.settings, sort_keys=True, default=str),
            "operator": operator,
            "why": why or None,
        }
        self.events.warehouse.write("improvements", f"{change.change_id}.{now:%Y%m%dT%H%M%S%f}", pd.DataFrame([row]))

    def _trial(self, record: ExperimentRecord) -> Any:
        start = record.started_at or record.experiment.created_at
        counted = last_words(self.events.between(start.date(), datetime.now(UTC).date()))
        return read_trial(record, self.events.warehouse, counted)

    def _write(self, experiment_id: str, decision: Decision, moment: datetime) -> None:
        import math

        import pandas as pd

        def known(value: float) -> float | None:
            return value if math.isfinite(value) else None

        rows = [
            {
                "experiment": experiment_id,
                "looked_at": moment,
                "decision": decision.verdict,
                "arm": reading.arm,
                "measure": reading.measure,
                "estimate": known(reading.improvement.estimate),
                "lower": known(reading.improvement.lower),
                "upper": known(reading.improvement.upper),
                "margin": reading.margin,
                "verdict": reading.verdict,
                "units": reading.improvement.n,
            }
            for reading in decision.readings
        ]
        if rows:
            self.events.warehouse.write("ab_tests", experiment_id, pd.DataFrame(rows))


class _Changing:
    """The list of adopted changes, read and written back by one process at a time."""

    def __init__(self, path: Any) -> None:
        self._path = path
        self._lock = one_at_a_time(path.with_suffix(".lock"), "changing the adopted settings")

    def __enter__(self) -> list[Adoption]:
        self._lock.__enter__()
        try:
            self._changes = read_adopted(self._path)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self._changes

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        import yaml

        try:
            if kind is None:
                content = {"changes": [one.model_dump(mode="json") for one in self._changes]}
                head = "# Written by `videogen experiments adopt` and `revert`. The operator's own file wins over it.\n"
                text = head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
                Folder(self._path.parent).write(self._path.name, text.encode())
        finally:
            self._lock.__exit__(None, None, None)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if hasattr(value, "__fspath__") else list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
