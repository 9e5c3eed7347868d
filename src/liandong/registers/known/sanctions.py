"""What proposals and referrals may know: whose the named evidence is (R66, R68)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import rows
from liandong.casework.evaluation import snapshots

from ..facts import Asked, provides

EVIDENCE = ("finding", "drill", "sampling", "test_call", "supervision_slip", "urging", "measure", "task")
"""Registers whose entries may be evidence against a unit."""


def _texts(value: Any) -> list[str]:
    return sorted({one for one in value[:500] if isinstance(one, str)}) if isinstance(value, list) else []


def _marks(values: list[str] | tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(values))


def parties(cases: list[str]) -> dict[str, set[str]]:
    """The units that were party to each of these cases."""
    found: dict[str, set[str]] = {}
    if cases:
        sql = f"SELECT case_no, unit FROM casework_party WHERE case_no IN ({_marks(cases)})"
        for no, unit in rows.ask(sql, cases):
            found.setdefault(no, set()).add(unit)
    return found


def entries(numbers: list[str]) -> dict[str, set[str]]:
    """The units that each of these entries is about or asked to take part."""
    found: dict[str, set[str]] = {}
    if numbers:
        sql = (
            "SELECT e.no, e.unit, p.unit FROM registers_entry e LEFT JOIN registers_party p ON p.entry_id = e.id "
            f"WHERE e.no IN ({_marks(numbers)}) AND e.register IN ({_marks(EVIDENCE)})"
        )
        for no, unit, party in rows.ask(sql, [*numbers, *EVIDENCE]):
            found.setdefault(no, set()).update(one for one in (unit, party) if one)
    return found


@provides("sanction")
def sanction(asked: Asked) -> Mapping[str, Any]:
    """Whose the evidence is: parties of the cases, units of the entries, snapshots that exist."""
    return {
        "parties": parties([no.strip().upper() for no in _texts(asked.fields.get("cases"))]),
        "entries": entries(_texts(asked.fields.get("findings"))),
        "snapshots": {
            no for no in _texts(asked.fields.get("figures"))[:20] if snapshots.load(no) is not None
        },
    }


@provides("referral")
def referral(asked: Asked) -> Mapping[str, Any]:
    """The unit of the proposal that a referral names."""
    no = asked.fields.get("sanction")
    if not isinstance(no, str):
        return {}
    row = rows.one("SELECT unit FROM registers_entry WHERE register = 'sanction' AND no = %s", [no[:120]])
    return {"sanctions": {no: row[0]} if row else {}}
