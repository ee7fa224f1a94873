"""Logging in: the first user, passwords, sessions."""

from __future__ import annotations

import time

import pytest

from tests.videogen_dagster.desk.house import BASE, PASSWORD, Bureau
from videogen.release.people.roles import ROLES
from videogen_dagster.desk.pages.login import _inside
from videogen_dagster.desk.security.sessions import Sessions
from videogen_dagster.desk.security.throttle import Throttle


def test_the_first_user_comes_by_the_code_of_the_terminal_and_no_second_one(empty_bureau: Bureau):
    desk, visitor = empty_bureau.desk, empty_bureau.visitor()
    code = desk.first_user.code
    assert code is not None
    visitor.get("/")
    assert visitor.address.endswith("/first")
    assert visitor.send("/first", code="aaaa-bbbb-cccc-dddd", name="ada", password=PASSWORD).status == 400
    assert desk.people.users.is_empty()
    visitor.get("/first").send("/first", code=f" {code.upper()} ", name="ada", password=PASSWORD, full_name="Ada Desk")
    assert visitor.status == 200
    assert "Queue" in visitor.page
    (user,) = desk.people.users.all()
    assert set(user.roles) == set(ROLES)
    other = empty_bureau.visitor().get("/first")
    assert other.address.endswith("/login")
    # With the password, and from another browser.
    other.send("/login", name="Ada", password=PASSWORD)
    assert "Queue" in other.page
    assert other.get("/admin").status == 200


def test_wrong_passwords_are_counted_by_name_and_by_address(empty_bureau: Bureau):
    desk = empty_bureau.desk
    desk.people.users.add("ada", ["admin"], by=_setup(), password=PASSWORD)
    desk.log_ins_of_a_name = Throttle(2, 60.0)
    for status in (401, 401, 429):
        visitor = empty_bureau.visitor().get("/login").send("/login", name="ada", password="not this one")
        assert visitor.status == status
    # The right one does not help any more, so the count tells nobody that it was right.
    assert empty_bureau.visitor().get("/login").send("/login", name="ada", password=PASSWORD).status == 429


def test_logging_in_gives_another_cookie_and_logging_out_ends_it(bureau: Bureau):
    solo = bureau.person("solo")
    bureau.desk.people.users.add("temp2", ["author"], by=solo, password=PASSWORD)
    visitor = bureau.visitor().get("/login")
    before = visitor.client.cookies["desk"]
    visitor.send("/login", name="temp2", password=PASSWORD)
    inside = visitor.client.cookies["desk"]
    assert inside != before
    stolen = bureau.visitor()
    stolen.client.cookies.set("desk", inside)
    assert stolen.get("/new").status == 200
    visitor.send("/logout")
    assert visitor.client.cookies["desk"] != inside
    assert "Log in" in stolen.get("/new").page


def test_another_password_ends_the_other_sessions(bureau: Bureau):
    bureau.desk.people.users.add("temp3", ["author"], by=bureau.person("solo"), password=PASSWORD)
    here, there = bureau.visitor("temp3"), bureau.visitor("temp3")
    wrong = here.get("/password").send("/password", old="not this one", new="another four words")
    assert wrong.status == 400
    here.get("/password").send("/password", old=PASSWORD, new="another four words")
    assert here.status == 200
    assert "Your password is changed" in here.page
    assert "Log in" in there.get("/password").page


def test_a_session_ends_when_it_is_not_used_and_when_the_clock_is_set_back(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
):
    sessions = Sessions(bureau.desk.database, hours=1.0)
    cookie, begun = sessions.begin("ben", "password"), time.time()
    for hours, lasts in ((0.9, True), (1.8, True), (2.9, False)):
        monkeypatch.setattr(time, "time", lambda hours=hours: begun + 3600.0 * hours)
        assert (sessions.find(cookie) is not None) == lasts
    monkeypatch.setattr(time, "time", lambda: begun - 86_400.0)
    assert sessions.find(cookie) is None


def test_a_killed_desk_logs_nobody_out_and_stores_no_cookie(bureau: Bureau):
    cookie = bureau.desk.sessions.begin("ben", "password")
    again = Sessions(bureau.desk.database, hours=1.0)
    assert again.find(cookie) is not None
    assert again.fits(cookie, bureau.desk.sessions.token(cookie))
    assert cookie.encode() not in bureau.desk.database.path.read_bytes()


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("/item/x?t=1", "/item/x?t=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
def test_after_the_log_in_one_stays_at_the_desk(address: str, leads: str):
    assert _inside(address) == leads


def test_the_log_in_form_needs_the_page_that_showed_it(bureau: Bureau):
    answer = bureau.visitor().client.post(
        "/login", data={"name": "ben", "password": PASSWORD}, headers={"origin": BASE}
    )
    assert answer.status_code == 403


def _setup():
    from videogen.release.people.person import typed_name

    return typed_name("setup")
