"""Runs inside a store: register and dispatch through ``execute``, 100 cases a commit; prints cases a second."""

from __future__ import annotations

import sys
import time
from datetime import datetime

import django

django.setup()

from calls import ZONE, calls  # noqa: E402
from liandong.casework.execute import batch, execute  # noqa: E402
from liandong.district.policy import current  # noqa: E402
from liandong.engine import routing  # noqa: E402
from liandong.rules.model import Actor, Command  # noqa: E402

PER_COMMIT = 100


def main() -> None:
    """argv: a mark for the references, how many cases."""
    mark, count = sys.argv[1], int(sys.argv[2])
    desk = Actor("desk", "desk")
    source = calls(11, mark)
    work = [next(source) for _ in range(count)]
    current()
    routing.router()
    began = time.perf_counter()
    for start in range(0, count, PER_COMMIT):
        with batch():
            for call in work[start : start + PER_COMMIT]:
                fields = call.registration(datetime.now(ZONE))
                done = execute(Command("register", None, fields, screen=routing.screen(fields)), desk)
                execute(Command("dispatch", done.no, call.dispatch()), desk)
    print(count / (time.perf_counter() - began))


main()
