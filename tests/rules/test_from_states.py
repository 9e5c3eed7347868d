"""From which states a command is taken, with everything else made right: parties, level, second person (I5, I9)."""

from __future__ import annotations

import pytest

from support.contract import LINES, STATES, TERMINAL
from support.ways import give, reach
from support.world import World

ROLE = {"unit": "unit:CG:wang", "system": "system", "desk": "desk:li", "duty_office": "duty_office:zhao"}
LATER = {("designate", s) for s in ("dispatched", "handling")} | {("raise_dispute", "registered")}


def ready(state: str) -> World:
    """A case in that state in which CG is lead and assisting at once, of level larger."""
    w = reach(state)
    known = w.state("A")
    w.states[known["no"]] = {
        **known, "lead_unit": "CG", "assist_units": ["CG"], "_parties": ["CG"], "level": "larger",
    }  # fmt: skip
    return w


@pytest.mark.parametrize("state", STATES)
def test_a_command_is_refused_for_the_state_only_where_the_contract_says_so(state: str) -> None:
    """I5, I9: wrong_state or terminal outside the listed states; inside them never for the state."""
    for name, line in LINES.items():
        if name == "register" or (name, state) in LATER:
            continue
        who = "desk_lead:sun" if name == "void" else ROLE[line.who[0]]
        answer = give(ready(state), name, who)
        if state in line.frm:
            assert answer is None or answer.code not in ("wrong_state", "terminal"), (name, answer)
        else:
            assert answer is not None, name
            assert answer.code == ("terminal" if state in TERMINAL else "wrong_state"), (name, answer)
    answer = ready(state).do(None, "desk:li", "A", "confirm", command="void")
    assert (answer is None) == (state in LINES["urge"].frm)
