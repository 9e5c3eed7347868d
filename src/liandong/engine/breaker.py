"""Breakers: a peer that failed several times in a row is left alone for a while, then probed with a single call.

The state lies in the database, so that all processes spare the same peer; each failed probe doubles the pause, up to a
quarter of an hour, with jitter so that many do not come back at once. A peer is a channel's code or ``webhook:ID``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from django.db.models import F

from .models import Breaker

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


def suspects() -> dict[str, Breaker]:
    """The peers whose last call failed, by name: ``shut`` or on the way to it."""
    return {row.peer: row for row in Breaker.objects.filter(failures__gt=0)}


def shut() -> dict[str, Breaker]:
    """The peers that are left alone or only probed."""
    return {peer: row for peer, row in suspects().items() if row.failures >= FAILURES}


def worked(peer: str) -> None:
    """A call succeeded: closed again."""
    Breaker.objects.filter(peer=peer).exclude(failures=0).update(
        failures=0, opens=0, open_until_ms=0, since_ms=0, error=""
    )


def failed(peer: str, why: str, instant: int, *, wait_ms: int = 0, probe: bool = False) -> None:
    """A call failed by the peer's fault; opens, or stays open longer, from the last failure that counts.

    ``wait_ms``: the peer itself asked to be left alone for so long (Retry-After), which opens at the first failure.
    ``probe``: this was the one call of an open breaker, which ``probing`` held open meanwhile.
    """
    Breaker.objects.get_or_create(peer=peer)
    Breaker.objects.filter(peer=peer).update(failures=F("failures") + 1, error=why[:200])
    if wait_ms:
        mine = Breaker.objects.filter(peer=peer)
        mine.filter(failures__lt=FAILURES).update(failures=FAILURES)
        shorter = mine if probe else mine.filter(open_until_ms__lt=instant + wait_ms)
        shorter.update(open_until_ms=instant + wait_ms)
        mine.filter(since_ms=0).update(since_ms=instant)
        return
    row = Breaker.objects.get(peer=peer)
    if row.failures < FAILURES or (row.open_until_ms > instant and not probe):
        return
    pause = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(row.opens, 10))
    until = instant + int(pause * random.uniform(0.75, 1.25))
    Breaker.objects.filter(peer=peer, open_until_ms=row.open_until_ms).update(
        open_until_ms=until, opens=F("opens") + 1, since_ms=row.since_ms or instant
    )


def of_round(
    peer: str, any_worked: bool, failures: Sequence[tuple[str, int]], instant: int, *, probe: bool = False
) -> None:
    """Several calls at once: a wish to be left alone is heard; else one answer closes, else each failure counts.
    ``failures``: of each call why, and the wait it asked for."""
    asked = max(failures, key=lambda one: one[1], default=("", 0))
    if asked[1]:
        failed(peer, asked[0], instant, wait_ms=asked[1], probe=probe)
    elif any_worked:
        worked(peer)
    else:
        for why, _ in failures:
            failed(peer, why, instant, probe=probe)


def probing(peer: str, instant: int, pause_ms: int) -> None:
    """Nobody else probes while a probe is out."""
    Breaker.objects.filter(peer=peer, failures__gte=FAILURES).update(open_until_ms=instant + pause_ms)


def probe_now(peer: str) -> None:
    """The next probe need not wait: a person asked for it."""
    Breaker.objects.filter(peer=peer).update(open_until_ms=0)


def closed_by_hand(peer: str) -> bool:
    """Try again at once: a person has mended the peer. False where it was not open."""
    return bool(
        Breaker.objects.filter(peer=peer, failures__gte=FAILURES).update(
            failures=0, opens=0, open_until_ms=0, since_ms=0
        )
    )
