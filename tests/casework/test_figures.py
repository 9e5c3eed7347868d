"""What is counted over a period: part E's numbers, and exactly the cases behind each of them (metrics M1-M22, R19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework.figures import FIGURES, NOWHERE, Count, Filters, Window, items, tally
from liandong.casework.models import Case
from liandong.district import packs
from liandong.rules.model import Actor
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
GOVERNMENT = Actor("government", "gov")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now(at):
    return at("2018-06-04T09:00")  # a Monday


def ms(at):
    return int(at.timestamp() * 1000)


@pytest.fixture
def over(at):
    """``over(days, now)``: from the first of June, judged at ``now``."""

    def make(now, first="2018-06-01T00:00"):
        return Window(ms(at(first)), ms(now), ms(now), 8 * 3_600_000)

    return make


def count(viewer, code, window, filters=None):
    return tally(viewer, (code,), window, filters).get("", {}).get(code, Count())


def behind(viewer, code, window, filters=None, part="among"):
    """Numbers of the cases of a figure through all of its pages, two a page."""
    found, after = [], None
    while True:
        page = items(viewer, FIGURES[code], window, filters, part=part, after=after, limit=2)
        found += page.items
        after = page.next
        if after is None:
            return [item.no for item in found]


def signed(no, now, policy, unit=flow.CG):
    flow.do("sign", no, unit, now, policy, receiver="张工")


def finished(no, now, policy, unit=flow.CG, **call):
    """From feedback to the call back."""
    flow.do(
        "feedback", no, unit, now, policy, result="resolved", text="已处理", contacted_caller=True,
        contacted_at=now.isoformat(),
    )  # fmt: skip
    flow.do("accept_feedback", no, flow.DESK, now + MINUTE, policy)
    said = {"reached": True, "satisfaction": "satisfied", "solved": "yes", **call}
    flow.do("call_back", no, flow.DESK, now + 2 * MINUTE, policy, **said)


def returned(no, now, policy, unit=flow.CG):
    flow.do(
        "return", no, unit, now, policy, reason_code="not_our_duty", explanation="不归我们管",
        why_no_answer_now="需要现场查看", suggested_unit="HB",
    )  # fmt: skip


@pytest.fixture
def town(now, policy):
    """A week of lives, each of another kind; label → number."""
    packs.load(PACK)
    made = {}
    made["happy"] = flow.life(now, policy, "happy")
    for name in ("unsigned", "late_sign", "sad", "again", "back", "twice", "danger", "waiting"):
        made[name] = flow.register(now, policy, name)
        flow.dispatch(made[name], now + MINUTE, policy)
    made["desk"] = flow.register(now, policy, "desk", kind="consult")
    flow.do("answer", made["desk"], flow.DESK, now + MINUTE, policy, text="请带身份证", knowledge="none")
    made["merged"] = flow.register(now, policy, "merged")
    flow.do(
        "merge", made["merged"], flow.DESK, now + MINUTE, policy, target=made["waiting"], reason="同一件事"
    )
    made["police"] = flow.register(now, policy, "police")
    flow.dispatch(made["police"], now + MINUTE, policy, unit="GA", matter="GA-07")
    signed(made["late_sign"], now + 2 * HOUR, policy)
    for name in ("sad", "again", "waiting"):
        signed(made[name], now + 2 * MINUTE, policy)
    finished(made["sad"], now + HOUR, policy, satisfaction="dissatisfied", solved="partly")
    finished(made["again"], now + HOUR, policy, satisfaction="dissatisfied", solved="no")
    finished(made["again"], now + 2 * HOUR, policy)
    returned(made["back"], now + 3 * MINUTE, policy)
    flow.dispatch(made["back"], now + 10 * MINUTE, policy, unit="HB", matter="HB-01")
    signed(made["back"], now + 12 * MINUTE, policy, flow.HB)
    finished(made["back"], now + HOUR, policy, flow.HB)
    returned(made["twice"], now + 3 * MINUTE, policy)
    flow.dispatch(made["twice"], now + 5 * MINUTE, policy, unit="HB", matter="HB-01")
    returned(made["twice"], now + 8 * MINUTE, policy, flow.HB)
    flow.do("to_police", made["danger"], flow.CG, now + 3 * MINUTE, policy, reason="有人受伤")
    return made


def names(town, numbers):
    known = {no: name for name, no in town.items()}
    return sorted(known[no] for no in numbers)


VIEWERS = (flow.LEAD, flow.DUTY, flow.INSPECTOR)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.role)
def test_every_number_is_the_number_of_its_lines(town, now, over, viewer):
    window = over(now + 3 * DAY)
    left = (None, Filters(township="500110001"), Filters(units=("CG",)), Filters(kind="help", matter="HB-01"))
    for code in FIGURES:
        for filters in left:
            counted = count(viewer, code, window, filters)
            assert len(behind(viewer, code, window, filters)) == counted.among, code
            if FIGURES[code].right:
                assert len(behind(viewer, code, window, filters, "right")) == counted.right, code
                assert len(behind(viewer, code, window, filters, "rest")) == counted.among - counted.right, (
                    code
                )


def test_groups_add_up_to_the_whole_and_each_opens_its_own_lines(town, now, over):
    window = over(now + 3 * DAY)
    over_time = [code for code, figure in FIGURES.items() if figure.rows.when]
    whole = tally(flow.DUTY, over_time, window)[""]
    named = {
        "day": None,
        "hour": lambda key: Filters(hour=key),
        "unit": lambda key: Filters(units=(key or NOWHERE,)),
        **{
            by: lambda key, by=by: Filters(**{by: key or NOWHERE})
            for by in ("township", "matter", "kind", "case_class")
        },
    }
    for by, of in named.items():
        grouped = tally(flow.DUTY, over_time, window, by=by)
        for code in over_time:
            entries = {key: entry[code] for key, entry in grouped.items() if code in entry}
            assert sum(entry.among for entry in entries.values()) == whole[code].among, (code, by)
            assert sum(entry.right for entry in entries.values()) == whole[code].right, (code, by)
            for key, entry in entries.items() if of else ():
                assert len(behind(flow.DUTY, code, window, of(key))) == entry.among, (code, by, key)


def test_open_cases_by_age_and_holder_open_their_own_lines(town, now, over):
    window = over(now + 5 * DAY)
    for by, named in (("age", lambda key: Filters(age=key)), ("holder", lambda key: Filters(holder=key))):
        for key, entry in tally(flow.DUTY, ("overdue",), window, by=by).items():
            assert len(behind(flow.DUTY, "overdue", window, named(key))) == entry["overdue"].among
            assert len(behind(flow.DUTY, "overdue", window, named(key), "right")) == entry["overdue"].right


def test_merged_and_void_cases_are_not_counted_as_received(town, now, over):
    assert names(town, behind(flow.DUTY, "received", over(now + DAY))) == sorted(set(town) - {"merged"})


def test_signing_is_judged_by_the_due_whatever_the_unit_does_later(town, now, over):
    """M1: on time, late, and late because nobody signed; what went to the police is judged for nobody."""
    late = behind(flow.DUTY, "sign", over(now + DAY), part="rest")
    assert names(town, late) == ["late_sign", "police", "unsigned"]
    assert "danger" not in names(town, behind(flow.DUTY, "sign", over(now + DAY)))


def test_a_limit_that_is_not_over_yet_is_not_judged(town, now, over):
    assert count(flow.DUTY, "sign", over(now + 20 * MINUTE)) == Count(0, 0)
    assert count(flow.DUTY, "handle", over(now + DAY)) == Count(0, 0)  # the second working day has not ended


def test_what_is_paused_for_review_is_not_judged_before_it_goes_on(town, now, policy, over):
    """Part E, exclusions: a paused limit counts only when it goes on."""
    judged = behind(flow.DUTY, "handle", over(now + 3 * DAY), part="rest")
    assert town["waiting"] in judged
    flow.do(
        "feedback", town["waiting"], flow.CG, now + DAY, policy, result="resolved", text="已修好",
        contacted_caller=False,
    )  # fmt: skip
    assert town["waiting"] not in behind(flow.DUTY, "handle", over(now + 3 * DAY))


def test_an_extension_is_on_time_but_not_by_the_original_limit(town, now, policy, over, at):
    """M2: both rates, on the same dispatches."""
    no = town["waiting"]
    promised = at("2018-06-08T18:00")
    flow.do(
        "request_extension", no, flow.CG, now + HOUR, policy, reason="要等配件",
        told_caller_at=(now + 30 * MINUTE).isoformat(), told_by="电话", promised_at=promised.isoformat(),
    )  # fmt: skip
    flow.do("decide_extension", no, flow.DESK, now + 2 * HOUR, policy, approve=True, reason="同意")
    finished(no, at("2018-06-07T10:00"), policy)
    window = over(at("2018-06-11T00:00"))
    assert no in behind(flow.DUTY, "handle", window, part="right")
    assert no in behind(flow.DUTY, "handle_original", window, part="rest")
    assert count(flow.DUTY, "handle", window).among == count(flow.DUTY, "handle_original", window).among


def test_the_first_unit_was_right_where_it_also_finished(town, now, over):
    window = over(now + DAY)
    assert names(town, behind(flow.DUTY, "first_right", window, part="rest")) == ["back"]
    assert "desk" not in names(town, behind(flow.DUTY, "first_right", window))


def test_returns_count_each_time_and_the_second_is_also_a_dispute(town, now, over):
    """M4, M22."""
    window = over(now + DAY)
    assert names(town, behind(flow.DUTY, "returned", window)) == ["back", "twice", "twice"]
    assert names(town, behind(flow.DUTY, "disputed", window)) == ["twice"]
    by_unit = tally(flow.DUTY, ("returned",), window, by="unit")
    assert {key: entry["returned"].among for key, entry in by_unit.items()} == {"CG": 2, "HB": 1}


def test_what_went_to_the_police_after_a_dispatch_is_named_misdirected(town, now, over):
    """M20, the safety indicator."""
    assert names(town, behind(flow.DUTY, "misdirected", over(now + DAY))) == ["danger"]


def test_satisfaction_and_solutions_count_those_who_answered(town, now, over):
    """M13, M14: of those closed, those who said something; partly is not solved."""
    window = over(now + DAY)
    assert names(town, behind(flow.DUTY, "satisfied", window)) == ["again", "back", "happy", "sad"]
    assert names(town, behind(flow.DUTY, "satisfied", window, part="rest")) == ["sad"]
    assert names(town, behind(flow.DUTY, "solved", window, part="rest")) == ["sad"]
    assert names(town, behind(flow.DUTY, "reworked", window, part="right")) == ["again"]


def test_overdue_now_is_what_its_holder_is_late_with(town, now, over):
    window = over(now + 2 * HOUR)
    assert "unsigned" in names(town, behind(flow.DUTY, "overdue", window, part="right"))
    assert count(flow.DUTY, "overdue", window).among == Case.objects.filter(is_open=True).count()


def test_nobody_is_told_of_complaints_about_police_who_may_not_see_them(town, now, over):
    """R19: not in a list and not in a number."""
    window = over(now + DAY)
    for code in ("received", "sign"):
        assert town["police"] in behind(flow.DUTY, code, window)
        assert town["police"] not in behind(flow.INSPECTOR, code, window)
        assert count(flow.DUTY, code, window).among == count(flow.INSPECTOR, code, window).among + 1
        assert count(GOVERNMENT, code, window) == count(flow.INSPECTOR, code, window)


def test_the_government_is_told_numbers_and_no_case(town, now, over):
    window = over(now + DAY)
    assert count(GOVERNMENT, "received", window).among
    for code in FIGURES:
        assert behind(GOVERNMENT, code, window) == []


@pytest.mark.parametrize(
    "viewer",
    [flow.CG, flow.DESK, flow.SYSADMIN, flow.AUDITOR, Actor("reader", "x")],
    ids=lambda viewer: viewer.role,
)
def test_others_are_told_nothing(town, now, over, viewer):
    window = over(now + DAY)
    assert sum(count(viewer, code, window).among for code in FIGURES) == 0
    assert sum(len(behind(viewer, code, window)) for code in FIGURES) == 0


def test_days_and_hours_are_the_district_s(town, now, over, policy, at):
    flow.register(at("2018-06-05T00:10"), policy, "night", received_at=at("2018-06-05T00:05").isoformat())
    window = over(at("2018-06-06T00:00"))
    hours = tally(flow.DUTY, ("received",), window, by="hour")
    assert hours[24]["received"].among == 1  # Tuesday 00:05, not Monday 16:05 of another zone
    assert sorted(tally(flow.DUTY, ("received",), window, by="day")) == [17686, 17687]


def test_the_end_of_a_period_is_not_in_it(town, now, over, at):
    first = ms(now - MINUTE)
    assert count(flow.DUTY, "received", Window(first, first, ms(now), 0)).among == 0
    assert count(flow.DUTY, "received", Window(first, first + 1, ms(now), 0)).among


def test_statements_do_not_grow_with_the_cases(town, now, policy, over):
    def statements():
        with CaptureQueriesContext(connection) as asked:
            tally(flow.INSPECTOR, FIGURES, over(now + DAY), Filters(township="500110001"), by="unit")
        return len(asked)

    few = statements()
    for n in range(12):
        flow.life(now + n * MINUTE, policy, f"more-{n}")
    assert statements() == few == 6  # one for each kind of rows


def test_the_columns_of_older_cases_are_filled_from_their_states(town):
    """Migration 0004: what a case's state says stands in the columns that figures ask."""
    from importlib import import_module

    filling = import_module("liandong.casework.migrations.0004_figures").fill
    before = list(Case.objects.order_by("no").values_list("no", "satisfaction", "solved", "cycle"))
    assert ("satisfied", "yes", 1) in [row[1:] for row in before]
    Case.objects.update(satisfaction="", solved="", cycle=0)
    filling(None, connection.schema_editor())
    assert list(Case.objects.order_by("no").values_list("no", "satisfaction", "solved", "cycle")) == before
