"""JSON and YAML from anywhere: read, or refused by one kind of error, quickly."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.errors import InputError
from videogen.runtime.structured_text import (
    MAX_DEPTH,
    MAX_YAML_CHARACTERS,
    MalformedTextError,
    parse_json,
    parse_yaml,
    read_structured,
)

DEEP = "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_plain_values_are_read_alike() -> None:
    text = '{"a": [1, 2.5, null, true, "ü"], "b": {"c": ""}}'
    assert parse_json(text) == parse_yaml(text) == {"a": [1, 2.5, None, True, "ü"], "b": {"c": ""}}
    assert parse_json("\ufeff[1]".encode()) == parse_yaml("\ufeff[1]".encode()) == [1]
    assert parse_json(DEEP) == parse_yaml(DEEP)


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[" * 100_000, f"nested more than {MAX_DEPTH} deep"),
        (f"[{DEEP}]", f"nested more than {MAX_DEPTH} deep"),
        ('{"a":' * 20_000, f"nested more than {MAX_DEPTH} deep"),
        ("9" * 5000, "5,000"),
        ('{"a": -' + "1" * 41 + "}", "at most 40"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', r"'a' is given more than once, in lines 1 and 3"),
        ('{"a": {"b": 1, "b": 1}}', r"'b' is given more than once, in line 1"),
        ("{", "not well-formed"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused(parse, text, word) -> None:
    with pytest.raises(MalformedTextError, match=word):
        parse(text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("when: 2001-99-99", "month must be in 1..12"),
        ("when: 2001-12-14t21:59:43.10-99:99", "not well-formed"),
        ("x: &a [1]\ny: *a", "line 2: aliases"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "line 2: aliases"),
        ("model: {fps: 1}\nother: 2\nmodel: {fps: 2}", "'model' is given more than once, in lines 1 and 3"),
        ("x: " + "1:" * 5000 + "1", "a number of 10,001 characters"),
        ("x: 0x" + "f" * 5000, "a number of 5,002 characters"),
        ("!!timestamp never", "not well-formed"),
        ("!!int ''", "not well-formed"),
        ("!!bool perhaps", "not well-formed"),
        ("!!python/object/apply:os.system ['true']", "not well-formed"),
        ("? [1, 2]\n: 3", "unhashable key"),
        ("--- 1\n--- 2", "single document"),
        ("- " * 5000 + "x", f"nested more than {MAX_DEPTH} deep"),
        ("x" * (MAX_YAML_CHARACTERS + 1), "longer than"),
    ],
)
def test_what_only_yaml_can_say_wrongly_is_refused_too(text, word) -> None:
    with pytest.raises(MalformedTextError, match=word):
        parse_yaml(text)


def test_an_operators_file_may_use_a_few_aliases_but_none_within_itself() -> None:
    assert parse_yaml("x: &a [1]\ny: *a", max_aliases=1) == {"x": [1], "y": [1]}
    for text in ("x: &a [1]\ny: [*a, *a]", "x: &a [*a]"):
        with pytest.raises(MalformedTextError, match="aliases"):
            parse_yaml(text, max_aliases=1)


def test_a_refusal_is_quick_and_short() -> None:
    started = time.process_time()
    for parse, text in ((parse_json, '{"' + "k" * 1_000_000 + '": [' * 60), (parse_yaml, "[" * 900_000)):
        with pytest.raises(MalformedTextError) as caught:
            parse(text)
        assert len(str(caught.value)) < 1000
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["c.json", "c.yaml"])
def test_pipes_devices_links_to_them_and_files_of_the_kernel_are_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / name).symlink_to("/dev/zero")
    for path in (
        tmp_path / "pipe.yaml",
        tmp_path / name,
        Path("/proc/self/environ"),
        Path("/proc/self/pagemap"),
        tmp_path,
    ):
        with pytest.raises(InputError, match=r"is not a plain file|larger than"):
            read_structured(path)


def test_a_link_to_a_plain_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert read_structured(tmp_path / "link.yaml") == {"a": 1}


pieces = st.lists(
    st.sampled_from(
        ["[", "]", "{", "}", ":", ",", "-", " ", "\n", '"', "'", "a", "1", "&x", "*x", "!!int", "!!set", "!!timestamp",
         "2001-01-99", "<<", "?", "|", ">", "#", "%", "---", "...", "\t", "é", "\x00", "\\u", "1e9", "0x", "_", "~"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.fuzz("configuration")
@settings(max_examples=examples(300), deadline=None)
@given(st.one_of(pieces, st.text(max_size=60), st.binary(max_size=60)))
def test_any_text_gives_a_value_or_the_one_error(text: str | bytes) -> None:
    for parse in (parse_json, parse_yaml):
        with suppress(MalformedTextError):
            parse(text)
