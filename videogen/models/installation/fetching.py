"""Fetches what a profile names into the models folder: resumable, checksummed, pinned to one commit, one at a time.

Only weights in safetensors or GGUF and the small files beside them are fetched: never pickles, which may run programs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from videogen.errors import InputError, ModelError, StorageError
from videogen.models.families.weights_check import UNFINISHED
from videogen.models.fetched_record import recorded, write_record
from videogen.models.installation import hub
from videogen.runtime.structured_text import read_structured

if TYPE_CHECKING:
    from videogen.models.installation.hub import RemoteFile, RemoteRepository
    from videogen.models.pipeline_options import Lora, SingleFile
    from videogen.models.profile import ModelProfile

Say = Callable[[str], None]
_SMALL = ("*.json", "*.txt", "*.model", "*.jinja", "*.md", "LICENSE*", "*.spm")
_WEIGHTS = ("*.safetensors", "*.gguf")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.msgpack", "*.h5", "*.onnx", "*.tflite")
_SPARE = 1.02


@dataclass(frozen=True)
class Wanted:
    """A repository to fetch. files: names; empty: all that a pipeline or an encoder is loaded from."""

    repository: str
    revision: str | None
    files: tuple[str, ...] = ()


def wanted_by(profile: ModelProfile) -> list[Wanted]:
    """Everything that the profile names by a hub id, without what lies in a folder that somebody put there."""
    found = [Wanted(profile.source, profile.revision)]
    if profile.motion_adapter is not None:
        found.append(Wanted(profile.motion_adapter.source, profile.motion_adapter.revision))
    if profile.ip_adapter is not None:
        adapter = profile.ip_adapter
        folder = f"{adapter.subfolder}/" if adapter.subfolder else ""
        files = (f"{folder}{adapter.file}", f"{folder}image_encoder/*.safetensors", f"{folder}image_encoder/*.json")
        found.append(Wanted(adapter.repository, adapter.revision, files))
    if profile.diffusers is not None:
        singles: tuple[Lora | SingleFile, ...] = (*profile.diffusers.loras, *profile.diffusers.single_files.values())
        for source in dict.fromkeys(one.source for one in singles):
            same = [one for one in singles if one.source == source]
            found.append(Wanted(source, same[0].revision, tuple(one.file for one in same)))
    if profile.text_video_encoder is not None:
        found.append(Wanted(profile.text_video_encoder, None))
    return [one for one in found if _is_hub_id(one.repository) and not _is_own(profile.models / one.repository)]


def fetch_profile(profile: ModelProfile, say: Say) -> list[Path]:
    """Fetch what is missing of `profile`; returns the folders.

    Args:
        say: is told what happens, one line at a time.

    Raises:
        ModelError: a repository is missing, gated, pickled, or its files do not arrive whole.
        StorageError: there is not enough room on the disk for all of it; nothing is fetched then.
    """
    wanted = wanted_by(profile)
    _require_room(profile, [one for one in wanted if not _is_complete(one, profile.models / one.repository)], say)
    return [fetch(one, profile.models, say) for one in wanted]


def fetch(wanted: Wanted, models: Path, say: Say) -> Path:
    """One repository into ``<models>/<owner>/<name>``. A second process waits until the first one has ended."""
    folder = models / wanted.repository
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder, say):
        known = recorded(folder)
        if known is not None and _is_complete(wanted, folder):
            say(f"{wanted.repository} is complete, commit {known['revision'][:12]}")
            return folder
        remote, files = _asked(wanted, folder)
        # Not before: an empty folder would be taken for the weights.
        folder.mkdir(exist_ok=True)
        (folder / UNFINISHED).write_text(json.dumps({"revision": remote.revision}), encoding="utf-8")
        size = sum(file.bytes for file in files) / 1e9
        say(f"{wanted.repository}: {len(files)} files, {size:.1f} GB, commit {remote.revision}")
        for number, file in enumerate(files, 1):
            _one(remote, file, folder)
            say(f"  {number}/{len(files)} {file.name} {file.bytes / 1e9:.2f} GB")
        earlier = known["files"] if known is not None and known["revision"] == remote.revision else {}
        write_record(folder, wanted.repository, remote.revision, [*{*earlier, *(file.name for file in files)}])
        (folder / UNFINISHED).unlink()
        shutil.rmtree(folder / ".cache", ignore_errors=True)
    return folder


def _asked(wanted: Wanted, folder: Path) -> tuple[RemoteRepository, list[RemoteFile]]:
    """What the hub has of it, at the commit that was begun with, and the files to fetch."""
    started = _started(folder)
    remote = hub.listing(wanted.repository, wanted.revision or (str(started["revision"]) if started else None))
    _require_inside(remote)
    return remote, chosen(remote, wanted.files)


def chosen(remote: RemoteRepository, files: Sequence[str] = ()) -> list[RemoteFile]:
    """The files to fetch.

    Args:
        files: names or patterns; empty: small files and weights, for a pipeline only those in the folders of its parts.

    Raises:
        ModelError: a name fits no file, or a part has pickled weights only.
    """
    if files:
        found = [file for file in remote.files if any(fnmatch(file.name, name) for name in files)]
        for name in files:
            if not any(fnmatch(file.name, name) for file in found):
                raise ModelError(
                    f"{remote.repository} has no file {name} at commit {remote.revision[:12]}",
                    remedy="correct the file in the profile",
                )
        return found
    is_pipeline = any(file.name == "model_index.json" for file in remote.files)
    found = [file for file in remote.files if _is_wanted(file.name, is_pipeline)]
    _require_safe(remote, found)
    return found


def _require_inside(remote: RemoteRepository) -> None:
    """Make sure that no file of the repository would come to lie, or take the place of another, outside its folder."""
    for file in remote.files:
        parts = file.name.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\\" in file.name or "\0" in file.name:
            raise ModelError(
                f"{remote.repository} names the file {file.name[:200]!r}, which would lie outside of its folder",
                remedy="check HF_ENDPOINT: no repository of the hub has such a file",
            )


def _is_wanted(name: str, is_pipeline: bool) -> bool:
    base, in_folder = name.rpartition("/")[2], "/" in name
    if any(fnmatch(base, pattern) for pattern in _SMALL):
        return True
    return any(fnmatch(base, pattern) for pattern in _WEIGHTS) and in_folder == is_pipeline


def _require_safe(remote: RemoteRepository, found: Sequence[RemoteFile]) -> None:
    weights = {file.name.rpartition("/")[0] for file in found if file.name.endswith((".safetensors", ".gguf"))}
    pickled = {
        file.name.rpartition("/")[0]: file.name
        for file in remote.files
        if any(fnmatch(file.name.rpartition("/")[2], pattern) for pattern in _PICKLES)
    }
    for folder in sorted(set(pickled) - weights):
        if weights and not folder:
            continue  # whole models beside the parts that count
        raise ModelError(
            f"{remote.repository} has {pickled[folder]} and no safetensors beside it: a pickle may run any program "
            "when it is read, and is never loaded",
            remedy="name a repository with safetensors files as the profile's source",
        )


def _one(remote: RemoteRepository, file: RemoteFile, folder: Path) -> None:
    """One file, whole; a damaged one is fetched once more."""
    path = folder / file.name
    for _ in range(2):
        if path.is_file() and _is_whole(path, file):
            return
        path.unlink(missing_ok=True)
        hub.download(remote, file, folder)
    if not _is_whole(path, file):
        path.unlink(missing_ok=True)
        raise ModelError(
            f"{remote.repository}/{file.name} arrived damaged twice: its size or checksum is not that of the hub",
            remedy="try again; a proxy on the way may change or cut off large files",
        )


def _is_whole(path: Path, file: RemoteFile) -> bool:
    if path.stat().st_size != file.bytes:
        return False
    if file.sha256 is None:
        return True
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _require_room(profile: ModelProfile, wanted: Sequence[Wanted], say: Say) -> None:
    """Add up what is missing of all repositories before the first byte of any of them is fetched.

    Raises:
        StorageError: the disk has less room than that.
    """
    missing = sum(_missing_bytes(one, profile.models / one.repository) for one in wanted)
    if not missing:
        return
    there = next(folder for folder in (profile.models, *profile.models.absolute().parents) if folder.is_dir())
    needed, free = missing * _SPARE, shutil.disk_usage(there).free
    if needed > free:
        raise StorageError(
            f"profile {profile.name!r} needs {_in_words(needed)} more in {profile.models}, and "
            f"{_in_words(free)} are free on its disk: nothing was fetched",
            remedy="free room, or set paths.models to a folder on a larger disk",
        )
    say(f"{_in_words(needed)} to fetch, {_in_words(free)} free on the disk")


def _missing_bytes(wanted: Wanted, folder: Path) -> int:
    _, files = _asked(wanted, folder)
    begun = sum(path.stat().st_size for path in (folder / ".cache").rglob("*.incomplete"))
    return max(0, sum(file.bytes for file in files if not _has_size(folder / file.name, file.bytes)) - begun)


def _in_words(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 5e7 else f"{size / 1e6:.3f} MB"


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


@contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    """Hold the folder's lock; say so if another process has it."""
    lock = FileLock(folder.parent / f".{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another process is fetching {folder.name}: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_complete(wanted: Wanted, folder: Path) -> bool:
    """Whether a fetch has ended there, of this commit and with these files."""
    known = recorded(folder)
    if known is None or (folder / UNFINISHED).exists() or wanted.revision not in (None, known["revision"]):
        return False
    return all(any(fnmatch(name, file) for name in known["files"]) for file in wanted.files)


def _started(folder: Path) -> dict[str, str] | None:
    try:
        found = read_structured(folder / UNFINISHED)
    except (InputError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("revision"), str) else None


def _is_hub_id(source: str) -> bool:
    return source.count("/") == 1 and not source.startswith((".", "/", "~"))


def _is_own(folder: Path) -> bool:
    """A folder that a person put there: it has files, but neither a record nor the mark of a fetch."""
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return bool(names - {".cache"}) and not names & {UNFINISHED, ".videogen-fetched.json"}
