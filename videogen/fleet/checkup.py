"""What `videogen doctor` finds, decided from facts. No input or output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import VideogenError
from videogen.fleet.beats import Beat, Machine
from videogen.fleet.queues import Queue

State = Literal["well", "look", "wrong"]
_ORDER: tuple[State, ...] = ("well", "look", "wrong")
CLOCKS_APART = 2.0
"""Seconds; leases bear 5, and the order of events that people read bears less."""
LEAST_FREE = 5_000_000_000
"""Bytes: a default video takes 0.1 GB while it is made, a long one some GB."""


class Finding(FrozenModel):
    """One check. state: "look" does not keep work from being done. remedy: what to do; empty: nothing."""

    name: str
    state: State
    found: str
    remedy: str = ""


def worst(findings: Iterable[Finding]) -> State:
    """The state of the worst finding."""
    return max((one.state for one in findings), key=_ORDER.index, default="well")


def failed(name: str, error: VideogenError) -> Finding:
    """A check that an error ended."""
    return Finding(name=name, state="wrong", found=error.problem, remedy=error.remedy)


def workers(beats: Sequence[Beat]) -> list[Finding]:
    """Whether every queue has a worker."""
    served = Counter[Queue]()
    for beat in beats:
        served[beat.queue] += beat.places
    found = []
    for queue in Queue:
        names = ", ".join(sorted({beat.machine for beat in beats if beat.queue is queue}))
        if served[queue]:
            found.append(Finding(name=f"queue {queue}", state="well", found=f"{served[queue]} at once, on {names}"))
        else:
            remedy = f"start one on a machine: videogen worker --queue {queue}"
            found.append(Finding(name=f"queue {queue}", state="wrong", found="no worker: its runs wait", remedy=remedy))
    return found


def versions(beats: Sequence[Beat], mine: str, daemon: str | None) -> Finding:
    """Whether all have the same software."""
    known = {"this machine": mine, **({"the daemon": daemon} if daemon else {})}
    known |= {beat.machine: beat.version for beat in beats}
    if len(set(known.values())) > 1:
        said = ", ".join(f"{who} {version}" for who, version in sorted(known.items()))
        return Finding(
            name="versions",
            state="wrong",
            found=f"they differ: {said}",
            remedy="install the same version everywhere; workers of another one get no runs",
        )
    if daemon is None:
        return Finding(
            name="versions",
            state="look",
            found=f"{mine}; no daemon has been there in the last half minute",
            remedy="start it on one machine: videogen ui",
        )
    return Finding(name="versions", state="well", found=f"{mine} on {len(known) - 1} machines and the daemon")


def clocks(offsets: dict[str, float]) -> Finding:
    """Whether the clocks agree. offsets: seconds that each is before that of Redis."""
    apart = max(offsets.values()) - min(offsets.values()) if offsets else 0.0
    said = ", ".join(f"{who} {offset:+.1f} s" for who, offset in sorted(offsets.items()))
    if apart > CLOCKS_APART:
        return Finding(
            name="clocks",
            state="wrong",
            found=f"{apart:.1f} s apart ({said}, from the clock of Redis)",
            remedy="synchronise them: timedatectl set-ntp true",
        )
    return Finding(name="clocks", state="well", found=f"at most {apart:.1f} s apart")


def machines(here: Machine, beats: Sequence[Beat]) -> list[Finding]:
    """What each machine has, against what this one has."""
    latest = {beat.machine: beat.about for beat in beats if beat.about is not None}
    return [_machine(name, about, here) for name, about in sorted(latest.items())]


def _machine(name: str, about: Machine, here: Machine) -> Finding:
    troubles, remedies = list(about.faults), [] if not about.faults else ["see what it says about itself"]
    for what, theirs, mine, remedy in (
        ("store", about.store, here.store, "give VIDEOGEN_PATHS__STORE the same value everywhere"),
        ("database", about.database, here.database, "give DAGSTER_POSTGRES_URL the same value everywhere"),
        (
            "folder of published videos",
            about.published,
            here.published,
            "mount one file system at paths.published on every machine (NFS, EFS, CephFS)",
        ),
        (
            "signing certificate",
            about.signer,
            here.signer,
            "set release.certificate and release.key to the same on every machine",
        ),
    ):
        if theirs is not None and theirs != mine:
            troubles.append(f"another {what} than here ({theirs}, here {mine})")
            remedies.append(remedy)
    if about.free_bytes < LEAST_FREE:
        troubles.append(f"{about.free_bytes / 1e9:.1f} GB free")
        remedies.append("free space on that machine: videogen clean")
    if not troubles:
        found = f"{about.device}, {about.free_bytes / 1e9:.0f} GB free"
        return Finding(name=f"machine {name}", state="well", found=found)
    return Finding(name=f"machine {name}", state="wrong", found="; ".join(troubles), remedy="; ".join(remedies))


def here(about: Machine) -> Finding:
    """This machine."""
    if about.faults:
        return Finding(name="this machine", state="wrong", found="; ".join(about.faults))
    return Finding(name="this machine", state="well", found=f"{about.device}, {about.free_bytes / 1e9:.0f} GB free")
