"""A proposed level: each norm's own 以上 and 以下, what decided, what would change it, sensitivity on its own (R39, C7)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liandong.district import grading
from liandong.rules.codes import LEVELS
from liandong.rules.grading import CIVIL_CODE, GradingError, Reading, condition, propose
from support.world import PACK

DAY = date(2018, 6, 1)
MADE = grading.read(PACK)
TABLE = grading.table_of(MADE, DAY)


def level(kind, factors=(), **numbers):
    return propose(TABLE, kind, numbers, factors, DAY).level


@pytest.mark.parametrize(
    ("dead", "expected"),
    [
        (0, None),
        (1, "general"),
        (2, "general"),
        (3, "larger"),
        (9, "larger"),
        (10, "major"),
        (29, "major"),
        (30, "extreme"),
    ],
)
def test_decree_493_includes_the_number_in_yishang_and_excludes_it_in_yixia(dead, expected):
    assert level("work_safety", dead=dead) == expected


def test_money_is_read_to_the_yuan():
    assert level("work_safety", loss=9_999_999) == "general"
    assert level("work_safety", loss=10_000_000) == "larger"
    assert level("work_safety", loss=100_000_000) == "extreme"


def test_environment_has_its_own_numbers():
    assert level("environment", evacuated=4_999) == "general"
    assert level("environment", evacuated=5_000) == "larger"
    assert level("environment", evacuated=50_000) == "extreme"
    assert level("environment", loss=20_000_000) == "major"


def test_where_a_norm_is_silent_both_levels_hold_and_the_higher_counts():
    kind = TABLE.kinds["geology"]
    assert kind.reading == CIVIL_CODE
    three = [
        row.level for row in kind.rows if row.conditions[0].measure == "dead" and row.conditions[0].holds(3)
    ]
    assert three == ["general", "larger"]
    assert level("geology", dead=3) == "larger"


def test_a_number_that_the_norm_left_out_counts_as_the_graver_one_and_says_so():
    found = propose(TABLE, "food", {"poisoned": 100, "dead": 0}, (), DAY)
    assert found.level == "larger"
    assert "从重" in found.why
    assert level("food", poisoned=99, dead=0) == "general"
    assert level("food", poisoned=29, dead=0) is None
    assert level("food", poisoned=101, dead=1) == "major"


def test_the_row_and_the_number_that_decided_are_cited():
    found = propose(TABLE, "work_safety", {"dead": 3, "injured": 2}, (), DAY)
    assert found.event_level == "larger"
    assert "死亡（含失踪）3人" in found.why
    assert "“3人以上10人以下死亡”为较大" in found.why
    assert "重伤" not in found.why.split("；")[0]
    assert not found.unverified


def test_what_would_change_the_answer_is_said():
    found = propose(TABLE, "work_safety", {"dead": 2, "injured": 0}, (), DAY)
    said = {change.measure: change for change in found.changes}
    assert said["dead"].words == "再有1人死亡，即为较大"
    assert said["injured"].words == "再有10人重伤，即为较大"
    assert said["loss"].unknown
    assert said["loss"].words == "直接经济损失尚不清楚，达到1000万元，即为较大"


def test_unknown_is_not_zero():
    found = propose(TABLE, "food", {"poisoned": 50, "dead": None}, (), DAY)
    assert found.level is None
    assert any(change.unknown and change.measure == "dead" for change in found.changes)


def test_sensitivity_raises_on_its_own_and_says_why():
    found = propose(TABLE, "other", {}, ("school",), DAY)
    assert (found.event_level, found.level) == (None, "larger")
    assert found.reasons[0].by == "sensitivity"
    assert "学校" in found.why
    assert found.report_anyway


def test_a_factor_that_raises_nothing_is_still_reported_whatever_the_level():
    found = propose(TABLE, "work_safety", {"dead": 1}, ("public_figure",), DAY)
    assert found.level == "general"
    assert found.report_anyway


def test_development_raises_after_sensitivity_and_never_beyond_the_highest():
    assert level("work_safety", ("spreading",), dead=1) == "larger"
    assert level("work_safety", ("school", "minors", "spreading"), dead=3) == "extreme"
    assert level("work_safety", ("school", "spreading"), dead=30) == "extreme"
    assert level("work_safety", ("contained",), dead=3) == "larger"


def test_a_row_nobody_verified_is_said_to_be_so():
    found = propose(TABLE, "environment", {"dead": 3}, (), DAY)
    assert found.unverified
    assert "（未核实）" in found.why


@pytest.mark.parametrize(
    ("kind", "numbers", "factors", "field"),
    [
        ("flood", {}, (), "kind"),
        ("work_safety", {"dead": -1}, (), "dead"),
        ("work_safety", {"cats": 1}, (), "cats"),
        ("work_safety", {"dead": 10**14}, (), "dead"),
        ("work_safety", {}, ("magic",), "factors"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(kind, numbers, factors, field):
    with pytest.raises(GradingError) as refused:
        propose(TABLE, kind, numbers, factors, DAY)
    assert refused.value.field == field
    assert "R" in str(refused.value)


def test_a_norm_counts_from_its_first_day():
    before = grading.table_of(MADE, date(2016, 11, 30))
    assert "tourism" not in before.kinds
    assert "work_safety" in before.kinds


def test_a_norms_words_become_numbers_that_are_both_included():
    exclusive = Reading(True, False)
    assert condition("dead", exclusive, above=3, below=10)[1:] == (3, 9)
    assert condition("dead", CIVIL_CODE, above=3, below=10)[1:] == (3, 10)
    assert condition("dead", CIVIL_CODE, over=100)[1:] == (101, None)
    assert condition("dead", CIVIL_CODE, under=3)[1:] == (1, 2)
    assert condition("dead", CIVIL_CODE, end=0)[1:] == (0, 0)
    for wrong in ({}, {"above": 1, "over": 2}, {"above": 5, "below": 4}):
        with pytest.raises(GradingError):
            condition("dead", CIVIL_CODE, **wrong)


KINDS = st.sampled_from([kind for kind in TABLE.kinds.values() if kind.rows])


def rank(found):
    return LEVELS.index(found or "none")


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, data=st.data())
def test_more_never_lowers_a_level(kind, data):
    at_most = 200_000
    numbers = {code: data.draw(st.integers(0, at_most), code) for code in kind.measures}
    code = data.draw(st.sampled_from(kind.measures))
    more = {**numbers, code: numbers[code] + data.draw(st.integers(0, at_most))}
    assert rank(propose(TABLE, kind.code, more, (), DAY).level) >= rank(
        propose(TABLE, kind.code, numbers, (), DAY).level
    )


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, data=st.data())
def test_every_single_condition_changes_the_answer_exactly_at_its_own_bound(kind, data):
    row = data.draw(st.sampled_from([row for row in kind.rows if len(row.conditions) == 1]))
    (one,) = row.conditions
    assert rank(propose(TABLE, kind.code, {one.measure: one.low}, (), DAY).event_level) >= rank(row.level)
    below = propose(TABLE, kind.code, {one.measure: one.low - 1}, (), DAY).event_level
    gap = any(
        c.high is not None and c.high < one.low - 1
        for r in kind.rows
        for c in r.conditions
        if c.measure == one.measure
    )
    assert rank(below) < rank(row.level) or gap


@settings(max_examples=200, deadline=None)
@given(kind=KINDS, data=st.data())
def test_following_what_would_change_it_changes_it(kind, data):
    numbers = {code: data.draw(st.integers(0, 60), code) for code in kind.measures}
    found = propose(TABLE, kind.code, numbers, (), DAY)
    for row in kind.rows:
        if rank(row.level) > rank(found.event_level):
            lifted = {one.measure: max(one.low, numbers[one.measure]) for one in row.conditions}
            assert rank(propose(TABLE, kind.code, {**numbers, **lifted}, (), DAY).event_level) >= rank(
                row.level
            ) or any(one.high is not None and one.high < numbers[one.measure] for one in row.conditions)


@settings(max_examples=200, deadline=None)
@given(kind=KINDS, data=st.data())
def test_sensitivity_never_lowers_and_raises_at_most_two_levels(kind, data):
    numbers = {code: data.draw(st.one_of(st.none(), st.integers(0, 100)), code) for code in kind.measures}
    factors = data.draw(st.sets(st.sampled_from(sorted(TABLE.factors))))
    found = propose(TABLE, kind.code, numbers, factors, DAY)
    assert rank(found.level) >= rank(found.event_level)
    assert rank(found.level) <= max(rank(found.event_level), 1) + 2
