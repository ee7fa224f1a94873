"""What the review page shows of a video or briefing, whatever made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERDICTS: Final[dict[str, tuple[str, str]]] = {
    "supported": ("good", "supported by evidence"),
    "attested": ("good", "stands in the issuer's text"),
    "refuted": ("bad", "contradicted by evidence"),
    "conflicting": ("bad", "sources disagree"),
    "not_enough_evidence": ("open", "no evidence found"),
    "unchecked_language": ("open", "in a language that is not checked"),
    "nothing_to_check": ("plain", "nothing to check"),
}
"""Outcome → how grave it is, and in words."""


@dataclass(frozen=True)
class Source:
    """One piece of evidence. stance: supports or refutes."""

    stance: str
    text: str
    name: str
    dated: str = ""


@dataclass(frozen=True)
class Claim:
    """A stretch of the text that was checked. second: when it is said; None: it is not said, or nobody knows when."""

    number: int
    text: str
    outcome: str
    reason: str
    second: float | None = None
    where: str = ""
    evidence: tuple[Source, ...] = ()

    @property
    def grave(self) -> str:
        """good, open, bad or plain."""
        return VERDICTS.get(self.outcome, ("open", ""))[0]

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        return VERDICTS.get(self.outcome, ("open", self.outcome.replace("_", " ")))[1]


@dataclass(frozen=True)
class Piece:
    """A stretch of text; claim: what was checked there."""

    text: str
    claim: Claim | None = None


@dataclass(frozen=True)
class Medium:
    """One file that can be played. key: names it in addresses; file, captions, poster: names for `/media`."""

    key: str
    language: str
    format: str
    file: str
    captions: str
    fps: float
    seconds: float
    width: int
    height: int
    poster: str = ""

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return max(1, round(self.fps * self.seconds))


@dataclass(frozen=True)
class Version:
    """A revision of a briefing or an attempt at a video. at: ISO 8601."""

    number: int
    at: str
    by: str
    why: str


@dataclass(frozen=True)
class Finding:
    """One thing that was measured. passed: None: it does not count."""

    name: str
    where: str
    passed: bool | None
    found: str


@dataclass(frozen=True)
class Reviewed:
    """A version as it is reviewed. notes: what people should know; texts: language → the text with its claims."""

    id: str
    kind: str
    title: str
    version: int
    versions: tuple[Version, ...]
    media: tuple[Medium, ...]
    texts: dict[str, tuple[Piece, ...]]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_latest(self) -> bool:
        """Whether nothing newer exists."""
        return not self.versions or self.version == self.versions[-1].number

    def medium(self, key: str) -> Medium | None:
        """The file of that key; the first one where there is none of that key."""
        return next((medium for medium in self.media if medium.key == key), self.media[0] if self.media else None)

    @property
    def claims(self) -> list[Claim]:
        """All claims of all languages."""
        return [piece.claim for pieces in self.texts.values() for piece in pieces if piece.claim is not None]


def pieces_of(text: str, marks: list[tuple[int, int, Claim]]) -> tuple[Piece, ...]:
    """The text cut at the claims: what stands first wins where two overlap.

    Args:
        text: what was checked.
        marks: first character, the one after the last, and the claim.
    """
    pieces: list[Piece] = []
    reached = 0
    for start, end, claim in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
        if start < reached or not start < end <= len(text):
            continue
        if start > reached:
            pieces.append(Piece(text[reached:start]))
        pieces.append(Piece(text[start:end], claim))
        reached = end
    if reached < len(text):
        pieces.append(Piece(text[reached:]))
    return tuple(pieces)
