"""Which pairs of videos a fine-tuning dataset is made of: with consent, of many people, split by what is shown."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import VideoLatents
from videogen.errors import ArtifactError, InputError
from videogen.feedback.study.last_words import last_words
from videogen.feedback.tuning.dataset import COLUMNS, DatasetManifest, write_dataset
from videogen.models.profile import load_profile
from videogen.storage.artifact_store import ArtifactStore

if TYPE_CHECKING:
    import pandas as pd

    from videogen.feedback.collector import FeedbackCollector

LARGEST_SHARE = 0.05
LEAST_PAIRS = 20
_SAME_PROMPT = 0.85
_HELD_OUT = 0.1
_REFUSED = "SELECT DISTINCT video_id FROM releases WHERE event IN ('refused', 'withdrawn')"
_PATTERNS = ("since", "until", "categories")


@dataclass(frozen=True)
class _Pair:
    event_id: str
    prompt: str
    winner: tuple[str, int]
    loser: tuple[str, int]
    margin: float
    rater: str


def build_dataset(collector: FeedbackCollector, patterns: Mapping[str, Any]) -> DatasetManifest:
    """Make a dataset of the preferences that may be used for training.

    Raises:
        InputError: see `ModelImprover.generate_fine_tuning_dataset`.
    """
    unknown = [name for name in patterns if name not in _PATTERNS]
    if unknown:
        raise InputError(f"unknown pattern {unknown[0]!r}", remedy=f"give {', '.join(_PATTERNS)}")
    start = _day(patterns.get("since")) or date(2000, 1, 1)
    end = _day(patterns.get("until")) or datetime.now(UTC).date()
    events = collector.store.between(start, end)
    refused: Counter[str] = Counter()
    pairs = _pairs(collector, last_words(events), patterns.get("categories"), refused)
    made: dict[str, VideoLatents] = {}
    profile = load_profile(collector.config.model.profile, collector.config.path(collector.config.paths.models))
    for pair in pairs:
        _load(collector, pair, made)
    pairs = [pair for pair in pairs if _comparable(pair, made, profile.name, refused)]
    pairs = capped(pairs, refused)
    if len(pairs) < LEAST_PAIRS:
        why = ", ".join(f"{count} {reason}" for reason, count in refused.most_common())
        left_out = f" (left out: {why})" if why else ""
        raise InputError(
            f"{len(pairs)} pairs are too few for a dataset, {LEAST_PAIRS} are needed{left_out}",
            remedy=f"collect more comparisons of people who agree to training, of at least {round(1 / LARGEST_SHARE)}",
        )
    clusters = prompt_clusters([pair.prompt for pair in pairs])
    rows = _rows(pairs, clusters, made)
    latents = {key: stored.latents.half() for key, stored in made.items()}
    name = f"preferences-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return write_dataset(
        collector.config, name, rows, latents, profile=profile.name, revision=profile.revision or "",
        source=f"preferences and decisions of {start} … {end}, last word of each rater", refused=dict(refused),
    )  # fmt: skip


def capped(pairs: Sequence[_Pair], refused: Counter[str]) -> list[_Pair]:
    """As many pairs as can be kept so that no rater gives more than `LARGEST_SHARE` of them; the newest go first."""
    kept = list(pairs)
    while kept:
        most = max(1, int(LARGEST_SHARE * len(kept)))
        counts: Counter[str] = Counter()
        fewer = []
        for pair in kept:
            counts[pair.rater] += 1
            if counts[pair.rater] <= most:
                fewer.append(pair)
        if len(fewer) == len(kept):
            break
        refused["of a rater who gave more than 5 %"] += len(kept) - len(fewer)
        kept = fewer
    if kept and 1 / len(kept) > LARGEST_SHARE:
        refused["of too few raters"] += len(kept)
        return []
    return kept


def prompt_clusters(prompts: Sequence[str]) -> list[int]:
    """Numbers of clusters; paraphrases share one, so that none of them is both trained on and held out."""
    from sklearn.cluster import AgglomerativeClustering

    from videogen.fact_check.knowledge.embeddings import embed

    distinct = sorted(set(prompts))
    if len(distinct) == 1:
        return [0] * len(prompts)
    found = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1.0 - _SAME_PROMPT, metric="cosine", linkage="average"
    ).fit_predict(embed(distinct))
    number = dict(zip(distinct, map(int, found), strict=True))
    return [number[prompt] for prompt in prompts]


def _pairs(
    collector: FeedbackCollector, counted: pd.DataFrame, categories: Sequence[str] | None, refused: Counter[str]
) -> list[_Pair]:
    if not len(counted):
        return []
    taken_down = set(map(str, collector.store.warehouse.query(_REFUSED)["video_id"]))
    chosen = counted[counted["topic"] == "preference"]
    if categories:
        spoken_of = counted[counted["category"].isin(list(categories))]
        chosen = chosen[chosen["video_id"].isin(spoken_of["video_id"])]
    found = []
    for row in chosen.to_dict("records"):
        if float(row["value"]) == 0.5:
            refused["ties"] += 1
            continue
        if row["purposes"] != "analysis+training":
            refused["without consent to training"] += 1
            continue
        winner = str(row["video_id"]), int(row["attempt"])
        loser = str(row["other_video_id"]), int(row["other_attempt"])
        if {winner[0], loser[0]} & taken_down:
            refused["of refused or withdrawn videos"] += 1
            continue
        request, other = collector.requests.get(winner[0]), collector.requests.get(loser[0])
        if request.plain_prompt != other.plain_prompt:
            refused["of different prompts"] += 1
            continue
        found.append(_Pair(str(row["event_id"]), request.plain_prompt, winner, loser, 1.0, str(row["rater"])))
    return found


def _load(collector: FeedbackCollector, pair: _Pair, made: dict[str, VideoLatents]) -> None:
    """Read the latents of both videos; what was cleaned up is left out of `made`."""
    artifacts = ArtifactStore(collector.config.location(collector.config.paths.store))
    for video_id, attempt in (pair.winner, pair.loser):
        key = _key((video_id, attempt))
        if key not in made:
            with suppress(ArtifactError):
                holder = collector.requests.holder(video_id, attempt, "video_latents")
                made[key] = artifacts.load(video_id, holder, "video_latents", VideoLatents)


def _comparable(pair: _Pair, made: Mapping[str, VideoLatents], profile: str, refused: Counter[str]) -> bool:
    """Whether both videos are there, of the model that will learn, and of one seed.

    Two seeds are two plans of what moves where: a model that is told one of them would learn that the other video
    is wrong.
    """
    both = [made[key] for key in map(_key, (pair.winner, pair.loser)) if key in made]
    if len(both) < 2:
        refused["whose latents were cleaned up"] += 1
    elif {one.profile for one in both} != {profile}:
        refused["made with another model"] += 1
    elif both[0].seed != both[1].seed:
        refused["of different seeds"] += 1
    else:
        return True
    return False


def _rows(pairs: Sequence[_Pair], clusters: Sequence[int], made: Mapping[str, VideoLatents]) -> pd.DataFrame:
    import pandas as pd

    # By a prompt of the cluster, so that it stays on its side when the dataset grows.
    names = {
        cluster: min(p.prompt for p, c in zip(pairs, clusters, strict=True) if c == cluster)
        for cluster in set(clusters)
    }
    drawn = {c: int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 for c, name in names.items()}
    records = [
        (p.event_id, p.prompt, made[_key(p.winner)].seed, _key(p.winner), _key(p.loser), p.margin, p.rater, 1.0,
         "held-out" if drawn[c] < _HELD_OUT else "train")
        for p, c in zip(pairs, clusters, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(records, columns=list(COLUMNS))


def _key(attempt: tuple[str, int]) -> str:
    return f"{attempt[0]}.{attempt[1]}"


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InputError(f"{value!r} is not a day", remedy="write 2026-11-30") from error
