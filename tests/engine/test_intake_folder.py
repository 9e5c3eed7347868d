"""The watched folder: files whole or not at all, once, whatever kills the worker; what nobody can read waits with its reason."""

from __future__ import annotations

import json
import os
import time

import pytest
from test_intake_messages import follow, record

from liandong.casework import queries
from liandong.district import packs
from liandong.engine.intake import folder, mapping, parsing, running, status
from liandong.registers import queries as registers
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    packs.load(PACK)
    return at("2018-06-01T09:30")


@pytest.fixture
def used():
    return mapping.mappings()["jcj"]


@pytest.fixture
def place(tmp_path, used):
    return folder.prepare(tmp_path, used)


def lay(place, name, *records, raw=None, age=100.0):
    path = place / "in" / name
    path.write_bytes(
        raw if raw is not None else json.dumps({"jjdList": records}, ensure_ascii=False).encode()
    )
    os.utime(path, (time.time() - age,) * 2)
    return path


def receipt(place, part="done"):
    (found,) = (place / part).glob("*.receipt.json")
    return json.loads(found.read_text())


def cases():
    return len(queries.list_cases(flow.DESK, limit=200).items)


def waiting():
    return registers.find(flow.LEAD, "quarantine", registers.Asking(states=("waiting",))).items


def test_a_file_is_taken_in_once_and_leaves_a_receipt_without_persons(place, used, now, policy):
    lay(place, "a.json", record(), record("2", ref="JJ2"))
    assert folder.look(place, used, now, policy) == (1, 2, 0)
    told = receipt(place)
    assert [one["outcome"] for one in told["records"]] == ["registered", "registered"]
    assert "张三" not in json.dumps(told, ensure_ascii=False)
    assert list((place / "in").iterdir()) == list((place / "work").iterdir()) == []
    lay(place, "a.json", record(), record("2", ref="JJ2"))
    folder.look(place, used, now, policy)
    assert cases() == 2


def test_one_bad_record_holds_up_no_other(place, used, now, policy):
    lay(place, "a.json", record(bjlb="99"), record("2", ref="JJ2"))
    lay(place, "b.json", raw=b"{broken}")
    lay(place, "c.json", record("3", ref="JJ3"))
    assert folder.look(place, used, now, policy) == (3, 3, 2)
    assert cases() == 2
    assert {one.data["reason"] for one in waiting()} == {"unknown_code", "unreadable"}
    assert receipt(place, "quarantine")["detail"]


def test_a_file_still_being_written_is_left_alone(place, used, now, policy):
    lay(place, "a.json.tmp", record())
    lay(place, ".hidden.json", record())
    lay(place, "new.json", record(), age=0)
    half = json.dumps({"jjdList": [record()]}).encode()[:-7]
    path = lay(place, "half.json", raw=half, age=5)
    assert folder.look(place, used, now, policy) == (0, 0, 0)
    assert path.read_bytes() == half
    lay(place, "half.json", record(), age=5)
    assert folder.look(place, used, now, policy).files == 1
    assert cases() == 1


def test_what_ends_in_the_middle_for_a_minute_is_broken(place, used, now, policy):
    lay(place, "half.json", raw=b'{"jjdList": [', age=90)
    assert folder.look(place, used, now, policy) == (1, 0, 1)
    assert "没有写完" in waiting()[0].data["detail"]


def test_links_directories_and_giants_are_refused(place, used, now, policy, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"jjdList": [record()]}))
    (place / "in" / "link.json").symlink_to(secret)
    (place / "in" / "dir.json").mkdir()
    giant = place / "in" / "giant.json"
    with open(giant, "wb") as writing:
        writing.truncate(parsing.FILE_LIMIT + 1)
    os.utime(giant, (1, 1))
    os.utime(place / "in" / "link.json", (1, 1), follow_symlinks=False)
    os.mkfifo(place / "in" / "pipe.json")
    assert folder.look(place, used, now, policy).aside == 4
    assert cases() == 0
    assert secret.exists()
    assert sorted(one.data["reason"] for one in waiting()) == [
        "not_a_file",
        "not_a_file",
        "not_a_file",
        "oversized",
    ]
    assert folder.look(place, used, now, policy).files == 0


def test_strange_names_stay_inside(place, used, now, policy):
    for name in ("..json", "a b'\";$(x).json", "坏名字\n.json", "x" * 240 + ".json"):
        lay(place, name, record(name[:60], ref=name[:60].replace("\n", "")))
    before = set(place.parent.iterdir())
    folder.look(place, used, now, policy)
    assert set(place.parent.iterdir()) == before
    assert list((place / "work").iterdir()) == []


@pytest.mark.parametrize("moment", ["after_claim", "after_applying", "after_receipt"])
def test_killed_anywhere_the_next_worker_goes_on(moment, place, used, now, policy, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args, **more):
        raise Killed

    lay(place, "a.json", record(), follow("2", "2"))
    with monkeypatch.context() as dying:
        if moment == "after_claim":
            dying.setattr(folder, "_take", killed)
        elif moment == "after_applying":
            dying.setattr(folder, "put_text", killed)
        else:
            dying.setattr(folder, "settle", lambda path: killed() if path.name == "done" else None)
            real = os.rename
            dying.setattr(folder.os, "rename", lambda a, b: killed() if "done" in str(b) else real(a, b))
        with pytest.raises(Killed):
            folder.look(place, used, now, policy)
    assert [path.name for path in (place / "work").iterdir()] == ["a.json"]
    folder.look(place, used, now, policy)
    assert cases() == 1
    assert receipt(place)["records"][0]["outcome"] in ("registered", "repeated")
    assert list((place / "work").iterdir()) == []


def test_two_workers_do_not_take_one_folder(place, used, now, policy):
    with folder.alone(place), pytest.raises(folder.Busy):
        folder.look(place, used, now, policy)


def test_what_was_taken_in_is_cleared_after_its_days_and_quarantine_stays(
    place, used, now, policy, monkeypatch
):
    lay(place, "a.json", record())
    lay(place, "b.json", raw=b"{broken}")
    folder.look(place, used, now, policy)
    assert folder.clear(place, used) == 0
    monkeypatch.setattr(folder.time, "time", lambda real=time.time: real() + 8 * 86_400)
    assert folder.clear(place, used) == 2
    assert len(list((place / "quarantine").iterdir())) == 2


def test_states_go_back_in_order_of_commit_and_once(place, used, now, policy):
    lay(place, "a.json", record())
    folder.look(place, used, now, policy)
    flow.register(now, policy, "other", source={"channel": "web", "ref": "other"})
    no = queries.list_cases(flow.DESK, state="registered", limit=200).items
    mine = next(
        one["no"] for one in no if queries.get_case(one["no"], flow.DESK)["source"]["channel"] == "110"
    )
    flow.do(
        "set_safety",
        mine,
        flow.DESK,
        now,
        policy,
        safety={"life": "no", "property": "no", "public": "no"},
        reason="已问",
    )
    flow.dispatch(mine, now, policy)
    assert status.report(place, used, now, policy) == 2
    found = [json.loads(path.read_text()) for path in sorted((place / "out").iterdir())]
    assert [(one["ref"], one["status"]) for one in found] == [("JJ1", "已受理"), ("JJ1", "已派单")]
    assert found[1]["unit"] == "CG"
    assert "张三" not in json.dumps(found, ensure_ascii=False)
    assert status.report(place, used, now, policy) == 0


def test_a_folder_that_cannot_be_written_stops_no_other(tmp_path, now, policy, monkeypatch):
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    for used in mapping.mappings().values():
        folder.prepare(tmp_path, used)
    (tmp_path / "hotline12345" / "in").rmdir()
    (tmp_path / "hotline12345" / "in").write_text("in the way")
    lay(tmp_path / "jcj", "a.json", record())
    with pytest.raises(OSError, match="in"):
        running.once(now)
    assert cases() == 1
