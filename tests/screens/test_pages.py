"""Pages without a browser: every command of the contract has its form, lists cost the same at any length, headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from liandong.casework.execute import batch, execute
from liandong.district import accounts, packs
from liandong.rules.model import Actor, Command
from liandong.rules.table import COMMANDS
from liandong.screens.common import assets, labels
from liandong.screens.common.forms import fields_of, inputs, raw
from liandong.screens.common.send import headline
from liandong.screens.common.times import in_words, length_in_words, standing, to_instant
from support.policy import PACK

SAFE = {"life": "no", "property": "no", "public": "no"}
PASSWORD = "Correct-Horse-9"
NOW = datetime(2018, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def district(db: None) -> None:
    packs.load(PACK)


def signed_in(username: str, role: str, unit: str | None = None) -> Client:
    """A client with a session of a new account."""
    account = accounts.create_account(username, role, unit, PASSWORD, must_change_password=False)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_case(n: int = 1, *, unit: str | None = None, summary: str | None = None) -> str:
    """A registered case, dispatched where a unit is named."""
    desk = Actor("desk", "seeder")
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    fields = {
        "kind": "complaint",
        "summary": summary or f"第 {n} 件：路边垃圾没有清运",
        "content": "路边垃圾没有清运",
        "safety": SAFE,
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"page-test-{n}"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = execute(Command("register", None, fields), desk, now=at).no
    if unit:
        given = {"lead_unit": unit, "class": "general", "matter": f"{unit}-02", "basis": "职责条款"}
        execute(Command("dispatch", no, given), desk, now=at)
    return no


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_a_form_with_chinese_labels(district: None, command: str) -> None:
    """CONTRACT §3: whatever the table asks for can be typed; nothing is named by its code alone."""
    made = inputs(command, raw({}), NOW)
    asked = {spec.name for spec in COMMANDS[command].fields} - {
        "attachments",
        "second",
        "recording_ref",
        "source",
    }
    assert {one.name for one in made} == asked
    for one in made:
        assert any("\u4e00" <= character <= "\u9fff" for character in one.label), one.label
    assert command in labels.COMMANDS or command == "archive"


def test_typed_values_become_the_contract_values(district: None) -> None:
    """Strings of a form become JSON values; blanks are not sent; an instant gets the district's offset."""
    typed = raw(
        {
            "result": "resolved",
            "text": "已办结",
            "contacted_caller": "true",
            "contacted_at": "2018-06-04T10:00",
        }
    )
    assert fields_of("feedback", typed) == {
        "result": "resolved",
        "text": "已办结",
        "contacted_caller": True,
        "contacted_at": "2018-06-04T10:00:00+08:00",
    }
    assert fields_of("supervise", raw({"grade": "2", "requirement": "三日内答复"}))["grade"] == 2
    assert fields_of("police_done", raw({"outcome": "handled"}))["remainder"] is None
    parts = raw(
        {"part-0-summary": "路灯", "part-1-summary": "垃圾", "part-1-content": "三天", "reason": "两件事"}
    )
    assert fields_of("split", parts)["parts"] == [{"summary": "路灯"}, {"summary": "垃圾", "content": "三天"}]
    caller = raw({"caller-name": "李四", "caller-flags": ["confidential", "no_contact"], "life": "no"})
    assert fields_of("register", caller)["caller"] == {
        "name": "李四",
        "confidential": True,
        "contact_ok": False,
    }
    assert fields_of("register", caller)["safety"] == {"life": "no"}


def test_instants_read_as_people_say_them() -> None:
    """CONTRACT §4: a limit in days ends at 24:00 of its day; nearer instants have nearer words."""
    now = to_instant("2018-06-01T16:20:00+08:00")
    assert now is not None
    assert in_words("2018-06-01T09:05:00+08:00", now) == "今天 09:05"
    assert in_words("2018-06-06T00:00:00+08:00", now, end=True) == "6月5日 24:00"
    assert in_words("2018-06-02T00:00:00+08:00", now, end=True) == "今天 24:00"
    assert length_in_words(timedelta(days=2, hours=3)) == "2天3小时"
    clock = {"kind": "sign", "started_at": "2018-06-01T16:00:00+08:00", "due_at": "2018-06-01T16:20:00+08:00"}
    assert standing(clock, now).code == "soon"  # at the due instant it is still in time
    assert standing(clock, now + timedelta(minutes=1)).code == "overdue"
    assert standing({**clock, "paused": True}, now).code == "paused"


def test_a_title_is_made_of_the_first_sentence() -> None:
    """R7: a call-taker need not type a title."""
    assert headline("路灯不亮。已经一周了。") == "路灯不亮"
    assert len(headline("很" * 100)) == 40


PAGES = (
    ("desk", None, 16, ("/desk/", "/desk/?queue=units", "/cases/")),
    ("unit", "CG", 11, ("/unit/", "/unit/?queue=sign", "/cases/")),
    ("duty_office", None, 10, ("/duty/?queue=all", "/duty/units", "/cases/?state=open")),
)
"""The desk's console also shows whom to phone and what other systems sent; a unit's what it owes in registers."""


@pytest.mark.parametrize(("role", "unit", "most", "pages"), PAGES)
def test_lists_cost_the_same_at_any_length(
    district, django_assert_max_num_queries, role, unit, most, pages
) -> None:  # type: ignore[no-untyped-def]
    """DESIGN: the number of statements never depends on the number of cases."""
    with batch():
        for n in range(60):
            a_case(n, unit="CG" if n % 2 else None)
    client = signed_in("someone", role, unit)
    for page in pages:
        client.get(page)
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200


def test_case_page_costs_the_same_with_a_long_history(district, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """The history is read in one statement."""
    no = a_case()
    desk = Actor("desk", "seeder")
    for n in range(30):
        execute(Command("note", no, {"text": f"备注 {n}"}), desk)
    client = signed_in("someone", "desk")
    with django_assert_max_num_queries(16):
        assert client.get(f"/cases/{no}").status_code == 200


def test_security_headers_and_no_inline_code(district: None) -> None:
    """A strict CSP holds only if the pages keep to it: no inline script, style or handler; nothing is cached."""
    no = a_case()
    client = signed_in("someone", "desk")
    for page in (
        "/desk/",
        "/desk/register",
        f"/cases/{no}",
        f"/cases/{no}/do/dispatch",
        "/account/",
        "/cases/",
    ):
        answer = client.get(page)
        text = answer.content.decode()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        script, digest = assets.early()
        assert f"'{digest}'" in answer.headers["Content-Security-Policy"]
        assert (
            text.count(f"<script>{script}</script>") == 1
        )  # the one script that the policy names by its digest
        text = text.replace(f"<script>{script}</script>", "")
        for bad in (" style=", " onclick=", "<style", "<script>", "hx-on", "http://", "//cdn"):
            assert bad not in text.replace('xmlns="http://www.w3.org', ""), (page, bad)


def test_signed_out_goes_to_login_and_back(district: None) -> None:
    """Nobody sees anything unsigned; after signing in the page asked for comes back; a foreign address does not."""
    client = Client()
    answer = client.get("/desk/?queue=returns")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=%2Fdesk%2F%3Fqueue%3Dreturns"
    accounts.create_account("zhou", "desk", password=PASSWORD, must_change_password=False)
    given = {"username": "zhou", "password": PASSWORD, "next": "https://elsewhere.example/"}
    answer = client.post("/login", given)
    assert answer.headers["Location"] == "/"


def test_wrong_passwords_lock(district: None, settings) -> None:  # type: ignore[no-untyped-def]
    """After eight wrong passwords the right one is refused too, in words."""
    accounts.create_account("zhou", "desk", password=PASSWORD, must_change_password=False)
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/login", {"username": "zhou", "password": "wrong"})
    answer = client.post("/login", {"username": "zhou", "password": PASSWORD})
    assert answer.status_code == 429
    assert "锁定" in answer.content.decode()


def test_role_pages_are_for_their_roles(district: None) -> None:
    """CONTRACT §1: another role's page is 403; administrators see no cases at all."""
    no = a_case()
    admin, unit = signed_in("admin1", "sysadmin"), signed_in("unit1", "unit", "CG")
    assert admin.get("/desk/").status_code == 403
    assert admin.get("/cases/").status_code == 403
    assert admin.get(f"/cases/{no}").status_code == 403
    assert unit.get("/duty/").status_code == 403
    assert unit.get(f"/cases/{no}").status_code == 404
    assert admin.get("/").headers["Location"] == "/district/"


def test_english_is_a_choice_not_a_guess(district: None) -> None:
    """A browser's language is no choice; the reader's is kept in a cookie."""
    client = signed_in("someone", "desk")
    assert "分流台" in client.get("/desk/", headers={"Accept-Language": "en"}).content.decode()
    client.post("/preference", {"language": "en", "next": "/desk/"})
    assert "Triage desk" in client.get("/desk/").content.decode()
    client.post("/preference", {"theme": "dark", "next": "/desk/"})
    assert 'data-bs-theme="dark"' in client.get("/desk/").content.decode()


def test_static_files_stay_inside(client: Client) -> None:
    """Only files below ``static``, with a digest that lets the browser keep them."""
    assert client.get("/static/../page.py").status_code == 404
    assert client.get("/static/screens/theme.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/nothing.css").status_code == 404


def test_files_are_for_who_sees_the_case(district: None, settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """CONTRACT §6: a file is kept by its content, opened only by who sees the case, never shown inside a page."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    no = a_case()
    desk, unit, reader = signed_in("d1", "desk"), signed_in("u1", "unit", "JW"), signed_in("i1", "inspector")
    desk.post(f"/cases/{no}/files", {"file": SimpleUploadedFile("现场.txt", "情况说明".encode())})
    desk.post(f"/cases/{no}/files", {"file": SimpleUploadedFile("run.exe", b"MZ\x00\x01")})
    text = desk.get(f"/cases/{no}").content.decode()
    assert "现场.txt" in text
    assert (
        "run.exe" not in text.split('id="files"')[1]
    )  # the message above names it and says why it was not kept
    link = text.split(f'href="/cases/{no}/files/')[1].split('"')[0]
    assert desk.get(f"/cases/{no}/files/{link}").headers["Content-Disposition"].startswith("attachment")
    assert unit.get(f"/cases/{no}/files/{link}").status_code == 404
    assert reader.post(f"/cases/{no}/files", {"file": SimpleUploadedFile("a.txt", b"a")}).status_code == 403


@pytest.mark.parametrize("role", ["desk", "desk_lead", "unit", "duty_office", "inspector"])
def test_every_offered_command_opens(district: None, role: str) -> None:
    """Whatever a case page offers has a form that opens; what it does not offer says why, with its rule."""
    unit = "CG" if role == "unit" else None
    client = signed_in("someone", role, unit)
    no = a_case(unit="CG")
    text = client.get(f"/cases/{no}").content.decode()
    offered = {part.split('"')[0].split("?")[0] for part in text.split(f'href="/cases/{no}/do/')[1:]}
    assert offered or role == "inspector"
    for command in offered:
        answer = client.get(
            f"/cases/{no}/do/{command}", follow=True
        )  # a supervision begins with its slip's form
        assert answer.status_code == 200
        assert f'data-command="{command}"' in answer.content.decode() or command == "supervise"
    assert "为什么其他操作现在不能做" in text
    assert "R12" in text


def test_a_right_to_return_does_not_press(district: None) -> None:
    """A unit's inbox goes by what it must do: the window for returning pushes nothing before a nearer duty."""
    from liandong.casework import inbox
    from liandong.district.policy import current

    called, silent = a_case(1, unit="CG"), a_case(2, unit="CG")
    unit = Actor("unit", "u", "CG")
    for no in (called, silent):
        execute(Command("sign", no, {"receiver": "李四"}), unit)
    now = datetime.now(UTC)
    told = {"at": (now - timedelta(seconds=5)).isoformat(), "method": "电话", "note": "已约定时间"}
    execute(Command("contact", called, told), unit)
    page = inbox.by_urgency(unit, policy=current(), now=now)
    assert [case["no"] for case in page.items] == [silent, called]  # contact in 1 day, handle in 2
    first = inbox.by_urgency(unit, policy=current(), now=now, limit=1)
    second = inbox.by_urgency(unit, policy=current(), now=now, limit=1, after=first.next)
    assert [case["no"] for case in (*first.items, *second.items)] == [silent, called]
    assert second.next is None
