"""The Parquet tables of a knowledge base and how rows become objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

# table → column → DuckDB type. The same names are the fields of the classes in `facts`.
COLUMNS: dict[str, dict[str, str]] = {
    "sources": {
        "id": "VARCHAR", "name": "VARCHAR", "url": "VARCHAR", "reliability": "DOUBLE", "published": "DATE",
        "origin": "VARCHAR", "licence": "VARCHAR",
    },
    "facts": {
        "entity": "VARCHAR", "attribute": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE", "unit": "VARCHAR",
        "valid_from": "DATE", "valid_to": "DATE", "source": "VARCHAR", "retrieved": "DATE",
    },
    "aliases": {"alias": "VARCHAR", "entity": "VARCHAR", "prominence": "DOUBLE"},
    "documents": {"id": "VARCHAR", "title": "VARCHAR", "text": "VARCHAR", "source": "VARCHAR", "published": "DATE"},
    "passages": {
        "id": "VARCHAR", "document": "VARCHAR", "title": "VARCHAR", "text": "VARCHAR", "source": "VARCHAR",
        "published": "DATE", "embedding": "BLOB",
    },
}  # fmt: skip


def arrow_table(name: str, rows: list[dict[str, Any]]) -> pyarrow.Table:
    """Rows of table `name` as Arrow with exactly its columns and types."""
    import pyarrow as pa

    kinds = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "DATE": pa.date32(), "BLOB": pa.binary()}
    schema = pa.schema([(column, kinds[kind]) for column, kind in COLUMNS[name].items()])
    return pa.Table.from_pylist(rows, schema=schema)
