"""Sending: a message is claimed and committed, the peer called outside any transaction, the outcome recorded.

At least once: a worker killed between the call and the record leaves a claim that runs out, and the same message goes again
under the same id. What fails for good goes the next way of its plan in the same transaction that records the failure.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction
from django.db.models import F, Q

from liandong.engine import breaker
from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, Message

from . import store
from .adapter import Failed, Outcome, Outgoing, Send, Sent, Way
from .kinds import KINDS

log = logging.getLogger("liandong.channels")

CLAIM_MS = 180_000
"""Longer than one call may take; after it another worker may try."""
FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 600_000
BURST_MS = 10_000
"""So much of its rate a channel may send at once after a rest."""
EXPIRED = "在限定时间内没有发出去"


def run(code: str) -> int:
    """One round of one channel: claim, call, record; how many calls were made."""
    channel = Channel.objects.filter(code=code, active=True).first()
    if channel is None or channel.kind not in KINDS:
        return 0
    instant = now_ms()
    probe = breaker.allowed(code, instant) == 1
    taken = claim(channel, instant)
    if not taken:
        return 0
    way, send = store.way(channel), KINDS[channel.kind].send

    def call(row: Message) -> Outcome:
        return attempt(send, way, row)

    if len(taken) == 1:
        outcomes = [call(taken[0])]
    else:
        with ThreadPoolExecutor(len(taken)) as pool:
            outcomes = list(pool.map(call, taken))
    record(channel, taken, outcomes, probe)
    return len(taken)


def attempt(send: Send, way: Way, row: Message) -> Outcome:
    """One call, and a second with the secret before where the peer does not know the new one yet; a fault of the adapter
    itself is a failure like any other, logged whole."""
    message = Outgoing(row.id, row.address, row.text, f"联动通知 {row.case_no}")
    try:
        outcome = send(way, message)
        if isinstance(outcome, Failed) and outcome.key and way.before:
            outcome = send(way._replace(secret=way.before), message)
        return outcome
    except Exception as error:
        log.exception("channel %s: adapter failed", way.code)
        return Failed(f"渠道程序出错：{type(error).__name__}")


def due(code: str, instant: int) -> Q:
    """The messages of a channel that may be tried now."""
    return Q(
        state="queued",
        channel=code,
        next_ms__lte=instant,
        claimed_until_ms__lte=instant,
        until_ms__gt=instant,
    )


def claim(channel: Channel, instant: int) -> list[Message]:
    """Take what is due and allowed: by the breaker, by the rate, by how many calls at once."""
    if not Message.objects.filter(due(channel.code, instant)).exists():
        return []
    most = breaker.allowed(channel.code, instant)
    if most == 0:
        return []
    at_once = 1 if KINDS[channel.kind].at_once == 1 else channel.at_once  # a modem says one thing at a time
    with transaction.atomic():
        rows = Channel.objects.filter(code=channel.code)
        if connection.features.has_select_for_update:  # one worker at a time counts the rate
            rows = rows.select_for_update(skip_locked=True)
        held = rows.first()
        if held is None:
            return []
        gap = 60_000 / max(1, held.per_minute)
        begin = max(held.next_ms, instant - max(BURST_MS, gap))
        room = min(at_once, int((instant - begin) / gap), most or at_once)
        if room <= 0:
            return []
        found = Message.objects.filter(due(channel.code, instant)).order_by(
            "-urgent", "next_ms", "created_ms"
        )
        if connection.features.has_select_for_update:
            found = found.select_for_update(skip_locked=True)
        taken = list(found.values_list("id", flat=True)[:room])
        Message.objects.filter(id__in=taken).update(
            claimed_until_ms=instant + CLAIM_MS, attempts=F("attempts") + 1
        )
        Channel.objects.filter(code=channel.code).update(next_ms=int(begin + gap * len(taken)))
        if most == 1 and taken:
            breaker.probing(channel.code, instant, CLAIM_MS)
    return list(Message.objects.filter(id__in=taken))


def record(
    channel: Channel, taken: Sequence[Message], outcomes: Sequence[Outcome], probe: bool = False
) -> None:
    """Write what became of these calls, in one transaction; a receipt that came first is never set back."""
    instant = now_ms()
    with transaction.atomic():
        for row, outcome in zip(taken, outcomes, strict=True):
            mine = Message.objects.filter(id=row.id, state="queued")
            if isinstance(outcome, Sent):
                mine.update(
                    state="sent",
                    sent_ms=instant,
                    provider_id=outcome.provider_id[:80],
                    error="",
                    claimed_until_ms=0,
                )
                continue
            lasting = not outcome.again or row.attempts >= channel.most_attempts
            if lasting:
                give_up(row, outcome.why, instant)
            else:
                pause = max(outcome.wait_ms, pause_ms(row.attempts))
                mine.update(error=outcome.why[:200], next_ms=instant + pause, claimed_until_ms=0)
        bad = [one for one in outcomes if isinstance(one, Failed) and one.peer]
        worked = len(bad) < len(outcomes)
        breaker.of_round(channel.code, worked, [(one.why, one.wait_ms) for one in bad], instant, probe=probe)


def pause_ms(attempts: int) -> int:
    """Milliseconds before the next attempt: doubling, at most ten minutes, with jitter so that calls spread out."""
    return int(min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** max(0, attempts - 1)) * random.uniform(0.5, 1.0))


def give_up(row: Message, why: str, instant: int, states: Sequence[str] = ("queued",)) -> bool:
    """This way failed for good: the receipt says why, and the next way of the plan begins. False if it went meanwhile."""
    with transaction.atomic():
        changed = Message.objects.filter(id=row.id, state__in=states).update(
            state="failed", failed_ms=instant, error=why[:200], claimed_until_ms=0
        )
        if not changed:
            return False
        legs = row.route.get("legs", [])
        if legs:
            means, code, address, text, parts = legs[0]
            within = int(row.route["within_ms"])
            Message.objects.create(
                id=uuid.uuid4().hex, position=row.position, n=row.n, person=row.person, step=row.step + 1, turn=row.turn,
                case_no=row.case_no, kind=row.kind, recipient=row.recipient, name=row.name, means=means, channel=code,
                address=address, text=text, parts=parts, urgent=row.urgent, error=why[:200] if not code else "",
                route={"legs": legs[1:], "within_ms": within}, created_ms=instant, next_ms=instant,
                until_ms=instant + within,
            )  # fmt: skip
            Message.objects.filter(id=row.id).update(dealt_ms=instant, dealt_by="system")
    return True


def expire(limit: int = 50) -> int:
    """Messages whose time ran out while their channel was blocked or slow go the next way; how many."""
    instant = now_ms()
    rows = Message.objects.filter(
        state="queued", until_ms__lte=instant, claimed_until_ms__lte=instant
    ).exclude(means="call")
    found = list(rows.order_by("until_ms")[:limit])
    return sum(give_up(row, f"{EXPIRED}：{row.error}" if row.error else EXPIRED, instant) for row in found)


def waiting(instant: int) -> list[str]:
    """The active channels with something to send now."""
    rows = Message.objects.filter(
        state="queued", next_ms__lte=instant, claimed_until_ms__lte=instant, until_ms__gt=instant
    ).exclude(means="call")
    active = set(Channel.objects.filter(active=True).values_list("code", flat=True))
    blocked = set(breaker.blocked(instant))
    return [code for code in sorted(active - blocked) if rows.filter(channel=code).exists()]
