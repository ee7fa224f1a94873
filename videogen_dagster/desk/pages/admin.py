"""Admin: people and their roles, brands, and the log with its chain."""

from __future__ import annotations

import json
import math
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from videogen.briefing.pictures.brand import load_brand
from videogen.errors import InputError, VideogenError
from videogen.release.people.log import LogLine
from videogen.release.people.roles import ROLES
from videogen_dagster.desk.call import Call
from videogen_dagster.desk.ids import is_id
from videogen_dagster.desk.pages.new import brands
from videogen_dagster.desk.templating import page

if TYPE_CHECKING:
    from videogen_dagster.desk.desk import Desk

ON_A_PAGE = 40


@dataclass(frozen=True)
class Line:
    """One line of the log, for people. link: `about` is a video or briefing."""

    number: int
    at: str
    by: str
    what: str
    about: str
    detail: str
    hash: str
    link: bool


@dataclass(frozen=True)
class Brand:
    """A brand and its colours; problem: why it cannot be used."""

    name: str
    folder: str
    colours: tuple[str, ...] = ()
    problem: str = ""


def show(desk: Desk, call: Call) -> Response:
    """People, brands and the latest lines of the log."""
    return _page(desk, call)


def change_user(desk: Desk, call: Call) -> Response:
    """Add a user, change one, or take all rights from one."""
    form, users = call.form, desk.people.users
    name = form.text("name").strip().lower()
    chosen: list[str] = form.all("roles")
    shown = {"name": name, "full_name": form.text("full_name").strip(), "chosen": chosen}
    try:
        if form.text("do") == "disable":
            users.disable(name, by=call.user)
            desk.sessions.end_all(name)
            return _page(desk, call)
        is_new = users.find(name) is None
        wanted = desk.keeps_passwords and (is_new or form.text("password") == "new")
        password = _password() if wanted else ""
        users.add(name, chosen, by=call.user, password=password, full_name=shown["full_name"])  # type: ignore[arg-type]
    except InputError as error:
        return _page(desk, call, 400, error=error, **shown)
    if not is_new:
        desk.sessions.end_all(name)
    return _page(desk, call, secret=(name, password) if password else None)


def _password() -> str:
    """A password that is read out over the telephone without mistakes: 80 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _page(desk: Desk, call: Call, status: int = 200, **values: Any) -> Response:
    lines, faults = desk.log_view.read()
    number = call.whole("page", 1)
    pages = max(1, math.ceil(len(lines) / ON_A_PAGE))
    first = max(0, len(lines) - number * ON_A_PAGE)
    shown: dict[str, Any] = {
        "error": None,
        "secret": None,
        "users": desk.people.users.all(),
        "roles": ROLES,
        "name": "",
        "full_name": "",
        "chosen": (),
        "local": desk.keeps_passwords,
        "brands": [_brand(name) for name in brands()],
        "count": len(lines),
        "head": lines[-1].hash if lines else "",
        "faults": faults,
        "lines": [_line(line) for line in reversed(lines[first : len(lines) - (number - 1) * ON_A_PAGE])],
        "page_number": number,
        "pages": pages,
    }
    return page(call, "admin.html", status, **{**shown, **values})


def _line(line: LogLine) -> Line:
    details = {name: value for name, value in line.details.items() if name not in ("digest", "sha256", "sequence")}
    what = str(details.pop("action", line.event))
    detail = ", ".join(f"{name}: {_told(value)}" for name, value in details.items())
    return Line(
        line.sequence, line.at.isoformat(), line.by, what.replace("_", " "), line.about, detail, line.hash,
        is_id(line.about),
    )  # fmt: skip


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _brand(name: str) -> Brand:
    try:
        kit = load_brand(name)
    except VideogenError as error:
        return Brand(name, "", problem=error.problem)
    colours = kit.colours
    shown = (colours.top, colours.bottom, colours.panel, colours.ink, colours.muted, colours.accent)
    return Brand(kit.brand.name, f"{name}/", tuple(dict.fromkeys((*shown, *colours.series[:2]))))
