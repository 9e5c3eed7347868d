"""What many call about: hot topics of the district's own cases, and spikes of sensitive matters for the duty office.

Topics are worked out when somebody asks, from the newest cases of the window that the viewer may see; nothing is kept.
Spikes are watched by the workers: a case that speaks of a sensitive matter leaves a row without any text, counts are
taken from these rows, and a spike and its notice are written with the position reached in one transaction. So each is
told once, whatever worker dies when.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from liandong.casework import rows, sight
from liandong.casework.jsontext import to_ms
from liandong.district import policy as district_policy
from liandong.rules.model import Actor
from liandong.triage.similar.settings import Sensitive, SpikeSettings
from liandong.triage.topics import Clusterer, Message, Topic, hottest

from . import similar
from .instants import iso
from .instants import now as present
from .models import FollowCursor, Notification, SensitiveCase, Spike

MOST_CASES = 3_000
"""Cases one list of hot topics looks at: the newest of the window. About a third of a millisecond each."""
STRETCH = 500
"""Positions of the log one watching transaction goes through."""
NOTICE = "spike"
"""Kind of the notice; it stands in the inbox of the duty office beside the case that made the spike one."""
FIRST_N = 500
"""Notices of spikes number from here at their event's position: the case's own notices count from 0."""
SEE_SPIKES = ("duty_office", "system")
HOUR_MS = 3_600_000
_CURSOR = "spikes"


# -- hot topics -------------------------------------------------------------------------------------------------


def hot(viewer: Actor, *, days: int = 30, top: int = 10, now: datetime | None = None) -> list[Topic]:
    """The hottest topics of the last days among the cases this viewer may see, hottest first."""
    moment = now or present()
    clusterer, settings = Clusterer(similar.setup().settings), similar.setup().settings
    for message in _messages(viewer, moment, days):
        clusterer.add(message)
    return hottest(clusterer, settings.topics.heat, to_ms(moment), top)


def _messages(viewer: Actor, now: datetime, days: int) -> Iterator[Message]:
    """The newest visible cases of a window in order of time. Who called tells people apart and is not shown."""
    policy = district_policy.current()
    limits = sight.scope(viewer, policy, now)
    conditions = ["c.received_ms >= %s", *limits.where]
    values: list[Any] = [to_ms(now - timedelta(days=days)), *limits.values]
    if limits.units is not None:
        marks = ", ".join(["%s"] * len(limits.units))
        conditions.append(
            f"EXISTS (SELECT 1 FROM casework_party y WHERE y.case_no = c.no AND y.unit IN ({marks}))"
        )
        values += limits.units
    found = rows.ask(
        "SELECT c.no, c.received_ms, c.township, c.phone_hash, p.summary, p.text FROM casework_case c "
        f"JOIN casework_private_case p ON p.case_no = c.no WHERE {' AND '.join(conditions)} "
        f"ORDER BY c.received_ms DESC, c.no DESC LIMIT {MOST_CASES}",
        values,
    )
    for no, received_ms, township, phone, summary, text in reversed(found):
        town = policy.townships.get(township or "")
        said = similar.told(summary, text) or ""
        yield Message(no, summary or "", said, received_ms, phone or no, place=town.name if town else "")


# -- spikes -----------------------------------------------------------------------------------------------------


def watch(now: datetime | None = None) -> int:
    """Go through a stretch of the log for sensitive matters; how many positions it held, 0 when there is nothing new or
    another worker is at it. Idempotent: the position moves in the transaction that writes what was found."""
    last = rows.one("SELECT MAX(position) FROM casework_event")
    end = int(last[0] or 0) if last else 0
    known = FollowCursor.objects.filter(name=_CURSOR).values_list("position", flat=True).first()
    if known is not None and known >= end:
        return 0
    instant = to_ms(now or present())
    settings = similar.setup().settings.spikes
    with transaction.atomic():
        if known is None:
            FollowCursor.objects.bulk_create([FollowCursor(name=_CURSOR, position=0)], ignore_conflicts=True)
        locked = FollowCursor.objects.filter(name=_CURSOR)
        if connection.features.has_select_for_update:
            locked = locked.select_for_update(skip_locked=True)
        cursor = locked.first()
        if cursor is None or cursor.position >= end:
            return 0
        start, until = cursor.position, min(end, cursor.position + STRETCH)
        found = rows.ask(
            "SELECT position, case_no FROM casework_event WHERE position > %s AND position <= %s "
            "AND type IN ('register', 'amend') ORDER BY position",
            [start, until],
        )
        for position, no, sensitive, town, at_ms in _sensitive(found, settings):
            row, new = SensitiveCase.objects.get_or_create(
                case_no=no, sensitive=sensitive.code, defaults={"township": town, "at_ms": at_ms}
            )
            if new and at_ms > instant - settings.quiet_hours * HOUR_MS:
                _consider(row, position, sensitive, settings, instant)
        FollowCursor.objects.filter(name=_CURSOR).update(position=until)
    return until - start


def _sensitive(
    events: list[tuple[Any, ...]], settings: SpikeSettings
) -> Iterator[tuple[int, str, Sensitive, str, int]]:
    """(position, case, matter, township, received) for every sensitive matter that the cases of events speak of."""
    numbers = list(dict.fromkeys(str(no) for _, no in events))
    known = {}
    for start in range(0, len(numbers), 200):
        known.update(similar.cases(numbers[start : start + 200]))
    for position, no in events:
        case = known.get(no)
        if case is None or not case.text or case.state in ("voided", "merged"):
            continue
        for sensitive in settings.sensitive:
            if case.matter in sensitive.matters or any(word in case.text for word in sensitive.words):
                yield position, no, sensitive, case.town, case.received_ms


def _consider(
    row: SensitiveCase, position: int, sensitive: Sensitive, settings: SpikeSettings, instant: int
) -> None:
    """Raise a spike where this case makes one, or let the one that runs grow."""
    window = sensitive.hours * HOUR_MS
    count = _count(row, row.at_ms - window, row.at_ms)
    usual = usual_level(
        _count(row, row.at_ms - settings.days * 24 * HOUR_MS, row.at_ms - window),
        sensitive.hours,
        settings,
    )
    running = Spike.objects.filter(
        sensitive=row.sensitive, township=row.township, last_ms__gte=row.at_ms - settings.quiet_hours * HOUR_MS
    ).order_by("-last_ms").first()  # fmt: skip
    if running is not None:
        Spike.objects.filter(id=running.id).update(
            count=max(running.count, count), last_ms=max(running.last_ms, row.at_ms)
        )
        return
    if count < sensitive.least or chance_of(count, usual) >= settings.chance:
        return
    Spike.objects.create(
        sensitive=row.sensitive,
        township=row.township,
        position=position,
        case_no=row.case_no,
        raised_ms=instant,
        last_ms=row.at_ms,
        count=count,
        usual=usual,
    )
    order = [one.code for one in settings.sensitive].index(row.sensitive)
    Notification.objects.bulk_create(
        [
            Notification(
                position=position,
                n=FIRST_N + order,
                case_no=row.case_no,
                at_ms=instant,
                delivered_ms=instant,
                recipient="duty_office",
                kind=NOTICE,
            )
        ],
        ignore_conflicts=True,
    )


def _count(row: SensitiveCase, after_ms: int, until_ms: int) -> int:
    return SensitiveCase.objects.filter(
        sensitive=row.sensitive, township=row.township, at_ms__gt=after_ms, at_ms__lte=until_ms
    ).count()


def usual_level(before: int, hours: int, settings: SpikeSettings) -> float:
    """How many cases a window of so many hours usually holds, from the count of the days before it."""
    windows = max(1.0, (settings.days * 24 - hours) / hours)
    return max(settings.floor, before / windows)


def chance_of(count: int, usual: float) -> float:
    """The probability that chance alone gives at least ``count`` where ``usual`` is the mean (Poisson)."""
    below = term = math.exp(-usual)
    for k in range(1, count):
        term *= usual / k
        below += term
    return max(0.0, 1.0 - below) if count > 0 else 1.0


def spikes(viewer: Actor, *, limit: int = 20) -> list[dict[str, Any]]:
    """The newest spikes for the duty office's page; nothing for anybody else."""
    if viewer.role not in SEE_SPIKES:
        return []
    names = {one.code: one for one in similar.setup().settings.spikes.sensitive}
    towns = district_policy.current().townships
    return [
        {
            "sensitive": spike.sensitive,
            "name": names[spike.sensitive].name if spike.sensitive in names else spike.sensitive,
            "hours": names[spike.sensitive].hours if spike.sensitive in names else None,
            "township": towns[spike.township].name if spike.township in towns else spike.township,
            "case": spike.case_no,
            "count": spike.count,
            "usual": round(spike.usual, 2),
            "raised_at": iso(spike.raised_ms),
            "last_at": iso(spike.last_ms),
        }
        for spike in Spike.objects.order_by("-raised_ms", "-id")[:limit]
    ]
