"""Vehicle marks and their use (R17, R18): who may take which step from where, one number a mark, no use outside a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules import plates, vehicles
from liandong.rules.model import SYSTEM, Actor, Refusal
from liandong.rules.register import Facts, decide
from liandong.rules.registers import registers
from liandong.rules.registers.vehicle_marks import DEFAULTS, VEHICLE_MARK
from liandong.rules.registers.vehicle_uses import VEHICLE_USE
from support.world import at, policy

CG, CG2 = Actor("unit", "zhang", "CG"), Actor("unit", "li", "CG")
GA, GA2, HB = Actor("unit", "he", "GA"), Actor("unit", "xu", "GA"), Actor("unit", "chen", "HB")
DUTY = Actor("duty_office", "wang")
NOW = at("06-01 09:00")
VEHICLE = {
    "plate": "渝B12345",
    "kind": "rescue",
    "purpose": "道路抢险",
    "manager": "王小明",
    "manager_phone": "13812341234",
}
CASE = "QJFL-500110-20180601-00001-7"


class File:
    """One vehicle's file: steps taken one after the other at a time that stands still unless moved."""

    def __init__(self, register=VEHICLE_MARK, now=NOW):
        self.register, self.now, self.entry, self.serial = register, now, None, 0
        self.known = {}

    def do(self, name, fields=(), actor=CG, *, rules=None):
        self.serial += 1
        known = {
            "cases": {},
            "serial": self.serial,
            "code": f"2018-1-{self.serial:032x}",
            "taken": {},
            **self.known,
        }
        found = decide(
            self.register, self.entry, self.register.by_name[name], dict(fields), actor, self.now,
            Facts(rules or policy(), {}, known), no="LDCB-2018-1",
        )  # fmt: skip
        if not isinstance(found, Refusal):
            self.entry = found.entry
        return found


def issued(**fields):
    file = File()
    file.do("apply", VEHICLE)
    assert not isinstance(file.do("issue", {"made_by": "区公安局", **fields}, GA), Refusal)
    return file


# -- plates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("渝B12345", "ordinary"), ("渝b·12345", "ordinary"), (" 渝Ｂ 1234A ", "ordinary"), ("渝BAB123", "ordinary"),
        ("渝BD12345", "new_energy"), ("渝BF12345", "new_energy"), ("渝B12345D", "new_energy"), ("渝BDA2345", "new_energy"),
        ("渝B1234警", "police"), ("渝X0001应急", "rescue"),
        ("", None), ("渝", None), ("渝B1234", None), ("渝B123456", None), ("渝BI2345", None), ("渝B1234O", None),
        ("渝BABC12", None), ("鱼B12345", None), ("渝112345", None), ("渝BX12345", None), ("B12345", None), ("渝B12345警", None),
    ],
)  # fmt: skip
def test_a_plate_is_known_by_its_form(text, kind):
    assert plates.kind(plates.normal(text)) == kind


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_plates_and_a_plate_found_has_one_form(text):
    once = plates.normal(text)
    if plates.kind(once) is not None:
        assert plates.normal(once) == once
        assert plates.normal(plates.shown(once)) == once
        assert 7 <= len(once) <= 8


@given(st.from_regex(rf"[{plates.PROVINCES}][A-HJ-NP-Z][0-9]{{3,5}}[A-HJ-NP-Z]?警?", fullmatch=True))
def test_however_a_plate_is_written_it_is_the_same_one(plate):
    known = plates.kind(plates.normal(plate))
    for written in (plate.lower(), f" {plate[:2]}·{plate[2:]} ", f"{plate[:2]} {plate[2:]}", "-".join(plate)):
        assert plates.kind(plates.normal(written)) == known
        assert plates.normal(written) == plate


def test_a_plate_is_kept_in_one_form_and_a_wrong_one_is_refused_with_an_example():
    file = File()
    assert file.do("apply", {**VEHICLE, "plate": "渝b·d12345"}).entry.data["plate"] == "渝BD12345"
    wrong = File().do("apply", {**VEHICLE, "plate": "渝BIO345"})
    assert (wrong.code, wrong.rule, wrong.field) == ("bad_value", "R32", "plate")
    assert "渝BD12345" in wrong.detail


# -- a mark's life -----------------------------------------------------------------------------------------------


def test_public_security_issues_a_numbered_mark_with_a_code_and_a_last_day():
    file = issued()
    data = file.entry.data
    assert (file.entry.state, file.entry.unit, data["mark_no"]) == ("valid", "CG", "联动2018-0002")
    assert data["valid_until"] == str(date(2018, 6, 1) + timedelta(days=DEFAULTS["valid_days"]))
    assert file.entry.due_at == vehicles.end_of(data["valid_until"], policy().zone)
    assert file.entry.owed["GA"].done_at == NOW
    assert vehicles.standing(file.entry, data["code"], NOW, policy()) == "valid"


def test_the_review_is_owed_within_its_limit():
    file = File()
    file.do("apply", VEHICLE)
    assert file.entry.owed["GA"].due_at == at("06-07 00:00")


@pytest.mark.parametrize("step", ["issue", "send_back", "refuse"])
def test_who_applied_does_not_review_and_nobody_but_public_security_does(step):
    fields = {"made_by": "区公安局"} if step == "issue" else {"reason": "材料不全"}
    file = File()
    file.do("apply", VEHICLE, GA)
    own = file.do(step, fields, GA)
    assert (own.code, own.rule) == ("own_request", "I7")
    assert file.do(step, fields, CG).code == "not_your_entry"
    assert file.do(step, fields, DUTY).code == "wrong_role"
    assert not isinstance(file.do(step, fields, GA2), Refusal)


def test_only_the_unit_itself_steers_its_file():
    file = issued()
    for step in ("ask_renewal", "report_lost", "hand_in"):
        fields = {
            "ask_renewal": {"reason": "继续使用"},
            "report_lost": {"lost_at": NOW.isoformat(), "how": "途中脱落"},
            "hand_in": {"reason": "报废"},
        }[step]
        assert file.do(step, fields, HB).code == "not_your_entry"


def test_a_returned_application_is_mended_and_reviewed_again():
    file = File()
    file.do("apply", VEHICLE)
    file.do("send_back", {"reason": "车牌与行驶证不符"}, GA)
    assert file.do("issue", {"made_by": "区公安局"}, GA).code == "wrong_state"
    again = file.do("resubmit", {"plate": "渝B54321"})
    assert (again.entry.state, again.entry.data["plate"], again.entry.owed["GA"].done_at) == (
        "applied",
        "渝B54321",
        None,
    )


def test_a_plate_that_is_taken_by_another_file_is_refused():
    file = File()
    file.known = {"taken": {"渝B12345": "LDCB-2018-9"}}
    taken = file.do("apply", VEHICLE)
    assert (taken.code, taken.rule, taken.field) == ("plate_taken", "R17", "plate")
    assert "LDCB-2018-9" in taken.detail


def test_its_own_file_is_no_obstacle_to_its_plate():
    file = File()
    file.do("apply", VEHICLE)
    file.known = {"taken": {"渝B12345": "LDCB-2018-1"}}
    assert not isinstance(file.do("issue", {"made_by": "区公安局"}, GA), Refusal)


@pytest.mark.parametrize(("until", "code"), [("2018-05-31", "in_past"), ("2021-06-01", "too_long")])
def test_a_last_day_in_the_past_or_too_far_is_refused(until, code):
    file = File()
    file.do("apply", VEHICLE)
    assert file.do("issue", {"made_by": "区公安局", "valid_until": until}, GA).code == code


def test_a_mark_is_good_through_its_last_day():
    file = issued(valid_until="2018-06-02")
    code = file.entry.data["code"]
    assert vehicles.standing(file.entry, code, at("06-02 23:59"), policy()) == "valid"
    assert vehicles.standing(file.entry, code, at("06-03 00:00"), policy()) == "expired"
    assert vehicles.is_expired(file.entry, at("06-02 23:59"), 30, policy()) == ""
    assert vehicles.is_expired(file.entry, at("06-03 00:00"), 30, policy()) == "day"


def test_renewal_is_asked_for_near_the_end_decided_by_another_and_counts_from_the_old_end():
    file = issued(valid_until="2018-07-20")
    assert file.do("ask_renewal", {"reason": "继续使用"}).code == "too_early"
    file.now = at("06-25 09:00")
    assert file.do("ask_renewal", {"reason": "继续使用"}).entry.state == "renewing"
    assert vehicles.standing(file.entry, file.entry.data["code"], file.now, policy()) == "valid"
    code = file.entry.data["code"]
    renewed = file.do("renew", {}, GA).entry
    assert (renewed.state, renewed.data["valid_until"], renewed.data["code"]) == ("valid", "2019-07-20", code)


def test_a_refused_renewal_leaves_the_mark_as_it_was():
    file = issued(valid_until="2018-06-20")
    file.do("ask_renewal", {"reason": "继续使用"})
    refused = file.do("refuse_renewal", {"reason": "车辆已超年限"}, GA).entry
    assert (refused.state, refused.data["valid_until"]) == ("valid", "2018-06-20")


def test_an_expired_mark_is_not_renewed_but_applied_for_again():
    file = issued(valid_until="2018-06-02")
    file.now = at("06-03 09:00")
    assert file.do("ask_renewal", {"reason": "继续使用"}).code == "wrong_state"


def test_a_lost_mark_is_void_at_once_and_its_replacement_has_a_new_number_and_code():
    file = issued()
    old = file.entry.data["code"]
    lost = file.do("report_lost", {"lost_at": NOW.isoformat(), "how": "途中脱落"}).entry
    assert vehicles.standing(lost, old, NOW, policy()) == "lost"
    entry = file.do("replace", {"made_by": "区公安局"}, GA).entry
    assert entry.data["mark_no"] != "联动2018-0002"
    assert vehicles.standing(entry, entry.data["code"], NOW, policy()) == "valid"
    assert vehicles.standing(entry, old, NOW, policy()) == "replaced"
    assert entry.data["voided"][0]["mark_no"] == "联动2018-0002"


def test_a_loss_in_the_future_is_refused():
    file = issued()
    future = (NOW + timedelta(minutes=1)).isoformat()
    assert file.do("report_lost", {"lost_at": future, "how": "途中脱落"}).code == "in_future"


@pytest.mark.parametrize(
    ("step", "actor", "state"), [("revoke", GA, "revoked"), ("hand_in", CG, "handed_in")]
)
def test_a_mark_that_is_taken_back_ends_and_nothing_follows(step, actor, state):
    file = issued()
    code = file.entry.data["code"]
    ended = file.do(step, {"reason": "不再执行联动任务"}, actor).entry
    assert (ended.state, ended.is_open, vehicles.standing(ended, code, NOW, policy())) == (
        state,
        False,
        state,
    )
    assert file.do("report_lost", {"lost_at": NOW.isoformat(), "how": "丢失"}).code == "wrong_state"


def test_a_code_of_another_file_is_unknown():
    assert vehicles.standing(issued().entry, "2018-1-" + "f" * 32, NOW, policy()) == "unknown"


# -- units that end ----------------------------------------------------------------------------------------------


def without(code, day, successors):
    base = policy()
    gone = replace(base.units[code], valid_to=day, successors=successors)
    return replace(base, units={**base.units, code: gone})


def test_the_mark_of_a_dissolved_unit_rests_until_it_is_transferred():
    rules, file = without("CG", date(2018, 6, 10), ("HB",)), issued()
    code, then = file.entry.data["code"], at("06-12 09:00")
    assert vehicles.standing(file.entry, code, then, rules) == "unit_ended"
    assert vehicles.is_expired(file.entry, then, 30, rules) == ""
    file.now = then
    moved = {"unit": "HB", "manager": "陈工", "manager_phone": "13900001111", "reason": "机构改革"}
    entry = file.do("transfer", moved, GA, rules=rules).entry
    assert (entry.unit, entry.data["manager"], entry.state) == ("HB", "陈工", "valid")
    assert vehicles.standing(entry, code, then, rules) == "valid"


def test_not_transferred_in_time_it_ends_and_without_a_successor_at_once():
    file = issued()
    assert (
        vehicles.is_expired(file.entry, at("07-10 00:00"), 30, without("CG", date(2018, 6, 10), ("HB",)))
        == "unit"
    )
    assert (
        vehicles.is_expired(file.entry, at("06-10 00:00"), 30, without("CG", date(2018, 6, 10), ())) == "unit"
    )
    assert file.do("expire", {"because": "unit"}, SYSTEM).entry.state == "expired"


def test_it_is_not_transferred_to_the_unit_that_has_it_nor_to_one_that_is_gone():
    rules, file = without("HB", date(2018, 5, 1), ("CG",)), issued()
    fields = {"manager": "陈工", "manager_phone": "13900001111", "reason": "机构改革"}
    assert file.do("transfer", {**fields, "unit": "CG"}, GA).code == "bad_value"
    assert file.do("transfer", {**fields, "unit": "HB"}, GA, rules=rules).code == "unit_not_in_force"
    assert file.do("transfer", {**fields, "unit": "JT"}, CG).code == "not_your_entry"


def test_a_dissolved_unit_applies_for_nothing():
    file = File()
    refused = file.do("apply", VEHICLE, rules=without("CG", date(2018, 6, 1), ("HB",)))
    assert (refused.code, refused.rule) == ("unit_not_in_force", "R22")
    assert "HB" in refused.detail


# -- use ---------------------------------------------------------------------------------------------------------


class Open:
    """A case as the registers know it."""

    is_open = True


def use(**known):
    file = File(VEHICLE_USE)
    mark = {
        "no": "LDCB-2018-1",
        "mark_no": "联动2018-0001",
        "plate": "渝B12345",
        "unit": "CG",
        "standing": "valid",
    }
    file.known = {"mark": mark, "busy": None, "part": True, "cases": {CASE: Open}, **known}
    return file


TASK = {
    "mark": "2018-0001",
    "case": CASE,
    "task": "送抢修班组",
    "until": (NOW + timedelta(hours=2)).isoformat(),
}


def test_a_use_is_tied_to_its_case_and_begins_now():
    entry = use().do("begin", TASK).entry
    assert (entry.case, entry.unit, entry.state, entry.opened_at) == (CASE, "CG", "active", NOW)
    assert (entry.data["plate"], entry.data["mark"]) == ("渝B12345", "联动2018-0001")
    assert entry.owed["GA"].done_at == NOW


def test_no_case_no_use():
    refused = use().do("begin", {key: value for key, value in TASK.items() if key != "case"})
    assert (refused.code, refused.field) == ("missing_field", "case")


class Closed:
    is_open = False


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"cases": {}}, "not_found"), ({"mark": None}, "not_found"), ({"part": False}, "not_taking_part"),
        ({"cases": {CASE: Closed}}, "case_not_open"), ({"busy": "LDRW-2018-3"}, "mark_in_use"),
        *(({"mark": {"standing": one}}, "mark_not_valid") for one in ("expired", "lost", "revoked", "handed_in", "unit_ended", "applied")),
    ],
)  # fmt: skip
def test_a_use_that_the_rules_do_not_allow_is_refused(known, code):
    refused = use(**known).do("begin", TASK)
    assert refused.code == code
    assert refused.rule in ("R17", "R18", "R33")


@pytest.mark.parametrize(
    ("hours", "code"), [(-1, "in_past"), (0, "in_past"), (12, None), (13, "too_long"), (100, "too_long")]
)
def test_a_use_ends_ahead_and_within_the_longest_time(hours, code):
    found = use().do("begin", {**TASK, "until": (NOW + timedelta(hours=hours)).isoformat()})
    assert (found.code if isinstance(found, Refusal) else None) == code


def test_a_use_is_prolonged_only_up_to_the_longest_time_from_its_beginning():
    file = use()
    file.do("begin", TASK)
    file.now = NOW + timedelta(hours=10)
    late = {"until": (NOW + timedelta(hours=13)).isoformat(), "reason": "抢修未完"}
    assert file.do("extend", late).code == "too_long"
    longer = file.do("extend", {**late, "until": (NOW + timedelta(hours=12)).isoformat()}).entry
    assert longer.due_at == NOW + timedelta(hours=12)


def test_a_use_is_ended_by_its_unit_or_stopped_by_public_security():
    file = use()
    file.do("begin", TASK)
    assert file.do("end", {}, HB).code == "not_your_entry"
    assert file.do("stop", {"reason": "不在任务路线上"}, CG).code == "not_your_entry"
    assert file.do("stop", {"reason": "不在任务路线上"}, GA).entry.state == "stopped"
    other = use()
    other.do("begin", TASK)
    assert other.do("end", {}, CG2).entry.state == "ended"


def test_a_forgotten_use_is_flagged_until_it_is_explained():
    file = use()
    file.do("begin", TASK)
    lapsed = file.do("lapse", {"because": "limit"}, SYSTEM)
    assert lapsed.entry.is_open
    assert lapsed.entry.owed["CG"].done_at is None
    assert {to for to, _kind in lapsed.notices} == {"unit:CG", "unit:CG:responsible", "unit:GA"}
    done = file.do("explain", {"explanation": "信号中断，未能登记"}).entry
    assert (done.state, done.is_open) == ("explained", False)


def test_both_registers_are_found_and_every_state_can_be_reached():
    for register in (VEHICLE_MARK, VEHICLE_USE):
        assert registers()[register.name] is register
        assert {step.becomes for step in register.steps} - {None} == set(register.states)
