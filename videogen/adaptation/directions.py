"""Directions in people's words, and the caption's words for them.

A model that learned "moving to the left" reads "coming from the right" by its last word. The rules here know which end
of a movement a preposition names. They leave alone what is not a direction: "right now", "left the harbour".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIDE = (
    r"(?P<side>left|right)(?:[- ]hand)?(?:[- ](?:side|edge|border|end))?"
    r"(?:\s+of\s+the\s+(?:picture|frame|image|screen|scene))?"
)
_TO = r"(?:to|towards?|for|at|on|off\s+to|in)"
_GO = (
    r"(?:headed|heading|heads|bound|bounds|going|goes|go|driv\w+|sail\w+|fl(?:y|ies|ying)|mov\w+|walk\w+|run\w*|rush\w*"
    r"|rac\w+|speed\w*|drift\w*|float\w*|march\w*|travel\w*|turn\w*|leav\w+|exit\w*|mak\w+\s+(?:its|their|his|her)\s+way"
    r"|disappear\w*|vanish\w*|cross\w*|pass\w*|roll\w*|glid\w*|steer\w*)"
)
_COME = r"(?:com(?:e|es|ing)|enter\w*|arriv\w*|appear\w*|approach\w*)"
_END = r"(?![\w'-])"


@dataclass(frozen=True)
class _Rule:
    """pattern: what people write. away: the side that it names is where the movement begins."""

    pattern: re.Pattern[str]
    away: bool = False


def _rule(pattern: str, *, away: bool = False) -> _Rule:
    return _Rule(re.compile(rf"(?<![\w'-]){pattern}{_END}", re.IGNORECASE), away)


_SIDEWAYS = (
    _rule(rf"(?:{_GO}\s+)?(?:from\s+)?(?:the\s+)?(?:left|right)\s+to\s+(?:the\s+)?(?P<side>left|right)"),
    _rule(
        rf"{_COME}\s+(?:in\s+)?(?:on|at|from)\s+the\s+(?:left|right)\S*\s+(?:and\s+)?{_GO}\s+(?:on|at|to|off\s+to)\s+the\s+{_SIDE}"
    ),
    _rule(rf"{_COME}\s+(?:in\s+)?(?:on|at|from)\s+(?:the\s+)?{_SIDE}", away=True),
    _rule(rf"(?:{_GO}\s+)?from\s+the\s+{_SIDE}", away=True),
    _rule(rf"{_GO}\s+(?:off\s+|out\s+)?(?:{_TO}\s+)?(?:the\s+)?{_SIDE}(?:\s+direction)?(?:\s+and\s+{_GO}\s+on)?"),
    _rule(rf"(?:{_GO}\s+)?(?P<side>left|right)wards?"),
)
_UPRIGHT = {
    "rising": (
        r"soar\w*\s+(?:sky|up)wards?",
        r"soar\w*(?:\s+into\s+the\s+sky)?",
        r"lift\w*\s+off(?:\s+the\s+ground)?",
        r"tak\w+\s+off",
        r"on\s+(?:its|their|the)\s+way\s+up(?:wards?)?",
        r"gain\w*\s+(?:height|altitude)",
        r"go\w*\s+higher(?:\s+and\s+higher)?",
        r"(?:keeps?\s+|is\s+)?climb(?:s|ing)?(?:\s+(?:above|over)\s+the\s+horizon|\s+higher)?",
        r"(?:\w+ing\s+)?(?:sky|up)wards?",
        r"swell(?:s|ing)?",
        r"emerg(?:es|ing)\s+(?:over|above|behind|from)\s+the\s+(?:sea|horizon|hills?|mountains?|water)",
    ),
    "falling": (
        r"drop\w*\s+(?:to|towards?)\s+the\s+(?:ground|earth)",
        r"(?:com\w+\s+in\s+to\s+land|land(?:s|ing)|touch\w*\s+down)",
        r"on\s+(?:its|their|the)\s+way\s+down(?:wards?)?",
        r"los\w+\s+(?:height|altitude)",
        r"go\w*\s+lower(?:\s+and\s+lower)?",
        r"sink(?:s|ing)\s+(?:below|behind|under)\s+the\s+(?:horizon|hills?|mountains?|sea)",
        r"disappear\w*\s+(?:below|behind|under)\s+the\s+(?:horizon|hills?|mountains?|sea)",
        r"(?:ebb|subsid|reced|drain)\w*(?:\s+away)?",
        r"(?:\w+ing\s+)?downwards?",
    ),
}
_RULES_UPRIGHT = tuple((way, _rule(pattern)) for way, patterns in _UPRIGHT.items() for pattern in patterns)
_OTHER = {"left": "right", "right": "left"}
UPRIGHT_SUBJECTS = frozenset({"balloon", "sun", "flood"})
"""Subjects that rise and fall in captions; "taking off" says nothing to a model whose planes fly level."""


@dataclass(frozen=True)
class Found:
    """A direction in a text: "left", "right", "rising" or "falling", and the characters that say it."""

    direction: str
    start: int
    end: int

    @property
    def caption(self) -> str:
        """The words that captions use for it."""
        return f"moving to the {self.direction}" if self.direction in _OTHER else self.direction


def find_direction(text: str, *, upright: bool) -> Found | None:
    """The first direction that `text` names; None if there is none.

    Args:
        upright: whether the subject is one that rises and falls, see `UPRIGHT_SUBJECTS`.
    """
    for rule in _SIDEWAYS:
        if match := rule.pattern.search(text):
            side = match["side"].lower()
            return Found(_OTHER[side] if rule.away else side, match.start(), match.end())
    if upright:
        found = [
            Found(way, match.start(), match.end())
            for way, rule in _RULES_UPRIGHT
            if (match := rule.pattern.search(text))
        ]
        return min(found, key=lambda one: (one.start, -one.end), default=None)
    return None
