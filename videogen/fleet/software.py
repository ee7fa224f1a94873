"""Which software a machine runs: the version, and a digest of the code. Videos are the same only where both are."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ENGINE = Path(__file__).resolve().parents[1]
_PACKAGES = ("videogen", "resources", "assets", "sensors", "videogen_dagster")
_DIGITS = 8


@cache
def software_version() -> str:
    """As in ``"0.2.0+1f0c9a52"``, the same on every machine with the same code."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        folder = _ENGINE.parent / package
        for file in sorted(folder.rglob("*.py")):
            digest.update(f"{file.relative_to(folder.parent).as_posix()}\0".encode())
            digest.update(file.read_bytes())
    try:
        number = version("pib-videogen")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+{digest.hexdigest()[:_DIGITS]}"
