"""``check`` finds each planted fault; every test damages a sound store in one way (I5, I6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from liandong.casework.check import check
from liandong.casework.rows import ask, run
from liandong.casework.seal import seal
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(policy, at):
    """Three sealed cases, the last one open; the triggers are out of the way."""
    now = at("2018-06-01T09:00")
    found = [flow.life(now, policy, "a"), flow.life(now + timedelta(hours=1), policy, "b")]
    found.append(flow.register(now + timedelta(hours=2), policy, "c"))
    flow.dispatch(found[2], now + timedelta(hours=2), policy)
    assert seal(now + timedelta(hours=3)) is not None
    assert seal(now + timedelta(hours=4)) is None
    assert check(policy) == []
    if connection.vendor == "postgresql":
        for table in ("casework_event", "casework_seal"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    else:
        for (name,) in ask(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'casework%%'"
        ):
            run(f"DROP TRIGGER {name}")
    return found


def kinds(policy, case=None):
    found = check(policy)
    return {v.kind for v in found if case is None or v.case == case}


def test_state_row_edited(cases, policy):
    run("UPDATE casework_case SET doc = REPLACE(doc, 'dispatched', 'handling') WHERE no = %s", [cases[2]])
    assert kinds(policy) == {"state_edited"}


def test_event_edited(cases, policy):
    run(
        "UPDATE casework_event SET body = REPLACE(body, 'CG', 'HB') WHERE case_no = %s AND seq = 2",
        [cases[0]],
    )
    assert "chain_broken" in kinds(policy, cases[0])


def test_event_edited_and_rehashed(cases, policy):
    """Who can compute the chain again is found by the seal, which needs the master key."""
    from liandong.casework import crypto
    from liandong.casework.record import chain_text

    row = ask(
        "SELECT position, seq, version, type, at_ms, by, policy, body, digest, prev FROM casework_event "
        "WHERE case_no = %s ORDER BY seq DESC LIMIT 1",
        [cases[1]],
    )[0]
    position, seq, version, type_, at_ms, by, pid, body, digest, prev = row
    at_ms += 1
    link = crypto.chain(
        prev, chain_text(position, cases[1], seq, version, type_, at_ms, by, pid, body, digest)
    )
    run("UPDATE casework_event SET at_ms = %s, hash = %s WHERE position = %s", [at_ms, link, position])
    run("UPDATE casework_case SET head = %s WHERE no = %s", [link, cases[1]])
    assert kinds(policy) == {"seal_broken"}


def test_event_deleted(cases, policy):
    run("DELETE FROM casework_event WHERE case_no = %s AND seq = 3", [cases[0]])
    assert kinds(policy) >= {"event_missing", "position_gap"}


def test_tail_cut(cases, policy):
    run("DELETE FROM casework_event WHERE case_no = %s AND seq = 7", [cases[0]])
    assert kinds(policy) >= {"state_edited", "position_gap", "seal_broken"}


def test_tail_cut_with_everything_that_followed_from_it(cases, policy):
    """The last event of the log goes, and the rows are put back as they were before it: only the seal knows."""
    from liandong.casework import project, rows
    from liandong.rules.codec import event_from
    from liandong.rules.fold import fold

    no = cases[2]
    kept = ask(
        "SELECT position, type, at_ms, by, policy, body, hash FROM casework_event WHERE case_no = %s AND seq = 1",
        [no],
    )[0]
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(kept[2] / 1000, UTC)
    state = fold(None, event_from(no, kept[1], at, kept[3], kept[4], kept[5]))
    day, serial, phone = ask("SELECT day, serial, phone_hash FROM casework_case WHERE no = %s", [no])[0]
    row = project.case_row(
        state,
        kept[6],
        day=day,
        serial=serial,
        registrar="",
        phone_hash=phone,
        restricted=False,
        township=project.township(state, policy),
    )
    rows.update_case(row)
    run("DELETE FROM casework_event WHERE case_no = %s AND seq > 1", [no])
    run("DELETE FROM casework_private_event WHERE case_no = %s AND seq > 1", [no])
    run("DELETE FROM casework_outbox WHERE case_no = %s AND position > %s", [no, kept[0]])
    run("DELETE FROM casework_party WHERE case_no = %s", [no])
    run("DELETE FROM casework_assignment WHERE case_no = %s", [no])
    run("DELETE FROM casework_clock WHERE case_no = %s", [no])
    rows.put_clocks(project.clock_rows(state, sorted(state["clocks"])))
    assert kinds(policy) == {"tail_cut"}


def test_case_removed(cases, policy):
    for table in ("event", "clock", "party", "outbox", "private_event", "private_case", "key"):
        run(f"DELETE FROM casework_{table} WHERE case_no = %s", [cases[1]])
    run("DELETE FROM casework_case WHERE no = %s", [cases[1]])
    assert kinds(policy) >= {"number_gap", "position_gap", "seal_broken"}


def test_state_row_removed(cases, policy):
    run("DELETE FROM casework_case WHERE no = %s", [cases[2]])
    assert "case_missing" in kinds(policy, cases[2])


def test_events_of_a_case_removed(cases, policy):
    run("DELETE FROM casework_event WHERE case_no = %s", [cases[2]])
    assert "events_missing" in kinds(policy, cases[2])


def test_clock_row_removed(cases, policy):
    run("DELETE FROM casework_clock WHERE case_no = %s AND kind = 'handle'", [cases[2]])
    assert kinds(policy) == {"clock_missing"}


def test_clock_row_moved(cases, policy):
    run("UPDATE casework_clock SET due_ms = due_ms + 1 WHERE case_no = %s AND kind = 'handle'", [cases[2]])
    assert kinds(policy) == {"clock_edited"}


def test_wrong_holder(cases, policy):
    run("UPDATE casework_case SET holder_code = 'HB' WHERE no = %s", [cases[2]])
    assert kinds(policy) == {"column_edited"}


def test_lost_outbox_row(cases, policy):
    run("DELETE FROM casework_outbox WHERE case_no = %s AND kind = 'assigned'", [cases[2]])
    assert kinds(policy) == {"outbox_missing"}


def test_first_unit_changed(cases, policy):
    run("UPDATE casework_case SET first_unit = 'HB' WHERE no = %s", [cases[0]])
    assert kinds(policy) == {"column_edited"}


def test_party_removed(cases, policy):
    run("DELETE FROM casework_party WHERE case_no = %s", [cases[0]])
    assert kinds(policy) == {"party_wrong"}


def test_private_text_edited_or_removed(cases, policy):
    run(
        "UPDATE casework_private_event SET text = REPLACE(text, '路灯', '水管') WHERE case_no = %s AND seq = 1",
        [cases[0]],
    )
    run("DELETE FROM casework_private_event WHERE case_no = %s AND seq = 1", [cases[1]])
    run("UPDATE casework_private_case SET summary = '别的' WHERE case_no = %s", [cases[2]])
    assert "private_edited" in kinds(policy, cases[0])
    assert "private_missing" in kinds(policy, cases[1])
    assert kinds(policy, cases[2]) == {"private_edited"}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE casework_seal SET digest = '00' WHERE n = 1",
        "UPDATE casework_seal SET position = position - 1 WHERE n = 1",
        "UPDATE casework_seal SET hash = '00' WHERE n = 1",
    ],
)
def test_seal_broken(cases, policy, damage):
    run(damage)
    assert kinds(policy) == {"seal_broken"}


def test_seal_removed(cases, policy, at):
    flow.do("sign", cases[2], flow.CG, at("2018-06-01T11:20"), policy, receiver="x")
    assert seal(at("2018-06-01T12:00")).n == 2
    assert check(policy) == []
    run("DELETE FROM casework_seal WHERE n = 1")
    assert kinds(policy) == {"seal_missing"}


def test_a_position_swapped_between_cases(cases, policy):
    top = 10_000
    run("UPDATE casework_event SET position = %s WHERE case_no = %s AND seq = 1", [top, cases[2]])
    assert kinds(policy, cases[2]) >= {"chain_broken"}
