"""Items that stand in registers: documents (R23), plan and kickoff (R54), tests of lines (R48, R55), funding and
equipment (R60), publicity (R61), measures (R64)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from liandong.rules.register import Entry
from liandong.rules.registers.readiness import CONNECTION_TEST as TESTS
from liandong.rules.registers.readiness import EQUIPMENT as RESOURCES
from liandong.rules.registers.readiness import INTERNAL, POSTS, UNIT_DOCUMENT

from ..measures import REASONS
from .items import SOON, Cell, Gap
from .known import Known

_WAITS = "{kind}待应急办核查"


def documents(known: Known, unit: str) -> Cell:
    """The three internal documents, accepted and in force."""
    mine = _standing(known, unit)
    gaps = [gap for kind in INTERNAL if (gap := _document(known, kind, mine)) is not None]
    return Cell(tuple(gaps), "三项齐备")


def _standing(known: Known, unit: str) -> list[Entry]:
    """Documents of a unit that had not been withdrawn by then."""
    return [one for one in known.documents.get(unit, ()) if not _by_then(known, one.data.get("ended_at"))]


def _by_then(known: Known, at: datetime | None) -> bool:
    return at is not None and at <= known.at


def _accepted(known: Known, one: Entry) -> bool:
    return _by_then(known, one.data.get("accepted_at"))


def _valid(one: Entry, day: date) -> bool:
    until = one.data.get("valid_to")
    return one.data["valid_from"] <= day.isoformat() and (until is None or day.isoformat() < until)


def _document(known: Known, kind: str, mine: Iterable[Entry]) -> Gap | None:
    word = UNIT_DOCUMENT.words[kind]
    of_kind = [one for one in mine if one.data["kind"] == kind]
    good = [one for one in of_kind if _accepted(known, one)]
    valid = [one for one in good if _valid(one, known.day)]
    if valid:
        end = max((one.data.get("valid_to") or "9999" for one in valid), default="9999")
        if end == "9999" or date.fromisoformat(end) - known.day > known.days("documents.expiring_days"):
            return None
        return Gap("{kind}将于{day}失效", {"kind": word, "day": end}, ("document", kind), SOON)
    returned = next((one for one in of_kind if one.state == "returned"), None)
    waiting = next((one for one in of_kind if one not in good and one.state in ("filed", "accepted")), None)
    if waiting is not None:
        return Gap(_WAITS, {"kind": word}, ("entry", "unit_document", waiting.no))
    if returned is not None:
        return Gap("{kind}被退回", {"kind": word}, ("entry", "unit_document", returned.no))
    if good:
        return Gap("{kind}已失效", {"kind": word}, ("document", kind))
    return Gap("缺{kind}", {"kind": word}, ("document", kind))


def plan(known: Known, unit: str) -> Cell:
    """Plan filed and kickoff held by the day the district chose for 「5月中旬前」."""
    due = str(known.settings.get("plan.due", ""))
    gaps, late = [], []
    for kind in ("plan", "kickoff"):
        word = UNIT_DOCUMENT.words[kind]
        found = [one for one in _standing(known, unit) if one.data["kind"] == kind]
        good = [one for one in found if _accepted(known, one)]
        waiting = next((one for one in found if one.state in ("filed", "accepted", "returned")), None)
        if good:
            first = min(one.opened_at for one in good).date().isoformat()
            if due and first > due:
                late.append(f"{word}于{first}报送，晚于{due}")
        elif waiting is not None:
            text = "{kind}被退回" if waiting.state == "returned" else _WAITS
            gaps.append(Gap(text, {"kind": word}, ("entry", "unit_document", waiting.no)))
        else:
            state = SOON if known.day.isoformat() <= due else "gap"
            gaps.append(Gap("缺{kind}", {"kind": word}, ("document", kind), state))
    return Cell(tuple(gaps), "；".join(late) or "已报送")


def _tests(known: Known, unit: str, kind: str) -> list[Entry]:
    """Tests of a kind that had ended by then, the latest first."""
    found = [
        one
        for one in known.tests.get(unit, ())
        if one.data.get("kind") == kind and _by_then(known, one.data.get("ended_at"))
    ]
    return sorted(found, key=lambda one: one.data["ended_at"], reverse=True)


def connection(known: Known, unit: str) -> Cell:
    """The latest round trip of a test notice: sent, received, answered."""
    found = _tests(known, unit, "system")
    pending = next(
        (o for o in known.tests.get(unit, ()) if o.state == "sent" and o.data.get("kind") == "system"), None
    )
    if (
        found
        and found[0].state == "passed"
        and known.at - found[0].data["ended_at"] <= known.days("connection.fresh_days")
    ):
        return Cell((), f"{found[0].data['ended_at']:%Y-%m-%d}通过")
    if pending is not None:
        return Cell((Gap("测试等待答复", {}, ("entry", "connection_test", pending.no), SOON),))
    if not found:
        state = SOON if known.day.isoformat() <= str(known.settings.get("connection.due", "")) else "gap"
        return Cell((Gap("没有测试", {}, ("test",), state),))
    text = "测试未通过" if found[0].state == "failed" else "测试已过期"
    return Cell((Gap(text, {}, ("test",)),))


def phones(known: Known, unit: str) -> Cell:
    """Numbers of the responsible person, the liaison and the duty desk, rung and answered not long ago."""
    gaps = []
    found = _tests(known, unit, "phone")
    for post in POSTS:
        last = next((o for o in found if o.data.get("post") == post and not o.data.get("subunit")), None)
        word = TESTS.words[post] if post == "duty" else f"{TESTS.words[post]}电话"
        if last is None:
            gaps.append(Gap("{post}未核实", {"post": word}, ("call", post)))
        elif last.state == "failed":
            gaps.append(Gap("{post}未接通", {"post": word}, ("call", post)))
        elif known.at - last.data["ended_at"] > known.days("phones.fresh_days"):
            gaps.append(Gap("{post}核实已过期", {"post": word}, ("call", post)))
    return Cell(tuple(gaps), "均已核实")


def resources(known: Known, unit: str) -> Cell:
    """At least one entry in use of every kind the pack asks for."""
    used = {
        one.data["kind"]
        for one in known.equipment.get(unit, ())
        if not _by_then(known, one.data.get("ended_at"))
    }
    gaps = [
        Gap("未登记{kind}", {"kind": RESOURCES.words.get(kind, kind)}, ("resource", kind))
        for kind in known.settings.get("resources.needed", ())
        if kind not in used
    ]
    return Cell(tuple(gaps), "已登记")


def campaign(known: Known, unit: str) -> Cell:
    """One campaign carried out not long ago."""
    since = (known.day - known.days("campaign.fresh_days")).isoformat()
    done = [
        one.data["done_on"]
        for one in known.campaigns.get(unit, ())
        if one.state == "done" and since < one.data["done_on"] <= known.day.isoformat()
    ]
    if done:
        return Cell((), f"最近一次{max(done)}")
    planned = next((o for o in known.campaigns.get(unit, ()) if o.state == "planned"), None)
    if planned is not None:
        return Cell(
            (
                Gap(
                    "已安排{day}，尚未开展",
                    {"day": planned.data["on"]},
                    ("entry", "campaign", planned.no),
                    SOON,
                ),
            )
        )
    return Cell((Gap("{days}天内没有宣传", {"days": known.number("campaign.fresh_days")}, ("campaign",)),))


def measure(known: Known, unit: str) -> Cell:
    """This quarter's measure; missing is a gap once the quarter is over."""
    gaps = []
    if unit in known.last_quarter.missing:
        name = known.last_quarter.period
        gaps.append(Gap("缺{quarter}举措", {"quarter": name.label}, ("measure", name.name)))
    if unit in known.quarter.missing:
        name = known.quarter.period
        gaps.append(Gap("{quarter}举措还未登记", {"quarter": name.label}, ("measure", name.name), SOON))
    if gaps:
        return Cell(tuple(gaps))
    filed = known.quarter.filed.get(unit, ())
    if not filed and unit in known.quarter.not_owed:
        return Cell((), REASONS[known.quarter.not_owed[unit]], concerns=False)
    return Cell((), f"本季度{len(filed)}项")
