"""The letters of a sanction (R67) as official papers: to the unit that is to be heard, to the government, of the decision.

They say what the entry says and nothing else; evidence is named by its numbers, so that everybody entitled can open it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from liandong.engine.official import Heading, Paper, Rows, Text
from liandong.rules.register import Entry
from liandong.rules.registers.sanctions import DECIDED, DECISIONS, KINDS, VIOLATIONS

ISSUER = "区政府应急办（区政府值班室）"
GOVERNMENT = "区政府"
STATES: Mapping[str, tuple[str, ...]] = {
    "statement": ("asked", "heard", "reviewed", "submitted", *DECIDED),
    "request": ("reviewed", "submitted", *DECIDED),
    "decision": ("approved", "carried_out", "revoked"),
}
"""The states in which there is something to write, by kind of letter."""
READERS = {"statement": ("duty_office", "unit"), "request": ("duty_office", "government"), "decision": ("duty_office", "government", "unit")}  # fmt: skip


def paper(kind: str, entry: Entry, unit_name: Callable[[str], str], today: date) -> Paper:
    """One letter. The caller has checked state and reader."""
    return {"statement": _statement, "request": _request, "decision": _decision}[kind](
        entry, unit_name, today
    )


def _evidence(entry: Entry) -> Rows:
    names = (("cases", "案件"), ("findings", "检查、点验、督办记录"), ("figures", "考核数据快照"))
    rows = tuple((name, "\n".join(entry.data[key])) for key, name in names if entry.data.get(key))
    return Rows(("证据种类", "编号"), rows, widths=(1, 3))


def _facts(entry: Entry) -> tuple[Heading | Text | Rows, ...]:
    data = entry.data
    who = f"责任岗位：{data['post']}。" if data.get("post") else ""
    return (
        Heading("一、事实"),
        Text(f"{data['facts']}"),
        Text(f"上述情形属于“{VIOLATIONS[data['violation']]}”。{who}"),
        Heading("二、证据"),
        _evidence(entry),
    )


def _statement(entry: Entry, unit_name: Callable[[str], str], today: date) -> Paper:
    name = unit_name(entry.unit)
    owed = entry.owed.get(entry.unit)
    until = _day_of(owed.due_at) if owed and owed.due_at else "规定期限"
    return Paper(
        issuer=ISSUER, title=f"关于请{name}陈述有关情况的通知", to=(name,),
        blocks=(
            *_facts(entry), Heading("三、陈述的权利"),
            Text(
                f"拟报请区政府{KINDS[entry.data['proposed_kind']]}。你单位可在{until}前在系统中提交陈述；期满没有陈述的，如实记录，"
                "不影响继续办理，也不视为承认。"
            ),
        ),
        signed_by=ISSUER, on=today, number=entry.no,
    )  # fmt: skip


def _request(entry: Entry, unit_name: Callable[[str], str], today: date) -> Paper:
    name, data = unit_name(entry.unit), entry.data
    heard = "期满没有提交陈述。" if data.get("silent") else str(data.get("statement") or "")
    return Paper(
        issuer=ISSUER, title=f"关于对{name}予以{KINDS[data['proposed_kind']]}的请示", to=(GOVERNMENT,),
        blocks=(
            *_facts(entry),
            Heading("三、单位陈述"), Text(heard),
            Heading("四、复核意见"), Text(str(data.get("opinion") or "")),
            Heading("五、建议"),
            Text(f"根据28号文“报请区政府采取记档、约谈、通报等方式处理”的规定，建议对{name}予以{KINDS[data['proposed_kind']]}。"),
            Text("妥否，请批示。"),
        ),
        signed_by=ISSUER, on=today, number=str(data.get("document") or entry.no),
    )  # fmt: skip


def _decision(entry: Entry, unit_name: Callable[[str], str], today: date) -> Paper:
    name, data = unit_name(entry.unit), entry.data
    blocks: list[Heading | Text | Rows] = [
        *_facts(entry), Heading("三、决定"),
        Text(f"经区政府{_date_text(str(data['decided_on']))}研究（{DECISIONS[data['decision']]}），决定对{name}予以{KINDS[data['kind']]}。"),
    ]  # fmt: skip
    if data.get("decision_reason"):
        blocks.append(Text(f"理由：{data['decision_reason']}"))
    if entry.state == "revoked":
        blocks += [Heading("四、撤销"), Text(f"本决定已经撤销。理由：{data.get('revoked_for') or ''}")]
    on = date.fromisoformat(data["carried_on"]) if data.get("carried_on") else today
    return Paper(
        issuer=ISSUER, title=f"关于对{name}予以{KINDS[data['kind']]}的通知", to=(name,), blocks=tuple(blocks),
        signed_by=ISSUER, on=on, number=str(data.get("notice_no") or entry.no),
    )  # fmt: skip


def _day_of(at: datetime) -> str:
    """The last day of a limit; one that ends at midnight ends with the day before."""
    last = at - timedelta(seconds=1)
    return f"{last.year}年{last.month}月{last.day}日"


def _date_text(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.year}年{found.month}月{found.day}日"
