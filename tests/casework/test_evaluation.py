"""Part E counted from a store of every kind of case, and recounted by hand from the events alone (M1-M25, R57, R19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework import evaluation, queries, rows
from liandong.casework.check import check
from liandong.casework.evaluation import METRICS, Result, exclusions
from liandong.casework.evaluation.values import rate
from liandong.casework.execute import Refused
from liandong.district import measuring, packs
from liandong.rules.model import Actor
from liandong.rules.periods import quarter, special
from support import flow, lives
from support.policy import PACK
from support.recount import recount

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
GOVERNMENT, SYSTEM = Actor("government", "gov"), Actor("system", "clock")


@pytest.fixture
def store(at, policy):
    """Two of every life in July 2018 under ever another unit; label → life."""
    packs.load(PACK)
    made = {}
    for n, script in enumerate((*lives.SCRIPTS, *lives.SCRIPTS)):
        start = at("2018-07-02T09:00").replace(day=2 + n // 9, hour=9 + n % 2, minute=n % 50)
        made[f"{script.__name__}{n // len(lives.SCRIPTS)}"] = lives.live(script, n, start, policy)
    return made


@pytest.fixture
def period(policy):
    return quarter("2018Q3", policy.zone)


@pytest.fixture
def now(at):
    return at("2018-10-08T09:00")


def behind(viewer, code, part, period, now, **where):
    """Numbers of the cases behind a figure through all of its pages, seven a page."""
    found, after = [], None
    while True:
        page = evaluation.items(viewer, code, part, period, after=after, limit=7, now=now, **where)
        found += [(item.no, item.n) for item in page.items]
        after = page.next
        if after is None:
            assert len(set(found)) == len(found)
            return [no for no, _ in found]


def lookup(no):
    """A case as the duty office sees it."""
    return queries.get_case(no, flow.DUTY)


# -- numbers ----------------------------------------


def test_every_number_equals_the_recount_from_the_events(store, period, now, policy):
    table = evaluation.evaluate(flow.DUTY, period, now=now)[""]
    wanted = recount(policy, period.start, period.end, now)
    assert len(wanted) == 22
    for code, (right, among) in wanted.items():
        counted = table[code]
        assert (round(counted.numerator, 6), counted.denominator) == (round(right, 6), among), code
        assert among, f"{code} has no case in this store: the comparison says nothing"


def test_a_running_quarter_counts_only_what_is_due_already(store, period, at, policy):
    moment = at("2018-07-05T15:30")
    table = evaluation.evaluate(flow.DUTY, period, now=moment)[""]
    assert evaluation.is_preliminary(period, moment)
    assert 0 < table["M2"].denominator < 40
    later = evaluation.evaluate(flow.DUTY, period, now=at("2018-10-08T09:00"))[""]
    assert table["M2"].denominator < later["M2"].denominator


def test_units_and_townships_add_up_to_the_whole(store, period, now):
    for by in ("unit", "township"):
        table = evaluation.evaluate(flow.DUTY, period, by=by, now=now)
        whole = evaluation.evaluate(flow.DUTY, period, now=now)[""]
        for code, metric in METRICS.items():
            if metric.rows is None or metric.how == "inhabitants":
                continue
            assert sum(one[code].denominator for key, one in table.items() if key) == whole[code].denominator
            assert table[""][code].denominator == whole[code].denominator, code


def test_every_number_is_the_number_of_its_cases(store, period, now):
    table = evaluation.evaluate(flow.DUTY, period, by="unit", now=now)
    for key in ("CG", ""):
        for code, metric in METRICS.items():
            if metric.rows is None:
                continue
            one = table[key][code]
            where = {"key": key} if key else {}
            full = one.extra.get("full", one.numerator)
            among = one.numerator if metric.how == "inhabitants" else one.denominator
            wanted = {"denominator": among}
            if metric.right or metric.above:
                wanted["numerator"] = full
            if metric.right:
                wanted["rest"] = among - full - one.extra.get("half", 0)
            if metric.half:
                wanted["half"] = one.extra["half"]
            for part, number in wanted.items():
                assert len(behind(flow.DUTY, code, part, period, now, **where)) == number, (key, code, part)
                assert evaluation.how_many(flow.DUTY, code, part, period, now=now, **where) == number


@pytest.mark.parametrize("viewer", [flow.LEAD, flow.INSPECTOR], ids=lambda one: one.role)
def test_all_who_see_cases_see_the_same_numbers_and_cases(store, period, now, viewer):
    assert evaluation.evaluate(viewer, period, by="unit", now=now) == evaluation.evaluate(
        flow.DUTY, period, by="unit", now=now
    )
    for code in ("M1", "M5", "M14"):
        assert behind(viewer, code, "denominator", period, now) == behind(
            flow.DUTY, code, "denominator", period, now
        )


def test_a_township_opens_its_own_cases(store, period, now):
    table = evaluation.evaluate(flow.DUTY, period, by="township", now=now)
    for key, found in table.items():
        if key:
            lines = behind(flow.DUTY, "M24", "denominator", period, now, key=key, by="township")
            assert len(lines) == found["M24"].numerator


# -- what single metrics say ----------------------------------------


def test_a_return_that_was_ruled_back_was_wrong_and_one_that_was_ruled_away_was_not(store, period, now):
    wrong = set(behind(flow.DUTY, "M5", "numerator", period, now))
    assert {store["rejected0"].no, store["ruled_back0"].no} <= wrong
    assert store["passed_on0"].no not in wrong
    assert store["ruled_away0"].no not in wrong


def test_lateness_is_charged_to_whoever_held_the_time(store, period, now):
    """The first unit gave it back at once; the one that had it six days answers for that, with its own full limit."""
    one = store["ruled_away0"]
    late = evaluation.items(flow.DUTY, "M2", "rest", period, limit=200, now=now).items
    assert [item.unit for item in late if item.no == one.no] == [one.unit]


def test_what_was_suspended_is_left_out_of_the_on_time_rate_and_shown_apart(store, period, now):
    no = store["suspended0"].no
    assert no not in behind(flow.DUTY, "M2", "denominator", period, now)
    assert no in behind(flow.DUTY, "M18", "numerator", period, now)


def test_an_extension_helps_the_current_rate_and_not_the_original(store, period, now):
    kept, broken = store["kept0"].no, store["broken0"].no
    assert kept in behind(flow.DUTY, "M2", "numerator", period, now)
    assert kept not in behind(flow.DUTY, "M2_original", "numerator", period, now)
    assert broken not in behind(flow.DUTY, "M18_promise", "numerator", period, now)
    assert broken in behind(flow.DUTY, "M18_promise", "denominator", period, now)


def test_solved_at_first_means_one_assignment_and_no_rework(store, period, now):
    first = set(behind(flow.DUTY, "M8", "numerator", period, now))
    assert store["happy0"].no in first
    assert not {store[name].no for name in ("passed_on0", "reworked0", "partly0", "ruled_back0")} & first


def test_partly_solved_counts_by_the_setting(store, period, now):
    from liandong.district.models import Measure

    half = evaluation.evaluate(flow.DUTY, period, now=now)[""]["M13"]
    assert half.numerator == half.extra["full"] + half.extra["half"] / 2
    Measure.objects.filter(key="partly_percent").update(value=0)
    none = evaluation.evaluate(flow.DUTY, period, now=now)[""]["M13"]
    assert none.numerator == none.extra["full"]


def test_unreached_and_declined_are_in_neither_rate(store, period, now):
    said = set(behind(flow.DUTY, "M14", "denominator", period, now))
    assert store["unreached0"].no not in said
    assert store["recalled0"].no not in said
    assert store["unreached0"].no in behind(flow.DUTY, "M11", "numerator", period, now)
    assert store["unreached0"].no in behind(flow.DUTY, "M11_effective", "rest", period, now)


def test_a_merged_case_is_reached_with_its_first_caller_and_again_counts_by_round(
    store, period, now, at, policy
):
    """One round of calls is one line however many callers it has; who is still to be called takes nothing away."""
    life, other = (lives.Life(n, at("2018-07-24T09:00"), policy) for n in (950, 951))
    life.begin()
    other.register()
    flow.do("merge", other.no, flow.DESK, other.at, policy, target=life.no, reason="同一件事")
    life.at += timedelta(minutes=5)
    life.sign()
    life.feedback()
    life.accept()
    life.call()
    assert lookup(life.no)["state"] == "callback"
    assert life.no in behind(flow.DUTY, "M11_effective", "numerator", period, now)
    life.call(satisfaction="dissatisfied", solved="no")  # the second caller: once again
    assert lookup(life.no)["state"] == "handling"
    life.feedback()
    life.accept()
    life.do("call_back", flow.DESK, reached=False)  # this round reached nobody yet, the first one did
    assert behind(flow.DUTY, "M11_effective", "numerator", period, now).count(life.no) == 1
    assert behind(flow.DUTY, "M11_effective", "rest", period, now).count(life.no) == 1
    test_every_number_equals_the_recount_from_the_events(store, period, now, policy)


def test_nobody_owes_a_call_to_who_asked_to_stay_anonymous(store, period, now):
    assert store["anonymous0"].no not in behind(flow.DUTY, "M12", "denominator", period, now)
    assert store["late0"].no in behind(flow.DUTY, "M12", "rest", period, now)


def test_reports_of_incidents_and_how_late_they_were(store, period, now):
    table = evaluation.evaluate(flow.DUTY, period, now=now)[""]
    assert (table["M21"].numerator, table["M21"].denominator) == (2, 2)
    assert (table["M21_written"].numerator, table["M21_written"].denominator) == (0, 2)
    assert table["M21_written"].extra["longest"] == 25


def test_the_same_person_with_the_same_matter_within_thirty_days_is_a_repetition(
    store, period, now, at, policy
):
    again = lives.Life(0, at("2018-07-20T09:00"), policy)
    again.n = 1000  # another reference, the same person
    again.register(caller={"name": "张三", "phone": "13800000000"})
    again.dispatch()
    assert behind(flow.DUTY, "M10", "numerator", period, now) == [again.no]


def test_what_no_catalogue_item_covers_is_a_gap(store, period, now):
    assert set(behind(flow.DUTY, "M25", "numerator", period, now)) == {store["gap0"].no, store["gap1"].no}


def test_the_composite_has_the_weights_of_the_setting_and_needs_enough_of_each(store, period, now):
    table = evaluation.evaluate(flow.DUTY, period, by="unit", now=now)
    whole = table[""]
    wanted = 30 * whole["M12"].value + 35 * whole["M13"].value + 35 * whole["M14"].value
    assert whole["M15"].value == pytest.approx(wanted)
    assert table["U-W"]["M15"].value is None
    assert not table["U-W"]["M15"].enough


def test_inhabitants_give_a_number_only_where_they_are_known(store, period, now):
    from datetime import date

    from liandong.district.models import Inhabitants

    Inhabitants.objects.create(
        township="500110001", people=100_000, valid_from=date(2018, 1, 1), source="统计公报"
    )
    table = evaluation.evaluate(flow.DUTY, period, by="township", now=now)
    known = table["500110001"]["M24"]
    assert known.value == known.numerator / 10
    assert table["500110108"]["M24"].value is None
    assert table["500110108"]["M24"].numerator > 0


# -- what is left out ----------------------------------------


def test_what_began_before_the_start_of_operation_is_left_out(at, policy):
    packs.load(PACK)
    lives.live(lives.happy, 1, at("2018-05-29T09:00"), policy)
    counted = lives.live(lives.happy, 2, at("2018-06-01T09:00"), policy)
    period = quarter("2018Q2", policy.zone)
    later = at("2018-07-02T09:00")
    table = evaluation.evaluate(flow.DUTY, period, now=later)[""]
    assert table["M2"].denominator == 1
    assert behind(flow.DUTY, "M14", "denominator", period, later) == [counted.no]


def test_tests_drills_and_voided_cases_are_nobodys(store, period, now, at, policy):
    before = evaluation.evaluate(flow.DUTY, period, now=now)[""]
    life = lives.Life(900, at("2018-07-12T09:00"), policy)
    life.register(source={"channel": "test", "ref": "test-1"})
    life.dispatch()
    assert evaluation.evaluate(flow.DUTY, period, now=now)[""] == before
    assert store["voided0"].no not in behind(flow.DUTY, "M20", "denominator", period, now)


def test_complaints_about_police_are_in_nobodys_number(store, period, now, at, policy):
    before = evaluation.evaluate(flow.DUTY, period, now=now)[""]
    no = flow.register(at("2018-07-12T09:00"), policy, "police")
    flow.dispatch(no, at("2018-07-12T09:01"), policy, unit="GA", matter="GA-07")
    for viewer in (flow.DUTY, flow.INSPECTOR, GOVERNMENT):
        assert evaluation.evaluate(viewer, period, now=now)[""] == before


def test_an_excluded_case_counts_for_nobody_or_not_for_the_one_unit(store, period, now):
    one, two = store["passed_on0"], store["happy0"]
    first = one.policy and lives.UNITS[one.n % len(lives.UNITS)]
    exclusions.exclude(one.no, first, "不是本单位的件", flow.INSPECTOR, now)
    exclusions.exclude(two.no, "", "恶意投诉", flow.DUTY, now)
    whole = evaluation.items(flow.DUTY, "M18", "denominator", period, limit=500, now=now).items
    assert two.no not in {item.no for item in whole}
    assert [item.unit for item in whole if item.no == one.no] == [one.unit]


def test_only_the_duty_office_and_inspectors_exclude_once_with_a_reason(store, now):
    no = store["happy0"].no
    for actor in (flow.DESK, flow.LEAD, flow.CG, GOVERNMENT):
        with pytest.raises(Refused) as error:
            exclusions.exclude(no, "", "理由", actor, now)
        assert error.value.refusal.code == "wrong_role"
    with pytest.raises(Refused, match="R67"):
        exclusions.exclude(no, "", "  ", flow.DUTY, now)
    with pytest.raises(Refused, match="not_found"):
        exclusions.exclude("QJFL-500110-20180601-00001-0", "", "理由", flow.DUTY, now)
    exclusions.exclude(no, "", "理由", flow.DUTY, now)
    with pytest.raises(Refused, match="已经剔除"):
        exclusions.exclude(no, "", "理由", flow.DUTY, now)


# -- who sees what ----------------------------------------


def test_a_unit_is_told_of_itself_alone(store, period, now):
    table = evaluation.evaluate(flow.CG, period, by="unit", now=now)
    assert set(table) == {"CG"}
    assert table["CG"] == evaluation.evaluate(flow.DUTY, period, by="unit", now=now)["CG"]
    assert not evaluation.items(flow.CG, "M2", "denominator", period, key="HB", now=now).items
    own = {
        item.no for item in evaluation.items(flow.CG, "M2", "denominator", period, limit=500, now=now).items
    }
    assert own == set(behind(flow.DUTY, "M2", "denominator", period, now, key="CG"))


def test_the_government_sees_numbers_and_no_case_and_others_nothing(store, period, now):
    assert evaluation.evaluate(GOVERNMENT, period, now=now) == evaluation.evaluate(flow.DUTY, period, now=now)
    assert not evaluation.items(GOVERNMENT, "M2", "denominator", period, now=now).items
    for actor in (flow.DESK, flow.AUDITOR, flow.SYSADMIN, flow.INSPECTORATE):
        assert evaluation.evaluate(actor, period, now=now) == {}
        assert not evaluation.items(actor, "M2", "denominator", period, now=now).items


def test_an_unknown_metric_or_part_is_refused_in_words(store, period, now):
    for code, part in (("M99", "denominator"), ("M2", "half"), ("M15", "numerator"), ("M2", "all")):
        with pytest.raises(Refused) as error:
            evaluation.items(flow.DUTY, code, part, period, now=now)
        assert error.value.refusal.code == "bad_value"


def test_an_empty_period_has_no_value_and_no_place(store, policy, now):
    empty = special(now.date() + 400 * DAY, now.date() + 430 * DAY, policy.zone)
    table = evaluation.evaluate(flow.DUTY, empty, by="unit", now=now)
    assert set(table) == {""}
    for code, metric in METRICS.items():
        if metric.unit == "rate":
            assert table[""][code].value is None
            assert not table[""][code].enough


# -- the store ----------------------------------------


def test_assignments_are_derived_again_and_compared(store, policy):
    assert check(policy) == []
    rows.run("UPDATE casework_assignment SET outcome = 'on_time' WHERE outcome = 'late'")
    assert {one.kind for one in check(policy)} == {"assignment_wrong"}


def test_counting_costs_the_same_statements_whatever_there_is(store, period, now, at, policy):
    def statements():
        with CaptureQueriesContext(connection) as found:
            evaluation.evaluate(flow.DUTY, period, by="unit", now=now)
        return len(found)

    statements()  # the policy is read once
    first = statements()
    for n in range(20):
        lives.live(lives.happy, 100 + n, at("2018-08-06T09:00") + n * lives.MINUTE, policy)
    assert statements() == first


def test_settings_come_from_the_pack_with_their_sources(store):
    found = measuring.current()
    assert found.weights == {"M12": 30, "M13": 35, "M14": 35}
    assert found.go_live.isoformat() == "2018-06-01"
    assert all(one.source and one.clause for one in found.settings.values())


def test_the_average_of_a_group_is_by_its_cases(store, period, now):
    table = evaluation.evaluate(SYSTEM, period, by="unit", now=now)
    together = evaluation.group_average(period, "township", now=now)["M2"]
    units = [table[code]["M2"] for code in ("JZ-500110001", "JZ-500110108")]
    assert together == rate(sum(u.numerator for u in units), sum(u.denominator for u in units), 10)
    assert isinstance(together, Result)
