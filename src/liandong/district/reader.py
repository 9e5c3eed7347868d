"""Reading one TOML file against its schema: values with their lines, and every fault of form."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import positions
from .errors import Problem
from .schema import Table


class Source:
    """One file of the pack. Lines are looked for only when something is wrong: a sound pack reads fast."""

    def __init__(self, file: str, text: str, problems: list[Problem]):
        self.file = file
        self.text = text
        self.problems = problems
        self._lines: dict[positions.Path, int] | None = None

    def line(self, path: positions.Path) -> int:
        """The line of a value or table."""
        if self._lines is None:
            self._lines = positions.index(self.text)
        return positions.line_of(self._lines, path)

    def report(self, path: positions.Path, reason: str) -> None:
        """Remember one fault."""
        self.problems.append(Problem(self.file, self.line(path), reason))


class Row:
    """A table of a file: its values by key and the tables inside it; faulty values are absent."""

    def __init__(self, source: Source, path: positions.Path, values: dict[str, Any]):
        self.source = source
        self.path = path
        self.values = values
        self.inside: dict[str, list[Row]] = {}
        self.sound = True

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or ``default`` where the key was left out."""
        return self.values.get(key, default)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of words as a tuple."""
        return tuple(self.values.get(key, ()))

    def wrong(self, key: str | None, reason: str) -> None:
        """Report a fault at ``key`` (None: at the table itself)."""
        self.source.report((*self.path, key) if key else self.path, reason)


class Tables(dict[str, list[Row]]):
    """The sound rows of a file by table; ``faulty`` keeps the others and what they name."""

    def __init__(self, names: Iterable[str]):
        super().__init__({name: [] for name in names})
        self.faulty: list[Row] = []

    def named(self, key: str) -> set[str]:
        """What the faulty rows call themselves under ``key``."""
        return {row.values[key] for row in self.faulty if key in row.values}


def read_file(base: Path, file: str, schema: Mapping[str, Table], problems: list[Problem]) -> Tables:
    """Read ``base/file``; faults of form go to ``problems``, the faulty rows apart."""
    tables = Tables(schema)
    try:
        text = (base / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(Problem(file, 1, f"缺少文件 {file}，请补上"))
        return tables
    except (UnicodeDecodeError, OSError) as error:
        problems.append(Problem(file, 1, f"读不出来：{error}；文件应为 UTF-8 编码的文字"))
        return tables
    source = Source(file, text, problems)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(file, positions.syntax_line(str(error), text), f"TOML 语法错误：{error}"))
        return tables
    for name in data:
        if name not in schema:
            source.report(_first(data, name), f"不认识的表或键 {name}，可用：{'、'.join(schema)}")
    for name, table in schema.items():
        tables[name] = _rows(source, (name,), data.get(name), table, tables.faulty)
        if not table.many and name not in data:
            source.report((), f"缺少表 [{name}]")
    return tables


def _first(data: Mapping[str, Any], name: str) -> positions.Path:
    return (
        (name, 0)
        if isinstance(data[name], list) and data[name] and isinstance(data[name][0], dict)
        else (name,)
    )


def _rows(source: Source, path: positions.Path, data: Any, table: Table, faulty: list[Row]) -> list[Row]:
    """The sound rows of one table name."""
    if data is None:
        return []
    if table.many:
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            source.report(path, f"{path[-1]} 应写成 [[{path[-1]}]]，一行一表")
            return []
        found = [_row(source, (*path, n), item, table, faulty) for n, item in enumerate(data)]
    elif isinstance(data, dict):
        found = [_row(source, path, data, table, faulty)]
    else:
        source.report(path, f"{path[-1]} 应写成 [{path[-1]}]")
        return []
    faulty.extend(row for row in found if not row.sound)
    return [row for row in found if row.sound]


def _row(source: Source, path: positions.Path, item: dict[str, Any], table: Table, faulty: list[Row]) -> Row:
    row = Row(source, path, {})
    for key, value in item.items():
        if key in table.inside:
            continue
        kind = table.keys.get(key)
        if kind is None:
            where = (*path, key, 0) if isinstance(value, list) else (*path, key)
            source.report(where, f"不认识的键 {key}，可用：{'、'.join((*table.keys, *table.inside))}")
        elif not kind.test(value):
            source.report((*path, key), f"{key} = {value!r} 不对：{kind.says}")
        else:
            row.values[key] = value
            continue
        row.sound = False
    for key in table.keys:
        if key not in item and key not in table.optional:
            source.report(path, f"缺少键 {key}（{table.keys[key].says}）")
            row.sound = False
    if "from" in row.values and "to" in row.values and row.values["to"] <= row.values["from"]:
        source.report((*path, "to"), f"失效日 {row.values['to']} 不晚于生效日 {row.values['from']}")
        row.sound = False
    for key, inner in table.inside.items():
        row.inside[key] = _rows(source, (*path, key), item.get(key), inner, faulty)
    return row
