"""One counting statement over one kind of rows, put together condition by condition (figures and evaluation).

Everything that comes from a person stays a value beside it; instants are numbers of ours and stand in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from . import sight

_CASE = re.compile(r"\bc\.")


class Counted(Protocol):
    """A kind of rows: its table with alias and the column that names the case."""

    @property
    def table(self) -> str: ...
    @property
    def case(self) -> str: ...


class Statement:
    """Conditions and values being put together; ``instants`` stand for ``:start``, ``:end``, ``:now`` (milliseconds)."""

    def __init__(self, counted: Counted, instants: Mapping[str, int]) -> None:
        self._counted = counted
        self._instants = instants
        self._conditions: list[str] = []
        self._values: list[Any] = []

    def where(self, condition: str, *values: Any) -> None:
        """One more condition."""
        self._conditions.append(self.at(condition))
        self._values.extend(values)

    def among(self, column: str, values: Sequence[str]) -> None:
        """Only these values of a column; none of them: nothing."""
        if values:
            self.where(f"{column} IN ({', '.join(['%s'] * len(values))})", *values)
        else:
            self.where(sight.NOTHING)

    def at(self, condition: str) -> str:
        """A condition with the instants in their places."""
        for name, value in self._instants.items():
            condition = condition.replace(name, str(int(value)))
        return condition

    def sql(self, columns: str, tail: str = "") -> tuple[str, list[Any]]:
        """The whole statement; the case is joined only where something is asked of it."""
        condition = " AND ".join(f"({one})" for one in self._conditions) or "1 = 1"
        source, columns = self._counted.table, self.at(columns)
        if "casework_case c" not in source and _CASE.search(f"{columns} {condition} {tail}"):
            source += f" JOIN casework_case c ON c.no = {self._counted.case}"
        return f"SELECT {columns} FROM {source} WHERE {condition} {tail}", self._values
