"""One file for the old rows of a table: 100,000 files a year would make every query a listing.

``<warehouse>/compacted/<table>.parquet`` has the rows of many writers, and in the column ``_key`` whose they are. A
file of a writer counts before its rows in there. So nothing is counted twice while the one is written and the others
are not yet removed, and a writer may write again at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from videogen.errors import ArtifactError
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of
from videogen.storage.warehouse_tables import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

KEY: Final = "_key"
FOLDER: Final = "compacted"
COMPACTED: Final = (
    "requests", "stage_timings", "step_timings", "videos", "quality", "failures", "releases", "adaptations",
    "fact_checks",
)  # fmt: skip
"""Tables with a file for each video. Those of feedback are left out: what is to be erased is found by its file."""
OLD = timedelta(days=1)
FEWEST = 32
"""Fewer files are left as they are."""


def place(table: str) -> str:
    """Where the old rows of a table lie in the warehouse."""
    return f"{FOLDER}/{table}.parquet"


def compact(root: str, *, now: datetime | None = None, older_than: timedelta = OLD) -> int:
    """Put the files of writers that nobody has touched for a day into one; returns how many were put away.

    Only one process does so at a time. A killed one leaves both, and the next one goes on.

    Args:
        root: of the warehouse, a folder or an fsspec URL.
        now: the moment that ages are counted from; None: now.
        older_than: how long a file must have been left alone: runs that are repeated write theirs again.

    Raises:
        ArtifactError: a file cannot be read; the tables before it are done.
        StorageError: the disk or remote store refused.
    """
    folder, moment = Folder(root), now or datetime.now(UTC)
    with only_one_of(Folder(f"{root.rstrip('/')}/{FOLDER}")) as alone:
        return sum(_compact(folder, table, moment - older_than) for table in COMPACTED) if alone else 0


def _compact(folder: Folder, table: str, before: datetime) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    there = folder.files(table).items()
    old = {name: facts for name, facts in there if facts[1] < before and name.endswith(".parquet")}
    if len(old) < FEWEST:
        return 0
    keys = {name.removesuffix(".parquet") for name in old}
    parts = [_old_rows(folder, table, keys)]
    for name in sorted(old):
        rows = _read(folder, f"{table}/{name}").cast(arrow_schema(table))
        parts.append(rows.append_column(KEY, pa.array([name.removesuffix(".parquet")] * len(rows), pa.string())))
    with folder.writing(place(table)) as path:
        pq.write_table(pa.concat_tables(parts), path, compression="zstd")
    # A writer may have written again meanwhile; what is newer stays.
    now = folder.files(table)
    for name in old:
        if now.get(name) == old[name]:
            folder.remove(f"{table}/{name}")
    return len(old)


def _old_rows(folder: Folder, table: str, but: set[str]) -> pa.Table:
    """The rows that were put away before, without those of these writers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = arrow_schema(table).append(pa.field(KEY, pa.string())).empty_table()
    try:
        rows = _read(folder, place(table))
    except FileNotFoundError:
        return empty
    # Earlier versions had fewer columns.
    rows = pa.concat_tables([empty, rows], promote_options="default").cast(empty.schema)
    return rows.filter(pc.invert(pc.is_in(rows[KEY], value_set=pa.array(sorted(but), pa.string()))))


def rows_of(folder: Folder, table: str, key: str) -> pa.Table | None:
    """The rows of one writer that were put away; None: there are none."""
    import pyarrow.compute as pc

    if table not in COMPACTED:
        return None
    try:
        rows = _read(folder, place(table))
    except FileNotFoundError:
        return None
    mine = rows.filter(pc.equal(rows[KEY], key)).drop_columns([KEY])
    return mine if len(mine) else None


def _read(folder: Folder, name: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(folder.read(name)))
    except pa.ArrowException as error:
        raise ArtifactError(f"{folder.url(name)} cannot be read: {error}", remedy="remove or restore it") from error
