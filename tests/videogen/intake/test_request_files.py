from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.videogen.intake.request_files import write
from videogen.config.config import VideoGenConfig
from videogen.errors import InputError
from videogen.intake.inbox import read_requests

ROOT = Path(__file__).resolve().parents[3]


ROW = {
    "prompt": "Windräder, bei Sonne",
    "images": ["a.jpg", "sub/b.png"],
    "title": "x; y",
    "seed": 7,
    "duration": 4.0,
    "emergency": True,
    "priority": -10,
    "overrides": {"model.guidance_scale": 5},
}
CSV = (
    "\ufeffprompt,images,title,seed,duration,emergency,priority,model.guidance_scale\n"
    '"Windräder, bei Sonne",a.jpg; sub/b.png,x; y,7,4.0,true,-10,5\n'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.json", ROW),
        ("r.yaml", ROW),
        ("r.YML", ROW),
        ("list.json", [ROW]),
        ("r.jsonl", f"\n{json.dumps(ROW)}\n\n"),
        ("r.csv", CSV),
    ],
)
def test_every_format_says_the_same(tmp_path, name, content):
    path = write(tmp_path, name, content)
    (request,) = read_requests(path, source="batch")
    wanted = {**ROW, "images": (tmp_path / "a.jpg", tmp_path / "sub/b.png")}
    assert {name: getattr(request, name) for name in ROW} == wanted
    assert request.source == "batch"


def test_a_text_file_is_a_prompt(tmp_path):
    (request,) = read_requests(write(tmp_path, "p.txt", "\n a wind farm\nat sunset \n"), source="inbox")
    assert request.prompt == "a wind farm\nat sunset"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", "prompt,emergency,priority\na,true,\nb,TRUE,5\nc,,\nd,false,\n"),
        ("r.json", [{"prompt": "a", "emergency": True}, {"prompt": "b", "emergency": True, "priority": 5}, "c", "d"]),
    ],
)
def test_an_emergency_in_a_file_comes_first_unless_the_file_gives_a_priority(tmp_path, name, content):
    if isinstance(content, list):
        content = [row if isinstance(row, dict) else {"prompt": row} for row in content]
    requests = read_requests(write(tmp_path, name, content), source="batch")
    assert [request.priority for request in requests] == [100, 5, 10, 10]


def test_empty_cells_are_unset_and_quoted_line_breaks_belong_to_the_prompt(tmp_path):
    path = write(tmp_path, "r.csv", 'prompt,seed,title\n"two\nlines",,\nb,3,t\n')
    first, second = read_requests(path, source="batch")
    assert (first.prompt, first.title) == ("two\nlines", None)
    assert (second.prompt, second.seed, second.title) == ("b", 3, "t")


def test_every_bad_row_is_named_with_its_line(tmp_path):
    lines = [
        '{"prompt": "good"}',
        "{",
        '{"prompt": "x", "sed": 1}',
        '{"prompt": "x", "seed": -1}',
        "7",
        '{"prompt": "  "}',
        '{"prompt": "x", "overrides": {"paths.store": "/tmp"}}',
    ]
    with pytest.raises(InputError) as caught:
        read_requests(write(tmp_path, "b.jsonl", "\n".join(lines)), source="batch")
    message = str(caught.value)
    for part in (
        "b.jsonl",
        "line 2: not well-formed",
        "line 3: unknown field sed",
        "line 4: seed:",
        "line 5: a request needs",
        "line 6: the prompt is missing",
        "line 7: overrides: paths.store is for the operator",
    ):
        assert part in message
    assert "line 1:" not in message


def test_bad_csv_rows_are_named_with_their_line(tmp_path):
    with pytest.raises(InputError, match=r"line 3: duration.*line 5: more cells"):
        read_requests(write(tmp_path, "b.csv", "prompt,duration\na,1\nb,soon\nc,2\nd,1,2\n"), source="batch")


@pytest.mark.parametrize("field", ["id", "created_at", "source"])
def test_what_the_system_makes_cannot_be_given(tmp_path, field):
    with pytest.raises(InputError, match=f"unknown field {field}"):
        read_requests(write(tmp_path, "r.json", {"prompt": "x", field: "x"}), source="batch")


@pytest.mark.parametrize("source", ["batch", "inbox", "launchpad"])
def test_only_programs_and_the_command_line_may_name_any_output(tmp_path, source):
    path = write(tmp_path, "r.json", {"prompt": "x", "output": "/srv/x.mp4"})
    assert read_requests(path, source="python")[0].output == Path("/srv/x.mp4")
    with pytest.raises(InputError, match="outside of the output folder"):
        read_requests(path, source=source)


def test_settings_are_checked_when_the_configuration_is_known(tmp_path):
    path = write(tmp_path, "r.json", {"prompt": "x", "overrides": {"model.guidance": 5}})
    assert len(read_requests(path, source="batch")) == 1
    with pytest.raises(InputError, match=r"model.guidance: no such setting"):
        read_requests(path, source="batch", config=VideoGenConfig())


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("r.docx", "x", "unknown file type"),
        ("r.json", "", "not well-formed"),
        ("r.json", "[]", "contains no request"),
        ("r.yaml", "", "contains no request"),
        ("r.yaml", "!!python/object/apply:os.system ['touch pwned']", "not well-formed"),
        ("r.yaml", "a: &a [*a]", "aliases"),
        ("r.yaml", "prompt: x\noverrides: {a: &a {b: 1}, c: &c {d: *a, e: *a}, f: {g: *c, h: *c}}", "aliases"),
        ("r.json", '{"prompt": "\\ud800"}', "prompt"),
        ("r.json", "[" * 100_000, "not well-formed"),
        ("r.csv", "", "column 'prompt' is missing"),
        ("r.csv", "text\nx\n", "column 'prompt' is missing"),
        ("r.csv", 'prompt\n"x', "not well-formed"),
        ("r.txt", " \n", "the prompt is missing"),
        ("r.json", '{"prompt": ["x"]}', "prompt:"),
        ("r.json", '{"prompt": "x", "images": "a.jpg"}', "images:"),
        ("r.json", '{"prompt": "x", "images": [1]}', "images"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path, name, content, word):
    with pytest.raises(InputError, match=word):
        read_requests(write(tmp_path, name, content), source="batch")


def test_all_faults_of_a_row_without_a_prompt_are_said_at_once(tmp_path):
    with pytest.raises(InputError) as refused:
        read_requests(write(tmp_path, "r.csv", "prompt,seed,duration\n,abc,-3\n"), source="batch")
    assert "line 2: the prompt is missing; seed: " in refused.value.problem
    assert "; duration: " in refused.value.problem


def test_missing_binary_and_huge_files_are_refused(tmp_path):
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    with (tmp_path / "h.json").open("wb") as file:
        file.truncate(20_000_000)
    for name, word in (("none.json", "cannot read"), ("b.json", "not UTF-8"), ("h.json", "larger than")):
        with pytest.raises(InputError, match=word):
            read_requests(tmp_path / name, source="batch")


# --- the inbox -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("r.csv", "prompt,seed,seed\na bus,1,2\n", "'seed' is given more than once"),
        ("r.csv", "prompt,prompt\na bus,a train\n", "'prompt' is given more than once"),
        ("r.json", '{"prompt": "a bus", "prompt": "a train"}', "'prompt' is given more than once"),
        ("r.jsonl", '{"prompt": "a bus", "overrides": {"a": 1, "a": 2}}', "line 1: .*'a' is given more than once"),
        ("r.yaml", "prompt: a bus\nprompt: a train\n", "'prompt' is given more than once"),
    ],
)
def test_what_is_given_twice_is_refused_rather_than_guessed(tmp_path, name, content, problem):
    with pytest.raises(InputError, match=problem):
        read_requests(write(tmp_path, name, content), source="batch")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [('"[1]"', "is not a JSON object"), ('"""x"""', "is not a JSON object"), ('"{"', "not well-formed")],
)
def test_overrides_that_are_no_object_are_named_with_their_line_beside_columns_of_settings(tmp_path, cell, problem):
    path = write(tmp_path, "r.csv", f"prompt,overrides,model.guidance_scale\na bus,{cell},5\n")
    with pytest.raises(InputError, match=f"line 2: .*{problem}"):
        read_requests(path, source="batch")


def test_spaces_around_column_names_do_not_matter(tmp_path):
    (request,) = read_requests(write(tmp_path, "r.csv", "prompt , seed\na bus,7\n"), source="batch")
    assert request.seed == 7


@pytest.mark.parametrize("content", ["Prompt;Seed\na bus;1\n", "a bus,1\n", ""])
def test_a_missing_header_is_told_with_what_stands_in_its_place(tmp_path, content):
    first = content.partition("\n")[0].partition(",")[0] or "it is empty"
    with pytest.raises(InputError, match=f"column 'prompt' is missing.*{first}"):
        read_requests(write(tmp_path, "r.csv", content), source="batch")


def test_a_cell_below_no_name_is_refused(tmp_path):
    with pytest.raises(InputError, match="line 2: 'x' is in a column without a name"):
        read_requests(write(tmp_path, "r.csv", "prompt,,\na bus,x,\n"), source="batch")


def test_line_separators_of_unicode_within_a_json_line_do_not_end_it(tmp_path):
    path = write(tmp_path, "r.jsonl", '{"prompt": "a\u2028bus"}\r\n\r\n{"prompt": "a\x85train"}\r\n')
    assert [request.prompt for request in read_requests(path, source="batch")] == ["a\u2028bus", "a\x85train"]


def test_a_list_as_key_in_yaml_is_refused_by_message(tmp_path):
    with pytest.raises(InputError, match="unhashable key"):
        read_requests(write(tmp_path, "r.yaml", "? [1, 2]\n: 3\n"), source="batch")


@pytest.mark.parametrize("output", ["x.txt", "", "folder", "a\0.mp4"])
def test_an_output_that_is_no_mp4_is_refused_before_anything_is_made(tmp_path, output):
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        read_requests(write(tmp_path, "r.json", {"prompt": "x", "output": output}), source="batch")


def test_infinity_in_a_caption_is_refused_by_its_field(tmp_path):
    content = '{"prompt": "x", "captions": [{"start": 0, "end": Infinity, "text": "x"}]}'
    with pytest.raises(InputError, match=r"captions\.0\.end"):
        read_requests(write(tmp_path, "r.json", content), source="batch")


def test_a_column_that_is_misspelled_is_answered_with_the_nearest_one(tmp_path):
    with pytest.raises(InputError, match=r"unknown field durration: did you mean 'duration'"):
        read_requests(write(tmp_path, "b.csv", "prompt,durration\na bus,4\n"), source="batch")
    with pytest.raises(InputError, match=r"the column 'prompt' is missing: is 'promt' meant"):
        read_requests(write(tmp_path, "c.csv", "promt,title\na bus,4\n"), source="batch")


def test_all_faults_of_a_row_are_named_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read_requests(write(tmp_path, "b.csv", "prompt,durration,seed,size\na bus,4,soon,big\n"), source="batch")
    assert all(word in str(caught.value) for word in ("durration", "seed", "size: a size is"))
