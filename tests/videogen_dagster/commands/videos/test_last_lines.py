"""The last lines of `videogen generate`: what the checks found, and which command comes next, with the video's own id."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release_helpers import facts, quality
from videogen.quality.reporting.report import CheckResult
from videogen_dagster.commands.videos.generate import what_was_found
from videogen_dagster.result import GenerationResult

NOT_DRAWABLE = CheckResult(
    name="prompt_can_be_drawn", title="Prompt", passed=False, found="it does not know: helicopter"
)
ID = "20261130-044741123-red-bus-273c0a1b"


def lines(passed: bool, publishable: bool, checks: tuple[CheckResult, ...] = ()) -> list[str]:
    report = quality(passed)
    report = report.model_copy(update={"checks": (*report.checks, *checks)})
    result = GenerationResult(
        video_id=ID, path=Path("bus.mp4"), captions=None, attempt=2, attempts=(1, 2), seed=7, quality=report,
        fact_check=facts(publishable), timings={}, run_ids=(), target_reached=passed,
    )  # fmt: skip
    return what_was_found(result)


def test_a_good_video_is_to_be_looked_at_and_then_published() -> None:
    first, *_, last = lines(passed=True, publishable=True)
    assert first == f"video {ID}: attempt 2, the best of 2, seed 7"
    assert last == f"next: look at it (videogen open {ID}), then: videogen publish {ID}"


def test_a_text_without_evidence_is_not_sent_to_a_gate_that_is_closed() -> None:
    told = lines(passed=True, publishable=False)
    assert f"`videogen retry {ID} --from fact_check_report`" in told[-2]
    assert told[-1].endswith(f"and once the facts permit it: videogen publish {ID}")


def test_a_video_below_its_targets_can_be_tried_again_or_answered_for() -> None:
    told = lines(passed=False, publishable=True)
    assert f"another try: videogen retry {ID} --set seed=NUMBER" in told
    assert told[-1].endswith(f"videogen publish {ID} --override --operator NAME --why REASON")


def test_a_prompt_that_the_model_cannot_draw_is_not_sent_to_be_tried_again() -> None:
    told = "\n".join(lines(passed=False, publishable=True, checks=(NOT_DRAWABLE,)))
    assert "another try" not in told
    assert "another prompt: `videogen explain" in told


@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("publishable", [True, False])
def test_no_line_leaves_the_id_to_the_reader(passed: bool, publishable: bool) -> None:
    for line in lines(passed, publishable):
        assert " ID" not in line
