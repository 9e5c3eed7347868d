"""Ways into every state, as short as the contract allows, for tests that need a case standing there."""

from __future__ import annotations

from typing import Any

from liandong.rules.model import Refusal
from liandong.rules.policy import Policy

from .contract import LINES
from .world import World


def ok(answer: Refusal | None) -> None:
    """The command was taken."""
    assert answer is None, answer


def refused(answer: Refusal | None, code: str, rule: str | None = None) -> None:
    """The command was refused with that code (and rule), and says in Chinese what to do."""
    assert answer is not None, f"taken, should be refused with {code}"
    assert answer.code == code, answer
    if rule is not None:
        assert answer.rule == rule, answer
    assert any("\u4e00" <= char <= "\u9fff" for char in answer.detail), answer


def give(
    world: World, name: str, who: str, when: str | None = None, label: str = "A", **more: Any
) -> Refusal | None:
    """A command with the contract's example fields, some replaced."""
    fields = {**LINES[name].required, **more}
    if name == "amend" and not set(fields) - {"reason"}:
        fields["summary"] = "改过的摘要"  # an amendment names what it changes
    return world.do(when, who, label, name, **fields)


def extend(
    world: World, when: str, promised: str = "2018-06-20", label: str = "A", unit: str = "CG", **more: Any
) -> Refusal | None:
    """The unit asks for longer, the caller told at the instant of asking."""
    world.tick(when)
    fields = {
        "reason": "难办",
        "told_caller_at": world.now.isoformat(),
        "told_by": "王",
        "promised_at": promised,
    }
    return world.do(None, f"unit:{unit}", label, "request_extension", **{**fields, **more})


def reach(state: str, rules: Policy | None = None, **fields: Any) -> World:
    """Case A in that state, lead CG where a unit ever had it; "B" is another registered case to merge into."""
    w = World(rules)
    ok(w.register("06-01 09:00", "B"))
    ok(w.register("06-01 09:00", "A", **fields))
    if state == "registered":
        return w
    if state == "answered":
        ok(give(w, "answer", "desk:li"))
        return w
    if state == "voided":
        ok(w.do(None, "desk_lead:sun", "A", "void", reason="误登", second="desk:li"))
        return w
    if state == "withdrawn":
        ok(give(w, "withdraw", "desk:li"))
        return w
    if state == "merged":
        ok(give(w, "merge", "desk:li"))
        return w
    ok(w.dispatch("06-01 09:03"))
    if state == "dispatched":
        return w
    if state == "return_review":
        ok(w.give_back("06-01 09:05"))
        return w
    if state == "disputed":
        ok(give(w, "raise_dispute", "desk:li", "06-01 09:05"))
        return w
    if state == "police":
        ok(give(w, "to_police", "desk:li", "06-01 09:05"))
        return w
    ok(w.do("06-01 09:10", "unit:CG:wang", "A", "sign", receiver="王"))
    if state == "handling":
        return w
    if state == "suspended":
        ok(give(w, "request_suspension", "unit:CG", "06-01 10:00"))
        ok(give(w, "decide_suspension", "duty_office:zhao"))
        return w
    ok(w.feedback("06-01 11:00"))
    if state == "feedback_review":
        return w
    ok(give(w, "accept_feedback", "desk:li", "06-01 11:10"))
    if state == "callback":
        return w
    ok(give(w, "call_back", "desk:li", "06-01 11:20"))
    if state == "closed":
        return w
    assert state == "archived"
    w.tick("06-21 00:00")
    return w
