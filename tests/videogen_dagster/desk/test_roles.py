"""Who may open what: every address of the route table, for every role, for strangers and for disabled users."""

from __future__ import annotations

import pytest

from tests.videogen_dagster.desk.house import BASE, PEOPLE, Bureau
from videogen.release.people.roles import WHO_MAY
from videogen_dagster.desk.routes import TABLE
from videogen_dagster.desk.routing import Entry

ROLES = [name for name in PEOPLE if name != "solo"]
PUBLIC = {
    "GET /healthz", "GET /static/{name}", "GET /login", "POST /login", "GET /login/begin", "GET /login/done", "GET /first", "POST /first", "GET /check",
    "POST /check", "GET /check/{ticket}",
}  # fmt: skip


def path_of(entry: Entry, clip: str) -> str:
    return entry.path.format(
        item_id=clip, name="desk.css", number=1, ticket="0" * 32, shot="s", language="en", form="wide"
    )


def asked(bureau: Bureau, entry: Entry, clip: str, who: str | None) -> int:
    """The status of a request that has all that a form has but what it is filled with."""
    client = bureau.visitor(who).client
    if entry.method == "GET":
        return int(client.get(path_of(entry, clip)).status_code)
    cookie = client.cookies.get("desk") or ""
    data = {"token": bureau.desk.sessions.token(cookie)}
    return int(client.post(path_of(entry, clip), data=data, headers={"origin": BASE}).status_code)


def test_nothing_but_the_named_pages_is_public():
    assert {f"{entry.method} {entry.path}" for entry in TABLE if entry.action is None} == PUBLIC


def test_no_address_stands_twice_in_the_table():
    addresses = [(entry.method, entry.path) for entry in TABLE]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry.method} {entry.path}")
def test_a_page_opens_for_those_who_may_and_for_nobody_else(
    bureau: Bureau, clip: str, entry: Entry, monkeypatch: pytest.MonkeyPatch
):
    # Passwords cost a third of a second each; whether one fits is tested with log-in.
    monkeypatch.setattr(bureau.desk.log_ins_of_a_name, "wait", lambda name: 60.0)
    for who in ROLES:
        # Logging out would end the session that the next request needs; it is tested with log-in.
        if entry.path == "/logout":
            continue
        status = asked(bureau, entry, clip, who)
        may = entry.action is None or PEOPLE[who][0] in WHO_MAY[entry.action]
        assert (status == 403) != may, f"{who} gets {status}"
        assert status != 500
    if entry.action is not None:
        assert asked(bureau, entry, clip, None) in (303, 403)


def test_a_stranger_who_wants_to_see_a_page_is_led_to_the_log_in(bureau: Bureau, clip: str):
    answer = bureau.visitor().client.get(f"/item/{clip}?medium=video")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?to=/item/{clip}%3Fmedium%3Dvideo"
    assert "Buses" not in answer.text


def test_who_is_disabled_or_loses_a_role_notices_at_the_next_click(bureau: Bureau):
    solo, users = bureau.person("solo"), bureau.desk.people.users
    users.add("temp", ["author"], by=solo)
    visitor = bureau.visitor("temp")
    assert visitor.get("/new").status == 200
    users.add("temp", ["checker"], by=solo)
    assert visitor.get("/new").status == 403
    users.disable("temp", by=solo)
    assert "Log in" in visitor.get("/new").page


def test_a_decision_takes_the_role_for_it_and_not_only_for_the_page(bureau: Bureau, clip: str):
    """Hold opens the page for decisions to publishers, who may not approve."""
    visitor = bureau.visitor("chitra").get(f"/item/{clip}")
    assert 'value="approve"' not in visitor.page
    assert visitor.send(f"/item/{clip}/decide", ("do", "approve")).status == 403
