"""Takes what people drop into the inbox of a machine without a daemon: requests and alerts go into the shared store.

`python -m videogen_dagster.fleet.inbox`, started by `videogen worker`. The daemon, wherever it is, starts the runs.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.emergency.alerts.inbox import FOLDER, take_alert_files
from videogen.errors import VideogenError
from videogen.intake.inbox import take_from_inbox
from videogen_dagster.ui.processes import stop_on_signals

EVERY = 2.0
_log = logging.getLogger(__name__)


def look(storage: StorageResource) -> tuple[list[str], list[str]]:
    """Take what is whole now; returns the keys of new alerts and the ids of new requests. Faults are logged."""
    config = storage.settings.config
    inbox = Path(storage.settings.root(config.paths.inbox))
    alerts, requests = [], []
    if config.emergency.emergency_mode_enabled:
        taken = take_alert_files(inbox / FOLDER, storage.intake)
        alerts = [alert.key for alert in taken.taken]
        for file, reasons in (*taken.rejected, *taken.troubles):
            _log.error("%s: %s", file, reasons)
    accepted = take_from_inbox(inbox, storage.requests, config=config)
    for file, reason in (*accepted.rejected, *accepted.waiting):
        _log.error("%s: %s", file, reason)
    for video_id in accepted.accepted:
        storage.warehouse.add_request(storage.requests.get(video_id))
        requests.append(video_id)
    return alerts, requests


def watch(storage: StorageResource) -> None:
    """Look until SIGTERM, and go on where the store does not answer for a while."""
    stop = stop_on_signals()
    while not stop.is_set():
        begun = time.monotonic()
        try:
            for key in (*(found := look(storage))[0], *found[1]):
                _log.warning("taken: %s", key)
        except VideogenError as error:
            _log.error("%s", error)
        stop.wait(max(0.0, EVERY - (time.monotonic() - begun)))


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    watch(StorageResource(settings=SettingsResource()))
