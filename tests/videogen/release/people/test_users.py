"""Users, roles, passwords and keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.videogen.release.people.bureau import PASSWORD, STAFF, Bureau
from videogen.errors import ConfigError, InputError
from videogen.release.people.passwords import hashed, matches
from videogen.release.people.people import People
from videogen.release.people.person import NotAllowedError, typed_name
from videogen.release.people.roles import ACTIONS, ROLES, WHO_MAY, may


def test_every_action_has_its_roles_and_an_unknown_one_is_refused() -> None:
    assert set(WHO_MAY) == set(ACTIONS)
    assert all(WHO_MAY[action] for action in ACTIONS)
    assert not may(ROLES, "launch")  # type: ignore[arg-type]


def test_an_administrator_manages_people_and_decides_nothing() -> None:
    assert may(["admin"], "manage_users")
    assert not any(may(["admin"], action) for action in ("approve", "publish", "override", "edit", "withdraw"))


def test_a_password_is_kept_as_a_salted_hash() -> None:
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first != second
    assert PASSWORD not in first
    assert matches(PASSWORD, first)
    assert not matches(PASSWORD + "x", first)


@pytest.mark.parametrize(
    "kept", ["", "scrypt$x", "plain$1$1$1$AA==$AA==", "scrypt$32768$8$3$!$!", "scrypt$0$8$3$AA==$AA=="]
)
def test_a_hash_that_cannot_be_read_fits_no_password(kept: str) -> None:
    assert not matches(PASSWORD, kept)


@pytest.mark.parametrize("password", ["short", "x" * 2000])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InputError, match="10 to 1000"):
        hashed(password)


def test_the_first_user_becomes_an_administrator(tmp_path: Path) -> None:
    people = People(tmp_path / "p", tmp_path / "k")
    assert people.users.is_empty()
    user = people.users.add("Asha", ["author"], by=typed_name("asha"))
    assert user.name == "asha"
    assert set(user.roles) == {"author", "admin"}


@pytest.mark.parametrize("name", ["", "x", "../ben", "Ben Rao", "9lives", "desk", "b" * 41, "ben\n"])
def test_a_name_that_could_be_a_path_or_two_people_is_refused(bureau: Bureau, name: str) -> None:
    root = bureau.person("root")
    if name == "ben\n":
        assert bureau.people.users.add(name, ["checker"], by=root).name == "ben"
        return
    with pytest.raises(InputError, match="cannot be the name"):
        bureau.people.users.add(name, ["author"], by=root)


@pytest.mark.parametrize("roles", [[], ["chief"], ["author", "god"]])
def test_a_role_that_does_not_exist_is_refused(bureau: Bureau, roles: list[str]) -> None:
    with pytest.raises(InputError, match="role"):
        bureau.people.users.add("new", roles, by=bureau.person("root"))


@pytest.mark.parametrize("name", [name for name in STAFF if name != "root"])
def test_only_an_administrator_changes_users(bureau: Bureau, name: str) -> None:
    person = bureau.person(name)
    for change in (
        lambda: bureau.people.users.add("new", ["admin"], by=person),
        lambda: bureau.people.users.disable("ben", by=person),
        lambda: bureau.people.users.add_key("ben", b"k" * 32, by=person),
    ):
        with pytest.raises(NotAllowedError, match="manage users"):
            change()


def test_people_change_their_own_password_and_nobody_elses(bureau: Bureau) -> None:
    ben = bureau.person("ben")
    bureau.people.users.set_password("ben", "another long password", by=ben)
    assert bureau.people.log_in("ben", "another long password") is not None
    with pytest.raises(NotAllowedError):
        bureau.people.users.set_password("dara", "another long password", by=ben)


def test_the_last_administrator_stays(bureau: Bureau) -> None:
    with pytest.raises(InputError, match="only admin"):
        bureau.people.users.disable("root", by=bureau.person("root"))


def test_a_log_in_gives_the_roles_of_the_user_signed_for_by_the_desk(bureau: Bureau) -> None:
    person = bureau.people.log_in(" Ben ", PASSWORD)
    assert person is not None
    assert (person.name, person.roles, person.authentication) == ("ben", {"checker"}, "password")
    assert person.key is not None
    assert PASSWORD not in repr(person) + repr(bureau.people.users.get("ben"))


@pytest.mark.parametrize(
    ("name", "password"), [("ben", "wrong password"), ("nobody", PASSWORD), ("asha", ""), ("asha", PASSWORD)]
)
def test_a_log_in_that_does_not_fit_is_refused(bureau: Bureau, name: str, password: str) -> None:
    assert bureau.people.log_in(name, password) is None


def test_who_is_disabled_can_neither_log_in_nor_use_a_key(bureau: Bureau) -> None:
    bureau.people.users.disable("ben", by=bureau.person("root"))
    assert bureau.people.log_in("ben", PASSWORD) is None
    assert bureau.people.vouched_for("ben", "proxy", ["checker"]) is None
    with pytest.raises(NotAllowedError, match="disabled"):
        bureau.person("ben")


def test_a_private_key_can_be_read_by_its_owner_only(bureau: Bureau) -> None:
    path = bureau.people.key_path("ben")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(bureau.people.folder.rglob("*.pem")), "private keys lie apart from users and decisions"
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="other users can read"):
        bureau.person("ben")


def test_a_key_of_somebody_else_opens_nothing(bureau: Bureau) -> None:
    bureau.people.key_path("ben").write_bytes(bureau.people.key_path("dara").read_bytes())
    with pytest.raises(NotAllowedError, match="not registered for ben"):
        bureau.person("ben")


def test_a_typed_name_counts_for_nothing_where_people_must_be_known(bureau: Bureau) -> None:
    bureau.people.key_path("ben").unlink()
    for name in ("ben", "Mallory"):
        with pytest.raises(NotAllowedError, match="not recognised"):
            bureau.person(name)


def test_a_person_is_found_by_the_full_name(bureau: Bureau) -> None:
    assert bureau.person("Dara  RAO").name == "dara"


def test_a_user_file_that_is_damaged_is_an_error_and_no_empty_house(bureau: Bureau) -> None:
    (bureau.people.folder / "users.json").write_text("{")
    with pytest.raises(Exception, match="cannot be read"):
        bureau.people.users.is_empty()


def test_once_an_administrator_has_a_key_no_typed_name_changes_users(bureau: Bureau) -> None:
    with pytest.raises(NotAllowedError, match="not recognised"):
        bureau.people.users.add("mallory", ["admin"], by=typed_name("root"))
