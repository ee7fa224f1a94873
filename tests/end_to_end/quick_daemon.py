"""Dagster's daemon with shorter intervals than its own, which nobody can set: nobody waits half a minute in a test.

It looks for backfills every two seconds instead of every 30, and gives a sign of life every three instead of every 30.
"""

from __future__ import annotations

from functools import partial

from dagster._daemon import cli, controller

if __name__ == "__main__":
    # So that a version of Dagster that has moved them does not make the tests slow again in silence.
    assert controller.DEFAULT_DAEMON_INTERVAL_SECONDS == controller.DEFAULT_HEARTBEAT_INTERVAL_SECONDS == 30
    controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2
    cli.daemon_controller_from_instance = partial(cli.daemon_controller_from_instance, heartbeat_interval_seconds=3)
    cli.main()
