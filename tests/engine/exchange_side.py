"""Run as a program on a store of its own: one side of two networks, told what to do line by line (JSON), answering so."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework import orders, rows  # noqa: E402
from liandong.casework.check import check  # noqa: E402
from liandong.casework.execute import Refused, execute  # noqa: E402
from liandong.casework.jsontext import canonical  # noqa: E402
from liandong.casework.reading import whole_cases  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.district import policy as district_policy  # noqa: E402
from liandong.engine import attachments  # noqa: E402
from liandong.engine.clock import run_due  # noqa: E402
from liandong.engine.deliveries import notify_due  # noqa: E402
from liandong.engine.exchange import identity, incoming, outgoing, running, standing  # noqa: E402
from liandong.engine.models import ExchangeQuarantine, ExchangeReceived, ExchangeSent, Notification  # noqa: E402
from liandong.rules.model import Actor, Command  # noqa: E402
from support.policy import PACK  # noqa: E402

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


DO: dict[str, Callable[[dict[str, Any]], Any]] = {
    "load": load, "peer": peer, "do": do, "round": exchange, "import": take_in, "export": export, "clock": clock,
    "deliver": deliver, "attach": attach, "attached": attached, "dump": dump, "view": view, "check": checked,
    "notices": notices, "owed": owed, "asked": asked, "status": status, "rotate": rotate, "key": current_key, "sql": sql,
    "killed": killed,
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
