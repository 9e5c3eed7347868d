"""Feedback, its review, the call-back, rework, archive and reopening."""

from __future__ import annotations

import pytest

from liandong.rules.clocks import next_instant
from support.ways import extend, give, ok, reach, refused
from support.world import SAFE, World, at

FINAL = ("policy_forbids", "statutory_route", "not_found")


def called(w: World, when: str | None, label: str = "A", **fields: object) -> None:
    ok(give(w, "call_back", "desk:li", when, label=label, **fields))


def unreached(w: World, when: str) -> None:
    ok(w.do(when, "desk:li", "A", "call_back", reached=False))


def test_feedback_pauses_handle_and_starts_the_review() -> None:
    """CONTRACT §3 feedback: X sign, return_window, contact if contacted; P handle; S review 1 WD of the desk."""
    w = reach("handling")
    ok(w.feedback("06-04 10:00", contacted_at="2018-06-04T10:00:00+08:00"))
    case = w["A"]
    assert (case["state"], case["result"], case["holder"]) == (
        "feedback_review",
        "resolved",
        {"type": "desk", "code": None},
    )
    assert (w.due("A", "review"), w.clock("A", "review")["unit"]) == ("06-06 00:00", "desk")
    assert w.clock("A", "handle")["paused"]
    assert w.clock("A", "contact")["outcome"] == "on_time"
    assert w.told("feedback") == ["desk"]
    w = reach("handling")
    ok(w.feedback("06-01 10:00", contacted_caller=False))
    assert w.clock("A", "contact")["stopped_at"] is None
    assert w.clock("A", "return_window")["stopped_at"] == at("06-01 10:00")


def test_a_contact_in_a_feedback_lies_between_the_call_and_now() -> None:
    """R32: contacted_at not in the future, not before the call, not where nobody was contacted."""
    w = reach("handling")
    refused(w.feedback("06-01 10:00", contacted_at="2018-06-01T10:00:01+08:00"), "bad_value", "R32")
    refused(w.feedback("06-01 10:00", contacted_at="2018-06-01T08:59:59+08:00"), "bad_value", "R32")
    refused(
        w.feedback("06-01 10:00", contacted_caller=False, contacted_at="2018-06-01T09:30:00+08:00"),
        "bad_value",
        "R32",
    )


def test_an_answer_now_is_reviewed_like_a_feedback() -> None:
    """R28: answer_now from dispatched or handling, result explained, X sign, return_window; P handle; S review."""
    for state in ("dispatched", "handling"):
        w = reach(state)
        ok(give(w, "answer_now", "unit:CG", "06-01 09:20"))
        assert (w["A"]["state"], w["A"]["result"]) == ("feedback_review", "explained")
        assert w.clock("A", "sign")["outcome"] == "on_time"
        assert w.clock("A", "return_window")["stopped_at"] is not None
        assert w.clock("A", "handle")["paused"]
        assert w.clock("A", "contact")["stopped_at"] is None
        assert w.due("A", "review") == "06-05 00:00"
        assert w.told("feedback") == ["desk"]


def test_a_rejected_feedback_goes_back_to_where_it_came_from() -> None:
    """CONTRACT §3 reject_feedback: the state it came from; X review; R handle."""
    w = reach("dispatched")
    ok(give(w, "answer_now", "unit:CG", "06-01 09:20"))
    ok(give(w, "reject_feedback", "desk:li", "06-04 09:30"))
    assert (w["A"]["state"], w["A"]["result"]) == ("dispatched", None)
    assert w.due("A", "handle") == "06-07 00:00"
    assert w.clock("A", "review")["outcome"] == "on_time"
    assert w.told("feedback_rejected") == ["unit:CG"]
    w = reach("feedback_review")
    ok(give(w, "reject_feedback", "desk:li", "06-04 09:30"))
    assert (w["A"]["state"], w.clock("A", "handle")["paused"]) == ("handling", False)


def test_handle_is_judged_at_the_instant_of_the_feedback() -> None:
    """CONTRACT §3 accept_feedback: X review; X handle judged at the instant of the feedback; S callback 2 WD."""
    w = reach("handling")
    ok(w.feedback("06-06 00:00"))
    ok(give(w, "accept_feedback", "desk:li", "06-08 10:00"))
    assert (w.clock("A", "handle")["outcome"], w.clock("A", "review")["outcome"]) == ("on_time", "late")
    assert (w["A"]["state"], w.due("A", "callback")) == ("callback", "06-13 00:00")
    assert w.clock("A", "callback")["unit"] == "desk"
    w = reach("handling")
    ok(w.feedback("2018-06-06 00:00:01"))
    ok(give(w, "accept_feedback", "desk:li", "06-06 10:00"))
    assert w.clock("A", "handle")["outcome"] == "late"


def test_contact_never_made_is_superseded_when_the_feedback_is_accepted() -> None:
    """I2: nothing of the unit runs on once its work was accepted."""
    w = reach("handling")
    ok(w.feedback("06-01 10:00", contacted_caller=False))
    ok(give(w, "accept_feedback", "desk:li", "06-01 10:30"))
    assert w.clock("A", "contact")["outcome"] == "superseded"


@pytest.mark.parametrize(("caller", "state"), [
    ({"anonymous": True}, "closed"), ({"name": "张三", "phone": "13800001234", "contact_ok": False}, "closed"),
    ({"name": "张三", "anonymous": True}, "closed"), (None, "callback"), ({"phone": "13800001234"}, "callback"),
])  # fmt: skip
def test_who_wants_no_call_gets_none(caller: object, state: str) -> None:
    """CONTRACT §3 accept_feedback: closed for an anonymous caller or contact_ok=false, else callback."""
    w = reach("feedback_review", caller=caller)
    ok(give(w, "accept_feedback", "desk:li"))
    assert w["A"]["state"] == state
    assert (w.clock("A", "total")["stopped_at"] is not None) is (state == "closed")


def test_a_closing_call_ends_the_case() -> None:
    """R9: call_back closing X callback, total; what was said stands in the case."""
    w = reach("callback")
    called(w, "06-01 14:00", satisfaction="fairly_satisfied", solved="partly")
    case = w["A"]
    assert (case["state"], case["satisfaction"], case["solved"]) == ("closed", "fairly_satisfied", "partly")
    assert case["closed_at"] == "2018-06-01T14:00:00+08:00"
    assert w.clock("A", "callback")["outcome"] == "on_time"
    assert (w.clock("A", "total")["stopped_at"], w.clock("A", "total")["outcome"]) == (
        at("06-01 14:00"),
        None,
    )
    assert w.breaches() == [("B", "triage", "desk")]


def test_the_handling_unit_never_calls_back() -> None:
    """R9: handling_unit_calls."""
    refused(give(reach("callback"), "call_back", "unit:CG"), "handling_unit_calls", "R9")


def test_a_reached_caller_has_said_something() -> None:
    """R32: satisfaction and solved are missing only for an unreached caller, before the role."""
    w = reach("callback")
    refused(w.do(None, "reader:x", "A", "call_back", reached=True, solved="yes"), "missing_field", "R32")
    refused(w.do(None, "desk:li", "A", "call_back", reached=True, satisfaction="satisfied"), "missing_field")
    refused(give(w, "call_back", "desk:li", satisfaction="unreached"), "bad_value")
    refused(give(w, "call_back", "desk:li", reached=False, satisfaction="satisfied"), "bad_value")
    ok(w.do(None, "desk:li", "A", "call_back", reached=False, satisfaction="unreached", solved=None))


def test_unreached_counts_once_a_band_and_day_and_the_third_closes() -> None:
    """CONTRACT §3: bands 08–12, 12–18, 18–21; the 3rd counted closes with satisfaction unreached."""
    w = reach("callback")
    for when in ("06-01 11:30", "06-01 11:59", "06-01 12:00", "06-01 17:59"):
        unreached(w, when)
        assert w["A"]["state"] == "callback"
    unreached(w, "06-01 18:00")
    assert (w["A"]["state"], w["A"]["satisfaction"], w["A"]["solved"]) == ("closed", "unreached", None)


def test_calls_outside_the_bands_count_nothing_and_another_day_counts_again() -> None:
    """CONTRACT §3: once per band and day."""
    w = reach("callback")
    for when in ("06-01 21:00", "06-01 23:00", "06-02 07:59"):
        unreached(w, when)
    for when in ("06-02 08:00", "06-02 09:00", "06-03 08:00"):
        unreached(w, when)
        assert w["A"]["state"] == "callback", when
    unreached(w, "06-04 08:00")
    assert w["A"]["state"] == "closed"


@pytest.mark.parametrize(("solved", "satisfaction", "state"), [
    ("no", "dissatisfied", "handling"), ("no", "satisfied", "closed"), ("no", "declined", "closed"),
    ("partly", "dissatisfied", "closed"), ("yes", "dissatisfied", "closed"), ("no", "fairly_satisfied", "closed"),
])  # fmt: skip
def test_unsolved_and_dissatisfied_goes_back_all_else_closes(
    solved: str, satisfaction: str, state: str
) -> None:
    """T26: solved no and dissatisfied → rework (handling, cycle+1); all else closes."""
    w = reach("callback")
    called(w, None, solved=solved, satisfaction=satisfaction)
    assert w["A"]["state"] == state
    assert w["A"]["cycle"] == (1 if state == "handling" else 0)


@pytest.mark.parametrize("result", FINAL)
def test_a_final_result_is_explained_and_not_reworked(result: str) -> None:
    """CONTRACT §3: unless the result is policy_forbids, statutory_route or not_found: closed, with a notice."""
    w = reach("handling")
    ok(w.feedback("06-01 10:00", result=result))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, None, solved="no", satisfaction="dissatisfied")
    assert (w["A"]["state"], w["A"]["solved"], w["A"]["result"]) == ("closed", "no", result)
    assert "caller" in w.told("feedback")
    assert w.told("supervised") == []


def test_a_rework_has_half_the_limit_for_the_same_unit() -> None:
    """CONTRACT §3: 2 → 1 working days; S handle half, contact; X callback; total runs on."""
    w = reach("callback")
    called(w, "06-04 10:00", solved="no", satisfaction="dissatisfied")
    case = w["A"]
    assert (case["state"], case["lead_unit"], case["cycle"]) == ("handling", "CG", 1)
    assert (case["result"], case["satisfaction"], case["closed_at"]) == (None, None, None)
    assert w.due("A", "handle") == "06-06 00:00"
    assert w.due("A", "contact") == "06-06 00:00"
    assert w.clock("A", "callback")["outcome"] == "on_time"
    assert w.clock("A", "total")["stopped_at"] is None
    assert w.told("rework") == ["unit:CG"]


@pytest.mark.parametrize(("unit", "cls", "matter", "due"), [
    ("CG", "general", "CG-01", "06-06 00:00"), ("CG", "special", "CG-01", "06-08 00:00"),
    ("RS", "general", "RS-01", "06-08 00:00"),
])  # fmt: skip
def test_half_of_five_and_of_a_statute_is_three(unit: str, cls: str, matter: str, due: str) -> None:
    """CONTRACT §3: half: 2 → 1, 5 → 3 working days, a promise or statute → 3."""
    w = World()
    w.handling(unit=unit, class_=cls, matter=matter)
    ok(w.feedback("06-01 10:00", unit=unit))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-04 10:00", solved="no", satisfaction="dissatisfied")
    assert w.due("A", "handle") == due


def test_half_of_a_promise_is_three() -> None:
    """CONTRACT §3: a promise → 3 working days."""
    w = reach("handling")
    ok(extend(w, "06-01 10:00"))
    ok(give(w, "decide_extension", "desk:li"))
    ok(w.feedback("06-01 11:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-04 10:00", solved="no", satisfaction="dissatisfied")
    assert w.due("A", "handle") == "06-08 00:00"
    assert w.clock("A", "handle")["source"] == "default"


def again(w: World, day: str) -> None:
    ok(w.feedback(f"{day} 10:00"))
    ok(give(w, "accept_feedback", "desk:li", f"{day} 10:10"))
    called(w, f"{day} 10:20", solved="no", satisfaction="dissatisfied")


def test_after_two_reworks_it_closes_and_a_supervision_is_proposed() -> None:
    """CONTRACT §3: after 2 reworks closed, and a supervision is proposed to the duty office."""
    w = reach("callback")
    called(w, "06-01 14:00", solved="no", satisfaction="dissatisfied")
    again(w, "06-04")
    assert (w["A"]["state"], w["A"]["cycle"]) == ("handling", 2)
    assert w.told("supervised") == []
    again(w, "06-05")
    assert (w["A"]["state"], w["A"]["cycle"], w["A"]["solved"]) == ("closed", 2, "no")
    assert w.told("supervised") == ["duty_office"]
    refused(give(w, "rework", "duty_office:zhao"), "rework_limit", "R33")


def test_rework_takes_a_closed_case_up_again() -> None:
    """R33: closed → handling with the same unit, cycle+1; total goes on as if never stopped (I3)."""
    w = reach("closed")
    ok(give(w, "rework", "duty_office:zhao", "06-04 10:00"))
    case = w["A"]
    assert (case["state"], case["lead_unit"], case["cycle"], case["closed_at"]) == ("handling", "CG", 1, None)
    total = w.clock("A", "total")
    assert (total["started_at"], total["stopped_at"], total["paused"]) == (at("06-01 09:00"), None, False)
    assert w.due("A", "handle") == "06-06 00:00"
    w.tick("07-30 09:00")
    assert w["A"]["state"] == "handling"  # no archive day is left over


def test_rework_of_an_answer_goes_back_to_the_desk() -> None:
    """R33: answered → registered, cycle+1, triage again."""
    w = reach("answered")
    ok(give(w, "rework", "desk:li", "06-04 10:00"))
    case = w["A"]
    assert (case["state"], case["cycle"], case["holder"]["type"], case["result"]) == (
        "registered",
        1,
        "desk",
        None,
    )
    assert w.due("A", "triage") == "06-04 10:05"
    assert w.clock("A", "total")["stopped_at"] is None
    assert w.told("rework") == ["desk"]


def test_rework_comes_within_fifteen_days() -> None:
    """R33: closed 06-01: the 15th day is a holiday, the limit ends 06-20 00:00; then it is archived."""
    w = reach("closed")
    w.tick("06-20 00:00")
    assert w["A"]["state"] == "closed"
    ok(give(w, "rework", "desk:li"))
    w = reach("closed")
    state = w.state("A")
    w.states[state["no"]] = {**state, "_archive_at": None}  # the clock has not yet come by
    refused(give(w, "rework", "desk:li", "2018-06-20 00:00:01"), "rework_too_late", "R33")


def test_archive_comes_fifteen_days_after_closing() -> None:
    """T35: the system archives closed and answered cases; nothing else changes."""
    for state in ("closed", "answered"):
        w = reach(state)
        before = w["A"]
        w.tick("06-20 00:00")
        assert w["A"]["state"] == state
        w.tick("2018-06-20 00:00:01")
        assert w["A"] == {**before, "state": "archived", "version": before["version"] + 1}
        assert w.events[-1].by == "system"


def test_archiving_is_the_systems_word() -> None:
    """T35: archive by the system from closed and answered; nobody else, from nowhere else."""
    for state in ("closed", "answered"):
        w = reach(state)
        ok(w.do(None, "system", "A", "archive"))
        assert (w["A"]["state"], w["A"]["holder"]) == ("archived", {"type": "none", "code": None})
        assert next_instant(w.state("A")) is None


def test_reopening_makes_a_new_case_and_leaves_the_archive() -> None:
    """T36: a new case with `previous`; the archived one changes nothing (I9)."""
    w = reach("archived")
    before = w["A"]
    ok(give(w, "reopen", "duty_office:zhao"))
    assert w["A"] == before
    new = w["A.1"]
    assert (new["state"], new["previous"], new["summary"]) == ("registered", before["no"], before["summary"])
    assert new["received_at"] == "2018-06-21T00:00:00+08:00"
    assert (new["caller"], new["safety"]) == (before["caller"], dict.fromkeys(SAFE, "unknown"))
    refused(give(reach("closed"), "reopen", "duty_office:zhao"), "wrong_state", "I5")


def test_several_callers_are_all_heard_and_the_worst_answer_stands() -> None:
    """R9, trap 9: two callers merged: both are called, one unsatisfied counts."""
    w = reach("handling")
    ok(w.do("06-01 09:30", "desk:li", "B", "merge", target="A", reason="同一件"))
    ok(w.feedback("06-01 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-01 10:30")
    assert w["A"]["state"] == "callback"
    called(w, "06-01 10:40", satisfaction="dissatisfied", solved="partly")
    assert (w["A"]["state"], w["A"]["satisfaction"], w["A"]["solved"]) == ("closed", "dissatisfied", "partly")


def test_any_caller_of_a_merged_case_sends_it_back_and_is_asked_again() -> None:
    """R9: the second caller is unsolved and dissatisfied: rework; only who was unhappy is called again."""
    w = reach("handling")
    ok(w.do("06-01 09:30", "desk:li", "B", "merge", target="A", reason="同一件"))
    ok(w.feedback("06-01 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-01 10:30")
    called(w, "06-01 10:40", satisfaction="dissatisfied", solved="no")
    assert (w["A"]["state"], w["A"]["cycle"]) == ("handling", 1)
    ok(w.feedback("06-01 11:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-01 11:30")
    assert w["A"]["state"] == "closed"


def test_a_supervision_is_proposed_whichever_caller_stays_unhappy() -> None:
    """CONTRACT §3: after 2 reworks closed and a supervision proposed, also when a happy caller is called last."""
    w = reach("handling")
    ok(w.do("06-01 09:30", "desk:li", "B", "merge", target="A", reason="同一件"))
    for day in ("06-01", "06-04"):
        ok(w.feedback(f"{day} 10:00"))
        ok(give(w, "accept_feedback", "desk:li"))
        called(w, f"{day} 10:30", satisfaction="dissatisfied", solved="no")
    ok(w.feedback("06-05 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    called(w, "06-05 10:30", satisfaction="dissatisfied", solved="no")
    assert w["A"]["state"] == "callback"
    called(w, "06-05 10:40")
    assert (w["A"]["state"], w["A"]["satisfaction"], w["A"]["solved"]) == ("closed", "dissatisfied", "no")
    assert w.told("supervised") == ["duty_office"]


def test_a_rework_of_a_closed_case_asks_every_caller_again() -> None:
    """R9: what was said before counts no longer."""
    w = reach("closed")
    ok(give(w, "rework", "desk:li", "06-04 10:00"))
    ok(w.feedback("06-04 11:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    assert w["A"]["state"] == "callback"
    called(w, "06-04 12:00", satisfaction="declined", solved="yes")
    assert w["A"]["satisfaction"] == "declined"
