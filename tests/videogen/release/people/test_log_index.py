"""Looking at one item reads the lines about it, whatever else the log holds and however it is changed meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from videogen.errors import ArtifactError
from videogen.release.people.log import DecisionLog, LogLine


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    made = DecisionLog(tmp_path)
    made.append("key_added", by="root", about="ben", details={"fingerprint": "f" * 64})
    for number in range(50):
        made.append("decision", by="ben", about=f"video-{number % 10}", details={"sequence": number // 10 + 1})
    return made


def told(log: DecisionLog, subject: str) -> list[int]:
    return [line.details["sequence"] for line in log.lines_on(subject) if line.event == "decision"]


def test_only_lines_about_the_subject_and_keys_are_parsed(log: DecisionLog) -> None:
    with patch.object(LogLine, "model_validate_json", wraps=LogLine.model_validate_json) as parse:
        found = log.lines_on("video-3")
    assert [line.about for line in found] == ["ben", *["video-3"] * 5]
    assert parse.call_count == 6


def test_lines_that_another_process_adds_are_seen_at_once(log: DecisionLog, tmp_path: Path) -> None:
    assert told(log, "video-3") == [1, 2, 3, 4, 5]
    DecisionLog(tmp_path).append("decision", by="ben", about="video-3", details={"sequence": 6})
    assert told(log, "video-3") == [1, 2, 3, 4, 5, 6]


def test_a_line_that_is_not_finished_does_not_count_until_it_is(log: DecisionLog) -> None:
    told(log, "video-3")
    last = log.path.read_bytes().splitlines(keepends=True)[-1]
    half, rest = last[:40], last[40:]
    with log.path.open("ab") as file:
        file.write(half)
        file.flush()
        assert told(log, "video-9") == [1, 2, 3, 4, 5]
        file.write(rest)
    assert told(log, "video-9") == [1, 2, 3, 4, 5, 5]


@pytest.mark.parametrize("tail", ["", '{"about":"video-3"}\n' * 90])
def test_a_file_that_was_rewritten_is_read_anew_also_where_it_is_longer(log: DecisionLog, tail: str) -> None:
    told(log, "video-3")
    lines = log.path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["about"] != "video-3"]
    log.path.write_text("".join(kept) + tail)
    if tail:
        with pytest.raises(ArtifactError, match="cannot be read"):
            log.lines_on("video-3")
    else:
        assert told(log, "video-3") == []
    assert told(log, "video-4") == [1, 2, 3, 4, 5]


def test_a_file_that_was_replaced_by_another_one_of_the_same_size_is_read_anew(log: DecisionLog) -> None:
    told(log, "video-3")
    other = log.path.with_suffix(".new")
    other.write_bytes(log.path.read_bytes().replace(b"video-3", b"video-7"))
    other.replace(log.path)
    assert told(log, "video-3") == []


def test_a_line_in_another_order_still_counts(log: DecisionLog) -> None:
    told(log, "video-3")
    line = json.loads(log.path.read_text().splitlines()[4])
    with log.path.open("a") as file:
        file.write(json.dumps(dict(reversed(line.items()))) + "\n")
    assert told(log, line["about"])[-1] == line["details"]["sequence"]


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert DecisionLog(tmp_path / "nowhere").lines_on("video-1") == []
