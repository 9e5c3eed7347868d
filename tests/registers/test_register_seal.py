"""A seal shows what a chain cannot: that the newest entry is gone with all its steps, or a tail was cut."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from liandong.registers.seal import seal, violations
from liandong.registers.store import act
from liandong.rules.registers import registers
from support.flow import DUTY
from support.registers import REQUEST

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _register():
    registers()["test_request"] = REQUEST
    yield
    del registers()["test_request"]


@pytest.fixture
def ask(policy, at):
    def make(minutes=0):
        fields = {"unit": "CG", "text": "报送", "who": "王"}
        when = at("2018-06-01T09:00") + timedelta(minutes=minutes)
        return act("test_request", "ask", fields, DUTY, now=when, policy=policy)

    return make


def without_triggers(*statements):
    with connection.cursor() as cursor:
        tables = ("registers_step", "registers_seal")
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        for statement in statements:
            cursor.execute(statement)


def test_a_sealed_register_is_whole_and_nothing_new_needs_no_seal(ask, at):
    now = at("2018-06-01T10:00")
    ask()
    assert seal(now) == 1
    assert seal(now) is None
    ask(5)
    assert seal(now) == 2
    assert list(violations()) == []


@pytest.mark.parametrize(
    "wipe",
    [
        ("DELETE FROM registers_step WHERE entry_id = (SELECT MAX(id) FROM registers_entry)",
         "DELETE FROM registers_party WHERE entry_id = (SELECT MAX(id) FROM registers_entry)",
         "DELETE FROM registers_entry WHERE id = (SELECT MAX(id) FROM registers_entry)"),
        ("UPDATE registers_step SET hash = prev WHERE seq = 1",),
        ("UPDATE registers_seal SET entries = entries + 1",),
        ("DELETE FROM registers_seal WHERE n = 1",),
    ],
)  # fmt: skip
def test_what_was_wiped_out_is_found(ask, at, wipe):
    ask()
    seal(at("2018-06-01T10:00"))
    ask(70)
    seal(at("2018-06-01T11:00"))
    without_triggers(*wipe)
    assert [one.kind for one in violations()]
