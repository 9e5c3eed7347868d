"""Pages that serve every register: what waits, lists, an entry with its log, forms made from the steps' fields."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import pytest
from django.test import Client

from liandong.district.accounts import create_account
from liandong.registers import queries
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.registers import registers
from support.registers import REQUEST

pytestmark = pytest.mark.usefixtures("district")
DUTY = Actor("duty_office", "duty_office")


@pytest.fixture(autouse=True)
def _register():
    registers()["test_request"] = REQUEST
    yield
    del registers()["test_request"]


@pytest.fixture
def sign_in():
    """A browser of one account: ``sign_in("cg", "unit", "CG")``."""

    def make(name, role=None, unit=""):
        account = create_account(
            name, role or name, unit or None, "Test-account-1", must_change_password=False
        )
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def entry():
    return act("test_request", "ask", {"unit": "CG", "text": "报送清单", "who": "王小明"}, DUTY)


def at(entry, more=""):
    return f"/registers/test_request/{quote(entry.no, safe='')}{more}"


def test_the_duty_office_opens_an_entry_by_its_form_and_sees_it(sign_in):
    client = sign_in("duty_office")
    form = client.get("/registers/test_request/new/ask").content.decode()
    assert 'name="unit"' in form
    assert 'name="text"' in form
    done = client.post(
        "/registers/test_request/new/ask",
        {"key": "k", "unit": "CG", "text": "报送清单", "who": "王小明"},
        follow=True,
    )
    page = done.content.decode()
    assert "报送清单" in page
    assert "区城市管理局" in page
    assert f"测试〔{datetime.now().year}〕1号" in page


def test_a_form_sent_twice_makes_one_entry(sign_in):
    client = sign_in("duty_office")
    for _ in range(2):
        client.post(
            "/registers/test_request/new/ask", {"key": "same", "unit": "CG", "text": "一", "who": "王"}
        )
    assert len(queries.find(DUTY, "test_request").items) == 1


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(sign_in):
    client = sign_in("duty_office")
    answer = client.post(
        "/registers/test_request/new/ask", {"key": "k", "unit": "", "text": "写了很多", "who": "王"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "缺少单位" in page
    assert "写了很多" in page


def test_a_unit_reads_answers_and_the_receipt_is_kept(sign_in, entry):
    unit = sign_in("cg", "unit", "CG")
    assert "等本单位 1" in unit.get("/registers/").content.decode()
    page = unit.get(at(entry)).content.decode()
    assert "王**" in page
    assert "王小明" not in page
    unit.post(at(entry, "/do/answer"), {"key": "a", "version": "1", "answer": "已报送"})
    duty = sign_in("duty_office").get(at(entry)).content.decode()
    assert "已报送" in duty
    assert "已读" in duty
    assert "须由另一人办理" in duty


def test_a_step_taken_on_an_old_page_is_refused_and_may_be_sent_again(sign_in, entry):
    unit = sign_in("cg", "unit", "CG")
    answer = unit.post(at(entry, "/do/answer"), {"key": "a", "version": "7", "answer": "已报送"})
    assert answer.status_code == 409
    assert "已报送" in answer.content.decode()


@pytest.mark.parametrize(
    ("account", "role", "unit", "status"),
    [("jt", "unit", "JT", 404), ("auditor", "auditor", None, 403), ("sysadmin", "sysadmin", None, 403)],
)
def test_others_do_not_find_it(sign_in, entry, account, role, unit, status):
    client = sign_in(account, role, unit)
    assert client.get(at(entry)).status_code == status
    assert client.post(at(entry, "/do/answer"), {"answer": "x"}).status_code == status


def test_lists_filter_by_the_address_and_leave_as_a_file(sign_in, entry):
    client = sign_in("duty_office")
    assert entry.no in client.get("/registers/test_request/?unit=CG").content.decode()
    assert entry.no not in client.get("/registers/test_request/?unit=JT").content.decode()
    file = client.get("/registers/test_request/?format=csv")
    assert entry.no in file.content.decode("utf-8-sig")
    assert client.get("/registers/test_request/?after=nonsense").status_code == 404
    assert client.get("/registers/nothing/").status_code == 404


def test_no_page_sends_a_reader_to_another_site(sign_in, entry):
    unit = sign_in("cg", "unit", "CG")
    done = unit.post(at(entry, "/do/answer"), {"key": "a", "answer": "x", "back": "//evil.example"})
    assert done["Location"].startswith("/registers/")
