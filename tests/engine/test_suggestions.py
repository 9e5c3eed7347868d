"""The follower that remembers what was suggested and makes rulings precedents: once each, never in hindsight."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liandong.casework import history
from liandong.casework.erase import erase
from liandong.casework.models import Case
from liandong.district import packs
from liandong.engine import routing, suggestions
from liandong.engine.instants import now as present
from liandong.engine.models import FollowCursor, PrecedentRow, Suggested
from liandong.rules.policy import Policy
from liandong.triage import features
from support import flow, synthetic
from support.policy import PACK
from support.stores import Stores

pytestmark = pytest.mark.django_db
GARBAGE = "菜市口垃圾没人清运，臭得很"
DUCKS = "河边养鸭场的粪水直接排进河里"
DUCKS_AGAIN = "养鸭场往河里头排粪水，臭得很"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.served_pack(tmp_path_factory.mktemp("served"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock by which a process looks for something new; it stands still until moved."""
    at = [1000.0]
    monkeypatch.setattr(routing, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return at


@pytest.fixture
def world(
    pack: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> Iterator[Policy]:
    monkeypatch.setenv("LIANDONG_PACK", str(pack))
    settings.LIANDONG_HOME = tmp_path
    packs.load(PACK)
    from liandong.district import policy

    routing.forget()
    yield policy.current()
    routing.forget()


def call(policy: Policy, ref: str, summary: str, at: datetime | None = None, **more: Any) -> str:
    """A case about which the summary alone is known."""
    return flow.register(at or present(), policy, ref, summary=summary, content="", **more)


def follow() -> int:
    """Until the log is worked in; the events that were looked at."""
    looked = 0
    while count := suggestions.follow(routing.router()):
        looked += count
    return looked


def ruled(policy: Policy, ref: str, summary: str, unit: str = "HB", at: datetime | None = None) -> str:
    """A case that CG returned and that the duty office gave to a unit (R30)."""
    moment = at or present()
    no = call(policy, ref, summary, moment)
    flow.dispatch(no, moment, policy)
    flow.do(
        "return", no, flow.CG, moment + MINUTE / 60, policy, reason_code="not_our_duty", explanation="不属我局",
        why_no_answer_now="不清楚", suggested_unit="HB",
    )  # fmt: skip
    flow.do(
        "raise_dispute", no, flow.DESK, moment + MINUTE / 30, policy, unit_position="不是", desk_position="是"
    )
    flow.do(
        "designate", no, flow.DUTY, moment + MINUTE / 20, policy, unit=unit, ruling="由其办理", basis="职责"
    )
    return no


# ---- what was suggested


def test_each_new_case_is_kept_once_with_the_model_that_spoke(world: Policy) -> None:
    garbage, school = call(world, "a", GARBAGE), call(world, "b", "老师在外头给学生补课收费")
    assert follow() > 0
    rows = {one.case_no: one for one in Suggested.objects.all()}
    assert set(rows) == {garbage, school}
    assert (rows[garbage].unit, rows[school].unit) == ("CG", "JW")
    assert rows[garbage].matter.startswith("CG-")
    for one in rows.values():
        assert one.model == "base-small"
        assert 0 < one.confidence <= 1
        assert one.units[0] == [one.unit, pytest.approx(one.units[0][1])]
        assert (one.flagged, one.kept) == (False, False)
    assert rows[garbage].position < rows[school].position <= history.tail_position()
    found = suggestions.of_case(garbage)
    assert found is not None
    assert found.unit == "CG"
    assert suggestions.of_case("none") is None


def test_a_danger_is_kept_as_danger(world: Policy) -> None:
    no = call(world, "a", "楼上着火了，有人困在里头，快来")
    follow()
    one = Suggested.objects.get(case_no=no)
    assert (one.unit, one.flagged, one.kept, one.auto) == ("GA", True, True, False)


def test_nothing_is_looked_at_twice(world: Policy) -> None:
    call(world, "a", GARBAGE)
    assert follow() == history.tail_position()
    before = list(Suggested.objects.values())
    assert follow() == 0
    assert list(Suggested.objects.values()) == before
    assert FollowCursor.objects.get(name=suggestions.NAME).position == history.tail_position()


def test_a_long_log_is_worked_in_by_stretches(world: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "STRETCH", 2)
    numbers = {call(world, f"a{n}", f"{GARBAGE}第{n}处") for n in range(5)}
    tail = history.tail_position()
    assert suggestions.follow(routing.router()) == 2
    assert FollowCursor.objects.get(name=suggestions.NAME).position == 2
    follow()
    assert {one.case_no for one in Suggested.objects.all()} == numbers
    assert FollowCursor.objects.get(name=suggestions.NAME).position == tail


@pytest.mark.parametrize("where", ["suggested", "precedent", "cursor"])
def test_what_breaks_off_in_between_is_repeated_whole(
    world: Policy, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """One transaction: whatever step dies, neither row nor cursor of the stretch remains."""
    ruled(world, "a", DUCKS)

    class Killed(Exception):
        pass

    def die(*arguments: Any, **named: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        if where == "suggested":
            patch.setattr(suggestions, "_suggested", die)
        elif where == "precedent":
            patch.setattr(suggestions, "_precedent", die)
        else:
            patch.setattr(FollowCursor, "save", die)
        router = routing.router()
        with pytest.raises(Killed):
            suggestions.follow(router)
    assert not Suggested.objects.exists()
    assert not PrecedentRow.objects.exists()
    assert not FollowCursor.objects.filter(position__gt=0).exists()
    follow()
    assert (Suggested.objects.count(), PrecedentRow.objects.count()) == (1, 1)


def test_a_stretch_done_again_changes_nothing_that_was_kept(world: Policy) -> None:
    """The cursor was set back (a backup): the first word stays, with the model that said it."""
    ruled(world, "a", DUCKS)
    follow()
    before = (list(Suggested.objects.values()), list(PrecedentRow.objects.values()))
    Suggested.objects.update(model="older")
    FollowCursor.objects.update(position=0)
    assert follow() > 0
    assert (Suggested.objects.count(), PrecedentRow.objects.count()) == (1, 1)
    assert Suggested.objects.get().model == "older"
    assert list(PrecedentRow.objects.values()) == before[1]


def test_an_old_log_gives_rulings_but_no_suggestions_in_hindsight(world: Policy) -> None:
    old = present() - timedelta(hours=25)
    ruled(world, "a", DUCKS, at=old)
    call(world, "b", GARBAGE, present() - timedelta(hours=23))
    follow()
    assert [one.unit for one in Suggested.objects.all()] == ["CG"]
    assert [one.unit for one in PrecedentRow.objects.all()] == ["HB"]


def test_an_erased_case_is_passed_over(world: Policy) -> None:
    no = call(world, "a", GARBAGE)
    flow.do("withdraw", no, flow.DESK, present(), world, reason="不用了")
    erase(no, flow.SYSADMIN, present(), "保管期限")
    assert follow() > 0
    assert not Suggested.objects.exists()


def test_rows_hold_nothing_of_persons_or_text(world: Policy) -> None:
    no = ruled(world, "a", "养鸭场老板欧阳翡翠电话13912345678，粪水直接排进河里")
    follow()
    rows = repr([*Suggested.objects.values(), *PrecedentRow.objects.values()])
    for secret in ("欧阳", "翡翠", "13912345678", "养鸭", "粪水", "张三", flow.PHONE):
        assert secret not in rows
    kept = set(PrecedentRow.objects.get(case_no=no).hashes)
    assert kept
    stored = bytes(PrecedentRow.objects.get(case_no=no).hashes)
    numbers = {int.from_bytes(stored[at : at + 4], "little") for at in range(0, len(stored), 4)}
    for secret in ("13912345678", "12345"):
        assert numbers.isdisjoint(features.hashes(secret).tolist())


# ---- rulings as precedents (R30)


def test_a_like_case_goes_to_the_unit_that_was_designated_and_not_before(
    world: Policy, clock: list[float]
) -> None:
    def first() -> dict[str, Any]:
        return routing.suggest(DUCKS_AGAIN)["suggestions"][0]  # type: ignore[no-any-return]

    before = first()
    assert before["unit"] != "HB"
    assert "先例" not in before["why"]["clause"]
    no = ruled(world, "a", DUCKS)
    clock[0] += routing.LOOK_SECONDS
    assert first() == before  # the follower has not come by yet
    follow()
    assert first() == before  # this process has not looked yet
    clock[0] += routing.LOOK_SECONDS
    after = first()
    assert after["unit"] == "HB"
    assert after["why"]["clause"].startswith(f"先例 {no}：")
    assert "R30" in after["why"]["clause"]


def test_a_ruling_does_not_touch_another_matter(world: Policy) -> None:
    before = routing.suggest(GARBAGE)
    ruled(world, "a", DUCKS)
    follow()
    routing.forget()
    assert len(routing.serving().precedents) == 1
    assert routing.suggest(GARBAGE) == before


def test_of_a_case_ruled_twice_the_later_ruling_counts(world: Policy) -> None:
    no = ruled(world, "a", DUCKS)
    flow.do(
        "designate", no, flow.DUTY, present() + MINUTE, world, unit="NW", ruling="改由农委办", basis="职责"
    )
    follow()
    routing.forget()
    assert PrecedentRow.objects.count() == 2
    assert len(routing.serving().precedents) == 1
    first = routing.suggest(DUCKS_AGAIN)["suggestions"][0]
    assert first["unit"] == "NW"
    assert no in first["why"]["clause"]


def test_of_two_like_cases_the_later_ruling_counts(world: Policy) -> None:
    ruled(world, "a", DUCKS, "HB")
    later = ruled(world, "b", DUCKS, "NW")
    follow()
    routing.forget()
    first = routing.suggest(DUCKS)["suggestions"][0]
    assert first["unit"] == "NW"
    assert later in first["why"]["clause"]


def test_a_ruling_never_makes_a_danger_anybodys_but_the_polices(world: Policy) -> None:
    ruled(world, "a", DUCKS)
    follow()
    routing.forget()
    answer = routing.suggest(DUCKS + "，有人掉到河里头了快来救人")
    assert answer["emergency"]["flag"]
    assert answer["suggestions"][0]["unit"] == "GA"
    assert answer["auto"] is False


def test_who_returned_a_case_is_not_suggested_again_even_by_a_ruling(world: Policy) -> None:
    """R29; the dispatch form passes who returned the case."""
    ruled(world, "a", DUCKS)
    follow()
    routing.forget()
    assert routing.suggest(DUCKS_AGAIN)["suggestions"][0]["unit"] == "HB"
    answer = routing.suggest(DUCKS_AGAIN, exclude={"HB"})
    assert "HB" not in [one["unit"] for one in answer["suggestions"]]
    assert "HB" not in answer["assist"]
    assert answer["auto"] is False
    assert not any("先例" in one["why"]["clause"] for one in answer["suggestions"])


def test_the_dispatch_form_leaves_out_who_returned_the_case(world: Policy) -> None:
    from liandong.casework.queries import get_case
    from liandong.screens.case.actions import extras

    no = call(world, "a", "垃圾没人清运，水管也在漏水")
    case = get_case(no, flow.DESK)
    assert case is not None
    shown = extras("dispatch", case, flow.DESK, present())
    assert {one["unit"] for one in shown["suggested"]} >= {"CG", "SWJ"}
    flow.dispatch(no, present(), world)
    flow.do(
        "return", no, flow.CG, present(), world, reason_code="not_our_duty", explanation="不属我局",
        why_no_answer_now="不清楚", suggested_unit="HB",
    )  # fmt: skip
    case = get_case(no, flow.DESK)
    assert case is not None
    shown = extras("dispatch", case, flow.DESK, present())
    assert shown["suggested"][0]["unit"] == "SWJ"
    assert "CG" not in [one["unit"] for one in shown["suggested"]]


def test_a_ruling_on_a_text_without_words_harms_nobody(world: Policy) -> None:
    ruled(world, "a", "？？？")
    follow()
    routing.forget()
    assert routing.suggest(GARBAGE)["suggestions"][0]["unit"] == "CG"
    assert routing.screen({"summary": "楼上着火了，快来"}) is not None


def test_erased_cases_leave_at_once_from_search_and_then_from_the_store(world: Policy) -> None:
    no = ruled(world, "a", DUCKS)
    other = ruled(world, "b", "小区电梯坏了半个月，物业不修", "GT")
    follow()
    flow.do("withdraw", no, flow.DESK, present() + MINUTE, world, reason="不用了")
    erase(no, flow.SYSADMIN, present() + MINUTE, "保管期限")
    found = suggestions.precedents(routing.router())
    assert found.similar(DUCKS) is None
    assert found.similar("小区电梯坏了物业不修") is not None
    assert suggestions.forget_erased() == 2  # its ruling and its suggestion
    assert suggestions.forget_erased() == 0
    assert [one.case_no for one in PrecedentRow.objects.all()] == [other]
    assert [one.case_no for one in Suggested.objects.all()] == [other]


# ---- broken files harm no call (R63)


def test_a_call_is_taken_in_while_no_model_can_be_read(
    world: Policy, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = synthetic.small_pack(tmp_path / "broken")
    (broken / "model").mkdir()
    (broken / "model" / "base.npz").write_bytes(b"no model")
    monkeypatch.setenv("LIANDONG_PACK", str(broken))
    routing.forget()
    seen = routing.screen({"summary": "楼上着火了，有人困在里头"})
    assert seen is not None
    assert seen.flag
    assert routing.trouble() is None
    assert routing.router().model is None


def test_a_call_is_taken_in_while_the_catalogue_cannot_be_read(
    world: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = synthetic.small_pack(tmp_path / "broken")
    (broken / "catalogue.toml").write_text("[[", encoding="utf-8")
    monkeypatch.setenv("LIANDONG_PACK", str(broken))
    routing.forget()
    assert routing.screen({"summary": "楼上着火了"}) is None
    assert "catalogue.toml" in (routing.trouble() or "")


# ---- several workers, and kill -9


def test_workers_that_share_the_log_and_are_killed_keep_each_case_once(stores: Stores, pack: Path) -> None:
    environment = stores.environment(stores.fresh()) | {"LIANDONG_PACK": str(pack)}
    environment["PYTHONPATH"] += f":{Path(__file__).parent}"
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); import test_suggestions as t; t.killed_workers()",
        ],
        env=environment,
        cwd=stores.home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["between"] > 0, "the kills came after the work was done: nothing was proved"
    assert found["kept"] == found["cases"] == 60
    assert found["rulings"] == 5
    assert found["position"] == found["tail"]


def killed_workers() -> None:
    """Two workers follow event by event and are killed six times; then one finishes."""
    from django.db import connections

    from liandong.district.policy import current

    packs.load(PACK)
    policy = current()
    suggestions.STRETCH = 1
    router = routing.router()

    def worker() -> int:
        connections.close_all()  # a connection must not be shared across a fork
        child = os.fork()
        if not child:
            try:
                while True:
                    if not suggestions.follow(router):
                        time.sleep(0.01)
            finally:
                os._exit(1)
        return child

    def position() -> int:
        return (
            FollowCursor.objects.filter(name=suggestions.NAME).values_list("position", flat=True).first() or 0
        )

    between = 0
    children = [worker(), worker()]
    for n in range(60):
        if n % 12 == 0:
            ruled(policy, f"k{n}", f"{DUCKS}第{n}处")
        else:
            call(policy, f"k{n}", f"{GARBAGE}第{n}处")
        if n % 10 == 9:
            between += position() < history.tail_position()
            os.kill(children[n // 10 % 2], signal.SIGKILL)
            os.waitpid(children[n // 10 % 2], 0)
            children[n // 10 % 2] = worker()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    follow()
    print(
        json.dumps(
            {
                "between": between,
                "cases": Case.objects.count(),
                "kept": Suggested.objects.count(),
                "rulings": PrecedentRow.objects.count(),
                "position": position(),
                "tail": history.tail_position(),
            }
        )
    )
