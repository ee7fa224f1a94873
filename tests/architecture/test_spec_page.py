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


def test_the_page_counts_its_lines() -> None:
    marks = re.findall(r"^\| (?!line|---)[^|]+\| ([✓~–]) \|", PAGE, flags=re.MULTILINE)
    counted = f"Of {len(marks)} lines {marks.count('✓')} are built, {marks.count('~')} in part or only by a setting, "
    assert f"{counted}{marks.count('–')} not." in PAGE
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| line", "| ---"))]
    assert len(rows) == len(marks), "a line without a mark"


def test_a_line_that_is_not_wholly_built_says_why() -> None:
    open_lines = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| [^|]+ \| [~–] \|", line)]
    assert [line[1].strip() for line in open_lines if len(line[4].strip()) < 8] == []


def test_the_page_has_a_line_for_every_method() -> None:
    lines = {line.split("|")[1].strip().partition("(")[0] for line in PAGE.splitlines() if line.startswith("| ")}
    wanted = {f"{owner}.{name}" for owner, names in METHODS.items() if owner not in ELSEWHERE for name in names}
    missing = {one for one in wanted - lines if not one.startswith("VideoGenerator.")}
    assert missing == set()
