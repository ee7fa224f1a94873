"""What all feedback of a period says, and what it does not say because there is too little of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from videogen.errors import InputError
from videogen.feedback.study.categories import sign_of
from videogen.feedback.study.findings import (
    FeedbackAnalysis,
    Finding,
    Number,
    ParameterFinding,
    Phrase,
    RatedVideo,
    Strength,
    Topic,
)
from videogen.feedback.study.words import telling_words
from videogen.statistics.anomalies import anomaly_score
from videogen.statistics.multiple import benjamini_hochberg
from videogen.statistics.preferences import Comparison, rank
from videogen.statistics.sequential import win_share
from videogen.statistics.shrinkage import adjusted_ratings
from videogen.statistics.trends import find_break, seasonal_trend

if TYPE_CHECKING:
    import pandas as pd

LEAST_VIDEOS, LEAST_RATERS, LEAST_ANSWERS = 30, 3, 20
BELIEVED = 0.05
_PERIOD = re.compile(r"(?P<days>\d{1,4})d|(?P<month>\d{4}-\d{2})|(?P<day>\d{4}-\d{2}-\d{2})")
_LONGEST_QUOTE = 200


def period_of(time_period: str | tuple[date, date], today: date | None = None) -> tuple[date, date]:
    """First and last day of ``"7d"``, ``"2026-11"``, ``"2026-11-30"`` or a pair of days.

    Raises:
        InputError: it is none of these, or ends before it begins.
    """
    now = today or datetime.now(UTC).date()
    if isinstance(time_period, tuple):
        start, end = time_period
        if end < start:
            raise InputError(f"the period ends ({end}) before it begins ({start})", remedy="exchange the two days")
        return start, end
    match = _PERIOD.fullmatch(time_period.strip())
    try:
        if match and match["days"] and int(match["days"]) > 0:
            return now - timedelta(days=int(match["days"]) - 1), now
        if match and match["month"]:
            first = date.fromisoformat(f"{match['month']}-01")
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if match and match["day"]:
            return date.fromisoformat(match["day"]), date.fromisoformat(match["day"])
    except ValueError:
        pass
    raise InputError(f"{time_period!r} is not a period", remedy="write 7d, 2026-11 or 2026-11-30")


def analyse(
    counted: pd.DataFrame,
    start: date,
    end: date,
    *,
    min_group: int,
    prompts: Mapping[str, str],
    arms: Mapping[tuple[str, int], str],
    changes: Mapping[date, Sequence[str]],
    published: int,
    parameters: Sequence[ParameterFinding] = (),
) -> FeedbackAnalysis:
    """Analyse the events of a period.

    Args:
        counted: the events that count, `last_words`.
        min_group: raters below which nothing about them is shown.
        prompts: video → prompt.
        arms: (video, attempt) → arm or model, for comparisons.
        changes: day → what changed on it.
        published: videos that could have been watched.
        parameters: see `videogen.feedback.study.parameters`.
        start: first day or moment.
        end: last day, or the moment after it.
    """
    people = counted[counted["rater"] != "system"] if len(counted) else counted
    missing: list[str] = []
    rating, videos = _ratings(people, min_group, missing)
    decisions = people[people["topic"] == "decision"] if len(people) else people
    findings = _movements(people, start, end, min_group, changes, missing)
    found = _phrases(decisions, prompts, missing)
    strengths, left = _strengths(people, arms, missing)
    if not parameters:
        missing.append(f"parameters: {LEAST_VIDEOS} first attempts with an outcome and a changing parameter are needed")
    raters = int(people["who"].nunique()) if len(people) else 0
    return FeedbackAnalysis(
        start=start,
        end=end,
        events=len(counted),
        raters=raters if raters >= min_group else 0,
        anonymous_share=float((people["rater"] == "anonymous").mean()) if len(people) else None,
        rating=rating,
        approval=_share(decisions, min_group, "decisions", missing),
        completion=_mean(people, "completion", min_group),
        response=_response(people, published),
        videos=videos,
        topics=_topics(people, min_group),
        findings=findings,
        phrases=found,
        strengths=strengths,
        left_side=left,
        parameters=tuple(parameters),
        not_enough=tuple(missing),
    )


def _few(rows: pd.DataFrame, min_group: int) -> bool:
    return not len(rows) or rows["who"].nunique() < min_group


def _ratings(people: pd.DataFrame, min_group: int, missing: list[str]) -> tuple[Number, tuple[RatedVideo, ...]]:
    rows = people[people["topic"] == "rating"] if len(people) else people
    if _few(rows, min_group):
        missing.append(f"ratings: fewer than {min_group} raters")
        return Number(value=None, note=f"fewer than {min_group} raters"), ()
    names = [f"{video}.{attempt}" for video, attempt in zip(rows["video_id"], rows["attempt"], strict=True)]
    stars = [1.0 + 4.0 * float(value) for value in rows["value"]]
    adjusted = adjusted_ratings(names, list(rows["who"]), stars, step=1.0)
    counts = rows.assign(name=names).groupby("name")["who"].nunique().to_dict()
    videos = []
    for name, count in ((str(name), int(count)) for name, count in counts.items()):
        if count >= min_group:
            video, _, attempt = name.rpartition(".")
            rating, error = adjusted.items[name], adjusted.errors[name]
            videos.append(RatedVideo(video_id=video, attempt=int(attempt), rating=rating, error=error, raters=count))
    values = list(adjusted.items.values())
    mean = sum(values) / len(values)
    half = 1.96 * math.sqrt(sum(error**2 for error in adjusted.errors.values())) / len(values)
    number = Number(value=mean, lower=mean - half, upper=mean + half, n=len(rows), note="raters' habits taken out")
    return number, tuple(sorted(videos, key=lambda one: one.rating))


def _share(rows: pd.DataFrame, min_group: int, what: str, missing: list[str]) -> Number:
    if _few(rows, min_group):
        missing.append(f"{what}: fewer than {min_group} raters")
        return Number(value=None, note=f"fewer than {min_group} raters")
    bounds = win_share(float((rows["kind"] == "approved").sum()), len(rows))
    return Number(value=bounds.estimate, lower=bounds.lower, upper=bounds.upper, n=bounds.n)


def _mean(people: pd.DataFrame, topic: str, min_group: int) -> Number:
    rows = people[people["topic"] == topic] if len(people) else people
    if _few(rows, min_group):
        return Number(value=None, note=f"fewer than {min_group} raters")
    return Number(value=float(rows["value"].astype(float).mean()), n=len(rows))


def _response(people: pd.DataFrame, published: int) -> Number:
    if not published:
        return Number(value=None, note="nothing was published")
    rated = int(people["video_id"].nunique()) if len(people) else 0
    return Number(value=min(1.0, rated / published), n=published)


def _topics(people: pd.DataFrame, min_group: int) -> tuple[Topic, ...]:
    rows = people[people["topic"].isin(("tag", "comment"))] if len(people) else people
    found = []
    for category, part in rows.groupby("category", observed=True) if len(rows) else ():
        raters = int(part["who"].nunique())
        if raters < min_group:
            continue
        signs = [sign_of(str(kind), 1.0, str(category)) for kind in part["topic"]]
        found.append(
            Topic(
                category=str(category),
                complaints=signs.count(-1),
                praise=signs.count(1),
                raters=raters,
                quote=_medoid([str(text) for text in part["comment"].dropna()][:200]),
            )
        )
    return tuple(sorted(found, key=lambda topic: -topic.complaints))


def _medoid(comments: Sequence[str]) -> str:
    """The comment that is nearest to all others."""
    if not comments:
        return ""
    from videogen.fact_check.knowledge.embeddings import embed

    vectors = embed(comments)
    return comments[int((vectors @ vectors.sum(0)).argmax())][:_LONGEST_QUOTE]


def _movements(
    people: pd.DataFrame,
    start: date,
    end: date,
    min_group: int,
    changes: Mapping[date, Sequence[str]],
    missing: list[str],
) -> tuple[Finding, ...]:
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    tests: list[dict[str, Any]] = []
    for measure, values in _daily(people, days, min_group).items():
        known = sum(value is not None for value in values)
        if known < 14:
            missing.append(f"trend of {measure}: {known} days with {min_group} raters, 14 are needed")
            continue
        trend = seasonal_trend(values)
        word = "rises" if trend.slope > 0 else "falls"
        per_week = f"{measure} {word} by {abs(trend.slope) * 7:.2g} a week, weekdays compared with themselves"
        tests.append({"measure": measure, "statement": per_week, "effect": trend.slope, "p": trend.p, "n": trend.n})
        tests += _last_day(measure, values, days)
        step = find_break(values)
        if step is not None:
            day = days[step.index]
            near = [what for moment, whats in changes.items() if abs((moment - day).days) <= 1 for what in whats]
            broke = f"{measure} changed by {step.change:+.2g} on {day:%Y-%m-%d}"
            about = {"measure": measure, "statement": broke, "effect": step.change, "p": step.p, "n": known}
            tests.append({**about, "since": day, "changed_then": tuple(near)})
    adjusted = benjamini_hochberg([test["p"] for test in tests])
    return tuple(Finding(**test, q=q, believed=q <= BELIEVED) for test, q in zip(tests, adjusted, strict=True))


def _last_day(measure: str, values: Sequence[float | None], days: Sequence[date]) -> list[dict[str, Any]]:
    """Whether the last day with a value is unlike the days before, each weekday compared with itself."""
    known = [(day, value) for day, value in zip(days, values, strict=True) if value is not None]
    level = {weekday: [v for d, v in known[:-1] if d.weekday() == weekday] for weekday in range(7)}
    day, value = known[-1]
    if not level[day.weekday()]:
        return []
    earlier = [v - median(level[d.weekday()]) for d, v in known[:-1]]
    usual = median(level[day.weekday()])
    score = anomaly_score(earlier, value - usual)
    odd = f"{measure} of {day:%Y-%m-%d} is {value:.2f}, {usual:.2f} is usual on that weekday"
    p = math.erfc(abs(score) / math.sqrt(2.0))
    return [{"measure": measure, "statement": odd, "effect": value - usual, "p": p, "n": len(known), "since": day}]


def _daily(people: pd.DataFrame, days: Sequence[date], min_group: int) -> dict[str, list[float | None]]:
    measures: dict[str, list[float | None]] = {}
    for measure, topic in (("rating", "rating"), ("approval", "decision"), ("completion", "completion")):
        rows = people[people["topic"] == topic] if len(people) else people
        if not len(rows):
            continue
        value = rows["value"].astype(float) if topic != "decision" else (rows["kind"] == "approved").astype(float)
        if topic == "rating":
            habits = adjusted_ratings(
                list(rows["video_id"]), list(rows["who"]), [1 + 4 * float(v) for v in rows["value"]]
            )
            value = 1 + 4 * rows["value"].astype(float) - rows["who"].map(habits.raters).astype(float)
        by_day = rows["received_at"].dt.date
        means, raters = value.groupby(by_day).mean(), rows.groupby(by_day)["who"].nunique()
        measures[measure] = [float(means[day]) if raters.get(day, 0) >= min_group else None for day in days]
    return measures


def _phrases(decisions: pd.DataFrame, prompts: Mapping[str, str], missing: list[str]) -> tuple[Phrase, ...]:
    by_video = (
        {str(video): str(part["kind"].iloc[-1]) for video, part in decisions.groupby("video_id")}
        if len(decisions)
        else {}
    )
    bad = [prompts[video] for video, kind in by_video.items() if kind == "rejected" and video in prompts]
    good = [prompts[video] for video, kind in by_video.items() if kind == "approved" and video in prompts]
    if len(bad) + len(good) < LEAST_VIDEOS:
        missing.append(
            f"words that go with rejection: {len(bad) + len(good)} decided videos, {LEAST_VIDEOS} are needed"
        )
    return tuple(
        Phrase(phrase=one.phrase, q=one.q, rejected=one.rejected, approved=one.approved)
        for one in telling_words(bad, good)[:20]
    )


def _strengths(
    people: pd.DataFrame, arms: Mapping[tuple[str, int], str], missing: list[str]
) -> tuple[tuple[Strength, ...], Number]:
    rows = people[people["topic"] == "preference"] if len(people) else people
    comparisons = []
    for row in rows.to_dict("records"):
        mine = arms.get((str(row["video_id"]), int(row["attempt"])))
        other = arms.get((str(row["other_video_id"]), int(row["other_attempt"])))
        if mine is not None and other is not None and mine != other:
            on_left = bool(row["shown_first"]) if row["shown_first"] in (True, False) else None
            comparisons.append(Comparison(mine, other, float(row["value"]), str(row["who"]), on_left))
    raters = len({one.rater for one in comparisons})
    if len(comparisons) < LEAST_ANSWERS or raters < LEAST_RATERS:
        missing.append(
            f"comparisons: {len(comparisons)} by {raters} raters; at least {LEAST_ANSWERS} by {LEAST_RATERS} are needed"
        )
        return (), Number(value=None, n=len(comparisons), note="not enough")
    ranking = rank(comparisons)
    strengths = tuple(
        Strength(name=name, strength=value, lower=ranking.intervals[name][0], upper=ranking.intervals[name][1])
        for name, value in sorted(ranking.strengths.items(), key=lambda item: -item[1])
    )
    return strengths, Number(value=ranking.left, n=ranking.n, note="log-odds of the left side")
