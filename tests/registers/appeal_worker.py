"""Several appeals about one case of one evaluation at the same instant, on the environment's store."""

from __future__ import annotations

import json
import threading
from datetime import datetime

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework.execute import Refused  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.engine import evaluating  # noqa: E402
from liandong.registers import queries  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.registers.store import act  # noqa: E402
from liandong.rules.model import SYSTEM, Actor  # noqa: E402
from liandong.rules.periods import quarter  # noqa: E402
from support import flow, lives  # noqa: E402
from support.policy import PACK, load  # noqa: E402

packs.load(PACK)
POLICY = load()
LATE = lives.live(lives.late, 0, datetime(2018, 7, 2, 9, tzinfo=POLICY.zone), POLICY)
NOW = datetime(2018, 10, 8, 9, tzinfo=POLICY.zone)
FROZEN = evaluating.freeze(quarter("2018Q3", POLICY.zone), flow.DUTY, NOW)
MANY = 6
start = threading.Barrier(MANY)
became: list[str] = []


def appeal(n: int) -> None:
    """One person of the unit, about the same case as all others."""
    given = {
        "snapshot": FROZEN.id,
        "unit": "CG",
        "case": LATE.no,
        "ground": "beyond_us",
        "explanation": f"当天停电（{n}）",
    }
    start.wait()
    try:
        act("appeal", "file", given, Actor("unit", f"person{n}", "CG"), now=NOW)
        became.append("filed")
    except Refused as refused:
        became.append(refused.refusal.code)
    except Exception as error:
        became.append(f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()


threads = [threading.Thread(target=appeal, args=[n]) for n in range(MANY)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(
    json.dumps(
        {
            "became": sorted(became),
            "appeals": [one.no for one in queries.find(SYSTEM, "appeal", limit=20).items],
            "found": [str(one) for one in violations(POLICY)],
        }
    )
)
