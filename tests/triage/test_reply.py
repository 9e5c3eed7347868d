"""Item 9: a reply that answers scores above one that does not, and the reasons say which sentence and which demand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liandong.triage.reply import Judge, Quality

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
REQUEST = (
    "翠屏小区门口的路灯已经坏了半个月，晚上老人摔倒两次。1、请问什么时候能修好？2、维修费用为什么要从物业费里扣？"
    "3、希望把小区西门的垃圾桶也清运一下。"
)
GOOD = (
    "您好！您的来电已收悉。经现场查看，翠屏小区门口三盏路灯因电缆老化断电，6月3日已安排维修人员更换，6月5日前恢复照明。"
    "路灯维修费用由我局承担，根据《重庆市物业管理条例》第五十条，物业公司不得从物业费里扣除，已责令退还。"
    "小区西门垃圾桶已于6月2日清运，今后每天清运两次。感谢您对我们工作的支持！"
)
FORMULA = "尊敬的市民朋友：您好！您的来电已收悉，我局高度重视。感谢您对我们工作的关心、理解和支持！"
ELSEWHERE = (
    "经核实，陈家湾养老机构的床位补贴按入住人数发放，2018年第一季度共拨付12万元，民政所已张榜公布名单。"
)
DEFERRED = "翠屏小区路灯的问题已转交相关部门，请您耐心等待，维修费用请咨询物业公司。"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.from_pack(PACK)


def good(quality: Quality, name: str) -> float:
    value = quality.measure(name).good
    assert value is not None
    return value


def test_each_demand_is_found_and_answered_by_its_sentence(judge: Judge) -> None:
    found = judge.judge(REQUEST, GOOD)
    assert [one.label for one in found.asked] == ["问时间", "问原因", "要求办理"]
    assert all(one.answered for one in found.asked)
    light, fee, bin_ = found.asked
    assert any("恢复照明" in found.sentences[no - 1] for no in light.sentences)
    assert any("不得从物业费" in found.sentences[no - 1] for no in fee.sentences)
    assert any("西门垃圾桶" in found.sentences[no - 1] for no in bin_.sentences)
    assert found.word == "好"


def test_a_good_reply_stands_above_the_others(judge: Judge) -> None:
    best = judge.judge(REQUEST, GOOD)
    for worse in (FORMULA, ELSEWHERE, DEFERRED, "已收悉", ""):
        assert judge.judge(REQUEST, worse).overall < best.overall - 0.2


def test_formula_is_told(judge: Judge) -> None:
    found = judge.judge(REQUEST, FORMULA)
    assert found.measure("boilerplate").value is not None
    assert found.measure("boilerplate").value > 0.8  # type: ignore[operator]
    assert good(found, "completeness") < 0.2
    assert judge.judge(REQUEST, GOOD).measure("boilerplate").value < 0.35  # type: ignore[operator]


def test_what_was_not_asked_is_told_with_its_sentence(judge: Judge) -> None:
    found = judge.judge(REQUEST, GOOD.replace("感谢您", ELSEWHERE + "感谢您"))
    assert any("养老机构" in reason for reason in found.measure("off_topic").reasons)
    assert good(judge.judge(REQUEST, GOOD), "off_topic") == 1
    assert (
        good(judge.judge(REQUEST, ELSEWHERE), "relevance")
        < 0.35
        < good(judge.judge(REQUEST, GOOD), "relevance")
    )


def test_passing_on_is_no_answer(judge: Judge) -> None:
    found = judge.judge("翠屏小区的路灯什么时候修好？", "翠屏小区路灯的问题已转交相关部门，请您耐心等待。")
    assert [one.answered for one in found.asked] == [False]
    assert "转办" in found.asked[0].verdict


def test_an_open_question_is_named(judge: Judge) -> None:
    found = judge.judge(REQUEST, GOOD.split("小区西门垃圾桶")[0])
    reasons = found.measure("completeness").reasons
    assert not found.asked[2].answered or found.asked[2].level < found.asked[0].level
    assert any("垃圾桶" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("根据《工伤保险条例》第十四条，您的情形属于工伤。", 1.0),
        ("根据綦江府办发〔2018〕28号文件办理，您的情形属于工伤。", 0.7),
        ("根据《工伤保险条例》，您的情形属于工伤。", 0.7),
        ("根据相关规定，您的情形不属于工伤。", 0.3),
        ("您的情形不属于工伤。", 0.0),
    ],
)
def test_legal_basis(judge: Judge, reply: str, value: float) -> None:
    assert (
        judge.judge("下班路上被车撞了，是否算工伤？有没有赔偿？", reply).measure("legal_basis").value == value
    )


def test_a_legal_basis_is_not_always_called_for(judge: Judge) -> None:
    assert judge.judge("路灯坏了请来修", "路灯已修好。").measure("legal_basis").value is None


def test_promises_without_a_date(judge: Judge) -> None:
    vague = judge.judge("路灯坏了请来修", "我局将尽快安排维修。").measure("timeliness")
    dated = judge.judge("路灯坏了请来修", "我局将于6月5日前完成维修。").measure("timeliness")
    assert (vague.value, dated.value) == (0, 1)
    assert any("没有时间" in reason for reason in vague.reasons)
    assert judge.judge("路灯坏了请来修", "路灯昨晚修好了。").measure("timeliness").value is None


def test_a_request_without_question_or_wish_is_taken_as_the_matter(judge: Judge) -> None:
    found = judge.judge("楼上半夜装修", "已上门劝导，楼上住户停止夜间装修。")
    assert [one.label for one in found.asked] == ["反映的事"]


def test_courtesy_is_no_demand(judge: Judge) -> None:
    found = judge.judge("翠屏小区的路灯为什么不亮？期待您的回复，谢谢！", GOOD)
    assert [one.text for one in found.asked] == ["翠屏小区的路灯为什么不亮？"]


def test_persons_do_not_make_texts_alike(judge: Judge) -> None:
    """Item 10: a shared telephone number or name is not a shared matter."""
    one, two = (
        "我叫欧阳锋，电话13812341234，身份证500222199001011234。",
        "我叫尉迟恭，电话15900001111，身份证500222198505055678。",
    )
    matter, other = "路灯坏了请来修。", "床位补贴按季度发放。"
    assert judge.judge(matter, other).measure("relevance").value == 0
    shared, strange = judge.judge(matter + one, other + one), judge.judge(matter + one, other + two)
    assert shared.measure("relevance").value == strange.measure("relevance").value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "好",
        "1" * 50_000,
        "？" * 20_000,
        "abc def",
        "😀😀",
        "\x00\ud800",
        "一、" * 5_000,
        "《" * 9_000,
    ],
)
def test_bad_input_is_judged_low_and_never_raises(judge: Judge, text: str) -> None:
    for found in (judge.judge(text, GOOD), judge.judge(REQUEST, text), judge.judge(text, text)):
        assert 0 <= found.overall <= 1
        json.dumps(found.as_dict())
    assert judge.judge(REQUEST, text).word == "差"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=30))
def test_any_texts(request_: str, reply: str, title: str) -> None:
    judge = _shared()
    found = judge.judge(request_, reply, title)
    assert found == judge.judge(request_, reply, title)
    for one in found.measures:
        assert one.reasons
        assert one.value is None or 0 <= one.value <= 1
    assert all(0 < no <= len(found.sentences) for asked in found.asked for no in asked.sentences)


_kept: list[Judge] = []


def _shared() -> Judge:
    if not _kept:
        _kept.append(Judge.from_pack(PACK))
    return _kept[0]
