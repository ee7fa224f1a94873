"""What a comment is about: a tag says it, else the nearest of some prototype sentences in MiniLM's space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from videogen.domain.feedback_kinds import TAGS, Category

if TYPE_CHECKING:
    import pandas as pd

LEAST_COSINE = 0.35
_SHARPNESS = 12.0
_BAD = ("rejected", "skip", "re_edit", "withdraw", "retry")
_GOOD = ("approved", "completion", "download", "publish")
PROTOTYPES: dict[Category, tuple[str, ...]] = {
    "picture quality": (
        "The picture is blurry and out of focus.", "The image flickers.", "There are artefacts and noise in the video.",
        "The resolution is too low, it looks pixelated.", "The details are smeared.", "The picture is too dark.",
    ),
    "subject": (
        "The video shows the wrong thing.", "The main subject is missing.", "I asked for a train and got a bus.",
        "Where are the wind turbines?", "There is an object in the picture that does not belong there.",
        "There are two boats instead of one.",
    ),
    "colour": (
        "The colour of the car is wrong.", "It should be red, not blue.", "The colours are too saturated.",
        "The colours look washed out.", "The flag has the wrong colours.",
    ),
    "place and time": (
        "This is not our city.", "It should be at night, not in daylight.", "The landscape is wrong for this region.",
        "The season is wrong, it should be winter.", "It was supposed to be at the coast.",
    ),
    "motion": (
        "The movement is jerky.", "Nothing moves in the video.", "The motion looks unnatural.",
        "The car stutters along the road.", "It moves too fast.",
    ),
    "direction": (
        "It moves in the wrong direction.", "The bus should drive from left to right.", "The train goes backwards.",
        "The camera should move to the right instead of the left.",
    ),
    "captions and label": (
        "There is a typo in the caption.", "The subtitles are too small to read.", "The label covers the picture.",
        "The caption disappears too quickly.", "The text is cut off.",
    ),
    "facts": (
        "The number in the text is wrong.", "This claim is not true.", "The date of the event is incorrect.",
        "The name of the minister is misspelled.", "The statistics are outdated.",
    ),
    "sound": (
        "The sound is missing.", "The voice is too quiet.", "The narration is hard to understand.",
        "The music is too loud.", "The speech does not match the pictures.",
    ),
    "pace": (
        "The video is too long.", "The video is too short.", "It is too slow and boring.", "It ends abruptly.",
        "Cut it down to thirty seconds.",
    ),
    "style": (
        "The style does not fit our channel.", "It looks like a cartoon.", "The look is too cold and artificial.",
        "It should look more like a documentary.", "The design is old-fashioned.",
    ),
    "emergency wording": (
        "The warning does not say what people should do.", "The evacuation instructions are unclear.",
        "The alert is missing the affected area.", "The flood warning uses too many words.",
    ),
    "praise": (
        "Great video, thank you.", "I like it very much.", "This is perfect for our broadcast.", "Beautiful pictures.",
        "Well done, no changes needed.", "Looks good to me.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Categorised:
    """What a piece of feedback is. sign: +1 praise, -1 complaint, 0 neither; confidence: 0 … 1."""

    kind: str
    explicit: bool
    sign: int
    category: Category
    confidence: float


def category_of_tag(tag: str) -> Category:
    """The category that a tag belongs to."""
    return TAGS[tag]


def categories_of(comments: Sequence[str]) -> list[tuple[Category, float]]:
    """Category and confidence of each comment; "other" where no prototype is near.

    Confidence: softmax over the best cosine in each category.

    Raises:
        ModelError: the sentence model is not installed.
    """
    import numpy as np

    if not comments:
        return []
    vectors, owners = _prototypes()
    names = tuple(PROTOTYPES)
    from videogen.fact_check.knowledge.embeddings import embed

    cosines = embed(list(comments)) @ vectors.T
    best = np.stack([cosines[:, owners == number].max(1) for number in range(len(names))], axis=1)
    likely = np.exp(_SHARPNESS * (best - best.max(1, keepdims=True)))
    likely /= likely.sum(1, keepdims=True)
    return [
        (names[int(row.argmax())], float(shares.max()))
        if row.max() >= LEAST_COSINE
        else ("other", float(1 - row.max()))
        for row, shares in zip(best, likely, strict=True)
    ]


def with_categories(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `feedback` with the categories of the comments that have none yet."""
    open_ones = rows["comment"].notna() & (rows["category"] == "other")
    if not open_ones.any():
        return rows
    texts = rows.loc[open_ones, "comment"].astype(str)
    # Many people write the same few words.
    distinct = sorted(texts.unique())
    found = dict(zip(distinct, (category for category, _ in categories_of(distinct)), strict=True))
    changed = rows.copy()
    changed.loc[open_ones, "category"] = texts.map(found)
    return changed


def sign_of(kind: str, value: float | None, category: str = "other") -> int:
    """Whether an event is praise (+1) or a complaint (-1)."""
    if kind == "rating" and value is not None:
        return 1 if value > 0.5 else -1 if value < 0.5 else 0
    if kind == "completion" and value is not None:
        return 1 if value >= 0.9 else -1 if value < 0.25 else 0
    if kind in ("tag", "comment"):
        return 1 if category == "praise" else 0 if category == "other" else -1
    return 1 if kind in _GOOD else -1 if kind in _BAD else 0


@cache
def _prototypes() -> tuple[Any, Any]:
    import numpy as np

    from videogen.fact_check.knowledge.embeddings import embed

    sentences = [sentence for texts in PROTOTYPES.values() for sentence in texts]
    owners = np.repeat(np.arange(len(PROTOTYPES)), [len(texts) for texts in PROTOTYPES.values()])
    return embed(sentences), owners
