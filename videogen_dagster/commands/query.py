"""`videogen query`: SQL over the warehouse."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from videogen.text.shown_text import csv_cell, json_escaped
from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, table, write


def query(
    context: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="One statement; none: the tables and their columns.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values on stdout.")] = False,
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds after which it is given up.")] = 300.0,
    json: AsJson = False,
) -> None:
    """Ask the warehouse in SQL (DuckDB): requests, timings, videos, quality, facts."""
    from videogen.storage.warehouse_tables import TABLES

    if sql is None:
        listing = {name: [column.name for column in columns] for name, columns in TABLES.items()}
        if json:
            print_json(listing)
        else:
            show(table(("table", "columns"), ((name, ", ".join(columns)) for name, columns in listing.items())))
        return
    answer = project(context).warehouse.query(sql, longest=timeout)
    if csv:
        write(answer.map(_cell).to_csv(index=False).rstrip("\n"))
    elif json:
        plain = answer.map(_plain) if len(answer) else answer
        write(json_escaped(plain.to_json(orient="records", date_format="iso", force_ascii=False)))
    else:
        show(table(answer.columns, answer.astype("string").fillna("").itertuples(index=False)))
        say(f"{len(answer)} rows")


def _cell(value: Any) -> Any:
    return csv_cell(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """A cell that JSON can hold: bytes in hexadecimal, UUIDs as text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value) if isinstance(value, UUID) else value
