"""Instructions of the duty office and what became of them: who acknowledged, who replied, what is still open (R8, R11).

A leader's written instruction (领导批示) is one whose text says so (``rules.written``). A unit has replied when it wrote
a note that names the instruction, or gave an answer (feedback, answer now, assist or supervision reply) after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from liandong.district import policy as district_policy
from liandong.rules import written
from liandong.rules.checks import owned_by
from liandong.rules.codes import OPEN
from liandong.rules.masking import mask_deep
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.view import view

from . import cursor, history, private, queries, rows, sight

ANSWERS: Final = ("feedback", "answer_now", "assist_reply", "answer_supervision")
SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What one unit owes: until when, and when it did (None: not yet)."""

    unit: str
    due_at: datetime | None
    at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Acknowledged after its limit, or not at all although the limit has passed."""
        return self.due_at is not None and (self.at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit said to an instruction; ``kind`` is the command it was said with."""

    unit: str
    by: str
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction in a case, by its number there; ``written`` where a leader wrote it; ``ended``: the case is over."""

    case: str
    n: int
    at: datetime
    by: str
    text: str
    written: written.Written | None
    acknowledgements: tuple[Acknowledgement, ...]
    replies: tuple[Reply, ...]
    ended: bool

    @property
    def unacknowledged(self) -> tuple[Acknowledgement, ...]:
        """Units that have not acknowledged."""
        return tuple(one for one in self.acknowledgements if one.at is None)

    @property
    def silent(self) -> tuple[str, ...]:
        """Units that have not replied."""
        heard = {reply.unit for reply in self.replies}
        return tuple(one.unit for one in self.acknowledgements if one.unit not in heard)

    @property
    def is_done(self) -> bool:
        """Every unit has replied, or the case is over."""
        return self.ended or not self.silent

    def is_overdue(self, now: datetime) -> bool:
        """Somebody still owes an acknowledgement past its limit, or a reply past the day the leader named."""
        if self.ended:
            return False
        late = any(one.is_late(now) for one in self.unacknowledged)
        until = self.written.reply_by if self.written else None
        return late or (bool(self.silent) and until is not None and now > until)


def of_events(
    events: Iterable[Mapping[str, Any]], case: Mapping[str, Any], policy: Policy
) -> list[Instruction]:
    """The instructions of one case from its events (as ``history.events_of(..., clocks=True)`` gives them), oldest first."""
    made: list[Instruction] = []
    given = 0
    replies: list[tuple[int, Reply]] = []
    clocks: Sequence[Mapping[str, Any]] = case["clocks"]
    for event in events:
        kind = event["type"]
        if kind in ("instruct", "to_police"):  # both are numbered in one row (CONTRACT §3, acknowledge)
            given += 1
        if kind == "instruct":
            made.append(_instruction(event, given, case, clocks, policy.zone))
        elif made and event["by"].startswith("unit:"):
            replies += _replies(event, made)
    return [_with(one, replies, policy) for one in made]


def _instruction(
    event: Mapping[str, Any],
    n: int,
    case: Mapping[str, Any],
    clocks: Sequence[Mapping[str, Any]],
    zone: tzinfo,
) -> Instruction:
    text = str(event["fields"].get("text") or "")
    owed = []
    for number, changed in event.get("clocks", {}).items():
        if changed.get("kind") == "ack" and number <= len(clocks):
            clock = clocks[number - 1]  # numbers run from 1 without gaps
            owed.append(Acknowledgement(clock["unit"], _at(clock["due_at"]), _at(clock["stopped_at"])))
    at = datetime.fromisoformat(event["at"])
    ended = case["state"] not in OPEN
    return Instruction(
        case["no"], n, at, event["by"], text, written.parse(text, zone), tuple(owed), (), ended
    )


def _at(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _replies(event: Mapping[str, Any], made: Sequence[Instruction]) -> list[tuple[int, Reply]]:
    """What a unit's event says to which of the instructions given so far."""
    kind, by = event["type"], event["by"]
    text, at = str(event["fields"].get("text") or ""), datetime.fromisoformat(event["at"])
    unit = by.split(":")[1]
    if kind == "note":
        found = written.parse_reply(text)
        return [(found[0], Reply(unit, by, at, kind, found[1]))] if found else []
    if kind in ANSWERS:
        return [(one.n, Reply(unit, by, at, kind, text)) for one in made]
    return []


def _with(one: Instruction, replies: Sequence[tuple[int, Reply]], policy: Policy) -> Instruction:
    """An instruction with the replies of the units it went to, or of those that took their place."""
    units = {owed.unit for owed in one.acknowledgements}
    own = []
    for n, reply in replies:
        meant = sorted(units & owned_by(policy, reply.unit, reply.at)) if n == one.n else []
        own += [Reply(unit, reply.by, reply.at, reply.kind, reply.text) for unit in meant]
    return Instruction(
        one.case,
        one.n,
        one.at,
        one.by,
        one.text,
        one.written,
        one.acknowledgements,
        tuple(own),
        one.ended,
    )


def open_ones(
    viewer: Actor,
    now: datetime,
    *,
    only_written: bool = True,
    after: str | None = None,
    policy: Policy | None = None,
) -> queries.Page:
    """Instructions of open cases, newest first: of all units, or for a unit those given to it; persons masked.

    Items are ``{"instruction": Instruction, "case": view}``. Raises BadCursor. The cost grows with what is open, not
    with the store; the number of statements is fixed.
    """
    rules = policy or district_policy.current()
    limits = sight.scope(viewer, rules, now)
    where = ["c.is_open", "e.case_no = c.no", "e.type = 'instruct'", *limits.where]
    values: list[Any] = [*limits.values]
    if limits.units is not None:
        marks = ", ".join(["%s"] * len(limits.units))
        where.append(
            "EXISTS (SELECT 1 FROM casework_clock k WHERE k.case_no = e.case_no AND k.kind = 'ack' "
            f"AND k.started_ms = e.at_ms AND k.unit IN ({marks}))"
        )
        values += limits.units
    if only_written:
        where.append("p.text LIKE %s")
        values.append(f'%"{written.HEAD}%')
    if after:
        where.append("e.position < %s")
        values.append(cursor.number(cursor.read("instructions", after, 1)[0]))
    found = rows.ask(
        "SELECT e.position, e.case_no, e.seq, e.at_ms FROM casework_case c "
        "CROSS JOIN casework_event e "  # keeps SQLite from going back through the events of all time
        "LEFT JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
        f"WHERE {' AND '.join(where)} ORDER BY e.position DESC LIMIT {SIZE + 1}",
        values,
    )
    more, found = len(found) > SIZE, found[:SIZE]
    known = _known(sorted({row[1] for row in found}), viewer, rules, now)
    items = []
    for _position, no, seq, _at_ms in found:
        case, by_seq = known[no]
        if seq in by_seq:
            items.append({"instruction": by_seq[seq], "case": case})
    return queries.Page(items, cursor.make("instructions", found[-1][0]) if more else None)


def _known(
    numbers: Sequence[str], viewer: Actor, policy: Policy, now: datetime
) -> dict[str, tuple[dict[str, Any], dict[int, Instruction]]]:
    """These cases as a list shows them, each with its instructions by the event that gave them."""
    if not numbers:
        return {}
    stored = queries.load_cases(numbers)
    others = queries.load_others(case.state for case in stored.values())
    units = sight.units_of(viewer, policy, now)
    told: dict[str, list[dict[str, Any]]] = {no: [] for no in numbers}
    marks = ", ".join(["%s"] * len(numbers))
    wanted = ", ".join(f"'{kind}'" for kind in ("instruct", "to_police", "note", *ANSWERS))
    for row in rows.ask(
        f"SELECT {history._EVENT}, p.text FROM casework_event e "
        "LEFT JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
        f"WHERE e.case_no IN ({marks}) AND e.type IN ({wanted}) ORDER BY e.case_no, e.seq",
        numbers,
    ):
        item = history._item(row, policy.zone, clocks=True)
        said = private.open_event(None, row[1], row[2], b"", row[10] or "")
        item["fields"] = {**item["fields"], **(said.get("text") or {})}
        told[row[1]].append(item)
    known = {}
    for no, one in stored.items():
        whole = view(one.state, one.private, others.get)
        names = sight.names_of(whole)
        events = [{**item, "fields": mask_deep(item["fields"], names)} for item in told[no]]
        given = of_events(events, whole, policy)
        sent = [item["seq"] for item in told[no] if item["type"] == "instruct"]
        shown = sight.show(whole, sight.persons(one.state, viewer, units), in_list=True)
        known[no] = (shown, dict(zip(sent, given, strict=True)))
    return known
