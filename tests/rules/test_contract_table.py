"""Every row of the command table (CONTRACT §3) against a transcription by hand: fields, who, from-states, holders."""

from __future__ import annotations

from typing import Any

import pytest

from liandong.rules import codes
from liandong.rules.checks import CHECKS
from liandong.rules.table import COMMANDS
from support.contract import FINISHED, HOLDERS, LINES, NEVER, NOTICES, OPEN, REFUSALS, STATES, TERMINAL
from support.ways import give, reach, refused
from support.world import World

WHO = {
    "desk": "desk:li", "desk_lead": "desk_lead:sun", "unit": "unit:CG:wang", "duty_office": "duty_office:zhao",
    "integration": "integration:jj", "system": "system", "caller": "caller",
}  # fmt: skip
LEVEL_ONLY = ("report_by_phone", "report_in_writing", "release")
OWN_WORD = {
    ("designate", "desk"): "only_duty_office_rules", ("designate", "desk_lead"): "only_duty_office_rules",
    ("designate", "unit"): "only_duty_office_rules", ("raise_dispute", "unit"): "only_desk_disputes",
    ("raise_dispute", "duty_office"): "only_desk_disputes", ("decide_extension", "unit"): "nothing_pending",
    ("decide_suspension", "unit"): "nothing_pending", ("call_back", "unit"): "handling_unit_calls",
}  # fmt: skip
"""Roles that the contract refuses with a sentence of their own instead of wrong_role."""


def home(name: str) -> str:
    """A state from which the command is allowed."""
    return LINES[name].frm[0] if LINES[name].frm else "registered"


def roles(name: str) -> set[str]:
    """Who may, with what desk_lead may beside desk."""
    who = set(LINES[name].who)
    return who | {"desk_lead"} if "desk" in who else who


def test_the_code_knows_exactly_the_commands_of_the_contract() -> None:
    """CONTRACT §3: the command table, with `confirm` as the second person's word (I7)."""
    assert set(COMMANDS) == {*LINES, "confirm"}


def test_states_and_holders_are_those_of_the_contract() -> None:
    """I1: every state has exactly the holder of the table."""
    assert set(codes.STATES) == set(STATES)
    assert codes.HOLDER == HOLDERS
    assert (codes.OPEN, codes.FINISHED, codes.TERMINAL) == (OPEN, FINISHED, TERMINAL)


@pytest.mark.parametrize("name", sorted(LINES))
def test_fields_are_exactly_those_of_the_contract(name: str) -> None:
    """R32: required and optional fields of each command (call_back asks for answers only of a reached caller)."""
    row = COMMANDS[name]
    required = {f.name for f in row.fields if f.required}
    known = {f.name for f in row.fields}
    assert known == {*LINES[name].required, *LINES[name].optional}
    if name == "call_back":
        assert required == {"reached"}
    else:
        assert required == set(LINES[name].required)


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_missing_field_is_refused_before_anything_else(name: str) -> None:
    """R32: missing_field, even for somebody who may not and for a case in the wrong state."""
    w = reach(home(name))
    for field in LINES[name].required:
        fields = {k: v for k, v in LINES[name].required.items() if k != field}
        for who in ("desk:li", "reader:x"):
            before = w.state("A")
            answer = w.do(None, who, "A", name, **fields, **({} if name == "call_back" else {"nonsense": 1}))
            refused(answer, "missing_field", "R32")
            assert answer is not None
            assert answer.field == field
            assert w.state("A") is before


@pytest.mark.parametrize("name", sorted(LINES))
def test_an_unknown_field_is_refused_before_a_bad_value(name: str) -> None:
    """R32: unknown fields are refused; unknown_field comes before bad_value."""
    w = reach(home(name))
    bad = {k: object() for k in LINES[name].required}
    answer = w.do(None, "reader:x", "A", name, **{**bad, "nonsense": 1})
    refused(answer, "unknown_field", "R32")


def bad_ones(name: str) -> list[tuple[str, Any]]:
    every = {**LINES[name].required, **LINES[name].optional}
    # a blank or missing remainder is a remainder: nothing is left
    return [
        (k, v) for k in every for v in ([], {"x": 1}, 5.5, "\x00") if not (k == "assist_units" and v == [])
    ]


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_bad_value_is_refused_before_the_role(name: str) -> None:
    """R32: bad_value for a value of the wrong type, before role, case and state."""
    w = reach(home(name))
    for field, value in bad_ones(name):
        if value == [] and field in ("units", "joint_units"):
            continue
        answer = w.do(None, "reader:x", "A", name, **{**LINES[name].required, field: value})
        refused(answer, "bad_value", "R32")
        assert answer is not None
        assert answer.field == field


CLOSED_LISTS = [
    ("register", "kind", ("consult", "help", "complaint", "report", "suggestion", "praise", "dispute",
                          "police_nonurgent", "other")),
    ("register", "level", ("none", "general", "larger", "major", "extreme")),
    ("dispatch", "class", ("general", "special", "complex")),
    ("return", "reason_code", ("not_our_duty", "not_our_area", "other_lead", "needs_information")),
    ("request_suspension", "reason",
     ("awaiting_litigation", "seasonal", "funding", "awaiting_approval", "caller_unreachable")),
    ("feedback", "result", ("resolved", "partly_resolved", "policy_forbids", "conditions_forbid", "explained",
                            "statutory_route", "not_found")),
    ("call_back", "satisfaction", ("satisfied", "fairly_satisfied", "dissatisfied", "unreached", "declined")),
    ("call_back", "solved", ("yes", "partly", "no")),
    ("police_done", "outcome", ("handled", "false_alarm", "not_police")),
    ("supervise", "grade", (1, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "options"), CLOSED_LISTS)
def test_a_closed_list_takes_its_words_and_no_other(name: str, field: str, options: tuple[Any, ...]) -> None:
    """R32: code lists of CONTRACT §3 are closed."""
    found = next(f for f in COMMANDS[name].fields if f.name == field)
    assert found.choices == options
    w = reach(home(name))
    refused(w.do(None, "reader:x", "A", name, **{**LINES[name].required, field: "nobody"}), "bad_value")
    for option in options:
        answer = w.do(None, "reader:x", "A", name, **{**LINES[name].required, field: option})
        if not (name == "call_back" and option == "unreached"):
            refused(answer, "wrong_role")


@pytest.mark.parametrize("name", sorted(LINES))
def test_only_the_roles_of_the_contract_may(name: str) -> None:
    """R12: everybody else is refused wrong_role, or with the sentence the contract has for them."""
    for role, who in WHO.items():
        w = reach(home(name))
        answer = give(w, name, who)
        if role in roles(name) or (name in ("note", "set_safety") and role == "system"):
            assert answer is None or answer.code != "wrong_role" or name == "decide_extension", (role, answer)
        else:
            refused(answer, OWN_WORD.get((name, role), "wrong_role"))
    for role in NEVER:
        answer = give(reach(home(name)), name, f"{role}:x")
        if name == "note" and role in ("inspector", "police_inspectorate"):
            continue
        refused(answer, "wrong_role", "R12")


@pytest.mark.parametrize(
    ("name", "scope"),
    [("register", "register"), ("note", "append"), ("withdraw", "cancel"), ("police_done", "police_done")],
)
def test_a_machine_needs_the_scope_of_the_command(name: str, scope: str) -> None:
    """R6: integration scopes register, append, cancel, police_done; without the scope wrong_role."""
    from liandong.rules.decide import decide
    from liandong.rules.model import Actor, Command, NewCase, Refusal

    w = reach(home(name))
    command = Command(name, w.labels["A"], LINES[name].required, new=(NewCase("N9", "T9"),))
    for scopes in (frozenset[str](), frozenset({"register", "append", "cancel", "police_done"} - {scope})):
        answer = decide(w.states, command, Actor("integration", "jj", None, scopes), w.now, w.policy)
        assert isinstance(answer, Refusal)
        assert answer.code == "wrong_role"
    answer = decide(w.states, command, Actor("integration", "jj", None, frozenset({scope})), w.now, w.policy)
    assert not isinstance(answer, Refusal), answer


@pytest.mark.parametrize("state", STATES)
def test_a_command_from_another_state_is_refused(state: str) -> None:
    """I5, I9: wrong_state from any other state, terminal once the case has ended; only `note` follows."""
    w = reach(state)
    assert w["A"]["state"] == state
    for name, line in LINES.items():
        if name == "register":
            continue
        who = WHO[line.who[0]]
        if name == "decide_extension":
            who = "desk:li"
        before = w.state("A")
        if state in line.frm:
            if name in LEVEL_ONLY:
                refused(give(w, name, who), "wrong_state", "I5")
            continue
        if name == "amend" and state in OPEN:
            refused(give(w, name, who, summary="改"), "wrong_state", "I5")
            continue
        if line.who[0] == "unit" and (name == "assist_reply" or w["A"]["lead_unit"] != "CG"):
            refused(give(w, name, who), "not_your_case", "R33")
            continue
        if state in TERMINAL:
            refused(give(w, name, who), "terminal", "I9")
        else:
            refused(give(w, name, who), "wrong_state", "I5")
        assert w.state("A") is before, f"{name} changed a case it was refused for"


@pytest.mark.parametrize("state", STATES)
def test_the_holder_of_a_state_is_that_of_the_table(state: str) -> None:
    """I1: holder by state; a unit is the lead unit."""
    case = reach(state)["A"]
    assert case["holder"] == {"type": HOLDERS[state], "code": "CG" if HOLDERS[state] == "unit" else None}


RUNNING = {
    "registered": {"triage"},
    "dispatched": {"sign", "handle", "contact", "return_window"},
    "handling": {"handle", "contact", "return_window"},
    "return_review": {"return_decision"},
    "disputed": {"ruling"},
    "suspended": {"suspension"},
    "feedback_review": {"review"},
    "callback": {"callback"},
    "police": {"police_feedback", "ack"},
}
OWNERS = {
    "triage": "desk", "sign": "CG", "handle": "CG", "contact": "CG", "return_window": "CG", "return_decision": "desk",
    "ruling": "duty_office", "suspension": "CG", "review": "desk", "callback": "desk", "police_feedback": "police",
    "ack": "police", "total": "desk",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_the_running_clocks_of_a_state_are_those_of_the_table(state: str) -> None:
    """I2: beside total exactly the table's clocks run, each owned as the table says."""
    w = reach(state)
    running = [
        c
        for c in w.state("A")["clocks"].values()
        if c["stopped_at"] is None and not c["paused"] and c["kind"] != "total"
    ]
    kinds = {c["kind"] for c in running}
    if state == "suspended":
        kinds.discard("return_window")  # it lapses by itself; nothing of the table stops it
    assert kinds == RUNNING.get(state, set())
    assert all(c["unit"] == OWNERS[c["kind"]] for c in running)
    total = w.clock("A", "total")
    assert (total["stopped_at"] is None) == (state in OPEN)


@pytest.mark.parametrize("state", ["return_review", "disputed", "suspended", "feedback_review"])
def test_handle_is_paused_while_somebody_else_decides(state: str) -> None:
    """CONTRACT §3, states: handle paused in return_review, disputed, suspended and feedback_review."""
    w = reach(state)
    assert w.clock("A", "handle")["paused"] is True
    assert w.clock("A", "handle")["stopped_at"] is None


@pytest.mark.parametrize("name", [n for n in sorted(LINES) if n not in ("register", "note", "reopen")])
def test_a_stale_version_is_refused_after_case_and_before_state(name: str) -> None:
    """I6: stale_version; the order is role, case, version, state."""
    w = reach(home(name))
    who = WHO[LINES[name].who[0]]
    if name == "assist_reply":
        give(w, "add_assist", "desk:li")
        who = "unit:JT"
    if name in ("answer_supervision", "report_by_phone", "acknowledge"):
        w = reach("handling")
    fields = {**LINES[name].required, **({"summary": "改"} if name == "amend" else {})}
    refused(w.do(None, who, "A", name, version=999, **fields), "stale_version", "I6")
    if LINES[name].who[0] != "unit":
        elsewhere = reach("archived" if "archived" not in LINES[name].frm else "handling")
        refused(elsewhere.do(None, who, "A", name, version=999, **fields), "stale_version", "I6")
    refused(w.do(None, "reader:x", "A", name, version=999, **fields), "wrong_role", "R12")


@pytest.mark.parametrize("name", [n for n in sorted(LINES) if "unit" in LINES[n].who])
def test_another_unit_is_refused_not_your_case(name: str) -> None:
    """R33: a unit that has no part in the case may do nothing with it, whatever its state and version."""
    for state in (home(name), "archived"):
        w = reach(state)
        refused(w.do(None, "unit:HB", "A", name, version=999, **LINES[name].required), "not_your_case", "R33")


def test_every_open_command_is_really_taken_from_each_of_its_states() -> None:
    """CONTRACT §3: `any open` means any open state."""
    for name in ("urge", "supervise", "set_level", "instruct", "withdraw", "set_safety", "note"):
        for state in OPEN:
            w = reach(state)
            assert give(w, name, WHO[LINES[name].who[0]]) is None, (name, state)


def test_refusal_codes_and_rules_are_those_of_the_contract() -> None:
    """Refusals, CONTRACT §3: no code outside the list, each with its rule."""
    import ast
    from pathlib import Path

    import liandong.rules as rules

    found: dict[str, set[str]] = {}
    for file in Path(rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                code, rule = node.args[0], node.args[1]
                assert isinstance(code, ast.Constant)
                assert isinstance(rule, ast.Constant)
                found.setdefault(str(code.value), set()).add(str(rule.value))
    assert {code: {rule} for code, rule in REFUSALS.items()} == found


def test_every_check_of_the_code_guards_some_row() -> None:
    """R31: no rule stands in the code that no command asks."""
    used = {name for row in COMMANDS.values() for name in row.checks}
    assert used == set(CHECKS)


def test_notices_are_those_of_the_contract() -> None:
    """CONTRACT §7: the kinds of notices are closed."""
    import re
    from pathlib import Path

    import liandong.rules as rules

    text = "\n".join(f.read_text(encoding="utf-8") for f in Path(rules.__file__).parent.glob("*.py"))
    said = set(re.findall(r'notify(?:_unit|_caller)?\((?:[^()]|\([^()]*\))*?"(\w+)"\)', text))
    assert said - {"desk", "duty_office", "caller"} <= set(NOTICES)


def test_a_world_tells_labels_apart() -> None:
    """The test world itself: two labels, two cases."""
    w = World()
    assert w.register("06-01 09:00", "A") is None
    assert w.register("06-01 09:00", "B") is None
    assert w["A"]["no"] != w["B"]["no"]
