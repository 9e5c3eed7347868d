"""Stories of two incidents: one that is over, with its reports, resources and review; one that runs now (R39–R44, R18, C7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from liandong.rules.model import Actor

from .demo_registers import Story, Teller
from .messages import CHANNEL, CLEAR, summary_of

ISSUER = "区公安局110报警服务台"
MINUTE = timedelta(minutes=1)


def stories(teller: Teller) -> list[Callable[[Teller], Story]]:
    """Both incidents, where the district has the units they need."""
    told: list[Callable[[Teller], Story]] = []
    for name, story in (("over", over), ("running", running)):
        wanted = teller.data["incident"][name]["units"]
        if teller.known(wanted) == wanted:
            told.append(story)
    return told


def _registered(t: Teller, said: Mapping[str, Any], ref: str) -> str:
    at: datetime = t.at - 2 * MINUTE
    caller = {"name": "示例来电人", "phone": t.phone(), "contact_ok": True}
    return t.do(
        None, "register", t.cast.desk[0], kind="help", summary=summary_of(said["text"]), content=said["text"],
        safety=CLEAR, received_at=at.isoformat(), source={"channel": CHANNEL, "ref": ref},
        incident_no=f"JJ{at:%Y%m%d}{ref[-5:]}", caller=caller,
        place={"text": f"{said['town']}{said['spot']}", "township": said["town"]},
    )  # fmt: skip


def _report(t: Teller, no: str, kind: str, by: Actor, **said: str) -> str:
    """Drafted by the desk and signed by its leader; the number of the report."""
    entry = t.act("incident_report", "draft", by, case=no, kind=kind, **said)
    t.act("incident_report", "sign", t.cast.lead[0], entry.no, opinion="同意报出。")
    return entry.no


def _deliver(t: Teller, report: str) -> None:
    from liandong.engine import incident_reports

    incident_reports.deliver(report, t.cast.desk[0], issuer=ISSUER, now=t.at)


def _assign(t: Teller, no: str, resource: str, task: str) -> str:
    return t.act("deployment", "assign", t.office, case=no, resource=resource, task=task).no


def over(t: Teller) -> Story:
    """Nine days ago: a burst main; three written reports, two resources, a review that is finished."""
    said = t.data["incident"]["over"]
    desk, office, lead = t.cast.desk[0], t.office, t.cast.unit(said["lead"])
    yield t.workday(9, 9, 12)
    no = _registered(t, said, "DEMO-90001")
    yield t.at + 2 * MINUTE
    t.do(no, "set_level", desk, level="larger", reason=said["level"])
    yield t.at + 2 * MINUTE
    given = {"lead_unit": said["lead"], "class": "general", "matter": said["matter"], "basis": said["basis"]}
    t.do(no, "dispatch", desk, **given)
    yield t.at + 2 * MINUTE
    t.do(no, "report_by_phone", desk, callee="区政府值班室", content=said["phone"])
    t.do(no, "sign", lead, receiver=t.person(said["lead"]))
    yield t.at + 3 * MINUTE
    t.do(no, "instruct", office, units=said["units"], text=said["instruct"])
    held = [_assign(t, no, resource, said["instruct"]) for resource in said["resources"]]
    for n, unit in enumerate(said["units"]):
        yield t.at + (n + 1) * MINUTE
        t.do(no, "acknowledge", t.cast.unit(unit), instruction="1")
    yield t.at + 9 * MINUTE
    parts = {name: said[name] for name in ("nature", "scope", "loss", "trend", "measures")}
    report = _report(t, no, "first", desk, happened=f"{t.at:%m月%d日}上午", place=said["spot"], **parts)
    _deliver(t, report)
    yield t.at + 3 * MINUTE
    t.act("incident_report", "receive", office, report)
    for one in held:
        t.act("deployment", "arrive", office, one)
    t.do(no, "contact", lead, at=t.at.isoformat(), method="visit", note="已到现场，向来电人说明抢修安排。")
    yield t.at + timedelta(hours=3)
    report = _report(t, no, "further", desk, **{**parts, "measures": said["further"]})
    _deliver(t, report)
    t.act("incident_report", "receive", office, report)
    yield t.at + timedelta(hours=2)
    for one in held:
        t.act("deployment", "release", office, one, reason="任务完成")
    t.do(no, "feedback", lead, result="resolved", text=said["reply"], contacted_caller=True, contacted_at=t.at.isoformat())  # fmt: skip
    yield t.at + 20 * MINUTE
    t.do(no, "release", office, command="accept_feedback", reason="抢修完成，同意审核通过")
    t.do(no, "accept_feedback", t.cast.desk[-1])
    yield t.at + 40 * MINUTE
    t.do(no, "release", office, command="call_back", reason="同意回访办结")
    t.do(no, "call_back", t.cast.desk[-1], reached=True, satisfaction="satisfied", solved="yes")
    yield t.at + 30 * MINUTE
    report = _report(t, no, "final", desk, **{**parts, "measures": said["final"], "advice": said["advice"]})
    _deliver(t, report)
    t.act("incident_report", "receive", office, report)
    yield t.workday(6, 15, 30)
    told = {name: said[name] for name in ("course", "good", "lessons", "actions")}
    review = t.act("incident_review", "begin", office, case=no, **told)
    yield t.at + timedelta(hours=1)
    t.act("incident_review", "finish", office, review.no)


def running(t: Teller) -> Story:
    """Half an hour ago: joint disposal with the police; the first report is received, a marked vehicle is on its way."""
    from liandong.engine import joint

    said = t.data["incident"]["running"]
    desk, office = t.cast.desk[0], t.office
    yield t.end - 34 * MINUTE
    no = _registered(t, said, "DEMO-90002")
    yield t.at + MINUTE
    order = joint.Joint(said["reason"], said["units"], "larger", said["level"])
    joint.dispose(no, order, desk, key="demo-joint", now=t.at)
    yield t.at + 3 * MINUTE
    t.do(no, "report_by_phone", desk, callee="区政府值班室", content=said["phone"])
    yield t.at + 3 * MINUTE
    t.do(no, "instruct", office, units=said["units"], text=said["instruct"])
    held = [_assign(t, no, resource, said["instruct"]) for resource in said["resources"]]
    for unit in said["units"][:2]:
        yield t.at + 2 * MINUTE
        t.do(no, "acknowledge", t.cast.unit(unit), instruction="1")
    t.act("deployment", "set_out", office, held[0])
    yield from _on_task(t, no, said)
    yield t.at + 8 * MINUTE
    parts = {name: said[name] for name in ("nature", "scope", "trend", "measures")}
    report = _report(t, no, "first", desk, place=said["spot"], **parts)
    _deliver(t, report)
    t.act("deployment", "arrive", office, held[0])
    yield t.at + 2 * MINUTE
    t.act("incident_report", "receive", office, report)
    partner = {"partner": "P-02", "text": "请公交绕行示范路口，恢复后另行通知。", "person": "示例调度员"}
    t.act("partner_message", "send", office, case=no, **partner)
    t.act("resource_status", "enter", office, resource="H-01", beds_free=18, ambulances_free=3)


def _on_task(t: Teller, no: str, said: Mapping[str, Any]) -> Story:
    """The vehicle that the pack keeps for it begins its task."""
    from liandong.registers import queries

    marked = next((one for one in t.data["vehicle"] if one["fate"] == "running"), None)
    if marked is None or marked["unit"] not in said["units"]:
        return
    yield t.at + MINUTE
    unit = t.cast.unit(marked["unit"])
    found = queries.find(unit, "vehicle_mark", policy=t.policy, now=t.at).items
    until = (t.end + timedelta(hours=3)).isoformat()
    t.act(
        "vehicle_use", "begin", unit, mark=found[0].data["mark_no"], case=no, task=said["task"], until=until
    )
