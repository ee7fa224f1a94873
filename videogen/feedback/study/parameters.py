"""The parameters of attempts, and what they do to how videos are received.

Only first attempts are looked at: later ones carry changed parameters *because* the first one failed, so that whatever
was changed would look harmful (confounding by indication). People who ask for difficult scenes also choose parameters,
so the request is taken out of both (`videogen.statistics.effects`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import flat
from videogen.domain.requests import VideoRequest
from videogen.domain.safe_ranges import safe_range, value_of
from videogen.feedback.study.analysis import BELIEVED, LEAST_VIDEOS
from videogen.feedback.study.findings import ParameterFinding
from videogen.statistics.effects import adjusted_effect, shrunk
from videogen.statistics.multiple import benjamini_hochberg
from videogen.text.words import count_words

if TYPE_CHECKING:
    import pandas as pd

    from videogen.storage.warehouse import Warehouse

Values = np.ndarray[Any, np.dtype[np.float64]]
BELIEVED_ADJUSTED = 0.002
"""Stricter than for what was drawn at random: what is known of a request never says all of why it is difficult.

Chosen on 200 simulated confounded histories (seeds 2000 … 2199): 199 of those without any effect led to no suggestion
(0.01: 191), 196 of those with one true effect to no false one (0.01: 188); the true one was found in 198.
"""
_GROUPS = ("model", "noise", "synthesis", "super_resolution")
_DELIVERY = ("delivery.crf", "delivery.preset")
_LEAST_ON_A_SIDE = 10
_COMPONENTS = 10
_OUTCOMES = {"score": "quality", "rating": "rating", "approved": "decision"}
_FIRST = """
SELECT r.video_id, r.prompt, r.created_at, r.images, r.profile, r.duration, r.requester, r.experiment, r.arm,
       q.value AS score
FROM requests r LEFT JOIN quality q ON q.video_id = r.video_id AND q.attempt = 1 AND q.metric = 'score'
WHERE r.created_at >= ? AND r.created_at < ? AND NOT r.emergency
"""
_NUMBERS = "SELECT video_id, name, number FROM parameters WHERE attempt = 1 AND number IS NOT NULL"


def parameters_of(request: VideoRequest, config: VideoGenConfig) -> Iterator[tuple[str, float | None, str | None]]:
    """Name, number and text of everything that decides what an attempt looks like.

    Args:
        config: with the overrides of request and attempt.
        request: the request.
    """
    chosen = {
        name: value for group in _GROUPS for name, value in flat({group: getattr(config, group).model_dump()}).items()
    }
    chosen |= {name: value_of(config, name) for name in _DELIVERY}
    chosen |= {"request.words": count_words(request.plain_prompt), "request.pictures": len(request.images)}
    for name, value in sorted(chosen.items()):
        if isinstance(value, bool | int | float):
            yield name, float(value), None
        elif value is not None and value != "" and name != "model.negative_prompt":
            yield name, None, str(value)[:500]


def parameter_findings(
    warehouse: Warehouse, counted: pd.DataFrame, start: Any, end: Any, config: VideoGenConfig
) -> list[ParameterFinding]:
    """What each parameter that may be suggested does to each outcome.

    Args:
        counted: what `last_words` left of the events.
        start: moments; requests made between them are looked at.
        warehouse: the tables.
        end: last day, or the moment after it.
        config: the configuration in force.
    """
    videos = warehouse.query(_FIRST, [start, end])
    if len(videos) < LEAST_VIDEOS:
        return []
    numbers = warehouse.query(_NUMBERS)
    table = numbers.pivot_table(index="video_id", columns="name", values="number").reindex(videos["video_id"])
    parameters = {
        str(name): table[name].to_numpy(np.float64) for name in table.columns if safe_range(str(name)) is not None
    }
    outcomes = {name: _outcome(name, videos, counted) for name in _OUTCOMES}
    context = _context(videos)
    randomised = {
        name: ((videos["experiment"] == "exploration") & (videos["arm"] == name)).to_numpy(bool) for name in parameters
    }
    groups = [
        str(who) if isinstance(who, str) else str(video)
        for who, video in zip(videos["requester"], videos["video_id"], strict=True)
    ]
    current = {name: _number(value_of(config, name)) for name in parameters}
    return effects_of(outcomes, parameters, context, groups, randomised=randomised, current=current)


def effects_of(
    outcomes: Mapping[str, Values],
    parameters: Mapping[str, Values],
    context: Values,
    groups: Sequence[str],
    *,
    randomised: Mapping[str, Any] | None = None,
    current: Mapping[str, float | None] | None = None,
    seed: int = 0,
) -> list[ParameterFinding]:
    """All effects at once, with q-values over all of them and slopes shrunk against the winner's curse.

    Args:
        outcomes: name → N values; NaN where there is none.
        context: N×K.
        groups: N: who asked.
        randomised: parameter → N truth values: it was drawn at random there, which needs no adjustment.
        parameters: name → values, one a video.
        current: setting → present value.
        seed: of the random numbers.
    """
    found = []
    for outcome, y in outcomes.items():
        for name, x in parameters.items():
            drawn = np.asarray((randomised or {}).get(name, np.zeros(len(x), bool)), bool)
            enough = _enough(y, x, drawn)
            use = drawn if enough else np.ones(len(x), bool)
            use = use & np.isfinite(y) & np.isfinite(x)
            if not _enough(y, x, use):
                continue
            others = [np.nan_to_num(value[use]) for other, value in parameters.items() if other != name]
            around = np.column_stack([np.zeros(int(use.sum())), *([] if enough else [context[use], *others])])
            names = [group for group, wanted in zip(groups, use, strict=True) if wanted]
            effect = adjusted_effect(y[use], x[use], around, names, seed=seed)
            found.append((name, outcome, effect, "randomised" if enough else "adjusted"))
    q_values = benjamini_hochberg([effect.p for _, _, effect, _ in found])
    sizes = shrunk([effect.slope for _, _, effect, _ in found], [effect.error for _, _, effect, _ in found])
    return [
        ParameterFinding(
            setting=name,
            outcome=outcome,
            slope=size,
            lower=size - 1.96 * _finite(effect.error),
            upper=size + 1.96 * _finite(effect.error),
            p=effect.p,
            q=q,
            n=effect.n,
            evidence=evidence,
            current=(current or {}).get(name),
            believed=q <= (BELIEVED if evidence == "randomised" else BELIEVED_ADJUSTED),
        )
        for (name, outcome, effect, evidence), q, size in zip(found, q_values, sizes, strict=True)
    ]


def _enough(y: Values, x: Values, use: Any) -> bool:
    known = use & np.isfinite(y) & np.isfinite(x)
    if int(known.sum()) < LEAST_VIDEOS:
        return False
    middle = float(np.median(x[known]))
    below, above = int((x[known] < middle).sum()), int((x[known] > middle).sum())
    same = int((x[known] == middle).sum())
    return sorted((below, same, above))[1] >= _LEAST_ON_A_SIDE


def _outcome(name: str, videos: pd.DataFrame, counted: pd.DataFrame) -> Values:
    if name == "score":
        return videos["score"].to_numpy(np.float64, na_value=math.nan)
    rows = counted[(counted["topic"] == _OUTCOMES[name]) & (counted["attempt"] == 1)] if len(counted) else counted
    if not len(rows):
        return np.full(len(videos), math.nan)
    value = rows["value"].astype(float) if name == "rating" else (rows["kind"] == "approved").astype(float)
    means = value.groupby(rows["video_id"].astype(str)).mean()
    return np.asarray(means.reindex(videos["video_id"].astype(str)), np.float64)


def _context(videos: pd.DataFrame) -> Values:
    """What the request was: its meaning, length, pictures, profile, and when it was made."""
    from sklearn.decomposition import PCA

    from videogen.fact_check.knowledge.embeddings import embed

    vectors = embed([str(prompt) for prompt in videos["prompt"]])
    parts = min(_COMPONENTS, len(videos) - 1)
    meaning = PCA(parts, random_state=0).fit_transform(vectors)
    moment = videos["created_at"]
    day = (moment - moment.min()).dt.total_seconds().to_numpy() / 86400.0
    weekday = moment.dt.weekday.to_numpy() * (2 * math.pi / 7)
    profile = videos["profile"].fillna("").astype("category").cat.codes.to_numpy()
    words = np.asarray([count_words(str(prompt)) for prompt in videos["prompt"]])
    duration = videos["duration"].to_numpy(np.float64, na_value=0.0)
    plain = [words, duration, videos["images"].to_numpy(np.float64), profile, day, np.sin(weekday), np.cos(weekday)]
    return np.column_stack([meaning, *plain]).astype(np.float64)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
