"""Which unit may do what: the lead alone, or any unit that has a part in the case (CONTRACT §3, who)."""

from __future__ import annotations

import pytest

from support.ways import extend, give, ok, reach, refused
from support.world import World

LEAD_ONLY = [
    ("dispatched", "sign"), ("handling", "contact"), ("dispatched", "answer_now"), ("handling", "return"),
    ("handling", "request_extension"), ("handling", "request_suspension"), ("suspended", "resume"),
    ("handling", "feedback"), ("handling", "answer_supervision"),
]  # fmt: skip
ANY_PARTY = [
    ("handling", "set_safety"), ("handling", "assign_inside"), ("handling", "set_level"),
    ("handling", "to_police"), ("handling", "note"), ("handling", "report_by_phone"), ("handling", "report_in_writing"),
]  # fmt: skip


def with_assist(state: str) -> World:
    """In that state, with JT as an assisting unit from the beginning."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", assist_units=["JT"]))
    if state == "dispatched":
        return w
    ok(w.do("06-01 09:10", "unit:CG", "A", "sign", receiver="王"))
    if state == "suspended":
        ok(give(w, "request_suspension", "unit:CG"))
        ok(give(w, "decide_suspension", "duty_office:zhao"))
    return w


@pytest.mark.parametrize(("state", "name"), LEAD_ONLY)
def test_only_the_lead_unit_does_the_leads_work(state: str, name: str) -> None:
    """R12, R33: an assisting unit is refused not_your_case."""
    w = with_assist(state)
    ok(give(w, "supervise", "duty_office:zhao"))
    refused(give(w, name, "unit:JT"), "not_your_case", "R33")


@pytest.mark.parametrize(("state", "name"), ANY_PARTY)
def test_any_unit_of_the_case_may_warn_report_and_note(state: str, name: str) -> None:
    """EB-R4, R39, R42: safety, level, reports, the police and notes are open to every party."""
    w = with_assist(state)
    if name.startswith("report"):
        ok(give(w, "set_level", "desk:li", level="larger"))
    ok(give(w, name, "unit:JT"))


def test_a_unit_that_gave_the_case_away_still_warns() -> None:
    """I4, EB-R4: who was lead stays a party."""
    w = reach("return_review")
    ok(w.dispatch("06-01 09:20", unit="HB"))
    ok(give(w, "set_level", "unit:CG"))
    refused(give(w, "feedback", "unit:CG"), "not_your_case")


def test_an_assisting_unit_alone_answers_its_assist() -> None:
    """R20: assist_reply belongs to assisting units; a former lead is none."""
    w = with_assist("handling")
    refused(give(w, "assist_reply", "unit:CG"), "not_your_case")
    ok(give(w, "assist_reply", "unit:JT"))


def test_a_dispute_ends_what_ran_for_the_unit() -> None:
    """CONTRACT §3 raise_dispute: X sign, return_decision judged; a request and the window end unjudged."""
    w = reach("dispatched")
    ok(give(w, "raise_dispute", "desk:li", "06-01 09:05"))
    assert w.clock("A", "sign")["outcome"] == "on_time"
    assert w.clock("A", "return_window")["outcome"] == "superseded"
    w = reach("return_review")
    ok(give(w, "raise_dispute", "desk:li", "06-01 09:20"))
    assert w.clock("A", "return_decision")["outcome"] == "on_time"
    w = reach("registered")
    ok(give(w, "raise_dispute", "desk:li", unit_position="no_catalogue_item"))
    assert w.clock("A", "triage")["outcome"] == "superseded"
    w = reach("handling")
    ok(extend(w, "06-01 10:00"))
    ok(give(w, "raise_dispute", "desk:li"))
    assert w.clock("A", "decision")["outcome"] == "superseded"


def test_a_second_ruling_ends_the_signing_of_the_first() -> None:
    """R30: X old: sign is superseded, handle and contact of the old lead too."""
    w = reach("disputed")
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:00"))
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:10", unit="JT"))
    signs = w.clocks("A", "sign")
    assert [(c["unit"], c["outcome"]) for c in signs] == [
        ("CG", "on_time"),
        ("HB", "superseded"),
        ("JT", None),
    ]
    assert [c["outcome"] for c in w.clocks("A", "handle")] == ["superseded", "superseded", None]
    assert w.clock("A", "ruling")["outcome"] == "on_time"


def test_windows_and_reviews_are_judged_by_what_answers_them() -> None:
    """CONTRACT §3: feedback and answer_now X return_window, on time while it stood open."""
    for name in ("feedback", "answer_now"):
        w = reach("handling")
        ok(give(w, name, "unit:CG", "06-01 10:00"))
        assert w.clock("A", "return_window")["outcome"] == "on_time", name
    w = reach("feedback_review")
    ok(give(w, "accept_feedback", "desk:li"))
    assert w.clock("A", "review")["outcome"] == "on_time"


def test_finished_work_is_judged_where_the_desk_answers_or_splits() -> None:
    """CONTRACT §3: answer and split from return_review X return_decision, on time."""
    for name in ("answer", "split"):
        w = reach("return_review")
        ok(give(w, name, "desk:li", "06-01 09:20"))
        assert w.clock("A", "return_decision")["outcome"] == "on_time", name
        w = reach("registered")
        ok(give(w, name, "desk:li", "06-01 09:04"))
        assert w.clock("A", "triage")["outcome"] == "on_time", name


def test_every_change_counts_as_a_version() -> None:
    """I6: each command bumps the version by one, a note and a reopening bump nothing."""
    w = reach("handling")
    version = w["A"]["version"]
    for name, who in (("assign_inside", "unit:CG"), ("contact", "unit:CG"), ("urge", "caller"), ("add_assist", "desk:li"),
                      ("assist_reply", "unit:JT"), ("set_level", "desk:li"), ("supervise", "duty_office:zhao"),
                      ("answer_supervision", "unit:CG"), ("lift_supervision", "duty_office:zhao"),
                      ("instruct", "duty_office:zhao"), ("acknowledge", "unit:JT"), ("amend", "desk:li"),
                      ("set_safety", "desk:li"), ("reclassify", "desk:li"), ("feedback", "unit:CG"),
                      ("reject_feedback", "desk:li"), ("request_suspension", "unit:CG"),
                      ("decide_suspension", "duty_office:zhao"), ("resume", "unit:CG"), ("raise_dispute", "desk:li"),
                      ("designate", "duty_office:zhao"), ("to_police", "desk:li"), ("police_done", "desk:li"),
                      ("rework", "desk:li")):  # fmt: skip
        if name == "amend":
            ok(w.do(None, who, "A", "amend", caller=None, reason="x"))
        else:
            ok(give(w, name, who))
        version += 1
        assert w["A"]["version"] == version, name


def test_only_the_desk_is_the_second_person() -> None:
    """I7: nobody outside the desk confirms what the desk wants to do."""
    for who in (
        "unit:CG", "duty_office:zhao", "inspector:du", "reader:x", "police_inspectorate:p", "integration:110", "caller",
        "system", "government:g", "auditor:a",
    ):  # fmt: skip
        w = reach("registered")
        refused(w.do(None, who, "A", "confirm", command="void"), "wrong_role", "R12")


def test_inspectors_may_note() -> None:
    """R31: any party to the case, and those who watch it."""
    for who in ("inspector:du", "police_inspectorate:p", "duty_office:zhao", "caller"):
        w = reach("handling")
        ok(w.do(None, who, "A", "note", text="已阅"))
