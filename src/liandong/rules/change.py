"""What one command does to one case, while it is being decided: the builder behind an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import clocks as timing
from .codes import FINISHED, HOLDER, TERMINAL
from .model import Actor, Command, Event, Notice, State
from .policy import Policy


class Change:
    """Collects new values, clock changes, notices and private texts of one case; the state itself is never touched."""

    __slots__ = (
        "_clocks",
        "actor",
        "command",
        "f",
        "more",
        "new_clocks",
        "notices",
        "now",
        "policy",
        "private",
        "set",
        "state",
        "states",
    )

    def __init__(
        self,
        states: Mapping[str, State],
        state: State,
        command: Command,
        fields: Mapping[str, Any],
        actor: Actor,
        now: datetime,
        policy: Policy,
    ) -> None:
        self.states = states
        self.state = state
        self.command = command
        self.f = fields
        self.actor = actor
        self.now = now
        self.policy = policy
        self.set: dict[str, Any] = {}
        self.new_clocks: dict[int, dict[str, Any]] = {}
        self._clocks: dict[int, dict[str, Any]] | None = None
        self.notices: list[Notice] = []
        self.private: dict[str, dict[str, Any]] = {}
        self.more: list[Event] = []

    # -- reading --------------------------------------------------------------------------------------------

    def get(self, key: str) -> Any:
        """The value as it will be after this command."""
        return self.set[key] if key in self.set else self.state.get(key)

    def clocks(self) -> dict[int, dict[str, Any]]:
        """The clocks as they will be after this command."""
        if self._clocks is None:
            self._clocks = dict(self.state["clocks"])
        return self._clocks

    @property
    def acted(self) -> datetime:
        """The instant by which the act itself is judged: now, or before it where another server took it (060)."""
        told = self.command.acted_at
        return self.now if told is None else min(told.astimezone(self.policy.zone), self.now)

    # -- writing --------------------------------------------------------------------------------------------

    def update_clock(self, number: int, values: dict[str, Any]) -> None:
        """Change one clock."""
        clocks = self.clocks()
        clocks[number] = {**clocks[number], **values}
        changed = self.new_clocks.get(number)
        self.new_clocks[number] = {**changed, **values} if changed else values

    def add_clock(self, clock: dict[str, Any]) -> None:
        """Let a new clock run."""
        clocks = self.clocks()
        number = max(clocks, default=0) + 1
        clocks[number] = self.new_clocks[number] = clock

    def start(
        self,
        kind: str,
        unit: str,
        *,
        started_at: datetime | None = None,
        due: datetime | None = None,
        length: str | None = None,
        source: str | None = None,
        limit: str | None = None,
    ) -> None:
        """Start a clock of that kind for its owner, by the policy's limit of the same name or up to ``due``."""
        rule = None if due is not None and length is None else self.policy.limits.get(limit or kind)
        self.add_clock(
            timing.new(
                self.policy, kind, unit, started_at or self.now, rule, due=due, length=length, source=source
            )
        )

    def stop(
        self, kind: str, outcome: str | None = None, unit: str | None = None, at: datetime | None = None
    ) -> None:
        """Stop every running clock of a kind (of one unit)."""
        for number, clock in self.clocks().items():  # values change, keys do not
            if clock["kind"] == kind and clock["stopped_at"] is None and unit in (None, clock["unit"]):
                self.update_clock(number, self.judged(clock, at, outcome))

    def judged(
        self, clock: dict[str, Any], at: datetime | None = None, outcome: str | None = None
    ) -> dict[str, Any]:
        """What changes when a clock stops, at ``at`` or at the instant of the act.

        An act that another server took in time strikes a breach that was entered before its word arrived (060).
        """
        when = at or max(self.acted, clock["started_at"])
        due = clock["due_at"]
        if (
            at is None
            and self.command.acted_at is not None
            and clock["_breach"]
            and due is not None
            and when <= due
        ):
            return {**timing.stopped({**clock, "_breach": False}, when, outcome), "_breach": False}
        return timing.stopped(clock, when, outcome)

    def pause(self, kind: str) -> None:
        """Pause the lead unit's running clock of a kind."""
        for number, clock in self.clocks().items():
            if clock["kind"] == kind and clock["stopped_at"] is None and not clock["paused"]:
                self.update_clock(number, timing.paused(clock, self.policy, self.now))

    def resume(self, kind: str, unit: str | None = None) -> None:
        """Let a paused clock go on."""
        for number, clock in list(self.clocks().items()):
            if (
                clock["kind"] == kind
                and clock["stopped_at"] is None
                and clock["paused"]
                and unit in (None, clock["unit"])
            ):
                self.update_clock(number, timing.resumed(clock, self.policy, clock["_paused_at"], self.now))

    def stop_all(self, outcome: str = "superseded") -> None:
        """Stop whatever still runs: the case is finished."""
        for number, clock in list(self.clocks().items()):
            if clock["stopped_at"] is None:
                self.update_clock(number, timing.stopped(clock, self.now, outcome))

    def notify(self, to: str | None, kind: str) -> None:
        """Somebody has to be told; the same word to the same ear is said once."""
        if to is None:
            return
        notice = Notice(self.now, to, kind)
        if notice not in self.notices:
            self.notices.append(notice)

    def notify_unit(self, code: str | None, kind: str) -> None:
        """Tell a unit."""
        if code:
            self.notify(f"unit:{code}", kind)

    def notify_caller(self, kind: str) -> None:
        """Tell the caller, unless nobody is known or nobody wants to be told."""
        if any(can_call(who) for who in all_callers(self.get("caller"), self.get("callers"))):
            self.notify("caller", kind)

    def tell(self, keep: str, key: str, value: Any) -> None:
        """Put a personal value or a free text beside the event."""
        self.private.setdefault(keep, {})[key] = value

    def become(self, state: str) -> None:
        """Enter a state: its holder, what lapses, and what starts or ends with it."""
        before = self.state.get("state")
        self.set["state"] = state
        kind = HOLDER[state]
        lead = self.get("lead_unit")
        self.set["holder"] = {"type": kind, "code": lead if kind == "unit" else None}
        if before == "handling" and state != "handling" and self.get("pending"):
            self.set["pending"] = []
            self.stop("decision", "superseded")
        if state in FINISHED or state in TERMINAL:
            if state != "archived":
                self.stop_all()
                self.set["closed_at"] = self.now
                self.set["pending"] = []
            self.set["_archive_at"] = (
                self.policy.calendar.due(self.now, self.policy.limits["archive"].length)[0]
                if state in FINISHED
                else None
            )

    def event(
        self, bumps: bool = True, type_: str | None = None, public: Mapping[str, Any] | None = None
    ) -> Event:
        """The finished event."""
        return Event(
            case=self.state["no"],
            type=type_ or self.command.name,
            at=self.now,
            by=str(self.actor),
            fields=dict(public or {}),
            set=self.set,
            clocks=self.new_clocks,
            notices=tuple(self.notices),
            private=self.private,
            bumps=bumps,
            policy=self.policy.id,
        )


def all_callers(caller: dict[str, Any] | None, callers: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Everybody who asked for this: the case's own caller, or after a merge all of them."""
    if callers:
        return callers
    return [caller] if caller else []


def can_call(caller: dict[str, Any]) -> bool:
    """Whether this caller is known and wants to be called."""
    return not caller.get("anonymous") and caller.get("contact_ok", True)


def to_be_called(caller: dict[str, Any] | None, callers: list[dict[str, Any]] | None) -> list[int]:
    """Which callers are asked whether they are satisfied (R9), as places in the list of all callers.

    Everybody known who agreed; where nobody is known, one whose anonymity was not asked for: 110 has the line's number.
    """
    everybody = all_callers(caller, callers)
    known = [n for n, who in enumerate(everybody) if can_call(who)]
    if known:
        return known
    return [n for n, who in enumerate(everybody) if not who.get("stated") and who.get("contact_ok", True)][:1]
