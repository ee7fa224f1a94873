"""Whether everything that a video needs works now: each check in time, with what was found and what to do."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTimeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from videogen.config.config import VideoGenConfig
from videogen.errors import VideogenError
from videogen.monitoring.heartbeat import DEAD_AFTER, heartbeat_age
from videogen.storage.atomic_folder import Folder

Status = Literal["healthy", "degraded", "unhealthy"]
LIMIT: Final = 3.0
"""Seconds that all checks together may take."""
_LEAST_FREE: Final = 0.05
_ORDER: Final = ("healthy", "degraded", "unhealthy")


class HealthCheck(BaseModel):
    """One check: what was found, and what to do."""

    model_config = ConfigDict(frozen=True)

    name: str
    status: Status
    found: str
    remedy: str = ""
    seconds: float = 0.0


class SystemHealth(BaseModel):
    """All checks; the worst one counts."""

    model_config = ConfigDict(frozen=True)

    status: Status
    checked_at: datetime
    checks: tuple[HealthCheck, ...]


Check = Callable[[], tuple[Status, str, str]]
"""Answers with status, what was found, and what to do; what it raises makes it unhealthy."""


def system_health(config: VideoGenConfig, more: Mapping[str, Check] | None = None) -> SystemHealth:
    """Carry out all checks at once.

    Args:
        more: further checks by name, e.g. of Dagster, which the engine does not know.
    """
    checks = {**_checks(config), **(more or {})}
    deadline = time.monotonic() + LIMIT
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="health")
    begun = {name: pool.submit(_carried_out, name, check) for name, check in checks.items()}
    done = []
    for name, future in begun.items():
        try:
            done.append(future.result(max(0.0, deadline - time.monotonic())))
        except OutOfTimeError:
            problem, remedy = f"no answer within {LIMIT:g} s", "look at the disk, store or network behind it"
            done.append(HealthCheck(name=name, status="unhealthy", found=problem, remedy=remedy, seconds=LIMIT))
    pool.shutdown(wait=False, cancel_futures=True)
    worst = max((check.status for check in done), key=_ORDER.index)
    return SystemHealth(status=worst, checked_at=datetime.now(UTC), checks=tuple(done))


def _carried_out(name: str, check: Check) -> HealthCheck:
    clock = time.perf_counter()
    try:
        status, found, remedy = check()
    except VideogenError as error:
        status, found, remedy = "unhealthy", error.problem, error.remedy
    except Exception as error:
        status, found, remedy = "unhealthy", f"{type(error).__name__}: {error}", ""
    seconds = round(time.perf_counter() - clock, 4)
    return HealthCheck(name=name, status=status, found=found, remedy=remedy, seconds=seconds)


def _checks(config: VideoGenConfig) -> dict[str, Check]:
    return {
        "store": lambda: round_trip(config.location(config.paths.store)),
        "warehouse": lambda: round_trip(config.location(config.paths.warehouse)),
        "disk": lambda: _disk(config),
        "model": lambda: _model(config),
        "encoder": _encoder,
        "certificate": lambda: _certificate(config),
        "clock": lambda: _clock(config),
        "notifications": lambda: _notifications(config),
        "monitor": lambda: _monitor(config.path(config.monitoring.folder)),
    }


def round_trip(root: str) -> tuple[Status, str, str]:
    """Write, read and delete a small file."""
    folder, name = Folder(root), f"health-{secrets.token_hex(6)}"
    clock = time.perf_counter()
    folder.write(name, b"1")
    is_same = folder.read(name) == b"1"
    folder.remove(name)
    seconds = time.perf_counter() - clock
    if not is_same:
        return "unhealthy", f"{root} gives back something else than was written", "check the disk or the remote store"
    return "healthy", f"written, read and deleted in {1000 * seconds:.0f} ms", ""


def _disk(config: VideoGenConfig) -> tuple[Status, str, str]:
    folder = config.path(config.monitoring.folder)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(there)
    share = usage.free / usage.total
    status: Status = "healthy" if share > 2 * _LEAST_FREE else "degraded" if share > _LEAST_FREE else "unhealthy"
    return status, f"{usage.free / 1e9:.1f} GB free, {share:.0%}", "" if status == "healthy" else "`videogen clean`"


def _model(config: VideoGenConfig) -> tuple[Status, str, str]:
    """The profile can be read, and its weights are there."""
    from videogen.models.loading import revision_of
    from videogen.models.profile import load_profile

    profile = load_profile(config.model.profile, config.path(config.paths.models))
    return "healthy", f"{profile.name}, revision {revision_of(profile)[:12]}", ""


def _encoder() -> tuple[Status, str, str]:
    """H.264 can be encoded."""
    import av

    av.CodecContext.create("libx264", "w")
    return "healthy", f"PyAV {av.__version__} with libx264", ""


def _certificate(config: VideoGenConfig) -> tuple[Status, str, str]:
    expiry = certificate_expiry(config)
    if expiry is None:
        return "healthy", "a development certificate is used: nobody else trusts it", ""
    days = (expiry - datetime.now(UTC)).days
    status: Status = "healthy" if days >= 14 else "degraded" if days >= 0 else "unhealthy"
    remedy = "" if status == "healthy" else "get a new one, and set release.certificate and release.key"
    return status, f"the signing certificate expires in {days} days", remedy


def certificate_expiry(config: VideoGenConfig) -> datetime | None:
    """When the configured signing certificate expires; None: none is configured."""
    from cryptography import x509

    if config.release.certificate is None:
        return None
    data = config.path(config.release.certificate).read_bytes()
    return x509.load_pem_x509_certificates(data)[0].not_valid_after_utc


def _clock(config: VideoGenConfig) -> tuple[Status, str, str]:
    """This machine's clock against that of the store's disk."""
    root = config.location(config.paths.store)
    if "://" in root:
        return "healthy", "not compared with a remote store", ""
    folder, name = Folder(root), f"health-{secrets.token_hex(6)}"
    before = time.time()
    folder.write(name, b"1")
    skew = folder.local(name).stat().st_mtime - before
    folder.remove(name)
    if abs(skew) < 5:
        return "healthy", f"{skew:+.1f} s from the clock of the store", ""
    return "degraded", f"{skew:+.0f} s from the clock of the store", "synchronise the clocks (NTP)"


def _notifications(config: VideoGenConfig) -> tuple[Status, str, str]:
    from videogen.monitoring.alerts.book import AlertBookFile

    sent = AlertBookFile(config.path(config.monitoring.folder)).read().notifications
    bad = [note for note in sent[-10:] if note.outcome in ("failed", "uncertain")]
    if bad:
        last = bad[-1]
        remedy = "check the receiver, its secret and the network"
        return "degraded", f"{last.receiver} was not told for certain: {last.error}", remedy
    return "healthy", f"{len(sent)} messages, none lost of the last ten" if sent else "nobody had to be told yet", ""


def _monitor(folder: Path) -> tuple[Status, str, str]:
    age = heartbeat_age(folder)
    if age is None:
        return "degraded", "no monitor runs: nobody is told of problems", "`make ui`, or `videogen monitor`"
    if age > DEAD_AFTER:
        return "unhealthy", f"its last round was {age:.0f} s ago", "end it if it hangs, and start it again"
    return "healthy", f"its last round was {age:.0f} s ago", ""
