"""Signed decisions in a chain, and the log that names every one of them."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.videogen.release.people.bureau import PASSWORD, Bureau, subject
from videogen.errors import ArtifactError, InputError, StorageError
from videogen.release.people.book import DecisionError
from videogen.release.people.people import People
from videogen.release.people.person import NotAllowedError, typed_name

ID = subject().id


def file_of(bureau: Bureau, number: int) -> Path:
    return bureau.people.folder / "decisions" / ID / f"{number:05d}.json"


def test_a_decision_says_who_decided_what_on_which_state_and_is_signed(bureau: Bureau) -> None:
    made = bureau.people.record(bureau.person("ben"), "approve", subject(), comment="looked  at\nall of it")
    assert (made.by, made.authentication, made.roles, made.comment) == (
        "ben",
        "key",
        ("checker",),
        "looked at all of it",
    )
    assert made.sha256 == subject().sha256
    assert bureau.people.decisions(ID) == [made]
    assert bureau.people.log.last().details["digest"] == made.digest  # type: ignore[union-attr]


def test_who_logged_in_at_the_desk_is_signed_for_by_it(bureau: Bureau) -> None:
    person = bureau.people.log_in("ben", PASSWORD)
    assert person is not None
    bureau.people.record(person, "approve", subject())
    assert [decision.authentication for decision in bureau.people.decisions(ID)] == ["password"]


def test_a_double_click_is_one_decision(bureau: Bureau) -> None:
    ben = bureau.person("ben")
    first, second = (bureau.people.record(ben, "approve", subject()) for _ in range(2))
    assert first == second
    assert len(bureau.people.decisions(ID)) == 1


def test_decisions_at_the_same_moment_stand_one_behind_the_other(bureau: Bureau) -> None:
    people = [bureau.person(name) for name in ("ben", "chen", "dara")]

    def act(number: int) -> None:
        bureau.people.record(people[number % 3], "comment", subject(), comment=f"remark {number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(12)))
    found = bureau.people.decisions(ID)
    assert [decision.sequence for decision in found] == list(range(1, 13))
    assert {decision.comment for decision in found} == {f"remark {number}" for number in range(12)}
    assert bureau.people.log.check().faults == ()


def test_what_changed_since_somebody_looked_is_not_decided_on(bureau: Bureau) -> None:
    with pytest.raises(InputError, match="has changed since you looked"):
        bureau.people.record(bureau.person("ben"), "approve", subject("b"), seen=subject("a").sha256)
    assert bureau.people.decisions(ID) == []


@pytest.mark.parametrize("author", ["chen", "CHEN", " chen "])
def test_nobody_approves_their_own_work(bureau: Bureau, author: str) -> None:
    with pytest.raises(NotAllowedError, match="cannot approve it"):
        bureau.people.record(bureau.person("chen"), "approve", subject(authors=(author,)))


@pytest.mark.parametrize(("name", "action"), [("asha", "approve"), ("dara", "approve"), ("ben", "publish"), ("olga", "hold"), ("root", "withdraw")])  # fmt: skip
def test_a_decision_takes_its_role(bureau: Bureau, name: str, action) -> None:
    with pytest.raises(NotAllowedError, match="may not"):
        bureau.people.record(bureau.person(name), action, subject())


def test_a_typed_name_decides_nothing_where_people_must_be_known(bureau: Bureau) -> None:
    with pytest.raises(NotAllowedError, match="not recognised"):
        bureau.people.record(typed_name("ben"), "approve", subject())


def test_in_a_house_of_one_a_typed_name_is_recorded_as_unauthenticated(tmp_path: Path) -> None:
    people = People(tmp_path / "p", tmp_path / "k")
    people.record(people.operator("Ada Desk"), "publish", subject())
    (decision,) = people.decisions(ID)
    assert (decision.by, decision.authentication, decision.key, decision.signature) == ("Ada Desk", "none", "", "")


@pytest.mark.parametrize("subject_id", ["../x", "a/b", "", ".hidden", "x" * 300, "a\x00b"])
def test_an_id_that_could_be_a_path_is_refused(bureau: Bureau, subject_id: str) -> None:
    with pytest.raises(InputError, match="cannot be the id"):
        bureau.people.decisions(subject_id)


@pytest.mark.parametrize(
    "change",
    [{"comment": "fine"}, {"by": "dara"}, {"action": "approve"}, {"sha256": "0" * 64}, {"at": "2026-01-01T00:00:00Z"}],
)
def test_an_edited_decision_is_noticed(bureau: Bureau, change: dict[str, str]) -> None:
    bureau.people.record(bureau.person("ben"), "hold", subject(), comment="wrong flag")
    path = file_of(bureau, 1)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DecisionError, match="decision 1 on"):
        bureau.people.decisions(ID)


def test_a_hold_that_somebody_deletes_is_missed(bureau: Bureau) -> None:
    bureau.people.record(bureau.person("ben"), "hold", subject())
    file_of(bureau, 1).unlink()
    with pytest.raises(DecisionError, match="was removed"):
        bureau.people.decisions(ID)


def test_an_approval_signed_with_a_key_that_was_slipped_in_is_no_approval(bureau: Bureau, tmp_path: Path) -> None:
    """Somebody who can write the files registers a key of their own for the checker, behind the back of the log."""
    from videogen.release.people.keys import make_key
    from videogen.release.people.person import Person

    forged = make_key(tmp_path / "forged.pem")
    users = bureau.people.folder / "users.json"
    kept = json.loads(users.read_text())
    for user in kept["users"]:
        if user["name"] == "ben":
            user["keys"][0] |= {"fingerprint": forged.fingerprint, "key": forged.public.hex()}
    users.write_text(json.dumps(kept))
    bureau.people.record(Person("ben", frozenset({"checker"}), "key", forged), "approve", subject())
    with pytest.raises(DecisionError, match="not signed by ben"):
        bureau.people.decisions(ID)


def test_a_decision_of_another_subject_does_not_count_here(bureau: Bureau) -> None:
    other = subject().model_copy(update={"id": "20261130-101500000-cat-0a1b2c3d"})
    bureau.people.record(bureau.person("ben"), "approve", other)
    bureau.people.record(bureau.person("ben"), "hold", subject())
    file_of(bureau, 1).write_bytes((bureau.people.folder / "decisions" / other.id / "00001.json").read_bytes())
    with pytest.raises(DecisionError):
        bureau.people.decisions(ID)


def test_a_file_that_a_killed_process_left_does_not_count(bureau: Bureau) -> None:
    bureau.people.record(bureau.person("ben"), "approve", subject())
    left = file_of(bureau, 2)
    left.write_bytes(file_of(bureau, 1).read_bytes())
    assert len(bureau.people.decisions(ID)) == 1
    bureau.people.record(bureau.person("ben"), "hold", subject())
    assert [decision.action for decision in bureau.people.decisions(ID)] == ["approve", "hold"]


def test_a_key_that_was_replaced_speaks_for_what_it_signed_before(bureau: Bureau) -> None:
    bureau.people.record(bureau.person("ben"), "approve", subject())
    bureau.people.key_path("ben").unlink()
    bureau.people.make_key(bureau.people.users.get("ben"), by=bureau.person("root"), replace=True)
    bureau.people.record(bureau.person("ben"), "hold", subject())
    first, second = bureau.people.decisions(ID)
    assert first.key != second.key


def test_a_full_disk_records_nothing(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    bureau.people.record(bureau.person("ben"), "approve", subject())
    ben, whole = bureau.person("ben"), bureau.people.log.path.read_bytes()
    real = os.pwrite

    def full(descriptor: int, data: bytes, offset: int) -> int:
        real(descriptor, data[:20], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(StorageError, match="No space left"):
            bureau.people.record(ben, "hold", subject())
    assert bureau.people.log.path.read_bytes() == whole
    assert [decision.action for decision in bureau.people.decisions(ID)] == ["approve"]
    bureau.people.record(ben, "hold", subject())
    assert bureau.people.log.check().faults == ()


def test_half_a_line_that_a_killed_process_left_is_cut_off(bureau: Bureau) -> None:
    bureau.people.record(bureau.person("ben"), "approve", subject())
    with bureau.people.log.path.open("ab") as file:
        file.write(b'{"sequence": 99, "at"')
    bureau.people.record(bureau.person("ben"), "hold", subject())
    assert bureau.people.log.check().faults == ()
    assert len(bureau.people.decisions(ID)) == 2


def test_a_log_that_was_changed_shows_where(bureau: Bureau) -> None:
    for action in ("approve", "hold"):
        bureau.people.record(bureau.person("ben"), action, subject())  # type: ignore[arg-type]
    log = bureau.people.log
    lines = log.path.read_bytes().splitlines(keepends=True)
    assert log.check().faults == ()
    log.path.write_bytes(b"".join(lines).replace(b'"action":"hold"', b'"action":"approve"'))
    assert log.check().faults == (f"line {len(lines)} was changed after it was written",)
    log.path.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert "lines were removed" in log.check().faults[0]
    log.path.write_bytes(b"".join(lines[:-1]))
    head = json.loads(lines[-1])["hash"]
    assert log.check().faults == ()
    assert "which the log has lost" in log.check(known_heads=[head]).faults[0]


def test_a_log_that_cannot_be_read_is_an_error(bureau: Bureau) -> None:
    bureau.people.log.path.write_bytes(b"not a line\n")
    with pytest.raises(ArtifactError, match="last line"):
        bureau.people.log.last()
    assert bureau.people.log.check().faults
