"""Imports on disk: one folder each, complete or absent, checked against its manifest when read."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from videogen.errors import ArtifactError, StorageError
from videogen.fact_check.knowledge.tables import COLUMNS, arrow_table
from videogen.storage.atomic import flush, whole_folder
from videogen.storage.atomic_folder import sha256

MANIFEST = "manifest.json"


def write_import(root: Path, name: str, tables: dict[str, list[dict[str, Any]]]) -> str:
    """Write one import below ``root/imports`` and return its id: name and content hash.

    Files are written into a temporary folder and the folder is renamed, so readers see all of it or nothing.
    The same content written twice, or by two processes at once, gives the same import.

    Raises:
        StorageError: the disk refused.
    """
    import pyarrow.parquet as pq

    import_id = f"{slug(name)}-{_digest(tables)[:12]}"
    final = root / "imports" / import_id
    if final.exists():
        return import_id
    try:
        with whole_folder(final, lambda folder: (folder / MANIFEST).exists()) as temporary:
            checksums: dict[str, str] = {}
            for table in COLUMNS:
                if tables.get(table):
                    path = temporary / f"{table}.parquet"
                    pq.write_table(arrow_table(table, tables[table]), path, compression="zstd")
                    flush(path)
                    checksums[path.name] = sha256(path)
            manifest = {
                "id": import_id,
                "name": name,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "rows": {table: len(rows) for table, rows in tables.items() if rows},
                "sha256": checksums,
            }
            (temporary / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            flush(temporary / MANIFEST)
    except OSError as error:
        raise StorageError(
            f"the knowledge base at {root} could not be written: {error}",
            remedy="free disk space or check the permissions; the base is unchanged",
        ) from error
    return import_id


def read_manifests(root: Path) -> list[dict[str, Any]]:
    """Manifests of all imports, oldest first, after checking every file against its checksum.

    Raises:
        ArtifactError: a file is missing or changed since it was written.
    """
    manifests = []
    for folder in sorted((root / "imports").glob("[!.]*")):
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            for name, expected in manifest["sha256"].items():
                if sha256(folder / name) != expected:
                    raise ValueError(f"{name} has changed since it was written")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ArtifactError(
                f"the import {folder.name} of the knowledge base is damaged: {error}",
                remedy=f"remove the folder {folder} and import its data again",
            ) from error
        manifests.append(manifest)
    return sorted(manifests, key=lambda manifest: (manifest["created_at"], manifest["id"]))


def version(manifests: list[dict[str, Any]]) -> str:
    """A short hash that changes with the content of the base, and only with it."""
    content = json.dumps(sorted(manifest["id"] for manifest in manifests))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def drop_imports(root: Path, prefix: str, *, keep: str) -> None:
    """Remove imports whose id starts with `prefix` but not with `keep`: older editions of the same data."""
    for folder in (root / "imports").glob(f"{prefix}*"):
        if not folder.name.startswith(f"{keep}-"):
            shutil.rmtree(folder, ignore_errors=True)


def _digest(tables: dict[str, list[dict[str, Any]]]) -> str:
    kept = {
        table: [{key: value for key, value in row.items() if key != "embedding"} for row in rows]
        for table, rows in sorted(tables.items())
    }
    return hashlib.sha256(json.dumps(kept, default=str, sort_keys=True).encode()).hexdigest()


def slug(name: str) -> str:
    """`name` as a part of a folder name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "import"
