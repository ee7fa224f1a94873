"""A small version of the load test: alerts of every kind, a daemon that is killed in the middle, nothing lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.emergency.load import Load, make_files, run
from videogen.emergency.alerts.register import alert_key

SMALL = {
    "processing.resolution": [640, 360],
    "processing.fps": 4,
    "emergency.sound": False,
    "emergency.emergency_max_generation_time": 600.0,
}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_valid_alert_ends_published_or_superseded_once_though_the_daemon_is_killed(tmp_path: Path) -> None:
    result = run(Load(alerts=10, seconds=15.0, kill=True, settings=SMALL), tmp_path)
    assert result["faults"] == []
    assert sum(result["ended"].values()) == 8
    assert set(result["ended"]) <= {"published", "superseded", "cancelled"}
    assert result["latency"]["from_file"]["median"] > 0


def test_the_load_has_every_kind_of_alert_in_an_order_that_can_be() -> None:
    files = make_files(Load(alerts=100))
    assert len(files) == 100
    kinds = Counter("malformed" if file.alert is None else file.alert.msg_type for file in files)
    assert kinds == {"Alert": 75, "Update": 10, "Cancel": 5, "malformed": 10}
    keys = [alert_key(file.alert.identity) for file in files if file.alert is not None]
    assert sum(file.duplicate for file in files) == len(keys) - len(set(keys)) == 10
    for index, file in enumerate(files):
        for reference in file.alert.references if file.alert else ():
            earlier = [other.alert.identity for other in files[:index] if other.alert is not None]
            assert reference in earlier
    assert [file.name for file in files] == [file.name for file in make_files(Load(alerts=100))]
