"""One way to change a register's entry: decided, appended, projected, notified in one transaction, once a key."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.registers import notices, queries
from liandong.registers.check import violations
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.registers import registers
from support import flow
from support.policy import PACK
from support.registers import REQUEST

WORKER = Path(__file__).with_name("register_worker.py")
pytestmark = pytest.mark.django_db
DUTY, CHIEF, GOVERNMENT = Actor("duty_office", "wang"), Actor("duty_office", "li"), Actor("government", "gov")
CG, JT, AUDITOR = Actor("unit", "zhang", "CG"), Actor("unit", "sun", "JT"), Actor("auditor", "a")


FIELDS = {"unit": "CG", "text": "请于今日报送，电话13812341234", "who": "王小明"}


@pytest.fixture(autouse=True)
def _register():
    registers()["test_request"] = REQUEST
    yield
    del registers()["test_request"]


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def ask(policy, now):
    def make(fields=FIELDS, **more):
        return act("test_request", "ask", fields, DUTY, now=now, policy=policy, **more)

    return make


def refused(call):
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.refusal


def test_an_entry_is_opened_answered_and_closed_by_another_person(policy, now, ask):
    entry = ask()
    assert (entry.no, entry.state, entry.unit, entry.version) == ("测试〔2018〕1号", "asked", "CG", 1)
    answered = act("test_request", "answer", {"answer": "已报"}, CG, no=entry.no, now=now, policy=policy)
    assert answered.owed["CG"].done_at == now
    own = refused(lambda: act("test_request", "close", {}, DUTY, no=entry.no, now=now, policy=policy))
    assert (own.code, own.rule) == ("own_request", "I7")
    closed = act("test_request", "close", {}, CHIEF, no=entry.no, now=now, policy=policy)
    assert closed.closed_at == now
    assert not closed.is_open
    assert [one.step for one in queries.log(DUTY, "test_request", entry.no, policy=policy)] == [
        "ask",
        "answer",
        "close",
    ]
    assert list(violations(policy)) == []


def test_what_comes_back_is_what_was_given(policy, ask):
    entry = ask()
    assert queries.get(DUTY, "test_request", entry.no, policy=policy) == entry
    assert entry.data["text"] == FIELDS["text"]


def test_persons_and_numbers_are_masked_for_others_and_lie_sealed(policy, ask):
    entry = ask()
    shown = queries.get(Actor("inspector", "i"), "test_request", entry.no, policy=policy)
    assert shown.data["who"] == "王**"
    assert "13812341234" not in shown.data["text"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT doc FROM registers_entry UNION ALL SELECT body FROM registers_step")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert "王小明" not in stored
    assert "13812341234" not in stored


def test_a_unit_sees_its_own_and_a_role_without_sight_nothing(policy, ask):
    entry = ask()
    assert queries.get(CG, "test_request", entry.no, policy=policy) is not None
    for viewer in (JT, AUDITOR, GOVERNMENT):  # the government sees closed ones alone
        assert queries.get(viewer, "test_request", entry.no, policy=policy) is None
        assert queries.find(viewer, "test_request", policy=policy).items == []
        assert queries.log(viewer, "test_request", entry.no, policy=policy) == []
        assert queries.count(viewer, "test_request", policy=policy) == {}


def test_an_entry_about_a_complaint_against_the_police_is_not_there_for_others(policy, now, ask):
    no = flow.register(now, policy, "police", kind="complaint")
    entry = ask({**FIELDS, "case": no})
    inspector = Actor("inspector", "i")
    assert queries.get(inspector, "test_request", entry.no, policy=policy) is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET restricted = TRUE WHERE no = %s", [no])
    assert queries.get(inspector, "test_request", entry.no, policy=policy) is None
    assert notices.unread(CG, policy=policy) == 0  # nor is a unit told of it that does not handle the case
    assert queries.of_case(DUTY, no, policy=policy)[0].no == entry.no


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"text": "x", "who": "王"}, "missing_field", "unit"),
        ({**FIELDS, "extra": 1}, "unknown_field", "extra"),
        ({**FIELDS, "text": 7}, "bad_value", "text"),
        ({**FIELDS, "unit": "NOPE"}, "unknown_unit", "unit"),
        ({**FIELDS, "case": "QJFL-500110-20180601-99999-1"}, "not_found", "case"),
        ({**FIELDS, "case": "12"}, "bad_value", "case"),
    ],
)  # fmt: skip
def test_a_bad_field_is_refused_by_its_name_and_leaves_nothing(ask, fields, code, field):
    found = refused(lambda: ask(fields))
    assert (found.code, found.field) == (code, field)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM registers_entry")
        assert cursor.fetchone()[0] == 0


def test_the_wrong_role_state_unit_and_version_are_refused(policy, now, ask):
    entry = ask()

    def step(name, actor, fields=None, **more):
        return refused(
            lambda: act(
                "test_request", name, fields or {}, actor, no=entry.no, now=now, policy=policy, **more
            )
        ).code

    assert step("close", CG) == "wrong_role"
    assert step("close", CHIEF) == "wrong_state"
    assert step("answer", JT, {"answer": "x"}) == "not_your_entry"
    assert step("answer", CG, {"answer": "x"}, version=9) == "stale_version"
    assert step("nonsense", CG) == "bad_value"


def test_the_same_key_does_nothing_twice_and_another_request_with_it_is_refused(ask, policy):
    first = ask(key="k1")
    assert ask(key="k1").no == first.no
    assert refused(lambda: ask({**FIELDS, "text": "另"}, key="k1")).code == "key_reused"
    assert ask(key="k2").no == "测试〔2018〕2号"
    assert len(queries.find(DUTY, "test_request", policy=policy).items) == 2


def test_numbers_have_no_gaps_when_a_transaction_rolls_back(ask):
    ask()
    try:
        with transaction.atomic():
            ask()
            raise InterruptedError
    except InterruptedError:
        pass
    assert ask().no == "测试〔2018〕2号"


def test_lists_filter_and_page(policy, now, ask):
    made = [ask({**FIELDS, "unit": "CG" if n % 2 else "JT"}).no for n in range(5)]
    page = queries.find(DUTY, "test_request", limit=2, policy=policy)
    rest = queries.find(DUTY, "test_request", limit=9, after=page.next, policy=policy)
    assert [one.no for one in (*page.items, *rest.items)] == made[::-1]
    assert rest.next is None
    own = queries.find(DUTY, "test_request", Asking(unit="CG", owing=("CG",)), policy=policy).items
    assert [one.no for one in own] == [made[3], made[1]]
    assert queries.count(DUTY, "test_request", Asking(is_open=True), policy=policy) == {"asked": 5}
    late = queries.find(
        DUTY, "test_request", Asking(overdue=True), now=now + timedelta(days=1), policy=policy
    )
    assert late.items == []  # the entries themselves have no limit, the units have


def test_reading_a_notice_is_its_receipt(policy, ask, now):
    entry = ask()
    assert notices.unread(CG, policy=policy) == 1
    assert [(one.kind, one.read_at) for one in notices.inbox(CG, policy=policy)] == [("asked", None)]
    assert notices.mark_read(CG, entry.no, now=now, policy=policy) == 1
    assert notices.unread(CG, policy=policy) == 0
    assert notices.of_entry(entry.no, policy=policy)[0].read_by == "unit:CG:zhang"
    assert notices.unread(JT, policy=policy) == 0


def test_the_log_refuses_to_be_changed(ask):
    ask()
    for sql in ("UPDATE registers_step SET by = 'x'", "DELETE FROM registers_step"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("UPDATE registers_entry SET state = 'closed'", "register_row"),
        ("UPDATE registers_party SET done_ms = 1", "register_party"),
        ("UPDATE registers_entry SET head = 'x'", "register_row"),
        ("DELETE FROM registers_entry WHERE serial = 1", "register_number"),
    ],
)
def test_check_finds_what_was_edited_in_the_tables(policy, ask, sql, kind):
    ask()
    ask()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert kind in {one.kind for one in violations(policy)}


def test_racing_and_killed_writers_lose_nothing_and_leave_no_gap(stores, tmp_path):
    log = tmp_path / "acknowledged"
    done = subprocess.run(
        [sys.executable, str(WORKER), "kills", str(log), "6"],
        env=stores.environment(stores.fresh()), capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert log.read_text().count("\n") > 20


@pytest.mark.parametrize("value", [{"a": 1}, ["CG-02"], "\ud800", "a\x00b"], ids=repr)
def test_what_no_field_can_hold_is_refused_before_any_table_is_asked(at, value):
    """R32: a wrong type or a broken character is a refusal with the field's name, never a failure of the store."""
    packs.load(PACK)
    for register, step, given in (
        ("sampling", "draw", {"period": "2018Q2", "size": 1, "matter": value}),
        ("sanction", "propose", {"unit": "CG", "kind": "talk", "violation": "duty", "facts": "x", "findings": [value]}),
        ("consultation", "convene", {"case": value, "related": []}),
    ):  # fmt: skip
        with pytest.raises(Refused) as found, transaction.atomic():
            act(register, step, given, DUTY, now=at("2018-06-01T09:00"))
        assert found.value.refusal.rule == "R32", register
