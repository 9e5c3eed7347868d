"""The registers of the demonstration: stories told after the replay, all together in order of virtual time.

A story is a generator: it takes steps at the instant it stands at and yields the instant of its next ones. What would
happen after now is left untold, so that every register has entries that are done, running and late.
"""

from __future__ import annotations

import heapq
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from liandong.rules.model import Actor, Command
from liandong.rules.periods import Period, before, on
from liandong.rules.policy import Policy
from liandong.rules.register import Entry

from .demo_script import Cast, Script
from .errors import AnswerIsNo

SEED = 20180602
Story = Iterator[datetime]


class Teller:
    """Where a story stands: the instant, who there is, what the pack's samples/registers.toml says."""

    def __init__(self, data: Mapping[str, Any], cast: Cast, scripts: list[Script], policy: Policy, now: datetime) -> None:  # fmt: skip
        self.data, self.cast, self.scripts, self.policy, self.end = data, cast, scripts, policy, now
        self.at = now
        self.rng = Random(SEED)
        self.refusals: Counter[str] = Counter()
        self.inspector = Actor("inspector", "inspector")
        self.government = Actor("government", "government")
        today = now.date()
        self.quarter: Period = on("quarterly", today, policy.zone)
        self.last: Period = before(self.quarter)

    # -- times

    def workday(self, back: int, hour: int, minute: int = 0) -> datetime:
        """That time of the day, so many working days ago (never after now)."""
        day = self.end.date()
        while back > 0:
            day -= timedelta(days=1)
            back -= self.policy.calendar.is_workday(day)
        found = datetime.combine(day, time(hour, minute), self.end.tzinfo)
        return min(found, self.end - timedelta(minutes=1))

    def coming(self, ahead: int, hour: int, minute: int = 0) -> datetime:
        """That time of the day, so many working days from now."""
        day = self.end.date()
        while ahead > 0:
            day += timedelta(days=1)
            ahead -= self.policy.calendar.is_workday(day)
        return datetime.combine(day, time(hour, minute), self.end.tzinfo)

    def between(self, low: datetime, high: datetime) -> datetime:
        """Some instant between two, in whole seconds."""
        span = max(0.0, (high - low).total_seconds())
        return low + timedelta(seconds=round(span * self.rng.random()))

    def day(self, at: datetime) -> str:
        """The calendar day of an instant, as registers keep it."""
        return at.astimezone(self.end.tzinfo).date().isoformat()

    def policy_instant(self, value: str | datetime) -> datetime:
        """An instant as views give it, in the district's time."""
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(self.policy.zone)

    # -- people

    @property
    def office(self) -> Actor:
        """The duty office's first person; the second one decides what this one asked for (I7)."""
        return self.cast.duty_office[0]

    @property
    def second(self) -> Actor:
        """Another person of the duty office."""
        return self.cast.duty_office[-1]

    def units(self, *kinds: str) -> list[str]:
        """Codes of the units in force of these kinds, in order."""
        today: date = self.end.date()
        return [u.code for u in self.policy.units.values() if u.kind in kinds and u.in_force(today)]

    def known(self, codes: list[str]) -> list[str]:
        """Those of some units that this district has."""
        return [code for code in codes if code in self.policy.units]

    def person(self, unit: str, post: str = "值班员") -> str:
        """An invented person of a unit."""
        return f"示例{post}{sorted(self.policy.units).index(unit) + 1:02d}"

    def phone(self) -> str:
        """A number out of a block nobody has been given."""
        return f"1380000{self.rng.randrange(10_000):04d}"

    # -- steps

    def act(self, register: str, step: str, actor: Actor, no: str | None = None, **fields: Any) -> Entry:
        """One step of an entry, now. Raises Refused."""
        from liandong.registers.store import act

        return act(register, step, fields, actor, no=no, now=self.at, policy=self.policy)

    def act_system(self, register: str, step: str, no: str) -> Entry:
        """A step that the clock takes, now."""
        from liandong.rules.model import SYSTEM

        return self.act(register, step, SYSTEM, no)

    def do(self, no: str | None, command: str, actor: Actor, /, **fields: Any) -> str:
        """One command of a case, now; its number. Raises Refused."""
        from liandong.casework.execute import execute

        return execute(Command(command, no, fields), actor, now=self.at, policy=self.policy).no

    def cases(self, state: str) -> list[Script]:
        """The cases of the replay that stand in this state, in the order they came."""
        from liandong.casework.models import Case

        found = set(Case.objects.filter(state=state, restricted=False).values_list("no", flat=True))
        return sorted((s for s in self.scripts if s.no in found), key=lambda s: (s.start, s.no))

    # -- telling

    def tell(self, stories: list[Callable[[Teller], Story]]) -> None:
        """Tell the stories together. A refusal ends its story and is counted."""
        from liandong.casework.execute import Refused, batch

        order = count()
        heap: list[tuple[datetime, int, Story]] = []

        def further(story: Story, name: str) -> None:
            try:
                at = next(story)
            except StopIteration:
                return
            except Refused as refused:
                self.refusals[f"台账 {name} {refused.refusal.code}：{refused.refusal.detail}"] += 1
                return
            if at <= self.end:
                heapq.heappush(heap, (at, next(order), story))

        with batch():
            for begin in stories:
                further(begin(self), "开始")
            while heap:
                self.at, _, story = heapq.heappop(heap)
                further(story, getattr(story, "__name__", ""))
        self.at = self.end


def samples(pack: Path) -> dict[str, Any] | None:
    """The texts of a pack for its registers; None where it brings none."""
    path = pack / "samples" / "registers.toml"
    if not path.is_file():
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise AnswerIsNo(f"示范台账 {path.name} 读不出：{error}") from error


def fill(pack: Path, cast: Cast, scripts: list[Script], policy: Policy, now: datetime) -> Counter[str]:
    """Tell every story, let the clocks look once, draw up the reports that are due; the refusals by reason."""
    from . import demo_checks, demo_drills, demo_incidents, demo_units, demo_vehicles

    data = samples(pack)
    if data is None:
        return Counter()
    teller = Teller(data, cast, scripts, policy, now)
    teller.tell([*demo_incidents.stories(teller), *demo_vehicles.stories(teller)])
    teller.tell([*demo_checks.stories(teller), *demo_drills.stories(teller), *demo_units.stories(teller)])
    clocks(now)
    read(teller)
    return teller.refusals


def clocks(now: datetime) -> None:
    """What a worker would have done along the way: limits of registers, reminders of tasks, reports, seals."""
    from liandong.engine import meeting_clock, register_clock, vehicle_clock
    from liandong.engine.reports.schedule import Clock
    from liandong.registers.seal import seal

    while register_clock.run_due():
        pass
    meeting_clock.run_due(now)
    vehicle_clock.run_due(now)
    Clock().step(now)
    seal(now)


def read(teller: Teller) -> None:
    """What desk, duty office and units were told days ago they have read; the newest notices wait."""
    from liandong.registers import notices

    for viewer in (teller.office, teller.cast.lead[0], *teller.cast.units.values()):
        for told in notices.inbox(viewer, unread=True, limit=1000, policy=teller.policy):
            if told.at < teller.end - timedelta(days=2):
                notices.mark_read(viewer, told.no, now=told.at + timedelta(hours=2), policy=teller.policy)
