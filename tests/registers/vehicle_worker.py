"""Two people at once about one plate and one vehicle, on the environment's store: prints what each was answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework.execute import Refused  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.registers.store import act  # noqa: E402
from support import flow  # noqa: E402
from support.policy import PACK, load  # noqa: E402

POLICY = load()
NOW = datetime(2018, 6, 1, 9, 0, tzinfo=POLICY.zone)
VEHICLE = {
    "plate": "渝B12345",
    "kind": "rescue",
    "purpose": "抢险",
    "manager": "王",
    "manager_phone": "13812341234",
}


def do(register: str, step: str, fields: dict[str, object], actor: object = flow.CG, no: str | None = None):  # type: ignore[no-untyped-def]
    """One step."""
    return act(register, step, fields, actor, no=no, now=NOW, policy=POLICY)  # type: ignore[arg-type]


def both(work: Callable[[], object]) -> list[str]:
    """What two threads are answered that do the same at once."""
    answers: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            answers.append(work().state)  # type: ignore[attr-defined]
        except Refused as error:
            answers.append(error.refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


packs.load(PACK)
case = flow.register(NOW, POLICY, "1")
flow.dispatch(case, NOW, POLICY)
applied = both(lambda: do("vehicle_mark", "apply", VEHICLE))
do("vehicle_mark", "issue", {"made_by": "区公安局"}, flow.GA, "LDCB-2018-1")
task = {
    "mark": "2018-0001",
    "case": case,
    "task": "抢修",
    "until": (NOW + timedelta(hours=1)).isoformat(),
}
begun = both(lambda: do("vehicle_use", "begin", task))
print(json.dumps({"applied": applied, "begun": begun, "found": [one.kind for one in violations(POLICY)]}))
