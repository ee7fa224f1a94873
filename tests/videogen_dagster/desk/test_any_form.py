"""Whatever is sent to an address of the desk, its answer is a page: nothing breaks, and nobody does what is not theirs."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import videogen_dagster.desk
from tests.fuzzing import examples
from tests.videogen_dagster.desk.house import BASE, PEOPLE, Bureau
from videogen.release.people.roles import may
from videogen_dagster.desk.routes import TABLE
from videogen_dagster.desk.routing import Entry

TEMPLATES = Path(next(iter(videogen_dagster.desk.__path__))) / "templates"
FIELDS = sorted(
    {name for page in TEMPLATES.glob("*.html") for name in re.findall(r'name="([a-z_]+)"', page.read_text("utf-8"))}
    - {"token", "viewport"}
)
# The first wait for a process of their own or end the visitor's session; they have tests of their own.
LEFT_OUT = {
    ("POST", "/check"),
    ("POST", "/logout"),
    ("POST", "/password"),
    ("POST", "/first"),
    ("POST", "/admin/users"),
}
ROUTES = [entry for entry in TABLE if (entry.method, entry.path) not in LEFT_OUT]
HOSTILE = [
    "..", "../..", "/etc/passwd", "%2e%2e", "..\\..", ".", "\0", "1e999", "-1", "0", "9" * 400, "٣", "²", "null", "true",
    "<script>alert(1)</script>", "{{7*7}}", "'\"`", "\u202e", "\ud7ff", "a" * 5000, "2026-13-45T99:99", "0001-01-01T00:00",
    "9999-12-31T23:59", "&a=1\r\nSet-Cookie: x=y", "-" * 400, "x\n" * 300, "[[[[", "*a &a", "!!python/object:os.system",
]  # fmt: skip
VALUES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.integers(-5, 50).map(str))
NAMED = st.sampled_from(["this", "20260101-000000000-a-bus-00000000", "20260101-000000-b-00000000-00000000"])


def address(entry: Entry, values: dict[str, str], clip: str) -> str:
    """The address of a route with hostile values in it."""

    def value(match: re.Match[str]) -> str:
        given = values.get(match[1], "..")
        return clip if given == "this" else quote(given.encode("utf-8", "replace"), safe="")

    return re.sub(r"\{(\w+)\}", value, entry.path)


@pytest.mark.fuzz("desk")
@settings(
    max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
@given(
    entry=st.sampled_from(ROUTES),
    who=st.sampled_from([None, *PEOPLE]),
    item=st.one_of(NAMED, VALUES),
    places=st.dictionaries(st.sampled_from(["number", "name", "shot", "language", "form", "ticket"]), VALUES),
    fields=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8),
)
def test_any_address_and_form_is_answered(
    bureau: Bureau, clip: str, entry: Entry, who: str | None, item: str, places: dict[str, str], fields: dict[str, str]
) -> None:
    visitor = bureau.visitor(who)
    path = address(entry, {**places, "item_id": item}, clip)
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    if entry.method == "GET":
        answer = visitor.client.get(path, params=fields)
    else:
        visitor.client.get("/login")
        token = bureau.desk.sessions.token(visitor.client.cookies["desk"])
        answer = visitor.client.post(path, data={**fields, "token": token}, headers={"origin": BASE})
    assert answer.status_code < 500, (entry.path, path, fields, answer.text[:500])
    assert "root:x:0:0" not in answer.text
    assert "<script>alert(1)" not in answer.text
    permitted = entry.action is None or (who is not None and may(PEOPLE[who], entry.action))
    # Clients leave "." out of an address, and what is left of it may take no form.
    assert permitted or answer.status_code in (303, 403, 404) or (answer.status_code == 405 and "/./" in path)
