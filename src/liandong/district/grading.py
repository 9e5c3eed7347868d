"""The grading table of a district: read from ``levels.toml``, loaded with the pack, asked by the pages (R39, norms C7).

It is apart from ``Pack``: no command asks it, because a machine never sets a level; a corrected threshold must not change
the policy that stands on every event. A pack without the file grades nothing by numbers: a person still sets levels.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from liandong.rules.codes import LEVELS
from liandong.rules.grading import (
    GROUPS,
    Condition,
    Factor,
    GradingError,
    Kind,
    Measure,
    Reading,
    Row,
    Table,
    condition,
)

from . import library
from . import models as m
from .errors import PackError, Problem
from .parts import no_overlap, unique
from .reader import Row as FileRow
from .reader import Tables, read_file
from .schema import DAY, MAYBE_TEXT, TEXT, WHOLE, YES_NO, one_of
from .schema import Kind as Sort
from .schema import Table as Shape

FILE = "levels.toml"
_COUNT = Sort("应为不小于 0 的整数", lambda v: WHOLE.test(v) and v >= 0)
_SCALE = Sort("应为不小于 1 的整数", lambda v: WHOLE.test(v) and v >= 1)
_STEPS = Sort("应为 0 或 1", lambda v: WHOLE.test(v) and v in (0, 1))
_ENDS = ("above", "over", "start", "below", "under", "end")
_WHEN = Shape({"measure": TEXT, **dict.fromkeys(_ENDS, _COUNT)}, optional=frozenset(_ENDS))
_ROW = Shape({"level": one_of(*LEVELS[1:]), "words": TEXT}, inside={"when": _WHEN})
SCHEMA = {
    "levels": Shape({"source": TEXT}, many=False),
    "measure": Shape({"code": TEXT, "name": TEXT, "unit": TEXT, "scale": _SCALE, "more": TEXT}),
    "kind": Shape(
        {
            "code": TEXT,
            "name": TEXT,
            "norm": TEXT,
            "clause": MAYBE_TEXT,
            "above_includes": YES_NO,
            "below_includes": YES_NO,
            "confirmed": YES_NO,
            "source": TEXT,
            "note": TEXT,
            "from": DAY,
            "to": DAY,
        },
        optional=frozenset({"note", "to"}),
        inside={"row": _ROW},
    ),
    "factor": Shape(
        {
            "code": TEXT,
            "group": one_of(*GROUPS),
            "name": TEXT,
            "raises": _STEPS,
            "why": TEXT,
            "confirmed": YES_NO,
            "source": TEXT,
            "from": DAY,
            "to": DAY,
        },
        optional=frozenset({"to"}),
    ),
}


def read(directory: Path | str) -> dict[str, list[dict[str, Any]]]:
    """The rows of ``levels.toml`` as the tables take them, by table. Raises PackError naming every fault with its line."""
    made: dict[str, list[dict[str, Any]]] = {"measure": [], "kind": [], "factor": []}
    if not (Path(directory) / FILE).exists():
        return made
    problems: list[Problem] = []
    tables = read_file(Path(directory), FILE, SCHEMA, problems)
    unique(tables["measure"], "code", "分级数字")
    unique(tables["factor"], "code", "敏感与发展情形")
    measures = {row["code"] for row in tables["measure"]} | tables.named("code")
    for row in tables["measure"]:
        if "{n}" not in row["more"]:
            row.wrong("more", "more 应含 {n}，如 {n}死亡")
    made["measure"] = [dict(row.values) for row in tables["measure"]]
    made["kind"] = _kinds(tables, measures)
    made["factor"] = [_dated(row) for row in tables["factor"]]
    if problems:
        raise PackError(problems)
    return made


class _Days:
    """What ``no_overlap`` compares: the same kind of event on the same days."""

    def __init__(self, row: FileRow) -> None:
        self.code, self.valid_from, self.valid_to = row["code"], row["from"], row.get("to")


def _kinds(tables: Tables, measures: set[str]) -> list[dict[str, Any]]:
    no_overlap([(row, _Days(row)) for row in tables["kind"]], lambda days: days.code, "事件种类")
    made = []
    for row in tables["kind"]:
        reading = Reading(row["above_includes"], row["below_includes"])
        rows = [
            {
                "level": one["level"],
                "words": one["words"],
                "when": [list(c) for c in _conditions(one, reading, measures)],
            }
            for one in row.inside["row"]
        ]
        made.append({**_dated(row), "clause": row["clause"], "rows": rows})
    return made


def _conditions(row: FileRow, reading: Reading, measures: set[str]) -> list[Condition]:
    if not row.inside["when"]:
        row.wrong(None, "这一档没有条件，请写 when = [{ measure = …, above = … }]")
    found = []
    for one in row.inside["when"]:
        if one["measure"] not in measures:
            one.wrong("measure", f"没有分级数字 {one['measure']}，请先写 [[measure]]")
        try:
            found.append(condition(one["measure"], reading, **{key: one.get(key) for key in _ENDS}))
        except GradingError as error:
            one.wrong(None, str(error))
    return found


def _dated(row: FileRow) -> dict[str, Any]:
    values = {key: value for key, value in row.values.items() if key not in ("from", "to")}
    return {**values, "valid_from": row["from"], "valid_to": row.get("to")}


def replace(made: dict[str, list[dict[str, Any]]]) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.SeverityMeasure.objects.all().delete()
    m.SeverityMeasure.objects.bulk_create([m.SeverityMeasure(**row) for row in made["measure"]])
    m.EventKind.objects.all().delete()
    m.EventKind.objects.bulk_create([m.EventKind(**row) for row in made["kind"]])
    m.RaisingFactor.objects.all().delete()
    m.RaisingFactor.objects.bulk_create([m.RaisingFactor(**row) for row in made["factor"]])
    library.changed()


def table_of(made: dict[str, list[dict[str, Any]]], day: date) -> Table:
    """The rows in force on ``day`` as the rules take them."""

    def stands(row: dict[str, Any]) -> bool:
        return row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])

    kinds = [
        Kind(
            row["code"],
            row["name"],
            row["norm"],
            row["clause"],
            Reading(row["above_includes"], row["below_includes"]),
            row["confirmed"],
            row["valid_from"],
            row["valid_to"],
            tuple(Row(r["level"], tuple(Condition(*c) for c in r["when"]), r["words"]) for r in row["rows"]),
            row.get("note", ""),
        )
        for row in made["kind"]
        if stands(row)
    ]
    factors = [
        Factor(*(row[key] for key in ("code", "group", "name", "raises", "why", "source", "confirmed")))
        for row in made["factor"]
        if stands(row)
    ]
    return Table(
        {kind.code: kind for kind in kinds},
        {row["code"]: Measure(**{key: row[key] for key in Measure._fields}) for row in made["measure"]},
        {factor.code: factor for factor in factors},
    )


def _build() -> dict[str, list[dict[str, Any]]]:
    return {
        "measure": [dict(row) for row in m.SeverityMeasure.objects.order_by("id").values()],
        "kind": [dict(row) for row in m.EventKind.objects.order_by("id").values()],
        "factor": [dict(row) for row in m.RaisingFactor.objects.order_by("id").values()],
    }


_memory = library.Memory(_build)


def table(day: date) -> Table:
    """What the district grades by on ``day``; empty where the pack has no such table."""
    return table_of(_memory.get(), day)
