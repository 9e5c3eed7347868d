"""Duty rosters (R24): the daily shifts of the pack, the days that differ, who is on duty, gaps seen ahead.

A roster belongs to a unit's code; the 110 desk has the one of the bureau that runs it, the duty office its own unit's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from liandong.rules.model import Actor

from . import policy
from .models import HouseRule, RosterDay
from .models.duty import POSTS
from .values import in_force

DESK, DUTY_OFFICE = "desk", "duty_office"
"""Rosters beside those of units, by the role that works in them."""
FALLBACK = {DESK: "GA", DUTY_OFFICE: "YJ"}
"""CONTRACT §1: the desk is the bureau's, the duty office is 区政府应急办: until they have days of their own."""


class OnDuty(NamedTuple):
    """Who answers for a unit now; ``until`` is the end of the shift."""

    unit: str
    post: str
    person: str
    phone: str
    until: datetime


class Slot(NamedTuple):
    """One post of one day. ``person`` "" : nobody. ``dated``: entered for this very day."""

    unit: str
    day: date
    post: str
    starts: datetime
    ends: datetime
    person: str
    phone: str
    dated: bool
    note: str = ""


class Gap(NamedTuple):
    """A stretch in which nobody is on the main post."""

    unit: str
    starts: datetime
    ends: datetime


class RosterError(Exception):
    """A roster that cannot be kept so; the text says what to do instead (Chinese). ``field`` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def house_length(kind: str) -> timedelta:
    """The length of a house rule. Raises RosterError where the pack was not loaded."""
    row = HouseRule.objects.filter(kind=kind).first()
    if row is None:
        raise RosterError("内部规则尚未装入，请先运行 liandong init --pack 装入数据包")
    number, unit = int(row.length.rstrip("dhmin")), row.length.lstrip("0123456789")
    return {"min": timedelta(minutes=number), "h": timedelta(hours=number), "d": timedelta(days=number)}[unit]


def place_of(actor: Actor) -> str:
    """The roster a person works in: the unit's code, desk or duty_office; "" for others."""
    if actor.role in ("desk", "desk_lead"):
        return DESK
    return DUTY_OFFICE if actor.role == "duty_office" else actor.unit or ""


def places() -> list[str]:
    """Every roster there should be: the two offices and every unit in force."""
    today = timezone.localdate()
    return [DESK, DUTY_OFFICE, *(u.code for u in policy.current_pack().units if in_force(u, today))]


def may_edit(actor: Actor, place: str) -> bool:
    """Units for themselves, the desk's lead for the desk, the duty office for itself, the administrator for all."""
    if actor.role == "sysadmin":
        return True
    return actor.role in ("unit", "desk_lead", "duty_office") and place_of(actor) == place


# -- reading ----------------------------------------


def slots(units: Sequence[str], first: date, last: date) -> list[Slot]:
    """Every post of these rosters from one day to another (both included), in order. One query."""
    pack = policy.current_pack()
    zone = policy.current().zone
    dated: dict[tuple[str, date], list[RosterDay]] = {}
    for row in RosterDay.objects.filter(unit__in=units, day__gte=first, day__lte=last):
        dated.setdefault((row.unit, row.day), []).append(row)
    daily: dict[str, list[tuple[str, time, time, str, str, date, date | None]]] = {}
    for shift in pack.shifts:
        daily.setdefault(shift.unit, []).append(
            (
                shift.post,
                shift.starts,
                shift.ends,
                shift.person,
                shift.phone,
                shift.valid_from,
                shift.valid_to,
            )
        )
    found: list[Slot] = []
    for unit in units:
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            own = dated.get((unit, day), [])
            named = {(row.post, row.starts) for row in own}
            for post, starts, ends, person, phone, begins, stops in daily.get(FALLBACK.get(unit, unit), ()):
                if begins <= day and (stops is None or day < stops) and (post, starts) not in named:
                    found.append(_slot(unit, day, post, starts, ends, person, phone, zone, dated=False))
            found.extend(
                _slot(unit, day, r.post, r.starts, r.ends, r.person, r.phone, zone, dated=True, note=r.note)
                for r in own
            )
    return sorted(found, key=lambda slot: (slot.day, slot.starts, slot.post != "main", slot.unit))


def _slot(
    unit: str, day: date, post: str, starts: time, ends: time, person: str, phone: str, zone: object,
    *, dated: bool, note: str = "",
) -> Slot:  # fmt: skip
    begin = datetime.combine(day, starts, tzinfo=zone)  # type: ignore[arg-type]
    end = datetime.combine(day if ends > starts else day + timedelta(days=1), ends, tzinfo=zone)  # type: ignore[arg-type]
    return Slot(unit, day, post, begin, end, person, phone, dated, note)


def on_duty(unit: str, at: datetime) -> list[OnDuty]:
    """Who is on duty in a unit (or ``desk``, ``duty_office``) at that instant, the main post first (R24)."""
    return on_duty_of([unit], at).get(unit, [])


def on_duty_of(units: Sequence[str], at: datetime) -> dict[str, list[OnDuty]]:
    """Who is on duty in several units at once; one query however many."""
    day = at.astimezone(policy.current().zone).date()
    found: dict[str, list[OnDuty]] = {}
    for slot in slots(units, day - timedelta(days=1), day):
        if slot.person and slot.starts <= at < slot.ends:
            found.setdefault(slot.unit, []).append(
                OnDuty(slot.unit, slot.post, slot.person, slot.phone, slot.ends)
            )
    for people in found.values():
        people.sort(key=lambda person: person.post != "main")
    return found


def gaps(units: Sequence[str], since: datetime, until: datetime) -> list[Gap]:
    """Where nobody is on the main post between two instants (R24: round the clock)."""
    zone = policy.current().zone
    first, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    covered: dict[str, list[tuple[datetime, datetime]]] = {unit: [] for unit in units}
    for slot in slots(units, first, last):
        if slot.post == "main" and slot.person:
            covered[slot.unit].append((slot.starts, slot.ends))
    found: list[Gap] = []
    for unit in units:
        at = since
        for starts, ends in sorted(covered[unit]):
            if starts > at:
                found.append(Gap(unit, at, min(starts, until)))
            at = max(at, ends)
            if at >= until:
                break
        if at < until:
            found.append(Gap(unit, at, until))
    return [gap for gap in found if gap.starts < gap.ends]


def gaps_ahead(units: Iterable[str], now: datetime) -> list[Gap]:
    """The gaps that must be closed now: from now to the house's look ahead (a day)."""
    return gaps(list(units), now, now + house_length("roster_ahead"))


def shift_start(place: str, at: datetime) -> datetime:
    """When the shift begins that takes over from whoever leaves at ``at``: the next change of the main post within
    two hours, or the instant itself where the roster knows none."""
    day = at.astimezone(policy.current().zone).date()
    starts = [slot.starts for slot in slots([place], day, day + timedelta(days=1)) if slot.post == "main"]
    return min((one for one in starts if at <= one <= at + timedelta(hours=2)), default=at)


# -- changing ----------------------------------------


def put(
    place: str,
    days: Sequence[date],
    post: str,
    starts: time,
    ends: time,
    person: str,
    phone: str,
    note: str,
    by: str,
) -> int:
    """Enter one post for these days; what was entered for the same post and start is replaced. Raises RosterError.

    ``person`` "" says that nobody stands there that day, which shows as a gap until somebody does.
    """
    if place not in places():
        raise RosterError("没有这个单位的值班表，请从列表中选择（R22）", "place")
    if post not in POSTS:
        raise RosterError("岗位只有主班和副班", "post")
    if not days:
        raise RosterError("请选日期：起日不晚于止日，最多 62 天", "first")
    if len(person) > 60 or len(note) > 100:
        raise RosterError("姓名最多 60 字，说明最多 100 字", "person")
    if person and not _is_phone(phone):
        raise RosterError("值班员须有能打通的电话（R24）：只写数字、空格和连字符", "phone")
    with transaction.atomic():
        RosterDay.objects.filter(unit=place, day__in=days, post=post, starts=starts).delete()
        RosterDay.objects.bulk_create(
            RosterDay(
                unit=place, day=day, post=post, starts=starts, ends=ends, person=person,
                phone=phone if person else "", note=note, by=by, at=timezone.now(),
            )
            for day in days
        )  # fmt: skip
    return len(days)


def clear(place: str, day: date, post: str, starts: time) -> bool:
    """Take an entered post away again: the daily shift counts. False where none was entered."""
    gone, _ = RosterDay.objects.filter(unit=place, day=day, post=post, starts=starts).delete()
    return bool(gone)


@transaction.atomic
def swap(place: str, one: tuple[date, str, time], other: tuple[date, str, time], by: str) -> None:
    """Two people change their shifts (换班). Raises RosterError when one of the two posts stands empty."""
    days = [one[0], other[0]]
    known = {
        (slot.day, slot.post, slot.starts.timetz().replace(tzinfo=None)): slot
        for slot in slots([place], min(days), max(days))
    }
    first, second = known.get(one), known.get(other)
    if first is None or second is None or not first.person or not second.person or one == other:
        raise RosterError("换班须选两个都有人的班次，请核对日期和起始时间", "other")
    for slot, taker in ((first, second), (second, first)):
        put(
            place, [slot.day], slot.post, slot.starts.time(), slot.ends.time(), taker.person, taker.phone,
            f"与{slot.person}换班", by,
        )  # fmt: skip


def _is_phone(text: str) -> bool:
    digits = [c for c in text if c.isdigit()]
    return 3 <= len(digits) <= 20 and all(c.isdigit() or c in " -+" for c in text)
