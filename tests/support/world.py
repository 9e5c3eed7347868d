"""A small world in memory for tests of the rules: decide and fold, a virtual clock, nothing stored."""

from __future__ import annotations

import heapq
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from liandong.district import packs
from liandong.rules.clocks import next_instant
from liandong.rules.decide import cases_opened, decide
from liandong.rules.fold import fold, fold_private, resolve_copy
from liandong.rules.model import SYSTEM, Actor, Command, Event, NewCase, Notice, Refusal, Screen, State
from liandong.rules.policy import Policy
from liandong.rules.view import breaches, view

PACK = Path(__file__).parents[2] / "packs" / "qijiang"


@cache
def policy() -> Policy:
    """綦江's policy as a simulation sees it."""
    return packs.read(PACK).policy(second_by_name=True)


def at(text: str) -> datetime:
    """An instant in the district's zone: "06-01 09:00" is in 2018."""
    if len(text) == 11:
        text = "2018-" + text
    value = datetime.fromisoformat(text.replace(" ", "T"))
    return value if value.tzinfo else value.replace(tzinfo=policy().zone)


def actor(label: str) -> Actor:
    """ "desk:li", "unit:CG", "unit:CG:zhang", "duty_office:wang", "system", "caller"."""
    role, _, rest = label.partition(":")
    if role == "unit":
        code, _, name = rest.partition(":")
        return Actor("unit", name or code, code)
    scopes = (
        frozenset({"register", "append", "cancel", "police_done"}) if role == "integration" else frozenset()
    )
    return SYSTEM if role == "system" else Actor(role, rest or role, None, scopes)


SAFE = {"life": "no", "property": "no", "public": "no"}


class World:
    """Cases by label; ``do`` gives a command at an instant, after everything that fell due before it."""

    def __init__(self, rules: Policy | None = None, start: str = "06-01 09:00") -> None:
        self.policy = rules or policy()
        self.now = at(start)
        self.states: dict[str, State] = {}
        self.private: dict[str, dict[str, Any]] = {}
        self.labels: dict[str, str] = {}
        self.events: list[Event] = []
        self.notices: list[tuple[str, Notice]] = []
        self._due: list[tuple[datetime, str]] = []

    def __getitem__(self, label: str) -> dict[str, Any]:
        no = self.labels[label]
        return view(self.states[no], self.private[no], self.private.get)

    def state(self, label: str) -> State:
        """The folded state itself."""
        return self.states[self.labels[label]]

    def clock(self, label: str, kind: str, n: int = -1) -> dict[str, Any]:
        """The n-th clock of a kind, as states hold it."""
        return [c for c in self.state(label)["clocks"].values() if c["kind"] == kind][n]

    def clocks(self, label: str, kind: str) -> list[dict[str, Any]]:
        """All clocks of a kind."""
        return [c for c in self.state(label)["clocks"].values() if c["kind"] == kind]

    def due(self, label: str, kind: str, n: int = -1) -> str:
        """Due instant without year and zone, e.g. "06-06 00:00"."""
        return self.clock(label, kind, n)["due_at"].strftime("%m-%d %H:%M")

    def breaches(self) -> list[tuple[str, str, str]]:
        """(label, clock, unit) of every breach."""
        back = {no: label for label, no in self.labels.items()}
        return [(back[no], b["clock"], b["unit"]) for no, s in self.states.items() for b in breaches(s)]

    def told(self, kind: str) -> list[str]:
        """Who was told something of that kind, in order."""
        return [n.to for _, n in self.notices if n.kind == kind]

    def _take(self, events: list[Event]) -> None:
        for event in events:
            copy = event.private.get("copy")
            event = resolve_copy(event, self.private[copy["from"]] if copy else None)
            self.states[event.case] = fold(self.states.get(event.case), event)
            self.private[event.case] = fold_private(self.private.get(event.case), event)
            self.events.append(event)
            self.notices.extend((event.case, n) for n in event.notices)
            upcoming = next_instant(self.states[event.case])
            if upcoming is not None:
                heapq.heappush(self._due, (upcoming, event.case))

    def _fire(self, until: datetime, through: bool) -> None:
        waiting: list[tuple[datetime, str]] = []
        while self._due and (self._due[0][0] < until or (not through and self._due[0][0] <= until)):
            when, no = heapq.heappop(self._due)
            if next_instant(self.states[no]) != when:
                continue
            events = decide(
                self.states, Command("run_clock", no, {"through_now": through}), SYSTEM, when, self.policy
            )
            assert not isinstance(events, Refusal)
            self._take(events)
            if not events:  # its due is exactly now: it falls due when time goes on
                waiting.append((when, no))
        for entry in waiting:
            heapq.heappush(self._due, entry)

    def tick(self, when: str | datetime) -> None:
        """Time passes up to an instant: what fell due before it fires, warnings that stand on it too."""
        until = at(when) if isinstance(when, str) else when
        assert until >= self.now, "time does not go backwards"
        self._fire(until, through=True)
        self._fire(until, through=False)
        self.now = until

    def do(
        self,
        when: str | None,
        who: str,
        label: str,
        name: str,
        *,
        version: int | None = None,
        screen: Screen | None = None,
        **fields: Any,
    ) -> Refusal | None:
        """Give a command; None when it was taken, else the refusal."""
        if when is not None:
            self.tick(when)
        if "class_" in fields:
            fields["class"] = fields.pop("class_")
        if isinstance(fields.get("target"), str) and fields["target"] in self.labels:
            fields["target"] = self.labels[fields["target"]]
        first = len(self.labels)
        command = Command(name, self.labels.get(label), fields, version, screen)
        new = tuple(NewCase(f"N{first + n + 1:05d}", f"T{first + n}") for n in range(cases_opened(command)))
        answer = decide(self.states, command._replace(new=new), actor(who), self.now, self.policy)
        if isinstance(answer, Refusal):
            return answer
        if name == "register":
            self.labels[label] = new[0].no
        children = [e.case for e in answer if e.type == "register" and name != "register"]
        taken = sum(1 for known in self.labels if known.startswith(label + "."))
        for n, no in enumerate(children):
            self.labels[f"{label}.{taken + n + 1}"] = no
        self._take(answer)
        return None

    # -- sentences that many tests begin with ------------------------------------------------------------------

    def register(self, when: str, label: str = "A", **fields: Any) -> Refusal | None:
        """A request taken in by the desk, safe and named unless said otherwise."""
        self.tick(when)
        given: dict[str, Any] = {
            "kind": "complaint",
            "summary": "路口垃圾没人清运",
            "safety": SAFE,
            "received_at": self.now.isoformat(),
            "source": {"channel": "110", "ref": label},
            "caller": {"name": "张三", "phone": "13800001234"},
        }
        who = fields.pop("who", "desk:li")
        screen = fields.pop("screen", None)
        return self.do(None, who, label, "register", screen=screen, **{**given, **fields})

    def dispatch(self, when: str | None, label: str = "A", unit: str = "CG", **fields: Any) -> Refusal | None:
        """Pushed to a unit as a general matter of its own."""
        matter = fields.pop("matter", None) or f"{unit}-01"
        given: dict[str, Any] = {"lead_unit": unit, "class": "general", "matter": matter, "basis": "职责"}
        if "class_" in fields:
            given["class"] = fields.pop("class_")
        return self.do(when, fields.pop("who", "desk:li"), label, "dispatch", **{**given, **fields})

    def handling(self, label: str = "A", unit: str = "CG", start: str = "06-01 09:00", **fields: Any) -> None:
        """Registered, dispatched after three minutes, signed after ten."""
        base = at(start)
        assert self.register(start, label) is None
        assert self.dispatch(base.replace(minute=base.minute + 3).isoformat(), label, unit, **fields) is None
        assert (
            self.do(
                base.replace(minute=base.minute + 10).isoformat(),
                f"unit:{unit}",
                label,
                "sign",
                receiver="王",
            )
            is None
        )

    def give_back(self, when: str, label: str = "A", unit: str = "CG") -> Refusal | None:
        """The unit returns the case."""
        return self.do(
            when,
            f"unit:{unit}",
            label,
            "return",
            reason_code="not_our_duty",
            explanation="不是我局职责",
            why_no_answer_now="情况不明",
            suggested_unit="unknown",
        )

    def feedback(self, when: str, label: str = "A", unit: str = "CG", **fields: Any) -> Refusal | None:
        """The unit feeds back."""
        given = {"result": "resolved", "text": "已清运", "contacted_caller": True}
        return self.do(when, f"unit:{unit}", label, "feedback", **{**given, **fields})
