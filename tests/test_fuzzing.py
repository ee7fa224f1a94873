"""What `make fuzz` counts, and what it calls a failure."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz_rounds import bounded
from tests.fuzzing import DOORS, Tally, files


def test_every_door_has_a_fuzz_test_and_every_fuzz_test_a_door() -> None:
    named = {
        door
        for path in files()
        for door in re.findall(r'mark\.fuzz\("(\w+)"\)', Path(path).read_text(encoding="utf-8"))
    }
    marked = [path for path in Path(__file__).parent.rglob("*.py") if "pytest.mark.fuzz\n" in path.read_text("utf-8")]
    assert named == set(DOORS)
    assert marked == []


def test_a_busy_machine_fails_no_example() -> None:
    # Longer than what hypothesis allows an example by itself.
    @settings(max_examples=1)
    @given(st.none())
    def slow(_: None) -> None:
        time.sleep(0.3)

    slow()


def test_an_input_that_never_ends_is_a_failure_that_nothing_swallows() -> None:
    def swallowing() -> None:
        while True:
            try:
                time.process_time()
            except Exception:
                continue

    with pytest.raises(pytest.fail.Exception, match="processor time"), bounded(0.05):
        swallowing()
    with bounded(0.05):
        pass


def record(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "round.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_a_round_over_all_doors_without_a_failure_is_a_success(tmp_path: Path) -> None:
    tally = Tally()
    for _ in range(2):
        tally.add(
            record(tmp_path, *({"door": door, "test": f"t-{door}", "inputs": 500, "seconds": 2.5} for door in DOORS)), 0
        )
    assert tally.code() == 0
    assert tally.lines(3.0)[0] == "fuzz: 2 whole rounds in 3.0 minutes of processor time"
    assert "  requests          1,000 inputs      5.0 s" in tally.lines(3.0)
    assert tally.lines(3.0)[-1] == "  nothing escaped"


@pytest.mark.parametrize(
    ("row", "code", "word"),
    [
        ({"inputs": 3, "failure": "OverflowError: x"}, 1, "ESCAPED t-cap: OverflowError: x"),
        ({}, -11, "ESCAPED t-cap: the process ended with -11"),
        ({"inputs": 3}, 1, "ESCAPED t-cap: the process ended with 1"),
    ],
)
def test_what_escapes_and_what_kills_the_process_is_named(
    tmp_path: Path, row: dict[str, object], code: int, word: str
) -> None:
    tally = Tally()
    tally.add(record(tmp_path, {"door": "cap", "test": "t-cap"}, {"door": "cap", "test": "t-cap"} | row), code)
    assert any(word in line for line in tally.lines(1.0))
    assert tally.code() == 1


def test_a_door_that_was_not_tried_is_no_success(tmp_path: Path) -> None:
    tally = Tally()
    tally.add(record(tmp_path, *({"door": door, "test": "t", "inputs": 5} for door in DOORS[1:])), 0)
    assert tally.code() == 1
