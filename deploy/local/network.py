"""Machines that are none: network namespaces on one bridge, so that a "machine" can be cut off or killed as a whole."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A machine. namespace: None where it is this machine itself, told from others by its name only."""

    name: str
    address: str
    namespace: str | None = None
    link: str | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs a command there."""
        return list(command) if self.namespace is None else ["ip", "netns", "exec", self.namespace, *command]

    def cut(self, off: bool = True) -> None:
        """Pull its network cable, or plug it in again.

        Raises:
            RuntimeError: it has no network of its own.
        """
        if self.link is None:
            raise RuntimeError("without namespaces no machine can be cut off")
        _ip("link", "set", self.link, "down" if off else "up")


def can_make_namespaces() -> bool:
    """Whether this process may: it needs root and the kernel's permission."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"vg-{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


@contextmanager
def hosts(names: Sequence[str]) -> Iterator[tuple[str, list[Host]]]:
    """This machine's address for the others, and the others; in namespaces of their own where that is allowed."""
    if not can_make_namespaces():
        yield "127.0.0.1", [Host(name, "127.0.0.1") for name in names]
        return
    token, subnet = secrets.token_hex(2), 64 + secrets.randbelow(128)
    bridge, middle = f"vgbr{token}", f"10.{subnet}.0.1"
    made: list[Host] = []
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("addr", "add", f"{middle}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number, name in enumerate(names):
            here, there = f"vgh{token}{number}", f"vgt{token}{number}"
            host = Host(name, f"10.{subnet}.0.{11 + number}", f"vg{token}{name}", here)
            made.append(host)
            _ip("netns", "add", str(host.namespace))
            _ip("link", "add", here, "type", "veth", "peer", "name", there)
            _ip("link", "set", here, "master", bridge, "up")
            _ip("link", "set", there, "netns", str(host.namespace))
            inside = ("-n", str(host.namespace))
            _ip(*inside, "addr", "add", f"{host.address}/24", "dev", there)
            _ip(*inside, "link", "set", there, "up")
            _ip(*inside, "link", "set", "lo", "up")
        yield middle, made
    finally:
        for host in made:
            subprocess.run(["ip", "netns", "del", str(host.namespace)], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", bridge], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
