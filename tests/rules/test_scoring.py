"""How numbers are judged: intervals, medians, places among equals, the composite score, hours without pauses (part E)."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules.scoring import composite, group_of, mean, quantile, rank, wilson, working_hours
from support.policy import load

COUNTS = st.integers(0, 5000).flatmap(lambda among: st.tuples(st.integers(0, among), st.just(among)))
VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(COUNTS)
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(counts):
    right, among = counts
    found = wilson(right, among)
    if not among:
        assert found is None
        return
    low, high = found
    assert 0 <= low <= right / among <= high <= 1
    mirrored = wilson(among - right, among)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-9)


@given(st.integers(1, 200), st.integers(2, 20))
def test_more_cases_of_the_same_share_make_a_narrower_interval(right, times):
    few, many = wilson(right, 2 * right), wilson(right * times, 2 * right * times)
    assert many[1] - many[0] < few[1] - few[0]


def test_a_known_interval():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    for bad in ((3, 2), (-1, 5), (0, -1)):
        with pytest.raises(ValueError, match="no share"):
            wilson(*bad)


@given(VALUES, st.floats(0, 1))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values, share):
    ordered = sorted(values)
    found = quantile(ordered, share)
    if share != 0.5:
        assert found in ordered
        assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-6
    assert ordered[0] <= found <= ordered[-1]


@given(VALUES)
def test_the_half_is_the_median(values):
    assert quantile(sorted(values), 0.5) == pytest.approx(median(values))
    assert quantile([], 0.5) is mean([]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=20), st.sampled_from(["high", "low"]))
def test_places_follow_values_and_nobody_with_few_cases_has_one(entries, better):
    given_ = [(n, round(value, 3), enough) for n, (value, enough) in enumerate(entries)]
    placed = rank(given_, better=better)
    assert sorted(one.key for one in placed) == list(range(len(entries)))
    for one in placed:
        enough = given_[one.key][2]
        assert (one.place is not None) == enough
        if enough:
            ahead = [
                v for _, v, ok in given_ if ok and (v > one.value if better == "high" else v < one.value)
            ]
            assert one.place == len(ahead) + 1


def test_ties_share_a_place_and_the_next_is_skipped():
    placed = rank(
        [("a", 0.9, True), ("b", 0.9, True), ("c", 0.8, True), ("d", 1.0, False), ("e", None, False)]
    )
    assert [(one.key, one.place, one.why) for one in placed] == [
        ("a", 1, ""), ("b", 1, ""), ("c", 3, ""), ("d", None, "few"), ("e", None, "none"),
    ]  # fmt: skip


@given(st.tuples(*[st.floats(0, 1)] * 3), st.tuples(*[st.floats(0, 100)] * 3))
def test_a_composite_lies_between_its_worst_and_its_best_part(parts, weights):
    codes = ("M12", "M13", "M14")
    found = composite(dict(zip(codes, parts, strict=True)), dict(zip(codes, weights, strict=True)))
    if sum(weights) <= 0:
        assert found is None
    else:
        used = [part for part, weight in zip(parts, weights, strict=True) if weight > 0]
        assert 100 * min(used) - 1e-6 <= found <= 100 * max(used) + 1e-6


def test_a_composite_without_one_of_its_parts_is_none():
    assert composite({"M12": 0.9, "M13": None, "M14": 0.8}, {"M12": 30, "M13": 35, "M14": 35}) is None
    assert composite(
        {"M12": 0.9, "M13": None, "M14": 0.7}, {"M12": 50, "M13": 0, "M14": 50}
    ) == pytest.approx(80)
    assert composite({"M12": 1.0}, {"M12": -1}) is None


def test_the_duty_office_is_ranked_in_no_group():
    assert group_of("command") is None
    assert [group_of(kind) for kind in ("department", "police", "township", "park", "utility")] == [
        "department", "department", "township", "township", "utility",
    ]  # fmt: skip


MOMENTS = st.integers(0, 60 * 24 * 40).map(lambda n: 1_530_000_000_000 + n * 60_000)


@given(MOMENTS, MOMENTS, st.lists(st.tuples(MOMENTS, MOMENTS), max_size=4))
def test_hours_with_pauses_are_the_calendar_s_own_minus_what_lies_in_any_pause(start, end, pauses):
    calendar = load().calendar

    def position(ms):
        return calendar.position(datetime.fromtimestamp(ms / 1000, UTC))

    found = working_hours(position, start, end, pauses)
    minutes = {
        at for at in range(start, max(start, end), 60_000)
        if not any(a <= at < b for a, b in pauses)
    }  # fmt: skip
    by_hand = (
        sum(position(at + 60_000) - position(at) for at in sorted(minutes)) / 3600
        if len(minutes) < 3000
        else found
    )
    assert found == pytest.approx(by_hand, abs=1e-3)
    assert 0 <= found <= max(0, end - start) / 3_600_000 + 1e-9
