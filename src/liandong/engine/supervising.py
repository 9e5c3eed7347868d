"""Supervision as one act: the case's command and the step of its numbered slip, in one transaction (R11, R65).

Pages give every supervision through here; where the other side owns the case, the slip waits for the receipt (060).
What was begun, answered or lifted by another door (API, simulation) is caught up with: ``follow`` moves slips after
their cases, and ``awaiting`` lists supervisions that have no slip yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from liandong.casework import commanding, rows, supervised
from liandong.casework.execute import Done, Refused, execute
from liandong.district import policy as district_policy
from liandong.registers import beside, queries
from liandong.registers.lock import together
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import Actor, Command, Refusal
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.supervision import RUNNING, SLIP, leader_missing

COMMANDS = ("supervise", "answer_supervision", "lift_supervision")
"""Commands of a case that have a slip beside them."""
_SYSTEM = Actor("system", "supervising")
_SHOWN = 1000
"""Slips one list looks through."""
_FOLLOWED = 200
"""Running slips looked after in one round."""


class Unslipped(NamedTuple):
    """A supervision without a slip: of an open case (``running``), or proposed by the rules for an ended one (R33)."""

    case: dict[str, Any]
    running: commanding.Supervision | None


def slip_of(viewer: Actor, case: str, *, policy: Policy | None = None) -> Entry | None:
    """The slip that is not lifted yet of a case, the latest; None where there is none for this viewer."""
    found = queries.find(viewer, SLIP.name, Asking(states=RUNNING, case=case), limit=1, policy=policy).items
    return found[0] if found else None


def supervise(
    case: str,
    fields: Mapping[str, Any],
    actor: Actor,
    *,
    words_of: str | None = None,
    copies: tuple[str, ...] = (),
    replacing: str = "",
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
) -> tuple[Done, Entry | None]:
    """Begin a supervision with its slip. ``fields`` are the command's: grade, requirement, reply_due.

    A running slip is not replaced unawares: without its number as ``replacing`` it is refused; with it, it is lifted
    first. No slip yet: the other side owns the case, and the slip is issued with the receipt (``Done.forwarded``).
    Raises Refused; then neither command nor slip stands.
    """
    if (missing := leader_missing(fields.get("grade"), words_of)) is not None:
        raise Refused(missing)
    given: dict[str, Any] = {"case": case}
    if words_of:
        given["words_of"] = words_of
    if copies:
        given["copies"] = list(copies)
    with together():
        again = bool(key) and rows.find_key(str(actor), f"{key}-supervise") is not None
        known = None if again else slip_of(_SYSTEM, case)
        commands, steps = [Command("supervise", case, dict(fields), version)], [beside.Step("issue", given)]
        if known is not None:
            if known.no != replacing:
                detail = (
                    f"该案件已有督办单 {known.no}，请在原单上退回补充；要改变等级的，请勾选“代替原督办单”"
                )
                raise Refused(Refusal("supervision_open", "R65", detail, "replacing"))
            reason = f"原督办单{known.no}由新的督办单代替"
            if _is_of_open_case(known):
                commands.insert(0, Command("lift_supervision", case, {"reason": reason}))
                commands[1] = commands[1]._replace(version=None)
            steps.insert(0, beside.Step("lift", {"lifted_for": reason}, known.no))
        done, entry = beside.do(
            SLIP.name, case, commands, steps, actor, key=key, now=now or datetime.now(UTC)
        )
        assert done is not None
        return done, entry


def answer(
    entry: Entry, text: str, actor: Actor, *, version: int | None = None, key: str = "", now: datetime | None = None
) -> Entry:  # fmt: skip
    """The unit's answer, on case and slip; the slip as it stands. Raises Refused."""
    order = Command("answer_supervision", entry.case, {"text": text})
    return _both(entry, [order], beside.Step("answer", {"answer": text}, entry.no, version), actor, key, now)


def return_for_more(
    entry: Entry, fields: Mapping[str, Any], actor: Actor, *, version: int | None = None, key: str = "",
    now: datetime | None = None,
) -> Entry:  # fmt: skip
    """The answer does not do: the same slip, a new limit, and the case's clock runs again. Raises Refused."""
    reason, due = str(fields.get("reason") or ""), fields.get("reply_due")
    orders = []
    if reason.strip() and due is not None:
        again = {"grade": entry.data["grade"], "requirement": reason, "reply_due": due}
        orders = [
            Command("lift_supervision", entry.case, {"reason": f"答复退回补充：{reason}"[:2000]}),
            Command("supervise", entry.case, again),
        ]
    step = beside.Step("return_for_more", dict(fields), entry.no, version)
    return _both(entry, orders, step, actor, key, now)


def lift(
    entry: Entry, reason: str, actor: Actor, *, version: int | None = None, key: str = "", now: datetime | None = None
) -> Entry:  # fmt: skip
    """Lift a supervision, on case and slip. Raises Refused."""
    given = bool(reason.strip())
    orders = [Command("lift_supervision", entry.case, {"reason": reason})] if given else []
    step = beside.Step("lift", {"lifted_for": reason} if given else {}, entry.no, version)
    return _both(entry, orders, step, actor, key, now)


def _both(
    entry: Entry, orders: list[Command], step: beside.Step, actor: Actor, key: str, now: datetime | None
) -> Entry:  # fmt: skip
    """The case's commands, where the case is open, and the step; the slip as it stands then."""
    with together():
        commands = orders if _is_of_open_case(entry) else []
        done = beside.do(
            SLIP.name, entry.case, commands, [step], actor, key=key, now=now or datetime.now(UTC)
        )
        return done[1] or entry


def take(
    register: str, step: str, fields: Mapping[str, Any], actor: Actor, *, no: str | None = None,
    version: int | None = None, key: str = "",
) -> Entry:  # fmt: skip
    """A step of a slip with the case's command beside it; the arguments are those of ``registers.store.act``."""
    entry = queries.get(actor, SLIP.name, no) if no else None
    if entry is not None and step == "answer" and str(fields.get("answer") or "").strip():
        return answer(entry, str(fields["answer"]), actor, version=version, key=key)
    if entry is not None and step == "return_for_more":
        return return_for_more(entry, fields, actor, version=version, key=key)
    if entry is not None and step == "lift":
        return lift(entry, str(fields.get("lifted_for") or ""), actor, version=version, key=key)
    return act(register, step, fields, actor, no=no, version=version, key=key)


def perform(order: Command, actor: Actor, *, key: str | None = None) -> Done:
    """A case's command given on a page; where it has a slip beside it, the slip's step in the same transaction.

    Any other command is simply executed. Raises Refused.
    """
    if order.name not in COMMANDS or order.case is None:
        return execute(order, actor, key=key)
    with together():
        if order.name == "supervise":
            return supervise(order.case, order.fields, actor, version=order.version, key=key or "")[0]
        done = execute(order, actor, key=key)
        slip = None if done.existing else slip_of(_SYSTEM, order.case)
        if slip is None or not slip.data.get("n"):
            return done
        text = str(order.fields.get("text" if order.name == "answer_supervision" else "reason") or "")
        step = beside.Step("answer", {"answer": text}, slip.no)
        if order.name == "lift_supervision":
            step = beside.Step("lift", {"lifted_for": text}, slip.no)
        elif slip.state not in ("issued", "returned"):
            return done
        if done.forwarded:
            beside.keep(done.forwarded, SLIP.name, order.case, [step], actor, key or "")
        else:
            act(SLIP.name, step.name, step.fields, actor, no=slip.no)
        return done


def _is_of_open_case(entry: Entry) -> bool:
    """Whether the slip's supervision lies over an open case (the slip of an ended one stands alone)."""
    policy = district_policy.current()
    found = supervised.of_case(entry.case, policy, datetime.now(UTC))
    last = found.last if found else None
    return bool(found and found.is_open and last and entry.data.get("n") == last.n and last.lifted_at is None)


# -- catching up with other doors ---------------------------------------------------------------------------------


def running_slips(viewer: Actor, *, policy: Policy | None = None) -> dict[str, Entry]:
    """The slips that are not lifted yet, by their cases."""
    asking = Asking(states=RUNNING)
    found = queries.find(viewer, SLIP.name, asking, limit=_SHOWN, policy=policy).items
    return {entry.case: entry for entry in reversed(found)}


def awaiting(
    viewer: Actor,
    running: Sequence[commanding.Supervision],
    slips: Mapping[str, Entry],
    *,
    policy: Policy,
    now: datetime,
) -> list[Unslipped]:
    """Supervisions without a slip (待开督办单): of those ``running`` the ones begun by another door, and those that the
    rules propose after two reworks."""
    soon = beside.under_way(SLIP.name)  # their slips come with the receipt
    made = [Unslipped(one.case, one) for one in running if one.case["no"] not in {*slips, *soon}]
    proposed = supervised.proposed(viewer, policy=policy, now=now)
    if proposed:
        since = now - timedelta(days=supervised.PROPOSED_DAYS)
        found = queries.find(viewer, SLIP.name, Asking(since=since), limit=_SHOWN, policy=policy).items
        latest = {entry.case: entry.opened_at for entry in reversed(found)}
        made += [
            Unslipped(case, None)
            for case in proposed
            if case["no"] not in latest or latest[case["no"]] < datetime.fromisoformat(str(case["closed_at"]))
        ]
    return made


def follow(now: datetime | None = None) -> int:
    """Move running slips after cases that were answered or lifted elsewhere, or ended; how many moved."""
    moment, policy = now or datetime.now(UTC), district_policy.current(now)
    moved = 0
    page = queries.find(_SYSTEM, SLIP.name, Asking(states=RUNNING), limit=_FOLLOWED, policy=policy)
    standing = supervised.standings(sorted({entry.case for entry in page.items}))
    soon = beside.under_way(SLIP.name)  # what moved there is told by who ordered it
    for entry in page.items:
        if entry.case not in standing or entry.case in soon or not entry.data.get("n"):
            continue
        is_open, last = standing[entry.case]
        over = last["n"] != entry.data["n"] or last["lifted_at"] is not None
        if is_open and over:
            fields = {"lifted_for": "案件上的督办已在其他端口解除，或由新的督办代替"}
            act(SLIP.name, "lift", fields, _SYSTEM, no=entry.no, now=moment)
            moved += 1
        elif not over and last["answered_at"] is not None and entry.state in ("issued", "returned"):
            told = supervised.of_case(entry.case, policy, moment)
            text = (told.last.answer if told and told.last else "") or "（答复见案件）"
            act(SLIP.name, "answer", {"answer": text}, _SYSTEM, no=entry.no, now=moment)
            moved += 1
    return moved
