"""What reminds by itself: tasks at half, three quarters and the end of their time (R45, norms C4.2)."""

from __future__ import annotations

import logging
from datetime import datetime

from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.registers import reading
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import SYSTEM
from liandong.rules.register import Entry
from liandong.rules.registers.tasks import MARKS, TASK

from .instants import now as present

log = logging.getLogger("liandong.registers")


def run_due(now: datetime | None = None) -> int:
    """Remind of every open task whose time has passed a mark since the last reminder; how many were reminded.

    A task that passed two marks while no worker ran is reminded of the later one alone.
    """
    moment = now or present()
    policy = district_policy.current(moment)
    done = 0
    for task in reading.every(SYSTEM, TASK.name, Asking(states=("open", "extension_asked")), policy=policy):
        mark = due_mark(task, moment)
        if mark is None:
            continue
        try:
            act(TASK.name, "remind", {"percent": mark}, SYSTEM, no=task.no, now=moment, policy=policy)
        except Refused as refused:
            log.info("%s: %s", task.no, refused.refusal.code)
        else:
            done += 1
    return done


def due_mark(task: Entry, now: datetime) -> int | None:
    """The mark that an open task has passed and was not reminded of; None: nothing to say."""
    if task.due_at is None:
        return None
    start = task.data["counted_from"]
    share = 100 * (now - start) / (task.due_at - start) if task.due_at > start else 100.0
    mark = max((one for one in MARKS if share >= one), default=0)
    return mark if mark > task.data["reminded"] else None
