"""Live parts of pages: made once for an audience, never for anybody else, never older than what the screen knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liandong.casework import history
from liandong.casework.execute import execute
from liandong.district import accounts
from liandong.rules.model import Actor, Command
from liandong.screens.common import fragments

DESK = Actor("desk", "seeder")
SAFE = {"life": "no", "property": "no", "public": "no"}


@pytest.fixture(autouse=True)
def empty_memory(monkeypatch: pytest.MonkeyPatch) -> fragments.Memory:
    memory = fragments.Memory()
    monkeypatch.setattr(fragments, "memory", memory)
    return memory


def signed_in(username: str, role: str, unit: str | None = None) -> Client:
    account = accounts.create_account(username, role, unit, "Correct-Horse-9", must_change_password=False)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_case(ref: str, unit: str = "CG", matter: str = "CG-02") -> str:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    fields = {
        "kind": "complaint",
        "summary": f"路灯不亮 {ref}",
        "safety": SAFE,
        "received_at": at.isoformat(),
    }
    no = execute(
        Command("register", None, {**fields, "source": {"channel": "110", "ref": ref}}), DESK, now=at
    ).no
    given = {"lead_unit": unit, "class": "general", "matter": matter, "basis": "职责条款"}
    execute(Command("dispatch", no, given), DESK, now=at)
    return no


def end() -> str:
    """The cursor a screen has that was told everything."""
    return history.cursor_at(history.tail_position())


def ask(client: Client, path: str = "/unit/", target: str = "list", cursor: str | None = None):
    headers = {
        "HX-Request": "true",
        "HX-Target": target,
        "X-Liandong-Live": end() if cursor is None else cursor,
    }
    return client.get(path, headers=headers)


def test_a_live_part_is_the_part_alone(district: None) -> None:
    """No frame, no form token, no name of who asked: nothing that belongs to one person."""
    no = a_case("one")
    unit = signed_in("li-si", "unit", "CG")
    body = ask(unit).content.decode()
    assert no in body
    assert 'id="list"' in body and 'id="tabs"' in body  # noqa: PT018
    assert not any(own in body for own in ("<!doctype", "csrfmiddlewaretoken", "li-si", "<main"))
    assert "csrfmiddlewaretoken" in unit.get("/unit/").content.decode()


def test_the_second_screen_of_an_audience_costs_no_rendering(district: None) -> None:
    """Two screens of one unit get the same bytes; the second asks only who it is."""
    a_case("one")
    first, second = signed_in("first", "unit", "CG"), signed_in("second", "unit", "CG")
    made, cursor = ask(first).content, end()
    with CaptureQueriesContext(connection) as asked:
        assert ask(second, cursor=cursor).content == made
    assert not any("casework_" in query["sql"] for query in asked)


def test_what_happened_since_is_in_it(district: None) -> None:
    """A screen that was told of an event never gets a list from before that event."""
    unit = signed_in("one", "unit", "CG")
    a_case("old")
    ask(unit)
    no = a_case("new")
    assert no in ask(unit).content.decode()


def test_another_audience_gets_its_own(district: None) -> None:
    """Units, roles and languages never share: each is a list of its own."""
    mine, theirs = a_case("cg"), a_case("hb", "HB", "HB-01")
    cg, hb = signed_in("one", "unit", "CG"), signed_in("two", "unit", "HB")
    one, two = ask(cg).content.decode(), ask(hb).content.decode()
    assert (mine in one, theirs in one) == (True, False)
    assert (mine in two, theirs in two) == (False, True)
    cg.cookies["liandong_language"] = "en"
    assert ask(cg).content.decode() != one


def test_a_complaint_about_the_police_stays_with_those_who_may_see_it(district: None) -> None:
    """R19: the lead's list is not handed to the desk, though both ask for the same address."""
    no = a_case("police", "GA", "GA-07")
    path = "/desk/?queue=units"
    lead, desk = signed_in("lead", "desk_lead"), signed_in("taker", "desk")
    target = "work"
    assert no in ask(lead, path, target).content.decode()
    assert no not in ask(desk, path, target).content.decode()


def test_who_may_not_see_the_page_gets_nothing(district: None) -> None:
    """The part is behind the same door as its page."""
    a_case("one")
    ask(signed_in("one", "unit", "CG"))
    assert ask(signed_in("admin", "sysadmin")).status_code == 403
    nobody = ask(Client())
    assert "路灯" not in nobody.content.decode()
    assert nobody.headers["HX-Redirect"].startswith("/login")


def test_what_is_not_declared_shared_is_made_for_each(district: None, empty_memory: fragments.Memory) -> None:
    """A target outside the shared parts gets the page's own content, and nobody else's."""
    a_case("one")
    unit = signed_in("one", "unit", "CG")
    body = ask(unit, target="panel").content.decode()
    assert "csrfmiddlewaretoken" in body
    assert "<!doctype" not in body
    assert empty_memory._parts == {}


def test_a_shared_part_with_a_token_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """A template that declares too much does not give one person's form to others."""
    from django.http import HttpResponse

    page = HttpResponse(b'<!--shared--><div id="list"><input name="csrfmiddlewaretoken"></div><!--/shared-->')
    assert fragments.shared(page, "list") is None
    assert "not shared" in caplog.text


@pytest.mark.parametrize("what", ["session", "closed", "role"])
def test_a_pass_ends_with_session_and_account(
    district: None, empty_memory: fragments.Memory, what: str
) -> None:
    """Who signs out, is closed or gets another role is asked again at once, not when his five minutes are over."""
    unit = signed_in("one", "unit", "CG")
    ask(unit)
    [ident] = empty_memory._passes
    empty_memory.sweep()
    assert empty_memory.pass_of(ident) is not None
    if what == "session":
        Session.objects.all().delete()
    else:
        change = {"is_active": False} if what == "closed" else {"role": "desk", "unit": ""}
        accounts.Account.objects.filter(username="one").update(**change)
    empty_memory.sweep()
    assert empty_memory.pass_of(ident) is None


def test_a_part_does_not_swallow_what_was_to_be_said(district: None) -> None:
    """A message for the next page is still there after a live list has fetched itself."""
    a_case("one")
    unit = signed_in("one", "unit", "CG")
    token = unit.get("/unit/").context["csrf_token"]
    unit.post("/unit/sign", {"receiver": "李", "csrfmiddlewaretoken": str(token)})
    before = unit.session.get("_messages"), unit.cookies.get("messages")
    ask(unit, target="elsewhere")
    assert (unit.session.get("_messages"), unit.cookies.get("messages")) == before


def test_asking_for_parts_that_nobody_shares_does_not_fill_the_memory():
    memory = fragments.Memory()
    for n in range(3 * fragments.MOST_LOCKS):
        memory.lock(("desk", f"/cases/{n}"))
    assert len(memory._making) <= fragments.MOST_LOCKS
