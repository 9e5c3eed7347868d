"""Item 8 of issue 3 on the page 热点: the contest's form by window, the way to the cases, spikes, and no person anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from test_pages import SAFE, signed_in

from liandong.casework.execute import execute
from liandong.engine import hotspots as engine
from liandong.engine.models import Notification, Spike
from liandong.rules.model import Actor, Command
from liandong.screens.duty import hotspots

PAGE = "/duty/hotspots"
TOLD = (
    "张三丰反映天桥路夜市油烟太大，电话13812340001",
    "天桥路夜市油烟呛人，晚上开不了窗",
    "天桥路的夜市油烟很大没有人管",
)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    hotspots.forget()
    yield
    hotspots.forget()


def called(text: str, n: int, days: int = 1, name: str = "张三丰") -> str:
    """One call of some days ago."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days, minutes=n)
    fields = {
        "kind": "complaint",
        "summary": text,
        "content": text,
        "safety": SAFE,
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": f"hot-{n}-{days}"},
        "caller": {"name": name, "phone": f"1381234{n:04d}"},
        "place": {"township": "古南街道", "text": "天桥路"},
    }
    return execute(Command("register", None, fields), Actor("desk", "seeder"), now=at).no


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("duty_office", 200), ("inspector", 200), ("desk", 200), ("desk_lead", 200), ("police_inspectorate", 403),
        ("auditor", 403), ("sysadmin", 403), ("secadmin", 403), ("government", 403), ("reader", 403),
    ],
)  # fmt: skip
def test_who_may_look(district: None, role: str, status: int) -> None:
    client = signed_in("someone", role)
    answer = client.get(PAGE)
    assert answer.status_code == status
    assert ('href="/duty/hotspots"' in answer.content.decode()) is (status == 200)
    assert client.post(f"{PAGE}/noted", {"notice": "1-500"}).status_code == (
        404 if role == "duty_office" else 403
    )


def test_a_unit_may_not_look(district: None) -> None:
    assert signed_in("u1", "unit", "CG").get(PAGE).status_code == 403


def test_empty_says_what_to_do(district: None) -> None:
    shown = signed_in("d1", "duty_office").get(PAGE).content.decode()
    assert "近 30 天没有两通以上来电说同一件事" in shown
    assert "放宽" in shown
    assert "案件查询" in signed_in("d2", "duty_office").get(f"{PAGE}?days=90").content.decode()


@pytest.mark.parametrize("days", ["0", "8", "-7", "abc", "7.0", "٧", "9" * 40, ""])
def test_only_the_three_windows(district: None, days: str) -> None:
    assert signed_in("d1", "duty_office").get(PAGE, {"days": days}).status_code == 404


@pytest.mark.parametrize("role", ["duty_office", "inspector", "desk"])
def test_topics_in_the_contest_form_without_persons(district: None, role: str) -> None:
    numbers = [called(text, n) for n, text in enumerate(TOLD, 1)]
    client = signed_in("someone", role)
    shown = client.get(PAGE).content.decode()
    for head in ("问题ID", "热度指数", "时间范围", "地点/人群", "问题描述", "件数", "来电人数"):
        assert head in shown
    assert "夜市" in shown
    for person in ("张三丰", "13812340001", "1381234"):
        assert person not in shown
    link = shown.split('<td class="what"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert link == f"{PAGE}?days=30&topic={numbers[0]}"  # the newest of the three
    inside = client.get(link).content.decode()
    for no in numbers:
        assert f'href="/cases/{no}"' in inside
    assert "张三丰" not in inside
    assert "13812340001" not in inside
    assert "data-live" not in inside


def test_the_window_is_the_address(district: None) -> None:
    for n, text in enumerate(TOLD, 1):
        called(text, n, days=20)
    client = signed_in("d1", "duty_office")
    assert "夜市" not in client.get(f"{PAGE}?days=7").content.decode()
    shown = client.get(f"{PAGE}?days=30").content.decode()
    assert "夜市" in shown
    assert 'href="/duty/hotspots?days=30" aria-current="page"' in shown


def test_a_topic_that_is_gone_says_so(district: None) -> None:
    shown = signed_in("d1", "duty_office").get(f"{PAGE}?topic=QJFL-500110-20180601-00001-1").content.decode()
    assert "已不在所选的时间范围内" in shown


def spike(no: str) -> None:
    known = engine.similar.setup().settings.spikes.sensitive[0]
    Spike.objects.create(
        sensitive=known.code, township="500110001", position=7, case_no=no, raised_ms=1_700_000_000_000,
        last_ms=1_700_000_100_000, count=5, usual=0.4,
    )  # fmt: skip
    Notification.objects.create(
        position=7, n=engine.FIRST_N, case_no=no, at_ms=1_700_000_000_000, delivered_ms=1_700_000_000_000,
        recipient="duty_office", kind=engine.NOTICE,
    )  # fmt: skip


def test_spikes_are_for_the_duty_office_and_are_noted_once(district: None) -> None:
    spike(called(TOLD[0], 1))
    client = signed_in("zhao", "duty_office")
    shown = client.get(PAGE).content.decode()
    name = engine.similar.setup().settings.spikes.sensitive[0].name
    for words in ("敏感事项突增", name, "古南街道", "<b>5</b>", "0.4", 'name="notice" value="7-500"'):
        assert words in shown
    answer = client.post(f"{PAGE}/noted", {"notice": "7-500"}, follow=True).content.decode()
    assert "已记下" in answer
    assert "区政府值班室 zhao" in answer
    assert 'name="notice"' not in answer
    other = signed_in("qian", "duty_office")
    other.post(f"{PAGE}/noted", {"notice": "7-500"})
    assert Notification.objects.get().acknowledged_by == "duty_office:zhao"
    for role in ("inspector", "desk"):
        assert "敏感事项突增" not in signed_in(f"x-{role}", role).get(PAGE).content.decode()


@pytest.mark.parametrize("given", [{}, {"notice": "abc"}, {"notice": "7-501"}, {"notice": "9" * 30 + "-1"}])
def test_only_notices_there_are(district: None, given: dict[str, str]) -> None:
    assert signed_in("d1", "duty_office").post(f"{PAGE}/noted", given).status_code == 404


def test_the_cost_does_not_grow_with_cases(district: None, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    numbers = [called(TOLD[n % 3], n + 1) for n in range(30)]
    client = signed_in("d1", "duty_office")
    client.get(PAGE)
    hotspots.forget()
    with django_assert_max_num_queries(12):
        client.get(PAGE)
    with django_assert_max_num_queries(12):
        assert client.get(f"{PAGE}?days=30&topic={numbers[0]}").content.decode().count("<tr class=") == 30


def test_it_speaks_english(district: None) -> None:
    client = signed_in("d1", "duty_office")
    client.post("/preference", {"language": "en", "next": PAGE})
    assert "Hot topics" in client.get(PAGE).content.decode()
