"""Reading registers: every function takes the viewer, nothing is returned that it may not see.

A unit sees entries it is about or takes part in, and of units whose work it took over; an entry about a case of the police's
own (R19) is there only for those who may see that case. Persons are masked but for the register's ``personal`` roles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from liandong.casework import crypto, cursor, rows, sight
from liandong.casework.jsontext import to_ms
from liandong.district import policy as district_policy
from liandong.rules.codec import loads
from liandong.rules.masking import mask_deep, mask_name, mask_phone
from liandong.rules.model import Actor, Refusal
from liandong.rules.policy import Policy
from liandong.rules.register import ALL, Entry, Facts, Register, Step
from liandong.rules.register import options as rule_options
from liandong.rules.registers import registers

from . import sides, stored


class Page(NamedTuple):
    """One page of entries, the latest first; ``next`` continues after it (None: that was all)."""

    items: list[Entry]
    next: str | None


class Logged(NamedTuple):
    """One step that was taken: what it changed, open and sealed values together, masked as the entry is."""

    seq: int
    step: str
    at: datetime
    by: str
    changed: Mapping[str, Any]
    state: str | None
    told: tuple[tuple[str, str], ...]


class Asking(NamedTuple):
    """What a list is asked for. ``party``: a unit that takes part; ``owing``: units of which one still owes something;
    ``due_before``: open ones whose limit ends before that instant."""

    states: Sequence[str] = ()
    is_open: bool | None = None
    unit: str = ""
    party: str = ""
    owing: Sequence[str] = ()
    case: str = ""
    period: str = ""
    overdue: bool = False
    since: datetime | None = None
    until: datetime | None = None
    serial: int | None = None
    due_before: datetime | None = None


_COLUMNS = "e.id, e.no, e.doc, e.opened_ms, e.version, e.wrapped, e.sealed"


def table_of(register: str) -> Register:
    """The register of this name. Raises KeyError."""
    return registers()[register]


def may_see(register: Register, viewer: Actor) -> bool:
    """Whether this viewer sees anything of a register at all: not where the other network's instance keeps it."""
    return viewer.role == "system" or (viewer.role in register.sees and not sides.elsewhere(register.name))


def get(viewer: Actor, register: str, no: str, *, policy: Policy | None = None) -> Entry | None:
    """One entry as this viewer may see it; None where there is none for it."""
    found = _select(
        viewer, table_of(register), Asking(), policy, [("e.no = %s", [no])], "LIMIT 1", datetime.now(UTC)
    )
    return found[0][1] if found else None


def find(
    viewer: Actor,
    register: str,
    asking: Asking | None = None,
    *,
    after: str | None = None,
    limit: int = 50,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> Page:
    """Entries of one register, the latest first. Raises BadCursor."""
    more = [("e.id < %s", [cursor.number(cursor.read("register", after, 1)[0])])] if after else []
    found = _select(
        viewer,
        table_of(register),
        asking or Asking(),
        policy,
        more,
        f"ORDER BY e.id DESC LIMIT {limit + 1}",
        now or datetime.now(UTC),
    )
    shown = found[:limit]
    end = cursor.make("register", shown[-1][0]) if len(found) > limit else None
    return Page([entry for _, entry in shown], end)


def count(
    viewer: Actor,
    register: str,
    asking: Asking | None = None,
    *,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> dict[str, int]:
    """How many entries stand in each state; states without any are missing."""
    where, values = _where(
        viewer,
        table_of(register),
        asking or Asking(),
        policy or district_policy.current(),
        now or datetime.now(UTC),
    )
    sql = f"SELECT e.state, COUNT(*) FROM registers_entry e WHERE {where} GROUP BY e.state"
    return {str(state): int(number) for state, number in rows.ask(sql, values)}


def log(viewer: Actor, register: str, no: str, *, policy: Policy | None = None) -> list[Logged]:
    """The steps of an entry, oldest first; nothing where the viewer does not see it."""
    if get(viewer, register, no, policy=policy) is None:
        return []
    rules = policy or district_policy.current()
    table = table_of(register)
    found = rows.ask(
        "SELECT s.seq, s.step, s.at_ms, s.by, s.body, s.sealed, e.wrapped FROM registers_step s "
        "JOIN registers_entry e ON e.id = s.entry_id WHERE e.register = %s AND e.no = %s ORDER BY s.seq",
        [register, no],
    )
    made = []
    for seq, step, at_ms, by, body, sealed, wrapped in found:
        key = crypto.unwrap(bytes(wrapped), no) if wrapped is not None else None
        known = loads(body)
        changed = {**known["set"]["data"], **stored.unseal(key, sealed, f"step:{no}:{seq}")}
        at = datetime.fromtimestamp(at_ms / 1000, rules.zone)
        told = tuple((str(to), str(kind)) for to, kind in known["notices"])
        state = known["set"].get("state")
        made.append(
            Logged(seq, step, at, by, _masked(changed, table, viewer, rules, datetime.now(UTC)), state, told)
        )
    return made


def options(
    viewer: Actor,
    register: str,
    entry: Entry | None,
    *,
    now: datetime | None = None,
    policy: Policy | None = None,
) -> list[tuple[Step, Refusal | None]]:
    """The steps this viewer's role may take here, each with what keeps it from being taken now."""
    if sides.elsewhere(register):
        return []
    table, rules, moment = table_of(register), policy or district_policy.current(), now or datetime.now(UTC)
    return rule_options(table, entry, viewer, moment.astimezone(rules.zone), Facts(rules, {}, {}))


def of_case(viewer: Actor, case: str, *, policy: Policy | None = None) -> list[Entry]:
    """Entries of all registers about one case, oldest first."""
    rules, now = policy or district_policy.current(), datetime.now(UTC)
    found: list[tuple[int, Entry]] = []
    names = rows.ask("SELECT DISTINCT e.register FROM registers_entry e WHERE e.case_no = %s", [case])
    for (name,) in names:
        found += _select(viewer, table_of(name), Asking(case=case), rules, [], "ORDER BY e.id", now)
    return [entry for _, entry in sorted(found, key=lambda one: one[0])]


def _select(
    viewer: Actor, register: Register, asking: Asking, policy: Policy | None, more: Sequence[tuple[str, list[Any]]],
    tail: str, now: datetime,
) -> list[tuple[int, Entry]]:  # fmt: skip
    rules = policy or district_policy.current()
    where, values = _where(viewer, register, asking, rules, now)
    for condition, added in more:
        where += f" AND {condition}"
        values += added
    found = []
    for row in rows.ask(f"SELECT {_COLUMNS} FROM registers_entry e WHERE {where} {tail}", values):
        identity, no, text, opened, version, wrapped, sealed = row
        key = crypto.unwrap(bytes(wrapped), no) if wrapped is not None else None
        hidden = stored.unseal(key, sealed, f"entry:{no}")
        opened_at = datetime.fromtimestamp(opened / 1000, rules.zone)
        entry = stored.load(register.name, no, text, opened_at, version, hidden)
        found.append((int(identity), replace(entry, data=_masked(entry.data, register, viewer, rules, now))))
    return found


def _where(
    viewer: Actor, register: Register, asking: Asking, policy: Policy, now: datetime
) -> tuple[str, list[Any]]:
    where, values = ["e.register = %s"], [register.name]

    def add(condition: str, *added: Any) -> None:
        where.append(condition)
        values.extend(added)

    _sight(viewer, register, policy, now, add)
    if asking.states:
        add(f"e.state IN ({_marks(asking.states)})", *asking.states)
    if asking.is_open is not None:
        add("e.is_open" if asking.is_open else "NOT e.is_open")
    for column, value in (("unit", asking.unit), ("case_no", asking.case), ("period", asking.period)):
        if value:
            add(f"e.{column} = %s", value)
    if asking.party:
        add("e.id IN (SELECT p.entry_id FROM registers_party p WHERE p.unit = %s)", asking.party)
    if asking.owing:
        owing = f"p.unit IN ({_marks(asking.owing)}) AND p.done_ms IS NULL"
        add(f"e.id IN (SELECT p.entry_id FROM registers_party p WHERE {owing})", *asking.owing)
    if asking.overdue:
        add("e.is_open AND e.due_ms < %s", to_ms(now))
    if asking.due_before:
        add("e.is_open AND e.due_ms < %s", to_ms(asking.due_before))
    if asking.since:
        add("e.opened_ms >= %s", to_ms(asking.since))
    if asking.until:
        add("e.opened_ms < %s", to_ms(asking.until))
    if asking.serial is not None:
        add("e.serial = %s", asking.serial)
    return " AND ".join(where), values


def _sight(viewer: Actor, register: Register, policy: Policy, now: datetime, add: Any) -> None:
    if viewer.role == "system":
        return
    allowed = register.sees.get(viewer.role)
    if allowed is None:
        add(sight.NOTHING)
        return
    if allowed.states:
        add(f"e.state IN ({_marks(allowed.states)})", *allowed.states)
    if allowed.how != ALL:
        mine = sorted(sight.units_of(viewer, policy, now))
        if not mine:
            add(sight.NOTHING)
            return
        marks = _marks(mine)
        add(
            f"(e.unit IN ({marks}) OR e.id IN (SELECT p.entry_id FROM registers_party p WHERE p.unit IN ({marks})))",
            *mine,
            *mine,
        )
    if viewer.role not in sight.SEE_RESTRICTED:
        add(*not_restricted(sorted(sight.units_of(viewer, policy, now))))


def not_restricted(units: Sequence[str]) -> tuple[Any, ...]:
    """The condition that leaves out entries about cases of the police's own (R19), and its values: all but those that
    one of these units has to handle itself, for it must be heard and answer (R67), as it sees the case."""
    led = f" AND NOT (r.lead_unit IN ({_marks(units)}))" if units else ""
    hidden = f"SELECT r.no FROM casework_case r WHERE r.restricted{led}"
    return f"(e.case_no = '' OR e.case_no NOT IN ({hidden}))", *units


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _masked(
    data: Mapping[str, Any], register: Register, viewer: Actor, policy: Policy, now: datetime
) -> dict[str, Any]:
    """Persons masked; of what single units gave (``position:CG``) a unit sees its own, whole, and nothing of others."""
    if viewer.role in register.personal or viewer.role == "system":
        return dict(data)
    shown: dict[str, Any] = {}
    mine = sight.units_of(viewer, policy, now)
    for name, value in data.items():
        of_unit = name.partition(":")[2]
        if of_unit and viewer.role == "unit":
            if of_unit in mine:
                shown[name] = value
            continue
        field = register.field_of(name)
        kind = field.type if field else ""
        if kind == "person":
            shown[name] = mask_name(value)
        elif kind == "phone":
            shown[name] = mask_phone(value)
        elif field is not None and field.keep in stored.SEALED:
            shown[name] = mask_deep(value)
        else:
            shown[name] = value
    return shown


__all__ = [
    "Asking", "Logged", "Page", "count", "find", "get", "log", "may_see", "of_case", "options",
    "table_of",
]  # fmt: skip
