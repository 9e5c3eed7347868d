"""What is done beside a command that the other network's instance executes: slips, reports, joint disposal, notes (060)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from support.sides import Pair, Side
from support.stores import Stores

SAFE = {"life": "no", "property": "no", "public": "no"}
GENERAL = {"class": "general", "matter": "CG-02", "basis": "职责目录"}
ASKED = {"grade": 2, "requirement": "查明原因", "reply_due": "2018-06-05T09:00+08:00"}
DUTY, QIAN, DESK, LEAD = "duty_office:zhao", "duty_office:qian", "desk:li", "desk_lead:wang"
SLIP, REPORT = "supervision_slip", "incident_report"
CALLS = count(1)


@pytest.fixture(scope="module")
def pair(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    embedded = Stores(None)
    home = tmp_path_factory.mktemp("callers")
    made = Pair(
        Side("desk", stores, home / "desk", "11"), Side("government", embedded, home / "government", "22")
    )
    yield made
    made.close()
    embedded.close()


def call(pair: Pair, at: str = "2018-06-04T09:00", **more: Any) -> str:
    """Registered at the desk and known on both sides."""
    fields = {
        "kind": "help", "summary": "路灯不亮", "content": "请联系 13812341234", "safety": SAFE,
        "received_at": f"{at}+08:00", "source": {"channel": "110", "ref": f"c-{next(CALLS)}"},
        "place": {"text": "中山路 1 号", "township": "古南街道"}, "caller": {"name": "张三", "phone": "13812341234"}, **more,
    }  # fmt: skip
    no = str(pair.desk.do(at, DESK, "register", **fields)["no"])
    pair.sync(at)
    return no


def dispatched(pair: Pair, **more: Any) -> str:
    """The government's by now, known on both sides."""
    no = call(pair, **more)
    pair.desk.do("2018-06-04T09:01", DESK, "dispatch", no, lead_unit="CG", **GENERAL)
    pair.sync("2018-06-04T09:02")
    return no


def both_sound(pair: Pair) -> None:
    assert pair.desk("dump") == pair.government("dump")
    for side in (pair.desk, pair.government):
        assert side("check") == []
        assert side("registers") == []
        assert side("sql", sql="SELECT COUNT(*) FROM registers_beside") == [[0]]


def supervise(pair: Pair, no: str, at: str = "2018-06-04T09:10", **more: Any) -> dict[str, Any]:
    return dict(
        pair.government("beside", what="supervising.supervise", given=[no, ASKED], by=DUTY, at=at, **more)
    )


# -- supervision ------------------------------------------------------------------------------------------------------


def test_a_slip_waits_for_the_receipt_and_comes_once_with_everything_that_was_written(pair: Pair) -> None:
    no = call(pair)
    given = {"key": "k-slip", "words_of": "王副区长批示", "copies": ["HB"]}
    assert supervise(pair, no, **given)["forwarded"]
    assert supervise(pair, no, **given)["existing"]
    assert supervise(pair, no, key="another")["code"] == "awaiting_other_side"
    assert pair.government("entries", register=SLIP, no=no) == []
    _, words = pair.government("page", by=DUTY, path=f"/cases/{no}")
    assert "督办" in words
    assert "已送对侧执行，等待回执" in words
    pair.sync("2018-06-04T09:12")
    found = pair.government("entries", register=SLIP, no=no, data=["words_of", "copies", "n"])
    assert [(one["state"], one["words_of"], one["copies"], one["n"]) for one in found] == [
        ("issued", "王副区长批示", ["HB"], 1)
    ]
    assert found[0]["by"]["issue"] == DUTY
    assert pair.government("awaiting", at="2018-06-04T09:13") == []
    pair.sync("2018-06-04T09:14", again=True)
    assert len(pair.government("entries", register=SLIP, no=no)) == 1
    _, words = pair.government("page", by=DUTY, path=f"/cases/{no}")
    assert "对侧已执行" in words
    both_sound(pair)


def test_a_refused_supervision_leaves_no_slip_and_its_reason_on_the_page(pair: Pair) -> None:
    no = call(pair)
    assert supervise(pair, no)["forwarded"]
    pair.desk.do("2018-06-04T09:11", DESK, "answer", no, text="已答复", knowledge="none")
    pair.sync("2018-06-04T09:12")
    assert pair.government("entries", register=SLIP, no=no) == []
    command, state, detail = pair.government("asked", no=no)[0]
    assert (command, state) == ("supervise", "refused")
    _, words = pair.government("page", by=DUTY, path=f"/cases/{no}")
    assert "对侧没有执行" in words
    assert detail in words
    both_sound(pair)


def test_a_supervision_of_a_case_that_came_over_meanwhile_is_done_at_home_with_its_slip(pair: Pair) -> None:
    no = call(pair)
    assert supervise(pair, no)["forwarded"]
    pair.desk.do("2018-06-04T09:11", DESK, "dispatch", no, lead_unit="CG", **GENERAL)
    pair.sync("2018-06-04T09:12")
    assert pair.government("asked", no=no)[0][:2] == ["supervise", "done"]
    assert [one["state"] for one in pair.government("entries", register=SLIP, no=no)] == ["issued"]
    both_sound(pair)


def test_lifting_and_replacing_a_slip_travel_as_one_order(pair: Pair) -> None:
    no = call(pair)
    supervise(pair, no)
    pair.sync("2018-06-04T09:12")
    old = pair.government("entries", register=SLIP, no=no)[0]["no"]
    assert supervise(pair, no, at="2018-06-04T09:20")["code"] == "supervision_open"
    assert supervise(pair, no, at="2018-06-04T09:20", replacing=old)["forwarded"]
    assert pair.government("follow", at="2018-06-04T09:21") == 0
    assert [one["state"] for one in pair.government("entries", register=SLIP, no=no)] == ["issued"]
    refused = pair.government(
        "step", register=SLIP, step="lift", no=old, fields={"lifted_for": "不用了"}, by=DUTY
    )
    assert refused["code"] == "awaiting_other_side"
    _, words = pair.government("page", by=DUTY, path=f"/registers/{SLIP}/{old}")
    assert "有一步已送对侧执行，等待回执" in words
    pair.sync("2018-06-04T09:22")
    assert [one["state"] for one in pair.government("entries", register=SLIP, no=no)] == ["lifted", "issued"]
    kinds = pair.desk("sql", sql=f"SELECT type FROM casework_event WHERE case_no = '{no}' ORDER BY seq")
    assert [one for (one,) in kinds if "superv" in one] == ["supervise", "lift_supervision", "supervise"]
    new = pair.government("entries", register=SLIP, no=no)[1]["no"]
    lifted = pair.government(
        "beside", what="supervising.lift", given=[new, "已落实"], by=DUTY, at="2018-06-04T10:00", key="l"
    )
    assert lifted["state"] == "issued"
    pair.sync("2018-06-04T10:01")
    assert [one["state"] for one in pair.government("entries", register=SLIP, no=no)] == ["lifted", "lifted"]
    both_sound(pair)


def test_where_the_second_command_of_an_order_is_refused_the_first_has_not_happened(pair: Pair) -> None:
    no = call(pair)
    supervise(pair, no)
    pair.sync("2018-06-04T09:12")
    old = pair.government("entries", register=SLIP, no=no)[0]["no"]
    soon = {**ASKED, "reply_due": "2018-06-04T10:00+08:00"}
    pair.government(
        "beside",
        what="supervising.supervise",
        given=[no, soon],
        by=DUTY,
        at="2018-06-04T09:20",
        replacing=old,
    )
    pair.sync("2018-06-04T10:30")  # over there the limit lies in the past by now
    assert pair.government("asked", no=no)[0][1] == "refused"
    assert [one["state"] for one in pair.government("entries", register=SLIP, no=no)] == ["issued"]
    kinds = pair.desk("sql", sql=f"SELECT type FROM casework_event WHERE case_no = '{no}' ORDER BY seq")
    assert ["lift_supervision"] not in kinds
    both_sound(pair)


# -- joint disposal ---------------------------------------------------------------------------------------------------


def joint(pair: Pair, no: str, **more: Any) -> dict[str, Any]:
    order = ["燃气泄漏，有人被困", ["WJ"], "larger", "可能影响公共安全"]
    return dict(pair.desk("beside", what="joint.dispose", given=[no, order], by=DESK, key=f"j-{no}", **more))


def test_joint_disposal_is_one_order_of_two_commands(pair: Pair) -> None:
    no = dispatched(pair)
    assert joint(pair, no, at="2018-06-04T09:05")["forwarded"]
    assert joint(pair, no, at="2018-06-04T09:05")["existing"]
    assert pair.desk("asked", no=no) == [["to_police", "waiting", ""]]
    pair.sync("2018-06-04T09:06")
    view = pair.desk("view", no=no)
    assert (view["state"], view["level"]) == ("police", "larger")
    assert {one["unit"] for one in view["clocks"] if one["kind"] == "ack"} == {"police", "WJ"}
    assert pair.desk("asked", no=no) == [["to_police", "done", ""]]
    both_sound(pair)


def test_an_order_behind_another_one_of_this_side_is_not_refused_for_what_that_one_moved(pair: Pair) -> None:
    no = dispatched(pair, level="larger")
    version = pair.desk("view", no=no)["version"]
    pair.desk.do(
        "2018-06-04T09:05", DESK, "report_by_phone", no, version=version, callee="值班室", content="已核实"
    )
    pair.desk.do("2018-06-04T09:06", DESK, "to_police", no, version=version, reason="有人受伤")
    pair.sync("2018-06-04T09:07")
    assert [one[:2] for one in pair.desk("asked", no=no)] == [
        ["to_police", "done"],
        ["report_by_phone", "done"],
    ]
    both_sound(pair)


def test_joint_disposal_that_is_refused_over_there_changes_nothing_at_all(pair: Pair) -> None:
    no = dispatched(pair)
    assert joint(pair, no, at="2018-06-04T09:05")["forwarded"]
    pair.government.do("2018-06-04T09:05", DUTY, "set_level", no, level="major", reason="核实")
    pair.sync("2018-06-04T09:06")
    command, state, detail = pair.desk("asked", no=no)[0]
    assert (command, state) == ("to_police", "refused")
    assert detail
    view = pair.desk("view", no=no)
    assert (view["state"], view["level"]) == ("dispatched", "major")
    both_sound(pair)


# -- written reports --------------------------------------------------------------------------------------------------


def signed(pair: Pair, no: str) -> str:
    drafted = pair.desk(
        "step", register=REPORT, step="draft", by=DESK, at="2018-06-04T09:10",
        fields={"case": no, "kind": "first", "nature": "燃气泄漏", "measures": "已疏散"},
    )  # fmt: skip
    pair.desk(
        "step", register=REPORT, step="sign", no=drafted["no"], by=LEAD, at="2018-06-04T09:11", fields={}
    )
    return str(drafted["no"])


def deliver(pair: Pair, report: str, at: str, **more: Any) -> dict[str, Any]:
    return dict(
        pair.desk("beside", what="reports.deliver", given=[report], by=DESK, at=at, issuer="服务台", **more)
    )


def test_a_report_is_delivered_when_the_receipt_says_so_and_judged_by_when_it_was_sent(pair: Pair) -> None:
    no = dispatched(pair, level="larger")
    report = signed(pair, no)
    assert deliver(pair, report, "2018-06-04T09:30", key="r")["state"] == "signed"
    assert deliver(pair, report, "2018-06-04T09:30", key="r")["state"] == "signed"
    assert deliver(pair, report, "2018-06-04T09:31", key="r2")["code"] == "awaiting_other_side"
    dropped = pair.desk("step", register=REPORT, step="drop", no=report, by=DESK, fields={"reason": "重写"})
    assert dropped["code"] == "awaiting_other_side"
    status, words = pair.desk("page", by=DESK, path=f"/incidents/{no}/reports/{report}")
    assert status == 200
    assert "报出已送对侧执行，等待回执" in words
    assert "作废这一份" not in words
    pair.government("clock", at="2018-06-04T09:45")  # the way was closed until after the limit
    pair.sync("2018-06-04T10:30")
    found = pair.desk("entries", register=REPORT, no=no, data=["late_minutes"])
    assert [(one["state"], one["late_minutes"]) for one in found] == [("delivered", 0)]
    clock = [one for one in pair.government("view", no=no)["clocks"] if one["kind"] == "written_report"][-1]
    assert clock["stopped_at"].startswith("2018-06-04T09:30")
    assert clock["outcome"] == "on_time"
    status, words = pair.government("page", by=DUTY, path=f"/cases/{no}")
    assert "燃气泄漏" in words
    both_sound(pair)


def test_a_report_that_is_refused_over_there_stays_signed_with_the_reason_and_goes_again(pair: Pair) -> None:
    no = dispatched(pair, level="larger")
    report = signed(pair, no)
    assert deliver(pair, report, "2018-06-04T09:30", key=report)["state"] == "signed"
    pair.government.do("2018-06-04T09:30", "unit:CG", "report_in_writing", no, document="单位已报")
    pair.sync("2018-06-04T09:31")
    assert pair.desk("entries", register=REPORT, no=no)[0]["state"] == "signed"
    _, words = pair.desk("page", by=DESK, path=f"/incidents/{no}/reports/{report}")
    assert "对侧没有执行" in words
    assert (
        deliver(pair, report, "2018-06-04T09:40", key=f"{report}-3")["state"] == "signed"
    )  # now beside the case, as a note
    pair.sync("2018-06-04T09:41")
    assert pair.desk("entries", register=REPORT, no=no)[0]["state"] == "delivered"
    assert pair.desk("asked", no=no)[0][:2] == ["note", "done"]
    both_sound(pair)


def test_a_report_of_a_case_that_is_the_desk_s_is_delivered_at_once(pair: Pair) -> None:
    no = call(pair, level="larger")
    report = signed(pair, no)
    assert deliver(pair, report, "2018-06-04T09:30")["state"] == "delivered"
    pair.sync("2018-06-04T09:31")
    both_sound(pair)


# -- notes, lists, registers of the other side ------------------------------------------------------------------------


def test_a_consultation_is_noted_in_the_desk_s_case_by_an_order(pair: Pair) -> None:
    led, beside = dispatched(pair), call(pair)
    fields = {
        "case": led, "related": [beside], "title": "路灯专题", "at": "2018-06-04T15:00+08:00", "place": "值班室",
        "units": ["CG"], "question": "谁来修",
    }  # fmt: skip
    made = pair.government(
        "step", register="consultation", step="convene", fields=fields, by=DUTY, at="2018-06-04T10:00"
    )
    assert made["state"] == "convened", made
    assert pair.government("asked", no=beside) == [["note", "waiting", ""]]
    pair.sync("2018-06-04T10:01")
    for no in (led, beside):
        notes = pair.desk(
            "sql", sql=f"SELECT COUNT(*) FROM casework_event WHERE case_no = '{no}' AND type = 'note'"
        )
        assert notes == [[1]]
    both_sound(pair)


def test_what_was_done_on_paper_is_noted_by_an_order_and_the_page_says_so(pair: Pair) -> None:
    no = dispatched(pair)
    given = {
        "case": no,
        "at": "2018-06-04T09:30",
        "who": "张工",
        "what": "签收",
        "text": "已到场",
        "key": "p1",
    }
    for _ in range(2):  # a double click
        status, words = pair.desk("page", by=DESK, path="/desk/paper/note", post=given)
        assert status == 200
        assert "补记已送对侧执行，等待回执" in words
    assert len(pair.desk("asked", no=no)) == 1
    pair.sync("2018-06-04T11:00")
    assert pair.desk("asked", no=no)[0][:2] == ["note", "done"]
    both_sound(pair)


def test_messages_of_the_110_system_about_a_dispatched_case_become_notes_by_order(pair: Pair) -> None:
    no = dispatched(pair)
    ref = pair.desk("view", no=no)["source"]["ref"]
    given = {"ref": ref, "what": "append", "text": "路口也不亮", "at": "2018-06-04T09:30", "id": f"m1-{ref}"}
    assert [pair.desk("intake", **given) for _ in range(2)] == ["noted", "repeated"]
    assert pair.desk("intake", **{**given, "what": "cancel", "id": f"m2-{ref}"}) == "asked"
    assert len(pair.desk("asked", no=no)) == 2
    assert [one["state"] for one in pair.desk("entries", register="intake_task", no=no)] == ["waiting"]
    pair.sync("2018-06-04T09:31")
    assert [one[:2] for one in pair.desk("asked", no=no)] == [["note", "done"], ["note", "done"]]
    both_sound(pair)


def test_a_message_about_a_case_that_is_lent_waits_for_its_return(pair: Pair) -> None:
    led, lent = dispatched(pair), call(pair)
    ref = pair.desk("view", no=lent)["source"]["ref"]
    pair.desk.do("2018-06-04T09:20", DESK, "merge", lent, target=led, reason="同一件事")
    given = {"ref": ref, "what": "append", "text": "还有一盏", "at": "2018-06-04T09:21", "id": f"m3-{ref}"}
    assert pair.desk("intake", **given) == "held"
    pair.sync("2018-06-04T09:22")
    assert pair.desk("adopt", at="2018-06-04T09:23") == 1
    pair.sync("2018-06-04T09:24")
    notes = pair.desk(
        "sql", sql=f"SELECT COUNT(*) FROM casework_event WHERE case_no = '{lent}' AND type = 'note'"
    )
    assert notes == [[1]]
    both_sound(pair)


def test_the_pages_of_several_cases_say_how_many_wait_for_the_other_side(pair: Pair) -> None:
    mine, theirs = dispatched(pair), call(pair)
    given = {"way": "instruct", "text": "请立即办理", "key": "u1", "no": [f"{mine}:", f"{theirs}:"]}
    _, words = pair.government("page", by=DUTY, path="/duty/units/CG/act", post=given)
    assert "的 1 件工单下达" in words
    assert "1 件已送对侧执行，等待回执" in words
    pair.sync("2018-06-04T11:00")
    both_sound(pair)


@pytest.mark.parametrize(
    ("side", "by", "path"),
    [
        ("desk", DESK, f"/registers/{SLIP}/"), ("desk", DESK, "/registers/consultation/"),
        ("government", DUTY, f"/registers/{REPORT}/"), ("government", DUTY, "/registers/paper_slip/"),
    ],
)  # fmt: skip
def test_a_register_of_the_other_side_says_where_it_is_kept(
    pair: Pair, side: str, by: str, path: str
) -> None:
    status, words = getattr(pair, side)("page", by=by, path=path)
    assert status == 403
    assert "在对侧的系统里办理" in words


def test_no_step_is_taken_in_a_register_of_the_other_side_and_no_button_leads_there(pair: Pair) -> None:
    no = dispatched(pair, level="larger")
    refused = pair.government(
        "step", register=REPORT, step="draft", by=DUTY, fields={"case": no, "kind": "first", "nature": "泄漏"}
    )
    assert refused["code"] == "wrong_side"
    assert "公安侧" in refused["detail"]
    _, words = pair.government("page", by=DUTY, path=f"/duty/major/{no}")
    assert "书面报告" not in words.split("报告时钟")[0]
    _, words = pair.desk("page", by=DESK, path=f"/duty/major/{no}")
    assert "资源和协作" not in words
    assert pair.desk("page", by=DESK, path=f"/incidents/{no}/means")[0] == 403


def test_who_comes_next_is_told_where_rosters_are_and_the_desk_telephones(pair: Pair) -> None:
    no = dispatched(pair)
    due = max(one["due_at"] for one in pair.desk("view", no=no)["clocks"] if one["kind"] == "sign")
    for at in (f"{due[:14]}{int(due[14:16]) - 2:02d}", f"{due[:14]}{int(due[14:16]) + 1:02d}"):
        for side in (pair.desk, pair.government):
            side("phoning", at=at)
    desk, government = (
        side("entries", register="phone_task", no=no, data=["because"])
        for side in (pair.desk, pair.government)
    )
    assert [one["state"] for one in desk] == ["waiting"]
    assert [(one["state"], one["because"]) for one in government] == [("unneeded", "desk_calls")]
    both_sound(pair)


def test_every_register_has_a_side() -> None:
    from liandong.registers.sides import BOTH, KEPT
    from liandong.rules.registers import registers

    named = [*KEPT["desk"], *KEPT["government"], *BOTH]
    assert sorted(named) == sorted(registers())
