"""A follower of the event log: what the engine says of each new case is kept with its model; each ruling is a precedent,
each answer counts for the knowledge entry it was given by.

One transaction works in a stretch of the log and moves the cursor, so that a worker killed in between repeats the
stretch and changes nothing twice. Suggestions are made when a case comes in, never in hindsight: a log that is older
than a day gives precedents only.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.db import transaction

from liandong.casework import history, outcomes, rows
from liandong.casework.models import Erasure
from liandong.district import knowledge
from liandong.triage import features
from liandong.triage.precedents import Precedents, Ruling
from liandong.triage.router import Router

from .instants import now_ms
from .models import FollowCursor, PrecedentRow, Suggested

NAME = "routing"
STRETCH = 2_000
"""Positions of the log one round looks through at most."""
FRESH_MS = 24 * 3600 * 1000
MOST_PRECEDENTS = 5_000
_REGISTERED, _RULED, _ANSWERED = "register", "designate", "answer"


def follow(router: Router, ruled: Precedents | None = None) -> int:
    """Work in the next stretch of the log; how many events were looked at (0: nothing new, or another worker has it).

    Texts are judged before the transaction begins, so that nobody waits for it; the cursor moves only from where it
    was read, so that of two workers one works the stretch in.
    """
    row = FollowCursor.objects.filter(name=NAME).first()
    start = row.position if row is not None else 0
    if history.tail_position() <= start:
        return 0
    if row is None:
        FollowCursor.objects.get_or_create(name=NAME, defaults={"position": 0})
    events = rows.ask(
        "SELECT e.position, e.case_no, e.type, e.at_ms, e.body, c.township FROM casework_event e "
        "JOIN casework_case c ON c.no = e.case_no WHERE e.position > %s AND e.position <= %s ORDER BY e.position",
        [start, start + STRETCH],
    )
    if not events:
        return 0
    fresh = now_ms() - FRESH_MS
    new = [event for event in events if event[2] == _REGISTERED and event[3] >= fresh]
    rulings = [event for event in events if event[2] == _RULED]
    said = outcomes.said_in({event[1] for event in (*new, *rulings)})
    suggested = [_suggested(router, ruled, said[event[1]], event) for event in new if said.get(event[1])]
    kept = [_precedent(router, said[event[1]], event) for event in rulings if said.get(event[1])]
    used = [json.loads(event[4])["fields"].get("knowledge") for event in events if event[2] == _ANSWERED]
    with transaction.atomic():
        moved = FollowCursor.objects.filter(name=NAME, position=start).update(position=events[-1][0])
        if not moved:
            return 0
        Suggested.objects.bulk_create(suggested, ignore_conflicts=True)
        PrecedentRow.objects.bulk_create(kept, ignore_conflicts=True)
        knowledge.count_uses(ref for ref in used if ref)
    return len(events)


def _suggested(router: Router, ruled: Precedents | None, text: str, event: tuple[Any, ...]) -> Suggested:
    position, no, _, at_ms, _, township = event
    answer = router.route(text, {"township": township} if township else None, precedents=ruled)
    first = answer["suggestions"][0]
    return Suggested(
        case_no=no,
        position=position,
        at_ms=at_ms,
        model=answer["model"] or "rules",
        unit=first["unit"],
        matter=first["matter"] or "",
        confidence=answer["confidence"],
        auto=answer["auto"],
        flagged=answer["emergency"]["flag"],
        kept=answer["never_divert"]["flag"],
        asked=bool(answer["emergency"]["reasons"]),
        units=[[one["unit"], one["score"]] for one in answer["suggestions"]],
    )


def _precedent(router: Router, text: str, event: tuple[Any, ...]) -> PrecedentRow:
    position, no, _, at_ms, body, _ = event
    fields = json.loads(body)["fields"]
    matter = rows.one("SELECT matter FROM casework_case WHERE no = %s", [no])
    found = features.hashes(router.clean(text), router.model.syllables if router.model else None)
    return PrecedentRow(
        position=position,
        case_no=no,
        at_ms=at_ms,
        unit=fields["unit"],
        matter=matter[0] if matter else "",
        hashes=found.astype("<u4").tobytes(),
    )


def precedents(router: Router) -> Precedents:
    """The latest rulings, ready to be searched; of a case ruled twice the later counts. Erased cases are gone."""
    found = rows.ask(
        "SELECT r.case_no, r.at_ms, r.unit, r.matter, r.hashes FROM engine_precedent r "
        "WHERE NOT EXISTS (SELECT 1 FROM casework_erasure e WHERE e.case_no = r.case_no) "
        f"ORDER BY r.position DESC LIMIT {MOST_PRECEDENTS}"
    )
    latest: dict[str, Ruling] = {}
    for no, at_ms, unit, matter, hashes in found:
        latest.setdefault(no, Ruling(no, at_ms, unit, matter, np.frombuffer(bytes(hashes), dtype="<u4")))
    return Precedents(latest.values(), router.model.syllables if router.model else None)


def forget_erased() -> int:
    """Destroy what is kept of erased cases: hashes of their words, and what was suggested for them."""
    erased = Erasure.objects.values("case_no")
    gone, _ = PrecedentRow.objects.filter(case_no__in=erased).delete()
    more, _ = Suggested.objects.filter(case_no__in=erased).delete()
    return gone + more


def of_case(no: str) -> Suggested | None:
    """What was suggested when a case came in; None for cases older than the engine."""
    return Suggested.objects.filter(case_no=no).first()
