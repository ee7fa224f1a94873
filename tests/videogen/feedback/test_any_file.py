"""Files of feedback that anybody drops into the inbox: each is taken or refused by itself, with the reason."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.errors import InputError
from videogen.feedback import FeedbackIntegration
from videogen.feedback.events import Submission
from videogen.feedback.files import SUFFIXES, parse_submissions
from videogen.feedback.inbox import take_feedback_files
from videogen.intake.look import ACCEPTED, REJECTED

FIELDS = [*Submission.model_fields, "nobody", "__class__"]
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30),
    st.sampled_from(["9" * 5000, "2001-99-99", "1e999", "NaN", "\0", "../x", "rating", "tag:blurry", "2026-01-01T00:00:00Z"]),
)  # fmt: skip
ROWS = st.lists(
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(LEAF, st.lists(LEAF, max_size=3)), max_size=6), max_size=4
)
CELLS = st.lists(
    st.lists(st.sampled_from([*FIELDS, '"', "a,b", "\n", "\0", "true", "5", "; ;", "é"]), max_size=6), max_size=5
)


@pytest.mark.fuzz("feedback")
@settings(max_examples=examples(150), deadline=None)
@given(suffix=st.sampled_from(SUFFIXES), raw=st.binary(max_size=200), rows=ROWS, cells=CELLS, kind=st.integers(0, 3))
def test_any_file_of_feedback_is_read_or_refused(suffix: str, raw: bytes, rows: list, cells: list, kind: int) -> None:
    lines = [json.dumps(row) for row in rows]
    content = (
        raw,
        json.dumps(rows).encode(),
        "\n".join(lines).encode() + raw,
        "\n".join(",".join(row) for row in [["video_id", *FIELDS[:3]], *cells]).encode("utf-8", "replace"),
    )[kind]
    try:
        found = parse_submissions(f"a{suffix}", content)
    except InputError:
        return
    assert all(isinstance(one, Submission) for one in found)


def test_one_good_file_is_taken_among_everything_else(
    tmp_path: Path, feedback: FeedbackIntegration, video: Callable[..., str]
) -> None:
    inbox = tmp_path / "feedback"
    inbox.mkdir()
    good = json.dumps({"video_id": video(), "rating": 4})
    bad = {
        "deep.json": "[" * 100_000,
        "digits.json": '{"video_id": "a", "rating": ' + "9" * 6000 + "}",
        "twice.json": '{"video_id": "a", "video_id": "b"}',
        "nan.json": '{"video_id": "a", "completion": NaN}',
        "empty.csv": "",
        "header.csv": "video_id,rating,rating\n",
        "quotes.csv": 'video_id,comment\na,"' + "x" * 200_000,
        "cells.csv": "video_id\n" + ",".join("a" * 5000),
        "surrogate.jsonl": '{"video_id": "\\ud800"}\n',
        "unknown.exe": good,
        "x" * 240 + ".json": "{}",
        "nul.jsonl": "\0" * 1000,
    }
    for name, text in bad.items():
        (inbox / name).write_text(text, encoding="utf-8")
    (inbox / "a good one.json").write_text(good, encoding="utf-8")
    (inbox / "half.json.part").write_text(good, encoding="utf-8")
    (tmp_path / "outside.json").write_text(good, encoding="utf-8")
    (inbox / "link.json").symlink_to(tmp_path / "outside.json")
    (inbox / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(inbox / "pipe.json")
    (inbox / "folder.json").mkdir()
    taken = take_feedback_files(inbox, feedback.collector, settle=0)
    assert [name for name, _ in taken.accepted] == ["a good one.json"]
    assert not taken.waiting
    assert {name for name, _ in taken.rejected} == {*bad, "link.json", "zero.json", "pipe.json"}
    assert sorted(path.name for path in inbox.iterdir()) == sorted(
        [ACCEPTED, REJECTED, "half.json.part", "folder.json"]
    )
    assert (tmp_path / "outside.json").read_text(encoding="utf-8") == good
