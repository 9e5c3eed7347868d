"""Quarterly meetings with what came of them: resolutions, their tasks, the alarm of a quarter without one (R45)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from liandong.district import register_settings
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.periods import Period, on
from liandong.rules.policy import Policy
from liandong.rules.register import Entry

from . import reading, store
from .lock import together
from .queries import Asking

HELD = ("held", "minuted")


class Resolution(NamedTuple):
    """One resolution of a meeting. ``task`` None: nobody has to do anything, or none was made of it yet."""

    meeting: str
    item: int
    text: str
    units: tuple[str, ...]
    due: str
    task: Entry | None

    @property
    def wants_task(self) -> bool:
        """Units are named and no task was assigned."""
        return bool(self.units) and self.task is None


class Alarm(NamedTuple):
    """A quarter that ends in ``days`` days without a meeting having been held; ``planned``: one that is convened."""

    period: Period
    days: int
    planned: Entry | None


def of_quarter(viewer: Actor, period: Period, policy: Policy) -> list[Entry]:
    """The meetings of a quarter, oldest first, those cancelled too."""
    return reading.every(viewer, "meeting", Asking(period=period.name), policy=policy)[::-1]


def was_held(meetings: Sequence[Entry]) -> bool:
    """Whether one of them took place."""
    return any(one.state in HELD for one in meetings)


def alarm(now: datetime, policy: Policy) -> Alarm | None:
    """The alarm of the quarter that runs, from the pack's number of days before its end on; None: no reason (R45)."""
    here = now.astimezone(policy.zone)
    period = on("quarterly", here.date(), policy.zone)
    days = (period.end.date() - here.date()).days
    if days > int(register_settings.of("meeting").get("alarm_days", 0)):
        return None
    meetings = of_quarter(SYSTEM, period, policy)
    if was_held(meetings):
        return None
    return Alarm(period, days, next((one for one in meetings if one.state == "convened"), None))


def tasks(viewer: Actor, period: Period, policy: Policy) -> list[Entry]:
    """Tasks that belong to a quarter, oldest first."""
    return reading.every(viewer, "task", Asking(period=period.name), policy=policy)[::-1]


def resolutions(viewer: Actor, period: Period, policy: Policy) -> list[Resolution]:
    """What the meetings of a quarter resolved and how it stands: for the next meeting's papers and the quarterly report."""
    done = tasks(viewer, period, policy)
    return [one for meeting in of_quarter(viewer, period, policy) for one in resolved(meeting, done)]


def resolved(meeting: Entry, known: Sequence[Entry]) -> list[Resolution]:
    """The resolutions of one meeting with their tasks among ``known``."""
    by_item = {task.data.get("item"): task for task in known if task.data.get("source_no") == meeting.no}
    return [
        Resolution(
            meeting.no, n, one["text"], tuple(one.get("units", ())), one.get("due", ""), by_item.get(n)
        )
        for n, one in enumerate(meeting.data.get("resolutions", ()), 1)
    ]


def status(found: Sequence[Resolution], now: datetime) -> Counter[str]:
    """How many resolutions are accepted, claimed, open, late, without a task, or withdrawn."""
    counted: Counter[str] = Counter()
    for one in found:
        if one.task is None:
            counted["no_task" if one.units else "no_unit"] += 1
        elif one.task.is_overdue(now) and one.task.state != "claimed":
            counted["late"] += 1
        else:
            counted["open" if one.task.state == "extension_asked" else one.task.state] += 1
    return counted


def minute(
    no: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> tuple[Entry, list[Entry]]:
    """Issue the minutes and assign every resolution that names units, all or nothing. Raises Refused."""
    with together():
        meeting = store.act("meeting", "minutes", fields, actor, no=no, version=version, key=key, now=now)
        made = [_assign(meeting, one, actor, key, now) for one in resolved(meeting, ()) if one.wants_task]
    return meeting, made


def _assign(meeting: Entry, one: Resolution, actor: Actor, key: str, now: datetime | None) -> Entry:
    title = one.text if len(one.text) <= 60 else one.text[:59] + "…"
    fields = {
        "source": "meeting",
        "source_no": meeting.no,
        "item": one.item,
        "period": meeting.period,
        "title": title,
        "text": one.text,
        "units": list(one.units),
        "due": one.due,
    }
    return store.act("task", "assign", fields, actor, key=f"{key}-{one.item}" if key else "", now=now)


def take(
    register: str,
    step: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    no: str | None = None,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> Entry:
    """Any step of a meeting as pages take it: minutes assign their tasks at once. Raises Refused."""
    if step == "minutes":
        return minute(no or "", fields, actor, version=version, key=key, now=now)[0]
    return store.act(register, step, fields, actor, no=no, version=version, key=key, now=now)
