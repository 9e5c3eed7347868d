"""Decide a step of a register: field, role, entry, version, state, own request, rule — the first that fails refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ..checks import owned_by
from ..fields import Bad
from ..model import Actor, Refusal
from .model import Change, Draft, Entry, Facts, Register, Step, after


def decide(
    register: Register,
    entry: Entry | None,
    step: Step,
    given: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    facts: Facts,
    *,
    no: str = "",
    version: int | None = None,
) -> Change | Refusal:
    """The change a step makes, or why not. ``no`` is the number an opened entry gets; ``version`` is what its author saw."""
    fields = read(step, given, facts.policy.zone)
    if isinstance(fields, Refusal):
        return fields
    refusal = may(register, entry, step, actor, now, facts, version)
    if refusal is not None:
        return refusal
    draft = Draft(entry, fields, actor, now, facts)
    for check in step.checks:
        refusal = check(draft)
        if refusal is not None:
            return refusal
    if step.becomes is not None:
        draft.state = step.becomes
    if step.effect is not None:
        step.effect(draft)
    if draft.state not in register.states:
        raise ValueError(f"{register.name}.{step.name}: no state {draft.state!r}")
    return Change(step, after(draft, register, step, no), fields, tuple(draft.notices))


def read(step: Step, given: Mapping[str, Any], zone: tzinfo) -> dict[str, Any] | Refusal:
    """The fields as values, or R32: missing first, then unknown, then bad. Null counts as left out where it may be."""
    for field in step.fields:
        if field.required and given.get(field.name) is None:
            return Refusal("missing_field", "R32", f"缺少{field.label}，请补填后再提交", field.name)
    values: dict[str, Any] = {}
    for name, value in given.items():
        known = step.known.get(name)
        if known is None:
            shown = str(name)[:40]
            return Refusal("unknown_field", "R32", f"{step.label}没有 {shown} 这一项，请删除后再提交", shown)
        if value is None:
            continue
        try:
            values[name] = known.check(value, zone)
        except Bad as bad:
            return Refusal("bad_value", "R32", f"{known.label}{bad}", name)
    return values


def may(
    register: Register,
    entry: Entry | None,
    step: Step,
    actor: Actor,
    now: datetime,
    facts: Facts,
    version: int | None = None,
) -> Refusal | None:
    """What can be said before looking at the fields: role, relation, version, state, own request (I7)."""
    if actor.role not in step.who and not (actor.role == "desk_lead" and "desk" in step.who):
        return Refusal("wrong_role", "R12", f"{step.label}不在您的权限之内，请交由有权的岗位办理")
    if step.opens:
        return None
    if entry is None:
        return Refusal("not_found", "R33", f"{register.label}没有这一条，请核对编号")
    if actor.role == "unit" and not _related(entry, step, actor, now, facts):
        return Refusal("not_your_entry", "R33", "这一条不由本单位办理；有情况请与区政府值班室联系")
    if version is not None and version != entry.version:
        return Refusal("stale_version", "I6", "这一条刚被他人更新，请刷新后核对再提交")
    if entry.state not in step.frm:
        names = "、".join(register.states[state] for state in step.frm)
        here = register.states[entry.state]
        return Refusal("wrong_state", "I5", f"现为{here}，不能{step.label}；此操作用于：{names}")
    if any(entry.by.get(other) == str(actor) for other in step.others):
        return Refusal("own_request", "I7", f"{step.label}须由另一人办理，不能审批自己提出的事项")
    return None


def _related(entry: Entry, step: Step, actor: Actor, now: datetime, facts: Facts) -> bool:
    mine = owned_by(facts.policy, actor.unit, now)
    if step.relation == "own":
        return entry.unit in mine
    if step.relation == "party":
        return entry.unit in mine or not mine.isdisjoint(entry.owed)
    if step.relation.startswith("unit:"):
        return step.relation.removeprefix("unit:") in mine
    return True


def options(
    register: Register, entry: Entry | None, actor: Actor, now: datetime, facts: Facts
) -> list[tuple[Step, Refusal | None]]:
    """The steps that this actor's role may do here, each with what keeps it from being done now."""
    found = []
    for step in register.steps:
        if step.opens is not (entry is None) or step.who == ("system",):
            continue
        refusal = may(register, entry, step, actor, now, facts)
        if refusal is None or refusal.code != "wrong_role":
            found.append((step, refusal))
    return found
