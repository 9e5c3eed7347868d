"""Frozen evaluations: counted again from their own rows, unmoved by later changes, tampering shows, revisions name theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from liandong.casework import evaluation, rows
from liandong.casework.evaluation import METRICS, exclusions, frozen, snapshots
from liandong.casework.execute import Refused
from liandong.district import packs
from liandong.rules.model import Actor
from liandong.rules.periods import on, quarter, special
from support import flow, lives
from support.policy import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(at, policy):
    packs.load(PACK)
    made = {}
    for n, script in enumerate(lives.SCRIPTS):
        start = at("2018-07-02T09:00").replace(day=2 + n // 9, hour=9 + n % 2, minute=n % 50)
        made[script.__name__] = lives.live(script, n, start, policy)
    return made


@pytest.fixture
def period(policy):
    return quarter("2018Q3", policy.zone)


@pytest.fixture
def now(at):
    return at("2018-10-08T09:00")


def same(one, other):
    """Two results alike, but for how floats were added up."""
    assert (one.numerator, one.denominator) == pytest.approx((other.numerator, other.denominator))
    assert one.value == (None if other.value is None else pytest.approx(other.value))
    assert (one.enough, dict(one.extra)) == (other.enough, pytest.approx(dict(other.extra)))


def test_what_is_frozen_is_what_was_counted(store, period, now):
    one = snapshots.freeze(period, flow.DUTY, now)
    again = snapshots.load(one.id)
    for by in snapshots.GROUPED:
        live = evaluation.evaluate(flow.DUTY, period, by=by, now=now)
        assert again.table(by).keys() == live.keys()
        for key, found in live.items():
            for code, result in found.items():
                same(again.table(by)[key][code], result)
    assert snapshots.latest(period).id == one.id == "KP-2018Q3-1"
    assert snapshots.verify(one.id) == []


def test_every_number_of_a_snapshot_opens_exactly_its_cases(store, period, now):
    one = snapshots.freeze(period, flow.DUTY, now)
    for key in ("CG", "HB", None):
        for code, metric in METRICS.items():
            if metric.rows is None:
                continue
            found = one.table("unit")[key or ""][code]
            live = {
                (item.no, item.n or 0)
                for item in evaluation.items(
                    flow.DUTY, code, "denominator", period, key=key, limit=500, now=now
                ).items
            }
            stored = {(row.no, row.n) for row in one.behind(code, "denominator", key=key)}
            assert stored == live, (key, code)
            assert len(stored) == (found.numerator if metric.how == "inhabitants" else found.denominator)
            if metric.right:
                full = found.extra.get("full", found.numerator)
                assert len(one.behind(code, "numerator", key=key)) == full


def test_a_case_that_changes_later_changes_no_snapshot(store, period, now, policy):
    one = snapshots.freeze(period, flow.DUTY, now)
    before = one.table("unit")
    for name in ("forgotten", "waiting"):
        life = store[name]
        life.at = now
        if name == "forgotten":
            life.sign()
            life.feedback()
        life.accept()
        life.call()
    assert snapshots.load(one.id).table("unit") == before
    assert snapshots.verify(one.id) == []
    live = evaluation.evaluate(flow.DUTY, period, now=now + timedelta(days=1))[""]
    assert live["M1"].denominator == before[""]["M1"].denominator


@pytest.mark.parametrize(
    ("name", "moment", "said"),
    [
        ("2018Q3", "2018-06-30T09:00", "还没有开始"), ("2018Q3", "2018-09-30T23:59", "初步"),
        ("2019Q3", "2019-10-08T09:00", "没有数据"), ("2018Q1", "2018-10-08T09:00", "没有数据"),
    ],
)  # fmt: skip
def test_the_future_the_running_and_the_empty_are_not_frozen(store, policy, at, name, moment, said):
    with pytest.raises(Refused, match=said):
        snapshots.freeze(quarter(name, policy.zone), flow.DUTY, at(moment))
    assert snapshots.every() == []


def test_only_published_periods_by_those_who_publish_and_once(store, period, now, policy):
    for actor in (flow.DESK, flow.LEAD, flow.CG, Actor("government", "gov")):
        with pytest.raises(Refused, match="wrong_role"):
            snapshots.freeze(period, actor, now)
    for other in (on("weekly", now.date(), policy.zone), special(now.date(), now.date(), policy.zone)):
        with pytest.raises(Refused, match="只冻结月、季、年"):
            snapshots.freeze(other, flow.DUTY, now)
    snapshots.freeze(period, flow.INSPECTOR, now)
    with pytest.raises(Refused, match="已经冻结"):
        snapshots.freeze(period, flow.DUTY, now)


def test_the_database_itself_refuses_to_change_or_remove_a_snapshot(store, period, now):
    snapshots.freeze(period, flow.DUTY, now)
    exclusions.exclude(store["happy"].no, "", "恶意投诉", flow.DUTY, now)
    for sql in (
        "UPDATE casework_snapshot SET reason = 'x'", "DELETE FROM casework_snapshot",
        "UPDATE casework_snapshot_rows SET kind = 'x'", "DELETE FROM casework_snapshot_rows",
        "UPDATE casework_exclusion SET reason = 'x'", "DELETE FROM casework_exclusion",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.run(sql)


def without_triggers():
    """What somebody with the database's own password could do."""
    for table in ("casework_snapshot", "casework_snapshot_rows"):
        if connection.vendor == "postgresql":
            rows.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            rows.run(f"DROP TRIGGER {table}_no_update")


def test_tampering_with_numbers_rows_or_settings_shows(store, period, now):
    one = snapshots.freeze(period, flow.DUTY, now)
    without_triggers()
    found = one.rows["assigned"]
    better = [row._replace(marks=row.marks.replace("1", "2")) for row in found]
    attempts = [
        ("UPDATE casework_snapshot_rows SET data = %s WHERE kind = 'assigned'", frozen.pack(better), frozen.pack(found)),
        ("UPDATE casework_snapshot_rows SET data = %s WHERE kind = 'closed'", b"nonsense", frozen.pack(one.rows["closed"])),
        ("UPDATE casework_snapshot SET settings = %s", one.settings.replace("35", "5"), one.settings),
        ("UPDATE casework_snapshot SET position = %s", one.position + 1, one.position),
        ("UPDATE casework_snapshot SET results = %s", one.results[:-1] + b"x", one.results),
    ]  # fmt: skip
    for sql, forged, true in attempts:
        rows.run(sql, [forged])
        assert snapshots.verify(one.id), sql
        rows.run(sql, [true])
        assert snapshots.verify(one.id) == [], sql


def test_a_revision_drops_what_was_excluded_and_names_its_predecessor(store, period, now):
    first = snapshots.freeze(period, flow.DUTY, now)
    with pytest.raises(Refused, match="没有新剔除的件"):
        snapshots.revise(first.id, "申诉", flow.DUTY, now)
    late = store["late"]
    exclusions.exclude(late.no, late.unit, "非本单位原因", flow.INSPECTOR, now, reference="2018-SS-1")
    second = snapshots.revise(first.id, "申诉成立：2018-SS-1", flow.INSPECTOR, now + timedelta(days=1))
    assert (second.id, second.predecessor, second.reason) == ("KP-2018Q3-2", first.id, "申诉成立：2018-SS-1")
    assert snapshots.verify(second.id) == snapshots.verify(first.id) == []
    was, is_ = first.table()[""], second.table()[""]
    assert is_["M2"].denominator == was["M2"].denominator - 1
    assert is_["M2"].numerator == was["M2"].numerator
    assert late.no in {row.no for row in first.behind("M2", "rest")}
    assert late.no not in {row.no for rows_ in second.rows.values() for row in rows_}
    assert [one.id for one in snapshots.every()] == [second.id, first.id]
    with pytest.raises(Refused, match="已有修订"):
        snapshots.revise(first.id, "再改", flow.DUTY, now)


def test_a_revision_is_made_of_the_stored_rows_not_of_what_became_of_the_cases(store, period, now):
    first = snapshots.freeze(period, flow.DUTY, now)
    life = store["forgotten"]
    life.at = now
    life.sign()
    exclusions.exclude(store["happy"].no, "", "恶意投诉", flow.DUTY, now)
    second = snapshots.revise(first.id, "恶意投诉", flow.DUTY, now)
    assert life.no in {row.no for row in second.behind("M2", "rest")}


def test_weights_of_a_snapshot_stay_what_they_were(store, period, now):
    from liandong.district.models import Measure

    first = snapshots.freeze(period, flow.DUTY, now)
    Measure.objects.filter(key="weight_M12").update(value=90)
    assert snapshots.load(first.id).measuring.weights["M12"] == 30
    assert snapshots.verify(first.id) == []


def test_numbers_of_a_higher_floor_are_frozen_with_the_rest(store, period, now):
    outside = {"M23": {"CG": evaluation.Result(9, 10, 0.9, 0.6, 0.98, True, {"median_seconds": 12.0})}}
    one = snapshots.freeze(period, flow.DUTY, now, outside=outside)
    assert snapshots.load(one.id).table("unit")["CG"]["M23"].extra == {"median_seconds": 12.0}
    assert snapshots.verify(one.id) == []
