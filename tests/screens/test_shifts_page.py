"""Handing over and rosters as pages (R24): what one leaves, the other reads and takes over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from liandong.casework.execute import execute
from liandong.district import accounts
from liandong.district.models import Account, Handover, RosterDay
from liandong.rules.model import Actor, Command

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def people(district: None) -> None:
    accounts.demo_accounts()


def who(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name), backend=BACKEND)
    return client


def a_case(n: int) -> str:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    fields = {
        "kind": "complaint",
        "summary": f"第{n}件积水",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"shift-{n}"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    return execute(Command("register", None, fields), Actor("desk", "seeder"), now=at).no


def test_one_hands_over_and_the_other_ticks_everything_and_takes_over() -> None:
    numbers = [a_case(1), a_case(2)]
    leaving, coming = who("desk"), who("desk2")
    assert leaving.post("/district/shift/give", {"remark": "第1件答应今晚回电"}).status_code == 302
    row = Handover.objects.get()
    assert [item["no"] for item in row.items] == numbers
    assert "张三丰" not in str(row.items)
    assert "积水" not in str(row.items)
    page = coming.get(f"/district/shift/{row.pk}").content.decode()
    assert "第1件积水" in page
    assert "答应今晚回电" in page
    half = coming.post(f"/district/shift/{row.pk}", {"read": numbers[:1]})
    assert half.status_code == 422
    assert "还有 1 件没有看过" in half.content.decode()
    assert coming.post(f"/district/shift/{row.pk}", {"read": numbers}).status_code == 302
    row.refresh_from_db()
    assert (row.given_by, row.taken_by) == ("desk", "desk2")
    # the remark goes on to whoever hands over next, until that person deletes it
    assert "答应今晚回电" in coming.get("/district/shift").content.decode()


def test_what_changed_since_is_said_beside_what_was_left() -> None:
    no = a_case(1)
    who("desk").post("/district/shift/give", {"remark": ""})
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责条款"}
    execute(Command("dispatch", no, given), Actor("desk", "seeder"))
    page = who("desk2").get(f"/district/shift/{Handover.objects.get().pk}").content.decode()
    assert "现在待签收" in page


def test_nobody_takes_over_from_themselves_and_no_other_place_sees_it() -> None:
    who("desk").post("/district/shift/give", {"remark": ""})
    row = Handover.objects.get()
    assert "确认接班" not in who("desk").get(f"/district/shift/{row.pk}").content.decode()
    assert who("desk").post(f"/district/shift/{row.pk}").status_code == 422
    for name in ("cg", "duty_office"):
        assert who(name).get(f"/district/shift/{row.pk}").status_code == 404
    assert who("inspector").get("/district/shift").status_code == 403


def test_an_unread_handover_warns_the_lead_and_the_duty_office() -> None:
    who("desk").post("/district/shift/give", {"remark": ""})
    said = "交的班还没有人接"
    for name in ("desk_lead", "duty_office"):
        assert said not in who(name).get("/district/shift/notice").content.decode()
    Handover.objects.update(read_by=timezone.now() - timedelta(minutes=1))
    for name in ("desk_lead", "duty_office"):
        assert said in who(name).get("/district/shift/notice").content.decode()
    assert said not in who("cg").get("/district/shift/notice").content.decode()
    assert "110报警服务台" in who("duty_office").get("/district/shift").content.decode()


def test_first_pages_ask_for_the_notice_and_no_other_page_does() -> None:
    client = who("cg")
    assert "/district/shift/notice" in client.get("/unit/").content.decode()
    assert "/district/shift/notice" not in client.get("/district/knowledge").content.decode()


def test_a_unit_enters_its_roster_and_sees_its_gap_ahead() -> None:
    client = who("cg")
    day = timezone.localdate() + timedelta(days=1)
    typed = {
        "first": day.isoformat(),
        "starts": "08:00",
        "ends": "20:00",
        "post": "main",
        "person": "李值班",
        "phone": "023-48661234",
    }
    client.post("/district/rosters/change", typed)
    row = RosterDay.objects.get()
    assert (row.unit, row.day, row.person, row.by) == ("CG", day, "李值班", "cg")
    assert "李值班" in client.get(f"/district/rosters?month={day:%Y-%m}").content.decode()
    today = timezone.localdate()
    for n in range(2):
        for starts, ends in (("08:00", "20:00"), ("20:00", "08:00")):
            nobody = {
                "first": (today + timedelta(days=n)).isoformat(),
                "starts": starts,
                "ends": ends,
                "post": "main",
            }
            client.post("/district/rosters/change", nobody)
    assert "值班空档" in client.get("/district/shift/notice").content.decode()
    assert "区城市管理局" in who("duty_office").get("/district/rosters").content.decode()


def test_nobody_enters_the_roster_of_another_place() -> None:
    typed = {
        "first": "2026-12-01",
        "starts": "08:00",
        "ends": "20:00",
        "post": "main",
        "person": "甲",
        "phone": "110",
    }
    for name, place in (
        ("cg", "JT"),
        ("desk", "desk"),
        ("desk_lead", "duty_office"),
        ("duty_office", "desk"),
    ):
        assert who(name).post("/district/rosters/change", typed | {"place": place}).status_code == 404
    assert who("cg").get("/district/rosters?place=JT").status_code == 404
    assert not RosterDay.objects.exists()
    assert who("sysadmin").post("/district/rosters/change", typed | {"place": "JT"}).status_code == 302
    assert RosterDay.objects.get().unit == "JT"


def test_a_wrong_roster_says_what_to_do() -> None:
    client = who("cg")
    typed = {
        "first": "2026-12-01",
        "starts": "08:00",
        "ends": "20:00",
        "post": "main",
        "person": "甲",
        "phone": "",
    }
    assert "能打通的电话" in client.post("/district/rosters/change", typed, follow=True).content.decode()
    late = typed | {"last": "2026-11-01", "phone": "110"}
    assert "起日不晚于止日" in client.post("/district/rosters/change", late, follow=True).content.decode()
    assert not RosterDay.objects.exists()
