"""Reports that were drawn up: kept as they were, found by who may read them, and who opened them when (R69)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from liandong.casework import looks, rows
from liandong.engine import paper_numbers
from liandong.engine.models import KeptReport, ReportRecipient
from liandong.rules.model import Actor

from . import values
from .context import ms
from .draw import CannotReport, setting_of
from .values import Report

MAKERS = ("duty_office", "inspector")
"""Who draws up a report now, and reads every one: the duty office supervises, the inspector evaluates (R10, R16)."""
READERS = (*MAKERS, "desk_lead", "government", "reader", "unit")
"""Who reads those addressed to them."""
OPENED = "open"


class Kept(NamedTuple):
    """A kept report as lists show it."""

    id: int
    kind: str
    period: str
    title: str
    start_ms: int
    end_ms: int
    made_ms: int
    made_by: str
    scheduled: bool
    empty: bool
    running: bool
    digest: str
    snapshot: str


class Receipt(NamedTuple):
    """Who did what with a report (open, xlsx, docx, pdf, json), first and last, how often."""

    by: str
    what: str
    first_ms: int
    last_ms: int
    times: int


_COLUMNS = "r.id, r.kind, r.period, r.title, r.start_ms, r.end_ms, r.made_ms, r.made_by, r.scheduled, r.empty, r.running, r.digest, r.snapshot"


def make(report: Report, by: str, recipients: Sequence[str], *, scheduled: bool = False) -> int | None:
    """Keep a report for its recipients, and record who made it; its place in the archive. None where the clock already
    has this period. A report that is complete is issued hereby and gets its file number (a running period has none: it is
    no final paper). Raises CannotReport for a report to nobody.
    """
    if not recipients or not report.to:
        raise CannotReport("没有收件人，请先填写主送。")
    now = datetime.now(UTC)
    role, _, name = by.partition(":")
    try:
        with transaction.atomic():
            issued = _numbered(report, by, now)
            body = values.canonical(issued)
            kept = KeptReport(
                kind=report.kind, period=report.period, start_ms=ms(report.start), end_ms=ms(report.end), made_ms=ms(now),
                made_by=by[:120], scheduled=scheduled, title=report.title[:300], empty=report.empty,
                running=report.running, body=body, digest=values.digest(body), setting=report.setting,
                snapshot=report.snapshot[:80],
            )  # fmt: skip
            kept.save(force_insert=True)
            ReportRecipient.objects.bulk_create(
                [
                    ReportRecipient(report_id=kept.id, recipient=word[:60])
                    for word in dict.fromkeys(recipients)
                ]
            )
            looks.exported(Actor(role, name), f"编制报告：{report.title}", 1, now)
    except IntegrityError:
        if scheduled:  # another worker drew it up meanwhile
            return None
        raise
    return int(kept.id)


def _numbered(report: Report, by: str, now: datetime) -> Report:
    """The report with its file number: the next of its organ word and year, or the one this very paper has already."""
    pattern = setting_of(report.kind).number
    if not pattern or report.running:
        return report
    subject = f"report:{report.kind}:{report.period}" + (
        f":{report.title}" if report.kind == "special" else ""
    )
    local = now.astimezone(report.as_of.tzinfo)
    return replace(report, number=paper_numbers.give(pattern, subject, report.title, by, local))


def draw_up(report: Report, by: str, recipients: Sequence[str] = ()) -> int:
    """Keep a report drawn up by hand; without ``recipients`` for those of its kind. Raises CannotReport."""
    made = make(report, by, recipients or setting_of(report.kind).recipients)
    assert made is not None
    return made


def _addressed(viewer: Actor) -> tuple[str, list[str]]:
    """The condition under which this viewer reads a report."""
    if viewer.role in MAKERS:
        return "1 = 1", []
    if viewer.role not in READERS:
        return "1 = 0", []
    words = ["unit", f"unit:{viewer.unit}"] if viewer.role == "unit" else [viewer.role]
    marks = ", ".join(["%s"] * len(words))
    return (
        f"EXISTS (SELECT 1 FROM engine_report_recipient a WHERE a.report_id = r.id AND a.recipient IN ({marks}))",
        words,
    )


def find(
    viewer: Actor, *, kind: str = "", before: int | None = None, limit: int = 30
) -> tuple[list[Kept], int | None]:
    """Kept reports this viewer reads, the latest first; and the number to go on before (None: that was all)."""
    where, given = _addressed(viewer)
    conditions, told = [where], list[object](given)
    if kind:
        conditions.append("r.kind = %s")
        told.append(kind)
    if before is not None:
        conditions.append("r.id < %s")
        told.append(before)
    found = rows.ask(
        f"SELECT {_COLUMNS} FROM engine_report r WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT {limit + 1}",
        told,
    )
    shown = [_kept(row) for row in found[:limit]]
    return shown, shown[-1].id if len(found) > limit else None


def get(viewer: Actor, number: int) -> tuple[Kept, Report] | None:
    """One report as it was drawn up; None where there is none for this viewer. Raises ValueError where its text is not
    the one that was kept."""
    if number >= 2**63:  # no database holds such a number
        return None
    where, given = _addressed(viewer)
    row = rows.one(
        f"SELECT {_COLUMNS}, r.body FROM engine_report r WHERE r.id = %s AND {where}", [number, *given]
    )
    if row is None:
        return None
    kept, body = _kept(row), str(row[-1])
    if values.digest(body) != kept.digest:
        raise ValueError(f"报告 {number} 的内容与留存的摘要不符，请用备份核对。")
    report = values.load(body)
    if paper_numbers.void_reason(report.number) is not None:  # every file of it says so
        report = replace(report, number=f"{report.number}（已作废）")
    return kept, report


def _kept(row: tuple[object, ...]) -> Kept:
    made = Kept(*row[: len(Kept._fields)])  # type: ignore[arg-type]
    return made._replace(scheduled=bool(made.scheduled), empty=bool(made.empty), running=bool(made.running))


def recipients_of(number: int) -> list[str]:
    """Whom a report goes to."""
    found = rows.ask(
        "SELECT recipient FROM engine_report_recipient WHERE report_id = %s ORDER BY recipient", [number]
    )
    return [str(row[0]) for row in found]


def took(number: int, viewer: Actor, what: str, now: datetime | None = None) -> None:
    """Remember that this viewer opened a report or took it away as a file: the receipt (R69)."""
    at = ms(now or datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_report_receipt (report_id, by, what, first_ms, last_ms, times) "
            "VALUES (%s, %s, %s, %s, %s, 1) ON CONFLICT (report_id, by, what) DO UPDATE SET "
            "last_ms = excluded.last_ms, times = engine_report_receipt.times + 1",
            [number, str(viewer)[:120], what, at, at],
        )


def receipts(number: int) -> list[Receipt]:
    """Who opened or took away a report, the earliest first."""
    found = rows.ask(
        "SELECT by, what, first_ms, last_ms, times FROM engine_report_receipt WHERE report_id = %s "
        "ORDER BY first_ms, by, what",
        [number],
    )
    return [Receipt(*row) for row in found]


def opened(viewer: Actor, numbers: Sequence[int]) -> set[int]:
    """Which of these reports this viewer has opened or taken away."""
    if not numbers:
        return set()
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(
        f"SELECT DISTINCT report_id FROM engine_report_receipt WHERE by = %s AND report_id IN ({marks})",
        [str(viewer)[:120], *numbers],
    )
    return {int(row[0]) for row in found}
