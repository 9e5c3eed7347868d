"""Return, dispute, ruling, and what a pause does to a limit."""

from __future__ import annotations

import pytest

from support.ways import extend, give, ok, reach, refused
from support.world import SAFE, World, at


def returned(when: str = "06-01 09:20", start: str = "06-01 09:00", **fields: object) -> World:
    """Handled by CG since shortly after ``start``, returned at ``when``."""
    w = World(start=start)
    w.handling(start=start, **fields)
    ok(w.give_back(when))
    return w


def test_a_return_goes_to_the_desk_only_and_keeps_the_unit_answerable() -> None:
    """R13, R27, R29: X sign, return_window; P handle, contact; S return_decision 30 min; lead stays in the records."""
    w = reach("dispatched")
    ok(w.give_back("06-01 09:20"))
    case = w["A"]
    assert (case["state"], case["lead_unit"], case["first_unit"], case["returns"]) == (
        "return_review",
        "CG",
        "CG",
        1,
    )
    assert w.clock("A", "sign")["outcome"] == "on_time"
    assert w.clock("A", "return_window")["outcome"] == "on_time"
    assert w.clock("A", "handle")["paused"]
    assert w.clock("A", "contact")["paused"]
    assert (w.due("A", "return_decision"), w.clock("A", "return_decision")["unit"]) == ("06-01 09:50", "desk")
    assert w.told("returned") == ["desk"]


def test_return_decision_is_sixty_minutes_outside_duty_hours() -> None:
    """CONTRACT §4: return_decision 30 min, 60 outside."""
    w = returned("06-01 12:30")
    assert w.due("A", "return_decision") == "06-01 13:30"


def test_the_return_window_is_four_working_hours_from_the_dispatch() -> None:
    """R29: within return_window; its end is in time, one second later return_window_over; lapsed, never a breach."""
    w = reach("handling")
    ok(w.give_back("06-01 15:03"))
    w = reach("handling")
    refused(w.give_back("2018-06-01 15:03:01"), "return_window_over", "R29")
    window = w.clock("A", "return_window")
    assert (window["outcome"], window["stopped_at"]) == ("lapsed", at("06-01 15:03"))
    assert all(kind != "return_window" for _, kind, _ in w.breaches())
    assert not any(
        n.kind.startswith("warning") and n.at < at("06-01 10:00") for _, n in w.notices if n.to == "x"
    )


def test_a_window_that_has_passed_unnoticed_is_over_all_the_same() -> None:
    """R29: not the clock's run but the instant decides."""
    from liandong.rules.decide import decide
    from liandong.rules.model import Actor, Command, Refusal

    w = reach("handling")
    from support.contract import LINES

    command = Command("return", w.labels["A"], LINES["return"].required)
    answer = decide(w.states, command, Actor("unit", "wang", "CG"), at("2018-06-01 15:03:01"), w.policy)
    assert isinstance(answer, Refusal)
    assert answer.code == "return_window_over"


def test_the_desk_does_not_push_it_back_to_who_returned_it() -> None:
    """R29, trap 5: same_unit_again; another unit is taken with a new window."""
    w = returned()
    refused(w.dispatch("06-01 09:30"), "same_unit_again", "R29")
    ok(w.dispatch("06-01 09:30", unit="HB"))
    assert w.clock("A", "return_decision")["outcome"] == "on_time"
    assert w.due("A", "return_window") == "06-01 15:30"


def test_a_rejected_return_goes_on_without_credit_or_new_window() -> None:
    """T14: reject_return X return_decision; R handle, contact; no new window; the count stays."""
    w = returned()
    ok(give(w, "reject_return", "desk:li", "06-01 09:40"))
    case = w["A"]
    assert (case["state"], case["returns"]) == ("handling", 1)
    assert w.due("A", "handle") == "06-06 00:00"
    assert not w.clock("A", "handle")["paused"]
    assert not w.clock("A", "contact")["paused"]
    decision = w.clock("A", "return_decision")
    assert (decision["outcome"], decision["stopped_at"]) == ("on_time", at("06-01 09:40"))
    assert len(w.clocks("A", "return_window")) == 1
    assert w.told("return_rejected") == ["unit:CG"]
    refused(w.give_back("06-01 09:50"), "return_window_over", "R29")


def test_a_unit_returns_a_case_once() -> None:
    """R29: returned_before, even if a window stood open again."""
    w = returned()
    ok(give(w, "reject_return", "desk:li", "06-01 09:40"))
    state = w.state("A")
    number = next(n for n, c in state["clocks"].items() if c["kind"] == "return_window")
    reopened = {**state["clocks"][number], "stopped_at": None, "outcome": None}
    w.states[state["no"]] = {**state, "clocks": {**state["clocks"], number: reopened}}
    refused(w.give_back("06-01 09:50"), "returned_before", "R29")


def test_the_cases_second_return_becomes_a_dispute_at_once() -> None:
    """CONTRACT §3 return: the case's 2nd → disputed, in the same transaction; S ruling 4 wh, owner duty_office."""
    w = returned()
    ok(w.dispatch("06-01 09:30", unit="HB"))
    before = len(w.events)
    ok(w.give_back("06-01 09:40", unit="HB"))
    assert len(w.events) == before + 1
    case = w["A"]
    assert (case["state"], case["returns"], case["holder"]) == (
        "disputed",
        2,
        {"type": "duty_office", "code": None},
    )
    assert (w.due("A", "ruling"), w.clock("A", "ruling")["unit"]) == ("06-01 15:40", "duty_office")
    assert [c["stopped_at"] for c in w.clocks("A", "return_decision")] == [at("06-01 09:30")]
    assert w.told("disputed") == ["duty_office"]
    assert w.told("returned") == ["desk", "desk"]


def test_rejected_returns_count_for_the_second() -> None:
    """CONTRACT §3 return: rejected ones count (the first was rejected by hand, the second unit came by a ruling's way)."""
    w = returned()
    ok(give(w, "reject_return", "desk:li", "06-01 09:40"))
    assert w["A"]["returns"] == 1


def test_only_the_desk_raises_a_dispute() -> None:
    """R30: only_desk_disputes for unit and duty office; from return_review, dispatched, handling."""
    for state in ("return_review", "dispatched", "handling"):
        w = reach(state)
        refused(give(w, "raise_dispute", "unit:CG"), "only_desk_disputes", "R30")
        refused(give(w, "raise_dispute", "duty_office:zhao"), "only_desk_disputes", "R30")
        ok(give(w, "raise_dispute", "desk:li", "06-01 09:30"))
        assert w["A"]["state"] == "disputed"
        assert w.due("A", "ruling") == "06-01 15:30"
        assert w.clock("A", "handle")["paused"]
        assert w.clock("A", "contact")["paused"]
        assert not [c for c in w.clocks("A", "sign") if c["stopped_at"] is None]
        assert not [c for c in w.clocks("A", "return_window") if c["stopped_at"] is None]
        assert not [c for c in w.clocks("A", "return_decision") if c["stopped_at"] is None]
        assert w.told("disputed") == ["duty_office", "unit:CG"]


def test_a_gap_in_the_catalogue_goes_to_the_duty_office_from_the_desk() -> None:
    """CONTRACT §2: nobody in the catalogue → dispute no_catalogue_item, before any dispatch; nothing else may."""
    w = reach("registered")
    refused(give(w, "raise_dispute", "desk:li"), "wrong_state", "I5")
    ok(give(w, "raise_dispute", "desk:li", "06-01 09:04", unit_position="no_catalogue_item"))
    assert w["A"]["state"] == "disputed"
    assert w.clock("A", "triage")["stopped_at"] == at("06-01 09:04")
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:00", unit="JT"))
    assert (w["A"]["lead_unit"], w["A"]["first_unit"], w["A"]["class"]) == ("JT", "JT", "general")
    assert w.due("A", "handle") == "06-06 00:00"


def test_a_pending_request_lapses_when_a_dispute_is_raised() -> None:
    """CONTRACT §3: leaving handling lets a request lapse; X decision."""
    w = reach("handling")
    ok(extend(w, "06-01 09:20"))
    ok(give(w, "raise_dispute", "desk:li"))
    assert w["A"]["pending"] == []
    assert w.clock("A", "decision")["outcome"] == "superseded"


def test_a_ruling_starts_sign_and_a_full_handle_for_another_unit() -> None:
    """CONTRACT §3 designate: X ruling; S sign; else X old, S full handle, contact; no return_window; final."""
    w = reach("disputed")
    ok(give(w, "designate", "duty_office:zhao", "06-04 09:00"))
    case = w["A"]
    assert (case["state"], case["final"], case["lead_unit"], case["first_unit"]) == (
        "dispatched",
        True,
        "HB",
        "CG",
    )
    assert w.clock("A", "ruling")["stopped_at"] == at("06-04 09:00")
    assert w.due("A", "sign") == "06-04 09:30"
    old, new = w.clocks("A", "handle")
    assert (old["unit"], old["outcome"]) == ("CG", "superseded")
    assert (new["unit"], new["due_at"]) == ("HB", at("06-07 00:00"))
    assert w.due("A", "contact") == "06-06 00:00"
    assert all(c["unit"] == "CG" for c in w.clocks("A", "return_window"))
    assert w.told("ruled") == ["unit:CG", "unit:HB", "desk"]
    assert w.told("assigned") == ["unit:CG", "unit:HB"]


def test_a_ruling_for_the_unit_that_held_it_resumes_its_clocks() -> None:
    """CONTRACT §3 designate: the unit that held it: R handle."""
    w = reach("disputed")
    ok(give(w, "designate", "duty_office:zhao", "06-05 10:00", unit="CG"))
    assert len(w.clocks("A", "handle")) == 1
    assert w.due("A", "handle") == "06-08 00:00"  # two working days were left after the day of the pause
    assert w.due("A", "contact") == "06-07 00:00"
    assert w.told("assigned") == ["unit:CG"]


def test_after_a_ruling_there_is_no_return_recall_or_redispatch() -> None:
    """R30: return_after_ruling; final_ruling for recall and dispatch; the duty office may rule again."""
    w = reach("disputed")
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:00"))
    refused(w.give_back("06-01 10:05", unit="HB"), "return_after_ruling", "R30")
    refused(give(w, "recall", "desk:li"), "final_ruling", "R30")
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:10", unit="JT"))
    assert (w["A"]["lead_unit"], w["A"]["state"]) == ("JT", "dispatched")
    assert [c["outcome"] for c in w.clocks("A", "sign")][-2:] == ["superseded", None]
    ok(w.do("06-01 10:20", "unit:JT", "A", "sign", receiver="王"))
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:30", unit="CG"))
    assert (w["A"]["lead_unit"], w["A"]["state"]) == ("CG", "dispatched")
    assert w["A"]["first_unit"] == "CG"


def test_dispatch_after_a_ruling_is_refused() -> None:
    """R30: final_ruling also where an answered case with a ruling comes back to the desk."""
    w = reach("disputed")
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:00"))
    ok(give(w, "to_police", "unit:HB"))
    state = w.state("A")
    w.states[state["no"]] = {**state, "state": "registered", "holder": {"type": "desk", "code": None}}
    refused(w.dispatch("06-01 10:10"), "final_ruling", "R30")


def test_only_a_final_case_is_ruled_again() -> None:
    """R30: designate from disputed, or again while final."""
    for state in ("dispatched", "handling"):
        refused(give(reach(state), "designate", "duty_office:zhao"), "wrong_state", "I5")


def test_only_the_duty_office_rules() -> None:
    """R30: only_duty_office_rules for the desk and the lead unit."""
    w = reach("disputed")
    refused(give(w, "designate", "desk:li"), "only_duty_office_rules", "R30")
    refused(give(w, "designate", "unit:CG"), "only_duty_office_rules", "R30")


def test_never_divert_binds_the_duty_office_too() -> None:
    """R19: a ruling gives the police nothing that is not theirs."""
    refused(give(reach("disputed"), "designate", "duty_office:zhao", unit="GA"), "never_divert", "R19")


def test_a_ruling_is_late_after_four_working_hours() -> None:
    """I2: the ruling clock runs on, late, until the ruling."""
    w = reach("disputed")
    w.tick("06-04 09:00")
    assert ("A", "ruling", "duty_office") in w.breaches()
    assert w.told("overdue").count("duty_office") >= 1
    ok(give(w, "designate", "duty_office:zhao"))
    assert w.clock("A", "ruling")["outcome"] == "late"


PAUSES = [
    # class, paused, resumed, due after; the matter was dispatched 06-01 09:03 (Friday)
    ("general", "06-01 10:00", "06-01 11:00", "06-06 00:00"),  # n = 2, the same day
    ("general", "06-01 10:00", "06-04 11:00", "06-07 00:00"),  # n = 2 after Monday
    ("general", "06-02 10:00", "06-03 11:00", "06-06 00:00"),  # over the weekend nothing is lost
    ("general", "06-04 10:00", "06-04 11:00", "06-06 00:00"),  # n = 1
    ("general", "06-04 10:00", "06-15 11:00", "06-20 00:00"),  # n = 1, the Dragon Boat days count not
    ("general", "06-05 10:00", "06-05 11:00", "06-06 00:00"),  # n = 0: the end of that day
    ("general", "06-05 10:00", "06-07 23:00", "06-08 00:00"),  # n = 0: that day
    ("general", "06-05 10:00", "06-09 11:00", "06-12 00:00"),  # n = 0: the next working day
    (
        "general",
        "06-05 10:00",
        "06-16 11:00",
        "06-20 00:00",
    ),  # n = 0: the next working day is Tuesday the 19th
    ("general", "06-06 00:00", "06-08 11:00", "06-09 00:00"),  # at its due it is in time: n = 0
    ("special", "06-05 10:00", "06-11 11:00", "06-15 00:00"),  # n = 3
]


@pytest.mark.parametrize(("cls", "paused", "resumed", "due"), PAUSES)
def test_a_paused_limit_in_working_days_keeps_its_days(cls: str, paused: str, resumed: str, due: str) -> None:
    """CONTRACT §3: n working days after the day of the pause; due = end of the n-th after the day of resumption."""
    w = World()
    w.handling(class_=cls)
    ok(give(w, "raise_dispute", "desk:li", paused))
    assert w.clock("A", "handle")["paused"]
    ok(give(w, "designate", "duty_office:zhao", resumed, unit="CG"))
    handle = w.clock("A", "handle")
    assert w.due("A", "handle") == due
    assert (handle["paused"], handle["stopped_at"], handle["outcome"]) == (False, None, None)
    assert handle["original_due_at"] == at("06-06 00:00" if cls == "general" else "06-09 00:00")


def test_paused_when_late_the_due_stays() -> None:
    """CONTRACT §3: paused when late, the due stays; the breach stays too."""
    w = World()
    w.handling()
    ok(give(w, "raise_dispute", "desk:li", "06-06 08:00"))
    ok(give(w, "designate", "duty_office:zhao", "06-08 08:00", unit="CG"))
    assert w.due("A", "handle") == "06-06 00:00"
    assert ("A", "handle", "CG") in w.breaches()
    ok(w.do("06-08 08:10", "unit:CG", "A", "sign", receiver="王"))
    ok(w.feedback("06-08 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    assert w.clock("A", "handle")["outcome"] == "late"


def test_a_paused_clock_does_not_fall_due() -> None:
    """CONTRACT §3: handle paused while somebody else decides; no warning, no breach of the unit meanwhile."""
    w = reach("disputed")
    ok(give(w, "amend", "desk:li", caller=None))
    w.tick("06-12 09:00")
    assert [b for b in w.breaches() if b[0] == "A"] == [("A", "ruling", "duty_office")]
    assert not [
        n for no, n in w.notices if no == w["A"]["no"] and n.kind.startswith("warning") and "CG" in n.to
    ]


def test_a_limit_in_days_pauses_by_days_and_a_promise_by_what_is_left() -> None:
    """CONTRACT §3: natural days the same with §203; hours, minutes and promises resume with what is left."""
    w = World()
    w.handling(unit="GS", matter="GS-01")  # 60 days: 07-31, due 08-01 00:00
    assert w.due("A", "handle") == "08-01 00:00"
    ok(give(w, "raise_dispute", "desk:li", "06-01 10:00"))
    ok(give(w, "designate", "duty_office:zhao", "06-04 10:00", unit="GS"))
    assert w.due("A", "handle") == "08-04 00:00"
    w = World()
    w.handling()
    ok(extend(w, "06-01 10:00", "2018-06-08T18:00:00+08:00"))
    ok(give(w, "decide_extension", "desk:li", "06-01 11:00"))
    ok(give(w, "raise_dispute", "desk:li", "06-04 10:00"))
    ok(give(w, "designate", "duty_office:zhao", "06-05 11:30", unit="CG"))
    assert w.due("A", "handle") == "06-09 19:30"


def test_a_safe_case_only_is_designated() -> None:
    """I8: designate with a doubt open is refused."""
    w = reach("disputed")
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="x"))
    refused(give(w, "designate", "duty_office:zhao"), "safety_not_clear", "I8")
