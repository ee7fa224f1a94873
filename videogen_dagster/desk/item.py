"""One line of the desk's lists: a video or a briefing, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

Kind = Literal["video", "briefing"]
State = Literal[
    "draft", "waiting", "running", "failed", "cancelled", "to check", "changes requested", "held", "approved",
    "published", "withdrawn", "damaged", "part",
]  # fmt: skip
STATES: Final[tuple[State, ...]] = (
    "draft", "waiting", "running", "failed", "to check", "changes requested", "held", "approved", "published",
    "withdrawn", "cancelled", "damaged", "part",
)  # fmt: skip
"""In the order of a video's life. "part": a clip that belongs to a briefing, and is judged with it."""
OPEN: Final[frozenset[State]] = frozenset(
    ("draft", "waiting", "running", "failed", "to check", "changes requested", "held", "approved", "damaged")
)
"""States in which somebody still has to do something."""


@dataclass(frozen=True)
class Item:
    """What the lists show of a video or briefing.

    version: the latest attempt or revision; 0: there is none. by: who asked for it, or edited it last. note: why it
    stands where it stands, in a few words. words: all that is said and shown, for the search. closed: gates that do
    not hold. released: the version that is published now; 0: none. embargo: ISO 8601, UTC; "": none.
    """

    id: str
    kind: Kind
    title: str
    state: State
    version: int
    by: str
    created: str
    changed: str
    languages: str = ""
    note: str = ""
    closed: int = 0
    released: int = 0
    embargo: str = ""
    has_picture: int = 0
    words: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN


COLUMNS: Final = tuple(field.name for field in fields(Item) if field.name != "words")
