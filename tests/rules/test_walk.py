"""Random walks over the command table: whatever is asked by whomever and whenever, I1–I9 hold after every step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from liandong.rules.codec import dump_state, event_body, event_from, load_state
from liandong.rules.model import Screen, State
from liandong.rules.table import COMMANDS
from support.contract import LINES, STATES
from support.invariants import broken, summary
from support.world import SAFE, World

UNITS = ("CG", "HB", "JT", "RS")
ACTORS = {
    "desk": "desk:li", "desk_lead": "desk_lead:sun", "unit": "unit:{}:wang", "duty_office": "duty_office:zhao",
    "integration": "integration:jj", "system": "system", "caller": "caller", "reader": "reader:x",
}  # fmt: skip
ANSWERS = st.sampled_from(("no", "no", "no", "no", "unknown", "yes"))
STEPS = st.one_of(st.integers(0, 40), st.integers(0, 600), st.integers(600, 9000))
"""Minutes that pass before a command: mostly little, at times days."""


def chances(w: World) -> dict[str, st.SearchStrategy[Any]]:
    """Fields that differ from the contract's examples, plausible and not."""
    unit = st.sampled_from((*UNITS, "GA", "QT"))
    later = st.integers(-2, 20).map(lambda d: (w.now + timedelta(days=d)).isoformat())
    return {
        "lead_unit": unit, "unit": unit, "matter": st.sampled_from(("CG-01", "HB-01", "RS-01", "GA-03", "GS-01")),
        "class": st.sampled_from(("general", "special", "complex")),
        "safety": st.fixed_dictionaries(dict.fromkeys(SAFE, ANSWERS)),
        "told_caller_at": st.just(w.now.isoformat()), "promised_at": later, "review_on": later, "reply_due": later,
        "at": st.just(w.now.isoformat()), "approve": st.booleans(), "contacted_caller": st.booleans(),
        "reached": st.booleans(), "satisfaction": st.sampled_from(("satisfied", "dissatisfied", "unreached", None)),
        "solved": st.sampled_from(("yes", "no", None)), "level": st.sampled_from(("none", "general", "larger", "major")),
        "outcome": st.sampled_from(("handled", "false_alarm")), "remainder": st.sampled_from((None, "剩下的")),
        "command": st.sampled_from(("answer", "call_back", "accept_feedback", "withdraw", "merge", "void", "suspension")),
        "units": st.lists(st.sampled_from(UNITS), unique=True), "instruction": st.sampled_from(("1", "2")),
        "result": st.sampled_from(("resolved", "not_found")), "target": st.sampled_from(tuple(w.labels)),
        "assist_units": st.lists(st.sampled_from(UNITS), unique=True, max_size=2),
    }  # fmt: skip


class Walk(RuleBasedStateMachine):
    """Several cases, several units, one clock."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize()
    def begin(self) -> None:
        """Two cases to start from."""
        for label in ("A", "B"):
            assert self.world.register("06-01 09:00", label) is None
        self.settle({}, 0)

    @rule(data=st.data(), flag=st.booleans(), anonymous=st.booleans())
    def take_in(self, data: st.DataObject, flag: bool, anonymous: bool) -> None:
        """Another call, at times flagged, unsafe, larger, anonymous."""
        w = self.world
        label = f"C{len(w.labels)}"
        before, count = dict(w.states), len(w.events)
        w.register(
            f"{w.now:%Y-%m-%d %H:%M:%S}", label,
            received_at=(w.now - timedelta(minutes=data.draw(st.integers(0, 60)))).isoformat(),
            level=data.draw(st.sampled_from(("none", "general", "larger"))),
            safety={k: data.draw(ANSWERS) for k in SAFE}, screen=Screen(flag and data.draw(st.booleans())),
            caller={"anonymous": True} if anonymous else {"name": "张三", "phone": "13800001234"},
        )  # fmt: skip
        self.settle(before, count)

    @rule(data=st.data(), minutes=STEPS)
    def ask(self, data: st.DataObject, minutes: int) -> None:
        """One command on one case, seven times in eight by somebody who may and from where it may be."""
        w = self.world
        before, count = dict(w.states), len(w.events)
        w.tick(w.now + timedelta(minutes=minutes))
        self.settle(before, count)
        label = data.draw(st.sampled_from(sorted(w.labels)))
        state = w.state(label)["state"]
        plausible = data.draw(st.integers(0, 7)) > 0
        names = [n for n, line in LINES.items() if n != "register" and (not plausible or state in line.frm)]
        name = data.draw(st.sampled_from(names))
        line = LINES[name]
        role = data.draw(st.sampled_from(line.who if plausible else tuple(ACTORS)))
        lead = w.state(label)["lead_unit"] or "CG"
        who = ACTORS[role].format(data.draw(st.sampled_from((lead, lead, lead, *UNITS))))
        fields = {**line.required}
        possible = chances(w)
        for key in (*line.required, *line.optional):
            if key in possible and (key in line.required or data.draw(st.booleans())):
                fields[key] = data.draw(possible[key])
        if name in ("void", "set_safety"):
            fields["second"] = data.draw(st.sampled_from((None, "desk:zhou", "desk:li")))
        state_now = w.state(label)["state"]
        before, count = dict(w.states), len(w.events)
        refusal = w.do(None, who, label, name, **fields)
        if refusal is None:
            row, after = COMMANDS[name], w.state(label)["state"]
            assert after in ((row.becomes,) if row.becomes else row.outcomes or (state_now,))
        else:
            assert w.states == before
            assert len(w.events) == count, "a refusal left an event"
            assert refusal.detail
        self.settle(before, count)

    def settle(self, before: dict[str, State], count: int) -> None:
        """After every step: the invariants of each case that was touched, and its encoding."""
        w = self.world
        for no in {e.case for e in w.events[count:]}:
            events = [e for e in w.events if e.case == no]
            state = w.states[no]
            assert state["state"] in STATES
            found = broken(before.get(no), state, events) if len(events) - self.known(before, no) == 1 else []
            found += broken(None, state, events)
            assert not found, (found, summary(state), [e.type for e in events])
            assert load_state(dump_state(state)) == state
            last = events[-1]
            copy = event_from(
                last.case, last.type, last.at, last.by, last.policy, event_body(last), last.private
            )
            assert copy == last

    @staticmethod
    def known(before: dict[str, State], no: str) -> int:
        """How many events the case had before."""
        return before[no]["_seq"] if no in before else 0


Walk.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestWalk = Walk.TestCase
