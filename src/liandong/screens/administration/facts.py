"""What is missing or out of date in the district, as rows of one table: what, how much, and where it is put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from liandong.district import changes, knowledge, rosters, training
from liandong.district import values as v
from liandong.district.pack import Pack
from liandong.engine import deliveries, webhook_letters
from liandong.engine.channels import dead

CALENDAR_AHEAD = timedelta(days=60)
"""CONTRACT §4: the pages warn so long before the known holiday tables end."""
MOST_NAMED = 6
BAD, WARN, INFO = "bad", "warn", "info"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to look after: how pressing, in words, which, the rule, and where it is put right."""

    grade: str
    what: str
    names: str
    rule: str
    url: str


@dataclass(frozen=True, slots=True)
class People:
    """How a unit's people stand on a day: the posts that are vacant, and whether two rows are in force at once."""

    missing: tuple[str, ...]
    twice: bool

    @property
    def whole(self) -> bool:
        """Whether there is exactly one responsible person and one liaison."""
        return not self.missing and not self.twice


def people_on(pack: Pack, unit: str, day: date) -> People:
    """The state of a unit's responsible person, liaison and duty phone (R59)."""
    rows = [row for row in pack.contacts if row.unit == unit and v.in_force(row, day)]
    if not rows:
        return People((_("负责人"), _("联络员"), _("值班电话")), False)
    posts = (("responsible", _("负责人")), ("liaison", _("联络员")), ("duty_phone", _("值班电话")))
    missing = tuple(says for name, says in posts if not getattr(rows[0], name))
    return People(missing, len(rows) > 1)


def in_force(pack: Pack, day: date) -> list[v.UnitRow]:
    """The units of a day."""
    return [unit for unit in pack.units if v.in_force(unit, day)]


def _names(names: list[str]) -> str:
    more = _("等 {n} 个").format(n=len(names)) if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + more


def found(pack: Pack, today: date, now: datetime) -> list[Fact]:
    """Everything that is missing or out of date, the most pressing first."""
    made = [
        *_people(pack, today),
        *_rosters(pack, today, now),
        *_time(pack, today),
        *_planned(),
        *_knowledge(today),
        *_training(today),
        *_undelivered(),
    ]
    return sorted(made, key=lambda fact: (BAD, WARN, INFO).index(fact.grade))


def _people(pack: Pack, today: date) -> Iterator[Fact]:
    units = in_force(pack, today)
    standing = {unit.code: people_on(pack, unit.code, today) for unit in units}
    names = {unit.code: unit.name_at(today) for unit in units}
    for post in (_("负责人"), _("联络员"), _("值班电话")):
        lacking = [names[code] for code, one in standing.items() if post in one.missing]
        if lacking:
            yield Fact(
                BAD,
                _("{n} 个单位没有{post}").format(n=len(lacking), post=post),
                _names(lacking),
                "R59",
                "/district/units?gaps=1",
            )
    twice = [names[code] for code, one in standing.items() if one.twice]
    if twice:
        yield Fact(
            BAD,
            _("{n} 个单位同时有两行负责人和联络员").format(n=len(twice)),
            _names(twice),
            "R59",
            "/district/units?gaps=1",
        )
    inner = [row for row in pack.subunits if v.in_force(row, today) and not (row.responsible and row.liaison)]
    if inner:
        says = _("{n} 个内部单位缺负责人或联络员").format(n=len(inner))
        yield Fact(
            WARN, says, _names([f"{row.code} {row.name}" for row in inner]), "R48", "/district/units?gaps=1"
        )


def _rosters(pack: Pack, today: date, now: datetime) -> Iterator[Fact]:
    units = in_force(pack, today)
    on_duty = rosters.on_duty_of([unit.code for unit in units], now)
    without = [unit.name_at(today) for unit in units if not on_duty.get(unit.code)]
    if without:
        yield Fact(
            BAD,
            _("{n} 个单位现在没有人值班").format(n=len(without)),
            _names(without),
            "R24",
            "/district/rosters",
        )


def _time(pack: Pack, today: date) -> Iterator[Fact]:
    until = pack.calendar.known_until
    if until - today <= CALENDAR_AHEAD:
        grade = BAD if until < today else WARN
        says = _("节假日表只到 {day}，请装入 {year} 年的").format(day=until, year=until.year + 1)
        yield Fact(grade, says, "", "R38", f"/district/calendars/{until.year + 1}")
    drafts = [row for row in pack.statutory if not row.confirmed and row.stage == "finish"]
    if drafts:
        says = _("{n} 条法定时限还是草稿，没有生效").format(n=len(drafts))
        yield Fact(
            INFO,
            says,
            _names(list(dict.fromkeys(row.citation for row in drafts))),
            "R34",
            "/district/limits#statutory",
        )
    reforms = [
        row
        for row in pack.reforms
        if not row.confirmed and row.on <= today and v.in_force(pack.unit_by_code[row.unit], today)
    ]
    if reforms:
        says = _("{n} 个单位的机构改革还没有落实到名录").format(n=len(reforms))
        yield Fact(
            INFO, says, _names([pack.name_at(row.unit, today) for row in reforms]), "AMB23", "/district/units"
        )


def _planned() -> Iterator[Fact]:
    waiting = changes.planned()
    if waiting:
        yield Fact(
            INFO,
            _("{n} 项变更等待生效").format(n=len(waiting)),
            waiting[0].what,
            "R22",
            "/district/changes?planned=1",
        )


def _knowledge(today: date) -> Iterator[Fact]:
    late = knowledge.overdue_by_owner(today)
    if late:
        says = _("{n} 条知识超过复核日期").format(n=sum(late.values()))
        yield Fact(WARN, says, _names(list(late)), "R28", "/district/knowledge?overdue=1")


def _training(today: date) -> Iterator[Fact]:
    waiting = [one.account.username for one in training.standings(today=today) if not one.ready]
    if waiting:
        says = _("{n} 个账号培训未通过，还不能工作").format(n=len(waiting))
        yield Fact(WARN, says, _names(waiting), "R56", "/district/training")


def _undelivered() -> Iterator[Fact]:
    shut, calls, notices = webhook_letters.shut(), deliveries.given_up(), dead.count()
    if shut:
        yield Fact(
            WARN, _("{n} 个回调的接收方连续失败，已暂停").format(n=shut), "", "R4", "/district/webhooks"
        )
    if calls:
        yield Fact(WARN, _("{n} 次回调推送没有送达").format(n=calls), "", "R4", "/district/webhooks")
    if notices:
        yield Fact(WARN, _("{n} 条通知没有送达").format(n=notices), "", "R4", "/district/channels")
