"""Levels and reports (R39–R44), supervision, instructions, release, the police and what is left after them."""

from __future__ import annotations

import pytest

from support.contract import OPEN
from support.ways import give, ok, reach, refused
from support.world import SAFE, World, at

CODES = {"life": "unknown", "property": "unknown", "public": "unknown"}


def report(w: World, when: str | None = None) -> None:
    """Both reports done."""
    ok(give(w, "report_by_phone", "desk:li", when))
    ok(give(w, "report_in_writing", "desk:li", when))


def larger(state: str, **fields: object) -> World:
    """In that state, then raised to larger, both reports done."""
    w = reach(state, **fields)
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    report(w)
    return w


def let(w: World, command: str) -> None:
    ok(give(w, "release", "duty_office:zhao", command=command))


def test_reports_run_from_the_call_when_the_level_is_given_at_registering() -> None:
    """R42, R43: 10 and 40 minutes from received_at, owner desk; they may be late at birth."""
    w = World()
    ok(w.register("06-01 09:00", received_at="2018-06-01T08:45:00+08:00", level="larger"))
    assert (w.due("A", "phone_report"), w.due("A", "written_report")) == ("06-01 08:55", "06-01 09:25")
    assert w.clock("A", "phone_report")["unit"] == "desk"
    w.tick("06-01 09:01")
    assert ("A", "phone_report", "desk") in w.breaches()
    ok(give(w, "report_by_phone", "desk:li"))
    assert w.clock("A", "phone_report")["outcome"] == "late"
    ok(give(w, "report_in_writing", "desk:li", "06-01 09:25"))
    assert w.clock("A", "written_report")["outcome"] == "on_time"


def test_reports_run_at_night_and_over_midnight() -> None:
    """R42, G: 接报 23:55 → phone by 00:05, written by 00:35 the next day."""
    w = World()
    ok(w.register("06-15 23:55", level="extreme"))
    assert (w.due("A", "phone_report"), w.due("A", "written_report")) == ("06-16 00:05", "06-16 00:35")


def test_a_level_set_while_registered_counts_from_the_call_later_from_now() -> None:
    """R42: set while registered: from received_at; later: from that instant."""
    w = reach("registered")
    ok(give(w, "set_level", "desk:li", "06-01 09:04", level="larger"))
    assert (w.due("A", "phone_report"), w.due("A", "written_report")) == ("06-01 09:10", "06-01 09:40")
    w = reach("handling")
    ok(give(w, "set_level", "unit:CG", "06-01 10:00", level="major"))
    assert (w.due("A", "phone_report"), w.due("A", "written_report")) == ("06-01 10:10", "06-01 10:40")
    assert "duty_office" in w.told("level")
    assert "unit:CG" in w.told("level")


def test_below_larger_no_report_is_owed() -> None:
    """R40: none and general start nothing; the duty office is not called out."""
    w = reach("handling")
    ok(give(w, "set_level", "desk:li", level="general"))
    assert w.clocks("A", "phone_report") == []
    assert "duty_office" not in w.told("level")
    for name, fields in (("report_by_phone", {}), ("report_in_writing", {})):
        refused(give(w, name, "desk:li", **fields), "wrong_state", "I5")
    refused(give(w, "release", "duty_office:zhao"), "wrong_state", "I5")


def test_raised_again_while_running_changes_nothing_lowered_supersedes() -> None:
    """R42: raised again while running: unchanged; lowered: superseded."""
    w = reach("handling")
    ok(give(w, "set_level", "desk:li", "06-01 10:00", level="larger"))
    ok(give(w, "set_level", "desk:li", "06-01 10:05", level="extreme"))
    assert [c["due_at"] for c in w.clocks("A", "phone_report")] == [at("06-01 10:10")]
    ok(give(w, "set_level", "duty_office:zhao", "06-01 10:06", level="general"))
    for kind in ("phone_report", "written_report"):
        assert w.clock("A", kind)["outcome"] == "superseded"
    ok(give(w, "set_level", "desk:li", "06-01 10:20", level="larger"))
    assert [c["due_at"] for c in w.clocks("A", "phone_report")] == [at("06-01 10:10"), at("06-01 10:30")]


def test_a_report_that_was_made_is_not_owed_again_when_the_level_rises() -> None:
    """R42: raised after the report: no second call."""
    w = larger("handling")
    ok(give(w, "set_level", "desk:li", level="major"))
    assert len(w.clocks("A", "phone_report")) == 1
    refused(give(w, "report_by_phone", "desk:li"), "nothing_pending", "I7")
    refused(give(w, "report_in_writing", "unit:CG"), "nothing_pending", "I7")


def test_only_the_duty_office_lowers_a_level() -> None:
    """R44: level_down for desk and unit; both may raise; saying the same level again changes no clock."""
    for who in ("desk:li", "unit:CG"):
        w = reach("handling")
        ok(give(w, "set_level", who, level="major"))
        refused(give(w, "set_level", who, level="larger"), "level_down", "R44")
        clocks = w["A"]["clocks"]
        ok(give(w, "set_level", who, level="major"))
        assert w["A"]["clocks"] == clocks
        ok(give(w, "set_level", "duty_office:zhao", level="larger"))
        assert w["A"]["level"] == "larger"


GUARDED = [
    ("accept_feedback", "feedback_review", "desk:li", {}), ("call_back", "callback", "desk:li", {}),
    ("answer", "registered", "desk:li", {}), ("withdraw", "handling", "desk:li", {}),
    ("merge", "registered", "desk:li", {}), ("void", "registered", "desk_lead:sun", {"second": "desk:zhou"}),
    ("request_suspension", "handling", "unit:CG", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "state", "who", "fields"), GUARDED)
def test_from_larger_on_the_duty_office_lets_it_through_once(
    name: str, state: str, who: str, fields: dict
) -> None:  # type: ignore[type-arg]
    """R44: command_passed until `release`; the release is spent by the command; below larger nothing is asked."""
    w = larger(state)
    before = w["A"]
    refused(give(w, name, who, **fields), "command_passed", "R44")
    let(w, "withdraw" if name != "withdraw" else "answer")
    refused(give(w, name, who, **fields), "command_passed", "R44")
    let(w, name)
    assert {**w["A"], "version": 0} == {**before, "version": 0}  # a release alone moves nothing
    ok(give(w, name, who, **fields))
    assert name not in w.state("A")["_released"]
    assert len(w.state("A")["_released"]) == 1
    w = reach(state)
    ok(give(w, "set_level", "duty_office:zhao", level="general"))
    ok(give(w, name, who, **fields))


def test_a_release_is_spent_once() -> None:
    """R44: lets that command through once."""
    w = larger("handling")
    let(w, "suspension")
    ok(give(w, "request_suspension", "unit:CG"))
    ok(give(w, "decide_suspension", "duty_office:zhao", approve=False))
    refused(give(w, "request_suspension", "unit:CG"), "command_passed", "R44")


def test_releases_end_when_the_level_falls() -> None:
    """R44: a release belongs to the level it was given for."""
    w = larger("registered")
    let(w, "answer")
    ok(give(w, "set_level", "duty_office:zhao", level="general"))
    assert w.state("A")["_released"] == []


def test_only_guarded_commands_are_released() -> None:
    """R44: bad_value for any other command, before the state; only the duty office releases."""
    refused(give(larger("registered"), "release", "duty_office:zhao", command="dispatch"), "bad_value", "R32")
    refused(give(larger("registered"), "release", "desk:li"), "wrong_role", "R12")


@pytest.mark.parametrize(("name", "state", "who", "fields"), [g for g in GUARDED if g[0] in (
    "call_back", "answer", "withdraw", "void")])  # fmt: skip
def test_nothing_closes_while_a_report_runs(name: str, state: str, who: str, fields: dict) -> None:  # type: ignore[type-arg]
    """R42–R44: no closing while a report runs, released or not."""
    w = reach(state)
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    let(w, name)
    refused(give(w, name, who, **fields), "command_passed", "R44")
    ok(give(w, "report_by_phone", "desk:li"))
    refused(give(w, name, who, **fields), "command_passed", "R44")
    ok(give(w, "report_in_writing", "desk:li"))
    ok(give(w, name, who, **fields))


def test_accepting_closes_for_an_anonymous_caller_only_when_reported() -> None:
    """R44: accept_feedback that closes waits for the reports; one that leads to a call does not."""
    w = reach("feedback_review", caller={"anonymous": True})
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    let(w, "accept_feedback")
    refused(give(w, "accept_feedback", "desk:li"), "command_passed", "R44")
    report(w)
    ok(give(w, "accept_feedback", "desk:li"))
    assert w["A"]["state"] == "closed"
    w = reach("feedback_review")
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    let(w, "accept_feedback")
    ok(give(w, "accept_feedback", "desk:li"))
    assert w["A"]["state"] == "callback"


def test_a_call_that_does_not_close_needs_no_release() -> None:
    """R44: only the closing call_back is guarded: unreached once, or a rework."""
    w = larger("callback")
    ok(w.do("06-01 11:30", "desk:li", "A", "call_back", reached=False))
    ok(give(w, "call_back", "desk:li", solved="no", satisfaction="dissatisfied"))
    assert w["A"]["state"] == "handling"


def test_a_suspension_may_be_asked_while_a_report_runs() -> None:
    """R44: a suspension is no closing; it needs its release only."""
    w = reach("handling")
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    let(w, "request_suspension")
    ok(give(w, "request_suspension", "unit:CG"))


def test_reports_come_from_desk_or_unit_at_the_servers_time() -> None:
    """R42: stops that clock at the server's time; a party unit may report, another may not."""
    w = reach("handling")
    ok(give(w, "set_level", "duty_office:zhao", "06-01 10:00", level="larger"))
    refused(give(w, "report_by_phone", "unit:JT"), "not_your_case")
    ok(give(w, "report_by_phone", "unit:CG", "06-01 10:10"))
    assert (w.clock("A", "phone_report")["stopped_at"], w.clock("A", "phone_report")["outcome"]) == (
        at("06-01 10:10"), "on_time",
    )  # fmt: skip
    assert w.clock("A", "written_report")["stopped_at"] is None


def test_supervision_is_an_overlay_with_its_clock() -> None:
    """R11, R65: grade, requirement, reply_due; answered by the unit, lifted by the duty office; state unchanged."""
    w = reach("handling")
    ok(give(w, "supervise", "duty_office:zhao", "06-04 09:00", reply_due="2018-06-06T12:00:00+08:00"))
    assert (w.due("A", "supervision"), w.clock("A", "supervision")["unit"]) == ("06-06 12:00", "CG")
    assert (w["A"]["state"], w.told("supervised")) == ("handling", ["unit:CG"])
    ok(give(w, "answer_supervision", "unit:CG", "06-06 12:00"))
    assert w.clock("A", "supervision")["outcome"] == "on_time"
    assert w.told("supervised")[-1] == "duty_office"
    refused(give(w, "answer_supervision", "unit:CG"), "nothing_pending", "I7")
    ok(give(w, "lift_supervision", "duty_office:zhao"))
    refused(give(w, "lift_supervision", "duty_office:zhao"), "nothing_pending", "I7")
    ok(give(w, "supervise", "duty_office:zhao", reply_due="2018-06-08"))
    assert w.due("A", "supervision") == "06-09 00:00"
    ok(give(w, "supervise", "duty_office:zhao", reply_due="2018-06-11"))
    assert [c["outcome"] for c in w.clocks("A", "supervision")] == ["on_time", "superseded", None]
    ok(give(w, "lift_supervision", "duty_office:zhao"))
    assert w.clock("A", "supervision")["outcome"] == "superseded"


def test_a_supervision_asks_for_an_answer_in_the_future() -> None:
    """R32: reply_due after now, before the role."""
    refused(
        give(reach("handling"), "supervise", "reader:x", reply_due="2018-06-01T09:10:00+08:00"), "bad_value"
    )


def test_a_late_answer_to_a_supervision_is_a_breach() -> None:
    """R65: the overlay's clock fires like any other."""
    w = reach("handling")
    ok(give(w, "supervise", "duty_office:zhao", reply_due="2018-06-04"))
    w.tick("06-05 00:01")
    assert ("A", "supervision", "CG") in w.breaches()


def test_a_case_at_the_desk_is_supervised_at_the_desk() -> None:
    """R11: the overlay falls on whoever holds it."""
    w = reach("registered")
    ok(give(w, "supervise", "duty_office:zhao"))
    assert (w.clock("A", "supervision")["unit"], w.told("supervised")) == ("desk", ["desk"])


def test_an_instruction_asks_each_unit_for_its_own_acknowledgement() -> None:
    """R8, R11: any number of units at once, ack 10 min each; acknowledged one by one."""
    w = reach("handling")
    ok(give(w, "instruct", "duty_office:zhao", "06-01 10:00", units=["HB", "JT"]))
    assert [(c["unit"], c["due_at"]) for c in w.clocks("A", "ack")] == [
        ("HB", at("06-01 10:10")), ("JT", at("06-01 10:10")),
    ]  # fmt: skip
    assert w.told("instructed") == ["unit:HB", "unit:JT"]
    refused(give(w, "acknowledge", "unit:GH"), "not_your_case")
    refused(give(w, "acknowledge", "unit:CG"), "bad_value")
    ok(give(w, "acknowledge", "unit:JT", "06-01 10:10"))
    assert [c["outcome"] for c in w.clocks("A", "ack")] == [None, "on_time"]
    refused(give(w, "acknowledge", "unit:JT"), "bad_value")
    w.tick("06-01 10:11")
    assert ("A", "ack", "HB") in w.breaches()
    ok(give(w, "acknowledge", "unit:HB"))
    assert w.clocks("A", "ack")[0]["outcome"] == "late"
    assert w["A"]["joint_units"] == ["HB", "JT"]


def test_two_instructions_are_acknowledged_by_their_number() -> None:
    """R8: with several open the number says which."""
    w = reach("handling")
    ok(give(w, "instruct", "duty_office:zhao", units=["HB"]))
    ok(give(w, "instruct", "duty_office:zhao", units=["HB"]))
    refused(give(w, "acknowledge", "unit:HB", instruction="9"), "bad_value")
    ok(give(w, "acknowledge", "unit:HB", instruction="2"))
    assert [c["outcome"] for c in w.clocks("A", "ack")] == [None, "on_time"]
    ok(give(w, "acknowledge", "unit:HB", instruction="any"))  # one is left: it is meant
    assert [c["outcome"] for c in w.clocks("A", "ack")] == ["on_time", "on_time"]


@pytest.mark.parametrize("state", OPEN[:-1])
def test_any_open_case_becomes_a_police_matter_at_once(state: str) -> None:
    """R41, EB-R4: X all diversion clocks (superseded); S police_feedback 24 h; police and joint units told together."""
    w = reach(state)
    ok(give(w, "to_police", "desk:li", "06-02 10:00", joint_units=["HB", "U-G"]))
    case = w["A"]
    assert (case["state"], case["holder"], case["joint_units"]) == (
        "police",
        {"type": "police", "code": None},
        ["HB", "U-G"],
    )
    running = [c for c in w.state("A")["clocks"].values() if c["stopped_at"] is None]
    assert [(c["kind"], c["unit"]) for c in running] == [
        ("total", "desk"), ("police_feedback", "police"), ("ack", "police"), ("ack", "HB"), ("ack", "U-G"),
    ]  # fmt: skip
    assert w.due("A", "police_feedback") == "06-03 10:00"
    assert {c["due_at"] for c in w.clocks("A", "ack")} == {at("06-02 10:10")}
    assert w.told("police")[:3] == ["police", "unit:HB", "unit:U-G"]
    stopped = [c for c in w.state("A")["clocks"].values() if c["stopped_at"] == at("06-02 10:00")]
    assert all(c["outcome"] in ("superseded", "late") for c in stopped)


@pytest.mark.parametrize("state", OPEN[:-1])
def test_what_was_in_time_is_superseded_not_judged_when_the_police_take_over(state: str) -> None:
    """CONTRACT §3 to_police: X all diversion clocks (superseded), an assist clock and a pending decision with them."""
    w = reach(state)
    if state in ("dispatched", "handling"):
        ok(give(w, "add_assist", "desk:li"))
    if state == "handling":
        ok(give(w, "request_suspension", "unit:CG"))
    running = {
        n for n, c in w.state("A")["clocks"].items() if c["stopped_at"] is None and c["kind"] != "total"
    }
    ok(give(w, "to_police", "desk:li"))
    clocks = w.state("A")["clocks"]
    kinds = {clocks[n]["kind"]: (clocks[n]["outcome"], clocks[n]["stopped_at"]) for n in running}
    window = kinds.pop("return_window", ("superseded", w.now))
    assert window == ("superseded", w.now)
    assert set(kinds.values()) == {("superseded", w.now)}


def test_the_polices_own_acknowledgement_is_judged_when_they_are_done() -> None:
    """R41: who has dealt with it has known of it; the joint units' acks end as superseded with the case."""
    w = reach("handling")
    ok(give(w, "to_police", "desk:li", joint_units=["HB"]))
    ok(give(w, "police_done", "desk:li", "06-01 09:15"))
    assert [(c["unit"], c["outcome"]) for c in w.clocks("A", "ack")] == [
        ("police", "on_time"),
        ("HB", "superseded"),
    ]


def test_any_unit_of_the_case_calls_the_police() -> None:
    """EB-R4: also from an assisting unit's screen."""
    w = reach("handling")
    ok(give(w, "add_assist", "desk:li"))
    ok(give(w, "to_police", "unit:JT"))


def test_who_may_call_the_police() -> None:
    """EB-R4: desk, the unit from its own screen, the duty office."""
    for who in ("unit:CG", "duty_office:zhao", "desk:li"):
        w = reach("handling")
        ok(give(w, "to_police", who))
        assert w.clock("A", "handle")["outcome"] == "superseded"
        assert "unit:CG" in w.told("police")


def test_reports_acks_and_supervision_run_on_at_the_police() -> None:
    """CONTRACT §3 to_police: reports, acks, supervision run on."""
    w = reach("handling")
    ok(give(w, "set_level", "duty_office:zhao", "06-01 10:00", level="larger"))
    ok(give(w, "instruct", "duty_office:zhao", units=["HB"]))
    ok(give(w, "supervise", "duty_office:zhao"))
    ok(give(w, "to_police", "desk:li", "06-01 10:01"))
    for kind in ("phone_report", "written_report", "supervision"):
        assert w.clock("A", kind)["stopped_at"] is None
    assert w.clocks("A", "ack")[0]["stopped_at"] is None


def test_a_joint_unit_cannot_return_it_may_note() -> None:
    """EB-R7: they may object by note, never return."""
    w = reach("handling")
    ok(give(w, "to_police", "desk:li", joint_units=["HB"]))
    ok(give(w, "note", "unit:HB"))
    refused(w.give_back("06-01 09:12", unit="HB"), "not_your_case")
    refused(w.give_back("06-01 09:12"), "wrong_state")
    ok(give(w, "acknowledge", "unit:HB"))
    ok(give(w, "acknowledge", "unit:GA"))  # the police bureau's own account answers for the police
    assert [c["outcome"] for c in w.clocks("A", "ack")] == ["on_time", "on_time"]


def test_the_police_are_done_and_nothing_is_left() -> None:
    """EB-R5: X police_feedback, total; closed; no child."""
    for who in ("desk:li", "integration:jj"):
        w = reach("police")
        ok(give(w, "police_done", who, "06-02 09:05"))
        assert (w["A"]["state"], w["A"]["children"]) == ("closed", [])
        assert w.clock("A", "police_feedback")["outcome"] == "on_time"
        assert w.clock("A", "ack")["outcome"] == "late"
        assert w.clock("A", "total")["stopped_at"] == at("06-02 09:05")


@pytest.mark.parametrize(("remainder", "summary"), [
    ("修复路面", "修复路面"), (True, "路口垃圾没人清运"), ({"summary": "修复", "content": "全部"}, "修复"),
])  # fmt: skip
def test_what_is_left_goes_on_as_a_child(remainder: object, summary: str) -> None:
    """EB-R5: parent's received_at, caller, place, lead_unit as suggestion; safety all unknown; its own clocks."""
    w = reach("police", place={"text": "某路"})
    ok(give(w, "police_done", "desk:li", "06-01 15:00", remainder=remainder))
    parent, child = w["A"], w["A.1"]
    assert parent["children"] == [child["no"]]
    assert (child["state"], child["parent"], child["summary"]) == ("registered", parent["no"], summary)
    assert (child["received_at"], child["caller"], child["place"]) == (
        parent["received_at"], parent["caller"], parent["place"],
    )  # fmt: skip
    assert (child["lead_unit"], child["first_unit"], child["safety"]) == ("CG", None, CODES)
    assert w.due("A.1", "triage") == "06-01 15:05"
    assert w.clock("A.1", "total")["started_at"] == at("06-01 09:00")
    assert child["holder"] == {"type": "desk", "code": None}
    refused(w.dispatch("06-01 15:01", "A.1"), "safety_not_clear")
    ok(w.do(None, "desk:li", "A.1", "set_safety", safety=SAFE, reason="已处置"))
    ok(w.dispatch("06-01 15:02", "A.1", unit="HB"))
    assert w["A.1"]["first_unit"] == "HB"


def test_a_false_alarm_of_an_unfinished_case_leaves_a_child_by_force() -> None:
    """CONTRACT §3 police_done: forced for a false alarm; a case that only waited for its call-back was unfinished too."""
    w = reach("police")
    ok(give(w, "police_done", "desk:li", outcome="false_alarm", remainder=None))
    assert w["A.1"]["summary"] == w["A"]["summary"]
    for outcome in ("handled", "not_police"):
        w = reach("police")
        ok(give(w, "police_done", "desk:li", outcome=outcome, remainder=None))
        assert w["A"]["children"] == []
    w = reach("callback")
    ok(give(w, "to_police", "desk:li"))
    ok(give(w, "police_done", "desk:li", outcome="false_alarm", remainder=None))
    assert w["A.1"]["parent"] == w["A"]["no"]


def test_a_level_that_rises_again_after_it_was_lowered_is_reported_again() -> None:
    """R42: a new event of that level owes its own reports; what was made before does not answer it."""
    w = reach("handling")
    ok(give(w, "set_level", "desk:li", level="larger"))
    report(w)
    ok(give(w, "set_level", "duty_office:zhao", level="general"))
    ok(give(w, "set_level", "desk:li", level="larger"))
    assert [c["outcome"] for c in w.clocks("A", "phone_report")] == ["on_time", None]


def test_the_police_answer_their_own_acknowledgement() -> None:
    """R41: the police bureau is a party of what went to the police and acknowledges for the police."""
    w = reach("handling")
    ok(w.do(None, "desk:li", "A", "to_police", reason="冒烟"))
    ok(w.do(None, "unit:GA", "A", "acknowledge", instruction="1"))
    assert w.clock("A", "ack")["outcome"] == "on_time"


def test_the_police_do_not_close_while_a_report_runs() -> None:
    """R42–R44: no closing while a report runs."""
    w = reach("police")
    ok(give(w, "set_level", "duty_office:zhao", level="larger"))
    refused(give(w, "police_done", "desk:li"), "command_passed", "R44")
    report(w)
    ok(give(w, "police_done", "desk:li"))


def test_police_feedback_is_late_after_a_day() -> None:
    """CONTRACT §4: police_feedback 24 h, elapsed."""
    w = reach("police")
    w.tick("06-02 09:06")
    assert ("A", "police_feedback", "police") in w.breaches()


# -- merging --------------------------------------------------------------------------------------------------


def test_a_merge_keeps_the_worse_and_the_earlier() -> None:
    """C4.11: target: higher level, worse safety, callers joined, handle due the earlier; source merged, X all."""
    w = World()
    w.handling("A")
    ok(w.register("06-04 09:00", "T", caller={"name": "李四", "phone": "13900001234"}))
    ok(w.dispatch("06-04 09:03", "T"))
    assert w.due("T", "handle") == "06-07 00:00"
    ok(w.do(None, "unit:CG", "A", "set_safety", safety={**SAFE, "life": "unknown"}, reason="x"))
    ok(give(w, "set_level", "desk:li", level="general"))
    ok(w.do("06-04 09:05", "desk:li", "A", "merge", target="T", reason="同一件"))
    source, target = w["A"], w["T"]
    assert (source["state"], source["merged_into"], source["holder"]["type"]) == (
        "merged",
        target["no"],
        "none",
    )
    assert all(c["stopped_at"] is not None for c in w.state("A")["clocks"].values())
    assert w.clock("A", "handle")["outcome"] == "superseded"
    assert (target["level"], target["safety"]["life"], w.due("T", "handle")) == (
        "general",
        "unknown",
        "06-06 00:00",
    )
    assert [c["name"] for c in target["callers"]] == ["李四", "张三"]
    assert w.clock("T", "total")["started_at"] == at("06-04 09:00")
    assert (target["state"], target["version"]) == ("dispatched", 3)
    assert sorted(w.told("merged")) == ["caller", "unit:CG", "unit:CG"]


def test_a_merge_takes_over_the_earlier_due_only() -> None:
    """C4.11: a later due of the source changes nothing; a doubt less neither."""
    w = World()
    w.handling("T")
    ok(w.register("06-04 09:00", "A"))
    ok(w.dispatch("06-04 09:03", "A"))
    ok(w.do(None, "desk:li", "A", "merge", target="T", reason="同一件"))
    assert w.due("T", "handle") == "06-06 00:00"


def test_a_merge_carries_a_running_report() -> None:
    """R42: a report owed for the source is owed for the target by the same instant; a higher level starts both."""
    w = World()
    ok(w.register("06-01 09:00", "A", level="larger"))
    ok(give(w, "release", "duty_office:zhao", command="merge"))
    ok(w.register("06-01 09:05", "T"))
    ok(w.do(None, "desk:li", "A", "merge", target="T", reason="同一件"))
    assert w["T"]["level"] == "larger"
    assert (w.due("T", "phone_report"), w.due("T", "written_report")) == ("06-01 09:10", "06-01 09:40")
    assert len(w.clocks("T", "phone_report")) == 1
    assert "duty_office" in w.told("level")


def test_a_yes_that_comes_by_merging_calls_for_the_police() -> None:
    """EB-R4: worse safety on the target; the desk is told."""
    w = reach("dispatched")
    ok(w.do(None, "desk:li", "B", "set_safety", safety={**SAFE, "life": "yes"}, reason="x"))
    told = len(w.told("police"))
    ok(w.do(None, "desk:li", "B", "merge", target="A", reason="同一件"))
    assert w["A"]["safety"]["life"] == "yes"
    assert w.told("police")[told:] == ["desk"]
    assert w["A"]["state"] == "dispatched"


def test_a_machines_flag_goes_with_a_merge() -> None:
    """EB-R2: the flag of the source needs two persons on the target too."""
    from liandong.rules.model import Screen

    w = World()
    ok(w.register("06-01 09:00", "A", screen=Screen(True)))
    ok(w.register("06-01 09:00", "T"))
    ok(w.do(None, "desk:li", "A", "merge", target="T", reason="同一件"))
    refused(w.do(None, "desk:li", "T", "set_safety", safety=SAFE, reason="x"), "second_person_missing")


def test_the_target_of_a_merge_is_another_open_case() -> None:
    """CONTRACT §3 merge: target open, unmerged."""
    w = reach("registered")
    refused(w.do(None, "desk:li", "A", "merge", target="A", reason="x"), "bad_value", "R32")
    refused(w.do(None, "desk:li", "A", "merge", target="nobody", reason="x"), "bad_value", "R32")
    for state in ("closed", "answered", "archived", "merged", "voided", "withdrawn"):
        w = reach(state)
        ok(w.register(f"2018-{w.now:%m-%d %H:%M}", "C"))
        refused(w.do(None, "desk:li", "C", "merge", target="A", reason="x"), "wrong_state", "I5")
    for state in OPEN:
        w = reach(state)
        ok(w.do(None, "desk:li", "B", "merge", target="A", reason="x"))


def test_three_callers_after_two_merges() -> None:
    """C4.11: every caller keeps tracking and call-back."""
    w = reach("handling")
    ok(w.register("06-01 09:10", "C", caller={"name": "王五", "phone": "13700001234"}))
    ok(w.do(None, "desk:li", "C", "merge", target="B", reason="x"))
    ok(w.do(None, "desk:li", "B", "merge", target="A", reason="x"))
    assert len(w["A"]["callers"]) == 3
    assert w["A"]["callers"][2]["name"] == "王五"
    ok(w.feedback("06-01 10:00"))
    ok(give(w, "accept_feedback", "desk:li"))
    for _ in range(2):
        ok(give(w, "call_back", "desk:li"))
        assert w["A"]["state"] == "callback"
    ok(give(w, "call_back", "desk:li"))
    assert w["A"]["state"] == "closed"


def test_amending_the_caller_of_a_merged_case_changes_the_first_only() -> None:
    """C4.11: the other callers stay who they are."""
    w = reach("handling")
    ok(w.do(None, "desk:li", "B", "merge", target="A", reason="x"))
    ok(w.do(None, "desk:li", "A", "amend", caller={"name": "新", "contact_ok": False}, reason="x"))
    assert [c["contact_ok"] for c in w["A"]["callers"]] == [False, True]


def test_at_the_police_more_units_are_told_and_nothing_starts_again() -> None:
    """R41: "any open" holds there too; the police keep the clock they have."""
    world = World()
    world.handling()
    assert world.do("06-01 09:30", "desk:li", "A", "to_police", reason="冒烟", joint_units=["JX"]) is None
    assert world.do("06-01 09:40", "desk:li", "A", "to_police", reason="火势大", joint_units=["AJ"]) is None
    assert world["A"]["joint_units"] == ["JX", "AJ"]
    assert len(world.clocks("A", "police_feedback")) == 1
    assert world.due("A", "police_feedback") == "06-02 09:30"
    assert (
        world.do("06-01 10:00", "desk:li", "A", "police_done", outcome="false_alarm", remainder=None) is None
    )
    assert world["A.1"]["parent"] == world["A"]["no"]


def test_an_instruction_names_at_least_one_unit() -> None:
    """R32."""
    world = World()
    world.handling()
    refusal = world.do("06-01 10:00", "duty_office:zhao", "A", "instruct", units=[], text="速去")
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("bad_value", "units")


def test_the_duty_office_hears_of_a_level_given_at_registering() -> None:
    """R42: from 较大 on."""
    world = World()
    world.register("06-01 09:00", level="larger")
    assert world.told("level") == ["duty_office"]
