"""Roll calls and plans as pages, reports and the API ask for them: opening one, what a unit still owes, the board, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from liandong.casework import sight
from liandong.district import policy as district_policy
from liandong.district import register_settings
from liandong.rules.model import Actor
from liandong.rules.periods import Period
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.drill_plans import DEFAULT_FREQUENCY, fields_of

from . import notices, queries
from .lock import together
from .queries import Asking
from .store import act

TOGETHER = ("answer", "judge")
"""Steps about single units: they need not know of what was done about others meanwhile."""
ANSWERED, LATE, WAITING, SILENT, UNASKED = "answered", "late", "waiting", "silent", "unasked"


def fields() -> Mapping[str, str]:
    """The fields prone to emergencies by code (R50, from the pack)."""
    return fields_of(register_settings.of("drill_plan"))


def frequency() -> str:
    """How often every field is to be tested: monthly, quarterly or yearly (a setting, a default of ours)."""
    return str(register_settings.of("drill_plan").get("frequency", DEFAULT_FREQUENCY))


def begin(
    step: str, given: Mapping[str, Any], actor: Actor, *, key: str = "", now: datetime | None = None
) -> Entry:
    """Open a 点验 (``call`` or ``begin``) and end the plan it belongs to, both or neither. Raises Refused."""
    with together():
        entry = act("drill", step, given, actor, key=key, now=now)
        plan = given.get("plan")
        if plan and entry.version == 1:
            found = queries.get(actor, "drill_plan", str(plan))
            if found is not None and found.is_open:  # the same key again finds the plan ended already
                act("drill_plan", "carry_out", {"drill": entry.no}, actor, no=str(plan), now=now)
    return entry


def owed_by(viewer: Actor, *, policy: Policy | None = None, now: datetime) -> list[Entry]:
    """Roll calls that this unit has not answered yet, the latest first; those past their limit until they are judged."""
    rules = policy or district_policy.current()
    mine = sorted(sight.units_of(viewer, rules, now))
    if not mine:
        return []
    asking = Asking(states=("calling", "closed"), owing=mine)
    found = queries.find(viewer, "drill", asking, limit=20, now=now, policy=rules).items
    return [entry for entry in found if entry.data.get("method") == "roll_call"]


def take(
    register: str, step: str, fields: Mapping[str, Any], actor: Actor, *, no: str | None = None, version: int | None = None,
    key: str = "", now: datetime | None = None,
) -> Entry:  # fmt: skip
    """One step of a drill as ``store.act`` takes it. Opening ends the plan, too; answers and judgements of units that come
    at the same time do not stand in each other's way. Raises Refused."""
    if no is None:
        return begin(step, fields, actor, key=key, now=now)
    seen = None if step in TOGETHER else version
    return act(register, step, fields, actor, no=no, version=seen, key=key, now=now)


class Line(NamedTuple):
    """One unit on the board. ``seconds`` None: no answer; ``reached``: seconds until a screen of the unit showed it."""

    unit: str
    how: str
    seconds: float | None
    reached: float | None
    person: str
    roster: str
    as_rostered: bool | None
    position: str
    equipment: int | None
    words: str
    result: str
    reason: str
    answered_by: str
    """The unit that answered for it because it took over its work; empty where it answered itself."""


class Board(NamedTuple):
    """A roll call as it stands: who has not answered first, then those who did, the slowest first."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    median: float | None
    judged: int

    @property
    def answered(self) -> int:
        """Units that answered, in time or late."""
        return self.counts[ANSWERED] + self.counts[LATE]


_ORDER = {SILENT: 0, WAITING: 1, LATE: 2, ANSWERED: 3, UNASKED: 4}


def board(entry: Entry, now: datetime) -> Board:
    """The board of a roll call or a check on the spot, from an entry that its reader may see."""
    reached = {
        told.to.removeprefix("unit:"): (told.read_at - entry.opened_at).total_seconds()
        for told in notices.of_entry(entry.no)
        if told.kind == "roll_call" and told.read_at is not None
    }
    lines = sorted(
        (_line(entry, unit, reached.get(unit), now) for unit in entry.owed),
        key=lambda line: (_ORDER[line.how], -(line.seconds or 0), line.unit),
    )
    seconds = [line.seconds for line in lines if line.seconds is not None]
    counts = {how: sum(line.how == how for line in lines) for how in _ORDER}
    judged = sum(bool(line.result) for line in lines)
    return Board(tuple(lines), counts, round(median(seconds), 1) if seconds else None, judged)


def _line(entry: Entry, unit: str, reached: float | None, now: datetime) -> Line:
    def of(name: str, default: Any = "") -> Any:
        return entry.data.get(f"{name}:{unit}", default)

    return Line(
        unit, _how(entry, unit, now), of("seconds", None), reached, of("person"), of("roster"), of("as_rostered", None),
        of("position"), of("equipment", None), of("words"), of("result"), of("reason"), of("answered_by"),
    )  # fmt: skip


def _how(entry: Entry, unit: str, now: datetime) -> str:
    owed = entry.owed[unit]
    if entry.data.get("method") != "roll_call":
        return UNASKED
    if owed.done_at is not None:
        return LATE if owed.is_late(now) else ANSWERED
    if entry.state == "calling" and not owed.is_late(now):
        return WAITING
    # closed before its limit: the unit still had time, its silence says nothing (R50)
    return SILENT if owed.is_late(now) and entry.data.get("ended") != "early" else WAITING


class FieldPlans(NamedTuple):
    """One field in a period: its plans; ``gap``: nothing is planned or done."""

    code: str
    name: str
    plans: tuple[Entry, ...]

    @property
    def gap(self) -> bool:
        """Whether no plan stands in this period (R50)."""
        return not self.plans


def everything(
    viewer: Actor, register: str, asking: Asking, *, now: datetime | None = None
) -> Iterator[Entry]:
    """Every entry that fits, the latest first, page after page."""
    after: str | None = None
    while True:
        found = queries.find(viewer, register, asking, after=after, limit=200, now=now)
        yield from found.items
        after = found.next
        if after is None:
            return


def plans_of(viewer: Actor, period: Period) -> list[FieldPlans]:
    """Every field of the pack with its plans of the period, cancelled ones left out; fields without any are the gaps."""
    planned: dict[str, list[Entry]] = {}
    for entry in everything(viewer, "drill_plan", Asking(period=period.name)):
        if entry.state != "cancelled":
            planned.setdefault(str(entry.data.get("field")), []).append(entry)
    known = fields()
    names = {**known, **{code: code for code in planned if code not in known}}
    return [
        FieldPlans(code, name, tuple(sorted(planned.get(code, ()), key=lambda e: e.due_at or e.opened_at)))
        for code, name in names.items()
    ]
