"""Reading cases: every function takes the viewer and gives nothing that this viewer may not see.

The number of statements never depends on how much there is; lists page by key (received_at, no) and stay as fast at a
million cases as at a thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from liandong.district import policy as district_policy
from liandong.rules.codec import load_state
from liandong.rules.codes import STATE_NAMES
from liandong.rules.decide import options
from liandong.rules.masking import mask_names, mask_text
from liandong.rules.model import Actor, Refusal, State
from liandong.rules.policy import Policy
from liandong.rules.view import view

from . import crypto, cursor, private, rows, search, sight, words
from .jsontext import parse, to_ms

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
BadCursor = cursor.BadCursor
NOWHERE = "-"
"""A number that no case has."""


class Page(NamedTuple):
    """One page: ``next`` continues after it (None: the list ends here)."""

    items: list[dict[str, Any]]
    next: str | None


class Stored(NamedTuple):
    """A case as read: state, current private view, and what visibility asks."""

    state: State
    private: dict[str, Any]
    restricted: bool
    registrar: str


_COLUMNS = "c.no, c.doc, c.restricted, c.registrar, c.received_ms, k.wrapped, p.sealed, p.text"
_PRIVATE = (
    " LEFT JOIN casework_key k ON k.case_no = c.no LEFT JOIN casework_private_case p ON p.case_no = c.no "
)


def _stored(row: tuple[Any, ...], *, for_view: bool = False) -> Stored:
    """``for_view``: instants stay the ISO text they are stored as, which is all that a view shows (a third of the cost)."""
    no, doc, restricted, registrar, _, wrapped, sealed, text = row
    return Stored(
        _texts(doc) if for_view else load_state(doc),
        _open(no, wrapped, sealed, text),
        bool(restricted),
        str(registrar),
    )


def _texts(doc: str) -> State:
    """A state whose instants are ISO text; the mark before them (see ``rules.codec``) is taken off."""
    if '"@@' in doc or '\\"@' in doc:  # a text that looks like an instant: only the codec knows
        return load_state(doc)
    state: State = parse(doc.replace('"@', '"'))
    state["clocks"] = {
        int(n): clock for n, clock in sorted(state["clocks"].items(), key=lambda item: int(item[0]))
    }
    return state


def _open(no: str, wrapped: bytes | None, sealed: bytes | None, text: str | None) -> dict[str, Any]:
    key = crypto.unwrap(wrapped, no) if wrapped is not None else None
    return private.open_case(key, no, sealed, text)


def load_case(no: str) -> Stored | None:
    """A case without any question of who asks: for the rooms of casework itself."""
    row = rows.one(f"SELECT {_COLUMNS} FROM casework_case c {_PRIVATE} WHERE c.no = %s", [no])
    return _stored(row) if row else None


def load_cases(numbers: Sequence[str]) -> dict[str, Stored]:
    """Several cases at once, without any question of who asks."""
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(f"SELECT {_COLUMNS} FROM casework_case c {_PRIVATE} WHERE c.no IN ({marks})", numbers)
    return {row[0]: _stored(row) for row in found}


def _parties(no: str) -> dict[str, int]:
    return dict(rows.ask("SELECT unit, roles FROM casework_party WHERE case_no = %s", [no]))


def _visible(no: str, viewer: Actor, policy: Policy, now: datetime) -> tuple[Stored, frozenset[str]] | None:
    found = load_case(no)
    if found is None:
        return None
    units = sight.units_of(viewer, policy, now)
    roles = _parties(no) if units else {}
    visible = sight.is_visible(
        found.state, viewer, restricted=found.restricted, registrar=found.registrar, roles=roles, units=units
    )
    return (found, units) if visible else None


def is_visible(no: str, viewer: Actor, *, policy: Policy | None = None, now: datetime | None = None) -> bool:
    """Whether the case exists for this viewer: doors answer 404 where it does not. Opens no person and no text."""
    rules, moment = policy or district_policy.current(), now or datetime.now(UTC)
    if viewer.role == "integration":  # asks for more of the state than stands in columns
        return _visible(no, viewer, rules, moment) is not None
    row = rows.one("SELECT state, lead_unit, restricted, registrar FROM casework_case WHERE no = %s", [no])
    if row is None:
        return False
    units = sight.units_of(viewer, rules, moment)
    return sight.is_visible(
        {"state": row[0], "lead_unit": row[1]},
        viewer,
        restricted=bool(row[2]),
        registrar=str(row[3]),
        roles=_parties(no) if units else {},
        units=units,
    )


def seen_only(
    command: str, fields: dict[str, Any], viewer: Actor, policy: Policy | None = None
) -> dict[str, Any]:
    """The fields of a command; another case that it names and this viewer may not see (R19) becomes one that does not
    exist, so that the rules answer for both alike (contract §1). Every door asks this before ``execute``."""
    target = fields.get("target") if command == "merge" else None
    if not isinstance(target, str) or not target or is_visible(target, viewer, policy=policy):
        return fields
    return {**fields, "target": NOWHERE}


def load_others(states: Iterable[State]) -> dict[str, dict[str, Any]]:
    """Private views of the cases whose callers were joined by a merge: one statement for a whole page."""
    wanted = sorted(
        {
            str(caller["no"])
            for state in states
            for caller in state.get("callers") or ()
            if caller.get("no") and caller["no"] != state["no"]
        }
    )
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    found = rows.ask(
        "SELECT p.case_no, k.wrapped, p.sealed, p.text FROM casework_private_case p "
        f"LEFT JOIN casework_key k ON k.case_no = p.case_no WHERE p.case_no IN ({marks})",
        wanted,
    )
    return {no: _open(no, wrapped, sealed, text) for no, wrapped, sealed, text in found}


def get_case(
    no: str, viewer: Actor, *, policy: Policy | None = None, now: datetime | None = None
) -> dict[str, Any] | None:
    """The case as CONTRACT §3 names it, masked for this viewer; None where it is not visible."""
    found = _visible(no, viewer, policy or district_policy.current(), now or datetime.now(UTC))
    if found is None:
        return None
    stored, units = found
    case = view(stored.state, stored.private, load_others([stored.state]).get)
    return sight.show(case, sight.persons(stored.state, viewer, units), keep_code=_own(stored, viewer))


def list_cases(
    viewer: Actor,
    *,
    state: str | None = None,
    holder: str | None = None,
    unit: str | None = None,
    township: str | None = None,
    level: str | None = None,
    overdue: bool | None = None,
    q: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    newest_first: bool = False,
    policy: Policy | None = None,
    now: datetime | None = None,
) -> Page:
    """Cases by (received_at, no), persons masked. ``state`` may be ``open``; ``holder`` is desk, unit, duty_office,
    police, none or a unit's code; ``q`` a case number, incident number, telephone (where the viewer may see persons)
    or part of a number, or words of what was said and of the place; ``since`` and ``until`` bound the time of receipt.
    Raises BadCursor and ValueError for filters that are no values of the contract.
    """
    rules, moment = policy or district_policy.current(), now or datetime.now(UTC)
    filters = search.Filters(state, holder, unit, township, level, overdue, q, since, until)
    query = search.build(viewer, filters, rules, moment)
    size = max(1, min(limit, MAX_LIMIT))
    if after:
        received, no = cursor.read("list", after, 2)
        query.where(
            f"({query.received}, {query.no}) {'<' if newest_first else '>'} (%s, %s)",
            cursor.number(received),
            no,
        )
    order = "DESC" if newest_first else "ASC"
    sql, values = query.sql(
        _COLUMNS, _PRIVATE, f"ORDER BY {query.received} {order}, {query.no} {order} LIMIT {size + 1}"
    )
    found = rows.ask(sql, values)
    more = len(found) > size
    found = found[:size]
    cases = [_stored(row, for_view=True) for row in found]
    others = load_others(case.state for case in cases)
    units = sight.units_of(viewer, rules, moment)
    items = [
        sight.show(
            view(case.state, case.private, others.get), sight.persons(case.state, viewer, units), in_list=True
        )
        for case in cases
    ]
    if q and viewer.role not in sight.SEE_PERSONS:
        items = [item for item in items if _says(item, q)]
    return Page(items, cursor.make("list", found[-1][4], found[-1][0]) if more else None)


def _says(item: dict[str, Any], q: str) -> bool:
    """Whether what the viewer is shown answers the words: a masked name must not be found by guessing it."""
    asked = q.strip()
    if asked == item["incident_no"] or search.names(asked, item["no"]):
        return True
    return words.says(item, [word for word in asked.split() if not search.guesses(word)])


def counts(viewer: Actor, now: datetime, *, policy: Policy | None = None) -> dict[str, Any]:
    """How many open cases this viewer sees: all, overdue, by state and by holder."""
    query = search.build(viewer, search.Filters(state="open"), policy or district_policy.current(), now)
    sql, values = query.sql(
        "c.state, c.holder_type, COUNT(*), SUM(CASE WHEN c.due_ms < %s THEN 1 ELSE 0 END)",
        "",
        "GROUP BY c.state, c.holder_type",
        first=[to_ms(now)],
    )
    result: dict[str, Any] = {"open": 0, "overdue": 0, "by_state": {}, "by_holder": {}}
    for state, holder, number, late in rows.ask(sql, values):
        result["open"] += number
        result["overdue"] += int(late or 0)
        for name, key in (("by_state", state), ("by_holder", holder)):
            entry = result[name].setdefault(key, {"open": 0, "overdue": 0})
            entry["open"] += number
            entry["overdue"] += int(late or 0)
    return result


def _own(stored: Stored, viewer: Actor) -> bool:
    return viewer.role == "integration" and stored.registrar == str(viewer)


class Option(NamedTuple):
    """Whether a command may be given now; ``refusal`` says why not. Fields are judged when they are given."""

    command: str
    allowed: bool
    refusal: Refusal | None


def allowed(no: str, viewer: Actor, now: datetime, *, policy: Policy | None = None) -> list[Option]:
    """What this viewer may do with the case now, in the order of the command table; nothing where it is not visible."""
    rules = policy or district_policy.current()
    seen = _visible(no, viewer, rules, now)
    if seen is None:
        return []
    return [
        Option(name, refusal is None, refusal) for name, refusal in options(seen[0].state, viewer, now, rules)
    ]


# Where a caller reads the answer: what the desk or the unit wrote, once it stands.
_ANSWERED = ("answered", "callback", "closed", "archived")


def _public_answer(own: dict[str, Any], stored: Stored) -> str | None:
    """The answer without numbers and without the name of anybody who asked."""
    others = load_others([stored.state]).values()
    callers = [own.get("caller"), stored.private.get("caller"), *(other.get("caller") for other in others)]
    return mask_text(mask_names(stored.private.get("answer"), sight.names_of({"callers": callers})))


def track(tracking_code: str, *, policy: Policy | None = None) -> dict[str, Any] | None:
    """What the caller may know by the tracking code: state, dates, unit, answer, no personal data; None: no such code.

    A merged case shows how its target stands (every caller keeps tracking).
    """
    if not tracking_code or len(tracking_code) > 40:
        return None
    row = rows.one(
        f"SELECT {_COLUMNS} FROM casework_case c {_PRIVATE} WHERE c.tracking_code = %s", [tracking_code]
    )
    if row is None:
        return None
    stored = _stored(row)
    own = state = stored.state
    own_private = stored.private
    for _ in range(5):
        if not state.get("merged_into"):
            break
        target = load_case(state["merged_into"])
        if target is None:
            break
        stored, state = target, target.state
    rules = policy or district_policy.current()
    unit = rules.units.get(state.get("lead_unit") or "") if state["first_unit"] else None
    handle = [c for c in state["clocks"].values() if c["kind"] == "handle" and c["stopped_at"] is None]
    public = view(state, {})
    promised = [c["due_at"].isoformat() for c in handle if c["due_at"] is not None]
    return {
        "no": own["no"],
        "state": state["state"],
        "state_name": STATE_NAMES[state["state"]],
        "received_at": own["received_at"].isoformat(),
        "registered_at": own["registered_at"].isoformat(),
        "due_at": promised[-1] if promised else None,
        "closed_at": public.get("closed_at"),
        "unit": {"code": unit.code, "name": unit.name} if unit else None,
        "result": state.get("result") if state["state"] in _ANSWERED else None,
        "answer": _public_answer(own_private, stored) if state["state"] in _ANSWERED else None,
        "merged_into": state["no"] if state["no"] != own["no"] else None,
    }
