"""A neutral message becomes commands on its case: once, whatever is repeated, and in whatever order it comes (R6).

An append or cancel that comes before its create is held, sealed, and applied with it. A cancel withdraws a case that is
still at the desk, as the rules allow a machine; a case that is already with a unit is never withdrawn behind anybody's
back: the desk gets a note on the case and a task.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from django.db import IntegrityError, OperationalError, connection

from liandong.casework import orders, rows
from liandong.casework.execute import Done, Refused, execute
from liandong.district.intake import REPLIES, IntakeMapping
from liandong.engine import routing, secretbox
from liandong.engine.instants import now_ms, to_ms
from liandong.engine.models import IntakeMessage
from liandong.registers.lock import together
from liandong.registers.store import act
from liandong.rules.model import Actor, Command
from liandong.rules.policy import Policy

from . import message as messages
from . import replies
from .message import Message
from .problems import Problem, Unfit
from .replies import SYSTEM

SCOPES: Final = frozenset({"register", "append", "cancel"})
_PURPOSE: Final = "intake"
_ATTEMPTS: Final = 5


class Outcome(NamedTuple):
    """What became of a message: registered, noted, withdrawn, asked (a task for the desk), held, repeated,
    recorded (an answer to a ticket of ours)."""

    what: str
    no: str = ""


def machine(channel: str) -> Actor:
    """The machine that speaks for this channel, as cases know it."""
    return Actor("integration", f"intake:{channel}", None, SCOPES)


def take(one: Message, mapping: IntakeMapping, now: datetime, policy: Policy) -> Outcome:
    """Apply one message in one transaction. Raises Unfit (nothing changed); OperationalError when the database is away."""
    if connection.in_atomic_block:
        return _take(one, mapping, now, policy)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with together():
                return _take(one, mapping, now, policy)
        except (
            IntegrityError,
            OperationalError,
        ):  # another worker has it in hand, or PostgreSQL made us give way
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _take(one: Message, mapping: IntakeMapping, now: datetime, policy: Policy) -> Outcome:
    known = IntakeMessage.objects.filter(channel=one.channel, message=one.id).first()
    if known is not None:
        if known.digest != one.digest:
            raise Unfit(
                Problem(
                    "reused",
                    f"消息编号 {one.id[:40]} 早已收过，内容却不同：请与对方核对；确是新消息的，补正消息编号",
                )
            )
        return Outcome("repeated", known.case_no)
    if one.do in REPLIES:
        case = replies.record(one, mapping, now, policy)
        _remember(one, mapping, "applied", case)
        return Outcome("recorded", case)
    if one.do == "create":
        return _create(one, mapping, now, policy)
    no = rows.find_source(one.channel, one.ref)
    if no is None or orders.lent([no]):  # not here yet, or on its way with an order (060): applied when it is
        _remember(one, mapping, "held", "")
        return Outcome("held")
    found = _follow(one, no, now, policy)
    _remember(one, mapping, "applied", no)
    return found


def _create(one: Message, mapping: IntakeMapping, now: datetime, policy: Policy) -> Outcome:
    fields = dict(one.fields)
    command = Command("register", None, fields, screen=routing.screen(fields))
    done = _do(command, one.channel, now, policy)
    _remember(one, mapping, "applied", done.no)
    if done.created and mapping.hotline:
        _hotline(one, mapping, done.no, now, policy)
    _held(one.channel, one.ref, done.no, now, policy)
    return Outcome(
        "registered" if done.created else "noted" if done.events or done.forwarded else "repeated", done.no
    )


def _do(command: Command, channel: str, now: datetime, policy: Policy) -> Done:
    try:
        return execute(command, machine(channel), now=now, policy=policy)
    except Refused as refused:
        found = refused.refusal
        raise Unfit(Problem("refused", f"{found.detail}（{found.rule}）")) from refused


def _follow(one: Message, no: str, now: datetime, policy: Policy) -> Outcome:
    """An append or cancel on a case that is there."""
    if one.do == "append":
        _do(Command("note", no, {"text": one.text}), one.channel, now, policy)
        return Outcome("noted", no)
    row = rows.one("SELECT state, is_open FROM casework_case WHERE no = %s", [no])
    assert row is not None
    state, is_open = row
    said = one.text or "对方没有说明理由"
    why = "案件已派出，不能自动撤回"
    if state == "registered":
        try:
            execute(
                Command("withdraw", no, {"reason": f"对方系统撤销：{said}"[:5000]}),
                machine(one.channel),
                now=now,
                policy=policy,
            )
            return Outcome("withdrawn", no)
        except Refused as refused:
            why = refused.refusal.detail
    _do(Command("note", no, {"text": f"对方系统要求撤销：{said}"[:5000]}), one.channel, now, policy)
    if not is_open:
        return Outcome("noted", no)
    detail = f"对方要求撤销：{why}。请向来电人核实：确要撤回的在案件页办理“来电人撤回”，仍要办理的写明情况"
    fields = {"case": no, "said": said, "detail": detail[:500], "channel": one.channel}
    act("intake_task", "open", fields, SYSTEM, now=now, policy=policy)
    return Outcome("asked", no)


def _remember(one: Message, mapping: IntakeMapping, state: str, no: str) -> None:
    sealed = (
        secretbox.seal(_PURPOSE, messages.dumped(one).encode(), f"{one.channel}/{one.id}")
        if state == "held"
        else b""
    )
    IntakeMessage.objects.create(
        channel=one.channel, message=one.id, ref=one.ref, mapping=mapping.name, action=one.do, digest=one.digest,
        state=state, case_no=no, at_ms=to_ms(one.at), received_ms=now_ms(), sealed=sealed,
    )  # fmt: skip


def opened(row: IntakeMessage) -> Message:
    """The message a held row keeps. Raises secretbox.Unreadable under another master key."""
    return messages.loaded(
        secretbox.unseal(_PURPOSE, bytes(row.sealed), f"{row.channel}/{row.message}").decode()
    )


def _held(channel: str, ref: str, no: str, now: datetime, policy: Policy) -> None:
    """What waited for this case, in the order in which the other system sent it."""
    waiting = IntakeMessage.objects.filter(channel=channel, ref=ref, state="held").order_by("at_ms", "id")
    if connection.features.has_select_for_update:
        waiting = waiting.select_for_update()
    for row in waiting:
        _follow(opened(row), no, now, policy)
        IntakeMessage.objects.filter(id=row.id).update(state="applied", case_no=no, sealed=b"")


def adopt(now: datetime, policy: Policy, limit: int = 100) -> int:
    """Apply what is held although its case has come meanwhile by another way (API, another worker); how many cases."""
    found = rows.ask(
        "SELECT DISTINCT m.channel, m.ref, c.no FROM engine_intake_message m JOIN casework_case c "
        "ON c.source_channel = m.channel AND c.source_ref = m.ref WHERE m.state = 'held' LIMIT %s",
        [limit],
    )
    for channel, ref, no in found:
        if orders.lent([no]):
            continue
        with together():
            _held(channel, ref, no, now, policy)
    return len(found)


def _hotline(one: Message, mapping: IntakeMapping, no: str, now: datetime, policy: Policy) -> None:
    """12345工单流转: the transfer as the register keeps it, received under our own number."""
    asked = {
        "direction": "12345_to_110", "kind": "ticket", "will": "not_told", "asked_at": str(one.fields["received_at"]),
        "platform": mapping.label[:80], "case": no, "their_ticket": one.ref,
    }  # fmt: skip
    entry = act("hotline_transfer", "ask", asked, SYSTEM, now=now, policy=policy)
    for step, field in (("transfer", "transferred_at"), ("accept", "accepted_at")):
        fields = {field: now.isoformat(), "ticket": no}
        act("hotline_transfer", step, fields, SYSTEM, no=entry.no, now=now, policy=policy)
