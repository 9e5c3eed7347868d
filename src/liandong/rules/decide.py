"""Decide: what a command would do, or why it may not (CONTRACT §3). Pure: no clock, no database, no setting but policy.

The first failing check refuses, in this order: field, role, case, version, state, rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from . import clocks as timing
from . import effects
from .change import Change
from .checks import AT_THE_DOOR, CHECKS, ORDER, Check, owned_by
from .clockwork import RECOMPUTE, RUN_CLOCK, SYSTEM_COMMANDS, recompute, run_clock
from .codes import POLICE_UNIT, TERMINAL
from .codes import STATE_NAMES as STATE_LABELS
from .fields import Bad
from .model import Actor, Command, Event, Refusal, State
from .policy import Policy
from .table import COMMANDS, LATER_AMENDMENTS, LEVEL_COMMANDS, Move, Row


def decide(
    states: Mapping[str, State], command: Command, actor: Actor, now: datetime, policy: Policy
) -> list[Event] | Refusal:
    """Answer a command with the events it causes (the addressed case's first) or with a refusal.

    ``states`` holds the case by its number and those that the fields name (merge target). ``now`` is aware; the answer
    speaks the district's zone. Raises KeyError for an unknown command and for a case that is not in ``states``: doors
    answer those themselves.
    """
    if now.tzinfo is not policy.zone:
        now = now.astimezone(policy.zone)
    if command.name in SYSTEM_COMMANDS:
        return _by_the_clock(states, command, actor, now, policy)
    row = COMMANDS[command.name]
    values = read_fields(row, command.fields, policy)
    if isinstance(values, Refusal):
        return values
    if row.name == "register":
        new = command.new[0]
        state = effects.empty_case(new.no, new.tracking_code)
    else:
        state = states[command.case or ""]
    change = Change(states, state, command, values, actor, now, policy)
    refusal = (
        _refused_by(change, row, door=True)
        or may(row, state, actor, now, policy, command.version, change)
        or _refused_by(change, row, door=False)
    )
    if refusal is not None:
        return refusal
    return _apply(change, row)


def _by_the_clock(
    states: Mapping[str, State], command: Command, actor: Actor, now: datetime, policy: Policy
) -> list[Event] | Refusal:
    if actor.role != "system":
        return Refusal("wrong_role", "R12", "此操作只由系统时钟执行")
    change = Change(states, states[command.case or ""], command, {}, actor, now, policy)
    if command.name == RUN_CLOCK:
        changed = run_clock(change, bool(command.fields.get("through_now")))
    else:
        changed = recompute(change)
    if not changed:
        return []
    return [change.event(bumps="state" in change.set or command.name == RECOMPUTE)]


def read_fields(row: Row, given: Mapping[str, Any], policy: Policy) -> dict[str, Any] | Refusal:
    """The fields as values, or R32: missing first, then unknown, then bad."""
    for field in row.fields:
        if field.required and field.name not in given:
            label = f"{field.label}（{field.name}）"
            return Refusal("missing_field", "R32", f"缺少{label}，请补填后再提交", field.name)
    known = row.known
    for name in given:
        if name not in known:
            shown = str(name)[:40]
            return Refusal("unknown_field", "R32", f"{row.label}没有 {shown} 这一项，请删除后再提交", shown)
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = known[name]
        try:
            values[name] = field.check(value, policy.zone)
        except Bad as bad:
            return Refusal("bad_value", "R32", f"{field.label}（{name}）{bad}", name)
    return values


def may(
    row: Row,
    state: State,
    actor: Actor,
    now: datetime,
    policy: Policy,
    version: int | None = None,
    change: Change | None = None,
) -> Refusal | None:
    """Role, case, version and state: what can be said before looking at the fields."""
    return (
        _role(row, state, actor)
        or _case(row, state, actor, now, policy)
        or _version(row, state, version)
        or _state(row, state, change)
    )


def _is_one_of(actor: Actor, roles: tuple[str, ...]) -> bool:
    return actor.role in roles or (actor.role == "desk_lead" and "desk" in roles)


def _role(row: Row, state: State, actor: Actor) -> Refusal | None:
    allowed = _is_one_of(actor, row.who)
    if actor.role == "integration" and allowed:
        allowed = row.scope in actor.scopes
    if row.name == "decide_extension" and allowed and state["_extensions"] > 0:
        allowed = actor.role == "duty_office"
    elif row.name == "decide_extension" and allowed:
        allowed = actor.role != "duty_office"
    if allowed or _is_one_of(actor, row.soft):
        return None
    return Refusal("wrong_role", "R12", f"{row.label}不在您的权限之内，请交由有权的岗位办理")


def _case(row: Row, state: State, actor: Actor, now: datetime, policy: Policy) -> Refusal | None:
    if actor.role != "unit":
        return None
    mine = owned_by(policy, actor.unit, now)
    if row.relation == "lead":
        found = state["lead_unit"] in mine
    elif row.relation == "assist":
        found = not mine.isdisjoint(state["assist_units"])
    else:
        found = not mine.isdisjoint(state["_parties"])
        found = found or (POLICE_UNIT in mine and state["holder"]["type"] == "police")
    if found:
        return None
    return Refusal("not_your_case", "R33", "此件不由本单位承办，不能操作；有情况请告知110报警服务台")


def _version(row: Row, state: State, version: int | None) -> Refusal | None:
    if version is None or not row.bumps or row.name == "register" or version == state["version"]:
        return None
    return Refusal("stale_version", "I6", "此件刚被他人更新，请刷新后核对再提交")


def _state(row: Row, state: State, change: Change | None) -> Refusal | None:
    current = state["state"]
    if current is None or current in row.frm:
        wrong = row.name in LEVEL_COMMANDS and not timing.is_larger(state["level"])
        if (
            not wrong
            and row.name == "amend"
            and change is not None
            and current not in ("registered", "return_review")
        ):
            wrong = not set(change.f) <= set(LATER_AMENDMENTS)
        if not wrong:
            return None
        if row.name == "amend":
            return Refusal("wrong_state", "I5", "派发以后只能更正来电人和地点，其他情况请用备注（note）说明")
        return Refusal("wrong_state", "I5", "较大以上事件才有这一步，请先定级（set_level）")
    if current in row.extra_from and (
        change is None or (row.extra_when is not None and row.extra_when(change))
    ):
        return None
    if current in TERMINAL:
        return Refusal("terminal", "I9", "此件已终结，只能备注（note）；新情况请另行登记")
    names = "、".join(STATE_LABELS[s] for s in row.frm) or "登记之前"
    return Refusal("wrong_state", "I5", f"现为{STATE_LABELS[current]}，不能{row.label}；此操作用于：{names}")


def _refused_by(change: Change, row: Row, door: bool) -> Refusal | None:
    for check in _in_order(row.checks, door):
        refusal = check(change)
        if refusal is not None:
            return refusal
    return None


@lru_cache(maxsize=512)
def _in_order(names: tuple[str, ...], door: bool) -> tuple[Check, ...]:
    """A row's checks in the contract's order: those of the fields alone (``door``), or the others."""
    return tuple(CHECKS[n] for n in sorted(names, key=ORDER.__getitem__) if (n in AT_THE_DOOR) is door)


def _apply(change: Change, row: Row) -> list[Event]:
    """Effect, clock moves, new state: one event for the case and those of the cases it touches."""
    public: dict[str, Any] = {}
    for name, value in change.f.items():
        field = row.known[name]
        if field.keep == "public":
            public[name] = value
        elif field.keep in ("text", "personal") and value is not None:
            change.tell(field.keep, name, value)
    steps = (_effect, _moves) if row.becomes is not None else (_moves, _effect)
    for step in steps:  # an effect that chooses the next state itself comes after the moves
        step(change, row)
    if row.becomes is not None:
        change.become(row.becomes)
    return [change.event(bumps=row.bumps, public=public), *change.more]


def _effect(change: Change, row: Row) -> None:
    if row.effect is not None:
        row.effect(change)


def _moves(change: Change, row: Row) -> None:
    for move in row.moves:
        move_clock(change, move)


_OWNER = {"triage": "desk", "ruling": "duty_office", "review": "desk"}


def move_clock(c: Change, move: Move) -> None:
    """Carry out one clock move of the table."""
    op, kind = move
    if op == "P":
        c.pause(kind)
    elif op == "R":
        c.resume(kind, c.state["lead_unit"])
    elif op == "S":
        _start(c, kind)
    elif kind == "old_lead":
        effects.stop_old_lead(c)
    elif kind == "own_assist":
        for unit in owned_by(c.policy, c.actor.unit, c.now):
            c.stop("assist", unit=unit)
    elif kind == "contact_if_made":
        effects.stop_contact_if_made(c)
    elif kind == "police_ack":
        c.stop("ack", unit="police")
    else:
        c.stop(kind, "superseded" if op == "XS" else None)


def _start(c: Change, kind: str) -> None:
    if kind == "handling_clocks":
        effects.start_handling_clocks(c)
    elif kind == "assists":
        effects.start_assists(c)
    elif kind == "sign":
        effects.sign_clock(c)
    elif kind == "return_window":
        c.start(kind, c.get("lead_unit"))
    else:
        c.start(kind, _OWNER[kind])


def cases_opened(command: Command) -> int:
    """How many new numbers a command may need at most."""
    if command.name in ("register", "police_done", "reopen"):
        return 1
    if command.name == "split":
        given = command.fields.get("parts")
        return len(given) if isinstance(given, list) else 0
    return 0


def cases_named(command: Command) -> list[str]:
    """The numbers of the other cases that a command names."""
    target = command.fields.get("target") if command.name == "merge" else None
    return [target] if isinstance(target, str) and target != command.case else []


FIELD_FREE = frozenset(
    (
        "safety", "after_ruling", "window", "returned_before", "only_desk_disputes", "only_duty_office_rules",
        "before_due", "none_pending", "extension_pending", "suspension_pending", "supervision_open", "report_owed",
        "assist_open", "own_request", "rework_window", "rework_count", "before_ruling", "released", "reports_done",
        "not_handling_unit",
    )
)  # fmt: skip
"""Rules that look at the case and the actor alone: they can be told before any field is given."""


def _foreseen(row: Row, state: State, actor: Actor, now: datetime, policy: Policy) -> Refusal | None:
    """A refusal that no field could avert; ``call_back`` waits for its fields, as they decide whether it closes."""
    change = Change({state["no"]: state}, state, Command(row.name, state["no"], {}), {}, actor, now, policy)
    for name in sorted(FIELD_FREE.intersection(row.checks), key=ORDER.__getitem__):
        if row.name == "call_back" and name in ("released", "reports_done"):
            continue
        refusal = CHECKS[name](change)
        if refusal is not None:
            return refusal
    return None


def options(state: State, actor: Actor, now: datetime, policy: Policy) -> list[tuple[str, Refusal | None]]:
    """What this actor may do with the case now, and why the rest may not (fields are judged when they are given)."""
    answer: list[tuple[str, Refusal | None]] = []
    for row in COMMANDS.values():
        if row.name == "register" or row.who == ("system",) or row.name == "confirm":
            continue
        refusal = may(row, state, actor, now, policy) or _foreseen(row, state, actor, now, policy)
        answer.append((row.name, refusal))
    return answer
