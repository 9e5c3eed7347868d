"""Taking in, correcting, answering: register, amend, set_safety, answer, split, void, withdraw, note, confirm."""

from __future__ import annotations

import pytest

from liandong.rules.model import SYSTEM, Screen
from support.contract import OPEN, STATES
from support.ways import give, ok, reach, refused
from support.world import SAFE, World, at


def test_total_runs_from_the_call_and_triage_from_now() -> None:
    """I3, CONTRACT §3: register S total at received_at, S triage now (5 min)."""
    w = World()
    ok(w.register("06-01 09:00", received_at="2018-06-01T08:40:00+08:00"))
    total, triage = w.clock("A", "total"), w.clock("A", "triage")
    assert (total["started_at"], total["due_at"], total["unit"]) == (at("06-01 08:40"), None, "desk")
    assert (triage["started_at"], triage["due_at"], triage["unit"]) == (
        at("06-01 09:00"),
        at("06-01 09:05"),
        "desk",
    )
    case = w["A"]
    assert (case["state"], case["version"], case["cycle"], case["returns"]) == ("registered", 1, 0, 0)
    assert case["received_at"] == "2018-06-01T08:40:00+08:00"
    assert case["registered_at"] == "2018-06-01T09:00:00+08:00"
    assert {c["kind"] for c in case["clocks"]} == {"total", "triage"}


def test_a_call_from_the_future_is_refused() -> None:
    """R42: received_at ≤ now; equal is taken; it comes with the fields, before the role."""
    w = World()
    ok(w.register("06-01 09:00", "B", received_at="2018-06-01T09:00:00+08:00"))
    refused(w.register("06-01 09:00", received_at="2018-06-01T09:00:01+08:00"), "received_in_future", "R42")
    refused(
        w.register("06-01 09:00", received_at="2018-06-01T09:00:01+08:00", who="reader:x"),
        "received_in_future",
    )


def test_times_need_an_offset_and_are_answered_in_the_district_zone() -> None:
    """CONTRACT §3: ISO 8601 with offset, the district's zone Asia/Shanghai."""
    w = World()
    refused(w.register("06-01 09:00", received_at="2018-06-01T08:00:00"), "bad_value", "R32")
    ok(w.register("06-01 09:00", received_at="2018-06-01T00:30:00Z"))
    assert w["A"]["received_at"] == "2018-06-01T08:30:00+08:00"


def test_all_three_safety_questions_must_be_answered() -> None:
    """R1: unanswered is not no."""
    w = World()
    for broken in (
        {"life": "no", "property": "no"},
        {**SAFE, "life": ""},
        {**SAFE, "life": None},
        {**SAFE, "x": "no"},
    ):
        refused(w.register("06-01 09:00", safety=broken), "bad_value", "R32")


def test_what_was_told_at_registering_stands_in_the_case() -> None:
    """R2, R32: source, incident number, kind, place, caller and texts."""
    w = World()
    ok(
        w.register(
            "06-01 09:00", incident_no="JJ7", kind="help", content="三天了", level="general",
            place={"text": "中山路1号", "township": "古南街道", "village": "一社区", "lon": 106.6, "lat": 29.0},
            caller={"name": "张三", "phone": "13800001234", "confidential": True, "language": "苗语"},
        )
    )  # fmt: skip
    case = w["A"]
    assert (case["incident_no"], case["kind"], case["level"]) == ("JJ7", "help", "general")
    assert (case["summary"], case["content"]) == ("路口垃圾没人清运", "三天了")
    assert case["place"] == {
        "text": "中山路1号", "township": "古南街道", "village": "一社区", "lon": 106.6, "lat": 29.0,
    }  # fmt: skip
    assert case["caller"] == {
        "name": "张三", "phone": "13800001234", "anonymous": False, "confidential": True, "contact_ok": True,
        "language": "苗语",
    }  # fmt: skip
    assert case["source"] == {"channel": "110", "ref": "A"}


def test_a_missing_caller_is_anonymous() -> None:
    """CONTRACT §3: `caller` missing means anonymous."""
    w = World()
    ok(w.register("06-01 09:00", caller=None))
    assert w["A"]["caller"]["anonymous"] is True


def test_no_person_stands_in_the_state_or_the_chain() -> None:
    """CONTRACT §1, DESIGN: names, numbers, address lines and free text lie beside the event, never in it."""
    from liandong.rules.codec import dump_state, event_body

    w = reach("closed", place={"text": "中山路1号"}, content="内容秘密")
    written = "".join(event_body(e) for e in w.events) + dump_state(w.state("A"))
    for secret in ("张三", "13800001234", "中山路", "垃圾", "内容秘密", "已清运", "职责"):
        assert secret not in written


def test_a_machines_flag_adds_doubt_and_never_removes_it() -> None:
    """EB-R2: a flag turns no into unknown; yes stays yes."""
    w = World()
    ok(w.register("06-01 09:00", safety={**SAFE, "life": "yes"}, screen=Screen(True, "EB4", ("冒烟",))))
    assert w["A"]["safety"] == {"life": "yes", "property": "unknown", "public": "unknown"}
    w = World()
    ok(w.register("06-01 09:00", screen=Screen(False)))
    assert w["A"]["safety"] == SAFE


def test_a_machines_flag_is_cleared_only_by_two_persons() -> None:
    """EB-R2, I7: second? needed to turn a machine's flag into no; a doubt of one's own needs nobody."""
    w = World()
    ok(w.register("06-01 09:00", screen=Screen(True, "EB4", ("冒烟",))))
    refused(
        w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有"), "second_person_missing", "I7"
    )
    ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有", second="desk:zhou"))
    assert w["A"]["safety"] == SAFE
    w = World()
    ok(w.register("06-01 09:00", safety={**SAFE, "life": "unknown"}))
    ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="问清了"))


def test_a_yes_becomes_no_only_by_two_persons_even_in_two_steps() -> None:
    """EB-R2, I7: yes → no needs a second person; yes → unknown → no needs one as well."""
    w = World()
    ok(w.register("06-01 09:00", safety={**SAFE, "life": "yes"}))
    refused(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有"), "second_person_missing")
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="不清"))
    refused(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有"), "second_person_missing")
    ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有", second="desk:zhou"))
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="又有疑"))
    ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="清楚了"))


def test_the_second_person_is_another_account() -> None:
    """I7: oneself is no second person; without a simulation only a recorded confirmation counts, for ten minutes."""
    w = World()
    ok(w.register("06-01 09:00", safety={**SAFE, "life": "yes"}))
    for me in ("li", "desk:li"):
        refused(
            w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="x", second=me),
            "second_person_missing",
        )


def strict() -> World:
    from support.policy import load

    return World(load())


def test_a_confirmation_by_another_account_lasts_ten_minutes() -> None:
    """I7, CONTRACT §3 void: another account's `confirm` within 10 min; a typed name alone proves nothing."""
    w = strict()
    ok(w.register("06-01 09:00"))
    refused(
        w.do(None, "desk_lead:sun", "A", "void", reason="误登", second="desk:li"),
        "second_person_missing",
        "I7",
    )
    ok(w.do(None, "desk_lead:sun", "A", "confirm", command="void"))
    refused(w.do(None, "desk_lead:sun", "A", "void", reason="误登"), "second_person_missing")
    ok(w.do(None, "desk:li", "A", "confirm", command="set_safety"))
    refused(w.do(None, "desk_lead:sun", "A", "void", reason="误登"), "second_person_missing")
    ok(w.do(None, "desk:li", "A", "confirm", command="void"))
    refused(w.do("06-01 09:10:01".replace("06-01", "2018-06-01"), "desk_lead:sun", "A", "void", reason="误登"),
            "second_person_missing")  # fmt: skip
    ok(w.do(None, "desk:li", "A", "confirm", command="void"))
    refused(w.do(None, "desk_lead:sun", "A", "void", reason="误登", second="zhou"), "second_person_missing")
    ok(w.do("2018-06-01 09:20:01", "desk_lead:sun", "A", "void", reason="误登"))
    assert w["A"]["state"] == "voided"


def test_a_confirmation_is_spent_by_what_it_confirmed() -> None:
    """I7: a confirmed change of safety needs a new confirmation the next time."""
    w = strict()
    ok(w.register("06-01 09:00", safety={**SAFE, "life": "yes"}))
    ok(w.do(None, "desk:zhou", "A", "confirm", command="set_safety"))
    ok(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有"))
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "yes"}, reason="又有"))
    refused(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="没有"), "second_person_missing")


def test_only_what_needs_two_is_confirmed() -> None:
    """I7: confirm names void or set_safety, nothing else."""
    w = World()
    ok(w.register("06-01 09:00"))
    refused(w.do(None, "desk:zhou", "A", "confirm", command="dispatch"), "bad_value", "R32")
    refused(w.do(None, "unit:CG", "A", "confirm", command="void"), "wrong_role")
    refused(w.do(None, "desk:zhou", "A", "confirm"), "missing_field", "R32")
    ok(w.do(None, "desk:zhou", "A", "confirm", command="void"))
    assert w["A"]["version"] == 2


@pytest.mark.parametrize(("old", "new", "code"), [
    ("no", "unknown", None), ("no", "yes", None), ("unknown", "yes", None), ("unknown", "no", "wrong_role"),
    ("yes", "no", "wrong_role"),
])  # fmt: skip
def test_a_unit_only_adds_doubt(old: str, new: str, code: str | None) -> None:
    """EB-R2, EB-R4: unit towards yes/unknown only."""
    w = reach("handling")
    if old != "no":
        ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": old}, reason="x"))
    answer = w.do(None, "unit:CG", "A", "set_safety", safety={**SAFE, "life": new}, reason="现场")
    if code is None:
        ok(answer)
        assert w["A"]["safety"]["life"] == new
    else:
        refused(answer, code)


def test_a_unit_does_not_clear_even_with_a_second_person() -> None:
    """EB-R2: the unit's no counts nothing, whoever stands beside it."""
    w = reach("handling")
    ok(w.do(None, "desk:li", "A", "set_safety", safety={**SAFE, "life": "yes"}, reason="x"))
    refused(
        w.do(None, "unit:CG:wang", "A", "set_safety", safety=SAFE, reason="x", second="unit:CG:zhou"),
        "wrong_role",
    )


def test_the_system_only_adds_doubt() -> None:
    """EB-R2: what a machine sees later may only add doubt; it stays flagged for two."""
    w = reach("registered")
    ok(w.do(None, "system", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="追加来话"))
    refused(w.do(None, "system", "A", "set_safety", safety=SAFE, reason="无"), "wrong_role")
    refused(w.do(None, "desk:li", "A", "set_safety", safety=SAFE, reason="无"), "second_person_missing")


def test_a_yes_on_a_case_calls_for_the_police_and_ends_no_clock() -> None:
    """EB-R4: a yes on a dispatched case calls for to_police; every clock runs on."""
    w = reach("dispatched")
    before = w.state("A")["clocks"]
    ok(w.do(None, "unit:CG", "A", "set_safety", safety={**SAFE, "life": "yes"}, reason="漏气"))
    assert w.told("police") == ["desk"]
    assert w.state("A")["clocks"] == before
    assert w["A"]["state"] == "dispatched"


@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_nothing_unsafe_goes_to_a_unit(answer: str) -> None:
    """I8: never dispatched, designated, sent back to handling or reworked."""
    bad = {**SAFE, "public": answer}

    def spoil(w: World) -> None:
        ok(w.do(None, "desk:li", "A", "set_safety", safety=bad, reason="疑"))

    for state, name, who in (
        ("registered", "dispatch", "desk:li"), ("return_review", "dispatch", "desk:li"),
        ("return_review", "reject_return", "desk:li"), ("disputed", "designate", "duty_office:zhao"),
        ("feedback_review", "reject_feedback", "desk:li"), ("suspended", "resume", "unit:CG"),
    ):  # fmt: skip
        w = reach(state)
        spoil(w)
        refused(give(w, name, who), "safety_not_clear", "I8")
    w = reach("callback")
    spoil(w)
    refused(
        give(w, "call_back", "desk:li", solved="no", satisfaction="dissatisfied"), "safety_not_clear", "I8"
    )
    w = reach("callback")
    spoil(w)
    ok(give(w, "call_back", "desk:li"))
    refused(give(w, "rework", "desk:li"), "safety_not_clear", "I8")


def test_amend_changes_what_it_names_and_keeps_the_rest() -> None:
    """R32: the changed fields and a reason; before dispatch everything said by the caller."""
    w = reach("registered", content="旧内容")
    ok(
        w.do(None, "desk:li", "A", "amend", kind="help", summary="新摘要", place={"text": "新路", "township": "古南街道"},
             caller={"name": "李四", "phone": "13900001234"}, reason="听错")
    )  # fmt: skip
    case = w["A"]
    assert (case["kind"], case["summary"], case["content"]) == ("help", "新摘要", "旧内容")
    assert case["place"]["text"] == "新路"
    assert case["caller"]["name"] == "李四"
    assert (case["state"], case["version"]) == ("registered", 2)
    ok(w.do(None, "desk:li", "A", "amend", place=None, reason="无此处"))
    assert w["A"]["place"] is None


def test_amend_needs_a_change() -> None:
    """R32: a reason alone amends nothing."""
    refused(reach("registered").do(None, "desk:li", "A", "amend", reason="x"), "bad_value", "R32")


def test_amend_after_dispatch_touches_caller_and_place_only() -> None:
    """CONTRACT §3 amend: later only caller, place."""
    for state in ("dispatched", "handling", "callback", "police"):
        w = reach(state)
        ok(w.do(None, "desk:li", "A", "amend", caller={"name": "李四"}, place={"text": "x"}, reason="x"))
        refused(
            w.do(None, "desk:li", "A", "amend", kind="help", caller=None, reason="x"), "wrong_state", "I5"
        )
    ok(reach("return_review").do(None, "desk:li", "A", "amend", summary="改", reason="x"))


def test_an_amended_text_is_screened_again() -> None:
    """EB-R2: words added later may raise a flag."""
    w = reach("registered")
    ok(
        w.do(
            None,
            "desk:li",
            "A",
            "amend",
            summary="有人落水",
            reason="补充",
            screen=Screen(True, "EB9", ("落水",)),
        )
    )
    assert w["A"]["safety"] == dict.fromkeys(SAFE, "unknown")
    refused(w.dispatch(None), "safety_not_clear")


def test_answer_on_the_spot_ends_everything() -> None:
    """R28, R63: answered, all clocks stop, result explained; triage judged."""
    w = reach("registered")
    ok(give(w, "answer", "desk:li", "06-01 09:04"))
    case = w["A"]
    assert (case["state"], case["result"], case["closed_at"]) == (
        "answered",
        "explained",
        "2018-06-01T09:04:00+08:00",
    )
    assert (w.clock("A", "triage")["outcome"], w.clock("A", "triage")["stopped_at"]) == (
        "on_time",
        at("06-01 09:04"),
    )
    assert w.clock("A", "total")["stopped_at"] == at("06-01 09:04")
    w = reach("return_review")
    ok(give(w, "answer", "desk:li", "06-01 09:40"))
    assert w.clock("A", "return_decision")["outcome"] == "late"
    assert w.clock("A", "handle")["outcome"] == "superseded"


def test_triage_answered_late_is_a_breach_of_the_desk() -> None:
    """CONTRACT §4: now ≤ due_at is in time; a clock fires when now > due_at and runs on, late (I2)."""
    w = reach("registered")
    w.tick("06-01 09:05")
    assert w.breaches() == []
    w.tick("2018-06-01 09:05:01")
    assert ("A", "triage", "desk") in w.breaches()
    assert w.clock("A", "triage")["stopped_at"] is None
    assert "desk" in w.told("overdue")
    ok(w.dispatch("06-01 09:06"))
    assert (w.clock("A", "triage")["outcome"], w.clock("A", "triage")["stopped_at"]) == (
        "late",
        at("06-01 09:06"),
    )
    w = reach("registered")
    ok(w.dispatch("06-01 09:05"))
    assert w.clock("A", "triage")["outcome"] == "on_time"


def test_split_opens_a_child_for_each_part() -> None:
    """T30: merged, with children: same received_at, caller, incident_no; safety unknown; own clocks."""
    w = reach("registered", incident_no="JJ7", level="general", place={"text": "某路"})
    ok(give(w, "split", "desk:li", "06-01 09:04"))
    parent, one, two = w["A"], w["A.1"], w["A.2"]
    assert (parent["state"], parent["children"]) == ("merged", [one["no"], two["no"]])
    assert (parent["merged_into"], w.clock("A", "triage")["outcome"]) == (None, "on_time")
    for child, summary in ((one, "一"), (two, "二")):
        assert (child["state"], child["parent"], child["summary"]) == ("registered", parent["no"], summary)
        assert (child["received_at"], child["incident_no"]) == (parent["received_at"], "JJ7")
        assert child["caller"] == parent["caller"]
        assert child["place"] == parent["place"]
        assert child["safety"] == dict.fromkeys(SAFE, "unknown")
        assert (child["level"], child["kind"], child["first_unit"]) == ("general", "complaint", None)
        assert [c["kind"] for c in child["clocks"]] == ["total", "triage"]
        assert child["clocks"][0]["started_at"] == parent["received_at"]
        assert child["clocks"][1]["due_at"] == "2018-06-01T09:09:00+08:00"
    assert (one["matter"], two["matter"]["code"], two["content"]) == (None, "CG-02", "详")
    assert one["registered_at"] == "2018-06-01T09:04:00+08:00"


def test_split_needs_two_parts_of_the_catalogue() -> None:
    """R32, R22: at least two parts; a named matter stands in the catalogue."""
    w = reach("registered")
    refused(give(w, "split", "desk:li", parts=[{"summary": "一"}]), "bad_value", "R32")
    refused(
        give(w, "split", "desk:li", parts=[{"summary": "一"}, {"summary": "二", "matter": "XX-99"}]),
        "bad_value",
    )
    refused(give(w, "split", "desk:li", parts=[{"summary": "一"}, {"content": "二"}]), "bad_value")


def test_split_from_return_review_ends_the_units_clocks() -> None:
    """CONTRACT §3 split, from registered and return_review."""
    w = reach("return_review")
    ok(give(w, "split", "desk:li", "06-01 09:20"))
    assert w.clock("A", "return_decision")["outcome"] == "on_time"
    assert all(c["stopped_at"] is not None for c in w.state("A")["clocks"].values())


def test_void_by_the_lead_with_a_second_person() -> None:
    """T31: voided, all clocks stopped; nobody but desk_lead."""
    w = reach("registered")
    refused(w.do(None, "desk:li", "A", "void", reason="x", second="desk:zhou"), "wrong_role")
    refused(w.do(None, "desk_lead:sun", "A", "void", reason="x"), "second_person_missing")
    ok(w.do(None, "desk_lead:sun", "A", "void", reason="x", second="desk:zhou"))
    case = w["A"]
    assert (case["state"], case["holder"]["type"]) == ("voided", "none")
    assert all(
        c["outcome"] in (None, "superseded") and c["stopped_at"] for c in w.state("A")["clocks"].values()
    )


@pytest.mark.parametrize(
    "state", ["registered", "dispatched", "return_review", "suspended", "callback", "police"]
)
def test_withdraw_ends_any_open_case(state: str) -> None:
    """T33: withdrawn on the caller's word; X all."""
    w = reach(state)
    ok(give(w, "withdraw", "desk:li"))
    assert w["A"]["state"] == "withdrawn"
    for clock in w.state("A")["clocks"].values():
        assert clock["stopped_at"] is not None
        assert clock["outcome"] in (None, "superseded", "on_time", "lapsed")
    assert w["A"]["closed_at"] is not None


def test_a_note_changes_nothing_but_the_log() -> None:
    """I9: a note bumps no version, moves no clock, in open and in terminal states."""
    for state in STATES:
        w = reach(state)
        before, events = w["A"], len(w.events)
        ok(give(w, "note", "desk:li", to="CG"))
        assert w["A"] == before
        assert len(w.events) == events + 1
        assert w.events[-1].private["text"] == {"text": "备注"}


def test_a_unit_without_part_in_the_case_does_not_note() -> None:
    """R33: any party to the case; a unit that was lead once stays a party (I4)."""
    w = reach("return_review")
    ok(w.dispatch("06-01 09:20", unit="HB"))
    ok(give(w, "note", "unit:CG"))
    refused(give(w, "note", "unit:JT"), "not_your_case", "R33")


def test_urging_tells_the_holder() -> None:
    """T27: desk and caller may urge; the holder hears of it."""
    for state, holder in (
        ("registered", "desk"),
        ("handling", "unit:CG"),
        ("disputed", "duty_office"),
        ("police", "police"),
    ):
        w = reach(state)
        ok(give(w, "urge", "caller"))
        assert w.told("urged") == [holder]
    refused(give(reach("handling"), "urge", "unit:CG"), "wrong_role")


def test_only_the_clock_gives_the_clocks_commands() -> None:
    """I7: run_clock and recompute belong to the system."""
    w = reach("registered")
    for name in ("run_clock", "recompute"):
        refused(w.do(None, "desk_lead:sun", "A", name), "wrong_role", "R12")
    assert str(SYSTEM) == "system"


@pytest.mark.parametrize("state", OPEN)
def test_caller_and_place_are_amended_while_a_case_is_open(state: str) -> None:
    """CONTRACT §3: later only caller, place; any open state is "later"."""
    w = reach(state)
    ok(
        w.do(
            None, "desk:li", "A", "amend", place={"text": "桥头", "township": "三江街道"}, reason="来电人更正"
        )
    )
    assert w["A"]["place"]["township"] == "三江街道"


@pytest.mark.parametrize("state", ["closed", "answered"])
def test_a_finished_case_is_not_amended(state: str) -> None:
    """I5."""
    w = reach(state)
    refused(w.do(None, "desk:li", "A", "amend", place={"text": "桥头"}, reason="更正"), "wrong_state", "I5")
