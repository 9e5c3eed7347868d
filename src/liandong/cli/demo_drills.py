"""Stories of 点验: a roll call that is judged, one that runs now, and the plans of the quarter with one gap (R50)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from .demo_registers import Story, Teller

ROLL_CALL = "FX"
"""The field whose plan ends in a roll call."""


def stories(teller: Teller) -> list[Callable[[Teller], Story]]:
    """Two roll calls, and a plan for every other field but the last."""
    from liandong.registers import drills

    fields = [code for code in drills.fields() if code != ROLL_CALL]
    told: list[Callable[[Teller], Story]] = [finished_roll_call, open_roll_call]
    return told + [partial(planned, field=code, n=n, of=len(fields)) for n, code in enumerate(fields[:-1])]


def _rostered(t: Teller, unit: str) -> str:
    """Whom the roster names at this instant."""
    from liandong.district import rosters

    found = rosters.on_duty_of([unit], t.at).get(unit, ())
    return found[0].person if found else t.person(unit)


def _answers(t: Teller, no: str, unit: str, n: int) -> None:
    """A unit answers the roll call; now and then somebody who is not on the roster."""
    from liandong.registers import notices

    actor = t.cast.unit(unit)
    notices.mark_read(actor, no, now=t.at - timedelta(seconds=5), policy=t.policy)
    who = t.person(unit, "替班员") if n % 8 == 5 else _rostered(t, unit)
    t.act("drill", "answer", actor, no, person=who, position="值班室", equipment=2 + n % 9)


def finished_roll_call(t: Teller) -> Story:
    """A planned roll call at night: most units answered, four were silent; every unit judged by a person."""
    from liandong.registers import drills

    said, units = t.data["checks"], t.units("department", "utility")[:22]
    yield t.workday(5, 9)
    soon = t.workday(3, 21, 10)
    plan = t.act(
        "drill_plan", "plan", t.office, title="防汛值班夜间点名", field=ROLL_CALL, units=units, method="roll_call",
        at=soon.isoformat(),
    )  # fmt: skip
    yield soon
    given = {"title": "防汛值班夜间点名", "field": ROLL_CALL, "units": units, "limit": 180, "plan": plan.no}
    no = drills.begin("call", {**given, "asks": "值班人员、在岗人数、可用装备"}, t.office, now=t.at).no
    silent = [unit for n, unit in enumerate(units) if n % 6 == 4]
    start = t.at
    for n, unit in enumerate(units):
        if unit not in silent:
            yield start + timedelta(seconds=9 + 7 * n)
            _answers(t, no, unit, n)
    yield start + timedelta(minutes=6)
    t.act_system("drill", "expire", no)
    yield t.at + timedelta(minutes=30)
    well = [unit for unit in units if unit not in silent]
    t.act("drill", "judge", t.office, no, units=well, result="pass")
    t.act("drill", "judge", t.office, no, units=silent, result="fail", reason=said["silent"])
    t.act("drill", "finish", t.office, no, summary=said["drill_summary"])
    yield t.workday(2, 9, 30)
    unit = silent[0]
    t.act(
        "finding", "open", t.inspector, unit=unit, source="drill", rule="not_performed", text=said["silent"],
        source_no=no,
    )  # fmt: skip


def open_roll_call(t: Teller) -> Story:
    """One that runs now: some have answered."""
    from liandong.registers import drills

    units = t.units("township")[:12]
    yield t.end - timedelta(minutes=3)
    given = {"title": "森林防火期值班点名", "field": "SL", "units": units, "limit": 3600, "test": True}
    no = drills.begin("call", {**given, "asks": "值班人员、巡山队伍人数"}, t.office, now=t.at).no
    for n, unit in enumerate(units[:7]):
        yield t.at + timedelta(seconds=8 + 5 * (n % 3))
        _answers(t, no, unit, n)


def planned(t: Teller, *, field: str, n: int, of: int) -> Story:
    """A field's plan of this quarter: held long ago, let pass, or still to come. The last field has none: the gap."""
    from liandong.registers import drills

    span = t.quarter.end - t.quarter.start
    at = (t.quarter.start + span * (n + 1) / (of + 1)).replace(
        hour=9 + n % 8, minute=0, second=0, microsecond=0
    )
    name = drills.fields()[field]
    units = t.units("department", "utility")[n : n + 6]
    method = ("exercise", "equipment", "call_out")[n % 3]
    yield min(at, t.end) - timedelta(days=9, hours=n)
    plan = t.act(
        "drill_plan", "plan", t.office, title=f"{name}点验", field=field, units=units, method=method,
        at=at.isoformat(),
    )  # fmt: skip
    if at > t.end or n == 1:
        return
    yield at
    given = {"title": f"{name}点验", "field": field, "units": units, "method": method, "plan": plan.no}
    no = drills.begin("begin", given, t.office, now=t.at).no
    yield t.at + timedelta(hours=2)
    t.act("drill", "judge", t.office, no, units=units, result="pass")
    t.act("drill", "finish", t.office, no, summary="集结到位，装备齐全。")
