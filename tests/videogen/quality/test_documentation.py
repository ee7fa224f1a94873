"""What the documentation says about limits is what the code uses."""

from __future__ import annotations

import re

from videogen.config.config import PROJECT_ROOT
from videogen.quality.thresholds import LEVELS


def test_the_limits_in_the_documentation_are_those_of_the_code() -> None:
    text = (PROJECT_ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([≥≤]) ([0-9.]+) \|$", text, re.MULTILINE)
    signs = {"at least": "≥", "at most": "≤"}
    assert {name: (sign, float(limit)) for name, sign, limit in rows} == {
        name: (signs[levels.direction], levels.threshold) for name, levels in LEVELS.items()
    }
