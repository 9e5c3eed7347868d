"""Nobody sleeps through a case (R4, R24): the next person, the telephone, and an end by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liandong.casework.execute import Refused
from liandong.district import policy as district_policy
from liandong.district import reach
from liandong.engine import phoning
from liandong.engine.channels import phoning as calls
from liandong.engine.models import Message
from liandong.registers import notices, queries
from liandong.registers.check import violations
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import SYSTEM, Actor
from support.api import District

DESK = Actor("desk", "li")
CG = Actor("unit", "zhang", "CG")


def tasks(viewer: Actor = SYSTEM, **asking: Any) -> list[Any]:
    return queries.find(viewer, "phone_task", Asking(**asking)).items


def limit(district: District, no: str, kind: str, unit: str) -> tuple[datetime, datetime]:
    """The instants just after half and after all of a running limit."""
    clocks = district["desk"].get(f"/cases/{no}").body["clocks"]
    one = next(c for c in clocks if c["kind"] == kind and c["unit"] == unit and not c["stopped_at"])
    start, due = datetime.fromisoformat(one["started_at"]), datetime.fromisoformat(one["due_at"])
    return start + (due - start) / 2 + timedelta(seconds=2), due + timedelta(seconds=2)


def kinds(viewer: Actor) -> list[str]:
    return [one.kind for one in notices.inbox(viewer)]


def test_half_of_the_limit_gone_the_next_of_the_roster_is_told_once(district: District) -> None:
    no = district.dispatched()
    half, _all = limit(district, no, "sign", "CG")
    assert phoning.follow(half - timedelta(minutes=3)) == 0
    assert phoning.follow(half) == 1
    assert phoning.follow(half) == 0
    (task,) = tasks()
    assert (task.state, task.case, task.unit) == ("told", no, "CG")
    following = reach.next_person("CG", half)
    assert following is not None
    assert task.data["told_name"] == following.name
    assert kinds(CG).count("phone_reminded") == 2  # the office's box and the responsible person's
    assert "phone_needed" not in kinds(DESK)


def test_all_of_it_gone_the_desk_telephones_number_after_number(district: District) -> None:
    no = district.dispatched()
    _half, over = limit(district, no, "sign", "CG")
    assert phoning.follow(over) == 2  # a worker that slept till now tells and rings in one round
    (task,) = tasks(DESK)
    assert task.state == "waiting"
    assert "phone_needed" in kinds(DESK)
    known = reach.numbers("CG", over)
    assert task.data["call_phone"] == known[0].phone
    assert task.data["call_role"] == "duty_phone"
    missed = {"called_at": over.isoformat(), "missed": "no_answer"}
    task = act("phone_task", "missed", missed, DESK, no=task.no, now=over)
    assert task.state == "tried"
    assert task.data["call_phone"] == known[1].phone
    reached = {"called_at": over.isoformat(), "answered_by": "王某", "said": "马上签收"}
    task = act("phone_task", "reached", reached, DESK, no=task.no, now=over)
    assert (task.state, task.data["tries"]) == ("reached", 2)
    assert phoning.follow(over) == 0
    assert list(violations()) == []


def test_nobody_of_the_unit_answers_its_superiors_hear_of_it(district: District) -> None:
    no = district.dispatched()
    _half, over = limit(district, no, "sign", "CG")
    phoning.follow(over)
    (task,) = tasks()
    for _ in reach.numbers("CG", over):
        assert "phone_nobody" not in kinds(Actor("duty_office", "w"))
        fields = {"called_at": over.isoformat(), "missed": "busy"}
        task = act("phone_task", "missed", fields, DESK, no=task.no, now=over)
    assert "phone_nobody" in kinds(Actor("duty_office", "w"))


def test_signed_meanwhile_ends_the_task_by_itself(district: District) -> None:
    no = district.dispatched()
    _half, over = limit(district, no, "sign", "CG")
    phoning.follow(over)
    assert district["lead"].do(no, "sign", receiver="王某").status == 200
    assert phoning.follow(over) == 1
    (task,) = tasks()
    assert (task.state, task.data["because"]) == ("unneeded", "signed")
    with pytest.raises(Refused):
        act(
            "phone_task",
            "missed",
            {"called_at": over.isoformat(), "missed": "busy"},
            DESK,
            no=task.no,
            now=over,
        )


def test_a_case_taken_back_needs_no_call(district: District) -> None:
    no = district.dispatched()
    half, _over = limit(district, no, "sign", "CG")
    phoning.follow(half)
    assert district["desk"].do(no, "recall", reason="派错了").status == 200
    phoning.follow(half)
    assert [task.data["because"] for task in tasks()] == ["moved"]


def test_an_instruction_nobody_acknowledges_is_telephoned_too(district: District) -> None:
    no = district.handling()
    said = district["duty_office"].do(no, "instruct", units=["CG"], text="立即到场")
    assert said.status == 200, said.body
    _half, over = limit(district, no, "ack", "CG")
    phoning.follow(over)
    (task,) = tasks()
    assert (task.data["about"], task.state) == ("ack", "waiting")


def test_a_unit_sees_its_own_task_and_no_number(district: District) -> None:
    no = district.dispatched()
    _half, over = limit(district, no, "sign", "CG")
    phoning.follow(over)
    (own,) = tasks(CG)
    assert "****" in own.data["call_phone"]
    assert tasks(Actor("unit", "mi", "JW")) == []


def test_old_cases_open_no_task(district: District) -> None:
    no = district.dispatched()
    _half, over = limit(district, no, "sign", "CG")
    assert phoning.follow(over + timedelta(days=4)) == 0


def test_where_every_channel_failed_the_desk_telephones_and_the_call_is_closed_with_it(
    district: District,
) -> None:
    no = district.dispatched()
    call = phoning.needs_phone(no, "unit:CG", "assigned", "短信网关不通")
    assert phoning.needs_phone(no, "unit:CG", "assigned", "短信网关不通") == call
    calls.take_over(phoning.take_call)
    assert calls.hand_over() == 1
    assert calls.hand_over() == 0
    (task,) = tasks()
    assert (task.state, task.data["why"], task.data["about"]) == ("waiting", "短信网关不通", "channel")
    now = datetime.now(district_policy.current().zone)
    fields = {"called_at": now.isoformat(), "answered_by": "王某", "said": "知道了"}
    act("phone_task", "reached", fields, DESK, no=task.no)
    phoning.follow()
    row = Message.objects.get(id=call)
    assert row.dealt_ms is not None
    assert "王某" in row.error


def test_a_call_made_from_the_list_ends_the_task(district: District) -> None:
    no = district.dispatched()
    call = phoning.needs_phone(no, "unit:CG", "assigned", "没有登记电话号码")
    phoning.take_call(calls.Call(call, no, "unit:CG", "assigned", "", "", "", "没有登记电话号码"))
    calls.called(call, reached=True, who="王某", by="desk:li")
    phoning.follow()
    assert [task.state for task in tasks()] == ["unneeded"]


def test_three_workers_at_once_tell_and_ring_once(stores: Any) -> None:
    worker = Path(__file__).with_name("phoning_worker.py")
    done = subprocess.run(
        [sys.executable, str(worker)], env=stores.environment(stores.fresh()), capture_output=True, text=True, timeout=120
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"moved": 6, "versions": [2, 2, 2], "told": 3, "found": []}
