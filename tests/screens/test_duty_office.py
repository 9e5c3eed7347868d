"""The duty office's pages without a browser: who does not react, ruling, deciding, supervising, commanding, the wall."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from liandong.casework.execute import batch, execute
from liandong.casework.queries import load_case
from liandong.district import accounts
from liandong.engine import routing, suggestions
from liandong.rules.model import Actor, Command
from liandong.screens.duty import disputes
from liandong.screens.duty.clauses import clause_of

pytestmark = pytest.mark.usefixtures("district")
PASSWORD = "Correct-Horse-9"
SAFE = {"life": "no", "property": "no", "public": "no"}
DESK, DUTY, CG = Actor("desk", "seeder"), Actor("duty_office", "seeder"), Actor("unit", "seeder", "CG")
NAME, PHONE = "张三丰", "13812341234"
SAID = "天桥下面垃圾堆了三天没有清运"


def signed_in(role: str, unit: str | None = None, name: str = "someone") -> Client:
    account = accounts.create_account(name, role, unit, PASSWORD, must_change_password=False)
    account.trained_version = 1
    account.save()
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def do(name: str, no: str | None, actor: Actor = DESK, *, ago: float = 0, **fields: Any) -> str:
    at = timezone.now().replace(microsecond=0) - timedelta(minutes=ago)
    return execute(Command(name, no, fields), actor, now=at).no


def a_case(n: int = 1, *, unit: str | None = "CG", ago: float = 3, **more: Any) -> str:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=ago)
    fields = {
        "kind": "complaint",
        "summary": f"{SAID}（{n}）",
        "content": f"{SAID}，我叫{NAME}",
        "safety": SAFE,
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"duty-{n}"},
        "place": {"text": "天桥路口三号门", "township": "古南街道"},
        "caller": {"name": NAME, "phone": PHONE},
        **more,
    }
    no = execute(Command("register", None, fields), DESK, now=at).no
    if unit:
        given = {"lead_unit": unit, "class": "general", "matter": f"{unit}-02", "basis": "职责条款"}
        execute(Command("dispatch", no, given), DESK, now=at)
    return no


def disputed(n: int = 1) -> str:
    no = a_case(n)
    do("raise_dispute", no, unit_position="我单位认为不在城区范围", desk_position="地点在建成区内")
    return no


def hidden(text: str, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def test_one_look_tells_who_does_not_react() -> None:
    """R10: a unit that let its signing time pass stands on top in words; its numbers open exactly its cases."""
    late, fresh = a_case(1, ago=90), a_case(2, unit="HB")
    client = signed_in("duty_office")
    text = client.get("/duty/").content.decode()
    assert "1 个单位没有反应" in text
    assert "1 件超时未签收" in text
    assert text.index('id="t-CG"') < text.index('id="t-HB"')
    assert "000-016-" in text  # the person on duty can be called at once
    listed = client.get("/duty/?queue=unsigned&unit=CG").content.decode()
    assert late in listed
    assert fresh not in listed
    assert late in client.get("/duty/?queue=overdue&unit=CG").content.decode()
    assert late not in client.get("/duty/?queue=overdue&unit=HB").content.decode()
    assert client.get("/duty/?queue=nonsense").status_code == 404
    assert client.get("/duty/?queue=all&unit=NOBODY").status_code == 404


def test_urging_and_supervising_several_cases_in_one_form() -> None:
    """R8, R11: late ones are chosen beforehand; the instruction asks for an acknowledgement, the supervision for an answer."""
    late, fresh = a_case(1, ago=90), a_case(2)
    client = signed_in("duty_office")
    form = client.get("/duty/units/CG/act?back=overview").content.decode()
    assert re.search(rf'value="{late}:\d+" checked', form)
    chosen = re.findall(r'name="no" value="([^"]+)"', form)
    given = {
        "no": chosen,
        "way": "instruct",
        "text": "请立即签收",
        "key": hidden(form, "key"),
        "back": "overview",
    }
    answer = client.post("/duty/units/CG/act", given)
    assert answer.headers["Location"] == "/duty/"
    assert "的 2 件工单下达" in client.get("/duty/").content.decode()
    for no in (late, fresh):
        stored = load_case(no)
        assert stored is not None
        assert len(stored.state["_instructions"]) == 1
    client.post("/duty/units/CG/act", given)  # a double click changes nothing
    stored = load_case(late)
    assert stored is not None
    assert len(stored.state["_instructions"]) == 1
    tomorrow = f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    fresh_keys = client.get("/duty/units/CG/act").content.decode()
    given = {
        "no": re.findall(r'name="no" value="([^"]+)"', fresh_keys)[:1],
        "way": "supervise",
        "text": "书面说明为何未签收",
        "grade": "1",
        "reply_due": tomorrow,
        "key": hidden(fresh_keys, "key"),
    }
    assert client.post("/duty/units/CG/act", given).headers["Location"] == "/duty/units/CG"
    assert "书面说明为何未签收" in client.get("/duty/supervision").content.decode()


def test_an_incomplete_order_keeps_what_was_typed_and_says_what_is_missing() -> None:
    a_case(1)
    client = signed_in("duty_office")
    answer = client.post("/duty/units/CG/act", {"way": "instruct", "text": "马上签收"})
    assert answer.status_code == 422
    assert "请先选中至少一件工单" in answer.content.decode()
    assert "马上签收" in answer.content.decode()
    no = re.findall(r'name="no" value="([^"]+)"', answer.content.decode())[0]
    yesterday = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    given = {"no": no, "way": "supervise", "text": "要求", "grade": "2", "reply_due": yesterday}
    answer = client.post("/duty/units/CG/act", given)
    assert answer.status_code == 422
    assert "答复期限应晚于现在" in answer.content.decode()


def test_a_dispute_shows_both_sides_and_their_clauses() -> None:
    """R22, R30: positions, the paragraphs of both duties with their numbers, the returns, a basis ready to be chosen."""
    no = a_case(1)
    do(
        "return", no, CG, reason_code="other_lead", explanation="该路段由环保局管", why_no_answer_now="须现场核实",
        suggested_unit="HB",
    )  # fmt: skip
    do("raise_dispute", no, unit_position="属于环保局职责", desk_position="市容归城管局")
    client = signed_in("duty_office")
    text = client.get(f"/duty/disputes/{no}").content.decode()
    for said in ("属于环保局职责", "市容归城管局", "须现场核实", "28号文 三（一）第", "现主办单位", "退回"):
        assert said in text
    assert clause_of("HB", (), timezone.now()).pieces[0][0][:8] in text
    assert 'data-unit="HB"' in text
    assert 'data-unit="CG"' in text
    assert "（CG-02）" in text
    compared = client.get(f"/duty/disputes/{no}?with=JT").content.decode()
    assert "您选择对照" in compared


def test_a_township_is_quoted_with_the_paragraph_of_its_class() -> None:
    """R22: the notice speaks of every township and park in one paragraph."""
    clause = clause_of("JZ-500110001", ("JZ-01",), timezone.now())
    assert clause.clause == "28号文 三（一）第26段"
    assert any(near for _text, near in clause.pieces)
    assert clause.matters[0].basis == "28号文 三（一）第26段“辖区范围内有关事项”（JZ-01）"
    assert clause_of("NOBODY", (), timezone.now()).pieces == ()


def test_a_ruling_takes_the_case_out_of_the_queue_and_becomes_a_precedent() -> None:
    """R11, R30: one form; the ruling binds; the next like case shows it beside its own positions."""
    first, second = disputed(1), disputed(2)
    client = signed_in("duty_office")
    form = client.get(f"/duty/disputes/{first}").content.decode()
    assert "还没有相似的裁定" in form
    given = {"unit": "HB", "ruling": "由环保局办理", "basis": "28号文 三（一）", "version": hidden(form, "version"), "key": hidden(form, "key")}  # fmt: skip
    answer = client.post(f"/duty/disputes/{first}", given)
    assert answer.headers["Location"] == "/duty/?queue=disputes"
    queue = client.get("/duty/?queue=disputes").content.decode()
    assert f"/duty/disputes/{first}" not in queue
    assert f"/duty/disputes/{second}" in queue
    stored = load_case(first)
    assert stored is not None
    assert (stored.state["lead_unit"], stored.state["final"]) == ("HB", True)
    while suggestions.follow(routing.router()):
        pass
    routing.forget()
    text = client.get(f"/duty/disputes/{second}").content.decode()
    precedents = text[text.index("precedents-title") : text.index("history-title")]
    assert "由环保局办理" in precedents
    assert first in precedents


def test_a_refused_ruling_keeps_everything_typed() -> None:
    no = disputed(1)
    client = signed_in("duty_office")
    form = client.get(f"/duty/disputes/{no}").content.decode()
    do("note", no, text="补充")  # changes no version
    given = {
        "unit": "",
        "ruling": "想好的裁定",
        "basis": "依据",
        "version": hidden(form, "version"),
        "key": "k1",
    }
    answer = client.post(f"/duty/disputes/{no}", given)
    assert answer.status_code == 422
    assert "想好的裁定" in answer.content.decode()
    do("designate", no, DUTY, unit="CG", ruling="已裁", basis="依据")
    answer = client.post(f"/duty/disputes/{no}", {**given, "unit": "HB", "key": "k2"})
    assert answer.status_code == 409
    assert "想好的裁定" in answer.content.decode()


def test_a_catalogue_gap_is_ruled_like_a_dispute() -> None:
    """CONTRACT §2: nobody in the catalogue; the duty office names somebody."""
    no = a_case(1, unit=None)
    do("raise_dispute", no, unit_position="no_catalogue_item", desk_position="目录里找不到")
    client = signed_in("duty_office")
    text = client.get(f"/duty/disputes/{no}").content.decode()
    assert "目录缺口" in text
    assert "补进职责目录" in text
    given = {"unit": "CG", "ruling": "由城管局办理", "basis": "参照市容条款", "version": hidden(text, "version"), "key": hidden(text, "key")}  # fmt: skip
    assert client.post(f"/duty/disputes/{no}", given).status_code == 302


def test_a_suspension_is_decided_from_the_list_with_its_reasons_in_sight() -> None:
    """D5, I7: the unit's reasons, one reason of ours, yes or no."""
    no = a_case(1)
    do("sign", no, CG, receiver="李四")
    day = (timezone.localtime() + timedelta(days=9)).date().isoformat()
    do("request_suspension", no, CG, reason="awaiting_approval", explanation="等市里批复方案", review_on=day)
    client = signed_in("duty_office")
    text = client.get("/duty/decisions").content.decode()
    assert "等市里批复方案" in text
    assert "等待上级审批" in text
    given = {
        "version": hidden(text, "version"),
        "key": "d1",
        "back": "/duty/decisions",
        "approve": "true",
        "reason": "",
    }
    refused = client.post(f"/duty/do/{no}/decide_suspension", given)
    assert refused.status_code == 422
    given |= {"reason": "理由成立", "key": hidden(refused.content.decode(), "key")}
    assert client.post(f"/duty/do/{no}/decide_suspension", given).headers["Location"] == "/duty/decisions"
    stored = load_case(no)
    assert stored is not None
    assert stored.state["state"] == "suspended"
    assert no not in client.get("/duty/decisions").content.decode().split('id="decisions"')[1]


def test_supervisions_are_told_apart_and_lifted() -> None:
    """R11, R65: by grade, answered or not, the answer beside what was required."""
    waiting, answered = a_case(1), a_case(2)
    due = (timezone.now() + timedelta(days=1)).isoformat()
    do("supervise", waiting, DUTY, grade=2, requirement="限期清运", reply_due=due)
    do("supervise", answered, DUTY, grade=1, requirement="说明原因", reply_due=due)
    do("answer_supervision", answered, CG, text=f"已联系{NAME}并清运")
    client = signed_in("duty_office")
    text = client.get("/duty/supervision").content.decode()
    assert text.index("一级督办（1）") < text.index("二级督办（1）")
    only = client.get("/duty/supervision?show=answered").content.decode()
    assert answered in only
    assert waiting not in only
    assert NAME not in only  # lists mask persons
    given = {"reason": "答复属实", "version": hidden(only, "version"), "key": hidden(only, "key"), "back": "/duty/supervision"}  # fmt: skip
    client.post(f"/duty/do/{answered}/lift_supervision", given)
    assert (
        answered not in client.get("/duty/supervision?show=all").content.decode().split('id="supervision"')[1]
    )
    assert "没有找到案件" in client.get("/duty/supervision/new?no=QJFL-1", follow=True).content.decode()
    opened = client.get(f"/duty/supervision/new?no={answered}", follow=True).content.decode()
    assert 'name="requirement"' in opened
    opened = client.get(f"/duty/supervision/new?no={waiting}", follow=True).content.decode()
    assert "这次督办还没有督办单" in opened


def test_an_incident_is_commanded_by_the_duty_office_and_reported_by_the_desk() -> None:
    """R42–R44b: both clocks; the desk reports, the duty office instructs and lets through, each in its own page."""
    no = a_case(1, level="larger")
    desk, duty = signed_in("desk", name="d"), signed_in("duty_office", name="y")
    page = desk.get(f"/duty/major/{no}").content.decode()
    assert f"/duty/do/{no}/report_by_phone" in page
    assert f"/duty/do/{no}/instruct" not in page
    page = duty.get(f"/duty/major/{no}").content.decode()
    assert f"/duty/do/{no}/instruct" in page
    assert f"/duty/do/{no}/report_by_phone" not in page
    back = f"/duty/major/{no}"
    told = {"callee": "值班室王主任", "content": "地点、影响、措施", "key": "r1", "back": back}
    assert desk.post(f"/duty/do/{no}/report_by_phone", told).headers["Location"] == back
    units = {"units": ["CG", "HB", "JT"], "text": "十分钟内到场", "key": "i1", "back": back}
    assert duty.post(f"/duty/do/{no}/instruct", units).headers["Location"] == back
    do("acknowledge", no, CG, instruction="1")
    listed = duty.get("/duty/major").content.decode()
    assert "报给 值班室王主任" in listed
    assert "2 个未确认" in listed
    assert listed.count("待确认") == 2
    assert duty.post(f"/duty/do/{no}/release", {"command": "withdraw", "reason": "可以", "key": "e1", "back": back}).status_code == 302  # fmt: skip
    assert "已放行" in duty.get(back).content.decode()
    assert (
        desk.post(
            f"/duty/do/{no}/release", {"command": "withdraw", "reason": "可以", "key": "e2"}
        ).status_code
        == 403
    )


def test_a_level_learned_later_shows_both_beginnings() -> None:
    """R42, CONTRACT §4: since 接报 and since it was known."""
    no = a_case(1, ago=40)
    do("set_level", no, level="larger", reason="影响扩大")
    text = signed_in("duty_office").get("/duty/major").content.decode()
    assert "接报以来" in text
    assert "知道是较大以来" in text


def test_short_forms_lead_back_inside_only() -> None:
    """Afterwards a page of this room, whatever the form names; an unknown command is no page."""
    no = a_case(1, level="larger")
    client = signed_in("duty_office")
    for back in ("https://elsewhere.example/", "//elsewhere.example", "/cases/", ""):
        given = {"text": "续报", "key": f"n{back}", "back": back}
        assert client.post(f"/duty/do/{no}/note", given).headers["Location"] == "/duty/"
    assert client.get(f"/duty/do/{no}/void").status_code == 404
    assert client.get("/duty/do/QJFL-0/note").status_code == 404


@pytest.mark.parametrize("role", ["duty_office", "desk", "desk_lead", "inspector"])
def test_the_wall_shows_no_person_and_no_word_of_a_caller(role: str) -> None:
    """The board: numbers, units, townships, matters, clocks, the end of a number; nothing anybody said."""
    a_case(1, ago=90)
    no = a_case(2, level="larger", summary="化工厂旁边有刺鼻气味")
    do("report_by_phone", no, callee="王主任", content="刺鼻气味扩散")
    do("instruct", no, DUTY, units=["CG"], text="请派人到场")
    for n in (3, 4):
        a_case(n)
    text = signed_in(role).get("/duty/board").content.decode()
    shown = text[text.index('id="board"') :]
    assert "区城市管理局" in shown
    assert "古南街道" in shown
    assert "00002-" in shown
    for secret in (NAME, PHONE, "138****", SAID, "刺鼻气味", "天桥", "王主任", "请派人到场", no):
        assert secret not in shown, secret
    assert 'data-bs-theme="dark"' in text


def test_the_pages_are_for_their_roles() -> None:
    """CONTRACT §1: the wall and incidents also for the desk, all else for the duty office."""
    no = a_case(1, level="larger")
    desk, unit = signed_in("desk", name="d"), signed_in("unit", "CG", name="u")
    for path in ("/duty/major", f"/duty/major/{no}", "/duty/board"):
        assert desk.get(path).status_code == 200
        assert unit.get(path).status_code == 403
    for path in (
        "/duty/",
        "/duty/units",
        "/duty/units/CG",
        f"/duty/disputes/{no}",
        "/duty/decisions",
        "/duty/supervision",
    ):
        assert desk.get(path).status_code == 403
    assert signed_in("duty_office", name="y").get("/duty/major/QJFL-0").status_code == 404


def test_pages_cost_the_same_with_many_cases() -> None:
    """DESIGN: the number of statements never depends on the number of cases or units."""
    client = signed_in("duty_office")
    no = disputed(0)
    many_of(range(1, 5))
    pages = {
        "/duty/": 23,
        "/duty/units": 12,
        "/duty/units/CG": 12,
        "/duty/?queue=disputes": 9,
        "/duty/decisions": 9,
        "/duty/supervision": 9,
        "/duty/major": 9,
        "/duty/board": 20,
        f"/duty/disputes/{no}": 45,
    }
    few = {path: statements(client, path) for path in pages}
    many_of(range(5, 60))
    many = {path: statements(client, path) for path in pages}
    assert many == few
    assert {path: asked for path, asked in many.items() if asked > pages[path]} == {}


def many_of(numbers: range) -> None:
    """Cases in every shape these pages list."""
    due = (timezone.now() + timedelta(days=1)).isoformat()
    with batch():
        for n in numbers:
            no = a_case(n, unit=("CG", "HB", "JT")[n % 3], level="larger" if n % 4 == 0 else "none", ago=n)
            if n % 5 == 1:
                do("raise_dispute", no, unit_position="不是", desk_position="是")
            if n % 3 == 0:
                do("supervise", no, DUTY, grade=1 + n % 2, requirement="限期", reply_due=due)


def statements(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_the_machine_out_of_order_stops_no_ruling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken pack of routing leaves the ruling to people and says so."""
    from liandong.triage.pack import RoutingPackError

    def broken(*_args: Any, **_more: Any) -> None:
        raise RoutingPackError("words.toml", "broken")

    monkeypatch.setattr(routing, "suggest", broken)
    monkeypatch.setattr(disputes.routing, "serving", broken)
    no = disputed(1)
    text = signed_in("duty_office").get(f"/duty/disputes/{no}").content.decode()
    assert "现在没有建议" in text
    assert "作出裁定" in text
