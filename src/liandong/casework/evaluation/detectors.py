"""The signs of ``rules/signs.py`` counted: by unit, each with the cases it is made of. Same limits as every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from liandong.district.measuring import Measuring
from liandong.district.measuring import current as measures
from liandong.district.policy import current as policy_now
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.signs import SIGNS, Sign, is_shown

from .. import cursor, rows
from .definitions import ASSIGNED, Rows
from .hours import DAY
from .scope import NOWHERE, Scope, Statement, refused, scope_of, seen
from .values import Item, Items


def _events(name: str, type_: str) -> Rows:
    return Rows(
        name, "casework_event e JOIN casework_case c ON c.no = e.case_no", "e.case_no", ("e.case_no", "e.position"),
        "e.at_ms", "c.received_ms", "c.lead_unit",
        f"e.type IN ('call_back', 'reclassify', 'rework') AND e.type = '{type_}'",
    )  # fmt: skip


class _Counted(NamedTuple):
    rows: Rows
    among: str
    right: str


_SAME = (
    "a.case_no || ' ' || a.n IN (SELECT w.case_no || ' ' || w.n FROM (SELECT b.case_no, b.n, COUNT(*) OVER "
    "(PARTITION BY b.unit, p.text) AS same FROM casework_assignment b "
    "JOIN casework_event e ON e.case_no = b.case_no AND e.type = 'feedback' AND e.at_ms = b.finished_ms "
    "JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
    "WHERE b.due_ms >= :start AND b.due_ms < :end AND b.finished_ms IS NOT NULL AND NOT (p.text = '')) w "
    "WHERE w.same >= {same_text_cases})"
)
_REWORKED = (
    "c.no IN (SELECT e.case_no FROM casework_event e WHERE e.type IN ('call_back', 'reclassify', 'rework') "
    "AND e.type = 'rework' AND e.at_ms >= :start)"
)
_ENDED = Rows(
    "ended", "casework_case c", "c.no", ("c.no",), "c.closed_ms", "c.received_ms", "c.lead_unit",
    "c.closed_ms IS NOT NULL AND c.state IN ('closed', 'archived') AND NOT (c.first_unit = '')",
)  # fmt: skip
_COUNTED: Mapping[str, _Counted] = {
    "last_minutes": _Counted(
        ASSIGNED, "a.outcome = 'on_time' AND a.finished_ms IS NOT NULL",
        "a.due_ms - a.finished_ms <= {last_minutes_ms}",
    ),
    "same_text": _Counted(ASSIGNED, "a.finished_ms IS NOT NULL", _SAME),
    "reopened": _Counted(_ENDED, "1 = 1", _REWORKED),
    "unrecorded": _Counted(ASSIGNED, "a.contact_outcome IN ('on_time', 'late')", "a.contact_claimed"),
    "far_promise": _Counted(ASSIGNED, "a.promised", "a.due_ms - a.pushed_ms >= {far_promise_days_ms}"),
    "upgraded": _Counted(_events("reclassified", "reclassify"), "1 = 1", "e.body LIKE '%%\"class\":\"special\"%%'"),
    "own_call_back": _Counted(_events("called", "call_back"), "1 = 1", "e.by LIKE 'unit:%%'"),
}  # fmt: skip
READ = ("desk_lead", "duty_office", "inspector", "system")
"""Who is shown clues: who may open the cases behind them."""


class Clue(NamedTuple):
    """One sign of one unit: ``cases`` of ``among``; ``shown`` from the district's thresholds on."""

    sign: Sign
    unit: str
    cases: int
    among: int
    shown: bool


def find(viewer: Actor, period: Period, *, now: datetime) -> dict[str, list[Clue]]:
    """Clues by sign, the most cases first; a unit without any is not there. Nothing for who sees no cases."""
    policy, measuring = policy_now(), measures()
    if viewer.role not in READ:
        return {}
    scope = scope_of(period, measuring, policy, now)
    numbers = _numbers(measuring)
    made: dict[str, list[Clue]] = {}
    for code, sign in SIGNS.items():
        statement, right = _statement(code, scope, numbers)
        sql, values = statement.sql(
            f"{statement.rows.unit}, COUNT(*), SUM(CASE WHEN {right} THEN 1 ELSE 0 END)", "GROUP BY 1"
        )
        clues = [
            Clue(sign, str(unit or NOWHERE), int(count or 0), int(among), is_shown(sign, int(count or 0), int(among), numbers))
            for unit, among, count in rows.ask(sql, values)
        ]  # fmt: skip
        made[code] = sorted((one for one in clues if one.cases), key=lambda one: (-one.cases, one.unit))
    return made


def items(
    viewer: Actor,
    code: str,
    period: Period,
    *,
    unit: str | None = None,
    after: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Items:
    """The cases of a sign, the latest first. Raises Refused for an unknown sign, BadCursor."""
    if code not in SIGNS:
        raise refused("bad_value", "R67", f"没有线索 {code}", "sign")
    policy, measuring = policy_now(), measures()
    units = seen(viewer, policy, now, listing=True) if viewer.role in READ else ()
    scope = scope_of(period, measuring, policy, now)._replace(units=units)
    statement, right = _statement(code, scope, _numbers(measuring))
    kind = statement.rows
    statement.where(right)
    if unit is not None:
        statement.where(f"{kind.unit} = %s", "" if unit == NOWHERE else unit)
    if after:
        parts = cursor.read("sign", after, 1 + len(kind.keys))
        typed = [parts[1], *(cursor.number(part) for part in parts[2:])]
        marks = ", ".join(["%s"] * (1 + len(typed)))
        statement.where(f"({kind.when}, {', '.join(kind.keys)}) < ({marks})", cursor.number(parts[0]), *typed)
    order = ", ".join(f"{column} DESC" for column in (kind.when, *kind.keys))
    sql, values = statement.sql(
        f"{kind.unit}, {kind.when}, {', '.join(kind.keys)}", f"ORDER BY {order} LIMIT {int(limit) + 1}"
    )
    found = rows.ask(sql, values)
    shown = found[:limit]
    end = shown[-1] if len(found) > limit else None
    return Items(
        [Item(str(row[2]), str(row[0]), int(row[1]), int(row[3]) if len(row) > 3 else None) for row in shown],
        cursor.make("sign", *end[1:]) if end else None,
    )


def _numbers(measuring: Measuring) -> dict[str, int]:
    return {key: one.value for key, one in measuring.settings.items() if isinstance(one.value, int)}


def _statement(code: str, scope: Scope, numbers: Mapping[str, int]) -> tuple[Statement, str]:
    counted = _COUNTED[code]
    statement = Statement(counted.rows, scope)
    statement.where(counted.among)
    right = counted.right
    lengths = {
        "last_minutes_ms": numbers["last_minutes"] * 60_000,
        "far_promise_days_ms": numbers["far_promise_days"] * DAY,
    }
    for key, value in {**numbers, **lengths}.items():
        right = right.replace(f"{{{key}}}", str(value))
    return statement, statement.at(right)
