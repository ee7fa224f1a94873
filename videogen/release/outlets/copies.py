"""Copies of releases on other storage: any folder or fsspec URL. Copying again changes nothing that is the same."""

from __future__ import annotations

from pathlib import Path

from videogen.errors import ArtifactError
from videogen.release.folder import NOTICE, RECORD, folder_of, notice_text
from videogen.release.record import ReleaseRecord
from videogen.storage.atomic_folder import SAFE_NAME, Folder, copy, sha256


def deliver_copy(root: Path, record: ReleaseRecord, place: str) -> None:
    """Bring ``<place>/<id>/`` to the state of the published folder; the record comes last.

    What was withdrawn is deleted there, and its record says so.

    Raises:
        ArtifactError: a published file was changed or removed by hand: it is not delivered.
        StorageError, ConfigError: the place refused, or cannot be opened.
    """
    release, target = record.provenance.id, Folder(place)
    source = folder_of(root, release)
    wanted = {} if record.withdrawn is not None else _files(source, record)
    for name, digest in wanted.items():
        path = source / name
        if not path.is_file() or (digest and sha256(path) != digest):
            raise ArtifactError(
                f"{path} was changed or removed after it was published",
                remedy=f"publish it again: `videogen publish {release}`",
                video_id=release,
            )
        if target.size(f"{release}/{name}") != path.stat().st_size:
            with target.writing(f"{release}/{name}") as temporary:
                copy(path, temporary)
    for name in target.names(release):
        if name not in (*wanted, RECORD, NOTICE):
            target.remove(f"{release}/{name}")
    text = notice_text(record)
    if text:
        target.write(f"{release}/{NOTICE}", text.encode())
    else:
        target.remove(f"{release}/{NOTICE}")
    target.write(f"{release}/{RECORD}", record.model_dump_json(indent=1).encode() + b"\n")


def _files(source: Path, record: ReleaseRecord) -> dict[str, str]:
    """Name → SHA-256 of what lies there; "": the record has no sum of it, as of a webm's signature."""
    sums = dict(record.files) or {record.video: record.sha256}
    beside = (path.name for path in source.iterdir() if SAFE_NAME.fullmatch(path.name)) if source.is_dir() else ()
    return sums | {name: "" for name in beside if name not in (*sums, RECORD, NOTICE)}
