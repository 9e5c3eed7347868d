"""What anybody may know of cases that lie with the city's units: kind of work, township, dates, who works at it.

Nobody's words, no person, no exact place. Never shown: complaints about police (R19), tips (举报), callers who asked for
confidence, whatever the police hold, danger that is not cleared, events of level "larger" and above (what is said of
those is the government's word), tests and drills. A case that no person has dispatched yet is shown only if it came in
by the public door and the machine saw nothing in its words that should be kept back (``KEPT``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from liandong.rules.codec import load_state
from liandong.rules.codes import LARGER, OPEN, STATE_NAMES
from liandong.rules.model import State
from liandong.rules.policy import Matter, Policy

from . import rows
from .jsontext import to_ms

CHANNEL = "open311"
"""The channel of cases that came in by the public door; their ``source.ref`` begins with the kind of work and "/"."""
KEPT = "/kept"
"""The end of a ``source.ref`` whose words are to be seen by a person first."""
UNKNOWN = "QT"
"""The kind of work of a case whose sender knew none."""
MOST = 1_000
_NEVER_STATES = ("police", "voided")
_COLUMNS = "c.no, c.doc, c.source_channel, c.source_ref, (SELECT e.at_ms FROM casework_event e WHERE e.case_no = c.no AND e.seq = c.seq)"


class Published(NamedTuple):
    """One case for everybody. ``township`` is a name; ``lon`` and ``lat`` are blurred to about a kilometre.
    ``changed_at`` of a closed one is when it was closed, whatever was noted or archived later."""

    no: str
    open: bool
    notes: str
    matter: str
    unit: str | None
    township: str | None
    lon: float | None
    lat: float | None
    received_at: datetime
    changed_at: datetime
    due_at: datetime | None


class Wanted(NamedTuple):
    """What is asked for. ``numbers`` overrides all else; ``status`` of {"open", "closed"}; an empty set: all."""

    since: datetime
    until: datetime
    matters: frozenset[str] = frozenset()
    status: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()


def is_public(matter: Matter) -> bool:
    """Whether cases of that matter may be shown to everybody: the police's own and what is never diverted may not."""
    return not (matter.restricted or matter.never_divert or matter.unit in ("GA", "YJ"))


def listed(wanted: Wanted, policy: Policy) -> list[Published]:
    """The newest ``MOST`` cases of what is asked for, newest first."""
    public = sorted(code for code, matter in policy.matters.items() if is_public(matter))
    conditions: list[str] = []
    values: list[Any] = []

    def where(condition: str, *given: Any) -> None:
        conditions.append(condition)
        values.extend(given)

    where("NOT c.restricted AND c.kind <> 'report' AND c.level < %s", LARGER)
    where("c.source_channel NOT IN ('test', 'drill')")
    where(f"c.state NOT IN ({_marks(_NEVER_STATES)})", *_NEVER_STATES)
    where(
        f"(c.matter IN ({_marks(public)}) OR (c.matter = '' AND c.source_channel = %s AND c.source_ref NOT LIKE %s))",
        *public, CHANNEL, f"%{KEPT}",
    )  # fmt: skip
    if wanted.numbers:
        where(f"c.no IN ({_marks(wanted.numbers)})", *wanted.numbers)
    else:
        where("c.received_ms >= %s AND c.received_ms <= %s", to_ms(wanted.since), to_ms(wanted.until))
        if wanted.status and wanted.status != {"open", "closed"}:
            where("c.is_open" if "open" in wanted.status else "NOT c.is_open")
        if wanted.matters:
            codes = sorted(wanted.matters)
            beginnings = [f"{code}/%" for code in codes]
            named = " OR ".join(["c.source_ref LIKE %s"] * len(codes))
            where(f"(c.matter IN ({_marks(codes)}) OR (c.matter = '' AND ({named})))", *codes, *beginnings)
    found = rows.ask(
        f"SELECT {_COLUMNS} FROM casework_case c WHERE {' AND '.join(conditions)} "
        f"ORDER BY c.received_ms DESC, c.no DESC LIMIT {MOST}",
        values,
    )
    return list(_shown(found, policy))


def one(no: str, policy: Policy) -> Published | None:
    """One case; None: not there, or not for everybody."""
    nothing = datetime.min
    return next(iter(listed(Wanted(nothing, nothing, numbers=(no,)), policy)), None)


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _shown(found: Iterable[tuple[Any, ...]], policy: Policy) -> Iterable[Published]:
    for no, doc, _, ref, changed_ms in found:
        state = load_state(doc)
        if not _discreet(state):
            yield _published(
                no, state, str(ref), datetime.fromtimestamp(changed_ms / 1000, policy.zone), policy
            )


def _discreet(state: State) -> bool:
    """What the columns do not tell: a confidential caller, danger, a case that was the police's."""
    callers = (state.get("caller"), *(state.get("callers") or ()))
    if any(caller and caller.get("confidential") for caller in callers):
        return True
    return "yes" in state["safety"].values() or bool(state.get("_police_from"))


def _published(no: str, state: State, ref: str, changed_at: datetime, policy: Policy) -> Published:
    matter, place = state.get("matter"), state.get("place") or {}
    town = policy.townships.get(str(place.get("township") or ""))
    unit = policy.units.get(state.get("lead_unit") or "") if state["first_unit"] else None
    dues = [
        clock["due_at"]
        for clock in state["clocks"].values()
        if clock["kind"] == "handle" and clock["stopped_at"] is None and not clock["paused"]
    ]
    lon, lat = place.get("lon"), place.get("lat")
    blurred = (round(lon, 2), round(lat, 2)) if lon is not None and lat is not None else (None, None)
    return Published(
        no=no,
        open=state["state"] in OPEN,
        notes=STATE_NAMES[state["state"]],
        matter=str(matter["code"]) if matter else ref.partition("/")[0],
        unit=unit.name if unit else None,
        township=town.name if town else None,
        lon=blurred[0],
        lat=blurred[1],
        received_at=state["received_at"],
        changed_at=state["closed_at"] or changed_at,
        due_at=dues[-1] if dues else None,
    )
