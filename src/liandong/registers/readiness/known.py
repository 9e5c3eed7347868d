"""Everything the table asks about, gathered for all units at once: so many statements, however many units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from liandong.district import measuring, register_settings, rosters, training
from liandong.district.models import Account, Handover, TrainingRecord
from liandong.district.pack import Pack
from liandong.rules.model import Actor
from liandong.rules.periods import before, on
from liandong.rules.policy import Policy
from liandong.rules.register import Entry

from .. import measures, reading
from ..measures import Standing

SUBJECT = "readiness"


@dataclass(frozen=True)
class Known:
    """What stood at an instant, by unit."""

    day: date
    at: datetime
    today: bool
    pack: Pack
    policy: Policy
    settings: Mapping[str, Any]
    documents: Mapping[str, Sequence[Entry]]
    tests: Mapping[str, Sequence[Entry]]
    equipment: Mapping[str, Sequence[Entry]]
    campaigns: Mapping[str, Sequence[Entry]]
    roster_gaps: Mapping[str, Sequence[rosters.Gap]]
    handovers: Mapping[str, int]
    accounts: Mapping[str, tuple[int, int]]
    quarter: Standing
    last_quarter: Standing

    def number(self, key: str) -> int:
        """A whole number of the pack."""
        return int(self.settings.get(key, 0))

    def days(self, key: str) -> timedelta:
        """A number of days of the pack."""
        return timedelta(days=self.number(key))


def gather(
    viewer: Actor, day: date, now: datetime, units: Sequence[str], pack: Pack, policy: Policy
) -> Known:
    """What stood on a day: at its end, or now where it is today."""
    here = now.astimezone(policy.zone)
    today = day == here.date()
    at = here if today else datetime.combine(day + timedelta(days=1), datetime.min.time(), policy.zone)
    period = on("quarterly", day, policy.zone)
    settings = register_settings.of(SUBJECT)
    ahead = timedelta(days=int(settings.get("duty.ahead_days", 0)))
    return Known(
        day, at, today, pack, policy, settings,
        _entries(viewer, "unit_document", at, policy),
        _entries(viewer, "connection_test", at, policy),
        _entries(viewer, "equipment", at, policy),
        _entries(viewer, "campaign", at, policy),
        _gaps(units, at, at + ahead),
        _handovers(units, at),
        _accounts(units, at, today),
        measures.standing(viewer, period, policy, at=at),
        measures.standing(viewer, before(period), policy, at=at),
    )  # fmt: skip


def go_live() -> date:
    """The first day that counts (R57)."""
    return measuring.current().go_live


def _entries(viewer: Actor, register: str, at: datetime, policy: Policy) -> dict[str, list[Entry]]:
    found = reading.every(viewer, register, policy=policy)
    return reading.by_unit(entry for entry in found if entry.opened_at <= at)


def _gaps(units: Sequence[str], since: datetime, until: datetime) -> dict[str, list[rosters.Gap]]:
    made: dict[str, list[rosters.Gap]] = defaultdict(list)
    if units and until > since:
        for gap in rosters.gaps(list(units), since, until):
            made[gap.unit].append(gap)
    return made


def _handovers(units: Sequence[str], at: datetime) -> dict[str, int]:
    """Hand-overs that should have been read by then and were not."""
    late = Handover.objects.filter(
        Q(taken_at=None) | Q(taken_at__gt=at), Q(replaced_at=None) | Q(replaced_at__gt=at), place__in=units,
        read_by__lt=at, given_at__lte=at,
    )  # fmt: skip
    made: dict[str, int] = defaultdict(int)
    for place in late.values_list("place", flat=True):
        made[place] += 1
    return made


def _accounts(units: Sequence[str], at: datetime, today: bool) -> dict[str, tuple[int, int]]:
    """(accounts, of these trained) of each unit. For a past day: those that had been made, trained by a record of then."""
    accounts = Account.objects.filter(role="unit", unit__in=units, is_active=True, created_at__lte=at)
    passed: set[str] = set()
    if not today:
        passed = set(
            TrainingRecord.objects.filter(unit__in=units, passed=True, at__lte=at).values_list(
                "account", flat=True
            )
        )
    made: dict[str, tuple[int, int]] = {}
    for account in accounts:
        total, fit = made.get(account.unit, (0, 0))
        trained = training.ready(account, at.date()) if today else account.username in passed
        made[account.unit] = (total + 1, fit + trained)
    return made
