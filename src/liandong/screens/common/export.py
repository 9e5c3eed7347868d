"""Lists as files: what is on screen, as xlsx or CSV, masked as on screen, and recorded (who took what, how much).

A cell is always text or a number: what a caller said never becomes a formula in somebody's spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from liandong.casework import looks
from liandong.casework.queries import Page

from . import labels
from .access import actor_of
from .download import attached
from .listing import Line, address, lines
from .page import unit_name
from .policy import current
from .times import standing, to_instant

FORMATS = ("xlsx", "csv")
MOST = 10_000
"""Rows of one file; what is more is said in its last row, so that nobody takes a part for the whole."""
PAGE = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | float | datetime | None
Row = Sequence[Cell]


def wanted(request: HttpRequest) -> str | None:
    """The kind of file this address asks for (``?format=``); None for a page."""
    asked = request.GET.get("format", "")
    return asked if asked in FORMATS else None


def cases(
    request: HttpRequest,
    name: str,
    find: Callable[[str | None], Page],
    now: datetime,
    owner: str | None = None,
) -> HttpResponse:
    """A list of cases as a file. ``find`` gives the page behind a cursor; all pages are taken, at most ``MOST`` rows."""
    found: list[Line] = []
    after: str | None = None
    while True:
        page = find(after)
        found += lines(page, now, owner)
        after = page.next
        if after is None or len(found) >= MOST:
            break
    rows = [_row(line, now) for line in found[:MOST]]
    if after is not None or len(found) > MOST:
        rows.append([_("只导出了前 {n} 件，请缩小范围后再导出其余的。").format(n=MOST)])
    return table(request, name, _head(), rows, now)


def table(
    request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[Row], now: datetime
) -> HttpResponse:
    """Any table as a file of the kind asked for; who took it is recorded before it is sent."""
    kind = wanted(request) or FORMATS[0]
    kept = list(rows)
    taken = f"{name}（{'Excel' if kind == 'xlsx' else 'CSV'}，{request.path}）"
    looks.exported(actor_of(request), taken, len(kept), now)
    body, content = (
        (_xlsx(name, head, kept), _XLSX) if kind == "xlsx" else (_csv(head, kept), "text/csv; charset=utf-8")
    )
    answer = attached(body, content, f"{name}-{now.astimezone(current().zone):%Y%m%d-%H%M}.{kind}")
    answer["Cache-Control"] = "no-store"
    return answer


def _head() -> list[str]:
    return [
        _("案件号"), _("接警单号"), _("事情"), _("诉求类型"), _("类别"), _("等级"), _("状态"), _("在谁手里"),
        _("主办单位"), _("事项"), _("街镇"), _("地点"), _("接报"), _("最急的时钟"), _("期限"), _("时限情况"),
        _("办结"), _("处理结果"), _("满意度"), _("退回次数"),
    ]  # fmt: skip


def _row(line: Line, now: datetime) -> Row:
    case, clock = line.case, line.clock
    policy = current()
    holder, place = case["holder"], case.get("place") or {}
    town = policy.townships.get(place.get("township") or "")
    matter = policy.matters.get((case.get("matter") or {}).get("code") or "")
    return [
        case["no"],
        case.get("incident_no") or "",
        case.get("summary") or "",
        labels.label(labels.KINDS, case["kind"]),
        labels.label(labels.CLASSES, case["class"]) if case.get("class") else "",
        labels.label(labels.LEVELS, case["level"]),
        labels.label(labels.STATES, case["state"]),
        unit_name(holder["code"])
        if holder["type"] == "unit"
        else labels.label(labels.HOLDERS, holder["type"]),
        unit_name(case["lead_unit"]) if case.get("lead_unit") else "",
        f"{matter.code} {matter.name}" if matter else "",
        town.name if town else place.get("township") or "",
        place.get("text") or "",
        to_instant(case["received_at"]),
        labels.label(labels.CLOCKS, clock["kind"]) if clock else "",
        to_instant(clock["due_at"]) if clock else None,
        standing(clock, now).words if clock else "",
        to_instant(case.get("closed_at")),
        labels.label(labels.RESULTS, case["result"]) if case.get("result") else "",
        labels.label(labels.SATISFACTION, case["satisfaction"]) if case.get("satisfaction") else "",
        case.get("returns") or 0,
    ]


def _csv(head: Sequence[str], rows: Iterable[Row]) -> bytes:
    """UTF-8 with its mark, so that a Chinese spreadsheet program opens it rightly."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _xlsx(name: str, head: Sequence[str], rows: Iterable[Row]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "remove_timezone": True})
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, max(len(head) - 1, 0), 16)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, word in enumerate(head):
        sheet.write_string(0, column, word, bold)
    at = 0
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(at, column, cell, instant)
            elif isinstance(cell, int | float):
                sheet.write_number(at, column, cell)
            elif cell:
                sheet.write_string(at, column, _legible(cell))
    if at:
        sheet.autofilter(0, 0, at, len(head) - 1)
    book.close()
    return out.getvalue()


def _legible(text: str) -> str:
    """Without the control characters that XML cannot hold; as long as a cell may be."""
    return "".join(char for char in text if char >= " " or char in "\n\t")[:32_000]


def links(request: HttpRequest) -> Mapping[str, Any]:
    """For ``common/list.html``: the addresses of this list as files, with the filters it has now."""
    return {"exports": [(kind, address(request, format=kind, after=None)) for kind in FORMATS]}
