"""One case compared with its own events: chain, private parts, state row, columns, clocks, assignments, parties, outbox, I1–I9."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from liandong.rules.codec import dump_state, event_from
from liandong.rules.codes import HOLDER, OPEN, TERMINAL
from liandong.rules.fold import fold, fold_private
from liandong.rules.model import Event, State
from liandong.rules.numbers import parse as parse_number
from liandong.rules.policy import Policy

from . import crypto, private, project, rows
from .jsontext import to_ms
from .record import chain_text
from .violation import Violation

_OPEN = frozenset(OPEN)
_TERMINAL = frozenset(TERMINAL)
# What sends work to a unit: never with an answer other than no (I8).
_SENDING = frozenset(("dispatch", "designate", "reject_return", "reject_feedback", "rework", "resume"))
_DECISIONS = {"decide_extension": "extension", "decide_suspension": "suspension"}


@dataclass
class CaseRows:
    """All that is stored about one case, as the tables have it."""

    no: str
    events: list[tuple[Any, ...]] = field(default_factory=list)
    row: dict[str, Any] | None = None
    wrapped: bytes | None = None
    sealed: bytes | None = None
    summary: str | None = None
    text: str | None = None
    erased: int | None = None
    clocks: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    assignments: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    parties: dict[str, tuple[int, int]] = field(default_factory=dict)
    outbox: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)


def check_case(case: CaseRows, policy: Policy | None) -> Iterator[Violation]:
    """Every fault of one case."""
    if not case.events:
        yield Violation("events_missing", case.no, "有工单而没有任何事件：日志被删除")
        return
    key, problem = _key(case)
    if problem:
        yield problem
    state: State | None = None
    view: dict[str, Any] = {}
    head, members, expected = "", dict[str, int](), dict[tuple[int, int], tuple[Any, ...]]()
    for number, stored in enumerate(case.events, start=1):
        position, seq, version, type_, at_ms, by, policy_id, body, digest, prev, link, algo, *kept = stored
        sealed, text, origin = kept
        if seq != number:
            yield Violation("event_missing", case.no, f"第 {number} 个事件不见了（后面是第 {seq} 个）")
            return
        covered = chain_text(origin, case.no, seq, version, type_, at_ms, by, policy_id, body, digest)
        if prev != head or crypto.chain_with(algo, prev, covered) != link:
            yield Violation("chain_broken", case.no, f"第 {seq} 个事件与链不符：被改动或被替换")
            return
        head = link
        told: dict[str, Any] = {}
        if problem is None:
            told, fault = _told(case, key, seq, digest, sealed, text)
            if fault:
                yield fault
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        event = event_from(case.no, type_, at, by, policy_id, body, told)
        before = state
        state = fold(before, event)
        if told:
            view = fold_private(view or None, event)
        yield from _invariants(before, state, event)
        if (state["version"], state["_seq"]) != (version, seq):
            yield Violation("version_wrong", case.no, f"第 {seq} 个事件记的版本 {version} 与重算的不符")
        for unit, roles in project.parties(state).items():
            members[unit] = members.get(unit, 0) | roles
        for n, notice in enumerate(event.notices):
            expected[(position, n)] = (to_ms(notice.at), notice.to, notice.kind)
    assert state is not None
    yield from _row(case, state, head, view if problem is None else None, policy)
    yield from _clocks(case, state)
    if case.assignments != {row[1]: row for row in project.assignment_rows(state)}:
        yield Violation("assignment_wrong", case.no, "考评用的派单记录与事件不符：被改动")
    received = to_ms(state["received_at"])
    if case.parties != {unit: (roles, received) for unit, roles in members.items()}:
        yield Violation("party_wrong", case.no, "承办、协办、联动单位的登记与事件不符")
    for place in sorted(expected.keys() - case.outbox.keys()):
        yield Violation("outbox_missing", case.no, f"位置 {place[0]} 的第 {place[1] + 1} 条通知不见了")
    for place in sorted(case.outbox.keys() - expected.keys()):
        yield Violation("outbox_extra", case.no, f"位置 {place[0]} 多出一条事件中没有的通知")
    for place in sorted(expected.keys() & case.outbox.keys()):
        if expected[place] != case.outbox[place]:
            yield Violation("outbox_edited", case.no, f"位置 {place[0]} 的第 {place[1] + 1} 条通知被改动")


def _key(case: CaseRows) -> tuple[bytes | None, Violation | None]:
    """The case's key; a violation where it does not open."""
    if case.wrapped is None:
        return None, None
    try:
        return crypto.unwrap(case.wrapped, case.no), None
    except crypto.Unreadable:
        return None, Violation("key_unreadable", case.no, "个人信息密钥打不开：主密钥不对，或密钥被改动")


def _told(
    case: CaseRows, key: bytes | None, seq: int, digest: str, sealed: bytes | None, text: str | None
) -> tuple[dict[str, Any], Violation | None]:
    """An event's private part, compared with its digest; erased ones are gone and rightly so."""
    if case.erased is not None and seq <= case.erased:
        return {}, None
    if not digest:
        fault = (
            Violation("private_extra", case.no, f"第 {seq} 个事件多出私密内容") if text is not None else None
        )
        return {}, fault
    if text is None or key is None:
        return {}, Violation("private_missing", case.no, f"第 {seq} 个事件的私密内容不见了，也没有销毁记录")
    edited = Violation("private_edited", case.no, f"第 {seq} 个事件的私密内容与摘要不符：被改动")
    try:
        told = private.open_event(key, case.no, seq, bytes(sealed or b""), text)
    except (crypto.Unreadable, ValueError):
        return {}, edited
    return told, None if private.event_digest(key, told) == digest else edited


def _row(
    case: CaseRows, state: State, head: str, view: dict[str, Any] | None, policy: Policy | None
) -> Iterator[Violation]:
    """The state row and the current private view against the fold."""
    if case.row is None:
        yield Violation("case_missing", case.no, "有事件而没有工单：状态行被删除")
        return
    stored = case.row
    if stored["doc"] != dump_state(state):
        yield Violation("state_edited", case.no, "状态与事件重算的结果不符：状态行被改动，或末尾的事件被截去")
    number = parse_number(case.no)
    by = str(case.events[0][5])
    phone = stored["phone_hash"]
    if view is not None:
        phone = crypto.phone_hash(private.phone_of(view)) if case.erased is None or view else ""
    restricted = bool(stored["restricted"])
    if policy is not None and project.is_restricted(state, policy):
        restricted = True
    derived = project.case_row(
        state,
        head,
        day=f"{number.day:%Y%m%d}" if number else "",
        serial=number.serial if number else 0,
        registrar=by if by.startswith("integration:") else "",
        phone_hash=phone,
        restricted=restricted,
        township=project.township(state, policy) if policy is not None else stored["township"],
    )
    for name, value in zip(rows.CASE, derived, strict=True):
        if name != "doc" and stored[name] != value:
            yield Violation(
                "column_edited", case.no, f"工单的 {name} 为 {stored[name]!r}，按事件应为 {value!r}"
            )
    if view is None:
        return
    try:
        kept = private.open_case(
            crypto.unwrap(case.wrapped, case.no) if case.wrapped is not None else None,
            case.no,
            case.sealed,
            case.text,
        )
    except (crypto.Unreadable, ValueError):
        kept = {"unreadable": True}
    if kept != view or (case.summary or "") != str(view.get("summary") or ""):
        yield Violation("private_edited", case.no, "当前的来电人或文字与事件不符：被改动")


def _clocks(case: CaseRows, state: State) -> Iterator[Violation]:
    wanted = {row[1]: row for row in project.clock_rows(state, sorted(state["clocks"]))}
    for number in sorted(wanted.keys() | case.clocks.keys()):
        if number not in case.clocks:
            yield Violation("clock_missing", case.no, f"第 {number} 个时钟（{wanted[number][2]}）不见了")
        elif number not in wanted:
            yield Violation("clock_extra", case.no, f"多出第 {number} 个时钟")
        elif wanted[number] != case.clocks[number]:
            yield Violation("clock_edited", case.no, f"第 {number} 个时钟（{wanted[number][2]}）与事件不符")


def _invariants(before: State | None, state: State, event: Event) -> Iterator[Violation]:
    """I1–I4 and I7–I9 after one event."""
    no, holder, name = state["no"] or event.case, state["holder"], state["state"]
    here = f"（第 {state['_seq']} 个事件 {event.type} 之后）"
    owner = holder["code"] if holder["type"] == "unit" else holder["type"]
    if HOLDER.get(name) != holder["type"] or (holder["type"] == "unit" and owner != state["lead_unit"]):
        yield Violation("I1", no, f"{name} 的承办方不对{here}")
    total = [clock for clock in state["clocks"].values() if clock["kind"] == "total"]
    if name in _OPEN:
        if not any(
            clock["unit"] == owner
            and clock["kind"] != "total"
            and clock["stopped_at"] is None
            and not clock["paused"]
            and clock["due_at"] is not None
            for clock in state["clocks"].values()
        ):
            yield Violation("I2", no, f"{name} 没有由承办方承担的运行中时钟{here}")
        if not any(clock["stopped_at"] is None for clock in total):
            yield Violation("I3", no, f"总时钟停了{here}")
    if any(clock["paused"] or clock["started_at"] != state["received_at"] for clock in total):
        yield Violation("I3", no, f"总时钟被暂停或改了起点{here}")
    if before is None:
        return
    if before["first_unit"] is not None and state["first_unit"] != before["first_unit"]:
        yield Violation("I4", no, f"首接单位由 {before['first_unit']} 变成 {state['first_unit']}{here}")
    if event.type in _DECISIONS and any(
        asked["kind"] == _DECISIONS[event.type] and asked["by"] == event.by for asked in before["pending"]
    ):
        yield Violation("I7", no, f"{event.by} 批准了自己的申请{here}")
    sends = event.type in _SENDING or (event.type == "call_back" and name == "handling")
    if sends and name in ("dispatched", "handling") and any(a != "no" for a in before["safety"].values()):
        yield Violation("I8", no, f"安全问题未排除仍交给单位办理{here}")
    if before["state"] in _TERMINAL and (event.clocks or set(event.set) - {"children"}):
        yield Violation("I9", no, f"已终结的工单又被改动{here}")
