"""A fleet as it is deployed: Postgres, Redis, an S3-compatible store, a daemon, two machines with workers.

With root the machines are network namespaces; without, they are told apart by name only, and one that dies loses its
processes but not its network. Where a server is not installed, the test says so and is skipped. It starts some twenty
processes and may take more than the time that CI has, so it is run by hand: ``VIDEOGEN_FLEET_TEST=1 pytest tests/end_to_end/test_fleet.py``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.demonstration import SMALL, demonstrate, flood
from deploy.local.fleet import fleet
from deploy.local.servers import program
from tests.tiny_models import SETTINGS
from tests.videogen_dagster.front import no_verdict
from videogen.config.config import VideoGenConfig

VIDEOS = 4
"""`make fleet` makes eight, by the same steps."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may look into, as pytest's own may not be: Postgres runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="videogen-fleet-"))
    folder.chmod(0o755)
    yield folder / "fleet"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_videos_and_an_alert_are_published_once_though_a_machine_dies(place: Path, tiny_models: Path) -> None:
    if "VIDEOGEN_FLEET_TEST" not in os.environ:
        pytest.skip("it takes many minutes: set VIDEOGEN_FLEET_TEST=1 to run it")
    for name in ("initdb", "postgres", "redis-server"):
        if program(name) is None:
            pytest.skip(f"{name} is not installed")
    settings = {
        **SETTINGS,
        **SMALL,
        "paths.models": str(tiny_models),
        "quality.weights": no_verdict(VideoGenConfig()),
        "emergency.emergency_reduced_resolution": [640, 360],
    }
    with fleet(place, ("alpha", "beta"), settings) as made:
        outcome = demonstrate(made, alert=flood(), profile="tiny", videos=VIDEOS)

    assert len(outcome.releases) == VIDEOS
    assert set(outcome.releases.values()) == {1}
    assert set(outcome.attempts.values()) == {1}, "a crashed run goes on; it does not begin again"
    assert outcome.alerts_published == 1
    assert outcome.same, "a run that goes on elsewhere draws the same bits"
