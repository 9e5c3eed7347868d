"""The desk's pages for the night: calls to make, paper slips to print and to enter late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from liandong.district import accounts
from liandong.engine import paper_slips, phoning
from liandong.registers import queries
from liandong.rules.model import SYSTEM
from support.api import District


@pytest.fixture
def world(district: None) -> District:
    return District()


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(accounts.Account.objects.get(username=name))
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_desk_sees_whom_to_call_and_writes_down_who_answered(world: District) -> None:
    no = world.dispatched()
    phoning.follow(timezone.now() + timedelta(hours=2))
    desk = signed_in("desk")
    shown = text(desk.get("/desk/"))
    assert "请打电话：1 件没有人应答" in shown
    (task,) = queries.find(SYSTEM, "phone_task").items
    assert f"tel:{task.data['call_phone']}" in shown
    assert no in text(desk.get("/desk/phoning"))
    form = desk.get(f"/registers/phone_task/{task.no}/do/reached?back=/desk/&called_at=2018-06-01T09:00")
    assert "2018-06-01T09:00" in text(form)
    sent = {
        "key": "k", "called_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "answered_by": "王某", "said": "马上签",
        "back": "/desk/",
    }  # fmt: skip
    answer = desk.post(f"/registers/phone_task/{task.no}/do/reached", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    assert "请打电话" not in text(desk.get("/desk/"))
    assert "王某" in text(desk.get(f"/registers/phone_task/{task.no}"))


def test_others_have_no_strip_of_calls(world: District) -> None:
    assert signed_in("lead").get("/desk/phoning").status_code in (302, 403)


def test_only_the_lead_reserves_numbers_and_everybody_at_the_desk_enters_slips(world: District) -> None:
    assert signed_in("desk").post("/desk/paper/print", {"day": "2018-06-01", "count": "2"}).status_code == 403
    lead, desk = signed_in("desk_lead"), signed_in("desk")
    assert lead.post("/desk/paper/print", {"day": "2018-06-01", "count": "x"}).status_code == 302
    assert lead.post("/desk/paper/print", {"day": "2018-06-01", "count": "2"}).status_code == 302
    home = text(desk.get("/desk/paper"))
    assert "ZZ-20180601-002" in home
    (block,) = paper_slips.waiting(SYSTEM, timezone.localdate())
    word = desk.get(f"/desk/paper/{block.entry.no}.docx")
    assert word.content[:2] == b"PK"
    assert desk.get("/desk/paper/ZD-9.docx").status_code == 404
    typed = {
        "slip": "ZZ-20180601-001", "taken_by": "王某", "content": "路口垃圾没有清运，堆了三天", "kind": "complaint",
        "life": "no", "property": "no", "public": "no", "place-text": "古南街道某路口",
        "received_at": "2018-06-01T09:00", "level": "none",
    }  # fmt: skip
    answer = desk.post("/desk/paper/enter", typed)
    assert answer.status_code == 302, text(answer)
    page = text(desk.get(answer["Location"]))
    assert "补录" in page
    assert "ZZ-20180601-001" in page
    assert desk.post("/desk/paper/enter", typed)["Location"] == answer["Location"]
    assert "slip=ZZ-20180601-001" not in text(desk.get("/desk/paper"))
    wrong = desk.post("/desk/paper/enter", {**typed, "slip": "ZZ-1"})
    assert wrong.status_code == 422
    assert "路口垃圾没有清运" in text(wrong)  # nothing typed is lost


def test_what_a_unit_did_on_paper_is_noted_with_its_time(world: District) -> None:
    no, desk = world.dispatched(), signed_in("desk")
    typed = {
        "case": no,
        "at": "2018-06-01T10:00",
        "who": "城管局王某",
        "what": "签收",
        "text": "已接单",
        "key": "k",
    }
    assert desk.post("/desk/paper/note", typed).status_code == 302
    assert desk.post("/desk/paper/note", {**typed, "at": "2999-01-01T10:00"}).status_code == 422
    assert desk.post("/desk/paper/note", {**typed, "case": "QJFL-500110-20180601-00001-7"}).status_code == 422
    assert "2018-06-01 10:00 城管局王某 签收" in text(desk.get(f"/cases/{no}"))


def test_a_hand_over_lists_the_calls_that_wait_and_they_are_read_like_cases(world: District) -> None:
    world.dispatched()
    phoning.follow(timezone.now() + timedelta(hours=2))
    (task,) = queries.find(SYSTEM, "phone_task").items
    leaving, coming = signed_in("desk"), signed_in("desk2")
    assert task.no in text(leaving.get("/district/shift"))
    given = leaving.post("/district/shift/give", {"remark": ""})["Location"]
    assert "电话通知" in text(coming.get(given))
    refused = coming.post(given, {"read": []})
    assert refused.status_code == 422
    assert task.no in text(refused)
    assert coming.post(given, {"read": [task.no]}).status_code == 302
