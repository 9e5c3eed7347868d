"""``check`` derives every entry again from its steps: each thing an intruder can change in the tables is found by its kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from liandong.cli.work import store_violations
from liandong.registers.check import violations
from liandong.registers.store import act
from liandong.rules.model import Actor
from liandong.rules.registers import registers
from support.registers import REQUEST

pytestmark = pytest.mark.django_db
DUTY, CG = Actor("duty_office", "wang"), Actor("unit", "zhang", "CG")


@pytest.fixture(autouse=True)
def _register():
    registers()["test_request"] = REQUEST
    yield
    del registers()["test_request"]


@pytest.fixture
def entries(policy, at):
    """Two entries of two steps each."""
    now, made = at("2018-06-01T09:00"), []
    for unit in ("CG", "CG"):
        fields = {"unit": unit, "text": "请报送，电话13812341234", "who": "王小明"}
        entry = act("test_request", "ask", fields, DUTY, now=now, policy=policy)
        act("test_request", "answer", {"answer": "已报"}, CG, no=entry.no, now=now, policy=policy)
        made.append(entry.no)
    assert list(violations(policy)) == []
    return made


@contextmanager
def guard_off() -> Iterator[None]:
    """As somebody who owns the database: the triggers of the log taken away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE registers_step DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE registers_step ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'registers_step'"
        )
        triggers = cursor.fetchall()
        assert triggers
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


def tamper(sql: str, *values: object) -> None:
    """One statement behind the program's back; it must have hit something."""
    with guard_off(), connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        assert cursor.rowcount > 0


FIRST = "entry_id = (SELECT MIN(id) FROM registers_entry)"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        (f"UPDATE registers_step SET by = 'duty_office:other' WHERE {FIRST} AND seq = 1", "register_chain"),
        (f"UPDATE registers_step SET at_ms = at_ms - 60000 WHERE {FIRST} AND seq = 2", "register_chain"),
        (f"UPDATE registers_step SET step = 'close' WHERE {FIRST} AND seq = 2", "register_chain"),
        (f"UPDATE registers_step SET body = REPLACE(body, '\"CG\"', '\"JT\"') WHERE {FIRST} AND seq = 1", "register_chain"),
        (f"UPDATE registers_step SET policy = 'other' WHERE {FIRST} AND seq = 1", "register_chain"),
        (f"UPDATE registers_step SET prev = '' WHERE {FIRST} AND seq = 2", "register_chain"),
        (f"UPDATE registers_step SET hash = 'x' WHERE {FIRST} AND seq = 2", "register_chain"),
        (f"DELETE FROM registers_step WHERE {FIRST} AND seq = 1", "register_chain"),
        (f"DELETE FROM registers_step WHERE {FIRST} AND seq = 2", "register_row"),
        (f"DELETE FROM registers_step WHERE {FIRST}", "register_chain"),
        ("DELETE FROM registers_entry WHERE id = (SELECT MIN(id) FROM registers_entry)", "register_missing"),
        ("DELETE FROM registers_entry WHERE id = (SELECT MIN(id) FROM registers_entry)", "register_number"),
        ("UPDATE registers_entry SET unit = 'JT' WHERE serial = 1", "register_row"),
        ("UPDATE registers_entry SET version = 9 WHERE serial = 1", "register_row"),
        ("UPDATE registers_entry SET due_ms = 1 WHERE serial = 1", "register_row"),
        ("UPDATE registers_entry SET closed_ms = 1 WHERE serial = 1", "register_row"),
        ("UPDATE registers_entry SET doc = REPLACE(doc, 'answered', 'closed') WHERE serial = 1", "register_row"),
        ("UPDATE registers_entry SET register = 'nothing' WHERE serial = 1", "register_unknown"),
        ("DELETE FROM registers_party WHERE entry_id = (SELECT MIN(id) FROM registers_entry)", "register_party"),
        ("UPDATE registers_party SET due_ms = due_ms + 1", "register_party"),
        ("DELETE FROM registers_notice", "register_notice"),
        ("UPDATE registers_notice SET recipient = 'unit:JT'", "register_notice"),
    ],
)  # fmt: skip
def test_every_change_behind_the_programs_back_is_found(entries, policy, sql, kind):
    tamper(sql)
    assert kind in {one.kind for one in violations(policy)}


@pytest.mark.parametrize("table", ["registers_step", "registers_entry"])
def test_changed_or_swapped_secrets_are_found(entries, policy, table):
    """What is sealed is bound to its entry and step: another's, or another byte, does not open."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sealed FROM {table} ORDER BY id")
        (first, mine), *_rest, (_last, other) = cursor.fetchall()
    for put in (bytes(other), bytes(mine)[:-1] + bytes([bytes(mine)[-1] ^ 1])):
        tamper(f"UPDATE {table} SET sealed = %s WHERE id = %s", put, first)
        assert {one.kind for one in violations(policy)} & {"register_sealed", "register_private"}


def test_the_command_line_checks_cases_and_registers(entries):
    assert list(store_violations()) == []
    tamper("UPDATE registers_entry SET unit = 'JT' WHERE serial = 1")
    assert [(one.kind, one.case) for one in store_violations()] == [("register_row", entries[0])]
