"""One of two processes that race in a store: `python -m tests.videogen_dagster.fleet.racer STORE`; prints JSON.

It waits until the file that VIDEOGEN_START names is there, so that both begin together.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.videogen.emergency.sample_alerts import NOW, alert
from videogen.emergency.alerts.register import AlertRegister, RegisteredAlert
from videogen.emergency.cap.writer import write_alert
from videogen.emergency.publishing.published_alerts import AlertRecord, PublishedAlerts
from videogen.errors import AlertStateError
from videogen.runtime.machine import machine
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of
from videogen.storage.request_store import RequestStore

ROUNDS = 8
CLOCKS = {"alpha": timedelta(0), "beta": timedelta(seconds=2)}
"""How far the clocks of the two machines are apart."""


def alerts(store: str) -> list[str]:
    """Keys of the alerts that this process took first, and that it published: marks must not be doubled either."""
    register = AlertRegister(f"{store}/alerts")
    won = []
    for number in range(ROUNDS):
        one = alert(f"elm-{number}")
        now = NOW + CLOCKS[machine()]
        taken = register.take(one, original=write_alert(one), origin="race", now=now)
        if taken.new:
            won.append(f"took {taken.registered.key}")
        before = len(register.get(taken.registered.key).history)
        try:
            register.mark(taken.registered.key, "planned", machine(), now=now)
        except AlertStateError:
            continue
        if before == 1 and register.get(taken.registered.key).history[1].reason == machine():
            won.append(f"planned {taken.registered.key}")
        if put(taken.registered):
            won.append(f"published {taken.registered.key}")
    return won


def put(registered: RegisteredAlert) -> bool:
    """Put the alert's record into the folder that both share; whether it is this process's."""
    record = AlertRecord(
        key=registered.key,
        identity=registered.alert.identity,
        status="Actual",
        msg_type="Alert",
        title="Flood",
        watermark=None,
        sent_at=NOW,
        taken_at=NOW,
        planned_at=NOW,
        published_at=NOW + CLOCKS[machine()],
        ends_at=NOW,
        budget_seconds=25.0,
        run_id=machine(),
    )
    published = PublishedAlerts(Path(os.environ["VIDEOGEN_START"]).parent / "published", "unused")
    published.put(record, {})
    kept = published.record(registered.key)
    assert kept is not None
    return kept.run_id == machine()


def attempts(store: str) -> list[int]:
    """Numbers of the attempts that this process opened."""
    requests = RequestStore(store)
    return [requests.open_attempt(requests.ids()[0], reason="race").number for _ in range(ROUNDS)]


def lease(store: str) -> list[tuple[float, float]]:
    """When this process held the lease, by the clock of the machine."""
    held = []
    for _ in range(ROUNDS):
        with only_one_of(Folder(f"{store}/leased")) as alone:
            if alone:
                begun = time.time()
                time.sleep(0.02)
                held.append((begun, time.time()))
    return held


if __name__ == "__main__":
    start = Path(os.environ["VIDEOGEN_START"])
    print("ready", flush=True)
    while not start.exists():
        time.sleep(0.005)
    races = {"alerts": alerts, "attempts": attempts, "lease": lease}
    found: dict[str, Any] = {name: race(sys.argv[1]) for name, race in races.items()}
    print(json.dumps(found))
