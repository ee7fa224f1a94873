"""Where files lie: those that come with the software, and the home folder in which an installation keeps its own.

A checkout is both: everything lies in it. In an installation the shipped files (settings, templates, profiles, weights)
lie inside of the package, where nothing is written, and the home folder is ``VIDEOGEN_HOME`` or the user's data folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from videogen.errors import ConfigError

HOME_VARIABLE = "VIDEOGEN_HOME"
_PACKAGE = Path(__file__).resolve().parents[1]
# setup.py puts it into the wheel.
_INSTALLED = _PACKAGE / "shipped"
_SHIPPED_FOLDERS = ("config", "models", "templates")
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def home() -> Path:
    """The folder that relative paths start from: ``VIDEOGEN_HOME``, else the checkout, else the user's data folder.

    Raises:
        ConfigError: VIDEOGEN_HOME is not an absolute path.
    """
    if given := os.environ.get(HOME_VARIABLE):
        folder = Path(given).expanduser()
        if not folder.is_absolute():
            raise ConfigError(
                f"{HOME_VARIABLE} is {given!r}, which is not an absolute path", remedy=f"set it to {folder.absolute()}"
            )
        return folder
    if SHIPPED != _INSTALLED:
        return SHIPPED
    from platformdirs import user_data_path

    return user_data_path("pib-videogen", appauthor=False)


def place(path: Path | str) -> Path:
    """`path`, absolute: in the home folder; where it is not there and is shipped, the shipped one.

    In a checkout state lies beside what is shipped: only the folders that are shipped are looked into.
    """
    relative = Path(path).expanduser()
    own, shipped = home() / relative, SHIPPED / relative
    if os.path.normpath(relative).split(os.sep)[0] not in _SHIPPED_FOLDERS:
        return own
    # Path.exists raises where a folder on the way may not be searched.
    return shipped if not os.path.exists(own) and os.path.exists(shipped) else own


def configuration_file(path: Path | str) -> Path:
    """A file of settings: from the working directory, else from where `place` finds it.

    Raises:
        ConfigError: it is in neither.
    """
    found = Path(path)
    if os.path.lexists(found):
        return found
    if not os.path.lexists(place(found)):
        folders = dict.fromkeys((Path.cwd(), home(), SHIPPED))
        looked = "" if found.is_absolute() else f"; looked in {', '.join(map(str, folders))}"
        raise ConfigError(
            f"cannot read the configuration file {found}: no such file{looked}",
            remedy="correct the name, or leave it out to use the defaults",
        )
    return place(found)
