"""Items that stand in the district's own tables: rosters and hand-overs (R24), people (R59, R48), training (R56)."""

from __future__ import annotations

from liandong.district.values import in_force

from .items import Cell, Gap
from .known import Known


def duty(known: Known, unit: str) -> Cell:
    """Somebody on the main post round the clock in the next days; no hand-over left unread."""
    gaps = []
    holes = known.roster_gaps.get(unit, ())
    if holes:
        first = holes[0].starts.astimezone(known.policy.zone)
        words = {"when": f"{first:%m月%d日%H:%M}", "n": len(holes)}
        text = "{when}起无人值班" if len(holes) == 1 else "{when}起无人值班，共{n}段"
        gaps.append(Gap(text, words, ("roster", f"{first:%Y-%m}")))
    missed = known.handovers.get(unit, 0)
    if missed:
        gaps.append(Gap("{n}次交班无人接", {"n": missed}, ("handover",)))
    return Cell(tuple(gaps), "值班表完整")


def people(known: Known, unit: str) -> Cell:
    """Exactly one responsible person, a liaison, a duty telephone."""
    rows = [row for row in known.pack.contacts if row.unit == unit and in_force(row, known.day)]
    if not rows:
        return Cell((Gap("没有负责人和联络员", {}, ("people",)),))
    gaps = [
        Gap("缺{what}", {"what": word}, ("people",))
        for word, name in (("分管负责人", "responsible"), ("联络员", "liaison"), ("值班电话", "duty_phone"))
        if not getattr(rows[0], name)
    ]
    if len({row.responsible for row in rows}) > 1:
        gaps.append(Gap("同时有{n}名分管负责人，应为1名", {"n": len(rows)}, ("people",)))
    return Cell(tuple(gaps), "齐全")


def inner(known: Known, unit: str) -> Cell:
    """Each inner unit has one responsible person and one liaison; a unit that named no inner units is not concerned."""
    rows = known.pack.subunits_of(unit, known.day)
    if not rows:
        return Cell((), "没有内部单位", concerns=False)
    gaps = []
    for row in rows:
        lacking = [
            w for w, name in (("负责人", "responsible"), ("联络员", "liaison")) if not getattr(row, name)
        ]
        if lacking:
            gaps.append(Gap("{name}缺{what}", {"name": row.name, "what": "、".join(lacking)}, ("people",)))
    for code in sorted({row.code for row in rows if sum(other.code == row.code for other in rows) > 1}):
        gaps.append(Gap("{name}同时有两行负责人和联络员", {"name": code}, ("people",)))
    return Cell(tuple(gaps), f"{len(rows)}个齐全")


def training(known: Known, unit: str) -> Cell:
    """Every account that works has passed its course, and there is one at all."""
    total, fit = known.accounts.get(unit, (0, 0))
    if total == 0:
        return Cell((Gap("没有账号", {}, ("account",)),))
    if fit < total:
        return Cell((Gap("{n}个账号培训未通过", {"n": total - fit}, ("training",)),))
    return Cell((), f"{total}个账号已通过")
