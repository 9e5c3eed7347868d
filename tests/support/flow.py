"""Cases driven through ``execute`` for tests and measurements: one life from registration to closing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from liandong.casework.execute import Done, execute
from liandong.rules.model import SYSTEM, Actor, Command
from liandong.rules.policy import Policy

DESK = Actor("desk", "li")
LEAD = Actor("desk_lead", "wang")
DUTY = Actor("duty_office", "zhao")
INSPECTOR = Actor("inspector", "qian")
INSPECTORATE = Actor("police_inspectorate", "sun")
AUDITOR = Actor("auditor", "zhou")
SYSADMIN = Actor("sysadmin", "wu")
CG = Actor("unit", "zhang", "CG")
HB = Actor("unit", "chen", "HB")
GA = Actor("unit", "he", "GA")
PHONE = "13812341234"


def intake(now: datetime, ref: str, **more: Any) -> dict[str, Any]:
    """The fields of an ordinary registration: a named caller, three times no."""
    return {
        "kind": "help",
        "summary": "路灯不亮，请联系 13812341234",
        "content": "古南街道某处路灯坏了三天",
        "safety": {"life": "no", "property": "no", "public": "no"},
        "received_at": (now - timedelta(seconds=60)).isoformat(),
        "source": {"channel": "110", "ref": ref},
        "place": {"text": "中山路 1 号门口", "township": "古南街道"},
        "caller": {"name": "张三", "phone": PHONE},
        **more,
    }


def do(
    name: str,
    no: str | None,
    actor: Actor,
    now: datetime,
    policy: Policy,
    key: str | None = None,
    **fields: Any,
) -> Done:
    """One command."""
    return execute(Command(name, no, fields), actor, now=now, policy=policy, key=key)


def register(now: datetime, policy: Policy, ref: str, actor: Actor = DESK, **more: Any) -> str:
    """A registered case; its number."""
    return execute(Command("register", None, intake(now, ref, **more)), actor, now=now, policy=policy).no


def dispatch(
    no: str, now: datetime, policy: Policy, unit: str = "CG", matter: str = "CG-02", **more: Any
) -> Done:
    """Sent to its unit."""
    fields = {"lead_unit": unit, "class": "general", "matter": matter, "basis": "职责目录", **more}
    return do("dispatch", no, DESK, now, policy, **fields)


def life(now: datetime, policy: Policy, ref: str) -> str:
    """A whole life: register, dispatch, sign, contact, feedback, accept, call back; closed."""
    no = register(now, policy, ref)
    step = timedelta(minutes=1)
    dispatch(no, now + step, policy)
    do("sign", no, CG, now + 2 * step, policy, receiver="张工")
    do(
        "contact",
        no,
        CG,
        now + 3 * step,
        policy,
        at=(now + 3 * step).isoformat(),
        method="电话",
        note="已告知",
    )
    do(
        "feedback", no, CG, now + 4 * step, policy, result="resolved", text="已修好", contacted_caller=True,
        contacted_at=(now + 4 * step).isoformat(),
    )  # fmt: skip
    do("accept_feedback", no, DESK, now + 5 * step, policy)
    do("call_back", no, DESK, now + 6 * step, policy, reached=True, satisfaction="satisfied", solved="yes")
    return no


def run_clock(no: str, now: datetime, policy: Policy) -> Done:
    """Let the clock look at one case."""
    return execute(Command("run_clock", no, {}), SYSTEM, now=now, policy=policy)
