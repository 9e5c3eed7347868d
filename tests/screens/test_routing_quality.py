"""Item 6 of issue 3 on the page 分流质量: who sees it, what it says with no, few and many outcomes, who sets what is wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from test_pages import a_case, signed_in

from liandong.casework.execute import batch
from liandong.engine import automation, routing
from liandong.engine.models import Automation, LearnedModel, Suggested

PAGE = "/duty/routing"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What serves is read anew: each test has its own store."""
    routing.forget()
    yield
    routing.forget()


def ended(count: int, wrong: int = 0) -> None:
    """Ended cases with the suggestion each had when it came in; the last ``wrong`` of them went elsewhere."""
    with batch():
        numbers = [a_case(n) for n in range(count)]
    for at, no in enumerate(numbers):
        unit = "JT" if at >= count - wrong else "CG"
        confidence = 0.99 - 0.5 * at / max(1, count)
        Suggested.objects.create(
            case_no=no, position=at + 1, at_ms=1, model="base", unit="CG", matter="CG-02", confidence=confidence,
            auto=False, flagged=False, kept=False, asked=False,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE casework_case SET state = 'closed', lead_unit = %s WHERE no = %s", [unit, no]
            )


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("duty_office", 200), ("inspector", 200), ("sysadmin", 200), ("desk", 403), ("desk_lead", 403),
        ("police_inspectorate", 403), ("auditor", 403), ("secadmin", 403), ("government", 403), ("reader", 403),
    ],
)  # fmt: skip
def test_who_may_look_and_who_may_set(district: None, role: str, status: int) -> None:
    client = signed_in("someone", role)
    answer = client.get(PAGE)
    assert answer.status_code == status
    shown = answer.content.decode()
    assert ('name="precision"' in shown) is (role == "duty_office")
    assert ('href="/duty/routing"' in shown) is (status == 200)
    assert client.post(PAGE, {"precision": "90", "confirm": "yes"}).status_code == (
        302 if role == "duty_office" else 403
    )
    assert Automation.objects.exists() is (role == "duty_office")


def test_a_unit_may_not_look(district: None) -> None:
    assert signed_in("u1", "unit", "CG").get(PAGE).status_code == 403


def test_nothing_ended_yet(district: None) -> None:
    """Honest: what is missing, and the model's own figures under their own name."""
    shown = signed_in("d1", "duty_office").get(PAGE).content.decode()
    assert "可比较的办结工单 0 件，至少要 100 件，还差 100 件" in shown
    assert "不是本区来电的结果" in shown
    assert "首选单位正确" in shown
    assert "data-chart" not in shown
    assert "echarts" not in shown
    assert "数据包自带的起步模型" in shown
    assert "本区还没有训练过模型" in shown
    assert "默认值，还没有人改过" in shown


def test_few_ended(district: None) -> None:
    ended(3)
    shown = signed_in("d1", "duty_office").get(PAGE).content.decode()
    assert "可比较的办结工单 3 件，至少要 100 件，还差 97 件" in shown
    assert "data-chart" not in shown


def test_many_ended_as_chart_and_table(district: None) -> None:
    ended(120, wrong=30)
    client = signed_in("d1", "duty_office")
    shown = client.get(PAGE).content.decode()
    assert "data-chart" in shown
    assert "echarts.simple.min.js" in shown
    assert shown.count('<th scope="row">') >= automation.POINTS
    assert "75.0%" in shown  # all 120, 90 of them right
    assert "依据 120 件，其中 120 件没有险情标记和追问" in shown
    answer = client.post(PAGE, {"precision": "80", "confirm": "yes"}, follow=True).content.decode()
    assert "已设为 80%" in answer
    row = Automation.objects.get()
    assert (row.basis, row.outcomes) == ("cases", 120)
    assert row.threshold is not None
    assert row.threshold < 1
    assert "本区 120 件办结工单" in answer
    assert '<tr class="auto">' in answer


def test_a_precision_that_no_threshold_reaches(district: None) -> None:
    ended(120, wrong=30)
    client = signed_in("d1", "duty_office")
    answer = client.post(PAGE, {"precision": "99.9", "confirm": "yes"}, follow=True).content.decode()
    assert "目前没有门槛能达到，一律由人判断" in answer
    assert "没有门槛能达到：一律由人判断" in answer


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("abc", "“abc”不是数"), ("2", "须在 50% 到 99.9% 之间"), ("-1", "须在 50% 到 99.9% 之间"), ("", "请填写"),
        ("  %", "请填写"), ("nan", "不是数"), ("inf", "不是数"), ("1e999", "不是数"), ("100", "须在"), ("1", "须在"),
        ("0", "须在"), ("<b>x", "不是数"), ("9" * 5000, "不是数"),
    ],
)  # fmt: skip
def test_bad_precision_is_refused_in_words(district: None, typed: str, says: str) -> None:
    answer = signed_in("d1", "duty_office").post(PAGE, {"precision": typed, "confirm": "yes"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert says in shown
    assert "<b>x" not in shown
    assert 'aria-invalid="true"' in shown
    assert not Automation.objects.exists()


def test_no_confirmation_no_change(district: None) -> None:
    answer = signed_in("d1", "duty_office").post(PAGE, {"precision": "90"})
    assert answer.status_code == 422
    assert "请先勾选" in answer.content.decode()
    assert 'value="90"' in answer.content.decode()
    assert not Automation.objects.exists()


@pytest.mark.parametrize(
    ("typed", "wanted"), [("90", 0.9), ("97.5%", 0.975), ("0.8", 0.8), (" 99.9 ％", 0.999), ("50", 0.5)]
)
def test_set_and_shown_with_who_and_when(district: None, typed: str, wanted: float) -> None:
    client = signed_in("zhao", "duty_office")
    answer = client.post(PAGE, {"precision": typed, "confirm": "yes"}, follow=True)
    assert answer.status_code == 200
    row = Automation.objects.get()
    assert (row.precision, row.changed_by) == (pytest.approx(wanted), "duty_office:zhao")
    shown = answer.content.decode()
    assert f"<b>{wanted * 100:.1f}%</b>" in shown
    assert "区政府值班室 zhao" in shown
    assert f"已设为 {wanted * 100:g}%" in shown


def test_the_history_of_models_with_their_comparison(district: None) -> None:
    compared = {
        "cases": 200, "dangers": 7, "current": 150, "candidate": 160, "current_dangers": 7, "candidate_dangers": 7,
        "current_interval": [0.68, 0.8], "candidate_interval": [0.73, 0.85],
    }  # fmt: skip
    base = {"file": "f", "data": "d", "phrasebook": "p", "cases": b""}
    LearnedModel.objects.create(
        version="m2", made_ms=2_000, by="system:nightly", state="retired", case_count=900,
        measures={"held_back": compared}, reason="不差于现用模型", **base,
    )  # fmt: skip
    LearnedModel.objects.create(
        version="m1", made_ms=1_000, by="cli:root", state="rejected", case_count=12,
        measures={"held_back": None}, reason="可比较的不足", **base,
    )  # fmt: skip
    shown = signed_in("i1", "inspector").get(PAGE).content.decode()
    assert shown.index("m2") < shown.index("m1")
    assert "160/200 · 区间 73.0%–85.0%" in shown
    assert "新 7/7 · 旧 7/7" in shown
    for words in ("曾用", "未采用", "没有比较", "系统时钟 nightly"):
        assert words in shown


def test_broken_routing_data_is_said(district: None, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from liandong.triage.pack import RoutingPackError

    def broken() -> None:
        raise RoutingPackError(tmp_path / "router.toml", "cannot be used")

    monkeypatch.setattr(routing, "router", broken)
    answer = signed_in("d1", "duty_office").get(PAGE)
    assert answer.status_code == 200
    assert "分流数据读不出" in answer.content.decode()


def test_it_speaks_english(district: None) -> None:
    client = signed_in("d1", "duty_office")
    client.post("/preference", {"language": "en", "next": PAGE})
    shown = client.get(PAGE).content.decode()
    assert "Routing quality" in shown
    assert "at least 100 are needed" in shown


def test_the_cost_does_not_grow_with_models(district: None, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    ended(5)
    client = signed_in("d1", "duty_office")
    client.get(PAGE)
    with django_assert_max_num_queries(16):
        client.get(PAGE)
