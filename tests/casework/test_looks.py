"""Who looked at a case is remembered, told to whom it is for, and never in anybody's way (CONTRACT §1)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from liandong.casework import look_spool, looks
from liandong.casework.models import Look as LookRow
from liandong.casework.reveal import printed, reveal
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    """A place of its own for the lines of each test, and nothing remembered from another."""
    settings.LOOKS_ROOT = tmp_path / "looks"
    look_spool._seen.clear()


@pytest.fixture
def case(policy, now):
    no = flow.register(now, policy, "look")
    flow.dispatch(no, now, policy)
    return no


def kinds(no, viewer, policy, now):
    found = looks.of_case(no, viewer, policy=policy, now=now)
    return None if found is None else [(look.kind, look.by) for look in found]


def test_a_page_is_remembered_once_per_person_and_hour(policy, now, case):
    for minutes in (0, 5, 59, 60):
        looks.opened(case, flow.CG, now + timedelta(minutes=minutes))
        look_spool._seen.clear()  # as if other processes had served them
    looks.opened(case, flow.DESK, now)
    assert looks.collect() == 5
    told = kinds(case, flow.LEAD, policy, now)
    assert sorted(told) == [("page", "desk:li"), *[("page", "unit:CG:zhang")] * 2]
    assert LookRow.objects.count() == 3


def test_the_same_hour_costs_one_line(case, now):
    for _ in range(50):
        looks.opened(case, flow.DESK, now)
    assert looks.collect() == 1


def test_looks_are_told_to_supervisors_only(policy, now, case):
    """A unit is not told who looked; the auditor is told of every case without seeing any."""
    looks.opened(case, flow.CG, now)
    reveal(case, "phone", "核对回访，电话13812341234", flow.INSPECTOR, now=now, policy=policy)
    printed(case, flow.CG, "下载 PDF", now)
    looks.collect()
    told = [("page", "unit:CG:zhang"), ("print", "unit:CG:zhang"), ("reveal", "inspector:qian")]
    for viewer in (flow.LEAD, flow.DUTY, flow.INSPECTOR, flow.AUDITOR):
        assert sorted(kinds(case, viewer, policy, now)) == told
    for viewer in (flow.CG, flow.DESK, flow.SYSADMIN, flow.INSPECTORATE, Actor("government", "x")):
        assert kinds(case, viewer, policy, now) is None
    assert flow.PHONE not in str(looks.of_case(case, flow.AUDITOR, policy=policy, now=now))
    assert [look.kind for look in looks.recent(flow.AUDITOR, policy=policy)] == ["print", "reveal"]
    assert looks.recent(flow.LEAD, policy=policy) is None


def test_looks_stand_beside_the_chain(policy, now, case):
    """No look changes a case: no event, no version."""
    before = connection.cursor().execute("SELECT seq, version, head FROM casework_case").fetchall()
    looks.opened(case, flow.DESK, now)
    printed(case, flow.DESK, "打开打印页", now)
    looks.collect()
    assert connection.cursor().execute("SELECT seq, version, head FROM casework_case").fetchall() == before


def test_a_full_disk_does_not_take_the_page_away(settings, tmp_path, now, case, caplog):
    (tmp_path / "file").write_text("no directory")
    settings.LOOKS_ROOT = tmp_path / "file" / "looks"
    looks.opened(case, flow.DESK, now)
    assert "could not be written down" in caplog.text
    assert looks.collect() == 0


def test_what_was_taken_and_not_kept_is_taken_again(now, case):
    """A process that dies between reading the file and the table loses nothing, and nothing comes twice."""
    looks.opened(case, flow.DESK, now)

    def dies(lines):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        look_spool.take(dies)
    looks.opened(case, flow.CG, now)
    assert looks.collect() == 2
    assert looks.collect() == 0


def test_writers_and_the_one_who_takes_lose_nothing(now):
    """Many write while the file is taken away again and again: every line arrives exactly once."""
    kept: list[tuple[str, str, int]] = []
    done = threading.Event()

    def write(name):
        for n in range(200):
            look_spool.write(f"{name}-{n}", name, n)

    def take():
        while not done.is_set():
            look_spool.take(kept.extend)

    taker = threading.Thread(target=take)
    writers = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(4)]
    taker.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    taker.join()
    look_spool.take(kept.extend)
    assert len(kept) == len(set(kept)) == 800


def test_old_pages_are_forgotten_reveals_are_not(policy, now, case):
    """网络安全法 §21: half a year at least."""
    looks.opened(case, flow.DESK, now)
    reveal(case, "phone", "核对", flow.INSPECTOR, now=now, policy=policy)
    looks.collect()
    looks.forget(now + timedelta(days=182))
    assert len(kinds(case, flow.LEAD, policy, now)) == 2
    looks.forget(now + timedelta(days=184))
    assert kinds(case, flow.LEAD, policy, now) == [("reveal", "inspector:qian")]
