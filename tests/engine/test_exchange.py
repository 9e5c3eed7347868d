"""Two stores joined only by files: one day of the desk and the government, and what may go wrong with the files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from support.sides import Pair, Side
from support.stores import Stores

SAFE = {"life": "no", "property": "no", "public": "no"}
GENERAL = {"class": "general", "matter": "CG-02", "basis": "职责目录"}
CALLS = count(1)
TOLD_AT_DESK = ("desk", "police", "caller")


@pytest.fixture(scope="session")
def embedded() -> Iterator[Stores]:
    """Stores on SQLite whatever the run's database is: the other side of a PostgreSQL desk."""
    made = Stores(None)
    yield made
    made.close()


def make(stores: Stores, embedded: Stores, home: Path) -> Pair:
    return Pair(
        Side("desk", stores, home / "desk", "11"), Side("government", embedded, home / "government", "22")
    )


@pytest.fixture(scope="module")
def pair(stores: Stores, embedded: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two sides that many tests share: each has cases of its own and leaves nothing under way."""
    made = make(stores, embedded, tmp_path_factory.mktemp("pair"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def fresh(stores: Stores, embedded: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two other sides, for the tests that leave traces: quarantine, kills, at last a fork."""
    made = make(stores, embedded, tmp_path_factory.mktemp("fresh"))
    yield made
    made.close()


def call(side: Side, at: str, ref: str, **more: Any) -> str:
    """A registered case; its number."""
    fields = {
        "kind": "help", "summary": f"路灯不亮 {ref}", "content": "请联系 13812341234", "safety": SAFE,
        "received_at": f"{at}+08:00", "source": {"channel": "110", "ref": f"{ref}-{next(CALLS)}"},
        "place": {"text": "中山路 1 号", "township": "古南街道"}, "caller": {"name": "张三", "phone": "13812341234"}, **more,
    }  # fmt: skip
    return str(side.do(at, "desk:li", "register", **fields)["no"])


def sent(pair: Pair, at: str, ref: str, unit: str = "CG", **more: Any) -> str:
    """Registered and dispatched at the desk, and carried over."""
    no = call(pair.desk, at, ref, **more)
    pair.desk.do(at, "desk:li", "dispatch", no, lead_unit=unit, **GENERAL)
    return no


def same(pair: Pair) -> dict[str, Any]:
    """Both sides hold the same cases, with the same chains and the same words; nobody's store is unsound."""
    here, there = pair.desk("dump"), pair.government("dump")
    assert here == there
    assert pair.desk("check") == []
    assert pair.government("check") == []
    return dict(here)


def told_once(pair: Pair, at: str) -> None:
    """Every notice was told, on the side of whom it is for, and only there."""
    for side in (pair.desk, pair.government):
        side("deliver", at=at)
    desk, government = pair.desk("notices"), pair.government("notices")
    assert all(to in TOLD_AT_DESK for _, to, _, _ in desk)
    assert all(to not in TOLD_AT_DESK for _, to, _, _ in government)
    assert sorted(desk + government) == pair.desk("owed") == pair.government("owed")


def test_a_case_goes_over_is_worked_there_and_finished_by_orders_from_the_desk(pair: Pair) -> None:
    no = sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    assert pair.government("dump")[no]["phone"] == "13812341234"
    pair.government.do("2018-06-04T09:05", "unit:CG", "sign", no, receiver="张工")
    pair.government.do(
        "2018-06-04T10:00", "unit:CG", "feedback", no, result="resolved", text="已修好", contacted_caller=True,
        contacted_at="2018-06-04T09:50+08:00",
    )  # fmt: skip
    pair.sync("2018-06-04T10:01")
    assert pair.desk("dump")[no]["state"] == "feedback_review"
    done = pair.desk.do("2018-06-04T10:05", "desk:li", "accept_feedback", no, key="k1")
    assert done["forwarded"]
    assert pair.desk.do("2018-06-04T10:05", "desk:li", "accept_feedback", no, key="k1")["existing"]
    assert pair.desk("dump")[no]["state"] == "feedback_review"  # until the receipt
    assert pair.desk("asked", no=no) == [["accept_feedback", "waiting", ""]]
    pair.sync("2018-06-04T10:06")
    assert pair.desk("asked", no=no) == [["accept_feedback", "done", ""]]
    pair.desk.do(
        "2018-06-04T10:10", "desk:li", "call_back", no, reached=True, satisfaction="satisfied", solved="yes"
    )
    pair.sync("2018-06-04T10:11")
    assert same(pair)[no]["state"] == "closed"
    told_once(pair, "2018-06-04T11:00")


def test_what_the_owner_refuses_comes_back_as_a_receipt_with_the_reason(pair: Pair) -> None:
    no = sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    pair.government.do("2018-06-04T09:05", "unit:CG", "sign", no, receiver="张工")
    pair.desk.do("2018-06-04T09:06", "desk:li", "recall", no, reason="派错了")  # the desk does not know yet
    pair.sync("2018-06-04T09:07")
    command, state, detail = pair.desk("asked", no=no)[0]
    assert (command, state) == ("recall", "refused")
    assert detail
    assert same(pair)[no]["state"] == "handling"


def test_a_call_that_is_merged_into_a_dispatched_case_is_lent_and_comes_back_merged(pair: Pair) -> None:
    old = sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    new = call(pair.desk, "2018-06-04T09:10", "b")
    assert pair.desk.do("2018-06-04T09:11", "desk:li", "merge", new, target=old, reason="同一件事")[
        "forwarded"
    ]
    refused = pair.desk(
        "do", at="2018-06-04T09:12", by="desk:li", command="note", no=new, fields={"text": "等等"}
    )
    assert refused["code"] == "awaiting_other_side"
    pair.sync("2018-06-04T09:13")
    found = same(pair)
    assert found[new]["state"] == "merged"
    assert pair.desk("asked", no=new)[0][1] == "done"


def test_the_remainder_of_a_false_alarm_is_a_child_with_a_number_of_the_other_series(pair: Pair) -> None:
    no = sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    pair.government.do("2018-06-04T09:05", "unit:CG", "to_police", no, reason="有人受伤")
    pair.sync("2018-06-04T09:06")
    remainder = {"summary": "路灯仍不亮"}
    pair.desk.do(
        "2018-06-04T09:30", "integration:110", "police_done", no, outcome="handled", remainder=remainder
    )
    pair.sync("2018-06-04T09:31")
    found = same(pair)
    child = pair.desk("view", no=no)["children"][0]
    assert "-900001-" in child
    assert found[no]["state"] == "closed"
    assert found[child]["state"] == "registered"
    assert not pair.desk.do(
        "2018-06-04T09:40", "desk:li", "set_safety", child, safety=SAFE, reason="核对"
    )["forwarded"]  # the child is the desk's  # fmt: skip
    pair.sync("2018-06-04T09:41")
    same(pair)


def test_the_government_orders_what_the_desk_still_owns_and_a_case_that_moved_meanwhile_is_done_at_home(
    pair: Pair,
) -> None:
    no = call(pair.desk, "2018-06-04T09:00", "a", level="larger")
    pair.sync("2018-06-04T09:01")
    order = {"units": ["HB"], "text": "立即到场"}
    assert pair.government.do("2018-06-04T09:02", "duty_office:zhao", "instruct", no, **order)["forwarded"]
    pair.desk.do("2018-06-04T09:03", "desk:li", "dispatch", no, lead_unit="CG", **GENERAL)
    pair.sync("2018-06-04T09:04")
    assert pair.government("asked", no=no)[0][:2] == ["instruct", "done"]
    assert same(pair)[no]["state"] == "dispatched"
    told = [row for row in pair.government("owed") if row[0] == no and row[2] == "instructed"]
    assert [row[1] for row in told] == ["unit:HB"]


def test_the_clock_of_a_case_fires_on_its_owner_s_side_and_nowhere_else(pair: Pair) -> None:
    waiting, gone = call(pair.desk, "2018-06-04T09:00", "a"), sent(pair, "2018-06-04T09:00", "b")
    pair.sync("2018-06-04T09:01")
    pair.government("clock", at="2018-06-04T09:10")  # triage of the first is the desk's
    pair.desk("clock", at="2018-06-04T09:40")  # sign of the second is the government's
    here, there = pair.desk("dump"), pair.government("dump")
    assert here[waiting]["seq"] > there[waiting]["seq"]
    pair.government("clock", at="2018-06-04T09:40")
    assert pair.government("dump")[gone]["seq"] > here[gone]["seq"]
    pair.sync("2018-06-04T09:41")
    same(pair)
    overdue = [row for row in pair.government("owed") if row[2] == "overdue"]
    assert {waiting, gone} <= {row[0] for row in overdue}
    told_once(pair, "2018-06-04T10:00")


def test_an_act_that_was_taken_in_time_is_judged_by_its_own_instant(pair: Pair) -> None:
    no = sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    pair.government.do(
        "2018-06-04T09:05", "unit:CG", "return", no, reason_code="not_our_duty", explanation="不归我们管",
        why_no_answer_now="需现场查看", suggested_unit="HB",
    )  # fmt: skip
    pair.sync("2018-06-04T09:06")
    pair.desk.do("2018-06-04T09:20", "desk:li", "reject_return", no, reason="职责目录写明")
    pair.government("clock", at="2018-06-04T09:50")  # the desk's word is still under way
    pair.sync("2018-06-04T10:30")
    found = [clock for clock in pair.desk("view", no=no)["clocks"] if clock["kind"] == "return_decision"]
    assert [clock["outcome"] for clock in found] == ["on_time"]
    assert found[0]["stopped_at"].startswith("2018-06-04T09:20")
    same(pair)


def test_a_file_of_a_case_and_its_bytes_go_over_once(pair: Pair) -> None:
    no = sent(pair, "2018-06-04T09:00", "a")
    words = "现场情况说明。" * 60_000
    first = pair.desk("attach", no=no, text=words, by="desk:li")
    other = call(pair.desk, "2018-06-04T09:02", "b")
    second = pair.desk("attach", no=other, text=words, by="desk:li")
    pair.sync("2018-06-04T09:03")
    assert pair.government("attached", id=first) == words
    assert pair.government("attached", id=second) == words
    back = pair.government("attach", no=no, text="单位的照片说明", by="unit:CG")
    pair.sync("2018-06-04T09:05")
    assert pair.desk("attached", id=back) == "单位的照片说明"
    assert pair.desk("sql", sql="SELECT COUNT(*) FROM engine_exchange_blob") == [[2]]
    assert pair.government("sql", sql="SELECT COUNT(*) FROM engine_exchange_blob") == [[2]]


def test_keys_are_changed_while_files_are_under_way(pair: Pair) -> None:
    sent(pair, "2018-06-04T09:00", "a")
    pair.sync("2018-06-04T09:01")
    fresh = pair.desk("rotate")
    sent(pair, "2018-06-04T09:10", "b")
    pair.desk("export")
    sent(pair, "2018-06-04T09:11", "c")
    pair.sync("2018-06-04T09:12")
    assert pair.desk("key") == fresh
    sent(pair, "2018-06-04T09:20", "d")
    pair.sync("2018-06-04T09:21")
    same(pair)
    assert pair.government("status")["quarantine"] == []


# -- what may go wrong with files -------------------------------------------------------------------------------------


def exported(pair: Pair, count: int, ref: str) -> list[Path]:
    """``count`` files of the desk, each with a case, laid into the government's folder."""
    for n in range(count):
        call(pair.desk, f"2018-06-05T09:{n:02d}", f"{ref}{n}")
        pair.desk("export")
    pair.carry()
    return sorted(pair.government.arrives.glob("*.ldx"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("where", "reason"), [(-1, "forged"), (-200, "forged"), (2, "damaged"), (7, "damaged"), (300, "foreign")]
)
def test_a_changed_byte_is_found_and_the_file_comes_again(pair: Pair, where: int, reason: str) -> None:
    files = exported(pair, 2, f"flip{where}-")
    flip(files[0], where)
    assert pair.government("import")["set_aside"] == 1
    found = pair.government("status")
    assert found["quarantine"][-1] == [files[0].name, reason]
    assert found["missing"] == [int(files[0].stem)]
    assert found["troubles"]
    pair.sync("2018-06-05T10:00")
    same(pair)


def test_files_come_late_early_twice_or_not_at_all(pair: Pair) -> None:
    before = len(pair.desk("dump"))
    files = exported(pair, 4, "late")
    kept = files[0].read_bytes()
    files[1].unlink()
    assert pair.government("import")["files"] == 1
    assert pair.government("status")["missing"] == [int(files[1].stem)]
    files[0].write_bytes(kept)  # the first again
    assert pair.government("import") == {"files": 0, "events": 0, "set_aside": 0}
    pair.sync("2018-06-05T11:00")
    assert len(same(pair)) == before + 4
    files[0].write_bytes(kept)
    assert pair.government("import") == {"files": 0, "events": 0, "set_aside": 0}


def test_what_is_none_of_the_other_side_s_files_is_set_aside_with_a_reason(fresh: Pair, pair: Pair) -> None:
    files = exported(fresh, 3, "alien")
    first = files[0].read_bytes()
    files[0].write_bytes(files_of(pair, 1))  # of two other instances
    assert fresh.government("import")["set_aside"] == 1
    files[0].write_bytes(files[1].read_bytes())  # an own file under another number
    assert fresh.government("import")["set_aside"] == 1
    with open(files[0], "wb") as big:
        big.truncate(200_000_000)
    assert fresh.government("import")["set_aside"] == 1
    files[0].symlink_to("/etc/hostname")
    assert fresh.government("import")["set_aside"] == 1
    files[0].write_bytes(first[: len(first) // 2])
    assert fresh.government("import")["set_aside"] == 1
    reasons = [reason for _, reason in fresh.government("status")["quarantine"]]
    assert reasons == ["foreign", "replayed", "oversized", "not_a_file", "forged"]
    files[0].write_bytes(first)
    assert fresh.government("import")["files"] == 3
    files[0].write_bytes(files_of(fresh, 2))  # an old number with other bytes
    assert fresh.government("import")["set_aside"] == 1
    fresh.sync("2018-06-05T10:00")
    assert len(same(fresh)) == 3


def files_of(pair: Pair, number: int) -> bytes:
    """The bytes of a file of the desk as they lie in its spool."""
    return (pair.desk.home / "var" / "exchange" / "sent" / f"{number:010d}.ldx").read_bytes()


# -- a day ------------------------------------------------------------------------------------------------------------


def _morning(pair: Pair) -> list[str]:
    """Registrations, dispatches, a major incident."""
    numbers = [
        sent(pair, f"2018-06-04T09:{n:02d}", f"day{n}", ("CG", "HB", "JT", "U-W")[n % 4]) for n in range(8)
    ]
    call(pair.desk, "2018-06-04T09:30", "left")  # nobody works it: its clock runs out at the desk
    major = call(pair.desk, "2018-06-04T09:31", "major", level="larger")
    pair.desk.do("2018-06-04T09:35", "desk:li", "report_by_phone", major, callee="值班室", content="已核实")
    pair.desk.do("2018-06-04T09:36", "desk:li", "dispatch", major, lead_unit="CG", **GENERAL)
    return [*numbers, major]


def _units(pair: Pair, numbers: list[str], day: str) -> None:
    """Units sign, return, feed back."""
    units = ("CG", "HB", "JT", "U-W")
    for n, no in enumerate(numbers[:8]):
        by = f"unit:{units[n % 4]}"
        if n % 4 == 3:
            pair.government.do(
                f"{day}T10:{n:02d}", by, "return", no, reason_code="not_our_duty", explanation="不归我们管",
                why_no_answer_now="需现场查看", suggested_unit="HB",
            )  # fmt: skip
            continue
        pair.government.do(f"{day}T10:{n:02d}", by, "sign", no, receiver="张工")
        if n % 4 < 2:
            pair.government.do(
                f"{day}T11:{n:02d}", by, "feedback", no, result="resolved", text="已处理", contacted_caller=True,
                contacted_at=f"{day}T10:50+08:00",
            )  # fmt: skip


def _desk_answers(pair: Pair, numbers: list[str], at: str) -> None:
    """The desk decides returns, accepts feedback, calls back: whatever the copy shows."""
    for no, case in pair.desk("dump").items():
        if no not in numbers:
            continue
        if case["state"] == "feedback_review":
            pair.desk.do(at, "desk:li", "accept_feedback", no)
        elif case["state"] == "return_review":
            pair.desk.do(at, "desk:li", "reject_return", no, reason="职责目录写明")
        elif case["state"] == "callback":
            pair.desk.do(at, "desk:li", "call_back", no, reached=True, satisfaction="satisfied", solved="yes")


def _spoil(pair: Pair, dice: random.Random) -> None:
    """The carrier's bad day: some files lost, some changed, some twice."""
    for giver, taker in ((pair.desk, pair.government), (pair.government, pair.desk)):
        for path in sorted(path for path in giver.out.iterdir() if not path.name.startswith(".")):
            luck = dice.random()
            if luck < 0.25:
                path.unlink()
                continue
            data = path.read_bytes()
            if luck < 0.5:
                at = dice.randrange(len(data))
                data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
            (taker.arrives / path.name).write_bytes(data)
            if luck < 0.75:
                path.unlink()


@pytest.mark.parametrize("seed", [1, 4])
def test_a_day_with_an_outage_and_spoiled_files_ends_with_both_the_same(pair: Pair, seed: int) -> None:
    dice = random.Random(seed)
    numbers = _morning(pair)
    pair.sync("2018-06-04T09:40")
    _units(pair, numbers, "2018-06-04")
    pair.sync("2018-06-04T11:30")
    # the way is closed for a day: both go on with what they own
    _desk_answers(pair, numbers, "2018-06-04T11:40")
    during = [sent(pair, f"2018-06-04T14:{n:02d}", f"outage{n}") for n in range(3)]
    pair.desk("clock", at="2018-06-05T09:00")
    pair.government("clock", at="2018-06-05T09:00")
    for hour in range(3):  # it opens, and the carrier spoils what it carries
        for side in (pair.desk, pair.government):
            side("round", at=f"2018-06-05T1{hour}:00", again=True)
        _spoil(pair, dice)
        for side in (pair.desk, pair.government):
            side("import")
    pair.sync("2018-06-05T14:00", again=True)
    _desk_answers(pair, numbers, "2018-06-05T14:10")
    pair.sync("2018-06-05T14:20", again=True)
    found = same(pair)
    assert {found[no]["state"] for no in during} == {"dispatched"}
    assert {found[no]["state"] for no in (numbers[0], numbers[1], numbers[4], numbers[5])} == {"closed"}
    status = pair.desk("status"), pair.government("status")
    assert [one["orders"] for one in status] == [[0, 0], [0, 0]]
    assert [one["unacknowledged"] for one in status] == [0, 0]
    told_once(pair, "2018-06-06T09:00")


def test_killed_in_the_middle_of_export_and_import_nothing_is_lost_or_done_twice(fresh: Pair) -> None:
    dice = random.Random(7)
    before = len(fresh.desk("dump"))
    kills = 0
    for n in range(60):
        no = sent(fresh, f"2018-06-06T{9 + n // 30:02d}:{n % 30:02d}", "k")
        if n % 3 == 0:
            fresh.desk("attach", no=no, text=f"附件 {n} " * 4000, by="desk:li")
        if n % 4 == 3:
            for side, op in ((fresh.desk, "export"), (fresh.government, "import")):
                kills += side("killed", what=op, after=dice.random() * 0.12)
                fresh.carry()
    assert kills > 5
    fresh.sync("2018-06-06T12:00", again=True)
    assert len(same(fresh)) == before + 60
    assert fresh.government("sql", sql="SELECT COUNT(*) FROM engine_attachment") == [[20]]
    told_once(fresh, "2018-06-06T13:00")


def test_a_fork_is_never_applied_and_a_person_is_told(fresh: Pair) -> None:
    no = sent(fresh, "2018-06-04T09:00", "a")
    fresh.sync("2018-06-04T09:01")
    # a desk that forgot that it gave the case away, as after a restore of an older backup
    fresh.desk.close()
    fresh.desk.environment["LIANDONG_SIDE"] = ""
    fresh.desk.do("2018-06-04T09:02", "desk:li", "note", no, text="不该写的")
    fresh.desk.close()
    fresh.desk.environment["LIANDONG_SIDE"] = "desk"
    fresh.government.do("2018-06-04T09:03", "unit:CG", "sign", no, receiver="张工")
    for _ in range(2):
        fresh.desk("round")
        fresh.government("round")
        fresh.carry()
    fresh.government("round")
    assert fresh.government("status")["contradictions"] == 1
    assert [line.split()[0] for line in fresh.government("check")] == ["other_side"]
    assert fresh.government("dump")[no]["state"] == "handling"
