"""Many at once, slowly, or with names of megabytes: the desk stays in bounds and answers in words."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from videogen.errors import CapacityError, InputError
from videogen_dagster.desk.security import bodies, throttle
from videogen_dagster.desk.security.bodies import MOST_UPLOADS, Incoming, read_form
from videogen_dagster.desk.security.throttle import Throttle

FORM = b"application/x-www-form-urlencoded"


def slow(parts: list[bytes], pause: float) -> Request:
    left = list(parts)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"content-type", FORM)]}
    return Request(scope, receive)


def test_a_form_that_trickles_in_is_refused_and_one_that_keeps_pace_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.5)
    with pytest.raises(InputError, match="comes too slowly"):
        asyncio.run(read_form(slow([b"a"] * 1000, 0.2), 100_000))
    form, _ = asyncio.run(read_form(slow([b"a=", *[b"x" * 20_000] * 4], 0.2), 100_000))
    assert len(form.text("a")) == 80_000


def test_so_many_files_of_strangers_are_received_at_the_same_time_and_no_more() -> None:
    incoming = Incoming()
    entered = [incoming.one_more() for _ in range(MOST_UPLOADS)]
    for one in entered:
        one.__enter__()
    with pytest.raises(CapacityError, match="too many files"), incoming.one_more():
        pass
    entered[0].__exit__(None, None, None)
    with incoming.one_more():
        pass


def test_names_by_the_thousand_and_of_any_length_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MOST_NAMES", 100)
    tries = Throttle(2, 60.0)
    for number in range(1000):
        tries.wait(f"{number} {'x' * 10_000}")
    assert len(tries._times) <= 100
    assert max(map(len, tries._times)) <= 200
    assert [tries.wait("ada") > 0 for _ in range(3)] == [False, False, True]
