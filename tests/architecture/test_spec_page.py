"""docs/spec.md names files that are there, and every method of the architecture."""

from __future__ import annotations

import re

from tests.architecture.methods import METHODS
from tests.architecture.test_all_methods import ELSEWHERE
from videogen.config.config import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
_FOLDERS = (
    "videogen|videogen_dagster|assets|resources|sensors|tests|templates|models|benchmarks|training|dagster_home|config"
)


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(rf"`((?:{_FOLDERS})/[\w/.-]*)`", PAGE))
    assert len(named) > 100
    assert [name for name in sorted(named) if not (PROJECT_ROOT / name).exists()] == []


def test_the_page_has_a_line_for_every_method() -> None:
    lines = {line.split("|")[1].strip().partition("(")[0] for line in PAGE.splitlines() if line.startswith("| ")}
    wanted = {f"{owner}.{name}" for owner, names in METHODS.items() if owner not in ELSEWHERE for name in names}
    missing = {one for one in wanted - lines if not one.startswith("VideoGenerator.")}
    assert missing == set()
