"""Packages that a profile needs, looked for before anything is loaded."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from videogen.errors import ModelError

if TYPE_CHECKING:
    from videogen.models.profile import ModelProfile

# Import name → name in the package index.
_NAMES = {"bs4": "beautifulsoup4", "optimum.quanto": "optimum-quanto", "google.protobuf": "protobuf"}


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


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
