"""Part B: every class of EB1–EB14 is found, markers ask instead of flagging, complaints about police stay restricted."""

from __future__ import annotations

import pytest

from liandong.triage.router import Router

DANGER = [
    ("EB1", "有人提刀进了超市，见人就砍"),
    ("EB1", "我妈遭骗了，给对方转账八万块"),
    ("EB2", "两伙年轻人在烧烤店外头打架"),
    ("EB3", "几十个人拉横幅堵在区政府大门要工资"),
    ("EB4", "对面六楼窗户在冒浓烟，着火了"),
    ("EB5", "渡口那边两辆车追尾，司机被夹住"),
    ("EB8", "婆婆有老年痴呆，早上出门到现在没回来"),
    ("EB9", "有个学生在綦河洗澡沉下去没起来"),
    ("EB10", "工人从脚手架上摔下来，一动不动"),
    ("EB11", "女娃儿发信息说不想活了，人在楼顶"),
    ("EB12", "厨房天然气漏气，味道大得很"),
    ("EB13", "山洪把房子围了，老人被困在二楼"),
    ("EB14", "电梯坏在半空，里头困了三个人"),
    ("EB14", "隔壁男的口吐白沫，喊不醒"),
]


@pytest.mark.parametrize(("danger_class", "text"), DANGER)
def test_danger_is_flagged(router: Router, danger_class: str, text: str) -> None:
    answer = router.route(text)
    assert answer["emergency"]["flag"]
    assert answer["never_divert"]["flag"]
    assert not answer["auto"]
    seen = {reason.split()[0] for reason in answer["emergency"]["reasons"]}
    assert danger_class in seen
    screen = router.screen(text)
    assert screen.flag
    assert screen.danger_class == answer["never_divert"]["class"]


@pytest.mark.parametrize(
    "text",
    [
        "楼下没有着火，只是烧烤摊油烟大",
        "去年这口塘有人溺水，想建议装护栏",
        "这堆纸板万一着火不得了，请来清理",
        "单位要搞消防演练，模拟着火",
    ],
)
def test_negation_past_and_if_ask_and_stop_automation(router: Router, text: str) -> None:
    """EB-R3: not flagged as danger, but never automatic, and the reason asks."""
    answer = router.route(text)
    assert not answer["emergency"]["flag"]
    assert any("EB-R3" in reason for reason in answer["emergency"]["reasons"])
    assert not answer["auto"]


def test_later_danger_is_not_hidden_by_an_earlier_negation(router: Router) -> None:
    assert router.route("昨天没有着火，现在着火了，快来")["emergency"]["flag"]


def test_complaint_about_police_is_kept_and_only_named_ga07(router: Router) -> None:
    answer = router.route("派出所民警态度恶劣，报案不受理")
    assert not answer["emergency"]["flag"]
    assert answer["never_divert"] == {
        "flag": True,
        "class": "EB7",
        "reasons": answer["never_divert"]["reasons"],
    }
    assert answer["suggestions"][0]["unit"] == "GA"
    assert answer["suggestions"][0]["matter"] == "GA-07"
    assert not answer["auto"]


def test_police_head_the_suggestions_in_danger(router: Router) -> None:
    """R41: danger goes to the police first (by to_police, not by dispatch), whoever else is told beside them."""
    for _, text in DANGER:
        answer = router.route(text)
        assert answer["suggestions"][0]["unit"] == "GA", text
        assert not answer["auto"]


@pytest.mark.parametrize("text", ["", " ", "嗯", "hello are you there", "。。。", "12345"])
def test_silent_or_foreign_calls_are_doubtful(router: Router, text: str) -> None:
    """EB-R9."""
    answer = router.route(text)
    assert any("EB-R9" in reason for reason in answer["emergency"]["reasons"])
    assert not answer["auto"]
    assert answer["confidence"] < 0.5


@pytest.mark.parametrize(
    "text", ["火锅店太吵了关不关", "跳楼价大甩卖是不是真的", "打火机哪里买得到", "杀年猪要不要检疫"]
)
def test_everyday_phrases_are_no_danger(router: Router, text: str) -> None:
    assert not router.route(text)["emergency"]["flag"]


def test_traditional_characters_and_spaces_are_read(router: Router) -> None:
    assert router.route("樓 上 著火了 ，煙 好大，有 人 喊 救命")["emergency"]["flag"]
