"""What is to be done about a closed gate, in commands that can be typed as they stand."""

from __future__ import annotations

import pytest

from videogen.release.approval.missing import missing_for_release
from videogen.release.decision import Gate

CLIP, BRIEFING = "20261130-100000000-tram-01234567", "b-20261130-100000000-wells-01234567"


@pytest.mark.parametrize(("gate", "command"), [("facts", "--from fact_check_report"), ("quality", "")])
def test_a_clip_is_tried_again_under_its_own_id(gate: str, command: str) -> None:
    (missing,) = missing_for_release(CLIP, [Gate(name=gate, state="failed", found="not enough")])
    assert f"`videogen retry {CLIP} {command}".rstrip() in missing.remedy
    assert "{" not in missing.remedy


def test_a_briefing_has_no_command_of_clips() -> None:
    (missing,) = missing_for_release(BRIEFING, [Gate(name="facts", state="failed", found="not enough")])
    assert "videogen retry" not in missing.remedy
