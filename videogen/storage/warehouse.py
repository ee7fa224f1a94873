"""The warehouse: facts about all videos as tables, for SQL.

Every writer writes files of its own, so no process ever waits for another's lock; a query reads them
all into an in-memory DuckDB that can reach nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, InputError
from videogen.storage.atomic_folder import SAFE_NAME, Folder
from videogen.storage.history import compaction
from videogen.storage.plain_rows import SQL_TYPES
from videogen.storage.warehouse_tables import TABLES, arrow_schema, columns, schema

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_PATIENCE = 0.2
_TRIES = 3
LONGEST = 300.0
"""Seconds that a query may take, so that it ends where no Ctrl-C is heard: under nohup, in a service."""
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE_INTO", "CREATE", "ALTER", "DROP"})


class Warehouse:
    """Tables below one root, a local folder or any fsspec URL: ``<root>/<table>/<key>.parquet``."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._folder = Folder(root)

    def write(self, table: str, key: str, rows: pd.DataFrame) -> None:
        """Write the rows of one writer; they replace what it wrote under the same key before.

        Args:
            table: one of `videogen.storage.warehouse_tables.TABLES`.
            key: names the writer, e.g. ``"<video id>.2"`` or ``"<video id>.2.<run id>"``.
            rows: the table's columns, in any order.

        Raises:
            InputError: no such table, or a row breaks the table's schema.
            StorageError: the disk or remote store refused.
        """
        import pandera.errors
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not SAFE_NAME.fullmatch(key):
            raise InputError(f"{key!r} cannot be a key", remedy="use letters, digits and . _ = -")
        try:
            checked = schema(table).validate(rows, lazy=True)
        except pandera.errors.SchemaErrors as error:
            raise InputError(f"rows for the table {table} are refused: {_reasons(error)}") from error
        names = [column.name for column in columns(table)]
        data = pa.Table.from_pandas(checked[names], schema=arrow_schema(table), preserve_index=False)
        with self._folder.writing(f"{table}/{key}.parquet") as path:
            pq.write_table(data, path)

    def read(self, table: str, key: str) -> pd.DataFrame:
        """Return the rows that were written under `key`; empty if there are none.

        Raises:
            ArtifactError: the file cannot be read.
        """
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [column.name for column in columns(table)]
        try:
            data = self._folder.read(f"{table}/{key}.parquet")
        except FileNotFoundError:
            put_away = compaction.rows_of(self._folder, table, key)
            return pd.DataFrame(columns=names) if put_away is None else put_away.to_pandas()
        try:
            rows: pd.DataFrame = pq.read_table(pa.BufferReader(data)).to_pandas()
            return rows
        except pa.ArrowException as error:
            raise ArtifactError(
                f"the rows {key} of the table {table} cannot be read: {error}", remedy="remove or restore that file"
            ) from error

    def add_request(self, request: VideoRequest) -> None:
        """Add a request to the table `requests`."""
        import pandas as pd

        names = {column.name for column in columns("requests")} - {"video_id", "images"}
        row = request.model_dump(include=names) | {"video_id": request.id, "images": len(request.images)}
        self.write("requests", request.id, pd.DataFrame([row]))

    def query(self, sql: str, parameters: Sequence[object] = (), *, longest: float = LONGEST) -> pd.DataFrame:
        """Run one SQL statement over the tables; all tables exist, possibly empty.

        Nothing else can be read or changed: no files, no extensions, no settings.

        Args:
            sql: one read-only statement.
            parameters: values for the ``?`` of the statement.
            longest: seconds after which it is given up.

        Raises:
            InputError: DuckDB refuses the statement, or it takes longer than `longest`.
            ArtifactError: a file of a table cannot be read.
        """
        import duckdb

        connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        try:
            for table in TABLES:
                self._fill(connection, table, wanted=re.search(rf"\b{table}\b", sql, re.IGNORECASE) is not None)
            for setting in (
                "python_enable_replacements = false",
                "autoload_known_extensions = false",
                "enable_external_access = false",
                "lock_configuration = true",
            ):
                connection.execute(f"SET {setting}")
            statements = connection.extract_statements(sql)
            if len(statements) != 1:
                raise InputError(
                    f"one SQL statement is needed, not {len(statements)}", remedy='e.g. "SELECT * FROM videos"'
                )
            if statements[0].type.name in _CHANGES:
                raise InputError(
                    f"{statements[0].type.name} is not allowed: only statements that read are accepted",
                    remedy="use SELECT, DESCRIBE or EXPLAIN",
                )
            return _answer(connection, statements[0], list(parameters), longest)
        except duckdb.Error as error:
            tables = ", ".join(TABLES)
            raise InputError(f"the query fails: {error}", remedy=f"the tables are {tables}") from error
        finally:
            connection.close()

    def _fill(self, connection: duckdb.DuckDBPyConnection, table: str, wanted: bool) -> None:
        import duckdb

        typed = ", ".join(f'"{column.name}" {SQL_TYPES[column.kind]}' for column in columns(table))
        connection.execute(f'CREATE TABLE "{table}" ({typed})')
        if not wanted:
            return
        if not self._folder.is_local and not connection.filesystem_is_registered(self._protocol()):
            connection.register_filesystem(self._folder.fs)
        for tries_left in reversed(range(_TRIES)):
            try:
                self._insert(connection, table)
                return
            except duckdb.Error as error:
                # Files are put away while others read: what is left of the list is read again.
                connection.execute(f'DELETE FROM "{table}"')  # noqa: S608  # one of TABLES
                if not tries_left:
                    raise ArtifactError(
                        f"the table {table} cannot be read: {error}", remedy="remove or restore the file it names"
                    ) from error

    def _insert(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        """The rows of all files, and those that were put away of writers without a file."""
        names = [name for name in self._folder.names(table) if name.endswith(".parquet")]
        if names:
            files = [self._folder.url(f"{table}/{name}") for name in names]
            connection.read_parquet(files, union_by_name=True).to_view("_files")
            connection.execute(f'INSERT INTO "{table}" BY NAME FROM _files')
            connection.execute("DROP VIEW _files")
        put_away = compaction.place(table)
        if table in compaction.COMPACTED and self._folder.exists(put_away):
            connection.read_parquet([self._folder.url(put_away)]).to_view("_old")
            present = [name.removesuffix(".parquet") for name in names]
            connection.execute("CREATE TEMP TABLE _present AS SELECT unnest(?) AS _key", [present])
            connection.execute(
                f'INSERT INTO "{table}" BY NAME SELECT * EXCLUDE (_key) FROM _old '  # noqa: S608  # one of TABLES
                "WHERE _key NOT IN (SELECT _key FROM _present)"
            )
            connection.execute("DROP VIEW _old")
            connection.execute("DROP TABLE _present")

    def _protocol(self) -> str:
        protocol = self._folder.fs.protocol
        return protocol if isinstance(protocol, str) else protocol[0]


def _answer(
    connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, parameters: list[object], longest: float
) -> pd.DataFrame:
    """The rows, asked for in a thread of its own: DuckDB looks for Ctrl-C only between large pieces of work."""
    with ThreadPoolExecutor(1) as worker:
        deadline = time.monotonic() + longest
        rows = worker.submit(lambda: connection.execute(statement, parameters).df())
        try:
            # Python hears a signal that another thread has taken only when this one wakes up.
            while not wait([rows], _PATIENCE).done:
                if time.monotonic() > deadline:
                    raise InputError(
                        f"the query takes longer than {longest:g} s", remedy="narrow it down, or allow more: --timeout"
                    )
            answer: pd.DataFrame = rows.result()
            return answer
        except (KeyboardInterrupt, InputError):
            connection.interrupt()
            raise


def _reasons(error: Exception) -> str:
    import pandera.errors

    assert isinstance(error, pandera.errors.SchemaErrors)
    cases = error.failure_cases
    reasons = [f"{case['column']}: {case['check']} ({case['failure_case']!r})" for _, case in cases.head(5).iterrows()]
    more = f", and {len(cases) - 5} more" if len(cases) > 5 else ""
    return "; ".join(reasons) + more
