"""Logging in and out, the first user, and one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from videogen.errors import InputError, VideogenError
from videogen.release.people.person import NotAllowedError
from videogen_dagster.desk.call import NEW_COOKIE, Call, NotFoundError, go
from videogen_dagster.desk.security.sessions import new_cookie
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk
    from videogen_dagster.desk.login.oidc import Oidc


def show_log_in(desk: Desk, call: Call) -> Response:
    """The form for name and password."""
    if desk.proxy is not None:
        return go("/")
    if desk.first_user.is_awaited:
        return go("/first")
    if call.person is not None:
        return go(_inside(call.query.get("to", "")))
    return _form(desk, call, to=_inside(call.query.get("to", "")))


def log_in(desk: Desk, call: Call) -> Response:
    """Begin a session with a new cookie, if name and password fit."""
    name, to = call.form.text("name").strip().lower(), _inside(call.form.text("to"))
    # An address that has to wait uses up no tries of a name.
    wait = desk.log_ins.wait(call.peer) or desk.log_ins_of_a_name.wait(name)
    if not desk.keeps_passwords:
        raise NotAllowedError("no passwords are kept here", remedy="log in where the page Log in leads")
    if wait:
        problem = InputError(f"too many tries; the next one is possible in {wait:.0f} s", remedy="wait, then try again")
        return _form(desk, call, 429, error=problem, name=name, to=to)
    person = desk.people.log_in(name, call.form.text("password"))
    if person is None:
        problem = InputError("name and password do not belong together", remedy="check both, and the keyboard's layout")
        return _form(desk, call, 401, error=problem, name=name, to=to)
    desk.log_ins_of_a_name.forget(name)
    response = RedirectResponse(to, 303)
    response.headers[NEW_COOKIE] = desk.sessions.begin(person.name, person.authentication)
    return response


def begin_elsewhere(desk: Desk, call: Call) -> Response:
    """Lead to the identity provider. What it says later counts for this visitor only."""
    oidc, to = _elsewhere(desk), _inside(call.query.get("to", ""))
    if wait := desk.log_ins.wait(call.peer):
        problem = InputError(f"too many tries; the next one is possible in {wait:.0f} s", remedy="wait, then try again")
        return _form(desk, call, 429, error=problem, to=to)
    try:
        response = RedirectResponse(oidc.begin(call.cookie, to), 303)
    except VideogenError as error:
        return _form(desk, call, 502, error=error, to=to)
    response.headers[NEW_COOKIE] = call.cookie
    return response


def come_back(desk: Desk, call: Call) -> Response:
    """Begin a session for whoever comes back from the identity provider, with a new cookie."""
    oidc = _elsewhere(desk)
    try:
        person, to = oidc.person(desk.people, call.cookie, call.query)
    except VideogenError as error:
        return _form(desk, call, 403 if isinstance(error, NotAllowedError) else 502, error=error, to="/")
    desk.people.users.note_log_in(person.name)
    response = RedirectResponse(to, 303)
    roles = person.roles if oidc.claim else None
    response.headers[NEW_COOKIE] = desk.sessions.begin(person.name, person.authentication, roles)
    return response


def log_out(desk: Desk, call: Call) -> Response:
    """End the session."""
    desk.sessions.end(call.cookie)
    response = go("/login", "logged-out")
    response.headers[NEW_COOKIE] = new_cookie()
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def show_first_user(desk: Desk, call: Call) -> Response:
    """The form for the first user, as long as there is none."""
    if not desk.first_user.is_awaited:
        return go("/login")
    return page(call, "first.html", error=None, code="", name="", full_name="")


def add_first_user(desk: Desk, call: Call) -> Response:
    """Make the first user and log them in."""
    form = call.form
    code, name, full_name = form.text("code"), form.text("name").strip().lower(), form.text("full_name").strip()
    try:
        user = desk.first_user.add(code, name, form.text("password"), full_name)
    except VideogenError as error:
        return page(call, "first.html", 400, error=error, code=code, name=name, full_name=full_name)
    response = go("/")
    response.headers[NEW_COOKIE] = desk.sessions.begin(user, "password")
    return response


def show_account(desk: Desk, call: Call) -> Response:
    """Who one is here, and the form for another password."""
    return page(call, "password.html", error=None, local=desk.keeps_passwords)


def change_password(desk: Desk, call: Call) -> Response:
    """Give oneself another password; all other sessions end."""
    person = call.user
    try:
        if not desk.keeps_passwords:
            raise InputError("your password is not kept here", remedy="change it where you log in")
        if desk.log_ins_of_a_name.wait(person.name):
            raise InputError("too many tries", remedy="wait a minute, then try again")
        if desk.people.users.password_fits(person.name, call.form.text("old")) is None:
            raise InputError("the present password is not right", remedy="check the keyboard's layout")
        desk.people.users.set_password(person.name, call.form.text("new"), by=person)
    except InputError as error:
        return page(call, "password.html", 400, error=error, local=desk.keeps_passwords)
    desk.sessions.end_all(person.name)
    response = go("/password", "password")
    response.headers[NEW_COOKIE] = desk.sessions.begin(person.name, person.authentication)
    return response


def _form(
    desk: Desk, call: Call, status: int = 200, *, to: str, error: VideogenError | None = None, name: str = ""
) -> Response:
    provider = urlsplit(desk.config.desk.oidc_issuer).hostname if desk.oidc is not None else ""
    return page(call, "login.html", status, error=error, name=name, to=to, provider=provider)


def _elsewhere(desk: Desk) -> Oidc:
    if desk.oidc is None:
        raise NotFoundError("nobody logs in at an identity provider here", remedy="log in with name and password")
    return desk.oidc


def _inside(address: str) -> str:
    """An address of this desk; the queue, where it leads elsewhere."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if plain and not any(ord(letter) < 33 for letter in address) and len(address) < 500 else "/"
