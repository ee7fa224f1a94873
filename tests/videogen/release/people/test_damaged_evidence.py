"""Log, decisions, users and keys that somebody changed by hand: an error of the project, and never an approval."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.videogen.release.people.bureau import Bureau, build, copied, subject
from videogen.errors import ConfigError, VideogenError
from videogen.release.people.keys import load_key
from videogen.release.people.log import DecisionLog

ID = subject().id


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A bureau in which ben has held, then approved a video."""
    bureau = build(tmp_path_factory.mktemp("signed") / "bureau")
    bureau.people.record(bureau.person("ben"), "hold", subject(), comment="look")
    bureau.people.record(bureau.person("ben"), "approve", subject(), comment="fine")
    return bureau


def flipped(data: bytes, places: list[tuple[float, int]]) -> bytes:
    changed = bytearray(data)
    for place, value in places:
        changed[int(place * len(changed))] = value
    return bytes(changed)


PLACES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)
CHANGES: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    PLACES.map(lambda places: lambda data: flipped(data, places)),
    st.binary(max_size=80).map(lambda extra: lambda data: data + extra + b"\n"),
    st.binary(max_size=80).map(lambda other: lambda data: other),
    st.floats(0, 1).map(lambda part: lambda data: data[: int(part * len(data))]),
    st.permutations(range(12)).map(
        lambda order: lambda data: b"".join(lines[i] for i in order if i < len(lines := data.splitlines(keepends=True)))
    ),
    st.sampled_from(
        [b'{"about":"x\n', b'{"about":"', b"[" * 100_000, b"\0", b'{"about":"' + ID.encode() + b'"}\n']
    ).map(lambda line: lambda data: data + line),
)


@pytest.mark.fuzz("approvals")
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["log.jsonl", "users.json", f"decisions/{ID}/00001.json", f"decisions/{ID}/00002.json"]),
    change=CHANGES,
)
def test_changed_evidence_is_an_error_or_says_what_was_decided(
    signed: Bureau, name: str, change: Callable[[bytes], bytes]
) -> None:
    with TemporaryDirectory() as scratch:
        bureau = copied(signed, Path(scratch) / "bureau")
        path = bureau.folder / "people" / name
        path.write_bytes(change(path.read_bytes()))
        bureau = Bureau(bureau.folder)
        bureau.people.log.check()
        with suppress(VideogenError):
            found = bureau.people.decisions(ID)
            before = signed.people.decisions(ID)
            assert found == before[: len(found)], "nothing else than what was signed"
            assert len(found) == 2 or name == "log.jsonl"
        with suppress(VideogenError):
            bureau.people.record(bureau.person("chen"), "comment", subject(), comment="more")


def test_a_line_of_the_log_that_never_ends_its_name_is_an_error_of_the_log(tmp_path: Path, signed: Bureau) -> None:
    bureau = copied(signed, tmp_path / "bureau")
    path = bureau.folder / "people" / "log.jsonl"
    path.write_bytes(path.read_bytes() + b'{"about":"x\n')
    with suppress(VideogenError):
        DecisionLog(path.parent).lines_on(ID)
    assert DecisionLog(path.parent).check().faults


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to nothing", "others can read it", "zero", "text", "large"])
def test_a_key_that_is_none_or_that_others_can_read_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ben.pem"
    if kind == "pipe":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir(mode=0o700)
    elif kind == "link to nothing":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"x" * (50_000_000 if kind == "large" else 10))
        path.chmod(0o644 if kind == "others can read it" else 0o600)
    with pytest.raises(ConfigError):
        load_key(path)


def test_a_decision_that_is_copied_to_another_video_or_told_twice_counts_for_nothing(
    tmp_path: Path, signed: Bureau
) -> None:
    bureau = copied(signed, tmp_path / "bureau")
    folder, log = bureau.folder / "people" / "decisions", bureau.folder / "people" / "log.jsonl"
    other = ID.replace("bus", "bat")
    (folder / other).mkdir()
    for name in ("00001.json", "00002.json"):
        (folder / other / name).write_bytes((folder / ID / name).read_bytes())
    assert bureau.people.decisions(other) == []
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    log.write_bytes(log.read_bytes() + b"".join(
        json.dumps(line | {"about": other}, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        for line in lines if line["about"] == ID
    ))  # fmt: skip
    with pytest.raises(VideogenError, match="was changed after it was made"):
        Bureau(bureau.folder).people.decisions(other)
    assert Bureau(bureau.folder).people.log.check().faults
