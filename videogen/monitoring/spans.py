"""What a span of a trace is made from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SpanFacts:
    """One span. key: names it within its run. parent: key of the span that it is part of; None: it is the run's."""

    run_id: str
    key: str
    name: str
    begun: float
    ended: float
    parent: str | None = "run"
    failed: bool = False
    attributes: dict[str, str | int | float] = field(default_factory=dict)
