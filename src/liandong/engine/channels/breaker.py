"""Breakers: a peer that failed several times in a row is left alone for a while, then probed with a single call.

The state lies in the database, so that all processes spare the same peer; each failed probe doubles the pause, up to a
quarter of an hour, with jitter so that many do not come back at once.
"""

from __future__ import annotations

import random

from django.db.models import F

from liandong.engine.models import Breaker

FAILURES = 5
"""So many failures in a row open it."""
FIRST_PAUSE_MS = 15_000
LONGEST_PAUSE_MS = 900_000


def allowed(peer: str, instant: int) -> int | None:
    """How many calls may be made now: None as many as one likes, 1 a probe, 0 none."""
    row = Breaker.objects.filter(peer=peer).first()
    if row is None or row.failures < FAILURES:
        return None
    return 0 if row.open_until_ms > instant else 1


def blocked(instant: int) -> list[str]:
    """The peers that are not called now."""
    rows = Breaker.objects.filter(failures__gte=FAILURES, open_until_ms__gt=instant)
    return list(rows.values_list("peer", flat=True))


def worked(peer: str) -> None:
    """A call succeeded: closed again."""
    Breaker.objects.filter(peer=peer).exclude(failures=0).update(
        failures=0, opens=0, open_until_ms=0, since_ms=0, error=""
    )


def failed(peer: str, why: str, instant: int) -> None:
    """A call failed by the peer's fault; opens, or stays open longer, from the last failure that counts."""
    Breaker.objects.get_or_create(peer=peer)
    Breaker.objects.filter(peer=peer).update(failures=F("failures") + 1, error=why[:200])
    row = Breaker.objects.get(peer=peer)
    if row.failures < FAILURES or row.open_until_ms > instant:
        return
    pause = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(row.opens, 10))
    until = instant + int(pause * random.uniform(0.75, 1.25))
    Breaker.objects.filter(peer=peer, open_until_ms=row.open_until_ms).update(
        open_until_ms=until, opens=F("opens") + 1, since_ms=row.since_ms or instant
    )


def probing(peer: str, instant: int, pause_ms: int) -> None:
    """Nobody else probes while a probe is out."""
    Breaker.objects.filter(peer=peer, failures__gte=FAILURES).update(open_until_ms=instant + pause_ms)


def closed_by_hand(peer: str) -> bool:
    """Try again at once: a person has mended the peer. False where it was not open."""
    return bool(
        Breaker.objects.filter(peer=peer, failures__gte=FAILURES).update(
            failures=0, opens=0, open_until_ms=0, since_ms=0
        )
    )
