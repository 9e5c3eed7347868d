"""Slips, consultations, seals and plain commands on the same two cases at once, on the environment's store."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework import check  # noqa: E402
from liandong.casework.execute import execute  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.engine import consulting, supervising  # noqa: E402
from liandong.registers import queries, seal  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.rules.model import SYSTEM, Actor, Command  # noqa: E402
from support.policy import PACK, load  # noqa: E402

packs.load(PACK)
POLICY = load()
NOW = datetime.now(UTC).replace(microsecond=0)
DESK, DUTY = Actor("desk", "li"), Actor("duty_office", "zhao")
ROUNDS = 12


def case(ref: str) -> str:
    """A case in a unit's hands; its number."""
    fields = {
        "kind": "complaint",
        "summary": "路口垃圾没有清运",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": NOW.isoformat(),
        "source": {"channel": "110", "ref": ref},
    }
    no = execute(Command("register", None, fields), DESK, now=NOW).no
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责"}
    execute(Command("dispatch", no, given), DESK, now=NOW)
    return no


FIRST, SECOND = case("first"), case("second")
failures: list[str] = []
start = threading.Barrier(5)


def supervise(n: int) -> None:
    """The case first, then the register."""
    given = {"grade": 1, "requirement": f"第{n}次", "reply_due": (NOW + timedelta(days=2)).isoformat()}
    _, slip = supervising.supervise(FIRST, given, DUTY, now=NOW)
    supervising.lift(slip, "已办结", DUTY, now=NOW)


def consult(n: int) -> None:
    """The register first, then both cases, the other one before."""
    given = {"case": SECOND, "related": [FIRST], "title": f"第{n}次", "question": "谁来清运", "place": "电话会商", "at": (NOW + timedelta(days=1)).isoformat(), "units": ["CG"]}  # fmt: skip
    consulting.take("consultation", "convene", given, DUTY, now=NOW)


def note(n: int) -> None:
    """A plain command of a case."""
    execute(Command("note", FIRST if n % 2 else SECOND, {"text": f"第{n}次"}), DUTY, now=NOW)


def put_seal(n: int) -> None:
    """A seal over the registers' steps so far."""
    seal.seal(NOW + timedelta(seconds=n))


def run(work: object) -> None:
    """One of the threads: all start together, none swallows what fails."""
    start.wait()
    try:
        for n in range(ROUNDS):
            work(n)  # type: ignore[operator]
    except Exception as error:
        failures.append(f"{work.__name__}: {type(error).__name__}: {error}")  # type: ignore[attr-defined]
    finally:
        connections.close_all()


threads = [
    threading.Thread(target=run, args=[work]) for work in (supervise, consult, consult, note, put_seal)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(
    json.dumps(
        {
            "failures": failures,
            "slips": len(queries.find(SYSTEM, "supervision_slip", limit=200).items),
            "consultations": len(queries.find(SYSTEM, "consultation", limit=200).items),
            "found": [str(one) for one in [*violations(POLICY), *check.violations()]],
        }
    )
)
