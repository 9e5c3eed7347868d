"""Duplicates among the district's own cases: found at once, shown to whom may see them, gone when a case is finished."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liandong.casework import history
from liandong.casework.erase import erase
from liandong.district import packs
from liandong.engine import similar
from liandong.engine.instants import now as present
from liandong.engine.similar_follow import Follower
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.policy import Policy
from support import flow
from support.policy import PACK

DESK, LEAD, STRANGER = flow.DESK, flow.LEAD, Actor("unit", "wu", "SWJ")
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """綦江's pack with an index of four thousand cases: tests need no file for a million."""
    pack = tmp_path_factory.mktemp("pack") / "qijiang"
    shutil.copytree(PACK, pack)
    file = pack / "routing" / "similar.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("records = 1048576", "records = 4096").replace("buckets = 2097152", "buckets = 8192")
    file.write_text(text, encoding="utf-8")
    return pack


@pytest.fixture
def world(
    small_pack: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Policy]:
    """A district in the store and an index of its own; the policy."""
    monkeypatch.setenv("LIANDONG_PACK", str(small_pack))
    settings.SIMILAR_INDEX = tmp_path
    packs.load(PACK)
    from liandong.district import policy

    yield policy.current()
    similar._readers.clear()


@pytest.fixture
def follower(world: Policy) -> Iterator[Follower]:
    made = Follower()
    yield made
    made.close()


def run(follower: Follower) -> int:
    """Until the index holds the whole log; the steps that took."""
    steps = 0
    while follower.step():
        steps += 1
        assert steps < 1000
    return steps


def call(policy: Policy, ref: str, summary: str, at: datetime | None = None, **more: Any) -> str:
    """A case at the desk about which nothing but the summary is known."""
    moment = at or present()
    fields = {
        key: value for key, value in flow.intake(moment, ref).items() if key not in ("content", "caller")
    }
    return flow.do("register", None, DESK, moment, policy, **{**fields, "summary": summary, **more}).no


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [one["no"] for one in found]


GARBAGE = "滨河路菜市口的垃圾堆了三天没人清运"
TOLD_AGAIN = "菜市口滨河路边垃圾三天没得人清"


def test_a_call_of_a_moment_ago_is_found_before_and_after_the_index_holds_it(
    world: Policy, follower: Follower
) -> None:
    no = call(world, "A", GARBAGE)
    call(world, "B", "小学旁边路灯不亮")
    assert numbers(similar.find(TOLD_AGAIN, DESK))[0] == no  # no index at all
    run(follower)
    assert numbers(similar.find(TOLD_AGAIN, DESK))[0] == no  # from the index
    later = call(world, "C", "滨河路菜市口垃圾没人清")
    assert set(numbers(similar.find(TOLD_AGAIN, DESK))[:2]) == {
        no,
        later,
    }  # one from the index, one from the store
    assert all(0 < one["score"] <= 1 and one["why"] for one in similar.find(TOLD_AGAIN, DESK))


def test_the_caller_counts_for_those_who_see_persons_only(world: Policy, follower: Follower) -> None:
    caller = {"name": "张三", "phone": flow.PHONE}
    no = call(world, "A", "幼儿园伙食不好", caller=caller)
    for n in range(5):
        call(world, f"B{n}", f"小学旁边路灯第{n}盏不亮", caller={"name": "李四", "phone": f"1390000000{n}"})
    run(follower)
    asked = "想问下退休手续在哪里办"
    assert numbers(similar.find(asked, DESK, caller=flow.PHONE)) == [no]
    inspector = Actor("inspector", "qian")
    assert no not in numbers(similar.find(asked, inspector, caller=flow.PHONE))


def test_a_viewer_never_learns_of_a_case_he_may_not_see(world: Policy, follower: Follower) -> None:
    no = call(world, "A", GARBAGE)
    for indexed in (False, True):
        if indexed:
            run(follower)
        assert similar.find(GARBAGE, STRANGER) == []
        assert similar.find(GARBAGE, flow.SYSADMIN) == []
        assert similar.find(GARBAGE, flow.AUDITOR) == []
    flow.dispatch(no, present(), world)
    run(follower)
    assert numbers(similar.find(GARBAGE, flow.CG)) == [no]
    assert similar.find(GARBAGE, STRANGER) == []


def test_a_complaint_about_police_is_shown_to_those_who_may_know_of_it(
    world: Policy, follower: Follower
) -> None:
    no = call(world, "A", "派出所民警办事态度恶劣还骂人")
    flow.dispatch(no, present(), world, unit="GA", matter="GA-07")
    run(follower)
    assert numbers(similar.find("派出所民警态度恶劣骂人", LEAD)) == [no]
    assert similar.find("派出所民警态度恶劣骂人", DESK) == []


def test_a_finished_case_is_not_a_duplicate_and_one_withdrawn_leaves_the_index(
    world: Policy, follower: Follower
) -> None:
    answered, gone = call(world, "A", GARBAGE), call(world, "B", GARBAGE)
    run(follower)
    flow.do("answer", answered, DESK, present(), world, text="已告知", knowledge="none")
    flow.do("withdraw", gone, DESK, present(), world, reason="来电人撤回")
    assert similar.find(GARBAGE, DESK) == []  # the store decides, also before the index knows
    run(follower)
    assert similar.find(GARBAGE, DESK) == []
    assert follower._writer is not None
    assert follower._writer.has(answered)
    assert not follower._writer.has(gone)


def test_an_erased_case_has_left_the_index(world: Policy, follower: Follower) -> None:
    no = call(world, "A", GARBAGE)
    run(follower)
    path = similar.setup().path
    assert no.encode() in path.read_bytes()
    flow.do("withdraw", no, DESK, present(), world, reason="来电人撤回")
    erase(no, flow.SYSADMIN, present(), "保管期限")
    run(follower)
    follower.close()
    assert no.encode() not in path.read_bytes()
    path.unlink()
    run(follower)  # built again from the store: still not there
    assert no.encode() not in path.read_bytes()


def test_an_amended_text_is_found_by_its_new_words(world: Policy, follower: Follower) -> None:
    no = call(world, "A", "路灯不亮")
    call(world, "B", "水管爆裂")
    run(follower)
    flow.do("amend", no, DESK, present(), world, summary="化粪池满了往外冒粪水", reason="听错")
    run(follower)
    assert numbers(similar.find("化粪池冒粪水", DESK)) == [no]
    assert no not in numbers(similar.find("路灯不亮", DESK))


def test_a_lost_or_spoilt_index_is_built_again(world: Policy, follower: Follower) -> None:
    wanted = [call(world, f"A{n}", f"{GARBAGE}第{n}处") for n in range(5)]
    run(follower)
    path = similar.setup().path
    for spoil in (
        lambda: path.unlink(),
        lambda: path.write_bytes(b""),
        lambda: path.write_bytes(path.read_bytes()[:-1]),
        lambda: path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:]),
    ):
        follower.close()
        spoil()
        assert numbers(similar.find(GARBAGE, DESK, limit=9))  # answered without it meanwhile
        run(follower)
        assert set(numbers(similar.find(GARBAGE, DESK, limit=9))) == set(wanted)


def test_a_record_spoilt_while_the_worker_runs_makes_it_build_again(
    world: Policy, follower: Follower
) -> None:
    from liandong.triage.similar import layout as lay

    no = call(world, "A", GARBAGE)
    run(follower)
    known = similar.setup()
    with known.path.open("r+b") as file:
        file.seek(known.layout.record_at(1) + 300)
        file.write(b"\xa5\x5a")
    assert lay.RECORD.itemsize > 300
    run(follower)
    assert numbers(similar.find(GARBAGE, DESK)) == [no]
    assert follower._writer is not None
    assert follower._writer.scrub(10)


def test_another_log_makes_the_index_new(world: Policy, follower: Follower) -> None:
    """A backup was restored: the entry the index read last is not there any more, or is another one."""
    from django.db import connection

    call(world, "A", GARBAGE)
    run(follower)
    assert follower._writer is not None
    follower._writer.commit(history.tail_position(), b"x" * 32)
    connection.cursor()
    assert follower.step() > 0
    run(follower)
    assert numbers(similar.find(TOLD_AGAIN, DESK))


def test_only_one_worker_writes_and_another_takes_over(world: Policy, follower: Follower) -> None:
    call(world, "A", GARBAGE)
    run(follower)
    other = Follower()
    call(world, "B", GARBAGE)
    assert other.step() == 0
    follower.close()
    assert run(other) > 0
    assert len(similar.find(GARBAGE, DESK)) == 2
    other.close()


def test_the_worker_has_every_case_in_the_index_after_its_next_step(
    world: Policy, follower: Follower
) -> None:
    """A worker rests half a second between steps: with a step well under a second nothing is 2 seconds behind."""
    run(follower)
    slowest = 0.0
    for n in range(60):
        call(world, f"A{n}", f"{GARBAGE}，门牌{n}")
        began = time.monotonic()
        run(follower)
        slowest = max(slowest, time.monotonic() - began)
        reader = similar._reader(similar.setup())
        assert reader is not None
        assert reader.cursor().position == history.tail_position()
    assert slowest < 1.0


def test_a_broken_pack_file_turns_nobody_away(
    world: Policy, small_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R63: without its words the machine finds no duplicates, and says why."""
    call(world, "A", GARBAGE)
    assert similar.trouble() is None
    monkeypatch.setenv("LIANDONG_PACK", str(tmp_path))
    assert similar.find(GARBAGE, DESK) == []
    assert "similar.toml" in str(similar.trouble())


def test_on_a_full_disc_the_index_stands_still_and_calls_are_still_found(
    world: Policy, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(follower)
    no = call(world, "A", GARBAGE)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
        with pytest.raises(OSError, match="no room"):
            follower.step()
        assert numbers(similar.find(TOLD_AGAIN, DESK)) == [no]
    run(follower)
    assert similar.behind() == 0


def test_how_far_the_index_is_behind_is_known(world: Policy, follower: Follower) -> None:
    assert similar.behind() is None
    run(follower)
    assert similar.behind() == 0
    call(world, "A", GARBAGE)
    assert similar.behind() == 1
    run(follower)
    assert similar.behind() == 0


def test_only_recent_cases_are_the_same_incident(world: Policy, follower: Follower) -> None:
    old = call(world, "A", GARBAGE, at=present() - timedelta(days=90))
    run(follower)
    assert similar.find(GARBAGE, DESK) == []
    assert numbers(similar.find(GARBAGE, DESK, days=120)) == [old]


def test_the_machine_may_leave_out_the_case_itself(world: Policy) -> None:
    no, twin = call(world, "A", GARBAGE), call(world, "B", GARBAGE)
    assert numbers(similar.find(GARBAGE, SYSTEM, leave_out=[no])) == [twin]


@pytest.mark.parametrize("text", ["", " ", "水", "😀", "垃" * 100_000, "\x00", "13812341234"])
def test_no_text_raises(world: Policy, follower: Follower, text: str) -> None:
    call(world, "A", GARBAGE)
    assert isinstance(similar.find(text, DESK, place="古南街道", caller="x", matters={"CG": 0.5}), list)
    run(follower)
    assert isinstance(similar.find(text, DESK, place={"township": "没有的镇"}, caller="", matters={}), list)
