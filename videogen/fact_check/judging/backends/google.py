"""Google Fact Check Tools: what fact checkers have published about a claim (claims:search, v1alpha1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from videogen.config.groups.all import FactCheckSettings
from videogen.errors import ConfigError
from videogen.fact_check.judging.backends.base import PASSAGE_HALF_LIFE, Assessment
from videogen.fact_check.judging.remote import RemoteError, RemoteService
from videogen.fact_check.knowledge.facts import Source
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.knowledge.retrieval import stems
from videogen.fact_check.knowledge.storage import slug
from videogen.fact_check.knowledge.verdict import Evidence
from videogen.fact_check.reading.claim import Claim
from videogen.fact_check.reading.dates import parse_date

# Ratings are free text; these words decide most of them, and the others do not count as evidence.
_FALSE = re.compile(
    r"\b(?:false|fake|incorrect|wrong|misleading|pants on fire|hoax|fabricated|untrue|debunked|four pinocchios)\b|गलत|फर्जी|फ़र्ज़ी|भ्रामक",
    re.I,
)
_TRUE = re.compile(
    r"\b(?:true|correct|accurate|legit|verified)\b|(?<![\u0900-\u0963])(?:सही|सच)(?![\u0900-\u0963])", re.I
)
_MIXED = re.compile(
    r"\b(?:mostly|half|partly|partially|mixture|mixed|needs context|not|un(?:proven|verified)|no evidence)\b", re.I
)
_RELIABILITY = 0.85
# Published reviews are about similar claims: the words must be nearly the same.
_SAME = 0.75


class GoogleFactCheckBackend:
    """Needs a key in the environment. Only reviews of nearly the same claim, with a clear rating, count."""

    def __init__(self, settings: FactCheckSettings) -> None:
        self.name = "google_fact_check"
        self._url = settings.google_url
        self._service = RemoteService(settings)
        if not self._service.key:
            raise ConfigError(
                f"the fact-check backend {settings.backend} needs a key, but {settings.api_key_variable} is not set",
                remedy=f"set the environment variable {settings.api_key_variable}, or choose fact_check.backend embedded",
            )

    def assess(self, claims: Sequence[Claim], knowledge: KnowledgeBase, today: date) -> list[Assessment]:
        """See `Backend.assess`: every failure of the service is an assessment that says so."""
        return [self._assess(claim) for claim in claims]

    def _assess(self, claim: Claim) -> Assessment:
        query = {"query": claim.text[:500], "languageCode": claim.language, "pageSize": "10"}
        try:
            reply = self._service.call("GET", self._url, params=query, headers={"X-Goog-Api-Key": self._service.key})
        except RemoteError as error:
            return Assessment(cause=f"{self.name}: {error}", failed=True)
        if not isinstance(reply, Mapping) or not isinstance(reply.get("claims", []), list):
            return Assessment(cause=f"{self.name}: the answer does not have the documented form", failed=True)
        evidence = [
            item
            for reviewed in reply.get("claims", [])
            if isinstance(reviewed, Mapping) and _alike(claim.text, str(reviewed.get("text", ""))) >= _SAME
            for review in reviewed.get("claimReview", [])
            if isinstance(review, Mapping) and (item := _evidence(reviewed, review)) is not None
        ]
        return Assessment(
            tuple(evidence), "" if evidence else "no fact checker has published a clear rating of this claim"
        )


def _evidence(reviewed: Mapping[str, Any], review: Mapping[str, Any]) -> Evidence | None:
    rating = str(review.get("textualRating", ""))
    stance = rate(rating)
    if stance is None:
        return None
    publisher = review.get("publisher") or {}
    name = str(publisher.get("name") or publisher.get("site") or "unnamed fact checker")
    said = str(review.get("reviewDate") or reviewed.get("claimDate") or "")
    source = Source(id=slug(name), name=name, url=str(review.get("url", "")), reliability=_RELIABILITY)
    return Evidence.model_validate(
        {
            "stance": stance,
            "strength": 0.95,
            "text": f"{reviewed.get('text', '')} — {rating}",
            "kind": "review",
            "source": source,
            "dated": parse_date(said) if said else None,
            "half_life": PASSAGE_HALF_LIFE,
            "explanation": str(review.get("title", "")),
        }
    )


def rate(rating: str) -> str | None:
    """Return "supports" or "refutes" for a clear textual rating; None for mixed, qualified or unknown ones."""
    if _FALSE.search(rating) and not _TRUE.search(re.sub(_FALSE, "", rating)):
        return None if re.search(r"\b(?:half|partly|partially|mostly)\b", rating, re.I) else "refutes"
    if _TRUE.search(rating) and not _MIXED.search(rating) and not _FALSE.search(rating):
        return "supports"
    return None


def _alike(one: str, other: str) -> float:
    """Dice coefficient of the two texts' stems, 0 to 1."""
    first, second = set(stems(one)), set(stems(other))
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0
