"""What a written report does to its case: the first one, delivered, stops the 40-minute clock in the same transaction (R43).

The clock is stopped by the server's time when the report is delivered; what it says is the signed text. How many minutes
late it was stands with the report (迟报), and nobody fills it in by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from liandong.casework import queries, sides
from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.registers import beside, store
from liandong.registers import queries as registers
from liandong.registers.lock import together
from liandong.rules.codes import POLICE_UNIT
from liandong.rules.model import Actor, Command, Refusal
from liandong.rules.register import Entry

from . import incident_papers

REGISTER = "incident_report"


def clock_of(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """The 40-minute clock of a case, the latest one; None where the case never owed a report."""
    found = [clock for clock in case["clocks"] if clock["kind"] == "written_report"]
    return found[-1] if found else None


def minutes_late(clock: Mapping[str, Any] | None, at: datetime) -> int:
    """Whole minutes begun after the due instant; nothing in time. A minute that was begun counts."""
    if clock is None or not clock.get("due_at"):
        return 0
    over = (at - datetime.fromisoformat(str(clock["due_at"]))).total_seconds()
    return 0 if over <= 0 else int(-(-over // 60))


def deliver(
    no: str,
    actor: Actor,
    *,
    issuer: str,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> Entry:
    """Deliver a signed report. The first one is entered into its case as the written report, in the same transaction.

    Between two networks every report goes with its case, the later ones as notes; where the other side owns the case the
    report is delivered when the receipt comes, and the entry is given as it stands until then (docs/decisions/060).
    Raises Refused: nothing was written then, in neither place.
    """
    moment = now or datetime.now(UTC)
    entry = registers.get(actor, REGISTER, no)
    if entry is None:
        raise Refused(Refusal("not_found", "R33", f"没有编号为 {no[:60]} 的报告，请核对编号", "no"))
    with together():
        case = queries.get_case(entry.case, actor, now=moment)
        if case is None:
            raise Refused(Refusal("not_found", "R33", f"没有编号为 {entry.case} 的案件，请核对编号", "case"))
        fields: dict[str, Any] = {}
        clock = clock_of(case)
        owed = clock is not None and not clock["stopped_at"]
        if entry.data["kind"] == "first" and clock is not None:
            fields["late_minutes"] = minutes_late(clock, moment)
        step = beside.Step("deliver", fields, no, version)
        if entry.state == "signed":
            beside.try_first(REGISTER, [step], actor, moment)
        text = incident_papers.document(entry.data, issuer)
        commands = []
        if entry.state == "signed" and owed:
            commands = [Command("report_in_writing", entry.case, {"document": text})]
        elif entry.state == "signed" and sides.divided():  # the log alone reaches the duty office's network
            commands = [Command("note", entry.case, {"text": text, "to": "区政府值班室"})]
        done = beside.do(REGISTER, entry.case, commands, [step], actor, key=key, now=moment)
    return done[1] or entry


def issuer() -> str:
    """Who reports: the district's public security bureau, whose 110 desk takes the calls."""
    unit = district_policy.current().units.get(POLICE_UNIT)
    return f"{unit.name if unit else '区公安局'}110报警服务台"


def take(
    register: str,
    step: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    no: str | None = None,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> Entry:
    """Any step of a report: delivering it stops its case's clock, and how late it was is counted, never given."""
    if step == "deliver" and no is not None:
        if fields:
            name = str(next(iter(fields)))[:40]
            raise Refused(
                Refusal("unknown_field", "R43", f"报出不用填 {name}：迟报几分钟由服务器时钟计算", name)
            )
        return deliver(no, actor, issuer=issuer(), version=version, key=key, now=now)
    entry = registers.get(actor, REGISTER, no) if no else None
    if entry is not None:
        beside.refuse_twice(REGISTER, entry.case)
    return store.act(register, step, fields, actor, no=no, version=version, key=key, now=now)
