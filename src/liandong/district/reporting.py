"""Settings of the reports: read from the pack's ``reports.toml``, loaded with it, asked by ``engine.reports``.

They are apart from ``Pack``: no rule of a case asks them. A pack without the file is sound and has no reports.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time
from pathlib import Path
from typing import Any

from liandong.rules.periods import KINDS

from . import library
from . import models as m
from .errors import PackError, Problem
from .parts import unique
from .reader import Row, read_file
from .schema import CLOCK, MAYBE_TEXT, TEXT, TEXTS, Table, clock, one_of

FILE = "reports.toml"
ROLES = ("duty_office", "inspector", "desk_lead", "government", "reader", "unit")
"""Roles a report may be sent to; ``unit`` means every unit, ``unit:CODE`` one."""
_REPORT = {
    "report": Table(
        {
            "kind": one_of(*KINDS), "name": TEXT, "title": TEXT, "issuer": TEXT, "signed_by": TEXT, "number": MAYBE_TEXT,
            "to": TEXTS, "copies": TEXTS, "recipients": TEXTS, "schedule": CLOCK, "source": TEXT, "clause": TEXT,
        },
        optional=frozenset({"number", "schedule", "copies"}),
        inside={"section": Table({"code": TEXT, "title": TEXT, "figures": TEXTS}, optional=frozenset({"figures"}))},
    )
}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One section of a report: ``code`` names what is drawn up, ``figures`` which figures where it has a choice."""

    code: str
    title: str
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """One kind of report. ``schedule`` is the time of day it is drawn up ("" never by itself)."""

    kind: str
    name: str
    title: str
    issuer: str
    signed_by: str
    to: tuple[str, ...]
    recipients: tuple[str, ...]
    sections: tuple[Section, ...]
    number: str = ""
    copies: tuple[str, ...] = ()
    schedule: str = ""
    source: str = ""
    clause: str = ""

    @property
    def at(self) -> time | None:
        """The time of day at which it is due."""
        return clock(self.schedule) if self.schedule else None


def read(directory: Path | str) -> tuple[Setting, ...]:
    """The reports of a pack. Raises PackError naming every fault with file, line and reason."""
    if not (Path(directory) / FILE).exists():
        return ()
    problems: list[Problem] = []
    rows = read_file(Path(directory), FILE, _REPORT, problems)["report"]
    unique(rows, "kind", "报告种类")
    for row in rows:
        _check(row)
    if problems:
        raise PackError(problems)
    return tuple(_setting(row) for row in rows)


def _check(row: Row) -> None:
    for key, what in (("to", "主送"), ("recipients", "收件人")):
        if not row.texts(key):
            row.wrong(key, f"没有{what}，请写明报告送给谁")
    for word in row.texts("recipients"):
        if word not in ROLES and not word.startswith("unit:"):
            row.wrong("recipients", f"不认识的收件人 {word}，可用：{'、'.join(ROLES)}、unit:单位代码")
    try:
        row["title"].format(district="", period="")
    except (KeyError, IndexError, ValueError):
        row.wrong("title", "题目里只能用 {district} 和 {period}")
    try:
        number = row.get("number", "")
        if number and not (
            number.format(year=2018, n=7) != number.format(year=2018, n=8) != number.format(year=2019, n=8)
        ):
            row.wrong("number", "文号里要有 {year} 和 {n}，如 綦应急报〔{year}〕{n}号")
    except (KeyError, IndexError, ValueError):
        row.wrong("number", "文号里只能用 {year} 和 {n}")
    if not row.inside["section"]:
        row.wrong(None, "报告没有内容，请加 [[report.section]]")
    unique(row.inside["section"], "title", "标题")


def _setting(row: Row) -> Setting:
    sections = tuple(
        Section(one["code"], one["title"], one.texts("figures")) for one in row.inside["section"]
    )
    plain: dict[str, Any] = {
        key: row.get(key, "")
        for key in ("kind", "name", "title", "issuer", "signed_by", "number", "schedule", "source", "clause")
    }
    lists: dict[str, Any] = {key: row.texts(key) for key in ("to", "copies", "recipients")}
    return Setting(sections=sections, **plain, **lists)


def replace(settings: tuple[Setting, ...]) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.ReportSetting.objects.all().delete()
    m.ReportSetting.objects.bulk_create(
        m.ReportSetting(kind=one.kind, body=asdict(one), source=one.source, clause=one.clause)
        for one in settings
    )
    library.changed()


def _build() -> dict[str, Setting]:
    order = {kind: at for at, kind in enumerate(KINDS)}
    found = [_stored(row.body) for row in m.ReportSetting.objects.all()]
    return {one.kind: one for one in sorted(found, key=lambda one: order[one.kind])}


def _stored(body: dict[str, Any]) -> Setting:
    lists = {key: tuple(body[key]) for key in ("to", "copies", "recipients")}
    sections = tuple(Section(one["code"], one["title"], tuple(one["figures"])) for one in body["sections"])
    return Setting(**{**body, **lists, "sections": sections})


_memory = library.Memory(_build)


def settings() -> dict[str, Setting]:
    """The reports of the district by kind; one cheap query while nothing changes."""
    return _memory.get()
