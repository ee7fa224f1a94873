"""The fact check of a request: of sentences as a viewer reads them, over the breaks of lines and cues."""

from __future__ import annotations

import time
from collections.abc import Sequence

from videogen.domain.viewer_text import Line, ViewerText
from videogen.fact_check.checker import FactChecker
from videogen.fact_check.knowledge.verdict import ClaimVerdict
from videogen.fact_check.reading.claim import Claim
from videogen.fact_check.report import FactCheckReport
from videogen.storage.inputs.source_files import SourceText

_WRONG = ("refuted", "conflicting")
# What `worth.judge` says of words that are no sentence by themselves.
_FRAGMENTS = ("describes or names something, without asserting it", "too short to assert anything")


def check_viewer_text(checker: FactChecker, viewer: ViewerText, sources: Sequence[SourceText] = ()) -> FactCheckReport:
    """Check all that `viewer` says; `ViewerText.place` leads from a claim's offsets back to the request.

    Where nothing tells whether a sentence goes on over a break, the joined reading counts if it is wrong, or if each of
    its lines is a fragment: a headline above a sentence does not make that sentence unproven.

    Args:
        sources: texts of the issuer that were handed in with the request.

    Raises:
        InputError: the text is longer than a checker takes.
    """
    started = time.perf_counter()
    claims = checker.extract_claims(viewer.text, sources)
    sure = [claim for claim in claims if claim.start < viewer.certain]
    joined = [claim for claim in claims if claim.start >= viewer.certain and claim.check_worthy]
    verdicts = checker.verify_claims([claim for claim in sure if claim.check_worthy], sources)
    whole = {line for claim in sure if claim.reason not in _FRAGMENTS for line in _lines(viewer, claim)}
    kept = _telling(checker.verify_claims(joined, sources), viewer, whole)
    shown = max([viewer.certain, *(_paragraph_end(viewer, verdict.claim) for verdict in kept)])
    return checker.generate_report(
        [*verdicts, *kept],
        text=viewer.text[:shown],
        claims=[*sure, *(verdict.claim for verdict in kept)],
        sources=sources,
        seconds=time.perf_counter() - started,
    )


def place_of(viewer: ViewerText, claim: Claim) -> str:
    """Where in the request a claim stands, such as "caption 1, caption 2"; "" if it is of another text."""
    is_there = viewer.text[claim.start : claim.end] == claim.source_text
    return viewer.place(claim.start, claim.end) if is_there else ""


def _telling(joined: list[ClaimVerdict], viewer: ViewerText, whole: set[Line]) -> list[ClaimVerdict]:
    """The verdicts on joined readings that count, without longer readings that only repeat a shorter one."""
    kept: list[tuple[ClaimVerdict, set[Line]]] = []
    for verdict in joined:
        lines = _lines(viewer, verdict.claim)
        counts = len(lines) > 1 and (verdict.outcome in _WRONG or not lines & whole)
        repeats = any(verdict.outcome == other.outcome and shorter <= lines for other, shorter in kept)
        if counts and not repeats:
            kept.append((verdict, lines))
    return [verdict for verdict, _ in kept]


def _lines(viewer: ViewerText, claim: Claim) -> set[Line]:
    return set(viewer.lines(claim.start, claim.end))


def _paragraph_end(viewer: ViewerText, claim: Claim) -> int:
    end = viewer.text.find("\n\n", claim.end)
    return len(viewer.text) if end < 0 else end
