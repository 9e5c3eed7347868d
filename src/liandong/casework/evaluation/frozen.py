"""The rows of a frozen evaluation: every counted row with what it counted for, and counting them again from that alone."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from liandong.rules.policy import Policy
from liandong.rules.scoring import working_hours

from .. import rows
from .counting import Counted, Sums
from .definitions import ASSIGNED, CLOCKED, HALF, METRICS, NUMERATOR, PASSED, REST, Metric, Rows
from .hours import pauses_of, positions
from .scope import NOWHERE, Scope, Statement
from .values import WHOLE

KINDS: tuple[Rows, ...] = tuple(
    dict.fromkeys(kind for metric in METRICS.values() for kind in (metric.rows, metric.above) if kind)
)
_OUT, _AMONG, _RIGHT, _HALF = "0123"
_FACTS = {
    ASSIGNED.name: ("a.pushed_ms", "a.finished_ms", "a.pauses", "a.due_ms", "a.stopped_ms"),
    CLOCKED.name: ("k.due_ms", "k.stopped_ms"),
}


class Row(NamedTuple):
    """One counted row. ``marks``: for each metric of the kind whether it was left out, among, right or half;
    ``numbers``: hours without pauses, with pauses and beyond the limit; or the minutes a report was late."""

    no: str
    n: int
    unit: str
    township: str
    at_ms: int
    marks: str
    numbers: tuple[float, ...]


def metrics_of(kind: str) -> list[Metric]:
    """The metrics counted over a kind of rows, in the order of their marks."""
    return [metric for metric in METRICS.values() if metric.rows is not None and metric.rows.name == kind]


def gather(kind: Rows, scope: Scope, policy: Policy) -> list[Row]:
    """The rows of one kind that count for anything, in order of case."""
    statement = Statement(kind, scope)
    columns = [kind.unit, "c.township", kind.when, *kind.keys]
    facts = _FACTS.get(kind.name, ())
    wide = len(columns)
    columns += facts
    for metric in metrics_of(kind.name):
        among = f"WHEN {metric.among} THEN 1 ELSE 0 END"
        right = f"WHEN ({metric.among}) AND ({metric.right}) THEN 2 " if metric.right else ""
        half = f"WHEN ({metric.among}) AND ({metric.half}) THEN 3 " if metric.half else ""
        columns.append(f"CASE {right}{half}{among}")
    sql, values = statement.sql(", ".join(columns), f"ORDER BY {', '.join(kind.keys)}")
    position = positions(policy.calendar)
    made = []
    for row in rows.ask(sql, values):
        marks = "".join(map(str, row[wide + len(facts) :]))
        if marks.strip(_OUT) or kind is PASSED:
            numbers = _numbers(kind, row[wide : wide + len(facts)], position, scope.now)
            n = int(row[4]) if len(kind.keys) > 1 else 0
            made.append(Row(row[3], n, row[0] or NOWHERE, row[1] or NOWHERE, int(row[2]), marks, numbers))
    return made


def _numbers(
    kind: Rows, facts: tuple[object, ...], position: Callable[[int], float], now: int
) -> tuple[float, ...]:
    """Working hours of an assignment, or minutes by which a report was late; rounded as they are kept."""
    if kind is ASSIGNED:
        pushed, finished, pauses, due, stopped = facts
        net = gross = 0.0
        if finished is not None:
            gross = working_hours(position, pushed, finished)  # type: ignore[arg-type]
            net = working_hours(position, pushed, finished, pauses_of(str(pauses)))  # type: ignore[arg-type]
        over = working_hours(position, due, now if stopped is None else stopped)  # type: ignore[arg-type]
        return tuple(round(value, 6) for value in (net, gross, over))
    if kind is CLOCKED:
        due, stopped = facts
        return (round(max(0, (now if stopped is None else stopped) - due) / 60_000, 6),)  # type: ignore[operator]
    return ()


def pack(found: Iterable[Row]) -> bytes:
    """The rows as one compressed text."""
    return zlib.compress(
        json.dumps([list(row) for row in found], ensure_ascii=False, separators=(",", ":")).encode()
    )


def unpack(data: bytes) -> list[Row]:
    """The rows again. Raises ValueError for what is no such text."""
    try:
        return [
            Row(*row)._replace(numbers=tuple(row[-1])) for row in json.loads(zlib.decompress(bytes(data)))
        ]
    except (zlib.error, TypeError, UnicodeDecodeError) as error:
        raise ValueError("the rows of the snapshot cannot be read") from error


def recount(found: dict[str, list[Row]], by: str) -> Counted:
    """Sums by key and metric out of stored rows alone; the whole under ""."""
    counted: Counted = {WHOLE: {}}
    for kind, lines in found.items():
        metrics = metrics_of(kind)
        for row in lines:
            keys = [WHOLE] if not by else [WHOLE, row.unit if by == "unit" else row.township]
            for key in keys:
                sums = counted.setdefault(key, {})
                if kind == PASSED.name:
                    sums.setdefault("M7", Sums()).above += 1
                for metric, mark in zip(metrics, row.marks, strict=True):
                    if mark != _OUT:
                        _add(sums.setdefault(metric.code, Sums()), metric, mark, row.numbers)
    return counted


def _add(sums: Sums, metric: Metric, mark: str, numbers: tuple[float, ...]) -> None:
    sums.among += 1
    sums.right += mark == _RIGHT
    sums.half += mark == _HALF
    if metric.how == "hours":
        sums.values.net.append(numbers[0])
        sums.values.gross.append(numbers[1])
    elif metric.how == "overtime":
        sums.values.net.append(numbers[2])
    elif metric.how == "minutes" and numbers[0]:
        sums.values.net.append(numbers[0])


def behind(found: dict[str, list[Row]], metric: Metric, part: str, key: str | None, by: str) -> list[Row]:
    """The stored rows behind a number of a snapshot."""
    if part == NUMERATOR and metric.above is not None:
        lines = found.get(metric.above.name, [])
    elif metric.rows is not None:
        at = metrics_of(metric.rows.name).index(metric)
        wanted = {NUMERATOR: _RIGHT, HALF: _HALF, REST: _AMONG}.get(part, "123")
        if not metric.right:
            wanted = "123"
        lines = [row for row in found.get(metric.rows.name, []) if row.marks[at] in wanted]
    else:
        return []
    if key is None or not by:
        return lines
    return [row for row in lines if (row.unit if by == "unit" else row.township) == key]
