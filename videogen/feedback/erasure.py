"""Erasure (GDPR, Art. 17): what one person said goes, wherever it went, and what cannot be undone is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from videogen.errors import InputError
from videogen.feedback.tuning.dataset import datasets_with, remove_raters, weights_trained_on
from videogen.storage.atomic_folder import Folder

if TYPE_CHECKING:
    import pandas as pd

    from videogen.feedback.collector import FeedbackCollector


@dataclass(frozen=True)
class Erased:
    """What went. days: those whose aggregates were removed and are made again by the next run of the daily asset.

    datasets: fine-tuning datasets that lost rows. weights: files that were trained on data of this person; they still
    are: retrain them without, or take them out of use.
    """

    events: int
    days: tuple[date, ...]
    datasets: tuple[str, ...]
    weights: tuple[str, ...]


def erase_user(collector: FeedbackCollector, user: str, why: str) -> Erased:
    """Erase what a user said under every key that is left.

    Args:
        why: the reason, for the table `erasures`.
        collector: takes and keeps the events.
        user: who is meant, as named when the feedback was given.

    Raises:
        InputError: no user or reason is given, or nothing of this user is kept.
    """
    if not why.strip():
        raise InputError("the reason is missing", remedy='say why, e.g. --why "asked for by e-mail, Art. 17"')
    names = collector.keys.all_pseudonyms(user)
    erased = _erase(collector, names)
    if not erased.events and not erased.datasets:
        raise InputError(
            "no feedback of this user is kept",
            remedy="check how the user was named; what was said under a destroyed key belongs to nobody any more",
        )
    marks = [collector.keys.erasure_mark(name) for name in names]
    _record(collector, marks, erased, why)
    return erased


def replay(collector: FeedbackCollector) -> Erased:
    """Erase again what a restored backup brought back: the table `erasures` says whose, without naming anybody."""
    rows = collector.store.warehouse.query("SELECT DISTINCT subject FROM erasures")
    marked = {str(subject) for subject in rows["subject"]}
    if not marked:
        return Erased(0, (), (), ())
    known = {str(rater) for day in collector.store.days() for rater in collector.store.of_day(day)["rater"].unique()}
    known |= {rater for dataset in datasets_with(collector.config, None) for rater in dataset.raters}
    return _erase(collector, [rater for rater in known if collector.keys.erasure_mark(rater) in marked])


def _erase(collector: FeedbackCollector, names: Collection[str]) -> Erased:
    wanted = set(names)

    def chosen(rows: pd.DataFrame) -> pd.Series:
        return rows["rater"].isin(wanted)

    found = collector.store.remove_where(chosen)
    tables = Folder(collector.store.warehouse.root)
    for day in found:
        tables.remove(f"feedback_aggregates/{day:%Y-%m-%d}.parquet")
    weights = weights_trained_on(collector.config, wanted)
    datasets = remove_raters(collector.config, wanted)
    return Erased(sum(found.values()), tuple(found), tuple(datasets), tuple(weights))


def _record(collector: FeedbackCollector, marks: Collection[str], erased: Erased, why: str) -> None:
    import pandas as pd

    now = datetime.now(UTC)
    rows = [
        {
            "erased_at": now,
            "subject": mark,
            "events": erased.events,
            "datasets": len(erased.datasets),
            "weights": ", ".join(erased.weights) or None,
            "why": why,
        }
        for mark in marks
    ]
    collector.store.warehouse.write("erasures", f"{now:%Y%m%dT%H%M%S%f}", pd.DataFrame(rows))
