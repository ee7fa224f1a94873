"""Whatever comes in by a door, only errors of this project come out of it."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import OPERATOR_SETTINGS
from videogen.errors import VideogenError
from videogen.intake.inbox import take_from_inbox
from videogen.intake.request_files import build_request, parse_requests
from videogen.storage.request_store import RequestStore
from videogen_dagster.commands.common import parse_settings

CONFIG = VideoGenConfig()
FIELDS = ["prompt", "images", "title", "captions", "narration", "seed", "profile", "duration", "emergency", "priority",
          "output", "overrides", "negative_prompt", "id", "source", "model.guidance_scale", "delivery.", ""]  # fmt: skip
NAMES = ["model", "delivery", "quality", "label", "crf", "guidance_scale", "paths", "inbox", "_env_file", "", ".", " ",
         "DELIVERY", "x" * 300, "delivery.label", "quality.", ".paths", "processing.resolution"]  # fmt: skip
few = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(max_size=20) | st.sampled_from(["a bus", "", "\ud800", "\0", "[[", "2001-99-99", "9" * 5000, "&a [*a]"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**400)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=4),
    max_leaves=12,
)
rows = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6).map(lambda row: {"prompt": "a bus"} | row)
overrides = st.dictionaries(st.sampled_from(NAMES), values, min_size=1, max_size=3)


def text_of(value: Any) -> str:
    with suppress(ValueError, RecursionError):
        return json.dumps(value)
    return repr(value)


@pytest.mark.fuzz("requests")
@few
@given(rows)
def test_a_program(row: dict[str, Any]) -> None:
    with suppress(VideogenError):
        build_request(row, source="python", config=CONFIG)


@pytest.mark.fuzz("requests")
@few
@given(overrides)
def test_settings_of_a_request_leave_the_operators_alone(wishes: dict[str, Any]) -> None:
    with suppress(VideogenError):
        request = build_request({"prompt": "a bus", "overrides": wishes}, source="inbox", config=CONFIG)
        mine, theirs = CONFIG.model_dump(), request.settings(CONFIG).model_dump()
        for name in OPERATOR_SETTINGS:
            for part in name.split("."):
                mine, theirs = mine[part], theirs[part]
            assert mine == theirs
            mine, theirs = CONFIG.model_dump(), request.settings(CONFIG).model_dump()


@pytest.mark.fuzz("requests")
@pytest.mark.parametrize("name", ["r.json", "r.jsonl", "r.yaml", "r.txt"])
@few
@given(content=rows.map(text_of).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=80))
def test_a_request_file(tmp_path: Path, name: str, content: bytes) -> None:
    with suppress(VideogenError):
        parse_requests(name, content, source="inbox", config=CONFIG, pictures=tmp_path)


@pytest.mark.fuzz("requests")
@few
@given(header=st.lists(st.sampled_from(FIELDS), max_size=5), cells=st.lists(values.map(text_of) | texts, max_size=6))
def test_a_csv_file(tmp_path: Path, header: list[str], cells: list[str]) -> None:
    table = io.StringIO()
    csv.writer(table).writerows([["prompt", *header], ["a bus", *cells]])
    content = table.getvalue().encode("utf-8", "surrogatepass")
    with suppress(VideogenError):
        parse_requests("r.csv", content, source="batch", config=CONFIG, pictures=tmp_path)


@pytest.mark.fuzz("requests")
@settings(few, max_examples=examples(15))
@given(content=rows.map(text_of), name=st.sampled_from(["a.json", "a.yaml", "a.csv", "a", "a.png.json", "ü" * 120]))
def test_the_inbox_goes_on(tmp_path: Path, content: str, name: str) -> None:
    inbox, store = tmp_path / "inbox", RequestStore(str(tmp_path / "store"))
    inbox.mkdir(exist_ok=True)
    (inbox / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    (inbox / "z.txt").write_text("a good one")
    before = len(store.ids())
    taken = take_from_inbox(inbox, store, config=CONFIG, settle=0)
    assert taken.waiting == []
    assert len(store.ids()) - before == len(taken.accepted)
    assert "a good one" in {store.get(one).prompt for one in taken.accepted}


@pytest.mark.fuzz("configuration")
@few
@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=3).map(text_of), st.sampled_from([".json", ".yaml"]))
def test_a_configuration_file(tmp_path: Path, content: str, suffix: str) -> None:
    path = tmp_path / f"c{suffix}"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with suppress(VideogenError):
        VideoGenConfig.load(path)


@pytest.mark.fuzz("configuration")
@few
@given(values.map(text_of) | texts.filter(lambda text: "\0" not in text))
def test_the_environment(content: str) -> None:
    with pytest.MonkeyPatch.context() as patch, suppress(VideogenError):
        patch.setenv("VIDEOGEN_PROCESSING__RESOLUTION", content.replace("\0", "").encode("utf-8", "replace").decode())
        VideoGenConfig.load()


@pytest.mark.fuzz("configuration")
@few
@given(st.sampled_from(NAMES), values.map(text_of) | texts)
def test_settings_of_the_command_line(name: str, value: str) -> None:
    with suppress(VideogenError):
        CONFIG.updated(parse_settings([f"{name}={value}"]))


@pytest.mark.fuzz("requests")
@few
@given(values.map(text_of) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_a_stored_request_that_was_damaged(tmp_path: Path, content: str) -> None:
    store = RequestStore(str(tmp_path))
    request = store.submit(build_request({"prompt": "a bus"}, source="python"))
    (tmp_path / request.id / "request.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with suppress(VideogenError):
        store.get(request.id)
