"""From notices to messages: the rules of the pack, applied to each new notice of the log, once.

Planning reads; then one short transaction enters the messages and moves the cursor. A message carries the ways that remain
should its own fail, so that a later failure asks nobody anything. ``preview`` is the same plan without entering it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from liandong.casework import notified
from liandong.district import noticing, policy
from liandong.district.placeholders import end_in_words
from liandong.engine.instants import iso, now, to_ms
from liandong.engine.models import Channel, FollowCursor, Message

from .book import Book, Person
from .kinds import KINDS

CURSOR = "channels"
BATCH = 100


class Leg(NamedTuple):
    """One way to one person: means, channel ("" for a telephone call by hand), address, text, how many SMS."""

    means: str
    channel: str
    address: str
    text: str
    parts: int


class Planned(NamedTuple):
    """What goes to one person, and why nothing does where ``legs`` is empty."""

    recipient: str
    person: str
    name: str
    legs: tuple[Leg, ...]
    urgent: bool
    within: timedelta
    why: str = ""


def follow(limit: int = BATCH) -> int:
    """Plan the next notices of the log; how many notices were read. The first run begins at the end of the log."""
    cursor = FollowCursor.objects.filter(name=CURSOR).first()
    if cursor is None:
        FollowCursor.objects.get_or_create(name=CURSOR, defaults={"position": notified.end_of_log()})
        return 0
    told = notified.after(cursor.position, limit)
    if not told:
        return 0
    at = now()
    ways = _ways()
    rows = _rows(told, at, ways) if ways else []
    try:
        with transaction.atomic():
            moved = FollowCursor.objects.filter(name=CURSOR, position=cursor.position).update(
                position=told[-1].position
            )
            if not moved:  # another worker planned this stretch
                return 0
            Message.objects.bulk_create(rows)
    except IntegrityError:  # planned before, and the cursor was set back: what is there counts
        FollowCursor.objects.filter(name=CURSOR, position=cursor.position).update(position=told[-1].position)
    return len(told)


def _ways() -> dict[str, list[Channel]]:
    """The active channels by means, the first rank first."""
    found: dict[str, list[Channel]] = {}
    for channel in Channel.objects.filter(active=True).order_by("rank", "code"):
        if channel.kind in KINDS:
            found.setdefault(KINDS[channel.kind].means, []).append(channel)
    return found


def _rows(told: Iterable[notified.Told], at: datetime, ways: Mapping[str, list[Channel]]) -> list[Message]:
    rules = noticing.current()
    stale = to_ms(at - noticing.length(rules.stale_after))
    wanted = [
        one for one in told if one.at_ms >= stale and rules.rule_for(one.kind, _party_kind(one.recipient))
    ]
    if not wanted:
        return []
    facts = notified.facts(one.case_no for one in wanted)
    book = Book({one.recipient for one in wanted}, at)
    made: list[Message] = []
    for one in wanted:
        known = facts.get(one.case_no)
        if known is None or not known.is_open:
            continue
        for planned in _planned(one.kind, one.recipient, one.case_no, known, book, ways, rules):
            if planned.legs:
                made.append(message(one, planned, at, rules))
            elif (
                planned.why
            ):  # a channel stands ready and nobody can be reached by it: a person must see that
                made.append(_unreachable(one, planned, at))
    return made


def message(told: notified.Told, planned: Planned, at: datetime, rules: noticing.Noticing) -> Message:
    """The first message of a plan, with the ways that remain."""
    first, *rest = planned.legs
    begins = to_ms(at if planned.urgent or first.means == noticing.CALL else rules.not_before(at))
    return Message(
        id=uuid.uuid4().hex, position=told.position, n=told.n, person=planned.person, case_no=told.case_no,
        kind=told.kind, recipient=told.recipient, name=planned.name, means=first.means, channel=first.channel,
        address=first.address, text=first.text, parts=first.parts, urgent=planned.urgent,
        route={"legs": [list(leg) for leg in rest], "within_ms": int(planned.within.total_seconds() * 1000)},
        created_ms=to_ms(at), next_ms=begins, until_ms=begins + int(planned.within.total_seconds() * 1000),
        error=planned.why,
    )  # fmt: skip


def _unreachable(told: notified.Told, planned: Planned, at: datetime) -> Message:
    """A message that failed before it began, for the list of those."""
    instant = to_ms(at)
    return Message(
        id=uuid.uuid4().hex, position=told.position, n=told.n, person=planned.person, case_no=told.case_no,
        kind=told.kind, recipient=told.recipient, name=planned.name, means="", channel="", text="", urgent=planned.urgent,
        state="failed", failed_ms=instant, created_ms=instant, next_ms=instant, until_ms=instant, error=planned.why,
    )  # fmt: skip


def _party_kind(recipient: str) -> str:
    if recipient.startswith("unit:"):
        return "unit_responsible" if recipient.endswith(":responsible") else "unit"
    return recipient


def _planned(
    kind: str, recipient: str, no: str, facts: notified.Facts, book: Book, ways: Mapping[str, list[Channel]],
    rules: noticing.Noticing,
) -> list[Planned]:  # fmt: skip
    """Who of a party is told of a case, by which ways in order."""
    rule = rules.rule_for(kind, _party_kind(recipient))
    if rule is None:
        return []
    values = _values(kind, recipient, no, facts, rules)
    within = noticing.length(rule.within)
    found: list[Planned] = []
    for place, person in enumerate(book.people(recipient, rule.people)):
        legs, missing = _legs(
            rule, person, book.mailbox(recipient) if place == 0 else "", values, kind, ways, rules
        )
        found.append(Planned(recipient, person.role, person.name, legs, rule.urgent, within, missing))
    return found


def _legs(
    rule: noticing.Rule, person: Person, mailbox: str, values: Mapping[str, str], kind: str,
    ways: Mapping[str, list[Channel]], rules: noticing.Noticing,
) -> tuple[tuple[Leg, ...], str]:  # fmt: skip
    legs: list[Leg] = []
    missing = ""
    tried = False
    for means in rule.means:
        text = rules.text_for(kind, means)
        if text is None:
            continue
        said = noticing.fill(text.text, values)
        if means == noticing.CALL:
            # a call by hand is for what could not be sent; without any channel the pages alone tell, as before
            if tried or tuple(rule.means) == (noticing.CALL,):
                legs.append(Leg(means, "", person.phone, said, 1))
            continue
        channels = ways.get(means, [])
        tried = tried or bool(channels)
        address = person.phone if means == noticing.SMS else mailbox
        if channels and not address:
            missing = missing or ("没有登记电话号码" if means == noticing.SMS else "没有登记邮箱")
            continue
        size = noticing.parts(said) if means == noticing.SMS else 1
        legs += [Leg(means, channel.code, address, said, size) for channel in channels]
    return tuple(legs), missing


def _values(
    kind: str, recipient: str, no: str, facts: notified.Facts, rules: noticing.Noticing
) -> dict[str, str]:
    """What a text may say: number, kind, end, township, unit; the place of a complaint about police is left out."""
    known = policy.current()
    unit = recipient.split(":")[1] if recipient.startswith("unit:") else facts.lead_unit
    town = known.townships.get(facts.township)
    due = facts.due_for(kind, unit)
    text = rules.text_for(kind, noticing.SMS)
    return {
        "no": no,
        "kind": text.name if text else kind,
        "due": _short(iso(due)),
        "place": town.name if town and not facts.restricted else "",
        "unit": known.units[unit].name if unit in known.units else "",
    }


def _short(at: str | None) -> str:
    """The end of a limit without its year: 6月1日16时20分."""
    return end_in_words(at).partition("年")[2].replace(" ", "").replace("时0分", "时")


def preview(kind: str, recipient: str, no: str, at: datetime | None = None) -> tuple[list[Planned], datetime]:
    """Exactly what would go out now for this case, and not before when; nothing is entered. An unknown case: nothing."""
    when, rules = at or now(), noticing.current()
    facts = notified.facts([no]).get(no)
    if facts is None:
        return [], when
    found = _planned(kind, recipient, no, facts, Book({recipient}, when), _ways(), rules)
    urgent = any(one.urgent for one in found)
    return found, when if urgent else rules.not_before(when)


def choices() -> list[tuple[str, str, str]]:
    """(kind, its name, party) of every rule: what can be looked at beforehand."""
    rules = noticing.current()
    found: list[tuple[str, str, str]] = []
    for rule in rules.rules:
        for kind in rule.kinds:
            text: Any = rules.text_for(kind, noticing.SMS)
            found.append((kind, text.name if text else kind, rule.to))
    return found


def to_person(
    no: str, recipient: str, kind: str, name: str, phone: str, at: datetime | None = None
) -> str | None:
    """One SMS to one person of a party about a case, whatever the rules say of whom; the message's id.

    None where no SMS channel stands ready, there is no text for the kind, or the case is unknown or over.
    """
    when, rules = at or now(), noticing.current()
    ways, text = _ways().get(noticing.SMS, []), rules.text_for(kind, noticing.SMS)
    facts = notified.facts([no]).get(no)
    if not ways or text is None or not phone or facts is None or not facts.is_open:
        return None
    said = noticing.fill(text.text, _values(kind, recipient, no, facts, rules))
    legs = tuple(Leg(noticing.SMS, way.code, phone, said, noticing.parts(said)) for way in ways)
    rule = rules.rule_for(kind, _party_kind(recipient))
    within = noticing.length(rule.within if rule else "10min")
    instant = to_ms(when)
    told = notified.Told(-instant, 0, no, instant, recipient, kind)
    row = message(told, Planned(recipient, uuid.uuid4().hex[:20], name, legs, True, within), when, rules)
    row.save(force_insert=True)
    return row.id
