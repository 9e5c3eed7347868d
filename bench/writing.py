"""Rows in bulk as each database takes them fastest: background of a measured store, never a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def write(chunk: Mapping[str, list[tuple[Any, ...]]], columns: Mapping[str, Sequence[str]]) -> None:
    """One chunk: rows by table, whose columns are ``columns``."""
    for table, found in chunk.items():
        names = ", ".join(f'"{name}"' for name in columns[table])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in found:
                        copy.write_row(row)
            else:
                marks = ", ".join(["?"] * len(columns[table]))
                cursor.cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", found)
