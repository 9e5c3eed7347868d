"""From the rows of a pack's files to values, with every check that needs more than one row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from . import values as v
from .reader import Row, Tables
from .schema import LIMIT_KINDS, clock

Value = TypeVar("Value")
Made = list[tuple[Row, Value]]


def _dates(row: Row) -> dict[str, Any]:
    return {"valid_from": row["from"], "valid_to": row.get("to")}


def _cited(row: Row) -> dict[str, Any]:
    return {"source": row["source"], "clause": row["clause"]}


def unique(rows: Iterable[Row], key: str, what: str) -> None:
    """Report every row whose ``key`` stood in an earlier one."""
    seen: dict[Any, Row] = {}
    for row in rows:
        first = seen.setdefault(row[key], row)
        if first is not row:
            row.wrong(key, f"{what} {row[key]} 重复，第 {first.source.line((*first.path, key))} 行已有")


def no_overlap(made: Made[Any], same: Any, what: str) -> None:
    """Report rows about the same thing whose days overlap."""
    groups: dict[Any, Made[Any]] = {}
    for row, value in made:
        groups.setdefault(same(value), []).append((row, value))
    for key, members in groups.items():
        ordered = sorted(members, key=lambda pair: (pair[1].valid_from, pair[0].path))
        for (_, earlier), (row, later) in pairwise(ordered):
            if v.overlap(earlier, later):
                says = f"{what} {key} 的生效日期重叠：{later.valid_from} 起的一行与更早的一行同时有效"
                row.wrong("from" if "from" in row.values else "code", says)


def known_unit(row: Row, key: str, code: str, units: Iterable[str]) -> None:
    """Report a code that no unit and no class bears."""
    if code not in units:
        row.wrong(key, f"单位 {code} 不存在，请先在 units.toml 登记（R22）")


# -- units ----------------------------------------


def units(tables: Tables, townships: Iterable[str], foreign: Iterable[str]) -> list[v.UnitRow]:
    """Units with their names and successors (R12, R22). ``foreign`` townships are governed by others (AMB21)."""
    rows = tables["unit"]
    unique(rows, "code", "单位代码")
    found: list[v.UnitRow] = []
    codes = {row["code"] for row in rows} | tables.named("code")
    for row in rows:
        names: Made[v.NameRow] = [
            (inner, v.NameRow(inner["text"], **_dates(inner))) for inner in row.inside["name"]
        ]
        if not names:
            row.wrong(None, f"单位 {row['code']} 没有名称，请加 [[unit.name]]")
            continue
        no_overlap(names, lambda _: row["code"], "单位名称")  # noqa: B023
        for successor in row.texts("successors"):
            known_unit(row, "successors", successor, codes)
        if row.texts("successors") and row.get("to") is None:
            row.wrong("successors", f"单位 {row['code']} 有承接单位却没有失效日，请写 to")
        town = row.get("township", "")
        if town and town not in townships:
            row.wrong("township", f"街镇代码 {town} 不在 townships.toml 中")
        if town in foreign:
            row.wrong("township", f"街镇 {town} 不属本区管辖（ours = false），不能作联动单位（AMB21）")
        found.append(
            v.UnitRow(
                row["code"], row["kind"], row["from"], row.get("to"),
                tuple(sorted((name for _, name in names), key=lambda n: n.valid_from)),
                row.texts("successors"), row.texts("aliases"), town, **_cited(row),
            )
        )  # fmt: skip
    _no_circle(rows)
    return found


def _no_circle(rows: list[Row]) -> None:
    """Report a unit that would, over its successors, succeed itself."""
    after = {row["code"]: row.texts("successors") for row in rows}
    for row in rows:
        seen: set[str] = set()
        ahead = list(after[row["code"]])
        while ahead:
            code = ahead.pop()
            if code == row["code"]:
                row.wrong("successors", f"承接关系成环：{row['code']} 最终又由自己承接")
                break
            if code not in seen:
                seen.add(code)
                ahead.extend(after.get(code, ()))


def townships(tables: Tables) -> list[v.TownshipRow]:
    """Townships inside the district code (AMB21)."""
    rows = tables["township"]
    unique(rows, "code", "街镇代码")
    unique(rows, "name", "街镇名称")
    return [
        v.TownshipRow(
            r["code"], r["name"], r["kind"], r["ours"], r["governed_by"], r.texts("villages"), r["source"]
        )
        for r in rows
    ]


# -- duties ----------------------------------------


def emergencies(tables: Tables, units: Iterable[str]) -> list[v.EmergencyRow]:
    """Classes that are never diverted, with their parallel notices."""
    unique(tables["class"], "code", "永不分流类别")
    for row in tables["class"]:
        for code in row.texts("parallel"):
            known_unit(row, "parallel", code, units)
    return [
        v.EmergencyRow(
            r["code"], r["name"], r.texts("triggers"), r.texts("parallel"), r.texts("outside"), **_cited(r)
        )
        for r in tables["class"]
    ]


def classes(tables: Tables) -> list[v.ClassRow]:
    """Classes of the catalogue that are no units."""
    unique(tables["class"], "code", "类别代码")
    return [
        v.ClassRow(r["code"], r["name"], r.texts("expands"), r.get("note", ""), **_cited(r))
        for r in tables["class"]
    ]


def catalogue(
    tables: Tables, units: Iterable[str], never_divert: Iterable[str]
) -> tuple[list[v.EntryRow], list[v.MatterRow]]:
    """The duty catalogue: paragraphs and atomic matters (R22)."""
    entries: Made[v.EntryRow] = []
    matters: Made[v.MatterRow] = []
    for row in tables["entry"]:
        unit = row["unit"]
        known_unit(row, "unit", unit, units)
        entries.append(
            (row, v.EntryRow(row["no"], unit, row["version"], row["text"], **_dates(row), **_cited(row)))
        )
        if not row.inside["matter"]:
            row.wrong(None, f"目录第 {row['no']} 段没有事项，请加 [[entry.matter]]")
        for inner in row.inside["matter"]:
            matters.append((inner, _matter(row, inner, never_divert)))
    no_overlap(entries, lambda entry: entry.no, "目录段")
    no_overlap(matters, lambda matter: matter.code, "重复的事项代码")
    return [entry for _, entry in entries], [matter for _, matter in matters]


def _matter(row: Row, inner: Row, never_divert: Iterable[str]) -> v.MatterRow:
    code, phrase = inner["code"], inner["phrase"]
    head, _, number = code.rpartition("-")
    if head != row["unit"] or not (len(number) == 2 and number.isdigit()):
        inner.wrong("code", f"事项代码 {code} 应为 {row['unit']}-两位数字")
    position = row["text"].find(phrase) if phrase else -1
    if phrase and position < 0:
        inner.wrong("phrase", f"原文中没有“{phrase}”，请照抄该段字样")
    if not phrase and not inner.get("clause"):
        inner.wrong("phrase", "没有原文字样的事项须写 clause，说明出自哪一条")
    never = inner.get("never_divert", "")
    if never and never not in never_divert:
        inner.wrong("never_divert", f"永不分流类别 {never} 不在 emergency.toml 中（R1）")
    return v.MatterRow(
        code, row["version"], row["unit"], row["no"], inner["name"], phrase, position, inner.texts("kinds"),
        inner.get("emergency", False), never, inner.get("restricted", False), inner.texts("stages"),
        clause=inner.get("clause") or row["clause"], **_dates(row),
    )  # fmt: skip


# -- time ----------------------------------------


def limits(tables: Tables) -> list[v.LimitRow]:
    """The length of every kind of clock; none may be missing."""
    rows = tables["limit"]
    unique(rows, "kind", "时限")
    for row in rows:
        if row["kind"] not in LIMIT_KINDS:
            row.wrong("kind", f"不认识的时限 {row['kind']}，可用：{'、'.join(LIMIT_KINDS)}")
    missing = [kind for kind in LIMIT_KINDS if kind not in {row["kind"] for row in rows}]
    if missing and rows:
        rows[-1].wrong(None, f"缺少时限：{'、'.join(missing)}")
    return [
        v.LimitRow(r["kind"], r["name"], r["length"], r.get("outside", ""), r["source"], r["clause"])
        for r in rows
    ]


def statutory(tables: Tables, matters: Iterable[str]) -> list[v.StatutoryRow]:
    """Legal limits, one value for each matter (R34). What is in force together must not contradict."""
    made: Made[v.StatutoryRow] = []
    for row in tables["statutory"]:
        if row["confirmed"] and row["stage"] != "finish":
            row.wrong("stage", '已确认的法定时限必须是办结时限（stage = "finish"）（R34）')
        for code in row.texts("matters"):
            if code not in matters:
                row.wrong("matters", f"事项 {code} 不在职责目录中")
            made.append(
                (
                    row,
                    v.StatutoryRow(
                        code, row["length"], row["citation"], row["from"], row.get("to"), row["confirmed"],
                        row["stage"], row["mark"], row.get("note", ""),
                    ),
                )
            )  # fmt: skip
    no_overlap([(r, s) for r, s in made if s.confirmed], lambda s: s.matter, "法定时限")
    return [value for _, value in made]


def calendar(tables: Tables, file: str) -> v.CalendarRow | None:
    """One year's table of holidays and make-up workdays (R38)."""
    if not tables["calendar"]:
        return None
    head = tables["calendar"][0]
    year = head["year"]
    stem = file.rsplit("/", 1)[-1].removesuffix(".toml")
    if stem.isdigit() and int(stem) != year:
        head.wrong("year", f"年份 {year} 与文件名 {stem} 不一致")
    days: dict[date, bool] = {}
    names: dict[date, str] = {}
    unique(tables["day"], "date", "日期")
    for row in tables["day"]:
        if row["date"].year != year:
            row.wrong("date", f"日期 {row['date']} 不在 {year} 年")
        days[row["date"]] = row["kind"] == "work"
        names[row["date"]] = row.get("name", "")
    return v.CalendarRow(year, head["version"], head["source"], days, names)


# -- people ----------------------------------------


def hotlines(tables: Tables, units: Iterable[str]) -> list[v.HotlineRow]:
    """Published numbers that keep serving (R14)."""
    unique(tables["hotline"], "number", "热线号码")
    for row in tables["hotline"]:
        if row["unit"]:
            known_unit(row, "unit", row["unit"], units)
    return [
        v.HotlineRow(r["number"], r["name"], r["unit"], r["purpose"], **_cited(r)) for r in tables["hotline"]
    ]


def people(
    tables: Tables, units: Iterable[str]
) -> tuple[list[v.ContactRow], list[v.SubUnitRow], list[v.ShiftRow]]:
    """Contacts (R59), inner units (R48) and the daily roster (R24)."""
    for name in ("contact", "subunit", "shift"):
        for row in tables[name]:
            known_unit(row, "unit", row["unit"], units)
    contacts: Made[v.ContactRow] = [(r, v.ContactRow(unit=r["unit"], duty_phone=r["duty_phone"], **_pair(r)))
                                    for r in tables["contact"]]  # fmt: skip
    no_overlap(contacts, lambda contact: contact.unit, "单位联系人")
    subunits: Made[v.SubUnitRow] = [
        (r, v.SubUnitRow(code=r["code"], unit=r["unit"], name=r["name"], **_pair(r)))
        for r in tables["subunit"]
    ]
    no_overlap(subunits, lambda subunit: subunit.code, "内部单位")
    shifts = [
        v.ShiftRow(
            r["unit"], clock(r["starts"]), clock(r["ends"]), r["post"], r["person"], r["phone"], **_dates(r),
            **_cited(r),
        )
        for r in tables["shift"]
    ]  # fmt: skip
    return [c for _, c in contacts], [s for _, s in subunits], shifts


def _pair(row: Row) -> dict[str, Any]:
    keys = ("responsible", "responsible_phone", "liaison", "liaison_phone")
    return {key: row[key] for key in keys} | _dates(row) | _cited(row)


def reforms(tables: Tables, units: Iterable[str]) -> list[v.ReformRow]:
    """Planned successions; drafts that change nothing (AMB23)."""
    for row in tables["reform"]:
        known_unit(row, "unit", row["unit"], units)
    return [
        v.ReformRow(r["unit"], r.texts("successor_names"), r["on"], r["confirmed"], **_cited(r))
        for r in tables["reform"]
    ]
