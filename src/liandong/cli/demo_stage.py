"""Plays demonstration scripts: all cases together in order of virtual time, by public commands only."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from liandong.rules.model import Command

from .demo_script import Script, Step
from .messages import CHANNEL
from .progress import Progress

STEPS_A_BATCH = 200
CLOCK_EVERY = timedelta(minutes=10)


class Stage:
    """Executes steps; a refusal ends that script and is counted with its reason."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        self.done = 0

    def play(self, scripts: list[Script], until: datetime, progress: Progress) -> None:
        """Play all scripts; whatever would happen after ``until`` is left undone."""
        from liandong.casework.execute import batch

        steps = self.in_order(scripts, until)
        total = len(scripts) + sum(len(script.steps) for script in scripts)
        clock: datetime | None = None
        finished = False
        while not finished:
            with batch():
                for _ in range(STEPS_A_BATCH):
                    coming = next(steps, None)
                    if coming is None:
                        finished = True
                        break
                    at, script, step = coming
                    if clock is None or at - clock >= CLOCK_EVERY:
                        self.clocks(at)
                        clock = at
                    self.perform(script, step)
                    self.done += 1
            progress(min(self.done, total), total)
        self.clocks(until)
        progress(total, total)

    @staticmethod
    def in_order(scripts: list[Script], until: datetime) -> Iterator[tuple[datetime, Script, Step | None]]:
        """Registrations (None) and steps of all scripts by instant; a failed script's later steps are skipped."""
        order = count()
        heap: list[tuple[datetime, int, Script, int]] = [
            (script.start, next(order), script, -1) for script in scripts
        ]
        heapq.heapify(heap)
        while heap:
            at, _, script, index = heapq.heappop(heap)
            if at > until:
                return
            yield at, script, None if index < 0 else script.steps[index]
            if script.no is not None and index + 1 < len(script.steps):
                heapq.heappush(heap, (script.steps[index + 1].at, next(order), script, index + 1))

    def perform(self, script: Script, step: Step | None) -> None:
        """One registration or one step."""
        from liandong.casework.execute import Refused, execute

        try:
            if step is None:
                fields = script.call.fields(script.reading.safety, script.start, CHANNEL)
                command = Command("register", None, fields, screen=script.reading.screen)
                script.no = execute(command, script.desk, now=script.start).no
            else:
                fields = {key: self.resolved(value) for key, value in step.fields.items()}
                execute(Command(step.command, script.no, fields), step.actor, now=step.at)
        except Refused as refused:
            name = "register" if step is None else step.command
            self.refusals[f"{name} {refused.refusal.code}：{refused.refusal.detail}"] += 1
            script.no = None

    @staticmethod
    def resolved(value: Any) -> Any:
        """A script in a field stands for its case's number."""
        return value.no if isinstance(value, Script) else value

    @staticmethod
    def clocks(at: datetime) -> None:
        """Everything due before ``at`` fires first (the virtual clock)."""
        from liandong.engine.clock import run_due

        while run_due(at, limit=1000):
            pass
