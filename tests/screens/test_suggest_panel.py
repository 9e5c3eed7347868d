"""Item 1 of issue 3 on the page: danger first, what to ask, every matter with its clause, and nothing that sends."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from test_pages import a_case, signed_in

from liandong.engine import routing
from liandong.rules.model import Actor
from liandong.screens.common import suggesting
from liandong.triage.pack import RoutingPackError

DESK = Actor("desk", "seeder")


@pytest.fixture
def desk(district: None) -> Client:
    return signed_in("d1", "desk")


def answer(**changes: Any) -> dict[str, Any]:
    """An answer of the engine with nothing found, changed where a test says so."""
    made: dict[str, Any] = {
        "emergency": {"flag": False, "reasons": []},
        "never_divert": {"flag": False, "class": None, "reasons": []},
        "suggestions": [one("CG", "区城市管理局", 0.95, "CG-01", "28号文 三（一）第16段“市政公用设施”")],
        "assist": [],
        "place": None,
        "duplicates": [],
        "confidence": 0.95,
        "auto": False,
        "matters": [],
        "ask": [],
        "model": "base-1",
    }
    return made | changes


def one(unit: str, name: str, score: float, matter: str | None, clause: str) -> dict[str, Any]:
    why = {"clause": clause, "terms": ["路灯"], "territory": None}
    return {"unit": unit, "name": name, "score": score, "matter": matter, "why": why}


def matter(code: str, unit: str, probability: float) -> dict[str, Any]:
    clause = f"28号文 {code}"
    return {
        "code": code, "catalogue": code, "name": f"事项{code}", "unit": unit, "clause": clause, "probability": probability,
    }  # fmt: skip


@pytest.fixture
def panel(desk: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The panel for an answer of the engine."""

    def shown(**changes: Any) -> str:
        monkeypatch.setattr(routing, "suggest", lambda *given, **more: answer(**changes))
        return desk.post("/desk/suggest", {"content": "路灯不亮三天了"}).content.decode()

    return shown


def test_danger_comes_first_with_its_words(panel: Any) -> None:
    text = panel(
        emergency={"flag": True, "reasons": ["EB11 自杀：“跳楼”"]},
        never_divert={"flag": True, "class": "EB11", "reasons": ["EB11 自杀：“跳楼”"]},
        ask=["请问清在哪个街道。"],
    )
    assert text.index("可能是紧急警情") < text.index("<b>“跳楼”</b>") < text.index("请向来电人问清")
    assert 'role="alert"' in text


def test_police_matter_without_danger_is_told_apart(panel: Any) -> None:
    text = panel(
        emergency={"flag": False, "reasons": ["有点疑问，请问清（EB-R1）"]},
        never_divert={
            "flag": True,
            "class": "EB2",
            "reasons": ["EB2 治安：“广场舞”，由公安机关办理（R19）"],
        },
    )
    assert "属于公安职责" in text
    assert "可能是紧急警情" not in text
    assert 'class="danger kept"' in text
    assert "有点疑问" in text


def test_questions_stand_before_units(panel: Any) -> None:
    text = panel(ask=["在城区还是在镇上、村里？"], matters=[matter("CG-01", "CG", 0.9)])
    assert text.index("在城区还是在镇上、村里？") < text.index("事项CG-01") < text.index("很有把握 95%")
    assert "28号文 CG-01" in text
    assert "多件事" not in text


def test_several_matters_hint_at_splitting(panel: Any) -> None:
    text = panel(
        matters=[matter("CG-01", "CG", 0.8), matter("U-W-01", "U-W", 0.5), matter("JZ-12", "JZ", 0.2)]
    )
    assert "一通来电多件事" in text
    assert "拆分" in text
    assert "渝綦水务公司 · 50%" in text
    assert "属地街道（镇） · 20%" in text


@pytest.mark.parametrize(
    ("code", "says"),
    [("JZ", "哪个街道或镇"), ("YQ", "哪个园区"), ("QT", "no_catalogue_item"), ("GA", "转警务")],
)
def test_a_class_says_what_to_do_and_has_no_button(
    panel: Any, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    suggested = [one(code, code, 0.9, None, "AMB19"), one("CG", "区城市管理局", 0.1, "CG-01", "条款")]
    text = panel(suggestions=suggested)
    assert says in text
    assert f"<b>{code}</b>" not in text or code == "GA"
    shown = suggesting.suggestions(answer(suggestions=suggested), DESK)["suggested"]
    assert shown[0]["pick"] == ""
    assert not shown[0]["can"]
    assert shown[1]["pick"]


def test_model_and_automatic_mark_are_quiet_and_never_say_sent(panel: Any) -> None:
    text = panel(auto=True)
    assert "可按规则自动建议" in text
    assert "base-1" in text
    assert "规则</p>" not in text
    for wrong in ("已派发", "已发送", "自动派发"):
        assert wrong not in text
    text = panel(model=None)
    assert "研判：规则" in text
    assert "可按规则自动建议" not in text


def test_duplicates_say_why_and_hide_persons(panel: Any) -> None:
    no = a_case(unit="CG")
    text = panel(
        duplicates=[{"no": no, "score": 0.83, "why": ["文字相近 80%", "同一街镇"]}, {"no": "X", "score": 1}]
    )
    assert "相似 83% · 文字相近 80% · 同一街镇 · 待签收" in text
    assert f'href="/cases/{no}"' in text
    assert "13812341234" not in text


def test_a_precedent_is_linked_where_it_may_be_seen(panel: Any) -> None:
    no = a_case()
    clause = "先例 {}：值班室指定管辖（R30）；28号文"
    text = panel(suggestions=[one("CG", "区城市管理局", 0.9, "CG-01", clause.format(no))])
    assert f'href="/cases/{no}"' in text
    absent = "QJFL-500110-20180601-00009-1"
    text = panel(suggestions=[one("CG", "区城市管理局", 0.9, "CG-01", clause.format(absent))])
    assert absent in text
    assert f'href="/cases/{absent}"' not in text


def test_broken_routing_data_is_said_and_stops_nobody(
    desk: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Suggestions are a help: without them the desk still dispatches."""
    no = a_case()

    def broken(*given: Any, **more: Any) -> Any:
        raise RoutingPackError(tmp_path / "router.toml", "cannot be used")

    monkeypatch.setattr(routing, "suggest", broken)
    assert "现在没有建议" in desk.post("/desk/suggest", {"content": "路灯不亮三天了"}).content.decode()
    form = desk.get(f"/cases/{no}/do/dispatch")
    assert form.status_code == 200
    assert "现在没有建议" in form.content.decode()


@pytest.mark.parametrize(
    "text", ["12345678", "😀😀😀😀😀", "a" * 100_000, "<script>alert(1)</script>路灯", "\x00\x01\x02\x03\x04"]
)
def test_any_text_gives_a_panel(desk: Client, text: str) -> None:
    """Bad input: an honest "don't know", never an error, never markup."""
    shown = desk.post("/desk/suggest", {"content": text})
    assert shown.status_code == 200
    assert "<script>" not in shown.content.decode()


def test_the_real_engine_fills_the_panel(desk: Client) -> None:
    text = desk.post("/desk/suggest", {"content": "古南街道天桥路口垃圾堆了三天没人清运"}).content.decode()
    assert "区城市管理局" in text
    assert "识别到的事项" in text
    assert "古南街道" in text
    assert "研判：" in text


def test_the_panel_costs_the_same_with_many_alike(desk: Client, django_assert_max_num_queries: Any) -> None:
    for n in range(8):
        a_case(n)
    desk.post("/desk/suggest", {"content": "路边垃圾没有清运"})
    with django_assert_max_num_queries(16):
        desk.post("/desk/suggest", {"content": "路边垃圾没有清运"})


def test_units_without_a_word_for_them_are_folded_away(panel: Any) -> None:
    """An honest "don't know": no row of units at nought percent."""
    clause = "没有词语指向某一单位"
    text = panel(
        suggestions=[one("QT", "其他单位", 0.0, None, clause), one("CG", "区城市管理局", 0.0, None, clause)]
    )
    assert "还没有建议" in text
    assert text.index("<details") < text.index("区城市管理局")


def test_police_are_never_dispatched_to_what_stays_with_them(panel: Any) -> None:
    police = one("GA", "区公安局", 0.99, "GA-11", "EB11 自杀：不得分流，转警务")
    kept = {"flag": True, "class": "EB11", "reasons": []}
    shown = suggesting.suggestions(answer(suggestions=[police], never_divert=kept), DESK)["suggested"]
    assert shown[0]["pick"] == ""
    assert "转警务" in shown[0]["instead"]


def test_several_matters_take_the_automatic_mark_away(panel: Any) -> None:
    """A page may add doubt: what may be two concerns is not told as one that could go by itself."""
    two = [matter("CG-01", "CG", 0.8), matter("U-W-01", "U-W", 0.5)]
    assert "可按规则自动建议" not in panel(auto=True, matters=two)


def test_the_safety_form_says_what_the_machine_doubts(desk: Client) -> None:
    """EB-R2: a doubt the machine added stands with its words where a person clears it up."""
    no = a_case(summary="我们楼上着火了，有人在喊救命")
    shown = desk.get(f"/cases/{no}/do/set_safety").content.decode()
    assert "机器提出的疑点" in shown
    assert "着火" in shown.split("机器提出的疑点")[1].split("</ul>")[0]
