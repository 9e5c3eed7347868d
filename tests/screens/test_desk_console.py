"""The desk's console without a browser: one sending carries a call to where it belongs, and nothing said is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from test_pages import SAFE, a_case, signed_in

from liandong.casework import history, queries
from liandong.casework.execute import execute
from liandong.rules.model import Actor, Command

DESK = Actor("desk", "d1")
LEAD = Actor("desk_lead", "l1")
CALL = {
    "key": "one-time-key-1",
    "outcome": "dispatch",
    "content": "古南街道天桥路口垃圾堆了三天没人清运",
    "kind": "complaint",
    **SAFE,
    "place-text": "天桥路口",
    "place-township": "500110001",
    "caller-name": "张三丰",
    "caller-phone": "13812341234",
    "lead_unit": "CG",
    "matter": "CG-02",
    "class": "general",
    "basis": "28号文 三（一）“市容环境卫生”",
}


@pytest.fixture
def desk(district: None) -> Client:
    return signed_in("d1", "desk")


def send(desk: Client, **changes: Any) -> tuple[int, str]:
    """One sending as the console's script does it."""
    given = {key: value for key, value in (CALL | changes).items() if value is not None}
    given.setdefault("received_at", f"{datetime.now(UTC) + timedelta(hours=8):%Y-%m-%dT%H:%M}")
    answer = desk.post("/desk/register", given, headers={"HX-Request": "true", "HX-Target": "form"})
    return answer.status_code, answer.content.decode()


def only() -> dict[str, Any]:
    """The one case there is."""
    [case] = queries.list_cases(LEAD).items
    found = queries.get_case(case["no"], LEAD)
    assert found is not None
    return found


def types(no: str) -> list[str]:
    return [event["type"] for event in history.events_of(no, LEAD) or []]


def test_one_key_registers_and_dispatches(desk: Client) -> None:
    """R3, R27: one sending, two commands; the page says number, code, unit and what to read out."""
    status, text = send(desk)
    case = only()
    assert status == 200
    assert case["state"] == "dispatched"
    assert case["lead_unit"] == "CG"
    assert types(case["no"]) == ["register", "dispatch"]
    assert 'data-result="sent"' in text
    assert f"已派给区城市管理局：{case['no']}" in text
    assert "由区城市管理局办理" in text
    code = case["tracking_code"]
    assert " ".join(code[at : at + 4] for at in range(0, len(code), 4)) in text
    assert 'value="no" checked' not in text, "the next call has no answer preset (R1, R7)"


def test_the_same_sending_again_changes_nothing(desk: Client) -> None:
    """I6: a lost answer and a second press carry the same key."""
    send(desk)
    status, text = send(desk)
    assert status == 200
    assert types(only()["no"]) == ["register", "dispatch"]
    assert "已派给区城市管理局" in text


def test_a_refused_dispatch_leaves_the_call_registered_and_says_so(desk: Client) -> None:
    """I6: what was said stands; the form goes on as the form of that case, with the rule."""
    status, text = send(desk, **{"class": "complex"})
    case = only()
    assert status == 422
    assert case["state"] == "registered"
    assert f"来电已登记：{case['no']}" in text
    assert "但没有完成“派发”" in text
    assert "R37" in text
    assert f'name="no" value="{case["no"]}"' in text
    status, text = send(
        desk, no=case["no"], version=str(case["version"]), key="one-time-key-2", received_at=None
    )
    assert status == 200
    assert types(case["no"]) == ["register", "dispatch"]


def test_words_of_danger_are_registered_but_not_dispatched(desk: Client) -> None:
    """I8, EB-R2: the machine makes three noes unknown; the page shows them as they stand."""
    status, text = send(desk, content="我们楼上着火了，有人在喊救命")
    case = only()
    assert status == 422
    assert set(case["safety"].values()) == {"unknown"}
    assert case["state"] == "registered"
    assert "I8" in text
    assert text.count('value="unknown" checked') == 3


def test_police_in_one_step_with_the_reason_and_the_chosen_unit(desk: Client) -> None:
    """R41: registered and to the police at once, the unit told in the same transaction."""
    status, text = send(desk, outcome="to_police", content="楼上着火了，有人喊救命", life="yes")
    case = only()
    assert status == 200
    assert case["state"] == "police"
    assert case["joint_units"] == ["CG"]
    assert "已转警务" in text
    assert "同时通知：区城市管理局" in text
    reason = (history.events_of(case["no"], LEAD) or [])[-1]
    assert "危及生命 是" in str(reason)
    assert "机器提示" in str(reason)


def test_answered_directly_from_the_knowledge_base(desk: Client) -> None:
    """R28: an answer at once, with the entry it rests on."""
    status, _text = send(desk, outcome="answer", text="工作日九点到十二点可以办。", knowledge="K-01")
    assert status == 200
    assert only()["state"] == "answered"


def test_only_registered(desk: Client) -> None:
    status, text = send(desk, outcome="register")
    assert status == 200
    assert only()["state"] == "registered"
    assert "来电已登记" in text


def test_what_is_missing_is_refused_before_anything_is_written(desk: Client) -> None:
    """R1, R32: unanswered is not no."""
    status, text = send(desk, life=None)
    assert status == 422
    assert queries.list_cases(LEAD).items == []
    assert "R32" in text
    assert CALL["content"] in text
    assert 'name="no" value=""' in text


def test_a_second_caller_is_joined_to_the_known_case(desk: Client) -> None:
    """T29: both callers keep tracking; the new one is registered first."""
    known = a_case(unit="CG")
    status, text = send(desk, outcome=f"merge:{known}")
    assert status == 200
    target = queries.get_case(known, LEAD)
    assert target is not None
    assert len(target["callers"]) == 2
    assert f"已并入 {known}" in text


def test_an_addition_is_noted_and_no_case_is_opened(desk: Client) -> None:
    known = a_case(unit="CG")
    status, text = send(desk, outcome=f"note:{known}")
    assert status == 200
    assert types(known) == ["register", "dispatch", "note"]
    assert f"已补充到 {known}" in text
    assert len(queries.list_cases(LEAD).items) == 1


@pytest.mark.parametrize("changes", [{"content": "现在着火了，有人喊救命"}, {"public": "unknown"}])
def test_danger_is_no_mere_addition(desk: Client, changes: dict[str, str]) -> None:
    """I8: what may be dangerous passes the three questions as a call of its own."""
    known = a_case(unit="CG")
    status, text = send(desk, outcome=f"note:{known}", **changes)
    assert status == 422
    assert types(known) == ["register", "dispatch"]
    assert "I8" in text
    assert changes.get("content", "垃圾堆了三天") in text


def from_the_110_system(**more: Any) -> str:
    """A case as the 110 system delivers it: nobody asked the three questions yet."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    fields = {
        "kind": "complaint",
        "summary": "垃圾没人清运",
        "content": "天桥路口垃圾\n没人清运",
        "safety": dict.fromkeys(SAFE, "unknown"),
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": "JJ-1"},
        "place": {"text": "天桥路口", "township": "500110001", "lon": 106.65, "lat": 29.02},
        "caller": {"name": "李四", "phone": "13912341234"},
    } | more
    machine = Actor("integration", "dispatch", None, frozenset({"register"}))
    return execute(Command("register", None, fields), machine, now=at).no


def taken(desk: Client, no: str) -> dict[str, str]:
    """The taken case as the browser would send it back unchanged."""
    text = desk.get(f"/desk/take/{no}").content.decode()
    assert 'data-result="taken"' in text
    version = text.split('name="version" value="')[1].split('"')[0]
    return {
        "no": no,
        "version": version,
        "key": f"take-{version}",
        "content": "天桥路口垃圾\r\n没人清运",
        "summary": "垃圾没人清运",
        "caller-name": "李四",
        "caller-phone": "13912341234",
        "place-text": "天桥路口",
    }


def test_a_case_from_the_110_system_is_taken_asked_and_dispatched(desk: Client) -> None:
    """R1, R2: the same form; the answers are set with the dispatch, untouched fields are not amended."""
    no = from_the_110_system()
    assert no in desk.get("/desk/").content.decode()
    status, text = send(desk, **taken(desk, no), received_at=None)
    assert status == 200, text
    assert types(no) == ["register", "set_safety", "dispatch"]
    assert only()["place"]["lon"] == 106.65


def test_what_the_caller_corrects_is_amended_before_the_dispatch(desk: Client) -> None:
    """R32: the new words with a reason; the coordinates the 110 system gave stay."""
    no = from_the_110_system()
    changes = taken(desk, no) | {"content": "天桥路口垃圾堆了五天", "place-text": "天桥路口东侧"}
    status, _text = send(desk, **changes, received_at=None)
    assert status == 200
    assert types(no) == ["register", "amend", "set_safety", "dispatch"]
    assert only()["content"] == "天桥路口垃圾堆了五天"
    assert only()["place"]["lon"] == 106.65


def test_somebody_else_was_faster(desk: Client) -> None:
    """I6: a stale form changes nothing, keeps what was typed and says what happened meanwhile."""
    no = from_the_110_system()
    mine = taken(desk, no)
    execute(Command("set_level", no, {"level": "general", "reason": "核实"}), Actor("desk", "other"))
    status, text = send(desk, **mine | {"content": "我改过的话"}, received_at=None)
    assert status == 409
    assert types(no) == ["register", "set_level"]
    assert "这个案件有了变化" in text
    assert "我改过的话" in text
    assert "定级" in text


def test_a_case_that_waits_no_more_is_not_taken(desk: Client) -> None:
    no = a_case(unit="CG")
    text = desk.get(f"/desk/take/{no}").content.decode()
    assert "已不在待分流中" in text
    assert 'name="no" value=""' in text
    assert desk.get("/desk/?take=nothing").status_code == 200


def test_without_a_script_the_form_still_registers(desk: Client) -> None:
    """The plain button sends a whole page: registered, and on to the case."""
    given = CALL | {"outcome": "register", "received_at": "2018-06-01T08:00"}
    answer = desk.post("/desk/register", given)
    assert answer.status_code == 302
    assert only()["no"] in answer.headers["Location"]
    refused = desk.post("/desk/register", given | {"life": "", "key": "another"})
    assert refused.status_code == 422
    assert "<h1" in refused.content.decode()


def test_a_live_list_asks_for_its_part_alone(desk: Client, django_assert_max_num_queries: Any) -> None:
    no = a_case()
    asked = {"HX-Request": "true", "HX-Target": "work"}
    desk.get("/desk/?queue=triage", headers=asked)
    with django_assert_max_num_queries(8):
        text = desk.get("/desk/?queue=triage", headers=asked).content.decode()
    assert no in text
    assert "<form" not in text
    assert "13812341234" not in text
    assert 'hx-get="/desk/?queue=triage"' in text
    assert desk.get("/desk/?queue=nothing").status_code == 404


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("请问办理居住证需要什么材料", "consult"),
        ("我要举报这家店卖假货", "report"),
        ("物业不退押金还骂人", "dispute"),
        ("路口垃圾没人清运", "complaint"),
    ],
)
def test_the_kind_is_proposed_from_the_words(desk: Client, words: str, kind: str) -> None:
    text = desk.post("/desk/suggest", {"content": words}).content.decode()
    assert f'data-kind="{kind}"' in text


def test_class_and_basis_come_with_the_matter(desk: Client) -> None:
    """R35, R36: general, unless the pack says why a matter usually takes longer; the clause is the basis."""
    text = desk.get("/desk/").content.decode()
    duties = json.loads(text.split('id="duties" type="application/json">')[1].split("</script>")[0])
    assert duties["CG-02"][1] == "general"
    assert "28号文" in duties["CG-02"][0]
    assert duties["GH-01"][1:] == ["special", "须现场勘查或立案调查"]


def test_doubt_stands_beside_the_questions_and_no_unit_is_preset(desk: Client) -> None:
    """EB-R1: reasons at the questions, nothing chosen beforehand, the police's numbers shown."""
    text = desk.post("/desk/suggest", {"content": "楼上有人要跳楼，已经站在阳台外面了"}).content.decode()
    assert "data-doubtful" in text
    assert "data-preset" not in text
    assert "跳楼" in text.split('id="doubts"')[1]
    calm = desk.post("/desk/suggest", {"content": CALL["content"]}).content.decode()
    assert "data-doubtful" not in calm
    assert "data-preset" in calm
    assert "data-doubt>" not in calm


def test_the_hotline_of_the_likely_unit_is_shown(desk: Client) -> None:
    """R14: published numbers are shown, never replaced."""
    text = desk.post("/desk/suggest", {"content": "我家小区从早上停电到现在，电表没有电"}).content.decode()
    assert "95598" in text


def test_a_unit_cannot_use_the_console(desk: Client) -> None:
    other = signed_in("u1", "unit", "CG")
    for path in ("/desk/", "/desk/register", "/desk/take/X"):
        assert other.get(path).status_code == 403
    assert other.post("/desk/register", CALL).status_code == 403
