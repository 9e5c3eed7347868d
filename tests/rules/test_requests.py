"""What a unit asks for: a longer limit (R37), a suspension (D5); who decides; what lapses."""

from __future__ import annotations

import pytest

from support.ways import extend, give, ok, reach, refused
from support.world import SAFE, World, at


def test_the_desk_decides_the_first_extension() -> None:
    """R37: class complex, handle due = promised_at, source promise; S decision 4 wh owned by the desk."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    assert w["A"]["pending"] == [
        {"kind": "extension", "asked_at": "2018-06-04T10:00:00+08:00", "by": "unit:CG", "value": "2018-06-21T00:00:00+08:00"}
    ]  # fmt: skip
    assert (w.due("A", "decision"), w.clock("A", "decision")["unit"]) == ("06-04 16:00", "desk")
    assert w.told("extension_asked") == ["desk"]
    refused(give(w, "decide_extension", "duty_office:zhao"), "wrong_role", "R12")
    ok(give(w, "decide_extension", "desk:li", "06-04 11:00"))
    case, handle = w["A"], w.clock("A", "handle")
    assert (case["class"], case["pending"], case["state"]) == ("complex", [], "handling")
    assert (handle["due_at"], handle["source"]) == (at("06-21 00:00"), "promise")
    assert handle["original_due_at"] == at("06-06 00:00")
    assert w.clock("A", "decision")["outcome"] == "on_time"
    assert w.told("extension_decided") == ["caller", "unit:CG"]


def test_a_refused_extension_changes_nothing_but_the_request() -> None:
    """R37: the limit stays; the next request is still the first."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    ok(give(w, "decide_extension", "desk:li", approve=False))
    assert (w["A"]["class"], w["A"]["pending"], w.due("A", "handle")) == ("general", [], "06-06 00:00")
    assert w.told("extension_decided") == ["unit:CG"]
    ok(extend(w, "06-04 10:30"))
    ok(give(w, "decide_extension", "desk:li"))


def test_later_extensions_are_decided_by_the_duty_office() -> None:
    """R37: a second promise needs the duty office."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00", "2018-06-08"))
    ok(give(w, "decide_extension", "desk:li"))
    ok(extend(w, "06-08 10:00", "2018-06-12"))
    assert w.clock("A", "decision")["unit"] == "duty_office"
    refused(give(w, "decide_extension", "desk_lead:sun"), "wrong_role", "R12")
    ok(give(w, "decide_extension", "duty_office:zhao"))
    assert w.due("A", "handle") == "06-13 00:00"


def test_an_extension_is_asked_before_the_time_is_up() -> None:
    """R37, trap 6: now ≤ due; one second later extension_too_late."""
    w = reach("handling")
    ok(extend(w, "06-06 00:00"))
    w = reach("handling")
    refused(extend(w, "2018-06-06 00:00:01"), "extension_too_late", "R37")


def test_the_caller_is_told_before() -> None:
    """R37: told_caller_at ≤ now, after the call; a null is caller_not_told."""
    w = reach("handling")
    refused(extend(w, "06-04 10:00", told_caller_at=None), "caller_not_told", "R37")
    refused(extend(w, "06-04 10:00", told_caller_at="2018-06-04T10:00:01+08:00"), "caller_not_told", "R37")
    refused(extend(w, "06-04 10:00", told_caller_at="2018-06-01T08:59:59+08:00"), "caller_not_told", "R37")
    ok(extend(w, "06-04 10:00", told_caller_at="2018-06-01T09:00:00+08:00"))


def test_a_promise_is_later_than_the_limit() -> None:
    """R37: promised_at > due."""
    w = reach("handling")
    refused(extend(w, "06-04 10:00", "2018-06-05"), "promise_not_later", "R37")
    refused(extend(w, "06-04 10:00", "2018-06-06T00:00:00+08:00"), "promise_not_later", "R37")
    ok(extend(w, "06-04 10:00", "2018-06-06T00:00:01+08:00"))


def test_extension_refusals_come_in_the_order_of_the_list() -> None:
    """Refusals: extension_too_late, caller_not_told, promise_not_later, request_pending."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    refused(extend(w, "06-04 10:00", "2018-06-04", told_caller_at=None), "caller_not_told")
    refused(extend(w, "06-04 10:00", "2018-06-04"), "promise_not_later")
    refused(extend(w, "06-04 10:00"), "request_pending", "I7")
    refused(extend(w, "06-07 10:00", "2018-06-04", told_caller_at=None), "extension_too_late")


def test_one_pending_request_a_case() -> None:
    """I7: a suspension is not asked while an extension waits, nor the other way round."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    refused(give(w, "request_suspension", "unit:CG"), "request_pending", "I7")
    refused(give(w, "decide_suspension", "duty_office:zhao"), "nothing_pending", "I7")
    w = reach("handling")
    ok(give(w, "request_suspension", "unit:CG"))
    refused(extend(w, "06-04 10:00"), "request_pending")
    refused(give(w, "decide_extension", "desk:li"), "nothing_pending", "I7")


def test_nothing_pending_nothing_to_decide() -> None:
    """I7: nothing_pending, also before own_request."""
    w = reach("handling")
    refused(give(w, "decide_extension", "desk:li"), "nothing_pending", "I7")
    refused(give(w, "decide_suspension", "duty_office:zhao"), "nothing_pending", "I7")
    refused(give(w, "decide_extension", "unit:CG"), "nothing_pending", "I7")


def test_nobody_approves_their_own_request() -> None:
    """I7: own_request for any account of the unit."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    refused(give(w, "decide_extension", "unit:CG:wang"), "own_request", "I7")
    w = reach("handling")
    ok(give(w, "request_suspension", "unit:CG"))
    refused(give(w, "decide_suspension", "unit:CG:liu"), "own_request", "I7")


def test_asked_in_time_decided_late_the_breach_is_struck_and_charged_to_the_decider() -> None:
    """CONTRACT §3: the breach is entered, approval strikes it and the decision clock is charged."""
    w = reach("handling")
    ok(extend(w, "06-05 17:00"))
    w.tick("06-06 09:30")
    assert ("A", "handle", "CG") in w.breaches()
    ok(give(w, "decide_extension", "desk:li"))
    found = [b for b in w.breaches() if b[0] == "A"]
    assert ("A", "handle", "CG") not in found
    assert ("A", "decision", "desk") in found
    assert w.clock("A", "decision")["outcome"] == "late"
    assert w.due("A", "handle") == "06-21 00:00"
    ok(w.feedback("06-20 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    assert w.clock("A", "handle")["outcome"] == "on_time"


def test_asked_in_time_refused_late_the_breach_stays() -> None:
    """CONTRACT §3: only approval strikes a breach."""
    w = reach("handling")
    ok(extend(w, "06-05 17:00"))
    ok(give(w, "decide_extension", "desk:li", "06-06 09:30", approve=False))
    assert ("A", "handle", "CG") in w.breaches()
    assert w.clock("A", "decision")["outcome"] == "on_time"


def test_a_struck_handle_can_fall_due_again() -> None:
    """R37: the promise is the new limit, with its own warnings and its own breach."""
    w = reach("handling")
    ok(extend(w, "06-05 17:00", "2018-06-08"))
    ok(give(w, "decide_extension", "desk:li", "06-06 09:30"))
    w.tick("06-09 09:00")
    assert ("A", "handle", "CG") in w.breaches()


def test_leaving_handling_lets_a_request_lapse() -> None:
    """CONTRACT §3: feedback, answer_now, return, to_police, raise_dispute: pending [] and the decision superseded."""
    for name, who in (
        ("feedback", "unit:CG"), ("answer_now", "unit:CG"), ("return", "unit:CG"), ("to_police", "desk:li"),
        ("raise_dispute", "desk:li"), ("withdraw", "desk:li"), ("merge", "desk:li"),
    ):  # fmt: skip
        w = reach("handling")
        ok(extend(w, "06-01 10:00"))
        ok(give(w, name, who, "06-01 10:30"))
        assert w["A"]["pending"] == [], name
        assert w.clock("A", "decision")["outcome"] == "superseded", name


def test_a_suspension_is_decided_by_the_duty_office_and_pauses_the_unit() -> None:
    """D5: P handle, contact; S suspension due review_on; total runs on."""
    w = reach("handling")
    ok(give(w, "request_suspension", "unit:CG", "06-01 10:00", review_on="2018-06-11"))
    assert (w.due("A", "decision"), w.clock("A", "decision")["unit"]) == ("06-01 16:00", "duty_office")
    assert w.told("suspension_asked") == ["duty_office"]
    assert w["A"]["pending"][0]["value"] == {"reason": "seasonal", "review_on": "2018-06-11T00:00:00+08:00"}
    ok(give(w, "decide_suspension", "duty_office:zhao", "06-01 11:00"))
    case = w["A"]
    assert (case["state"], case["holder"], case["pending"]) == (
        "suspended",
        {"type": "unit", "code": "CG"},
        [],
    )
    assert (w.due("A", "suspension"), w.clock("A", "suspension")["unit"]) == ("06-11 00:00", "CG")
    assert w.clock("A", "handle")["paused"]
    assert w.clock("A", "contact")["paused"]
    assert not w.clock("A", "total")["paused"]
    assert w.clock("A", "decision")["outcome"] == "on_time"
    assert w.told("suspension_decided") == ["unit:CG"]


def test_a_refused_suspension_leaves_the_case_in_hand() -> None:
    """D5: handling, the clocks run, the request is gone."""
    w = reach("handling")
    ok(give(w, "request_suspension", "unit:CG"))
    ok(give(w, "decide_suspension", "duty_office:zhao", approve=False))
    assert (w["A"]["state"], w["A"]["pending"]) == ("handling", [])
    assert not w.clock("A", "handle")["paused"]
    assert w.clocks("A", "suspension") == []


@pytest.mark.parametrize(("day", "taken"), [
    ("2018-06-01", False), ("2018-06-02", True), ("2018-07-01", True), ("2018-07-02", False),
    ("2018-06-01T10:00:00+08:00", False),
])  # fmt: skip
def test_a_suspension_is_reviewed_within_thirty_days(day: str, taken: bool) -> None:
    """CONTRACT §3: review_on ≤ 30 d, in the future."""
    w = reach("handling")
    answer = give(w, "request_suspension", "unit:CG", "06-01 10:00", review_on=day)
    if taken:
        ok(answer)
    else:
        refused(answer, "bad_value", "R32")


def test_an_unreachable_caller_needs_three_recorded_contacts() -> None:
    """Code lists: caller_unreachable needs three recorded contacts."""
    w = reach("handling")
    for _ in range(2):
        ok(give(w, "contact", "unit:CG"))
    refused(give(w, "request_suspension", "unit:CG", reason="caller_unreachable"), "bad_value", "R32")
    ok(give(w, "contact", "unit:CG"))
    ok(give(w, "request_suspension", "unit:CG", reason="caller_unreachable"))


def test_a_contact_told_in_a_feedback_counts() -> None:
    """R33: a feedback that says the caller was contacted records a contact."""
    w = reach("handling")
    ok(give(w, "contact", "unit:CG"))
    ok(give(w, "contact", "unit:CG"))
    ok(w.feedback("06-01 10:00"))
    ok(give(w, "reject_feedback", "desk:li"))
    ok(give(w, "request_suspension", "unit:CG", reason="caller_unreachable"))


def test_the_unit_resumes_by_itself_or_the_system_on_the_review_day() -> None:
    """D5: resume X suspension, R handle, contact; the system at review_on."""
    w = World()
    w.handling()
    ok(give(w, "request_suspension", "unit:CG", "06-04 10:00", review_on="2018-06-11"))
    ok(give(w, "decide_suspension", "duty_office:zhao", "06-04 11:00"))
    ok(give(w, "resume", "unit:CG", "06-07 10:00"))
    assert (w["A"]["state"], w.due("A", "handle")) == ("handling", "06-09 00:00")  # one day was left
    assert w.due("A", "contact") == "06-08 00:00"  # n = 0
    assert w.clock("A", "suspension")["outcome"] == "on_time"
    w = World()
    w.handling()
    ok(give(w, "request_suspension", "unit:CG", "06-04 10:00", review_on="2018-06-11"))
    ok(give(w, "decide_suspension", "duty_office:zhao", "06-04 11:00"))
    w.tick("06-11 00:00")
    assert w["A"]["state"] == "suspended"
    w.tick("2018-06-11 00:00:01")
    assert (w["A"]["state"], w.due("A", "handle")) == ("handling", "06-13 00:00")
    assert w.clock("A", "suspension")["outcome"] == "on_time"
    assert not [b for b in w.breaches() if b[1] == "suspension"]
    assert w.events[-1].by == "system"


def test_an_unsafe_case_is_not_sent_back_by_the_clock() -> None:
    """I8: a suspended case with an open doubt stays, and its suspension runs on, late (I2)."""
    w = reach("suspended")
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "yes"}, reason="x"))
    w.tick("07-02 09:00")
    assert w["A"]["state"] == "suspended"
    assert w.clock("A", "suspension")["stopped_at"] is None
    assert "unit:CG" in w.told("overdue")


def test_a_suspension_decided_after_its_review_day_ends_at_once() -> None:
    """D5: the review day has come: it is looked at now."""
    w = reach("handling")
    ok(give(w, "request_suspension", "unit:CG", "06-01 10:00", review_on="2018-06-04"))
    ok(give(w, "decide_suspension", "duty_office:zhao", "06-05 10:00"))
    assert w.clock("A", "suspension")["due_at"] == at("06-05 10:00")
    w.tick("06-05 10:01")
    assert w["A"]["state"] == "handling"


def test_the_decision_clock_runs_on_late() -> None:
    """I2: the desk's decision is overdue until it is made."""
    w = reach("handling")
    ok(extend(w, "06-04 10:00"))
    w.tick("06-05 09:00")
    assert ("A", "decision", "desk") in w.breaches()
    ok(give(w, "decide_extension", "desk:li"))
    assert w.clock("A", "decision")["outcome"] == "late"
