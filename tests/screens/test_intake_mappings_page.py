"""The mappings in force and the dry run of a pasted message: nothing is written, nothing logged, persons masked (R6)."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liandong.district import accounts
from liandong.engine.instants import now
from liandong.engine.intake import aside, folder, mapping
from liandong.engine.models import IntakeMessage
from liandong.registers import queries
from support import flow

pytestmark = pytest.mark.usefixtures("district")
PATH = "/district/intake"
GOOD = {
    "do": "create", "ref": "W1", "message": "m1", "received_at": "2018-06-01 09:00:00", "summary": "王五说灯坏了，打 13912345678",
    "name": "王五", "phone": "13800001234",
}  # fmt: skip


@pytest.fixture
def sit():
    accounts.demo_accounts()

    def make(name):
        client = Client()
        client.force_login(accounts.Account.objects.get(username=name))
        return client

    return make


def attempt(client, text, used="neutral"):
    body = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    answer = client.post(PATH, {"mapping": used, "text": body})
    assert answer.status_code == 200
    page = answer.content.decode()
    _, _, shown = page.partition('id="tried"')
    return shown.partition("</section>")[0]


def test_every_mapping_stands_there_with_its_fields_and_how_it_fares(sit, policy, tmp_path, monkeypatch):
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    place = folder.prepare(tmp_path, mapping.mappings()["jcj"])
    (place / "in" / "a.json").write_text("{}")
    aside.receive({"xxbh": "1", "bjlb": "99"}, mapping.mappings()["jcj"], "a", now(), policy)
    page = sit("sysadmin").get(PATH).content.decode()
    for said in ("jjdbh", "bjr.lxdh", "%Y%m%d%H%M%S", "NEW → 登记", "待收 1", "policeNo", "v_jjd_push"):
        assert said in page, said
    assert "/registers/quarantine/" not in page
    assert '/registers/quarantine/?state=waiting">1<' in sit("desk_lead").get(PATH).content.decode()


def test_a_good_message_is_shown_as_what_it_would_become_and_nothing_is_written(sit):
    shown = attempt(sit("desk_lead"), GOOD)
    for said in ("登记", "王五", "13800001234", "不清楚"):
        assert said in shown, said
    assert not IntakeMessage.objects.exists()
    assert queries.find(flow.LEAD, "quarantine").items == []


def test_persons_are_masked_for_those_who_may_not_see_them(sit):
    shown = attempt(sit("sysadmin"), GOOD)
    for hidden in ("王五", "13800001234", "13912345678"):
        assert hidden not in shown, hidden
    assert "138****1234" in shown
    assert "13912345678" not in attempt(sit("sysadmin"), {**GOOD, "received_at": "13912345678 打来"})


@pytest.mark.parametrize(
    ("text", "used", "reason"),
    [
        ('<!DOCTYPE o [<!ENTITY a "x">]><orders><order>&a;</order></orders>', "hotline12345", "DTD"),
        ("<orders><order>", "hotline12345", "读不下去"),
        ("{" * 5000, "neutral", "读不"),
        ("[" * 100_000, "neutral", "嵌套"),
        ("<script>alert(1)</script>", "neutral", "读不下去"),
        ("", "neutral", "请先粘贴"),
        ("a" * 200_001, "neutral", "超过"),
        (GOOD, "nope", "请选"),
        ({**GOOD, "received_at": "2999-01-01 00:00:00"}, "neutral", "在将来"),
        ({**GOOD, "unit": "没有的局"}, "neutral", "没有单位"),
        ({**GOOD, "phone": "一三八"}, "neutral", "电话"),
        ({**GOOD, "summary": "<img src=x onerror=alert(1)>", "kind": "<b>"}, "neutral", "不认识"),
    ],
)
def test_hostile_and_broken_texts_are_refused_with_their_reason(text, used, reason, sit):
    shown = attempt(sit("sysadmin"), text, used)
    assert reason in shown
    assert "<script>alert" not in shown
    assert "<b>" not in shown.replace('<b class="wrong-text">', "")


def test_what_is_pasted_is_not_logged(sit, caplog):
    caplog.set_level(logging.DEBUG)
    attempt(sit("sysadmin"), {**GOOD, "summary": "密语甲乙丙"})
    attempt(sit("sysadmin"), '{"summary": "密语甲乙丙"')
    assert "密语甲乙丙" not in caplog.text


def test_who_looks_and_who_tries(sit):
    for name in ("desk", "cg", "duty_office", "inspector", "government"):
        assert sit(name).get(PATH).status_code == 403, name
    for name in ("secadmin", "auditor"):
        page = sit(name)
        assert "<textarea" not in page.get(PATH).content.decode()
        assert (
            "王五"
            not in page.post(
                PATH, {"mapping": "neutral", "text": json.dumps(GOOD, ensure_ascii=False)}
            ).content.decode()
        )


def test_the_page_costs_the_same_however_much_came_in(sit, policy):
    admin, used = sit("sysadmin"), mapping.mappings()["neutral"]

    def cost():
        with CaptureQueriesContext(connection) as found:
            admin.get(PATH)
        return len(found)

    cost()
    before = cost()
    for n in range(12):
        aside.receive(
            {**GOOD, "message": f"m{n}", "ref": f"W{n}", "phone": "一" if n % 2 else ""},
            used,
            "a",
            now(),
            policy,
        )
    assert cost() == before
