"""``execute``: what it writes, what it refuses, what it does twice (I5, I6, R2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import rows
from liandong.casework.check import check
from liandong.casework.execute import NoSuchCase, Refused, batch, execute
from liandong.casework.models import Case, ClockRow, Event, Outbox, Party
from liandong.casework.queries import get_case
from liandong.casework.record import listen
from liandong.rules.model import Actor, Command
from liandong.rules.numbers import check as number_ok
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


def test_a_whole_life_leaves_a_sound_store(policy, now):
    no = flow.life(now, policy, "a")
    row = Case.objects.get(no=no)
    assert (row.state, row.is_open, row.holder_type) == ("closed", False, "none")
    assert row.first_unit == row.lead_unit == "CG"
    assert row.due_ms is None
    assert [e.seq for e in Event.objects.filter(case_no=no).order_by("position")] == list(range(1, 8))
    assert Outbox.objects.filter(case_no=no, kind="assigned", recipient="unit:CG").count() == 1
    assert Party.objects.get(case_no=no, unit="CG").roles == 1
    assert ClockRow.objects.get(case_no=no, kind="handle").outcome == "on_time"
    assert check(policy) == []


def test_numbers_are_gap_free_by_day_of_registration(policy, now):
    numbers = [flow.register(now + timedelta(hours=h), policy, str(h)) for h in range(3)]
    with pytest.raises(Refused):
        flow.register(now, policy, "bad", kind="nonsense")
    numbers.append(flow.register(now, policy, "late"))
    assert [int(no.split("-")[3]) for no in numbers] == [1, 2, 3, 4]
    assert all(number_ok(no) for no in numbers)
    assert flow.register(now + timedelta(days=1), policy, "next").startswith("QJFL-500110-20180602-00001-")


def test_a_refusal_writes_nothing(policy, now):
    no = flow.register(now, policy, "a")
    before = Event.objects.count(), Case.objects.get(no=no).doc
    with pytest.raises(Refused) as caught:
        flow.do("sign", no, flow.CG, now, policy, receiver="x")
    assert caught.value.refusal.code == "not_your_case"
    assert (Event.objects.count(), Case.objects.get(no=no).doc) == before


def test_an_unknown_case_and_an_unknown_command(policy, now):
    with pytest.raises(NoSuchCase):
        flow.do("urge", "QJFL-500110-20180601-00009-0", flow.DESK, now, policy)
    with pytest.raises(Refused):
        flow.do("explode", None, flow.DESK, now, policy)


def test_the_same_source_is_one_case_and_new_text_a_note(policy, now):
    actor = Actor("integration", "cad", scopes=frozenset({"register", "append"}))
    no = flow.register(now, policy, "a", actor)
    again = execute(Command("register", None, flow.intake(now, "a")), actor, now=now, policy=policy)
    assert (again.no, again.existing, again.events) == (no, True, ())
    other = flow.intake(now, "a", summary="路灯不亮，另有一盏也坏了")
    for expected in (1, 0):  # the third delivery of the same text adds nothing
        told = execute(Command("register", None, other), actor, now=now, policy=policy)
        assert (told.no, told.existing, len(told.events)) == (no, True, expected)
    assert [e.type for e in Event.objects.filter(case_no=no).order_by("seq")] == ["register", "note"]
    assert Case.objects.count() == 1
    assert check(policy) == []


def test_a_repeated_source_asks_for_the_role_too(policy, now):
    flow.register(now, policy, "a")
    with pytest.raises(Refused) as caught:
        flow.register(now, policy, "a", flow.CG)
    assert caught.value.refusal.code == "wrong_role"


def test_a_key_gives_the_stored_answer_for_seven_days(policy, now):
    no = flow.register(now, policy, "a")
    fields = {"text": "再核实一次"}
    first = flow.do("note", no, flow.DESK, now, policy, key="k1", **fields)
    again = flow.do("note", no, flow.DESK, now + timedelta(days=6), policy, key="k1", **fields)
    assert again.existing
    assert again.answer == first.answer is not None
    assert Event.objects.filter(case_no=no, type="note").count() == 1
    with pytest.raises(Refused) as caught:
        flow.do("note", no, flow.DESK, now, policy, key="k1", text="别的")
    assert caught.value.refusal.code == "key_reused"
    other = Actor("desk", "another")
    assert not flow.do("note", no, other, now, policy, key="k1", **fields).existing
    late = flow.do("note", no, flow.DESK, now + timedelta(days=8), policy, key="k1", **fields)
    assert not late.existing
    rows.expire_keys(0)


def test_a_key_on_register(policy, now):
    fields = flow.intake(now, "a")
    first = execute(Command("register", None, fields), flow.DESK, now=now, policy=policy, key="r")
    again = execute(Command("register", None, fields), flow.DESK, now=now, policy=policy, key="r")
    assert (again.no, again.existing, again.answer) == (first.no, True, first.answer)


def test_a_stale_version_is_refused(policy, now):
    no = flow.register(now, policy, "a")
    version = Case.objects.get(no=no).version
    fields = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "目录"}
    with pytest.raises(Refused) as caught:
        execute(Command("dispatch", no, fields, version=version + 1), flow.DESK, now=now, policy=policy)
    assert caught.value.refusal.code == "stale_version"
    execute(Command("dispatch", no, fields, version=version), flow.DESK, now=now, policy=policy)
    assert Case.objects.get(no=no).version == version + 1


def test_merge_split_and_police_keep_every_caller_and_the_store_sound(policy, now):
    target = flow.register(now, policy, "a")
    source = flow.register(now, policy, "b", caller={"name": "李四", "phone": "13900005678"})
    flow.do("merge", source, flow.DESK, now, policy, target=target, reason="同一件事")
    case = get_case(target, flow.DESK, policy=policy, now=now)
    assert [c["phone"] for c in case["callers"]] == [flow.PHONE, "13900005678"]
    whole = flow.register(now, policy, "c")
    parts = [{"summary": "路灯"}, {"summary": "油烟"}]
    done = flow.do("split", whole, flow.DESK, now, policy, parts=parts, reason="两件事")
    children = [e.case for e in done.events if e.case != whole]
    assert len(children) == 2
    child = get_case(children[0], flow.DESK, policy=policy, now=now)
    assert (child["summary"], child["caller"]["phone"], child["parent"]) == ("路灯", flow.PHONE, whole)
    assert Case.objects.get(no=children[0]).tracking_code
    police = flow.register(now, policy, "d")
    flow.do("to_police", police, flow.DESK, now, policy, reason="有人持刀", joint_units=["CG"])
    done = flow.do(
        "police_done", police, flow.DESK, now, policy, outcome="handled", remainder="噪声问题未解决"
    )
    assert {e.case for e in done.events} > {police}
    assert check(policy) == []
    assert Case.objects.count() == 7


def test_reopening_copies_what_was_said(policy, now):
    no = flow.life(now, policy, "a")
    later = now + timedelta(days=40)
    flow.run_clock(no, later, policy)
    assert Case.objects.get(no=no).state == "archived"
    done = flow.do("reopen", no, flow.DUTY, later, policy, reason="新证据")
    new = next(e.case for e in done.events if e.case != no)
    case = get_case(new, flow.DESK, policy=policy, now=later)
    assert (case["previous"], case["summary"]) == (no, flow.intake(now, "a")["summary"])
    assert check(policy) == []


def test_few_statements(policy, now):
    flow.register(now, policy, "warm")
    with CaptureQueriesContext(connection) as first:
        no = flow.register(now, policy, "a")
    with CaptureQueriesContext(connection) as second:
        flow.dispatch(no, now, policy)
    with CaptureQueriesContext(connection) as third:
        flow.do("sign", no, flow.CG, now, policy, receiver="x")
    locks = 2 if connection.vendor == "postgresql" else 0  # the advisory lock, the second look for the source
    assert len(first) <= 9 + locks
    assert len(second) <= 10 + locks
    assert len(third) <= 8 + locks


def test_a_batch_survives_refusals_and_keeps_what_it_did(policy, now):
    with batch():
        no = flow.register(now, policy, "a")
        with pytest.raises(Refused):
            flow.do("sign", no, flow.CG, now, policy, receiver="x")
        flow.dispatch(no, now, policy)
        flow.do("sign", no, flow.CG, now, policy, receiver="x")
        other = flow.register(now, policy, "b")
    assert Case.objects.get(no=no).state == "handling"
    assert int(other.split("-")[3]) == 2
    assert check(policy) == []


def test_a_broken_batch_leaves_nothing(policy, now, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    def work():
        with batch():
            flow.register(now, policy, "a")
            monkeypatch.setattr(rows, "insert_events", fail)
            with pytest.raises(OSError, match="disk full"):
                flow.register(now, policy, "b")
            monkeypatch.undo()
            flow.register(now, policy, "c")

    with pytest.raises(RuntimeError):
        work()
    assert Case.objects.count() == 0


def test_an_instant_in_another_zone_is_the_same_instant(policy, now):
    from datetime import UTC

    no = flow.register(now.astimezone(UTC), policy, "a")
    assert get_case(no, flow.DESK, policy=policy)["registered_at"] == "2018-06-01T09:00:00+08:00"


@pytest.mark.parametrize("table", ["casework_event", "casework_seal"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at_ms = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_forbids_rewriting_history(policy, now, table, verb):
    from django.db import Error, transaction

    from liandong.casework.seal import seal

    if verb.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    flow.register(now, policy, "a")
    seal(now)
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        rows.run(verb.format(table))


def test_listeners_hear_of_a_commit(policy, now, django_capture_on_commit_callbacks):
    heard: list[int] = []
    listen(heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        flow.register(now, policy, "a")
    assert heard == [Event.objects.count()]


def test_a_stored_answer_shows_nobody_in_the_database(policy, now):
    fields = flow.intake(now, "sealed-answer")
    fields["caller"] = {"name": "欧阳某", "phone": "13899990000"}
    first = execute(Command("register", None, fields), flow.DESK, now=now, policy=policy, key="sealed")
    [(stored,)] = rows.ask("SELECT response FROM casework_idempotency WHERE key = %s", ["sealed"])
    assert "13899990000" not in stored
    assert "欧阳" not in stored
    again = execute(Command("register", None, fields), flow.DESK, now=now, policy=policy, key="sealed")
    assert again.answer == first.answer
