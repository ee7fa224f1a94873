"""The people of a small bureau, each with a key of their own, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

from videogen.release.people.people import People
from videogen.release.people.person import Person, typed_name
from videogen.release.people.subject import Subject

STAFF = {
    "asha": ["author"],
    "ben": ["checker"],
    "chen": ["checker", "author"],
    "dara": ["publisher"],
    "root": ["admin"],
    "olga": ["auditor"],
}
PASSWORD = "four plain random words"


class Bureau:
    """Users with keys in a folder, and whoever acts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = People(folder / "people", folder / "keys", must_be_known=True)

    def person(self, name: str) -> Person:
        """The user of that name, recognised by their key."""
        return self.people.operator(name)


def build(folder: Path) -> Bureau:
    bureau = Bureau(folder)
    people = bureau.people
    boss = people.users.add("root", STAFF["root"], by=typed_name("first"))
    people.make_key(boss, by=typed_name("first"))
    root = bureau.person("root")
    for name, roles in STAFF.items():
        if name != "root":
            password = PASSWORD if name == "ben" else ""
            people.make_key(
                people.users.add(name, roles, by=root, full_name=f"{name.title()} Rao", password=password), by=root
            )
    return bureau


def copied(bureau: Bureau, folder: Path) -> Bureau:
    """The same bureau elsewhere, for a test that changes it."""
    shutil.copytree(bureau.folder, folder)
    return Bureau(folder)


def subject(state: str = "a", *, authors: tuple[str, ...] = ("asha",), revision: int = 1) -> Subject:
    return Subject(
        kind="video", id="20261130-101500000-bus-0a1b2c3d", revision=revision, parts={"video": state}, authors=authors
    )
