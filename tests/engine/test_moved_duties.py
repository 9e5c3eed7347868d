"""A duty moved in the tables changes what is suggested and what may be cited: in this process, in others, on its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework.execute import Refused, execute
from liandong.casework.outcomes import Outcome
from liandong.district import changes, packs, policy
from liandong.district.duty_orders import EndMatter, MoveMatter
from liandong.district.mergers import EndUnit
from liandong.district.orders import Order
from liandong.engine import duties, learning, rerouting, routing
from liandong.rules.model import Actor, Command
from support.policy import PACK

pytestmark = pytest.mark.django_db
GARBAGE = "街上垃圾堆了三天没人清运，味道很大"
DESK = Actor("desk", "li")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock by which a process looks for something new; it stands still until moved."""
    at = [1000.0]
    monkeypatch.setattr(routing, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return at


@pytest.fixture(autouse=True)
def world(clock: list[float], tmp_path: Any, settings: Any) -> Iterator[None]:
    settings.LIANDONG_HOME = tmp_path
    packs.load(PACK)
    routing.forget()
    yield
    routing.forget()


def do(order: Order) -> None:
    changes.save(order, "sysadmin:admin", "测试文件", changes.preview(order).stamp)


def first() -> str:
    return str(routing.suggest(GARBAGE)["suggestions"][0]["unit"])


def register(text: str) -> str:
    fields = {
        "kind": "complaint",
        "summary": text,
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": "2018-06-01T09:00:00+08:00",
        "source": {"channel": "110", "ref": text[:30]},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    return execute(Command("register", None, fields), DESK).no


def dispatch(no: str, unit: str, matter: str) -> None:
    fields = {"lead_unit": unit, "class": "general", "matter": matter, "basis": "按职责目录"}
    execute(Command("dispatch", no, fields), DESK)


def test_a_move_that_counts_today_is_suggested_within_seconds(clock: list[float]) -> None:
    assert first() == "CG"
    do(MoveMatter("CG-02", "JT", policy.today(), "纪要"))
    clock[0] += routing.LOOK_SECONDS
    assert first() == "JT"


def test_a_planned_move_is_suggested_from_its_midnight_on(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = policy.today() + timedelta(days=1)
    do(MoveMatter("CG-02", "JT", tomorrow, "纪要"))
    clock[0] += routing.LOOK_SECONDS
    assert first() == "CG"
    monkeypatch.setattr(policy, "today", lambda: tomorrow)
    clock[0] += routing.LOOK_SECONDS
    assert first() == "JT"


def test_looking_for_new_duties_costs_few_statements_and_reads_no_file_again(clock: list[float]) -> None:
    routing.serving()
    learned = routing.serving().learned
    do(MoveMatter("CG-02", "JT", policy.today(), "纪要"))
    clock[0] += routing.LOOK_SECONDS
    policy.current()
    with CaptureQueriesContext(connection) as asked:
        assert routing.serving().learned is learned
    assert len(asked) <= 8


def test_an_ended_matter_is_refused_at_dispatch_and_a_moved_one_is_cited_in_its_new_version() -> None:
    do(EndMatter("CG-03", policy.today()))
    do(MoveMatter("CG-02", "JT", policy.today(), "纪要"))
    no = register("行道树倒了压到人行道")
    with pytest.raises(Refused, match="已不在现行职责目录"):
        dispatch(no, "CG", "CG-03")
    dispatch(no, "JT", "CG-02")
    from liandong.casework.queries import get_case

    case = get_case(no, DESK)
    assert case is not None
    assert case["matter"] == {"code": "CG-02", "version": f"{policy.today().year}.1"}


def test_a_preview_counts_what_would_go_elsewhere_and_names_nobody() -> None:
    waiting, sent = (
        register(GARBAGE + "，我叫张三丰，电话13812341234"),
        register("垃圾桶满了没人清运，臭得很"),
    )
    dispatch(sent, "CG", "CG-02")
    order = MoveMatter("CG-02", "JT", policy.today() + timedelta(days=1), "纪要")
    seen = changes.preview(order)
    found = rerouting.preview(seen.before, seen.after, order.on)
    assert waiting
    assert (found.open.texts, found.open.moved, found.waiting) == (2, 2, 1)
    assert found.samples.texts == rerouting.SAMPLES
    assert 0 < found.samples.moved < found.samples.texts
    assert ("CG", "JT") in {(flow.was, flow.now) for flow in found.flows}
    assert [(one.matter, one.unit, one.cases) for one in found.under] == [("CG-02", "CG", 1)]
    told = " ".join(one.text for one in found.examples)
    assert "张三丰" not in told
    assert "138" not in told
    assert first() == "CG"


def test_the_words_of_a_report_are_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerouting, "samples", lambda pack: [])
    fields = {
        "kind": "report",
        "summary": GARBAGE,
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": "2018-06-01T09:00:00+08:00",
        "source": {"channel": "110", "ref": "r"},
    }
    execute(Command("register", None, fields), DESK)
    order = MoveMatter("CG-02", "JT", policy.today(), "纪要")
    seen = changes.preview(order)
    found = rerouting.preview(seen.before, seen.after, order.on)
    assert (found.open.moved, found.examples) == (1, [])


def test_a_rename_re_routes_nothing() -> None:
    from liandong.district.orders import RenameUnit

    order = RenameUnit("HB", "区生态环境局", policy.today())
    seen = changes.preview(order)
    found = rerouting.preview(seen.before, seen.after, order.on)
    assert found.nothing
    assert found.under == []


def test_the_heir_of_several_steps_is_the_one_in_force() -> None:
    today = policy.today()
    do(EndUnit("ZJ", today, ("GS",), "方案"))
    do(EndUnit("GS", today + timedelta(days=1), ("AJ",), "方案"))
    pack = policy.current_pack()
    assert duties.of(pack, today).heirs["ZJ"] == "GS"
    later = duties.of(pack, today + timedelta(days=1))
    assert later.heirs["ZJ"] == later.heirs["GS"] == "AJ"
    assert later.units["ZJ-01"] == "AJ"
    assert duties.of(pack, date(2018, 6, 1)).heirs.get("ZJ") is None


def test_the_model_learns_the_same_before_and_after_a_move() -> None:
    do(MoveMatter("CG-02", "JT", policy.today(), "纪要"))
    moved = learning.moved_matters(routing.serving().learned.pack)
    assert moved["CG-02"] == learning.Moved("CG", "JT")
    before = Outcome("a", GARBAGE, "CG", "CG-02", False, 1)
    after = Outcome("b", GARBAGE, "JT", "CG-02", False, 2)
    made = learning.examples_of([before, after], str, {"CG-02"}, moved)
    assert [(one.unit, one.matter) for one in made] == [("CG", "CG-02"), ("CG", "CG-02")]
