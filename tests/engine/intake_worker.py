"""A worker of the watched folder that may be killed: ``python intake_worker.py prepare|work|count FOLDER`` on the environment's store."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

django.setup()

from liandong.casework import history, queries  # noqa: E402
from liandong.casework.check import violations  # noqa: E402
from liandong.district import packs, policy  # noqa: E402
from liandong.engine.instants import now  # noqa: E402
from liandong.engine.intake import folder, mapping  # noqa: E402
from liandong.engine.routing import router  # noqa: E402
from support.flow import DESK  # noqa: E402
from support.policy import PACK  # noqa: E402


def work(base: Path) -> None:
    """Take what lies there until nothing is left; says when it begins."""
    used = mapping.mappings()["jcj"]
    place = folder.prepare(base, used)
    router()
    print("ready", flush=True)
    rules = policy.current()
    while any((place / "in").iterdir()) or any((place / "work").iterdir()):
        folder.look(place, used, now(), rules)
    print("finished", flush=True)


def count() -> None:
    """Cases, notes on each, faults of the store."""
    found = queries.list_cases(DESK, limit=200).items
    notes = [
        sum(event["type"] == "note" for event in history.events_of(one["no"], DESK) or []) for one in found
    ]
    print(json.dumps({"cases": len(found), "notes": notes, "faults": [str(one) for one in violations()]}))


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "prepare":
        packs.load(PACK)
    elif what == "work":
        work(where)
    else:
        count()
