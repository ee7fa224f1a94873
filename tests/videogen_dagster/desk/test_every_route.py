"""Every address that the desk answers, read from the application itself, against a table of who may do what.

The table is written by hand from docs/desk.md and not from the desk's own one: an address that is added, or opened to
another role, fails here until somebody writes down who is meant to use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.videogen_dagster.desk.house import BASE, PEOPLE, Bureau

MAKE, JUDGE, LET_OUT = {"author", "publisher"}, {"author", "checker", "publisher"}, {"publisher"}
ALL = {"author", "checker", "publisher", "auditor", "admin"}
EVERYBODY = {*ALL, "nobody", "disabled"}
WHO: Mapping[str, set[str]] = {
    "GET /healthz": EVERYBODY,
    "GET /static/{name}": EVERYBODY,
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "GET /login/begin": EVERYBODY,
    "GET /login/done": EVERYBODY,
    "GET /first": EVERYBODY,
    "POST /first": EVERYBODY,
    "GET /check": EVERYBODY,
    "POST /check": EVERYBODY,
    "GET /check/{ticket}": EVERYBODY,
    "GET /": ALL,
    "GET /live": ALL,
    "GET /archive": ALL,
    "GET /password": ALL,
    "POST /password": ALL,
    "POST /logout": ALL,
    "GET /item/{item_id}": ALL,
    "GET /item/{item_id}/compare": ALL,
    "GET /item/{item_id}/storyboard": ALL,
    "GET /item/{item_id}/published": ALL,
    "GET /item/{item_id}/files/{name}": ALL,
    "GET /media/{item_id}/{number}/{name}": ALL,
    "GET /picture/{item_id}": ALL,
    "GET /still/{item_id}/{number}/{shot}/{language}/{form}": ALL,
    "POST /item/{item_id}/verify": ALL,
    "GET /new": MAKE,
    "POST /new/understand": MAKE,
    "POST /new/clip": MAKE,
    "POST /new/briefing": MAKE,
    "POST /item/{item_id}/storyboard": MAKE,
    "POST /item/{item_id}/make": MAKE,
    "POST /item/{item_id}/take": MAKE,
    "POST /item/{item_id}/file": MAKE,
    "POST /item/{item_id}/embargo": MAKE,
    "POST /item/{item_id}/comment": JUDGE,
    "POST /item/{item_id}/resolve": JUDGE,
    "POST /item/{item_id}/rate": JUDGE,
    "POST /item/{item_id}/prefer": JUDGE,
    "POST /item/{item_id}/decide": {"checker", "publisher"},
    "POST /item/{item_id}/publish": LET_OUT,
    "POST /item/{item_id}/withdraw": LET_OUT,
    "POST /item/{item_id}/correct": LET_OUT,
    "POST /item/{item_id}/corrects": LET_OUT,
    "GET /admin": {"auditor", "admin"},
    "POST /admin/users": {"admin"},
}
NAMES = {roles[0]: name for name, roles in PEOPLE.items() if len(roles) == 1}
FORMS = [address for address in WHO if address.startswith("POST")]
PAGES = [address for address in WHO if address.startswith("GET")]
FOREIGN = [
    {"host": "evil.example"},
    {"host": "evil.example", "origin": "http://evil.example"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": f"{BASE}.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
]


def routes_of(bureau: Bureau) -> Iterator[Route]:
    """All routes behind the guard. Something else than a plain route (a mount, a socket) is none that is known here."""
    application = bureau.app
    while not isinstance(application, Starlette):
        application = application._app  # type: ignore[attr-defined]
    for route in application.routes:
        assert isinstance(route, Route), f"{route!r} has no entry in the table of this test"
        yield route


@pytest.fixture(scope="module", autouse=True)
def disabled(bureau: Bureau) -> None:
    solo, users = bureau.person("solo"), bureau.desk.people.users
    users.add("gone", ["publisher", "admin"], by=solo)
    users.disable("gone", by=solo)


@pytest.fixture(autouse=True)
def quick_passwords(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    # A password costs a third of a second; whether one fits is tested with log-in.
    monkeypatch.setattr(bureau.desk.log_ins_of_a_name, "wait", lambda name: 60.0)


def path_of(address: str, item_id: str) -> str:
    return address.partition(" ")[2].format(
        item_id=item_id, name="desk.css", number=1, ticket="0" * 32, shot="s", language="en", form="wide"
    )


def visitor(bureau: Bureau, who: str) -> Any:
    return bureau.visitor({"nobody": None, "disabled": "gone", **NAMES}[who]).client


def ask(bureau: Bureau, client: Any, address: str, item_id: str, **fields: str) -> Any:
    """A request with all that the desk's own pages send."""
    if address.startswith("GET"):
        return client.get(path_of(address, item_id))
    if "desk" not in client.cookies:
        client.get("/check")
    data = {"token": bureau.desk.sessions.token(client.cookies["desk"]), **fields}
    return client.post(path_of(address, item_id), data=data, headers={"origin": BASE})


def kept(bureau: Bureau) -> dict[str, str]:
    """Every file of the bureau and what is in it, without the desk's own lists and sessions."""
    return {
        str(path.relative_to(bureau.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(bureau.folder.rglob("*"))
        if path.is_file() and path.relative_to(bureau.folder).parts[0] != "desk"
    }


def test_every_address_of_the_application_has_its_entry_here(bureau: Bureau) -> None:
    answered = {f"{method} {route.path}" for route in routes_of(bureau) for method in route.methods or ()}
    assert {address for address in answered if not address.startswith("HEAD ")} == set(WHO)
    assert {address.replace("HEAD", "GET") for address in answered if address.startswith("HEAD ")} == set(PAGES)


@pytest.mark.parametrize("address", WHO)
def test_who_is_not_meant_to_use_an_address_is_refused_and_who_is_gets_further(
    bureau: Bureau, clip: str, address: str
) -> None:
    before = kept(bureau)
    for who in sorted(EVERYBODY):
        answer = ask(bureau, visitor(bureau, who), address, clip)
        if who in WHO[address]:
            assert answer.status_code not in (403, 405, 500), f"{who}: {answer.text[-2000:]}"
        elif who in ("nobody", "disabled") and address.startswith("GET"):
            assert (answer.status_code, answer.headers["location"][:7]) == (303, "/login?"), who
        else:
            assert answer.status_code == 403, who
        if who not in WHO[address]:
            assert "Buses for all" not in answer.text
    # Nothing that these forms ask for can be done without what they are filled in with, but for checking again.
    assert kept(bureau) == before


@pytest.mark.parametrize("address", WHO)
def test_other_sites_other_names_and_forms_without_their_token_reach_nothing(
    bureau: Bureau, clip: str, address: str
) -> None:
    client, before = bureau.visitor("solo").client, kept(bureau)
    token = bureau.desk.sessions.token(client.cookies["desk"])
    path = path_of(address, clip)
    if address.startswith("GET"):
        for headers in FOREIGN[:-1]:
            assert client.get(path, headers=headers).status_code in (403, 421), headers
        return
    for headers in FOREIGN:
        assert client.post(path, data={"token": token}, headers=headers).status_code in (403, 421), headers
    for wrong in ("", "0" * 64, token[:-1], token.upper(), bureau.desk.sessions.token("another"), "\u0661" * 64):
        answer = client.post(path, data={"token": wrong}, headers={"origin": BASE})
        assert answer.status_code == 403, wrong
    for kind in ("text/plain", "application/json", ""):
        answer = client.post(path, content=f"token={token}", headers={"origin": BASE, "content-type": kind})
        assert answer.status_code == 400, kind
    assert kept(bureau) == before


@pytest.mark.parametrize("address", WHO)
def test_no_other_method_does_anything(bureau: Bureau, clip: str, address: str) -> None:
    client, before = bureau.visitor("solo").client, kept(bureau)
    method, path = address.split(" ")[0], path_of(address, clip)
    taken = {one.split(" ")[0] for one in WHO if path_of(one, clip) == path}
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"} - taken:
        data = {"token": bureau.desk.sessions.token(client.cookies["desk"]), "_method": method}
        headers = {"origin": BASE, "x-http-method-override": method}
        answer = client.request(other, path, data=data, headers=headers)
        assert answer.status_code == 405, other
    assert kept(bureau) == before


def test_reading_every_page_changes_nothing(bureau: Bureau, clip: str) -> None:
    before = kept(bureau)
    for address in PAGES:
        ask(bureau, bureau.visitor("solo").client, f"{address}?do=publish&once={'0' * 24}", clip)
    assert kept(bureau) == before
