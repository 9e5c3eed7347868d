"""Three workers look at three unsigned cases at once, on the environment's store: prints what came of it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework.execute import execute  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.engine import phoning  # noqa: E402
from liandong.registers import notices, queries  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.rules.model import SYSTEM, Actor, Command  # noqa: E402
from support.policy import PACK  # noqa: E402

packs.load(PACK)
NOW = datetime.now(UTC).replace(microsecond=0)
DESK = Actor("desk", "li")
for n in range(3):
    fields = {
        "kind": "complaint",
        "summary": "路口垃圾没有清运",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": NOW.isoformat(),
        "source": {"channel": "110", "ref": f"night-{n}"},
    }
    no = execute(Command("register", None, fields), DESK, now=NOW).no
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责"}
    execute(Command("dispatch", no, given), DESK, now=NOW)

moved: list[int] = []
start = threading.Barrier(3)


def look() -> None:
    """What one worker does; then its connection is closed."""
    start.wait()
    try:
        moved.append(phoning.follow(NOW + timedelta(hours=2)))
    finally:
        connections.close_all()


threads = [threading.Thread(target=look) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
told = [one for one in notices.inbox(DESK) if one.kind == "phone_needed"]
print(
    json.dumps(
        {
            "moved": sum(moved),
            "versions": [one.version for one in queries.find(SYSTEM, "phone_task").items],
            "told": len(told),
            "found": [str(one) for one in violations()],
        }
    )
)
