"""Vehicle marks in the store: one a plate, numbers without a gap, found by code and number; uses tied to a living case."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.engine import vehicle_clock
from liandong.registers import lookups, marks, queries
from liandong.registers.check import violations
from liandong.registers.models import MarkLookup
from liandong.registers.store import act
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

CG, HB, GA, GA2 = flow.CG, flow.HB, flow.GA, Actor("unit", "xu", "GA")
VEHICLE = {
    "plate": "渝B12345",
    "kind": "rescue",
    "purpose": "道路抢险",
    "manager": "王小明",
    "manager_phone": "13812341234",
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pack(db):
    packs.load(PACK)


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


class Desk:
    """Steps in the two registers at one instant of one policy."""

    def __init__(self, policy, now):
        self.policy, self.now = policy, now

    def do(self, register, step, fields, actor, no=None, now=None):
        return act(register, step, fields, actor, no=no, now=now or self.now, policy=self.policy)

    def issued(self, plate="渝B12345", actor=CG, **fields):
        file = self.do(marks.MARK, "apply", {**VEHICLE, "plate": plate}, actor)
        return self.do(marks.MARK, "issue", {"made_by": "区公安局", **fields}, GA, file.no)

    def case(self, ref="1", unit="CG", **more):
        no = flow.register(self.now, self.policy, ref)
        flow.dispatch(no, self.now, self.policy, unit, **more)
        return no

    def begin(self, mark, case, actor=CG, hours=2, now=None):
        until = ((now or self.now) + timedelta(hours=hours)).isoformat()
        return self.do(
            marks.USE, "begin", {"mark": mark, "case": case, "task": "抢修", "until": until}, actor, now=now
        )


@pytest.fixture
def desk(policy, now):
    return Desk(policy, now)


def refused(call):
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.refusal


def test_marks_are_numbered_without_a_gap_over_issues_and_replacements(desk, now):
    first = desk.issued("渝B11111")
    turned_down = desk.do(marks.MARK, "apply", {**VEHICLE, "plate": "渝B22222"}, CG)
    desk.do(marks.MARK, "refuse", {"reason": "不属于联动车辆"}, GA, turned_down.no)
    second = desk.issued("渝B33333")
    desk.do(marks.MARK, "report_lost", {"lost_at": now.isoformat(), "how": "脱落"}, CG, first.no)
    third = desk.do(marks.MARK, "replace", {"made_by": "区公安局"}, GA, first.no)
    assert [one.data["mark_no"] for one in (first, second, third)] == [
        "綦联动2018-0001",
        "綦联动2018-0002",
        "綦联动2018-0003",
    ]
    assert list(violations(desk.policy)) == []


def test_numbers_begin_again_with_the_year(desk, at):
    desk.issued("渝B11111")
    desk.now = at("2018-12-31T23:59")
    assert desk.issued("渝B22222").data["mark_no"] == "綦联动2018-0002"
    desk.now = at("2019-01-01T00:00")
    assert desk.issued("渝B33333").data["mark_no"] == "綦联动2019-0001"


def test_one_plate_has_one_mark(desk):
    file = desk.issued()
    again = refused(lambda: desk.do(marks.MARK, "apply", {**VEHICLE, "plate": "渝B·12345"}, HB))
    assert (again.code, again.rule) == ("plate_taken", "R17")
    desk.do(marks.MARK, "revoke", {"reason": "撤销"}, GA, file.no)
    assert desk.do(marks.MARK, "apply", VEHICLE, HB).state == "applied"


def test_the_code_finds_its_mark_and_a_guessed_or_changed_one_finds_nothing(desk, now):
    file = desk.issued()
    code = file.data["code"]
    found = marks.check(code, now, desk.policy)
    assert (found.entry.no, found.standing, found.use) == (file.no, "valid", None)
    assert len(code.split("-")[2]) * 4 == 128
    for wrong in (
        code[:-1] + ("0" if code[-1] != "0" else "1"),
        "2018-1-" + "0" * 32,
        "",
        "x",
        code.upper() + " ",
        code * 9,
    ):
        assert marks.check(wrong, now, desk.policy) is None  # fmt: skip


def test_no_code_lies_open_in_the_store(desk):
    secret = desk.issued().data["code"].split("-")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT doc FROM registers_entry UNION ALL SELECT body FROM registers_step")
        assert all(secret not in row[0] and "13812341234" not in row[0] for row in cursor.fetchall())


def test_a_number_is_found_only_together_with_its_plate(desk, now):
    file = desk.issued()
    for number in ("綦联动2018-0001", "2018-0001", "20180001", " 2018 - 1 "):
        assert marks.check_typed(number, "渝b 12345", now, desk.policy).entry.no == file.no
    for number, plate in (
        ("2018-0001", "渝B12346"),
        ("2018-0002", "渝B12345"),
        ("", "渝B12345"),
        ("2018-0001", ""),
        ("%", "%"),
        ("2018-00010", "渝B12345"),
    ):
        assert marks.check_typed(number, plate, now, desk.policy) is None


def test_the_number_of_a_lost_mark_still_answers_that_it_is_void(desk, now):
    file = desk.issued()
    code = file.data["code"]
    desk.do(marks.MARK, "report_lost", {"lost_at": now.isoformat(), "how": "脱落"}, CG, file.no)
    assert marks.check(code, now, desk.policy).standing == "lost"
    desk.do(marks.MARK, "replace", {"made_by": "区公安局"}, GA, file.no)
    void = marks.check(code, now, desk.policy)
    assert (void.standing, void.mark_no) == ("replaced", "綦联动2018-0001")
    assert marks.check_typed("2018-0001", "渝B12345", now, desk.policy).standing == "replaced"
    assert marks.check_typed("2018-0002", "渝B12345", now, desk.policy).standing == "valid"


def test_a_unit_sees_its_own_files_public_security_all_and_others_no_person_and_no_code(desk):
    mine, other = desk.issued("渝B11111"), desk.issued("渝B22222", HB)
    policy = desk.policy
    assert [one.no for one in queries.find(CG, marks.MARK, policy=policy).items] == [mine.no]
    assert {one.no for one in queries.find(GA, marks.MARK, policy=policy).items} == {mine.no, other.no}
    assert queries.get(GA, marks.MARK, mine.no, policy=policy).data["manager_phone"] == "13812341234"
    seen = queries.get(flow.INSPECTOR, marks.MARK, mine.no, policy=policy).data
    assert (seen["manager"], seen["manager_phone"]) == ("王**", "138****1234")
    assert mine.data["code"][-8:] not in str(seen)


def test_a_use_is_tied_to_an_open_case_in_which_the_unit_takes_part(desk, now):
    file, case = desk.issued(), desk.case()
    entry = desk.begin("2018-0001", case)
    assert (entry.case, entry.data["file"]) == (case, file.no)
    assert marks.check(file.data["code"], now, desk.policy).use.no == entry.no
    assert [one.no for one in queries.of_case(flow.DUTY, case, policy=desk.policy)] == [entry.no]
    assert refused(lambda: desk.begin("2018-0001", case)).code == "mark_in_use"
    desk.do(marks.USE, "end", {}, CG, entry.no)
    assert desk.begin("2018-0001", case).state == "active"
    assert [one.case for one in marks.uses_of(GA, file.no, desk.policy)] == [case, case]


def test_an_assisting_unit_takes_part_too(desk):
    desk.issued("渝B22222", HB)
    case = desk.case(assist_units=["HB"])
    assert desk.begin("2018-0001", case, HB).unit == "HB"


@pytest.mark.parametrize("which", ["foreign", "registered", "closed", "missing"])
def test_another_case_is_refused(desk, which, now):
    desk.issued()
    if which == "foreign":
        case = desk.case(unit="JT", matter="JT-01")
    elif which == "registered":
        case = flow.register(now, desk.policy, "2")
    elif which == "closed":
        case = flow.life(now - timedelta(hours=1), desk.policy, "3")
    else:
        case = "QJFL-500110-20180601-00009-4"
    refusal = refused(lambda: desk.begin("2018-0001", case))
    assert (refusal.code, refusal.field) == ("case_not_open" if which == "closed" else "not_found", "case")


def test_a_unit_uses_no_mark_of_another_unit(desk):
    desk.issued("渝B22222", HB)
    assert refused(lambda: desk.begin("2018-0001", desk.case())).code == "not_found"


def test_two_at_once_get_one_mark_and_one_use_between_them(stores):
    worker = Path(__file__).with_name("vehicle_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker)], env=stores.environment(stores.fresh()), capture_output=True, text=True, timeout=120
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "applied": ["applied", "plate_taken"],
        "begun": ["active", "mark_in_use"],
        "found": [],
    }


def test_the_worker_ends_what_is_over(desk, now, at):
    file = desk.issued(valid_until="2018-06-02")
    lasting = desk.issued("渝B22222")
    entry = desk.begin("2018-0002", desk.case(), hours=1)
    assert vehicle_clock.run_due(now + timedelta(hours=11), desk.policy) == 0
    assert vehicle_clock.run_due(now + timedelta(hours=12, seconds=1), desk.policy) == 1
    assert queries.get(GA, marks.USE, entry.no, policy=desk.policy).state == "lapsed"
    assert vehicle_clock.run_due(at("2018-06-03T00:00").replace(microsecond=1000), desk.policy) == 1
    assert queries.get(GA, marks.MARK, file.no, policy=desk.policy).state == "expired"
    assert queries.get(GA, marks.MARK, lasting.no, policy=desk.policy).state == "valid"
    assert list(violations(desk.policy)) == []


def test_a_task_ends_with_the_mark_it_runs_on(desk, now):
    file = desk.issued()
    entry = desk.begin("2018-0001", desk.case())
    desk.do(marks.MARK, "revoke", {"reason": "违规使用"}, GA, file.no)
    found = marks.check(file.data["code"], now, desk.policy)
    assert (found.standing, found.use) == ("revoked", None)
    assert vehicle_clock.run_due(now + timedelta(seconds=5), desk.policy) == 1
    assert queries.get(CG, marks.USE, entry.no, policy=desk.policy).data["because"] == "mark"


def test_looks_are_remembered_without_the_address_and_forgotten_in_time(desk, now):
    file = desk.issued()
    lookups.note(marks.check(file.data["code"], now, desk.policy), "code", "", "10.1.2.3", now)
    lookups.note(None, "typed", "unit:GA:he", "10.1.2.3", now)
    (seen,), (nothing,) = lookups.of_file(file.no, desk.policy), lookups.of_file("", desk.policy)
    assert (seen.answer, nothing.answer, seen.address == nothing.address) == ("valid", "unknown", True)
    assert "10.1.2.3" not in str(list(MarkLookup.objects.values()))
    lookups.forget(now + timedelta(days=184))
    assert not MarkLookup.objects.exists()
