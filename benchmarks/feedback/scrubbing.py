"""What the scrubber finds in comments with personal data, and what it takes from comments without.

    python -m benchmarks.feedback.scrubbing

A comment with personal data counts as found if no word of four letters or digits of it survives. Writes
``benchmarks/results/feedback_scrubbing.json``.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from benchmarks.feedback.comments import CLEAN_SEEN, CLEAN_UNSEEN, SEEN, UNSEEN, Comment, with_personal_data, without
from benchmarks.machine import RESULTS, description
from videogen.feedback.privacy.scrubbing import scrub

FILLS, CLEAN_FILLS = 8, 12
_WORD = re.compile(r"[^\W_]+")
_SHARED = frozenset(("example", "mail", "posteo", "pressdesk", "newsroom"))


def main() -> None:
    """Entry point."""
    halves = {
        "seen": (with_personal_data(SEEN, FILLS, 1), without(CLEAN_SEEN, CLEAN_FILLS, 2)),
        "unseen": (with_personal_data(UNSEEN, FILLS, 3), without(CLEAN_UNSEEN, CLEAN_FILLS, 4)),
    }
    found: dict[str, Any] = {}
    started, count = time.perf_counter(), 0
    for half, (personal, clean) in halves.items():
        missed = [one.text for one in personal if survives(one)]
        taken = [one.text for one in clean if scrub(one.text) != one.text]
        count += len(personal) + len(clean)
        found[half] = {
            "comments with personal data": len(personal),
            "recall": round(1 - len(missed) / len(personal), 4),
            "clean comments": len(clean),
            "false removals": round(len(taken) / len(clean), 4),
            "missed": missed[:20],
            "taken from clean ones": taken[:20],
        }
    found["milliseconds a comment"] = round(1000 * (time.perf_counter() - started) / count / 2, 2)
    found["machine"] = description()
    (RESULTS / "feedback_scrubbing.json").write_text(
        json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(json.dumps(found, ensure_ascii=False, indent=1))


def survives(comment: Comment) -> bool:
    """Whether a word of what was to go is still there."""
    left = set(_WORD.findall(scrub(comment.text).casefold()))
    words = {word for word in _WORD.findall(comment.secret.casefold()) if len(word) >= 4} - _SHARED
    return bool(words & left)


if __name__ == "__main__":
    main()
