"""Nobody sleeps through a case (R4, R24): who comes next is told, then the desk telephones.

    half of the limit to sign (or to acknowledge) gone  → the next person of the unit's roster is told
    all of it gone, or every other way to somebody failed → a task of the desk: telephone them now (register ``phone_task``)
    signed, acknowledged, moved or over meanwhile        → the task ends by itself

``follow`` derives all of it from the clocks of the cases, each time anew. What it opens carries a key made of case and
clock, so that several workers, and one killed at any instant, open it once. It changes no case and no notice of one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from liandong.casework import rows, sides
from liandong.casework.execute import Refused
from liandong.district import noticing, reach, register_settings
from liandong.district import policy as district_policy
from liandong.district.store import NoDistrict
from liandong.registers.lock import together
from liandong.registers.queries import Asking, find
from liandong.registers.store import act
from liandong.rules.codec import loads
from liandong.rules.model import SYSTEM
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.phone_tasks import unit_of

from .channels import phoning as calls
from .channels import plan
from .instants import now as present
from .instants import to_ms
from .models import Message, Notification

log = logging.getLogger("liandong.phoning")

REGISTER = "phone_task"
MOST = 100
"""Clocks of one kind looked at in one round; the next takes what is left."""
LOOK_BACK = "3d"
"""Where the pack says nothing: a limit that ended longer ago opens no task."""
_FREE = (
    "AND k.stopped_ms IS NULL AND NOT k.paused AND k.due_ms > %s AND k.started_ms + (k.due_ms - k.started_ms) / 2 < %s "
    "AND NOT EXISTS (SELECT 1 FROM registers_step s WHERE s.by = %s AND s.key = 'sleep:' || k.case_no || ':' || k.clock) "
    "ORDER BY k.due_ms, k.case_no, k.clock LIMIT %s"
)
_WAITING = {
    # of the cases that wait for a signature there are few, whatever the store holds
    "sign": "SELECT k.case_no, k.clock, k.unit, k.due_ms FROM casework_case c JOIN casework_clock k ON k.case_no = c.no "
    f"WHERE c.is_open AND c.state = 'dispatched' AND k.kind = 'sign' {_FREE}",
    "ack": f"SELECT k.case_no, k.clock, k.unit, k.due_ms FROM casework_clock k WHERE k.kind = 'ack' {_FREE}",
}
_OPEN = "SELECT no, state, doc, due_ms FROM registers_entry WHERE register = %s AND is_open ORDER BY id LIMIT 1000"
_DONE = "SELECT 1 FROM registers_step s WHERE s.by = %s AND s.key = %s"
KINDS = {"sign": "assigned", "ack": "instructed"}
WHY = {"sign": "签收时限已过，仍未签收", "ack": "确认时限已过，仍未确认指令"}


def needs_phone(case: str, recipient: str, kind: str, why: str, at: datetime | None = None) -> str:
    """Somebody must telephone this party about this case, because nothing else reached it; the call's id.

    The hook for whoever sends. A call still open for the same is not doubled; the task follows within a worker's round.
    """
    return calls.needs_phone(case, recipient, kind, why, at)


def take_call(call: calls.Call) -> None:
    """A call by hand becomes a task of the desk; where a task about this case and unit is open already, that one serves."""
    at = present()
    unit = unit_of(call.recipient)
    for entry in find(SYSTEM, REGISTER, Asking(is_open=True, case=call.case_no), limit=50).items:
        if entry.unit == unit and entry.state != "told":
            return
    numbers = _numbers(unit, at) if unit else []
    if call.phone and all(one["phone"] != call.phone for one in numbers):
        numbers.insert(0, {"type": reach.ON_DUTY, "name": call.name, "phone": call.phone})
    act(
        REGISTER, "open",
        {
            "case": call.case_no, "recipient": call.recipient, "about": "channel", "kind": call.kind,
            "why": call.why or "其他方式没有送达", "message": call.id, "numbers": numbers,
        },
        SYSTEM, key=f"call:{call.id}",
    )  # fmt: skip


def _numbers(unit: str, at: datetime) -> list[dict[str, str]]:
    return [{"type": one.role, "name": one.name, "phone": one.phone} for one in reach.numbers(unit, at)]


def follow(now: datetime | None = None, policy: Policy | None = None) -> int:
    """One round: tell who comes next, ask for calls, end what is no longer needed; how many entries moved."""
    try:
        rules = policy or district_policy.current()
    except NoDistrict:
        return 0
    moment = (now or present()).astimezone(rules.zone)
    if (
        sides.here() == sides.GOVERNMENT
    ):  # rosters are here: who comes next is told here; the desk telephones, over there
        return _end(moment, rules) + _begin(moment, rules) + _hand_over(moment, rules)
    calls.take_over(take_call)
    return _end(moment, rules) + _begin(moment, rules) + _ring(moment, rules) + _report()


# -- beginning ----------------------------------------


def _begin(now: datetime, policy: Policy) -> int:
    settings = register_settings.of(REGISTER)
    since = now - noticing.length(str(settings.get("look_back") or LOOK_BACK))
    done = 0
    for about, sql in _WAITING.items():
        given = [to_ms(since), to_ms(now), str(SYSTEM), MOST]
        for case, clock, unit, due in rows.ask(sql, given):
            if unit in policy.units:
                done += _remind(about, str(case), int(clock), str(unit), int(due), now, policy)
    return done


def _remind(about: str, case: str, clock: int, unit: str, due_ms: int, now: datetime, policy: Policy) -> int:
    # told by the side of the rosters
    following = None if sides.here() == sides.DESK else reach.next_person(unit, now)
    until = datetime.fromtimestamp(due_ms / 1000, policy.zone)
    fields: dict[str, Any] = {
        "case": case, "recipient": f"unit:{unit}", "about": about, "kind": KINDS[about], "clock": clock,
        "until": until.isoformat(),
    }  # fmt: skip
    if following is not None:
        fields |= {"told_role": following.role, "told_name": following.name or None}
    key = f"sleep:{case}:{clock}"
    with together():  # the entry and its SMS stand or fall together, and no other worker does the same
        if rows.one(_DONE, [str(SYSTEM), key]) or not _take("remind", fields, None, key, now, policy):
            return 0
        if following is not None and following.phone and until > now:
            plan.to_person(case, f"unit:{unit}", KINDS[about], following.name, following.phone, now)
    return 1


# -- ringing ----------------------------------------


def _over(now: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Entries whose limit ended with nothing but a reminder: number and what they say."""
    found = rows.ask(_OPEN, [REGISTER])
    return [
        (str(no), loads(doc)["data"])
        for no, state, doc, due in found
        if state == "told" and due and due < to_ms(now)
    ]


def _hand_over(now: datetime, policy: Policy) -> int:
    """Two networks: from here on it is the desk's, whose own entry rings at the same instant."""
    return sum(_take("settle", {"because": "desk_calls"}, no, "", now, policy) for no, _data in _over(now))


def _ring(now: datetime, policy: Policy) -> int:
    done = 0
    for no, data in _over(now):
        unit = unit_of(str(data["recipient"]))
        fields = {
            "why": WHY.get(str(data["about"]), WHY["sign"]),
            "numbers": _numbers(unit, now),
        }
        done += _take("ring", fields, no, "", now, policy)
    return done


# -- ending ----------------------------------------


class _Clock(NamedTuple):
    stopped: bool
    kind: str
    outcome: str


def _end(now: datetime, policy: Policy) -> int:
    found = [
        (str(no), str(state), loads(doc)["data"]) for no, state, doc, _due in rows.ask(_OPEN, [REGISTER])
    ]
    cases = {str(data["case"]) for _no, _state, data in found}
    clocks, standing = _clocks(cases), _open_cases(cases)
    done = 0
    for no, _state, data in found:
        because = _because(data, clocks, standing)
        if because:
            done += _take("settle", {"because": because}, no, "", now, policy)
    return done


def _because(
    data: Mapping[str, Any], clocks: Mapping[tuple[str, int], _Clock], standing: Mapping[str, bool]
) -> str:
    case = str(data["case"])
    if data["about"] == "channel":
        if not standing.get(case, False):
            return "case_over"
        return _message_over(str(data.get("message") or ""))
    clock = clocks.get((case, int(data["clock"])))
    if clock is None:
        return "moved"
    if not clock.stopped:
        return ""
    if clock.outcome in ("on_time", "late"):
        return "signed" if clock.kind == "sign" else "acknowledged"
    return "moved" if standing.get(case, False) else "case_over"


def _message_over(message: str) -> str:
    row = Message.objects.filter(id=message).first()
    if row is None:
        return ""
    if row.dealt_ms is not None or row.state in ("received", "read"):
        return "told"
    seen = Notification.objects.filter(position=row.position, n=row.n, read_ms__isnull=False).exists()
    return "read" if seen else ""


def _clocks(cases: Iterable[str]) -> dict[tuple[str, int], _Clock]:
    wanted = sorted(cases)
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    sql = (
        "SELECT case_no, clock, stopped_ms, kind, outcome FROM casework_clock "
        f"WHERE kind IN ('sign', 'ack') AND case_no IN ({marks})"
    )
    return {
        (str(case), int(clock)): _Clock(stopped is not None, str(kind), str(outcome or ""))
        for case, clock, stopped, kind, outcome in rows.ask(sql, wanted)
    }


def _open_cases(cases: Iterable[str]) -> dict[str, bool]:
    wanted = sorted(cases)
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    sql = f"SELECT no, is_open FROM casework_case WHERE no IN ({marks})"
    return {str(no): bool(is_open) for no, is_open in rows.ask(sql, wanted)}


def _report() -> int:
    """A task that was done ends the calls of the same case and party in the list of calls by hand."""
    done = 0
    for row in Message.objects.filter(means=noticing.CALL, dealt_ms=None, state="queued").order_by(
        "created_ms"
    )[:MOST]:
        for entry in find(SYSTEM, REGISTER, Asking(states=("reached",), case=row.case_no), limit=20).items:
            after = entry.closed_at is not None and to_ms(entry.closed_at) >= row.created_ms
            if after and entry.unit == unit_of(row.recipient):
                who = _last(entry)
                done += calls.called(row.id, reached=True, who=who, by=entry.by.get("reached", str(SYSTEM)))
                break
    return done


def _last(entry: Entry) -> str:
    said = entry.data.get("calls") or [{}]
    return str(said[-1].get("name") or "")


def _take(step: str, fields: dict[str, Any], no: str | None, key: str, now: datetime, policy: Policy) -> int:
    """One step; a refusal means that another worker, or a person, was quicker: nothing is left to do."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        act(REGISTER, step, given, SYSTEM, no=no, key=key, now=now, policy=policy)
    except Refused as refused:
        log.info("phone task %s of %s: %s", step, no or key, refused.refusal.code)
        return 0
    return 1


def waiting(now: datetime) -> tuple[int, timedelta | None]:
    """How many calls the desk has to make, and for how long the first of them waits (None: none)."""
    found = rows.one(
        "SELECT COUNT(*), MIN(due_ms) FROM registers_entry WHERE register = %s AND is_open AND state IN ('waiting', 'tried')",
        [REGISTER],
    )
    if not found or not found[0]:
        return 0, None
    late = (
        timedelta(milliseconds=max(0, to_ms(now) - int(found[1]))) if found[1] is not None else timedelta(0)
    )
    return int(found[0]), late
