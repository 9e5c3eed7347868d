"""Between the tables and the plain values: one Pack goes in, the same Pack comes out."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import time
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.utils import timezone

from . import consistency
from . import models as m
from . import values as v
from .errors import PackError, Problem, SettingError
from .pack import Pack
from .schema import LENGTH, LIMIT_KINDS


class NoDistrict(Exception):
    """No pack was loaded yet."""

    def __init__(self) -> None:
        super().__init__("尚未装入数据包，请先运行 liandong init --pack packs/qijiang")


_PLAIN: tuple[tuple[str, type[models.Model], type], ...] = (
    ("townships", m.Township, v.TownshipRow),
    ("classes", m.DutyClass, v.ClassRow),
    ("entries", m.DutyEntry, v.EntryRow),
    ("matters", m.Duty, v.MatterRow),
    ("emergencies", m.EmergencyClass, v.EmergencyRow),
    ("limits", m.LimitSetting, v.LimitRow),
    ("statutory", m.StatutoryLimit, v.StatutoryRow),
    ("hotlines", m.Hotline, v.HotlineRow),
    ("contacts", m.Contact, v.ContactRow),
    ("subunits", m.SubUnit, v.SubUnitRow),
    ("shifts", m.Shift, v.ShiftRow),
    ("reforms", m.Reform, v.ReformRow),
)
"""Parts of a pack whose rows and tables have the same fields."""


def _columns(row: Any) -> dict[str, Any]:
    """A row's fields as a model takes them (tuples as JSON lists)."""
    values = ((f.name, getattr(row, f.name)) for f in fields(row))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def _row(kind: type, record: models.Model) -> Any:
    values = ((f.name, getattr(record, f.name)) for f in fields(kind))
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values})


# -- out ----------------------------------------


def stamp() -> str:
    """The mark of the settings in force: new after every change. Raises NoDistrict.

    Every command asks it, so it is one bare query (a fifth of the cost through the model layer).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM district_district ORDER BY id LIMIT 1")
        found = cursor.fetchone()
    if found is None:
        raise NoDistrict
    return str(found[0])


def snapshot() -> Pack:
    """The whole district as the tables have it now. Raises NoDistrict."""
    head = m.District.objects.first()
    if head is None:
        raise NoDistrict
    names: dict[int, list[v.NameRow]] = {}
    for record in m.UnitName.objects.order_by("valid_from"):
        names.setdefault(record.unit_id, []).append(_row(v.NameRow, record))
    units = tuple(
        v.UnitRow(
            u.code, u.kind, u.valid_from, u.valid_to, tuple(names[u.pk]), tuple(u.successors),
            tuple(u.aliases), u.township, u.source, u.clause,
        )
        for u in m.Unit.objects.order_by("id")
    )  # fmt: skip
    parts = {
        part: tuple(_row(kind, record) for record in model._default_manager.order_by("id"))
        for part, model, kind in _PLAIN
    }
    return Pack(
        district=head.code,
        name=head.name,
        zone=head.zone,
        number_prefix=head.number_prefix,
        version=head.version,
        valid_from=head.valid_from,
        hours=tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in head.hours),
        units=units,
        calendars=_calendars(),
        **parts,
    )


def _calendars() -> tuple[v.CalendarRow, ...]:
    days: dict[int, list[m.CalendarDay]] = {}
    for day in m.CalendarDay.objects.order_by("date"):
        days.setdefault(day.year_id, []).append(day)
    return tuple(
        v.CalendarRow(
            year.year,
            year.version,
            year.source,
            {day.date: day.works for day in days.get(year.pk, ())},
            {day.date: day.name for day in days.get(year.pk, ())},
        )
        for year in m.CalendarYear.objects.order_by("year")
    )


# -- in ----------------------------------------


class _Decisions(NamedTuple):
    """What people decided in this database; a newly loaded pack does not undo it."""

    limits: list[m.LimitSetting]
    statutory: list[m.StatutoryLimit]
    years: list[tuple[v.CalendarRow, str]]


@transaction.atomic
def replace(pack: Pack, by: str) -> Pack:
    """Put ``pack`` in the place of what was loaded, in one transaction; answers what is stored now.

    Decisions taken here stay: changed units, people and duties, confirmed legal limits, changed limits, calendar years
    the pack does not have. Raises PackError when a unit the tables know is missing: units end, they do not vanish (R22),
    and when the pack cannot stand beside what was decided here.
    """
    before = m.District.objects.select_for_update().first()
    decisions = _decisions(pack) if before is not None else _Decisions([], [], [])
    if before is not None:
        pack = _with_decided(pack)
        _refuse_loss(before, pack)
    for _part, model, _kind in _PLAIN:
        model._default_manager.all().delete()
    m.Unit.objects.all().delete()
    m.CalendarYear.objects.all().delete()
    _insert(pack)
    _apply(decisions)
    m.District.objects.update_or_create(id=before.pk if before else 1, defaults=_head(pack))
    return changed(f"装入数据包 {pack.version}", by)


def _refuse_loss(before: m.District, pack: Pack) -> None:
    if before.code != pack.district:
        raise PackError([Problem("pack.toml", 1, f"本库属于片区 {before.code}，不能装入 {pack.district}")])
    gone = [
        c for c in m.Unit.objects.order_by("id").values_list("code", flat=True) if c not in pack.unit_by_code
    ]
    if gone:
        says = "在库中已有，不能删除；请写失效日 to 与承接单位 successors（R22）"
        raise PackError([Problem("units.toml", 1, f"单位 {code} {says}") for code in gone])


def kept() -> dict[str, set[str]]:
    """The rows decided here, by part: the keys a newly loaded pack leaves as they are."""
    found: dict[str, set[str]] = {}
    for rows in m.PackVersion.objects.filter(taken_back_at=None).values_list("kept", flat=True):
        for part, key in rows:
            found.setdefault(part, set()).add(key)
    return found


def _with_decided(pack: Pack) -> Pack:
    """The pack with the rows decided here in the place of its own."""
    decided = kept()
    if not decided:
        return pack
    merged = consistency.merge(pack, snapshot(), decided)
    faults = consistency.faults(merged)
    if faults:
        says = "；请在“片区管理—变更记录”核对后改数据包"
        raise PackError(
            [Problem("units.toml", 1, f"与本库中的变更不能并存：{fault}{says}") for fault in faults]
        )
    return merged


def _decisions(pack: Pack) -> _Decisions:
    years = {row.year for row in pack.calendars}
    loaded_by = dict(m.CalendarYear.objects.values_list("year", "loaded_by"))
    return _Decisions(
        list(m.LimitSetting.objects.exclude(changed_by="")),
        list(m.StatutoryLimit.objects.exclude(confirmed_by="")),
        [(row, loaded_by[row.year]) for row in _calendars() if row.year not in years],
    )


def _apply(decisions: _Decisions) -> None:
    for limit in decisions.limits:
        m.LimitSetting.objects.filter(kind=limit.kind).update(
            length=limit.length, outside=limit.outside, changed_by=limit.changed_by
        )
    for row in decisions.statutory:
        same = {key: getattr(row, key) for key in ("matter", "length", "citation", "valid_from")}
        m.StatutoryLimit.objects.filter(**same).update(
            confirmed=row.confirmed, confirmed_by=row.confirmed_by, confirmed_at=row.confirmed_at
        )
    for year, by in decisions.years:
        _insert_year(year, by)


def _insert(pack: Pack) -> None:
    for part, model, _kind in _PLAIN:
        model._default_manager.bulk_create([model(**_columns(row)) for row in getattr(pack, part)])
    for unit in pack.units:
        columns = _columns(unit)
        del columns["names"]
        record = m.Unit.objects.create(**columns)
        m.UnitName.objects.bulk_create([m.UnitName(unit=record, **_columns(name)) for name in unit.names])
    for year in pack.calendars:
        _insert_year(year, "")


def _insert_year(row: v.CalendarRow, by: str) -> None:
    year = m.CalendarYear.objects.create(year=row.year, version=row.version, source=row.source, loaded_by=by)
    m.CalendarDay.objects.bulk_create(
        [m.CalendarDay(year=year, date=d, works=w, name=row.names.get(d, "")) for d, w in row.days.items()]
    )


def _head(pack: Pack) -> dict[str, Any]:
    return {
        "code": pack.district,
        "name": pack.name,
        "zone": pack.zone,
        "number_prefix": pack.number_prefix,
        "version": pack.version,
        "valid_from": pack.valid_from,
        "hours": [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in pack.hours],
        "stamp": secrets.token_hex(16),
    }


def changed(what: str, by: str, **record: Any) -> Pack:
    """After a change: a new stamp, so that every process reads again, and a line in the record of changes.

    ``record``: further fields of ``PackVersion`` (reason, before, after …), without names and numbers of persons.
    """
    stamp = secrets.token_hex(16)
    m.District.objects.update(stamp=stamp)
    pack = snapshot()
    m.PackVersion.objects.create(
        version=pack.version, digest=pack.digest, stamp=stamp, what=what[:200], by=by, **record
    )
    return pack


class Meanwhile(SettingError):
    """Somebody changed the settings after a person began: nothing was saved. ``changes`` says what, the newest first."""

    def __init__(self, changes: list[m.PackVersion]) -> None:
        says = "；".join(f"{one.by}：{one.what}" for one in changes[:3])
        super().__init__(
            f"您填写期间，设置已被别人改动（{says or '重新装入'}）。请核对下面的预览后再保存（I6）。"
        )
        self.changes = changes


def lock(seen: str | None = None) -> None:
    """Settings change one after the other. ``seen``: the stamp a person's preview was made under.

    Raises NoDistrict, and Meanwhile when something was changed since.
    """
    head = m.District.objects.select_for_update().first()
    if head is None:
        raise NoDistrict
    if seen is not None and head.stamp != seen:
        known = m.PackVersion.objects.filter(stamp=seen).order_by("-id").values_list("id", flat=True).first()
        later = m.PackVersion.objects.filter(id__gt=known).order_by("-id") if known else []
        raise Meanwhile(list(later))


# -- single settings ----------------------------------------


@transaction.atomic
def put_calendar(row: v.CalendarRow, by: str, *, reason: str = "", seen: str | None = None) -> Pack:
    """Load one year's holiday table, in the place of an earlier one for that year (R38).

    Raises SettingError when the year would leave a gap behind the known ones, Meanwhile like ``lock``.
    """
    lock(seen)
    years = set(m.CalendarYear.objects.values_list("year", flat=True))
    if years and row.year not in years and row.year not in (min(years) - 1, max(years) + 1):
        raise SettingError(f"已有 {min(years)}–{max(years)} 年的日历，请先装入 {max(years) + 1} 年（R38）")
    old = next((one for one in _calendars() if one.year == row.year), None)
    m.CalendarYear.objects.filter(year=row.year).delete()
    _insert_year(row, by)
    return changed(
        f"装入 {row.year} 年日历 {row.version}", by, kind="calendar", target=str(row.year), reason=reason,
        before=[[f"{row.year} 年日历", _described(old)]], after=[[f"{row.year} 年日历", _described(row)]],
    )  # fmt: skip


def _described(row: v.CalendarRow | None) -> str:
    if row is None:
        return "—"
    working = sum(row.days.values())
    return f"版本 {row.version}：放假 {len(row.days) - working} 天、调休上班 {working} 天"


@transaction.atomic
def confirm_statutory(
    limit_id: int, by: str, confirmed: bool = True, *, reason: str = "", seen: str | None = None
) -> Pack:
    """A person has compared a draft of a legal limit with its text: now it counts (R34), or no longer.

    Raises SettingError for an unknown row, a step that is no 办结 limit, an overlap with a confirmed row, Meanwhile like
    ``lock``.
    """
    lock(seen)
    row = m.StatutoryLimit.objects.filter(pk=limit_id).first()
    if row is None:
        raise SettingError(f"没有编号 {limit_id} 的法定时限，请刷新列表后再选（R34）")
    if confirmed:
        if row.stage != "finish":
            raise SettingError("这是受理、立案或到场等中间步骤，不是办结时限，不能代替 2/5 个工作日（R34）")
        others = m.StatutoryLimit.objects.filter(matter=row.matter, confirmed=True).exclude(pk=row.pk)
        clash = next((other for other in others if v.overlap(other, row)), None)
        if clash is not None:
            raise SettingError(f"与已确认的“{clash.citation}”同时有效，请先撤销那一行的确认（R34）")
    was = row.confirmed
    row.confirmed, row.confirmed_by, row.confirmed_at = confirmed, by, timezone.now()
    row.save()
    label, states = f"{row.matter} {row.length}（{row.citation}）", {True: "已确认", False: "草稿"}
    return changed(
        f"{'确认' if confirmed else '撤销确认'}法定时限 {row.matter} {row.length}", by, kind="statutory", target=row.matter,
        reason=reason, before=[[label, states[was]]], after=[[label, states[confirmed]]],
    )  # fmt: skip


@transaction.atomic
def set_limit(
    kind: str, length: str, by: str, outside: str = "", *, reason: str = "", seen: str | None = None
) -> Pack:
    """Change the length of a kind of clock for clocks that start from now on. Raises SettingError.

    What the notice itself sets (source ``notice``) is no setting. Raises Meanwhile like ``lock``.
    """
    lock(seen)
    row = m.LimitSetting.objects.filter(kind=kind).first()
    if row is None:
        raise SettingError(f"没有时限 {kind}，可用：{'、'.join(LIMIT_KINDS)}")
    if row.source == "notice":
        raise SettingError(f"{row.name}由28号文规定（{row.clause}），不能在此修改")
    if not LENGTH.match(length) or (outside and not LENGTH.match(outside)):
        raise SettingError("时限写作 2wd、15d、4wh、24h 或 10min")
    was = _length(row)
    row.length, row.outside, row.changed_by = length, outside, by
    row.save()
    return changed(
        f"时限 {kind} 改为 {_length(row)}", by, kind="limit", target=kind, reason=reason,
        before=[[row.name, was]], after=[[row.name, _length(row)]],
    )  # fmt: skip


def _length(row: m.LimitSetting) -> str:
    return row.length + (f"（值班外 {row.outside}）" if row.outside else "")
