"""A call carried out: registered and, in the same transaction, brought to where it belongs.

What a caller said stands even where the next step is refused: the case is then registered, waits at the desk with its
clock running, and the form goes on as the form of that case (I6, R7). A page repeated with its one-time key does
nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from liandong.casework import queries
from liandong.casework.execute import Done, NoSuchCase, Refused, batch, execute
from liandong.engine import routing
from liandong.rules.model import Actor, Command, Refusal
from liandong.screens.common import labels, suggesting
from liandong.screens.common.forms import Raw, fields_of
from liandong.screens.common.send import SCREENED, complete
from liandong.screens.common.whole import version_of

from . import taken

RECORDED_IN = "zh-hans"
OUTCOMES = ("register", "dispatch", "to_police", "answer", "merge", "note")


class Step(NamedTuple):
    """One command of a call."""

    command: str
    fields: dict[str, Any]
    case: str | None = None


@dataclass(slots=True)
class Carried:
    """How it went: what was done, on which case, and the refusal that stopped it (nothing before it is undone).

    ``sent``: what of it the other side does, later (docs/decisions/060)."""

    outcome: str
    no: str | None = None
    target: str | None = None
    done: list[str] = field(default_factory=list)
    known: bool = False
    sent: list[str] = field(default_factory=list)
    refused: str = ""
    refusal: Refusal | None = None


def carry_out(typed: Raw, case: Mapping[str, Any] | None, actor: Actor, key: str) -> Carried:
    """Everything one press of a key asks for. ``case``: the waiting case the form is about; None for a new call.

    ``outcome`` in ``typed``: register, dispatch, to_police, answer, merge:NO or note:NO; an unknown one registers.
    """
    outcome, _colon, target = typed.get("outcome", "").partition(":")
    if outcome not in OUTCOMES:
        outcome = "register"
    carried = Carried(outcome, case["no"] if case else None, target or None)
    if outcome == "note":
        unfit = _not_there(carried.target or "", actor) or _no_note(typed)
        if unfit is not None:
            carried.refused, carried.refusal = "note", unfit
            return carried
    seen = version_of(typed.get("version"))
    with translation.override(RECORDED_IN):  # what is kept reads the same whatever language the page is in
        steps = _steps(outcome, carried.target, typed, case, key)
        steps = [step._replace(fields=queries.seen_only(step.command, step.fields, actor)) for step in steps]
    # A merge locks another case after the log's end, so it gets a transaction of its own: nobody waits in a ring.
    with nullcontext() if outcome == "merge" else batch():
        for step in steps:
            order = Command(
                step.command,
                step.case or carried.no,
                step.fields,
                None if carried.done else seen,
                routing.screen(step.fields) if step.command in SCREENED else None,
            )
            try:
                done = execute(order, actor, key=_key(key, step.command))
            except Refused as refused:
                carried.refused, carried.refusal = step.command, refused.refusal
                break
            _note_done(carried, step, done)
    return carried


def _note_done(carried: Carried, step: Step, done: Done) -> None:
    carried.done.append(step.command)
    if done.forwarded:
        carried.sent.append("note" if step.command == "register" else step.command)  # known: its new text
    carried.no = carried.no or done.no
    if step.command == "register":
        carried.known = done.existing and not done.created


def _key(key: str, command: str) -> str:
    """The one-time key of one command of a form; the registration's is the form's own."""
    return f"page-{key}" if command == "register" else f"page-{key}-{command}"


def _steps(
    outcome: str, target: str | None, typed: Raw, case: Mapping[str, Any] | None, key: str
) -> list[Step]:
    steps: list[Step] = []
    if outcome == "note":
        return [Step("note", {"text": _as_note(typed)}, target or "")]
    if case is None:
        values = fields_of("register", typed)
        complete(values, key)
        steps.append(Step("register", values))
    else:
        reason = (typed.get("reason") or "").strip() or _("接警员与来电人核对")
        changed, safety = taken.amended(case, typed), taken.answered(case, typed)
        if changed:
            steps.append(Step("amend", {**changed, "reason": reason}))
        if safety:
            steps.append(Step("set_safety", {"safety": safety, "reason": reason}))
    if outcome in ("dispatch", "answer"):
        steps.append(Step(outcome, fields_of(outcome, typed)))
    elif outcome == "to_police":
        steps.append(Step("to_police", _to_police(typed)))
    elif outcome == "merge":
        reason = (typed.get("reason") or "").strip() or _("两通来电反映同一件事")
        steps.append(Step("merge", {"target": target or "", "reason": reason}))
    return steps


def _words(typed: Raw) -> str:
    return "\n".join(filter(None, ((typed.get(name) or "").strip() for name in ("summary", "content"))))


def _to_police(typed: Raw) -> dict[str, Any]:
    """Police first, the units somebody chose told in the same transaction (R41)."""
    units = [typed.get("lead_unit") or "", *typed.getlist("assist_units")]
    joint = list(dict.fromkeys(unit for unit in units if unit and unit != suggesting.POLICE))
    fields: dict[str, Any] = {"reason": (typed.get("police_reason") or "").strip() or _danger_in_words(typed)}
    return fields | ({"joint_units": joint} if joint else {})


def _danger_in_words(typed: Raw) -> str:
    """Why the police go first: what the caller answered and what the machine doubts."""
    answers = "、".join(
        f"{labels.label(labels.DANGERS, part)} {labels.label(labels.YES_NO_UNKNOWN, typed.get(part))}"
        for part in taken.PARTS
        if typed.get(part)
    )
    signs = "；".join(suggesting.signs(_words(typed)))
    said = _("安全三问：{answers}").format(answers=answers) if answers else ""
    return "。".join(filter(None, (said, _("机器提示：{signs}").format(signs=signs) if signs else ""))) or _(
        "接警员判断须由公安机关处置"
    )


def _not_there(no: str, actor: Actor) -> Refusal | None:
    """A case that this person may not see (R19) is answered like one that does not exist (CONTRACT §1)."""
    return None if queries.is_visible(no, actor) else NoSuchCase(no).refusal


def _no_note(typed: Raw) -> Refusal | None:
    """R1, EB-R1: words with danger in them are no mere addition to a case; they pass the three questions."""
    if not _words(typed):
        return Refusal("missing_field", "R32", _("请先记下来电人的话"), "content")
    screen = routing.screen({"content": _words(typed)})
    if not any(typed.get(part) in ("yes", "unknown") for part in taken.PARTS) and not (
        screen and screen.flag
    ):
        return None
    return Refusal(
        "safety_not_clear",
        "I8",
        _("来电人的话里有危险信号，不能只作补充记录：请转警务，或登记后再处理"),
        "safety",
    )


def _as_note(typed: Raw) -> str:
    """The caller's words as an addition to a known case: who said it, where, what.

    The name is announced by a word, so that it is known for one and masked for whoever sees no persons.
    """
    who = " ".join(filter(None, ((typed.get(f"caller-{key}") or "").strip() for key in ("name", "phone"))))
    who = _("来电人：{who}").format(who=who) if who else ""
    where = (typed.get("place-text") or "").strip()
    head = "，".join(filter(None, (who, where)))
    return _("来电补充（{head}）：{words}").format(head=head or _("未留姓名"), words=_words(typed))
