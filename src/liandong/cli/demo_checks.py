"""Stories of supervision: slips, sampling, test calls, findings, sanctions, a frozen evaluation and an appeal (R65–R67)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from liandong.rules import periods, sampling
from liandong.rules.periods import Period

from .demo_registers import Story, Teller
from .demo_script import Script

MINUTE = timedelta(minutes=1)
SAMPLE = 8
LONG_AGO = timedelta(days=7)
"""A supervision that began before it has been lifted."""
FATES = ("answered", "lifted", "overdue", "open")


def stories(teller: Teller) -> list[Callable[[Teller], Story]]:
    """Slips for supervisions that run and for four of their own; checks, proposals, an appeal."""
    from liandong.casework import commanding

    running = commanding.supervisions(teller.office, policy=teller.policy, now=teller.end)
    under = {one.case["no"] for one in running}
    told: list[Callable[[Teller], Story]] = [
        partial(slipped, case=str(one.case["no"]), at=one.at, grade=one.grade, n=n)
        for n, one in enumerate(running)
    ]
    free = [s for s in teller.cases("handling") if s.no not in under and s.steps and s.call.unit]
    early, late = teller.end - timedelta(days=8), teller.end - timedelta(hours=7)
    free = [s for s in free if early < s.steps[-1].at < late]
    free.sort(key=lambda s: s.steps[-1].at)
    told += [partial(supervised, script=s, fate=fate) for s, fate in zip(free, FATES, strict=False)]
    month = periods.before(periods.on("monthly", teller.end.date(), teller.policy.zone))
    over = counted(teller, (teller.last, month), 3)
    if over is not None:
        told.append(partial(frozen, period=over))
    drawn_from = counted(teller, (teller.last, month, teller.quarter), 2 * SAMPLE)
    if drawn_from is not None:
        told.append(partial(drawn, period=drawn_from))
    return [*told, answered_call, silent_call]


def counted(teller: Teller, among: tuple[Period, ...], enough: int) -> Period | None:
    """The first of some periods in which so many cases were closed; None where there is none."""
    from liandong.registers import frames

    for period in among:
        if len(frames.find(teller.office, {"period": period.name}, teller.policy, teller.end)) >= enough:
            return period
    return None


# -- supervision ----------------------------------------


def slipped(t: Teller, *, case: str, at: Any, grade: int, n: int) -> Story:
    """The slip of a supervision that the replay began; one of long ago was answered, late or in time, and lifted."""
    from liandong.casework.history import events_of
    from liandong.engine import supervising

    said = t.data["slips"]
    begun = t.policy_instant(at)
    events = events_of(case, t.office, policy=t.policy, now=t.end)
    last = t.policy_instant(events[-1]["at"]) if events else begun
    yield begun + 4 * MINUTE
    copies = t.known(["JZ-500110001"]) if n % 3 == 0 else []
    words = {"words_of": said["leader"]} if grade == 3 else {}
    slip = t.act("supervision_slip", "issue", t.office, case=case, copies=copies, **words)
    if t.end - begun < LONG_AGO:
        return
    yield max(last, begun) + timedelta(hours=27)
    slip = supervising.answer(
        slip, said["answers"][n % len(said["answers"])], t.cast.unit(slip.unit), now=t.at
    )
    yield t.at + timedelta(hours=30)
    supervising.lift(slip, said["lifted"], t.second, now=t.at)


def supervised(t: Teller, *, script: Script, fate: str) -> Story:
    """A supervision with its slip from the beginning: open, answered, lifted, or overdue."""
    from liandong.engine import supervising

    said, n = t.data["slips"], FATES.index(fate)
    last = script.steps[-1].at
    yield last + timedelta(minutes=25)
    limit = (t.end - last) / 3 if fate == "overdue" else timedelta(days=3)
    given = {
        "grade": 3 if fate == "overdue" else 1 + n % 2,
        "requirement": said["requirements"][n % len(said["requirements"])],
        "reply_due": (t.at + limit).isoformat(),
    }
    words = said["leader"] if fate == "overdue" else None
    assert script.no is not None
    _, slip = supervising.supervise(script.no, given, t.office, words_of=words, now=t.at)
    assert slip is not None  # the demonstration is one instance
    if fate in ("overdue", "open"):
        return
    rest = t.end - t.at
    yield t.at + rest / 4
    slip = supervising.answer(
        slip, said["answers"][n % len(said["answers"])], t.cast.unit(slip.unit), now=t.at
    )
    if fate == "answered":
        return
    yield t.at + rest / 4
    slip = t.act("supervision_slip", "accept", t.office, slip.no, opinion=said["accepted"])
    yield t.at + rest / 4
    supervising.lift(slip, said["lifted"], t.second, now=t.at)


# -- sampling, findings, sanctions ----------------------------------------


def drawn(t: Teller, *, period: Period) -> Story:
    """A sampling that is finished: two findings, one in rectification, one verified and brought before the government."""
    from liandong.casework.queries import get_case

    said = t.data["checks"]
    yield t.workday(18, 9, 40)
    entry = t.act("sampling", "draw", t.inspector, period=period.name, size=SAMPLE, purpose=said["purpose"])
    found: dict[str, str] = {}
    for n, no in enumerate(entry.data["sample"]):
        yield t.at + timedelta(minutes=9)
        view = get_case(no, t.inspector, policy=t.policy, now=t.at)
        unit = str((view or {}).get("lead_unit") or "")
        bad = bool(unit) and len(found) < 2 and n >= 2
        if bad:
            found[no] = unit
        words = said[("perfunctory", "late")[len(found) - 1]] if bad else said["fine"]
        t.act(
            "sampling",
            "check",
            t.inspector,
            entry.no,
            case=no,
            result="finding" if bad else "fine",
            notes=words,
        )
    t.act("sampling", "finish", t.inspector, entry.no, conclusion=said["conclusion"])
    for n, (no, unit) in enumerate(found.items()):
        yield t.at + timedelta(minutes=15)
        rule = ("perfunctory", "late")[n]
        finding = t.act(
            "finding", "open", t.inspector, unit=unit, source="sampling", rule=rule, text=said[rule], cases=[no],
            source_no=entry.no,
        )  # fmt: skip
        found[no] = finding.no
    numbers = list(found.values())
    for number in numbers:
        yield t.at + timedelta(hours=5)
        unit = _unit_of(t, number)
        t.act("finding", "state", t.cast.unit(unit), number, statement=said["statement"])
    yield t.workday(14, 10)
    due = [t.workday(9, 18), t.coming(4, 18)]
    for n, number in enumerate(numbers):
        t.act("finding", "order", t.office, number, demand=said["demand"], due=due[n].isoformat())
    if not numbers:
        return
    first, (case, *_) = numbers[0], list(found)
    yield t.workday(10, 16)
    t.act("finding", "report", t.cast.unit(_unit_of(t, first)), first, done=said["done"])
    yield t.workday(9, 11)
    t.act("finding", "verify", t.second, first, seen=said["verified"])
    yield from _sanctioned(t, _unit_of(t, first), "talk", "perfunctory", said["facts"], [case], [first])


def _unit_of(t: Teller, finding: str) -> str:
    from liandong.registers import queries

    entry = queries.get(t.office, "finding", finding, policy=t.policy)
    return entry.unit if entry else ""


def _sanctioned(
    t: Teller, unit: str, kind: str, violation: str, facts: str, cases: list[str], findings: list[str], *,
    decided: bool = False,
) -> Story:  # fmt: skip
    """A proposal: the unit is heard, the proposal looked at again and submitted; ``decided`` by the government and done."""
    said = t.data["checks"]
    entry = t.act(
        "sanction", "propose", t.office, unit=unit, kind=kind, violation=violation, post="值班岗位", facts=facts,
        cases=cases, findings=findings,
    )  # fmt: skip
    t.act("sanction", "ask", t.office, entry.no)
    yield t.at + timedelta(days=1)
    t.act("sanction", "state", t.cast.unit(unit), entry.no, statement=said["statement"])
    yield t.at + timedelta(days=1)
    t.act("sanction", "review", t.second, entry.no, uphold=True, opinion=said["opinion"])
    yield t.at + timedelta(hours=3)
    t.act("sanction", "submit", t.office, entry.no)
    if not decided:
        return
    yield t.at + timedelta(days=2)
    given = {"decision": "approve", "decided_by": "示例区领导", "decided_on": t.day(t.at)}
    t.act("sanction", "decide", t.government, entry.no, **given)
    yield t.at + timedelta(days=1)
    done = {"carried_on": t.day(t.at), "notice_no": "示范通知第1号"}
    t.act("sanction", "carry_out", t.office, entry.no, **done)
    yield t.at + timedelta(hours=2)
    referred = {
        "to": "other",
        "to_name": "示例行业主管机关",
        "matter": said["facts_silent"],
        "sanction": entry.no,
    }
    t.act("referral", "refer", t.office, unit=unit, **referred)


# -- test calls ----------------------------------------


def _planned_call(t: Teller, back: int, hour: int) -> Any:
    """A unit drawn by chance, to be rung in the hours that follow."""
    frame = dict.fromkeys(
        t.units("command", "police", "department", "utility", "township", "park", "other"), ""
    )
    seed = f"{t.rng.randrange(10**12):012d}"
    unit = next(u for u in sampling.draw(seed, frame, 3) if u not in ("YJ", "GA"))
    begin = t.workday(back, hour)
    script = "您好，这里是区政府值班室，进行一次值班测试。"
    return t.act(
        "test_call", "plan", t.inspector, unit=unit, begin=begin.isoformat(),
        until=(begin + timedelta(hours=3)).isoformat(), size=3, seed=seed, script=script,
    )  # fmt: skip


def answered_call(t: Teller) -> Story:
    """Rung at night, answered, two of three questions known."""
    yield t.workday(7, 17)
    entry = _planned_call(t, 7, 19)
    yield t.workday(7, 19, 42)
    said = [
        {"question": question, "said": answer, "correct": n != 1}
        for n, (question, answer) in enumerate(t.data["checks"]["questions"])
    ]
    t.act(
        "test_call", "record", t.inspector, entry.no, called_at=t.at.isoformat(), number=t.phone(), answered=True,
        seconds=11, who=t.person(entry.unit), questions=said,
    )  # fmt: skip


def silent_call(t: Teller) -> Story:
    """Nobody answered: a finding, the unit's words, and a proposal that the government has decided."""
    said = t.data["checks"]
    yield t.workday(25, 17)
    entry = _planned_call(t, 25, 20)
    yield t.workday(25, 20, 15)
    t.act(
        "test_call", "record", t.inspector, entry.no, called_at=t.at.isoformat(), number=t.phone(), answered=False,
        notes=said["unanswered"],
    )  # fmt: skip
    yield t.workday(24, 9, 20)
    unit = t.cast.unit(entry.unit)
    t.act("test_call", "statement", unit, entry.no, statement=said["unanswered_statement"])
    finding = t.act(
        "finding", "open", t.inspector, unit=entry.unit, source="test_call", rule="not_performed",
        text=said["unanswered_finding"], source_no=entry.no,
    )  # fmt: skip
    yield t.workday(23, 10)
    t.act("finding", "state", unit, finding.no, statement=said["unanswered_statement"])
    yield t.workday(22, 10)
    t.act("finding", "propose", t.office, finding.no, proposed_for=said["facts_silent"])
    yield from _sanctioned(
        t, entry.unit, "record", "duty", said["facts_silent"], [], [finding.no, entry.no], decided=True
    )


# -- evaluation ----------------------------------------


def frozen(t: Teller, *, period: Period) -> Story:
    """The evaluation of a period that is over, frozen the day before; two units appeal, one appeal is decided."""
    from liandong.engine import evaluating

    said = t.data["checks"]
    yield max(period.end + timedelta(minutes=30), t.end - timedelta(hours=26))
    snapshot = evaluating.freeze(period, t.inspector, t.at)
    late = [row for row in snapshot.behind("M2", "rest") if row.unit in t.policy.units]
    others = [row for lines in snapshot.rows.values() for row in lines if row.unit in t.policy.units]
    first = next(iter(late or others), None)
    second = next((row for row in [*late, *others] if first and row.unit != first.unit), None)
    for row, ground, words in ((first, "beyond_us", "appeal"), (second, "wrong_answer", "appeal_other")):
        if row is None:
            continue
        yield t.at + (t.end - t.at) / 4
        given = {"snapshot": snapshot.id, "unit": row.unit, "case": row.no, "ground": ground}
        entry = t.act("appeal", "file", t.cast.unit(row.unit), explanation=said[words], **given)
        if words == "appeal":
            yield t.at + (t.end - t.at) / 4
            t.act("appeal", "uphold", t.second, entry.no, decision=said["appeal_upheld"])
