"""What is done with a day's feedback: collected, categorised, made into numbers; and what is too old removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from videogen.feedback.collector import FeedbackCollector
from videogen.feedback.privacy.scrubbing import is_clean
from videogen.feedback.study.aggregates import Aggregate, aggregates_of
from videogen.feedback.study.categories import with_categories
from videogen.feedback.study.last_words import last_words
from videogen.feedback.system_events import system_events

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Expired:
    """What was too old: events, texts of comments, versions of keys."""

    events: int
    comments: int
    keys: tuple[int, ...]


def collect_day(collector: FeedbackCollector, day: date) -> pd.DataFrame:
    """Bring a day's events, those of the system included, into one file of the table `feedback`, with categories."""
    for event in system_events(collector, day):
        collector.store.add(event)
    return collector.store.compact(day, with_categories)


def aggregate_day(collector: FeedbackCollector, day: date) -> list[Aggregate]:
    """The day's rows of the table `feedback_aggregates`; written, and returned."""
    import pandas as pd

    found = aggregates_of(last_words(collector.store.of_day(day)), collector.config.feedback.min_group)
    moment = datetime.combine(day, time(), UTC)
    if found:
        rows = pd.DataFrame([vars(one) for one in found]).assign(day=moment)
        rows["note"] = rows["note"].replace("", None)
        collector.store.warehouse.write("feedback_aggregates", f"{day:%Y-%m-%d}", rows)
    return found


def comments_to_scrub(collector: FeedbackCollector, day: date) -> list[str]:
    """Ids of the day's events whose comments still hold what scrubbing would remove; none, if all is well."""
    rows = collector.store.of_day(day)
    rows = rows[rows["comment"].notna()]
    regions = collector.config.feedback.phone_regions
    pairs = zip(rows["event_id"], rows["comment"], strict=True)
    return [str(event_id) for event_id, comment in pairs if not is_clean(str(comment), regions)]


def remove_expired(collector: FeedbackCollector) -> Expired:
    """Remove events, comments and keys that are older than the settings of `feedback` allow."""
    settings = collector.config.feedback
    events, comments = collector.store.expire(
        timedelta(days=settings.keep_days), timedelta(days=settings.keep_comments_days)
    )
    keys = collector.keys.destroy_old(timedelta(days=settings.key_retention_days))
    return Expired(events, comments, tuple(keys))
