"""Steps of registers taken without any store: what the tables of meetings, tasks and readiness let through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liandong.rules.model import Actor, Refusal
from liandong.rules.register import Change, Entry, Facts, decide
from liandong.rules.registers import registers
from support.policy import load

POLICY = load()
DUTY = Actor("duty_office", "zhao")
CG = Actor("unit", "zhang", "CG")
HB = Actor("unit", "chen", "HB")
NOW = datetime(2018, 7, 2, 9, 0, tzinfo=POLICY.zone)
SETTINGS = {
    "meeting": {"reply": "2wd", "minutes": "5wd"},
    "consultation": {"reply": "30min"},
    "measure": {"late": "10wd"},
    "unit_document": {"check": "3wd"},
    "connection_test": {"answer": "30min"},
}
CASE = "QJFL-500110-20180601-00001-7"


def take(
    register: str, step: str, actor: Actor, entry: Entry | None = None, now: datetime = NOW, known: Any = None, **fields: Any
) -> Change | Refusal:  # fmt: skip
    table = registers()[register]
    facts = Facts(POLICY, SETTINGS.get(register, {}), known or {})
    return decide(table, entry, table.by_name[step], fields, actor, now, facts, no="1")


def taken(*args: Any, **fields: Any) -> Entry:
    found = take(*args, **fields)
    assert isinstance(found, Change), found
    return found.entry


def refused(*args: Any, **fields: Any) -> str:
    found = take(*args, **fields)
    assert isinstance(found, Refusal), found
    return found.code
