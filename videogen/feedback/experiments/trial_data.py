"""What an experiment's videos measured, read from the warehouse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from videogen.domain.experiments import CONTROL, Experiment, ExperimentRecord
from videogen.domain.setting_stages import start_for
from videogen.domain.stages import made_from
from videogen.feedback.experiments.decision import (
    GUARDRAILS,
    Decision,
    Reading,
    decide,
    guardrail_pairs,
    guardrail_split,
    primary_bandit,
    primary_pairs,
    primary_split,
    primary_wins,
    thompson_shares,
)

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from videogen.storage.warehouse import Warehouse

_UNITS = """
WITH units AS (
  SELECT video_id, 1 AS attempt, arm, coalesce(arm_share, 1.0) AS arm_share, created_at AS at, requester
  FROM requests WHERE experiment = ?
  UNION ALL BY NAME
  SELECT e.video_id, e.attempt, e.arm, 1.0 AS arm_share, e.assigned_at AS at, r.requester
  FROM experiment_attempts e LEFT JOIN requests r USING (video_id) WHERE e.experiment = ? AND e.attempt > 1
)
SELECT u.*, s.value AS score, s.passed AS passed, f.value AS flashes,
       (SELECT count(*) FROM failures x WHERE x.video_id = u.video_id AND coalesce(x.attempt, 1) = u.attempt)
       AS failures,
       (SELECT sum(t.seconds) FROM stage_timings t WHERE t.video_id = u.video_id AND t.attempt = u.attempt) AS seconds,
       (SELECT count(*) FROM fact_checks c WHERE c.video_id = u.video_id AND c.attempt = u.attempt
        AND c.verdict = 'refuted') AS refuted
FROM units u
LEFT JOIN quality s ON s.video_id = u.video_id AND s.attempt = u.attempt AND s.metric = 'score'
LEFT JOIN quality f ON f.video_id = u.video_id AND f.attempt = u.attempt AND f.metric = 'flashes'
ORDER BY u.at, u.video_id, u.attempt
"""


@dataclass(frozen=True)
class Trial:
    """An experiment with its data. rows: one an attempt, oldest first. answers: its preferences."""

    record: ExperimentRecord
    rows: pd.DataFrame
    answers: pd.DataFrame


def read_trial(record: ExperimentRecord, warehouse: Warehouse, counted: pd.DataFrame) -> Trial:
    """Read what is known of an experiment.

    Args:
        counted: the events that count, `last_words`.
        record: the experiment and its state.
        warehouse: the tables.
    """
    name = record.experiment.id
    rows = warehouse.query(_UNITS, [name, name]).drop_duplicates(["video_id", "attempt"], keep="last")
    for measure, topic in (("rating", "rating"), ("approved", "decision"), ("completion", "completion")):
        rows[measure] = _said(rows, counted, topic)
    rows["rejected"] = 1.0 - rows["approved"]
    answers = (
        counted[(counted["topic"] == "preference") & counted["video_id"].isin(rows["video_id"])]
        if len(counted)
        else counted
    )
    return Trial(record, rows.reset_index(drop=True), answers)


def evaluate(trial: Trial, now: datetime) -> Decision:
    """What follows from the data so far; may be asked at any time and as often as one likes."""
    experiment = trial.record.experiment
    started = trial.record.started_at
    old_enough = started is not None and (now - started).total_seconds() >= experiment.days * 86400.0
    if experiment.design == "paired":
        return _paired(trial, old_enough)
    return _split(trial, old_enough)


def new_allocation(trial: Trial) -> tuple[float, ...]:
    """The shares that a bandit gives its arms from now on."""
    names = [arm.name for arm in trial.record.experiment.arms]
    values = _values(trial.rows, trial.record.experiment.outcome)
    sums = [values[(trial.rows["arm"] == name).to_numpy(bool)] for name in names]
    known = [value[np.isfinite(value)] for value in sums]
    return thompson_shares([float(v.sum()) for v in known], [float((1 - v).sum()) for v in known])


def _paired(trial: Trial, old_enough: bool) -> Decision:
    experiment = trial.record.experiment
    control, treated = (arm.name for arm in experiment.arms)
    pairs = _pairs(trial.rows, control, treated)
    shared = _shared_stages(experiment)
    if experiment.outcome == "preference":
        wins, n = _wins(trial, treated)
        primary = primary_wins(wins, n, treated)
    else:
        difference = _values(pairs, f"{experiment.outcome}_b") - _values(pairs, f"{experiment.outcome}_a")
        known = difference[np.isfinite(difference)]
        n, primary = len(known), primary_pairs(known, treated, experiment.outcome)
    rails = []
    for rail in GUARDRAILS:
        gap = _measured(pairs, rail.measure, "_b") - _measured(pairs, rail.measure, "_a")
        same = rail.stage is not None and rail.stage in shared
        rails.append(guardrail_pairs(rail, treated, gap[np.isfinite(gap)], shared=same))
    counts = {control: n, treated: n}
    return decide([primary], rails, counts, (0.5, 0.5), experiment.most_units, check_ratio=False, old_enough=old_enough)


def _split(trial: Trial, old_enough: bool) -> Decision:
    record, rows = trial.record, trial.rows
    names = [arm.name for arm in record.experiment.arms]
    outcome = record.experiment.outcome
    values = _values(rows, outcome)
    known = np.isfinite(values)
    arm_of = rows["arm"].to_numpy()
    if record.experiment.design == "bandit":
        places = [names.index(str(name)) if name in names else len(names) for name in arm_of[known]]
        primaries = primary_bandit(values[known], places, _values(rows, "arm_share")[known], names, outcome)
    else:
        base = _by_unit(rows, values, arm_of == names[CONTROL], record.experiment)
        primaries = [
            primary_split(_by_unit(rows, values, arm_of == name, record.experiment), base, name, outcome)
            for name in names[1:]
        ]
    rails: list[Reading] = []
    for rail in GUARDRAILS:
        measured = _measured(rows, rail.measure, "")
        for name in names[1:]:
            ours, theirs = (measured[(arm_of == one) & np.isfinite(measured)] for one in (name, names[CONTROL]))
            rails.append(guardrail_split(rail, name, ours, theirs))
    units = {name: int((arm_of == name).sum()) for name in names}
    check = record.experiment.design == "split" and record.experiment.unit == "request"
    return decide(
        primaries, rails, units, record.shares, record.experiment.most_units, check_ratio=check, old_enough=old_enough
    )


def _by_unit(rows: pd.DataFrame, values: Any, chosen: Any, experiment: Experiment) -> Any:
    """One value a unit: several requests of one requester are one witness."""
    use = np.asarray(chosen, bool) & np.isfinite(values)
    if experiment.unit == "request":
        return values[use]
    import pandas as pd

    who = rows["requester"].fillna(rows["video_id"]).to_numpy()[use]
    return pd.Series(values[use]).groupby(who, sort=False).mean().to_numpy()


def _pairs(rows: pd.DataFrame, control: str, treated: str) -> pd.DataFrame:
    """Requests of which both arms were made, in the order in which the second one was."""
    first = rows[rows["arm"] == control].drop_duplicates("video_id")
    second = rows[rows["arm"] == treated].drop_duplicates("video_id")
    pairs = first.merge(second, on="video_id", suffixes=("_a", "_b"))
    done = pairs[pairs["score_a"].notna() & pairs["score_b"].notna() | (pairs["failures_a"] + pairs["failures_b"] > 0)]
    return done.assign(at=done[["at_a", "at_b"]].max(axis=1)).sort_values(["at", "video_id"])


def _wins(trial: Trial, treated: str) -> tuple[float, int]:
    """Pairs won by the arm: of each pair the majority of its raters counts once; a tie counts one half."""
    arm_of = {
        (str(v), int(a)): str(arm)
        for v, a, arm in zip(trial.rows["video_id"], trial.rows["attempt"], trial.rows["arm"], strict=True)
    }
    votes: dict[str, float] = {}
    for row in trial.answers.to_dict("records"):
        if row["video_id"] != row["other_video_id"]:
            continue
        mine = arm_of.get((str(row["video_id"]), int(row["attempt"])))
        other = arm_of.get((str(row["other_video_id"]), int(row["other_attempt"])))
        if mine is None or other is None or mine == other:
            continue
        ours = float(row["value"]) if mine == treated else 1.0 - float(row["value"])
        votes[str(row["video_id"])] = votes.get(str(row["video_id"]), 0.0) + ours - 0.5
    return sum(1.0 if v > 0 else 0.5 if v == 0 else 0.0 for v in votes.values()), len(votes)


def _shared_stages(experiment: Experiment) -> frozenset[str]:
    """Stages that the second arm inherits from the first."""
    from videogen.domain.stages import STAGES

    first = start_for(experiment.settings())
    return frozenset() if first is None else frozenset(STAGES) - made_from(first)


def _measured(rows: pd.DataFrame, measure: str, suffix: str) -> Any:
    if measure == "quality passed":
        return _values(rows, f"passed{suffix}")
    if measure == "failures":
        return np.minimum(_values(rows, f"failures{suffix}"), 1.0)
    if measure == "seconds (log)":
        seconds = _values(rows, f"seconds{suffix}")
        return np.log(np.where(seconds > 0, seconds, math.nan))
    if measure == "refuted claims":
        return np.minimum(_values(rows, f"refuted{suffix}"), 1.0)
    if measure == "flashes":
        return (_values(rows, f"flashes{suffix}") > 0).astype(float) + 0.0 * _values(rows, f"flashes{suffix}")
    return _values(rows, f"rejected{suffix}")


def _values(rows: pd.DataFrame, name: str) -> Any:
    return rows[name].astype("Float64").to_numpy(np.float64, na_value=math.nan)


def _said(rows: pd.DataFrame, counted: pd.DataFrame, topic: str) -> Any:
    part = counted[counted["topic"] == topic] if len(counted) else counted
    if not len(part):
        return np.full(len(rows), math.nan)
    value = (part["kind"] == "approved").astype(float) if topic == "decision" else part["value"].astype(float)
    means = value.groupby([part["video_id"].astype(str), part["attempt"].astype(int)]).mean()
    keys = list(zip(rows["video_id"].astype(str), rows["attempt"].astype(int), strict=True))
    return np.asarray([means.get(key, math.nan) for key in keys], np.float64)
