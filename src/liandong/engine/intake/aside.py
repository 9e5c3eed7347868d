"""What does not fit is kept in the register ``quarantine`` with its reason, and tried again once a person repaired it (R6)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from liandong.casework.execute import Refused
from liandong.district.intake import NEUTRAL, OWN, IntakeMapping
from liandong.engine.instants import to_ms
from liandong.engine.models import IntakeMessage
from liandong.registers import queries
from liandong.registers.lock import together
from liandong.registers.store import act
from liandong.rules.policy import Policy
from liandong.rules.registers.quarantine import RAW_LIMIT, REPAIRABLE

from . import apply, mapping
from .apply import Outcome
from .message import Message
from .problems import Problem, Unfit
from .replies import SYSTEM

_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LABELS: Final = {
    "registered": "已登记", "noted": "已作为备注追加", "withdrawn": "已撤回", "asked": "已转分流台核实撤销",
    "recorded": "已记入12345对接", "held": "已收下，等对方的登记", "repeated": "早已收过，没有重复办理",
}  # fmt: skip


def said(outcome: Outcome) -> str:
    """An outcome in words."""
    return _LABELS[outcome.what]


def safe(text: str) -> str:
    """A stranger's text without characters that cannot be kept."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def raw_of(record: Mapping[str, Any]) -> str:
    """A record as text from which it can be read again."""
    return safe(json.dumps(record, ensure_ascii=False, default=str))


def put(used: IntakeMapping, origin: str, raw: str, unfit: Unfit, now: datetime, policy: Policy, *, record: bool) -> tuple[str, bool]:  # fmt: skip
    """Keep what did not fit; its number, and whether it was kept whole.

    ``record``: one record as ``raw_of`` writes it, which a person can repair; else a file that nobody can read. The same
    text from the same source is kept once.
    """
    text, whole = safe(raw), len(raw) <= RAW_LIMIT
    key = f"{used.name}:{hashlib.sha256(text.encode()).hexdigest()}"
    fields: dict[str, Any] = {
        "reason": unfit.reason, "detail": unfit.detail, "mapping": used.name, "origin": safe(origin)[:300],
        "whole": record and whole,
    }  # fmt: skip
    kept = text[:RAW_LIMIT]
    if kept.strip():
        fields["raw"] = kept
    try:
        return act("quarantine", "set_aside", fields, SYSTEM, key=key, now=now, policy=policy).no, whole
    except Refused as refused:
        if refused.refusal.code != "key_reused":
            raise
    return _known(key), whole  # the same text was kept before, from another file or with another remark


def _known(key: str) -> str:
    from liandong.casework import rows

    row = rows.one(
        "SELECT e.no FROM registers_step s JOIN registers_entry e ON e.id = s.entry_id WHERE s.by = %s AND s.key = %s",
        [str(SYSTEM), key],
    )
    return str(row[0]) if row else ""


def receive(record: Mapping[str, Any], used: IntakeMapping, origin: str, now: datetime, policy: Policy) -> tuple[Message | None, Outcome | None, str, bool]:  # fmt: skip
    """Take one record or set it aside: (message, outcome, "", True), or (message or None, None, number in the register, whole)."""
    one: Message | None = None
    try:
        one = mapping.translated(record, used, now, policy)
        return one, apply.take(one, used, now, policy), "", True
    except Unfit as unfit:
        no, whole = put(used, origin, raw_of(record), unfit, now, policy, record=True)
        return one, None, no, whole


def retry(now: datetime, policy: Policy, limit: int = 50) -> int:
    """Try again what a person repaired; how many were tried."""
    page = queries.find(
        SYSTEM, "quarantine", queries.Asking(states=("retrying",)), limit=limit, now=now, policy=policy
    )
    for entry in page.items:
        _again(entry.no, entry.data, entry.version, now, policy)
    return len(page.items)


def _again(no: str, data: Mapping[str, Any], version: int, now: datetime, policy: Policy) -> None:
    repaired = {name: data[name] for name in (*REPAIRABLE, "drop") if data.get(name) not in (None, "")}
    try:
        with together():  # the case and the entry's end stand or fall together
            used = mapping.mappings().get(str(data["mapping"]))
            if used is None:
                raise Unfit(
                    Problem("unknown_field", f"没有字段对照 {data['mapping']}：请恢复该文件后再试一次")
                )
            one = mapping.translated(json.loads(data["raw"]), used, now, policy, repaired)
            outcome = apply.take(one, used, now, policy)
            fields = {"outcome": said(outcome), **({"case": outcome.no} if outcome.no else {})}
            act("quarantine", "settle", fields, SYSTEM, no=no, version=version, now=now, policy=policy)
    except Unfit as unfit:
        fields = {"reason": unfit.reason, "detail": unfit.detail}
        act("quarantine", "refuse", fields, SYSTEM, no=no, version=version, now=now, policy=policy)


def give_up_waiting(now: datetime, policy: Policy, limit: int = 100) -> int:
    """Ask a person about what has waited too long for its create; how many."""
    known = mapping.mappings()
    shortest = min((one.hold for one in known.values()), default=timedelta(days=1))
    with together():
        rows = IntakeMessage.objects.filter(state="held", received_ms__lt=to_ms(now - shortest)).order_by(
            "received_ms"
        )
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(skip_locked=True)
        count = 0
        for row in rows[:limit]:
            used = known.get(row.mapping, OWN)
            if row.received_ms >= to_ms(now - used.hold):
                continue
            one = apply.opened(row)
            record = {"channel": one.channel, "message": f"{one.id}+", "ref": one.ref, "do": one.do, "text": one.text, "at": one.at.isoformat()}  # fmt: skip
            problem = Problem(
                "no_create",
                f"一直没有收到单号 {one.ref[:60]} 的登记：请与对方核对；单号有误的补正对方单号，否则作废",
            )
            put(
                known[NEUTRAL],
                f"{used.label} {one.id[:60]}",
                raw_of(record),
                Unfit(problem),
                now,
                policy,
                record=True,
            )
            IntakeMessage.objects.filter(id=row.id).update(state="aside", sealed=b"")
            count += 1
    return count


def waiting(policy: Policy | None = None) -> int:
    """How many entries wait for a person: what the desk sees."""
    return queries.count(SYSTEM, "quarantine", queries.Asking(states=("waiting",)), policy=policy).get(
        "waiting", 0
    )
