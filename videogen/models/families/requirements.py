"""Packages that a profile needs, looked for before anything is loaded."""

from __future__ import annotations

from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING

from videogen.errors import ModelError

if TYPE_CHECKING:
    import torch

    from videogen.models.profile import ModelProfile

# Import name → name in the package index.
_NAMES = {"bs4": "beautifulsoup4", "google.protobuf": "protobuf"}
_COMPILERS = ("c++", "g++", "clang++")


def missing_packages(profile: ModelProfile, with_pictures: bool) -> list[str]:
    """Names, as `pip install` takes them, of packages that the profile needs and that are not installed."""
    options = profile.diffusers
    if options is None:
        return []
    needed = list(options.quirks(with_pictures).packages)
    needed += ["peft"] if options.loras else []
    needed += [options.quantization.package] if options.quantization else []
    needed += ["gguf"] if any(file.file.endswith(".gguf") for file in options.single_files.values()) else []
    return [_NAMES.get(name, name) for name in dict.fromkeys(needed) if not _is_there(name)]


def require_packages(profile: ModelProfile, with_pictures: bool) -> None:
    """Make sure that they are there.

    Raises:
        ModelError: some are not.
    """
    missing = missing_packages(profile, with_pictures)
    if missing:
        raise ModelError(
            f"profile {profile.name!r} needs the Python packages {', '.join(missing)}, which are not installed",
            remedy=f"install them: `pip install {' '.join(missing)}`",
        )


def require_compiler(device: torch.device) -> None:
    """Make sure that blocks can be compiled; torch itself would say so in the first step only.

    Raises:
        ModelError: what torch.compile needs on `device` is missing.
    """
    if device.type == "cuda" and not _is_there("triton"):
        raise ModelError(
            "compile_repeated_blocks needs the Python package triton on a GPU, which is not installed",
            remedy="install it: `pip install triton`, or leave compile_repeated_blocks out of the profile",
        )
    if device.type == "cpu" and not any(map(which, _COMPILERS)):
        raise ModelError(
            f"compile_repeated_blocks needs a C++ compiler on a processor; none of {', '.join(_COMPILERS)} is there",
            remedy="install one (on Debian: `apt-get install g++`), or leave it out of the profile",
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
