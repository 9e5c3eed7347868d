"""Runs beside the screens of live.py, in a process of its own: registers, dispatches, signs, feeds back at an even pace.

usage: live_writer.py PORT KEYS_JSON EVENTS_A_SECOND COUNT MARK; prints one JSON line for each acknowledged event:
``[case, type, unit, monotonic seconds of sending, of the acknowledgement]`` (that clock is the same for every process of a machine).
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from calls import ZONE, Call, calls
from wire import Wire

STEPS = ("register", "dispatch", "sign", "feedback", "accept_feedback")


class Writer:
    """One after the other: each event is acknowledged before the next is sent."""

    def __init__(self, port: int, keys: dict[str, Any], mark: str) -> None:
        self.port = port
        self.desk = {"Authorization": f"Bearer {keys['desk'][0]}"}
        self.units = {unit: {"Authorization": f"Bearer {token}"} for unit, token in keys["units"].items()}
        self.calls = calls(7, mark)
        self.waiting: dict[str, deque[tuple[str, Call]]] = {step: deque() for step in STEPS}

    def step(self, step: str) -> tuple[str, str, str, float, float] | None:
        """Do one step of a life on the case that waits longest for it; None where none waits."""
        now, began = datetime.now(ZONE), time.monotonic()
        if step == "register":
            call = next(self.calls)
            no = self.sent(self.desk, "/api/v1/cases", call.registration(now - timedelta(seconds=1)))["no"]
        elif self.waiting[step]:
            no, call = self.waiting[step].popleft()
            fields: dict[str, Any] = {
                "dispatch": call.dispatch(),
                "sign": {"receiver": "值班员"},
                "feedback": {
                    "result": "resolved",
                    "text": "已派人到现场处理完毕，并回复了来电人。",
                    "contacted_caller": True,
                    "contacted_at": now.isoformat(),
                },
                "accept_feedback": {},
            }[step]
            who = self.desk if step in ("dispatch", "accept_feedback") else self.units[call.unit]
            if self.sent(who, f"/api/v1/cases/{no}/commands/{step}", fields) is None:
                return None
        else:
            return None
        at = time.monotonic()
        if step != STEPS[-1]:
            self.waiting[STEPS[STEPS.index(step) + 1]].append((no, call))
        return no, step, call.unit if step != "register" else "", began, at

    def sent(self, who: dict[str, str], path: str, fields: Any) -> Any:
        """The answer to a command, on a connection of its own; None where a rule refuses it (the machine saw danger in what the caller said: I8).

        Raises RuntimeError for anything else.
        """
        with Wire(self.port, who) as wire:
            answer = wire.post(path, fields)
        if answer.status == 422:
            return None
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status} {answer.body[:300]!r}")
        return answer.json()


def main(port: int, keys: dict[str, Any], rate: float, count: int, mark: str) -> None:
    """Write ``count`` events, ``rate`` a second; what a slow answer delays is not made up for by a burst."""
    writer = Writer(port, keys, mark)
    due = time.monotonic()
    steps = cycle(STEPS)
    done = 0
    while done < count:
        time.sleep(max(0.0, due - time.monotonic()))
        told = writer.step(next(steps))
        if told is None:
            continue
        print(json.dumps(told), flush=True)
        done += 1
        due = max(due + 1 / rate, time.monotonic() - 1 / rate)


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        json.loads(Path(sys.argv[2]).read_text()),
        float(sys.argv[3]),
        int(sys.argv[4]),
        sys.argv[5],
    )
