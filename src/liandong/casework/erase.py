"""Retention: destroy what was said and who said it, and keep the record that it happened.

Events carry only keyed digests of private parts, so state, fold and chain stand unchanged; with the case's key gone no
digest can be checked against a guess any more.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from liandong.rules.codes import TERMINAL
from liandong.rules.model import Actor, Refusal

from . import rows
from .execute import NoSuchCase, Refused
from .jsontext import to_ms

_TABLES = ("casework_private_event", "casework_private_case", "casework_key", "casework_words")


def erase(no: str, actor: Actor, now: datetime, reason: str) -> None:
    """Destroy key, persons and free text of one finished case. Raises Refused while the case can still go on."""
    with transaction.atomic():
        if not rows.load([no], lock=True):
            raise NoSuchCase(no)
        row = rows.one("SELECT state, seq FROM casework_case WHERE no = %s", [no])
        assert row is not None
        if row[0] not in TERMINAL:
            raise Refused(
                Refusal("wrong_state", "I5", "工单尚未归档，不能按保管期限销毁个人信息；请在归档后再办理")
            )
        if not reason.strip():
            raise Refused(Refusal("missing_field", "R32", "请写明按哪一条保管期限销毁", "reason"))
        for table in _TABLES:
            rows.run(f"DELETE FROM {table} WHERE case_no = %s", [no])
        rows.run("UPDATE casework_case SET phone_hash = '' WHERE no = %s", [no])
        rows.run("DELETE FROM casework_idempotency WHERE case_no = %s", [no])
        rows.run(
            "INSERT INTO casework_erasure (case_no, seq, at_ms, by, reason) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (case_no) DO UPDATE SET seq = excluded.seq, at_ms = excluded.at_ms, by = excluded.by, "
            "reason = excluded.reason",
            [no, row[1], to_ms(now), str(actor), reason[:200]],
        )


def erase_older(closed_before: datetime, actor: Actor, now: datetime, reason: str, limit: int = 1000) -> int:
    """Erase the terminal cases closed before an instant, at most ``limit`` at once; how many were erased."""
    marks = ", ".join(["%s"] * len(TERMINAL))
    found = rows.ask(
        f"SELECT c.no FROM casework_case c JOIN casework_key k ON k.case_no = c.no WHERE c.state IN ({marks}) "
        "AND c.closed_ms < %s ORDER BY c.closed_ms LIMIT %s",
        [*TERMINAL, to_ms(closed_before), limit],
    )
    for (no,) in found:
        erase(no, actor, now, reason)
    return len(found)
