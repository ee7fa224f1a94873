"""Rows of one file of the warehouse as plain Python values, read and written with DuckDB alone.

For processes that live long beside others, such as the monitor: pandas, pandera and Arrow would cost them 90 MB.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from videogen.errors import ArtifactError, InputError
from videogen.storage.atomic_folder import SAFE_NAME, Folder
from videogen.storage.warehouse_columns import Column, Kind
from videogen.storage.warehouse_tables import columns

if TYPE_CHECKING:
    import duckdb

SQL_TYPES: Final[dict[Kind, str]] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "real": "DOUBLE",
    "truth": "BOOLEAN",
    "time": "TIMESTAMPTZ",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MEMORY: Final = "64MB"


class PlainRows:
    """Files of the tables below one root, the same that `videogen.storage.warehouse.Warehouse` reads and writes."""

    def __init__(self, root: str) -> None:
        self._folder = Folder(root)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def read(self, table: str, key: str) -> list[dict[str, Any]]:
        """The rows that were written under `key`; none if the file does not exist.

        Times are aware datetimes in UTC; a column that the file lacks, as one of an older version does, is None.

        Raises:
            ArtifactError: the file cannot be read.
        """
        import duckdb

        name = f"{table}/{key}.parquet"
        wanted = columns(table)
        try:
            with self._local(name) as path, self._lock:
                found = self._open().read_parquet(str(path))
                there = set(found.columns)
                fields = [_selected(column, column.name in there) for column in wanted]
                values = found.project(", ".join(fields)).fetchall()
        except FileNotFoundError:
            return []
        except duckdb.Error as error:
            raise ArtifactError(
                f"the rows {key} of the table {table} cannot be read: {error}", remedy="remove or restore that file"
            ) from error
        return [_row(wanted, row) for row in values]

    def write(self, table: str, key: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write the rows of one writer; they replace what it wrote under the same key before.

        Args:
            table: one of `videogen.storage.warehouse_tables.TABLES`.
            key: names the writer.
            rows: all columns of the table by name; times are aware datetimes.

        Raises:
            InputError: no such table, or a row breaks the table's schema.
            StorageError: the disk or remote store refused.
        """
        import duckdb

        if not SAFE_NAME.fullmatch(key):
            raise InputError(f"{key!r} cannot be a key", remedy="use letters, digits and . _ = -")
        wanted = columns(table)
        given = [[_stored(row[column.name]) for row in rows] for column in wanted]
        with self._folder.writing(f"{table}/{key}.parquet") as path, self._lock:
            connection = self._open()
            try:
                connection.execute(f"CREATE OR REPLACE TEMP TABLE written ({', '.join(map(_declared, wanted))})")
                connection.execute(f"INSERT INTO written SELECT {', '.join(map(_given, wanted))}", given)
                target = str(path).replace("'", "''")
                connection.execute(f"COPY written TO '{target}' (FORMAT parquet)")
            except duckdb.ConstraintException as error:
                raise InputError(f"rows for the table {table} are refused: {error}") from error
            except duckdb.ConversionException as error:
                raise InputError(f"rows for the table {table} are refused: {error}") from error

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            # One thread and little memory: files of a run have some hundred rows.
            settings: dict[str, Any] = {"threads": 1, "memory_limit": _MEMORY, "autoinstall_known_extensions": False}
            self._connection = duckdb.connect(":memory:", config=settings)
        return self._connection

    @contextmanager
    def _local(self, name: str) -> Iterator[Path]:
        if self._folder.is_local:
            path = self._folder.local(name)
            if not path.exists():
                raise FileNotFoundError(path)
            yield path
            return
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(self._folder.read(name))
            file.flush()
            yield Path(file.name)


def _selected(column: Column, there: bool) -> str:
    name = f'"{column.name}"'
    if not there:
        return f"NULL AS {name}"
    return f"epoch_us({name}) AS {name}" if column.kind == "time" else name


def _row(wanted: Sequence[Column], values: Sequence[Any]) -> dict[str, Any]:
    return {
        column.name: _EPOCH + value * _MICROSECOND if column.kind == "time" and value is not None else value
        for column, value in zip(wanted, values, strict=True)
    }


def _stored(value: Any) -> Any:
    return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value


def _declared(column: Column) -> str:
    """The column with the conditions of its schema."""
    name = f'"{column.name}"'
    conditions = [] if column.nullable else ["NOT NULL"]
    if column.minimum is not None:
        conditions.append(f"CHECK ({name} >= {column.minimum})")
    if column.maximum is not None:
        conditions.append(f"CHECK ({name} <= {column.maximum})")
    if column.choices:
        listed = ", ".join(_quoted(choice) for choice in column.choices)
        conditions.append(f"CHECK ({name} IN ({listed}))")
    if column.pattern is not None:
        conditions.append(f"CHECK (regexp_full_match({name}, {_quoted(column.pattern)}))")
    return f"{name} {SQL_TYPES[column.kind]} {' '.join(conditions)}"


def _given(column: Column) -> str:
    """The column out of a list of its values, the next parameter."""
    if column.kind == "time":
        return "make_timestamptz(unnest(?::BIGINT[]))"
    return f"unnest(?::{SQL_TYPES[column.kind]}[])"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
