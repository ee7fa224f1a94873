"""What a period of feedback says, what it hides, and what it does not say because there is too little."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from videogen.errors import InputError
from videogen.feedback import FeedbackIntegration
from videogen.feedback.events import FeedbackEvent, new_event_id
from videogen.feedback.study.analysis import analyse, period_of
from videogen.feedback.study.categories import categories_of
from videogen.feedback.study.findings import FeedbackAnalysis
from videogen.feedback.study.last_words import last_words
from videogen.feedback.study.parameters import effects_of, parameters_of
from videogen.feedback.study.shown import shown_feedback
from videogen.feedback.study.words import telling_words

END = date(2026, 11, 30)
VIDEO = "20261130-102030123-red-bus-abcdef01"


def event(kind: str, rater: str, day: date = END, **more: Any) -> dict[str, Any]:
    name = "k1:" + rater.ljust(26, "a")
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    given = {"event_id": new_event_id(), "received_at": moment, "video_id": VIDEO, "attempt": 1, "kind": kind, "value": 1.0,
             "rater": name, "channel": "web"}  # fmt: skip
    return FeedbackEvent.model_validate(given | more).model_dump()


def letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


def studied(events: list[dict[str, Any]], days: int = 60, **more: Any) -> FeedbackAnalysis:
    given: dict[str, Any] = {"min_group": 5, "prompts": {}, "arms": {}, "changes": {}, "published": 0}
    frame = pd.DataFrame(events, columns=list(FeedbackEvent.model_fields))
    return analyse(last_words(frame), END - timedelta(days=days - 1), END, **given | more)


def test_few_raters_show_nothing_and_five_do() -> None:
    few = [event("rating", letters(n), value=0.5) for n in range(4)] + [event("comment", "x", comment="dark")]
    found = studied(few)
    assert (found.rating.value, found.videos, found.topics) == (None, (), ())
    assert found.raters == 5
    assert any("ratings: fewer than 5 raters" in what for what in found.not_enough)
    enough = studied([event("rating", letters(n), value=0.5) for n in range(6)])
    assert enough.rating.value == pytest.approx(3.0)
    assert [video.raters for video in enough.videos] == [6]


def test_nothing_said_is_an_analysis_too() -> None:
    found = studied([])
    assert (found.events, found.rating.value, found.findings) == (0, None, ())
    assert len(found.not_enough) >= 4


def test_a_break_is_named_with_what_changed_that_day() -> None:
    random = np.random.default_rng(1)
    events = []
    for number in range(60):
        day = END - timedelta(days=59 - number)
        level = 0.75 if number < 30 else 0.35
        events += [event("rating", letters(r), day, value=float(np.clip(round((level + random.normal(0, 0.1)) * 4) / 4, 0, 1)))
                   for r in range(6)]  # fmt: skip
        for r, one in enumerate(events[-6:]):
            one["video_id"] = f"20261130-1020301{number:02d}-bus-{r:08x}"
    broke = END - timedelta(days=29)
    found = studied(events, changes={broke: ["guidance-adopted was adopted"]})
    step = next(one for one in found.findings if "changed by" in one.statement)
    assert step.believed
    assert abs((step.since - broke).days) <= 1
    assert step.changed_then == ("guidance-adopted was adopted",)
    assert step.effect < -1.0


def test_a_day_unlike_the_days_before_is_named() -> None:
    random = np.random.default_rng(2)
    events = []
    for number in range(40):
        day = END - timedelta(days=39 - number)
        level = 0.75 + random.normal(0, 0.02) if number < 39 else 0.2
        events += [
            event("rating", letters(r), day, value=level, video_id=f"20261130-1020302{number:02d}-bus-{r:08x}")
            for r in range(6)
        ]
    odd = [one for one in studied(events).findings if "is usual on that weekday" in one.statement]
    assert [(one.since, one.believed) for one in odd] == [(END, True)]
    calm = studied(events[:-6]).findings
    assert not any(one.believed for one in calm if "is usual on that weekday" in one.statement)


def test_comparisons_rank_models_and_show_the_pull_of_a_side() -> None:
    arms = {(VIDEO, 1): "old", (VIDEO, 2): "new"}
    events = [
        event("preference", letters(n), attempt=2, other_video_id=VIDEO, other_attempt=1, shown_first=bool(n % 2))
        for n in range(30)
    ]
    found = studied(events, arms=arms)
    assert [one.name for one in found.strengths] == ["new", "old"]
    assert found.strengths[0].lower > 0
    assert abs(found.left_side.value) < 0.5


def test_words_of_prompts_that_go_with_rejection_are_found() -> None:
    bad = [f"a bus drives from left to right past house {n}" for n in range(25)]
    good = [f"a bus stands at house {n}" for n in range(25)]
    found = [one.phrase for one in telling_words(bad, good)]
    assert "left" in found
    assert "bus" not in found
    assert telling_words(bad[:5], good[:5]) == []


def test_comments_are_put_into_their_category() -> None:
    comments = {
        "the video is totally out of focus": "picture quality",
        "the car drives the wrong way round": "direction",
        "there is a typo in the subtitle": "captions and label",
        "the number of victims is wrong": "facts",
        "lovely, thanks!": "praise",
        "qwertz uiop": "other",
    }
    found = [category for category, _ in categories_of(list(comments))]
    assert sum(a == b for a, b in zip(found, comments.values(), strict=True)) >= 5
    assert found[-1] == "other"


def test_the_collector_says_what_a_piece_of_feedback_is(feedback: FeedbackIntegration) -> None:
    categorize = feedback.collector.categorize_feedback
    stars = categorize({"rating": 1})
    assert (stars.kind, stars.explicit, stars.sign) == ("rating", True, -1)
    tag = categorize({"tag": "jerky"})
    assert (tag.category, tag.sign, tag.confidence) == ("motion", -1, 1.0)
    assert categorize({"kind": "download"}).explicit is False
    assert categorize({"comment": "beautiful pictures, well done"}).sign == 1


def test_an_effect_is_believed_only_with_enough_first_attempts() -> None:
    random = np.random.default_rng(4)
    x, noise = random.normal(size=200), random.normal(size=200)
    context, groups = random.normal(size=(200, 3)), [f"g{n % 50}" for n in range(200)]
    parameters = {"model.guidance_scale": x, "noise.motion_scale": noise}
    found = {
        one.setting: one
        for one in effects_of({"score": 0.5 * x + random.normal(0, 1, 200)}, parameters, context, groups)
    }
    assert found["model.guidance_scale"].believed
    assert not found["noise.motion_scale"].believed
    few = {name: values[:20] for name, values in parameters.items()}
    assert effects_of({"score": x[:20]}, few, context[:20], groups[:20]) == []
    constant = {"model.guidance_scale": np.ones(200)}
    assert effects_of({"score": x}, constant, context, groups) == []


def test_parameters_of_attempts_are_numbers_and_names(feedback: FeedbackIntegration) -> None:
    from videogen.domain.requests import VideoRequest

    found = {
        name: (number, text) for name, number, text in parameters_of(VideoRequest(prompt="a red bus"), feedback.config)
    }
    assert found["delivery.crf"] == (15.0, None)
    assert found["request.words"] == (3.0, None)
    assert found["model.profile"] == (None, "pib-mini")
    assert "paths.store" not in found


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [("7d", date(2026, 11, 24), END), ("2026-02", date(2026, 2, 1), date(2026, 2, 28)), ("2026-11-30", END, END),
     ((END, END), END, END)],
)  # fmt: skip
def test_periods_are_read(period: Any, first: date, last: date) -> None:
    assert period_of(period, END) == (first, last)


def test_complaints_from_before_an_adoption_give_no_advice_to_go_further(
    feedback: FeedbackIntegration, video: Callable[..., str]
) -> None:
    video_id = video("a bus")
    for number in range(6):
        feedback.collect_feedback(video_id, {"user": f"r{number}", "rating": 2, "tags": ["blurry"]})
    path = feedback.config.path(feedback.config.feedback.adopted_file)
    path.parent.mkdir(parents=True, exist_ok=True)

    def adopted(days_ago: int) -> list[str]:
        at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        change: dict[str, Any] = {
            "change_id": "sharper",
            "experiment": "sharper",
            "operator": "Grace",
            "adopted_at": at,
        }
        change["settings"] = {"super_resolution.detail_strength": 0.6}
        path.write_text(json.dumps({"changes": [change]}))
        return [one.setting for one in feedback.generate_improvement_report("7d").suggestions]

    assert adopted(days_ago=1) == []
    assert adopted(days_ago=30) == ["super_resolution.detail_strength"]


@pytest.mark.parametrize("period", ["0d", "soon", "2026-13", "2026-02-30", (END, END - timedelta(days=1))])
def test_what_is_not_a_period_is_refused(period: Any) -> None:
    with pytest.raises(InputError):
        period_of(period, END)


def test_the_report_says_what_people_say_and_hides_hostile_text(
    feedback: FeedbackIntegration, video: Callable[..., str]
) -> None:
    video_id = video("a <script>alert(1)</script> bus")
    for number in range(6):
        said = {
            "user": f"r{number}",
            "rating": 2,
            "comment": "<b>the picture</b> is blurry | ![x](http://x)",
            "tags": ["blurry"],
        }
        feedback.collect_feedback(video_id, said)
    report = feedback.generate_improvement_report("7d")
    assert [one.setting for one in report.suggestions] == ["super_resolution.detail_strength"]
    assert "picture quality" in report.markdown
    assert "<script>" not in report.html + report.markdown
    assert "![x](" not in report.markdown
    assert report.as_dict()["analysis"]["rating"]["n"] == 6
    (shown,) = shown_feedback(feedback.counted(*period_of("7d")), 5, video_id)
    assert (shown["raters"], shown["tags"]) == (6, "blurry 6")
    (hidden,) = shown_feedback(feedback.counted(*period_of("7d")), 7)
    assert (hidden["raters"], hidden["rating"], hidden["comments"]) == ("fewer than 7", None, None)
