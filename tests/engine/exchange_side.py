"""Run as a program on a store of its own: one side of two networks, told what to do line by line (JSON), answering so."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from liandong.casework import commanding, orders, rows  # noqa: E402
from liandong.casework.check import check  # noqa: E402
from liandong.casework.execute import Refused, execute  # noqa: E402
from liandong.casework.jsontext import canonical  # noqa: E402
from liandong.casework.reading import whole_cases  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.district import policy as district_policy  # noqa: E402
from liandong.district.accounts import Account  # noqa: E402
from liandong.district.intake import OWN  # noqa: E402
from liandong.engine import (  # noqa: E402
    attachments,
    consulting,
    incident_reports,
    joint,
    paper_slips,
    phoning,
    supervising,
)
from liandong.engine.clock import run_due  # noqa: E402
from liandong.engine.deliveries import notify_due  # noqa: E402
from liandong.engine.exchange import identity, incoming, outgoing, running, standing  # noqa: E402
from liandong.engine.intake import apply  # noqa: E402
from liandong.engine.intake.message import Message  # noqa: E402
from liandong.engine.models import ExchangeQuarantine, ExchangeReceived, ExchangeSent, Notification  # noqa: E402
from liandong.engine.taking import taking  # noqa: E402
from liandong.registers import check as registers_check  # noqa: E402
from liandong.registers import queries as registers  # noqa: E402
from liandong.registers.store import act  # noqa: E402
from liandong.rules.model import SYSTEM, Actor, Command  # noqa: E402
from support.policy import PACK  # noqa: E402

DUTY = Actor("duty_office", "zhao")
ROOMS = {"supervising": supervising, "joint": joint, "reports": incident_reports, "paper": paper_slips}
SCOPES = frozenset({"register", "append", "cancel", "police_done"})


def _actor(label: str) -> Actor:
    role, _, rest = label.partition(":")
    if role == "unit":
        code, _, name = rest.partition(":")
        return Actor("unit", name or "zhang", code)
    return Actor(role, rest or "li", None, SCOPES if role == "integration" else frozenset())


def _at(said: dict[str, Any]) -> datetime | None:
    if "at" not in said:
        return None
    return datetime.fromisoformat(said["at"]).replace(tzinfo=district_policy.current().zone)


def load(said: dict[str, Any]) -> Any:
    packs.load(PACK)
    identity.prepare(said["name"])
    return identity.card().text()


def peer(said: dict[str, Any]) -> Any:
    identity.add_peer(identity.Card.read(said["card"]), "test")
    return None


def do(said: dict[str, Any]) -> Any:
    command = Command(said["command"], said.get("no"), said.get("fields", {}), said.get("version"))
    try:
        done = execute(command, _actor(said["by"]), now=_at(said), key=said.get("key"))
    except Refused as refused:
        return {"code": refused.refusal.code, "detail": refused.refusal.detail}
    return {"no": done.no, "forwarded": done.forwarded, "existing": done.existing}


def exchange(said: dict[str, Any]) -> Any:
    if said.get("again"):
        outgoing.export(again=True)
    return running.once(_at(said))


def take_in(said: dict[str, Any]) -> Any:
    return incoming.take_in()._asdict()


def export(said: dict[str, Any]) -> Any:
    return outgoing.export(again=bool(said.get("again")))._asdict()


def clock(said: dict[str, Any]) -> Any:
    done = 0
    while worked := run_due(now=_at(said)):
        done += worked
    return done


def deliver(said: dict[str, Any]) -> Any:
    return notify_due(now=_at(said), limit=10_000)


def attach(said: dict[str, Any]) -> Any:
    return attachments.store(said["no"], said["text"].encode(), "说明.txt", _actor(said["by"])).id


def attached(said: dict[str, Any]) -> Any:
    found = attachments.find(said["id"])
    return attachments.read(found).decode() if found else None


def dump(said: dict[str, Any]) -> Any:
    """Every case: state, version, head, the whole view with persons and texts."""
    heads = {no: (head, seq) for no, head, seq in rows.ask("SELECT no, head, seq FROM casework_case")}
    found = whole_cases(list(heads))
    return {
        no: {
            "state": state["state"], "version": state["version"], "head": heads[no][0], "seq": heads[no][1],
            "view": hashlib.sha256(canonical(view).encode()).hexdigest(), "summary": view["summary"],
            "first": state["first_unit"], "phone": (view.get("caller") or {}).get("phone"),
        }
        for no, (state, view) in sorted(found.items())
    }  # fmt: skip


def view(said: dict[str, Any]) -> Any:
    return whole_cases([said["no"]])[said["no"]][1]


def checked(said: dict[str, Any]) -> Any:
    return [f"{one.kind} {one.case} {one.detail}" for one in check()]


def notices(said: dict[str, Any]) -> Any:
    return sorted([one.case_no, one.recipient, one.kind, one.at_ms] for one in Notification.objects.all())


def owed(said: dict[str, Any]) -> Any:
    """Every notice that the events ask for."""
    return sorted(
        list(row) for row in rows.ask("SELECT case_no, recipient, kind, at_ms FROM casework_outbox")
    )


def asked(said: dict[str, Any]) -> Any:
    return [[one.command, one.state, one.detail] for one in orders.of_case(said["no"])]


def status(said: dict[str, Any]) -> Any:
    found = standing.standing()
    assert found is not None
    return {
        "troubles": found.troubles, "missing": found.missing, "unacknowledged": found.unacknowledged,
        "contradictions": found.contradictions, "orders": [found.orders_out, found.orders_in],
        "quarantine": [[q.name, q.reason] for q in ExchangeQuarantine.objects.filter(state="open").order_by("id")],
        "sent": ExchangeSent.objects.count(), "received": ExchangeReceived.objects.count(), "applied": found.applied,
    }  # fmt: skip


def rotate(said: dict[str, Any]) -> Any:
    return identity.rotate().key_id


def current_key(said: dict[str, Any]) -> Any:
    return identity.card().key_id


def sql(said: dict[str, Any]) -> Any:
    return [list(row) for row in rows.ask(said["sql"])]


def killed(said: dict[str, Any]) -> Any:
    """Begin an export or import in a process of its own and kill it after so long; 1 if it was still at it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        incoming.HANDFUL = 3  # so that a kill finds files half applied
        with contextlib.suppress(Exception):
            DO[said["what"]]({"again": True})
        os._exit(0)
    time.sleep(said["after"])
    ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return int(not ended)


# -- what is done beside a command ------------------------------------------------------------------------------------


def beside(said: dict[str, Any]) -> Any:
    """A function of ``engine`` that gives a command and does something beside it: its name, arguments, actor."""
    room, _, name = said["what"].partition(".")
    more = {key: said[key] for key in ("key", "words_of", "copies", "replacing", "issuer") if key in said}
    if "copies" in more:
        more["copies"] = tuple(more["copies"])
    given = list(said["given"])
    if said["what"] == "joint.dispose":
        given[1] = joint.Joint(*given[1])
    if name in ("lift", "answer", "return_for_more"):
        given[0] = registers.get(SYSTEM, "supervision_slip", given[0])
    try:
        made = getattr(ROOMS[room], name)(*given, _actor(said["by"]), now=_at(said), **more)
    except Refused as refused:
        return {"code": refused.refusal.code, "detail": refused.refusal.detail}
    done, entry = made if isinstance(made, tuple) and not hasattr(made, "forwarded") else (made, made)
    return {"forwarded": getattr(done, "forwarded", ""), "existing": getattr(done, "existing", False),
            "no": getattr(entry, "no", None), "state": getattr(entry, "state", None)}  # fmt: skip


def step(said: dict[str, Any]) -> Any:
    """A step of a register by the door that pages and API use."""
    take = taking(said["register"])
    at = {"now": _at(said)} if take in (act, incident_reports.take, consulting.take) else {}
    try:
        entry = take(
            said["register"], said["step"], said["fields"], _actor(said["by"]), no=said.get("no"), **at
        )
    except Refused as refused:
        return {"code": refused.refusal.code, "detail": refused.refusal.detail}
    return {"no": entry.no, "state": entry.state}


def entries(said: dict[str, Any]) -> Any:
    """The entries of a register about a case, oldest first."""
    found = registers.find(SYSTEM, said["register"], registers.Asking(case=said["no"])).items
    return [{"no": one.no, "state": one.state, "by": one.by, **{k: one.data.get(k) for k in said.get("data", ())}} for one in reversed(found)]  # fmt: skip


def awaiting(said: dict[str, Any]) -> Any:
    """Supervisions without a slip, as the duty office's page lists them."""
    policy, now = district_policy.current(), _at(said)
    found = commanding.supervisions(DUTY, policy=policy, now=now)
    slips = supervising.running_slips(DUTY, policy=policy)
    return [one.case["no"] for one in supervising.awaiting(DUTY, found, slips, policy=policy, now=now)]


def followed(said: dict[str, Any]) -> Any:
    return supervising.follow(_at(said))


def page(said: dict[str, Any]) -> Any:
    """A page as its reader sees it: status and words."""
    actor = _actor(said["by"])
    account, _ = Account.objects.get_or_create(
        username=actor.name,
        defaults={
            "role": actor.role,
            "unit": actor.unit or "",
            "must_change_password": False,
            "trained_version": 1,
        },
    )
    client = Client(HTTP_HOST="localhost")
    client.force_login(account)
    answer = (
        client.get(said["path"])
        if "post" not in said
        else client.post(said["path"], said["post"], follow=True)
    )
    return [answer.status_code, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))]


def taken_in(said: dict[str, Any]) -> Any:
    """A message of the 110 system about a case of channel 110; and what was held is looked at again."""
    policy, now = district_policy.current(), _at(said)
    assert now is not None
    mapping = OWN
    one = Message("110", said["id"], said["ref"], said["what"], now, text=said["text"])
    found = apply.take(one, mapping, now, policy).what
    apply.adopt(now, policy)
    return found


def adopted(said: dict[str, Any]) -> Any:
    return apply.adopt(_at(said), district_policy.current())


def phoned(said: dict[str, Any]) -> Any:
    return phoning.follow(_at(said))


def registers_checked(said: dict[str, Any]) -> Any:
    return [str(one) for one in registers_check.violations()]


DO: dict[str, Callable[[dict[str, Any]], Any]] = {
    "load": load, "peer": peer, "do": do, "round": exchange, "import": take_in, "export": export, "clock": clock,
    "deliver": deliver, "attach": attach, "attached": attached, "dump": dump, "view": view, "check": checked,
    "notices": notices, "owed": owed, "asked": asked, "status": status, "rotate": rotate, "key": current_key, "sql": sql,
    "killed": killed, "beside": beside, "step": step, "entries": entries, "awaiting": awaiting, "follow": followed,
    "page": page, "phoning": phoned, "intake": taken_in, "adopt": adopted, "registers": registers_checked,
}  # fmt: skip


def main() -> None:
    for line in sys.stdin:
        said = json.loads(line)
        try:
            answer = {"ok": DO[said["op"]](said)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
