"""The log as people and programs read it: the history of a case, and the feed of everything in commit order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from liandong.district import policy as district_policy
from liandong.rules.codec import event_from
from liandong.rules.masking import mask_caller, mask_deep
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.view import plain

from . import crypto, cursor, private, queries, rows, sight
from .queries import MAX_LIMIT, Page, Stored, _visible, load_others

WINDOW = 2_000
"""Positions one feed call looks through at most: a unit with few cases gets its cursor moved, not a slow answer."""
_EVENT = "e.position, e.case_no, e.seq, e.version, e.type, e.at_ms, e.by, e.policy, e.body, e.hash"


_CLOCK_SHOWN = ("kind", "unit", "started_at", "due_at", "paused", "stopped_at", "outcome")


def _clocks(changes: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """What an event did to clocks, by their number, with the contract's keys; a new one with its ``limit`` (2wd, at)."""
    shown = {}
    for number, changed in sorted(changes.items()):
        shown[number] = {key: plain(changed[key]) for key in _CLOCK_SHOWN if key in changed}
        if "_limit" in changed:
            shown[number]["limit"] = changed["_limit"]
    return shown


def _item(row: tuple[Any, ...], zone: tzinfo, *, clocks: bool = False) -> dict[str, Any]:
    position, no, seq, version, type_, at_ms, by, policy, body, head = row[:10]
    at = datetime.fromtimestamp(at_ms / 1000, zone)
    event = event_from(no, type_, at, by, policy, body)
    item = {
        "id": cursor.make("feed", position),
        "case": no,
        "seq": seq,
        "version": version,
        "type": type_,
        "at": at.isoformat(),
        "by": by,
        "policy": policy,
        "hash": head,
        "fields": plain(event.fields),
        "set": {
            key: plain(value)
            for key, value in event.set.items()
            if key != "tracking_code" and not key.startswith("_")
        },
        "notices": [{"at": plain(n.at), "to": n.to, "kind": n.kind} for n in event.notices],
    }
    if clocks:
        item["clocks"] = _clocks(event.clocks)
    return item


_BARE = ("id", "case", "seq", "version", "type", "at", "by", "policy", "hash")


def events_of(
    no: str,
    viewer: Actor,
    *,
    policy: Policy | None = None,
    now: datetime | None = None,
    clocks: bool = False,
) -> list[dict[str, Any]] | None:
    """A case's history, oldest first; None where the case is not visible. An auditor gets it without content.

    ``clocks``: each event also says what it did to which clock. Free texts stand among ``fields``, persons in ``personal``: in full, masked or not at all, as the viewer may see.
    """
    rules = policy or district_policy.current()
    if viewer.role == "auditor":
        found = rows.ask(f"SELECT {_EVENT} FROM casework_event e WHERE e.case_no = %s ORDER BY e.seq", [no])
        return [_bare(_item(row, rules.zone)) for row in found] or None
    seen = _visible(no, viewer, rules, now or datetime.now(UTC))
    if seen is None:
        return None
    stored, units = seen
    how = sight.persons(stored.state, viewer, units)
    found = rows.ask(
        f"SELECT {_EVENT}, p.sealed, p.text, k.wrapped FROM casework_event e "
        "LEFT JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
        "LEFT JOIN casework_key k ON k.case_no = e.case_no WHERE e.case_no = %s ORDER BY e.seq",
        [no],
    )
    key = crypto.unwrap(found[0][12], no) if found and found[0][12] is not None else None
    told = [private.open_event(key, no, row[2], row[10] or b"", row[11] or "") for row in found]
    names = _names(stored, told) if how != sight.FULL else ()
    items = []
    for row, said in zip(found, told, strict=True):
        item = _item(row, rules.zone, clocks=clocks)
        texts, personal = said.get("text") or {}, said.get("personal") or {}
        if how != sight.FULL:
            texts, item["fields"] = mask_deep(texts, names), mask_deep(item["fields"], names)
        item["fields"] = {**item["fields"], **texts}
        if personal and how != sight.HIDDEN:
            item["personal"] = personal if how == sight.FULL else _masked(personal)
        items.append(item)
    return items


def _names(stored: Stored, told: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every name under which somebody asked for this, now or before a correction."""
    others = load_others([stored.state]).values()
    callers = [stored.private.get("caller"), *(other.get("caller") for other in others)]
    callers += [(said.get("personal") or {}).get("caller") for said in told]
    return sight.names_of({"callers": callers})


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in _BARE}


def _masked(personal: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: mask_caller(value) if key == "caller" and isinstance(value, Mapping) else mask_deep(value)
        for key, value in personal.items()
    }


def last_seq(
    no: str, viewer: Actor, *, policy: Policy | None = None, now: datetime | None = None
) -> int | None:
    """The number of a case's last event: what an open page compares to know that there is news; None: not visible."""
    if not queries.is_visible(no, viewer, policy=policy, now=now):
        return None
    row = rows.one("SELECT seq FROM casework_case WHERE no = %s", [no])
    return int(row[0]) if row else None


def tail_position() -> int:
    """The log's last position: what a stream compares to know that there is news."""
    row = rows.one("SELECT MAX(position) FROM casework_event")
    return int(row[0] or 0) if row else 0


def cursor_at(position: int) -> str:
    """The cursor just behind a position (0: the beginning)."""
    return cursor.make("feed", position)


def position_of(after: str) -> int:
    """The position of a feed's cursor. Raises BadCursor."""
    return cursor.number(cursor.read("feed", after, 1)[0])


def feed(
    viewer: Actor,
    after: str | None = None,
    limit: int = 100,
    *,
    policy: Policy | None = None,
    now: datetime | None = None,
) -> Page:
    """Events after a cursor in the order in which they were committed, without persons and free text.

    ``next`` is always given: it is where to go on, also when there is nothing new yet or nothing for this viewer in the
    stretch that was looked through. Positions are taken under a lock that is held until the commit, so that an event
    that commits late has a late position and is never skipped. Raises BadCursor.
    """
    start = position_of(after) if after else 0
    rules, moment = policy or district_policy.current(), now or datetime.now(UTC)
    size = max(1, min(limit, MAX_LIMIT))
    until = start + max(WINDOW, size)
    conditions: list[str] = ["e.position > %s", "e.position <= %s"]
    values: list[Any] = [start, until]
    if viewer.role != "auditor":
        limits = sight.scope(viewer, rules, moment)
        conditions += limits.where
        values += limits.values
        if limits.units is not None:
            marks = ", ".join(["%s"] * len(limits.units))
            conditions.append(
                f"EXISTS (SELECT 1 FROM casework_party y WHERE y.case_no = e.case_no AND y.unit IN ({marks}))"
            )
            values += limits.units
    last = tail_position()  # read before the events: nothing between the two can be passed over
    found = rows.ask(
        f"SELECT {_EVENT} FROM casework_event e JOIN casework_case c ON c.no = e.case_no "
        f"WHERE {' AND '.join(conditions)} ORDER BY e.position LIMIT {size}",
        values,
    )
    items = [_item(row, rules.zone) for row in found]
    if viewer.role == "auditor":
        items = [_bare(item) for item in items]
    if len(found) == size:
        end = int(found[-1][0])
    else:
        end = max(start, min(until, last), int(found[-1][0]) if found else 0)
    return Page(items, cursor_at(end))
