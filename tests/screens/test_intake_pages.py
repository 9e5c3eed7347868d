"""What did not fit, as the desk sees and repairs it on the pages of the registers (R6)."""

from __future__ import annotations

import pytest
from django.test import Client

from liandong.district.accounts import create_account
from liandong.engine.instants import now
from liandong.engine.intake import aside, mapping, running
from liandong.registers import queries as registers
from support import flow

pytestmark = pytest.mark.usefixtures("district")
BAD = {
    "do": "create",
    "ref": "W1",
    "message": "m1",
    "received_at": "2018-06-01 09:00:00",
    "summary": "路灯坏了",
    "phone": "一三八",
}


@pytest.fixture
def sign_in():
    """A browser of one account."""

    def make(name, role=None, unit=None):
        account = create_account(name, role or name, unit, "Test-account-1", must_change_password=False)
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def entry(policy):
    aside.receive(BAD, mapping.mappings()["neutral"], "a.json 第 1 条", now(), policy)
    (found,) = registers.find(flow.LEAD, "quarantine").items
    return found


def test_the_desk_finds_it_with_reason_and_text_and_repairs_it(entry, sign_in):
    desk = sign_in("desk")
    assert entry.no in desk.get("/registers/quarantine/").content.decode()
    page = desk.get(f"/registers/quarantine/{entry.no}").content.decode()
    assert "不是电话号码" in page
    assert "路灯坏了" in page
    form = desk.get(f"/registers/quarantine/{entry.no}/do/repair")
    assert form.status_code == 200
    assert 'name="phone"' in form.content.decode()
    given = {"key": "k", "version": entry.version, "phone": "13800001234"}
    assert desk.post(f"/registers/quarantine/{entry.no}/do/repair", given).status_code in (200, 204, 302)
    running.once(now())
    assert registers.get(flow.LEAD, "quarantine", entry.no).state == "settled"


def test_a_unit_sees_none_of_it(entry, sign_in):
    assert sign_in("cg", "unit", "CG").get("/registers/quarantine/").status_code in (403, 404)


def test_the_pages_of_12345_and_of_cancelled_cases_open(sign_in):
    desk = sign_in("desk")
    for path in ("hotline_transfer/", "hotline_transfer/new/ask", "intake_task/"):
        assert desk.get(f"/registers/{path}").status_code == 200, path


def test_the_console_counts_what_waits_for_the_desk(entry, sign_in):
    desk = sign_in("desk")
    assert "接入待处理 1 条" in desk.get("/desk/").content.decode()
    assert "接入待处理 1 条" in desk.get("/desk/incoming").content.decode()
