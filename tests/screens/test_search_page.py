"""Finding cases and taking a list away as a file: masked, recorded, never a formula."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from liandong.casework import looks
from liandong.district.accounts import create_account
from liandong.rules.model import Actor
from liandong.screens.common import export
from support import flow

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture
def sign_in():
    """``sign_in("desk")``: a browser of somebody with this role."""

    def make(role, unit=None):
        client = Client()
        client.force_login(create_account(f"{role}-1", role, unit))
        return client

    return make


@pytest.fixture
def case(policy):
    now = timezone.now()
    return flow.register(now, policy, "a", summary="=HYPERLINK(1) 路灯不亮", content="中山路路灯不亮")


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_list_is_taken_away_as_it_is_filtered(case, sign_in, policy):
    other = flow.register(timezone.now(), policy, "b", summary="井盖破了", content="井盖破了")
    desk = sign_in("desk")
    head, *rows = rows_of(desk.get("/cases/?q=路灯&format=csv"))
    assert head[:3] == ["案件号", "接警单号", "事情"]
    assert [row[0] for row in rows] == [case]
    assert {row[0] for row in rows_of(desk.get("/cases/?format=csv"))[1:]} == {case, other}


def test_what_a_caller_said_never_becomes_a_formula(case, sign_in):
    desk = sign_in("desk")
    assert rows_of(desk.get("/cases/?format=csv"))[1][2].startswith("'=HYPERLINK")
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get("/cases/?format=xlsx").content)).active
    cell = sheet["C2"]
    assert cell.value.startswith("=HYPERLINK")
    assert cell.data_type == "s"
    assert sheet["M2"].is_date


def test_a_file_is_masked_like_the_list(policy, sign_in):
    flow.register(timezone.now(), policy, "a", summary="路灯不亮，电话13812341234")
    for who in ("desk", "inspector"):
        text = sign_in(who).get("/cases/?format=csv").content.decode()
        assert "13812341234" not in text
        assert "138****1234" in text


def test_who_took_a_list_away_is_recorded_before_it_is_sent(case, sign_in):
    sign_in("desk").get("/cases/?format=csv")
    (look,) = looks.recent(Actor("auditor", "zhou"))
    assert (look.kind, look.case) == ("export", "")
    assert look.by.startswith("desk:")
    assert look.reason.endswith("，1 件")
    page = sign_in("auditor").get("/cases/looks").content.decode()
    assert "导出列表" in page


def test_a_list_longer_than_a_file_says_so_in_its_last_row(case, sign_in, policy, monkeypatch):
    monkeypatch.setattr(export, "MOST", 1)
    flow.register(timezone.now(), policy, "b")
    rows = rows_of(sign_in("desk").get("/cases/?format=csv"))
    assert len(rows) == 3
    assert "只导出了前 1 件" in rows[-1][0]


def test_a_number_leads_to_its_case_and_words_to_a_list(case, sign_in):
    desk = sign_in("desk")
    assert desk.get(f"/cases/?q={case.lower()}").headers["Location"] == f"/cases/{case}"
    found = desk.get("/cases/?q=路灯")
    assert found.status_code == 200
    assert case in found.content.decode()


def test_a_list_is_bounded_by_days_of_receipt(case, sign_in, policy):
    old = flow.register(timezone.now() - timedelta(days=40), policy, "old")
    day = f"{timezone.localtime() - timedelta(days=20):%Y-%m-%d}"
    desk = sign_in("desk")
    assert [row[0] for row in rows_of(desk.get(f"/cases/?format=csv&until={day}"))[1:]] == [old]
    assert [row[0] for row in rows_of(desk.get(f"/cases/?format=csv&since={day}"))[1:]] == [case]
    assert desk.get("/cases/?since=yesterday&until=9999-12-31").status_code == 200


def test_nothing_found_says_what_to_try(case, sign_in):
    assert "换一个词" in sign_in("desk").get("/cases/?q=没有这样的词").content.decode()


def test_every_queue_is_taken_away_as_it_stands(case, sign_in, policy):
    now = timezone.now()
    desk = sign_in("desk")
    assert [row[0] for row in rows_of(desk.get("/desk/?queue=triage&format=csv"))[1:]] == [case]
    flow.dispatch(case, now, policy)
    assert rows_of(desk.get("/desk/?queue=triage&format=csv"))[1:] == []
    unit, duty = sign_in("unit", "CG"), sign_in("duty_office")
    assert [row[0] for row in rows_of(unit.get("/unit/?queue=sign&format=csv"))[1:]] == [case]
    assert rows_of(unit.get("/unit/?queue=handling&format=csv"))[1:] == []
    assert [row[0] for row in rows_of(duty.get("/duty/?queue=unsigned&format=csv"))[1:]] == [case]
    assert "format=xlsx" in unit.get("/unit/").content.decode()
