"""Dispatch, recall, sign, contact, assistance, class and matter: what goes to a unit, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from liandong.rules.policy import Unit
from support.ways import extend, give, ok, reach, refused
from support.world import SAFE, World, at, policy


def test_dispatch_starts_sign_handle_contact_and_return_window() -> None:
    """R25: the clocks run from the push, not from the signature. CONTRACT §3: dispatch X triage; S sign 30 min, handle 2 WD, contact 1 WD, return_window 4 wh."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03"))
    assert w.due("A", "sign") == "06-01 09:33"
    assert w.due("A", "handle") == "06-06 00:00"
    assert w.due("A", "contact") == "06-05 00:00"
    assert w.due("A", "return_window") == "06-01 15:03"
    assert w.clock("A", "triage")["outcome"] == "on_time"
    for kind in ("sign", "handle", "contact", "return_window"):
        assert w.clock("A", kind)["unit"] == "CG"
        assert w.clock("A", kind)["started_at"] == at("06-01 09:03")
    case = w["A"]
    assert (case["state"], case["class"], case["first_unit"], case["lead_unit"]) == (
        "dispatched",
        "general",
        "CG",
        "CG",
    )
    assert case["matter"]["code"] == "CG-01"
    assert case["matter"]["version"]
    assert w.told("assigned") == ["unit:CG"]
    assert w.clock("A", "handle")["source"] == "notice"
    assert w.clock("A", "sign")["source"] == "default"


def test_a_special_matter_has_five_working_days() -> None:
    """R36: special 5 WD."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", class_="special"))
    assert w.due("A", "handle") == "06-09 00:00"


@pytest.mark.parametrize(("when", "due"), [
    ("06-01 09:00", "06-01 09:30"), ("06-01 11:59", "06-01 12:29"), ("06-01 12:00", "06-01 13:00"),
    ("06-01 13:59", "06-01 14:59"), ("06-01 17:59", "06-01 18:29"), ("06-01 18:00", "06-01 19:00"),
    ("06-02 10:00", "06-02 11:00"), ("06-18 10:00", "06-18 11:00"),
])  # fmt: skip
def test_sign_is_thirty_minutes_and_sixty_outside_duty_hours(when: str, due: str) -> None:
    """CONTRACT §4: sign 30 min, 60 outside duty hours, elapsed, decided at dispatch."""
    w = World(start="06-01 08:00")
    ok(w.register(when))
    ok(w.dispatch(None))
    assert w.due("A", "sign") == due


def test_the_statutes_length_replaces_two_and_five_days() -> None:
    """R34: a confirmed statute counts on its days, source statute; a draft ([M]) does nothing."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", unit="RS", matter="RS-01"))
    assert w.clock("A", "handle")["source"] == "statute"
    assert w.due("A", "handle") == "08-28 00:00"  # 60 working days after 06-01, Dragon Boat taken out
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", unit="GS", matter="GS-01", class_="special"))
    assert (w.clock("A", "handle")["source"], w.due("A", "handle")) == ("statute", "08-01 00:00")
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", unit="GS", matter="GS-02"))  # its row is a draft
    assert (w.clock("A", "handle")["source"], w.due("A", "handle")) == ("notice", "06-06 00:00")


def test_a_statute_counts_from_its_first_day_and_not_on_its_last() -> None:
    """R34: effective-dated; the law of the day of dispatch counts."""
    from liandong.rules.policy import Statutory

    law = Statutory("10d", "法", date(2018, 6, 1), date(2018, 6, 4), True)
    rules = replace(policy(), statutory={"CG-01": (law,)})
    for when, source in (("05-31 09:00", "notice"), ("06-01 09:00", "statute"), ("06-03 09:00", "statute"),
                         ("06-04 09:00", "notice")):  # fmt: skip
        w = World(rules, start="05-31 08:00")
        ok(w.register(when))
        ok(w.dispatch(None))
        assert w.clock("A", "handle")["source"] == source, when


def test_complex_needs_a_promise() -> None:
    """R37: class complex is refused in dispatch and reclassify."""
    refused(reach("registered").dispatch(None, class_="complex"), "complex_needs_promise", "R37")
    refused(
        give(reach("handling"), "reclassify", "desk:li", **{"class": "complex"}),
        "complex_needs_promise",
        "R37",
    )


@pytest.mark.parametrize("matter", ["GA-01", "GA-03", "GA-07", "GA-11", "GA-18"])
def test_what_stays_with_the_police_goes_to_no_unit(matter: str) -> None:
    """R19, EB1–EB14: never_divert even when the three answers are no."""
    refused(reach("registered").dispatch(None, matter=matter), "never_divert", "R19")
    refused(give(reach("dispatched"), "reclassify", "desk:li", matter=matter), "never_divert", "R19")


@pytest.mark.parametrize(("matter", "kind", "taken"), [
    ("GA-07", "complaint", True), ("GA-19", "help", True), ("GA-20", "help", True), ("GA-02", "consult", True),
    ("GA-02", "help", False), ("CG-01", "help", False), ("CG-01", "consult", False),
])  # fmt: skip
def test_the_police_lead_only_their_own(matter: str, kind: str, taken: bool) -> None:
    """CONTRACT §2: GA leads only GA-07, GA-19, GA-20 and questions to the police."""
    w = reach("registered", kind=kind)
    answer = w.dispatch(None, unit="GA", matter=matter)
    if taken:
        ok(answer)
    else:
        refused(answer, "never_divert", "R19")


@pytest.mark.parametrize("township", ["万盛街道", "500110100", "火星镇"])
def test_what_is_not_ours_to_run_is_not_dispatched(township: str) -> None:
    """AMB21: 万盛 and places outside are refused not_our_territory."""
    w = reach("registered", place={"text": "某路", "township": township})
    refused(w.dispatch(None), "not_our_territory", "AMB21")
    w = reach("disputed", place={"text": "某路", "township": "古南街道"})
    ok(w.do(None, "desk:li", "A", "amend", place={"township": township}, reason="x"))
    refused(give(w, "designate", "duty_office:zhao"), "not_our_territory", "AMB21")


def test_our_townships_are_dispatched() -> None:
    """AMB21: by name and by code; a township is a unit of its own."""
    for township in ("古南街道", "500110001"):
        ok(
            reach("registered", place={"township": township}).dispatch(
                None, unit="JZ-500110001", matter="JZ-01"
            )
        )


def test_a_township_that_is_not_ours_is_no_unit_for_us() -> None:
    """AMB21: nothing is dispatched to 万盛."""
    rules = replace(
        policy(),
        units={
            **policy().units,
            "JZ-500110004": Unit("JZ-500110004", "万盛街道", "township", date(2000, 1, 1)),
        },
    )
    refused(
        reach("registered", rules).dispatch(None, unit="JZ-500110004", matter="JZ-01"), "not_our_territory"
    )


def test_unknown_units_and_the_residual_class_are_refused() -> None:
    """R22: unknown_unit; QT alone is a class, not a unit — in every field that names a unit."""
    for code in ("QT", "ZZ", "QT-nobody"):
        refused(reach("registered").dispatch(None, unit=code, matter="CG-01"), "unknown_unit", "R22")
        refused(reach("registered").dispatch(None, assist_units=[code]), "unknown_unit", "R22")
        refused(give(reach("handling"), "add_assist", "desk:li", unit=code), "unknown_unit")
        refused(give(reach("handling"), "instruct", "duty_office:zhao", units=["CG", code]), "unknown_unit")
        refused(give(reach("handling"), "to_police", "desk:li", joint_units=[code]), "unknown_unit")
        refused(give(reach("disputed"), "designate", "duty_office:zhao", unit=code), "unknown_unit")
        refused(give(reach("dispatched"), "return", "unit:CG", suggested_unit=code), "unknown_unit")


def closed_down(code: str, successors: tuple[str, ...] = ()) -> dict[str, Unit]:
    units = dict(policy().units)
    units[code] = replace(units[code], valid_to=date(2018, 6, 4), successors=successors)
    return units


def test_a_unit_not_in_force_takes_no_work() -> None:
    """R22: unit_not_in_force on that day and later, in every field; the day before it is in force."""
    rules = replace(policy(), units=closed_down("HB", ("CG",)))
    ok(reach("registered", rules).dispatch("06-03 23:59", unit="HB"))
    for name, who, fields in (
        ("dispatch", "desk:li", {"lead_unit": "HB", "matter": "HB-01"}),
        ("dispatch", "desk:li", {"lead_unit": "CG", "matter": "CG-01", "assist_units": ["HB"]}),
    ):
        w = reach("registered", rules)
        answer = give(w, name, who, "06-04 00:00", **fields)
        refused(answer, "unit_not_in_force", "R22")
        assert answer is not None
        assert policy().units["CG"].name in answer.detail
    for state, name, who in (
        ("disputed", "designate", "duty_office:zhao"), ("handling", "add_assist", "desk:li"),
        ("handling", "instruct", "duty_office:zhao"), ("handling", "to_police", "desk:li"),
    ):  # fmt: skip
        more = {"designate": {"unit": "HB"}, "add_assist": {"unit": "HB"}, "instruct": {"units": ["HB"]},
                "to_police": {"joint_units": ["HB"]}}[name]  # fmt: skip
        refused(give(reach(state, rules), name, who, "06-04 09:00", **more), "unit_not_in_force", "R22")


def test_a_unit_that_takes_nothing_is_not_in_force() -> None:
    """R22: a registered unit may be closed for dispatch altogether."""
    rules = replace(
        policy(), units={**policy().units, "HB": replace(policy().units["HB"], dispatchable=False)}
    )
    refused(reach("registered", rules).dispatch(None, unit="HB"), "unit_not_in_force")


def test_the_successor_acts_for_a_unit_no_longer_in_force() -> None:
    """R22, AMB23: successor links carry the work on; the case keeps the old code."""
    rules = replace(policy(), units=closed_down("CG", ("HB",)))
    w = reach("handling", rules)
    refused(w.feedback("06-03 10:00", unit="HB"), "not_your_case")
    ok(w.feedback("06-04 10:00", unit="HB"))
    assert (w["A"]["lead_unit"], w["A"]["state"]) == ("CG", "feedback_review")
    w = reach("handling", rules)
    refused(w.feedback("06-04 10:00", unit="JT"), "not_your_case")
    ok(w.feedback("06-04 10:00", unit="CG"))  # its staff may still finish what it holds


def test_the_successor_answers_for_an_assisting_unit() -> None:
    """R22: assist_reply and acknowledge by the successor stop the old unit's clocks."""
    rules = replace(policy(), units=closed_down("JT", ("HB",)))
    w = reach("handling", rules)
    ok(give(w, "add_assist", "desk:li"))
    ok(give(w, "instruct", "duty_office:zhao", units=["JT"]))
    ok(give(w, "assist_reply", "unit:HB", "06-04 10:00"))
    assert w.clock("A", "assist")["stopped_at"] == at("06-04 10:00")
    ok(give(w, "acknowledge", "unit:HB", "06-04 10:00"))
    assert w.clock("A", "ack")["stopped_at"] == at("06-04 10:00")


def test_the_catalogue_is_asked_before_anything_else() -> None:
    """R22, R32: a matter outside the catalogue is a bad value, before role and state."""
    refused(reach("handling").dispatch(None, matter="XX-1", who="reader:x"), "bad_value", "R32")
    refused(give(reach("registered"), "reclassify", "reader:x", matter="XX-1"), "bad_value", "R32")


def test_the_refusals_of_dispatch_come_in_the_order_of_the_list() -> None:
    """Refusals, CONTRACT §3: safety, never_divert, territory, unknown_unit, not_in_force, same_unit, complex."""
    rules = replace(policy(), units=closed_down("HB"))
    w = reach("return_review", rules)  # CG returned it
    ok(w.do(None, "desk:li", "A", "amend", place={"township": "万盛街道"}, reason="x"))
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="x"))
    w.tick("06-04 09:00")
    steps = [
        ({"lead_unit": "ZZ", "matter": "GA-01", "class": "complex"}, "safety_not_clear"),
        ({"lead_unit": "ZZ", "matter": "GA-01", "class": "complex"}, "never_divert"),
        ({"lead_unit": "ZZ", "class": "complex", "matter": "CG-01"}, "not_our_territory"),
        ({"lead_unit": "ZZ", "class": "complex", "matter": "CG-01"}, "unknown_unit"),
        (
            {"lead_unit": "CG", "class": "complex", "matter": "CG-01", "assist_units": ["HB"]},
            "unit_not_in_force",
        ),
        ({"lead_unit": "CG", "class": "complex", "matter": "CG-01"}, "same_unit_again"),
        ({"lead_unit": "JT", "class": "complex", "matter": "JT-03"}, "complex_needs_promise"),
    ]
    for number, (fields, code) in enumerate(steps):
        refused(give(w, "dispatch", "desk:li", **fields), code)
        if number == 0:
            ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="x"))
        if number == 2:
            ok(w.do(None, "desk:li", "A", "amend", place=None, reason="x"))


def test_the_lead_does_not_assist_itself() -> None:
    """R20: assisting units are others than the lead."""
    refused(reach("registered").dispatch(None, assist_units=["CG"]), "bad_value")
    refused(give(reach("handling"), "add_assist", "desk:li", unit="CG"), "bad_value")


def test_assist_is_due_with_the_earlier_of_the_lead_and_its_own_class() -> None:
    """CONTRACT §3: add_assist S assist, due the earlier of the lead's and its own class limit."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", assist_units=["JT", "HB"]))
    assert [(c["unit"], c["due_at"]) for c in w.clocks("A", "assist")] == [
        ("JT", at("06-06 00:00")), ("HB", at("06-06 00:00")),
    ]  # fmt: skip
    assert w["A"]["assist_units"] == ["JT", "HB"]
    assert w.told("assist") == ["unit:JT", "unit:HB"]
    w = reach("handling")
    ok(give(w, "add_assist", "duty_office:zhao", "06-05 10:00"))
    assert w.due("A", "assist") == "06-06 00:00"  # the lead's
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", unit="RS", matter="RS-01"))
    ok(give(w, "add_assist", "desk:li", "06-05 10:00"))
    assert w.due("A", "assist") == "06-08 00:00"  # its own 2 WD
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", unit="RS", matter="RS-01", class_="special"))
    ok(give(w, "add_assist", "desk:li", "06-05 10:00"))
    assert w.due("A", "assist") == "06-13 00:00"  # its own 5 WD


def test_an_assisting_unit_answers_and_asks_nothing_twice() -> None:
    """R20: assist_reply X assist of that unit only; a second answer finds nothing_pending; added twice, one clock."""
    w = reach("handling")
    ok(give(w, "add_assist", "desk:li"))
    ok(give(w, "add_assist", "desk:li"))
    ok(give(w, "add_assist", "desk:li", unit="HB"))
    assert len(w.clocks("A", "assist")) == 2
    assert w["A"]["assist_units"] == ["JT", "HB"]
    ok(give(w, "assist_reply", "unit:JT", "06-01 10:00"))
    assert [c["stopped_at"] for c in w.clocks("A", "assist")] == [at("06-01 10:00"), None]
    refused(give(w, "assist_reply", "unit:JT"), "nothing_pending", "I7")
    refused(give(w, "assist_reply", "unit:CG"), "not_your_case")
    ok(w.feedback("06-04 10:00"))
    ok(give(w, "accept_feedback", "desk:li", "06-04 11:00"))
    assert w.clocks("A", "assist")[1]["stopped_at"] == at("06-04 11:00")


def test_a_unit_that_becomes_lead_stops_assisting() -> None:
    """CONTRACT §2: one lead; its assist clock is superseded, assisting units left out are too."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", assist_units=["HB", "JT"]))
    ok(w.give_back("06-01 09:05"))
    ok(w.dispatch("06-01 09:10", unit="HB", assist_units=["GH"]))
    assert w["A"]["assist_units"] == ["GH"]
    assert {c["unit"]: c["outcome"] for c in w.clocks("A", "assist")} == {
        "HB": "superseded", "JT": "superseded", "GH": None,
    }  # fmt: skip


def test_recall_takes_an_unsigned_case_back() -> None:
    """T32: X sign, handle, contact, return_window (superseded); S triage; registered again."""
    w = reach("registered")
    ok(w.dispatch("06-01 09:03", assist_units=["JT"]))
    ok(give(w, "recall", "desk:li", "06-01 09:07"))
    case = w["A"]
    assert (case["state"], case["lead_unit"], case["first_unit"]) == ("registered", None, "CG")
    assert case["assist_units"] == []
    for kind in ("sign", "handle", "contact", "return_window", "assist"):
        assert (w.clock("A", kind)["outcome"], w.clock("A", kind)["stopped_at"]) == (
            "superseded",
            at("06-01 09:07"),
        )
    assert w.due("A", "triage") == "06-01 09:12"
    refused(give(reach("handling"), "recall", "desk:li"), "wrong_state", "I5")


def test_a_unit_that_held_the_case_before_gets_its_old_handle_back() -> None:
    """CONTRACT §3 dispatch: (a unit that held the case before: R its old handle instead) — no new two days."""
    w = reach("dispatched")
    ok(give(w, "recall", "desk:li", "06-04 10:00"))
    ok(w.dispatch("06-06 10:00"))
    assert len(w.clocks("A", "handle")) == 1
    handle = w.clock("A", "handle")
    # paused Monday with one working day left after it: Tuesday. From Wednesday on: Thursday.
    assert (handle["due_at"], handle["stopped_at"], handle["outcome"]) == (at("06-08 00:00"), None, None)
    assert w.due("A", "contact") == "06-07 00:00"  # n = 0: the end of that day
    assert w.due("A", "sign") == "06-06 10:30"
    assert w.due("A", "return_window") == "06-06 16:00"


def test_another_unit_gets_a_full_handle_and_the_old_one_is_superseded() -> None:
    """CONTRACT §3 dispatch: X old handle."""
    w = reach("return_review")
    ok(w.dispatch("06-04 09:20", unit="HB"))
    old, new = w.clocks("A", "handle")
    assert (old["unit"], old["outcome"]) == ("CG", "superseded")
    assert (new["unit"], new["due_at"]) == ("HB", at("06-07 00:00"))
    assert [c["outcome"] for c in w.clocks("A", "contact")] == ["superseded", None]
    assert w["A"]["first_unit"] == "CG"
    assert w["A"]["lead_unit"] == "HB"


def test_a_contact_already_made_is_not_asked_again() -> None:
    """R33: contact until made; a unit that comes back owes no second first contact."""
    w = reach("dispatched")
    ok(give(w, "contact", "unit:CG"))
    ok(give(w, "recall", "desk:li", "06-01 09:10"))
    ok(w.dispatch("06-01 09:12"))
    assert [c["outcome"] for c in w.clocks("A", "contact")] == ["on_time"]


def test_signing_stops_sign_and_nothing_signs_by_itself() -> None:
    """CONTRACT §4: sign X sign; nothing signs by itself; late signing is late."""
    w = reach("dispatched")
    ok(w.do("06-01 09:33", "unit:CG", "A", "sign", receiver="王"))
    assert (w.clock("A", "sign")["outcome"], w["A"]["state"]) == ("on_time", "handling")
    w = reach("dispatched")
    w.tick("06-12 09:00")
    assert w["A"]["state"] == "dispatched"
    ok(w.do(None, "unit:CG", "A", "sign", receiver="王"))
    assert w.clock("A", "sign")["outcome"] == "late"
    assert ("A", "sign", "CG") in w.breaches()
    assert w.due("A", "handle") == "06-06 00:00"  # trap 1: not from the signing


def test_contact_stops_contact_wherever_the_case_is_held() -> None:
    """CONTRACT §3: contact stops `contact`, from dispatched and handling."""
    for state in ("dispatched", "handling"):
        w = reach(state)
        ok(give(w, "contact", "unit:CG", "06-04 10:00"))
        assert w.clock("A", "contact")["outcome"] == "on_time"
        assert w["A"]["state"] == state


def test_a_contact_lies_between_the_call_and_now() -> None:
    """R32: what is reported as done cannot lie in the future or before the call."""
    w = reach("handling")
    refused(give(w, "contact", "reader:x", at="2018-06-01T09:10:01+08:00"), "bad_value", "R32")
    refused(give(w, "contact", "unit:CG", at="2018-06-01T08:59:59+08:00"), "bad_value", "R32")
    ok(give(w, "contact", "unit:CG", at="2018-06-01T09:10:00+08:00"))


def test_assign_inside_changes_nothing_outside() -> None:
    """R48: lead and assisting units pass it on inside; state and clocks stay."""
    w = reach("handling")
    ok(give(w, "add_assist", "desk:li"))
    before = w["A"]
    ok(give(w, "assign_inside", "unit:CG"))
    ok(give(w, "assign_inside", "unit:JT"))
    assert {**w["A"], "version": 0} == {**before, "version": 0}


def test_reclassify_counts_from_the_clocks_own_start() -> None:
    """R36: handle due recomputed from its own start, original kept; class and matter change."""
    w = reach("handling")
    ok(give(w, "reclassify", "duty_office:zhao", "06-05 10:00"))
    handle = w.clock("A", "handle")
    assert (handle["due_at"], handle["original_due_at"]) == (at("06-09 00:00"), at("06-06 00:00"))
    assert handle["started_at"] == at("06-01 09:03")
    assert (w["A"]["class"], w["A"]["matter"]["code"], w["A"]["state"]) == ("special", "CG-02", "handling")
    ok(give(w, "reclassify", "desk:li", "06-05 10:00", **{"class": "general"}))
    assert w.due("A", "handle") == "06-06 00:00"
    w = reach("handling")
    ok(give(w, "reclassify", "desk:li", "06-05 10:00", matter="RS-01"))
    assert (w.clock("A", "handle")["source"], w.due("A", "handle")) == ("statute", "08-28 00:00")


def test_a_unit_never_changes_its_own_class() -> None:
    """R36: never the unit itself."""
    refused(give(reach("handling"), "reclassify", "unit:CG"), "wrong_role", "R12")


def test_first_unit_never_changes() -> None:
    """I4, R27: return, recall, new dispatch, ruling leave the first unit."""
    w = reach("return_review")
    ok(w.dispatch("06-01 09:20", unit="HB"))
    ok(w.give_back("06-01 09:30", unit="HB"))
    ok(give(w, "designate", "duty_office:zhao", "06-01 10:00", unit="JT"))
    assert (w["A"]["first_unit"], w["A"]["lead_unit"]) == ("CG", "JT")


def test_dispatch_lapses_no_request_of_another_cycle() -> None:
    """CONTRACT §3: one pending request a case; leaving handling lets it lapse."""
    w = reach("handling")
    ok(extend(w, "06-01 09:20"))
    ok(w.give_back("06-01 09:30"))
    assert w["A"]["pending"] == []
    assert w.clock("A", "decision")["outcome"] == "superseded"
