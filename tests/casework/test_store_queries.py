"""Who sees what, lists, search, counts, tracking (contract §1, §6; R19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.casework.execute import NoSuchCase, Refused
from liandong.casework.history import events_of
from liandong.casework.models import Case
from liandong.casework.models import Reveal as RevealRow
from liandong.casework.queries import (
    BadCursor,
    allowed,
    counts,
    get_case,
    is_visible,
    list_cases,
    seen_only,
    track,
)
from liandong.casework.reveal import reveal, reveals
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.django_db
MACHINE = Actor("integration", "cad", scopes=frozenset({"register", "append"}))


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def look(policy, now):
    return lambda no, viewer: get_case(no, viewer, policy=policy, now=now)


def numbers(page):
    return [item["no"] for item in page.items]


def test_every_role_sees_its_share(policy, now, look):
    no = flow.register(now, policy, "a")
    flow.dispatch(no, now, policy)
    for viewer in (flow.DESK, flow.LEAD, flow.DUTY, flow.CG):
        assert look(no, viewer)["caller"]["phone"] == flow.PHONE
    inspector = look(no, flow.INSPECTOR)
    assert inspector["caller"]["phone"] == "138****1234"
    assert inspector["caller"]["name"] == "张*"
    assert flow.PHONE not in str(inspector)
    blind = ("government", "reader", "sysadmin", "secadmin", "auditor", "caller", "police_inspectorate")
    for viewer in (flow.HB, MACHINE, *(Actor(role, "x") for role in blind)):
        assert look(no, viewer) is None
        assert not is_visible(no, viewer, policy=policy, now=now)
        assert list_cases(viewer, policy=policy, now=now).items == []
        if viewer.role != "auditor":
            assert events_of(no, viewer, policy=policy, now=now) is None


def test_a_unit_sees_the_caller_only_while_it_holds_the_case(policy, now, look):
    no = flow.register(now, policy, "a")
    flow.dispatch(no, now, policy, assist_units=["HB"])
    assert look(no, flow.HB)["caller"]["phone"] == "138****1234"
    back = {
        "reason_code": "not_our_duty", "explanation": "不是", "why_no_answer_now": "不归我们", "suggested_unit": "HB",
    }  # fmt: skip
    flow.do("return", no, flow.CG, now, policy, **back)
    flow.dispatch(no, now, policy, unit="HB", matter="HB-01")
    assert look(no, flow.HB)["caller"]["phone"] == flow.PHONE
    former = look(no, flow.CG)
    assert (former["lead_unit"], former["caller"]["phone"]) == ("HB", "138****1234")


def test_the_complainant_of_a_report_is_hidden_from_units(policy, now, look):
    no = flow.register(now, policy, "a", kind="report")
    flow.dispatch(no, now, policy)
    seen = look(no, flow.CG)
    assert seen["caller"] is None
    assert flow.PHONE not in str(seen)
    history = str(events_of(no, flow.CG, policy=policy, now=now))
    assert flow.PHONE not in history
    assert "张三" not in history
    with pytest.raises(Refused) as caught:
        reveal(no, "caller.phone", "要打电话", flow.CG, now=now, policy=policy)
    assert caught.value.refusal.code == "not_your_case"
    assert look(no, flow.DESK)["caller"]["name"] == "张三"


def test_a_confidential_caller_is_masked_to_the_unit(policy, now, look):
    no = flow.register(now, policy, "a", caller={"name": "张三", "phone": flow.PHONE, "confidential": True})
    flow.dispatch(no, now, policy)
    assert look(no, flow.CG)["caller"]["phone"] == "138****1234"


def test_complaints_about_police_are_for_few(policy, now, look):
    no = flow.register(now, policy, "a", kind="complaint")
    assert look(no, flow.DESK) is not None
    flow.dispatch(no, now, policy, unit="GA", matter="GA-07")
    assert Case.objects.get(no=no).restricted
    for viewer in (flow.DESK, flow.INSPECTOR, flow.CG):
        assert look(no, viewer) is None
        assert numbers(list_cases(viewer, policy=policy, now=now)) == []
    for viewer in (flow.LEAD, flow.DUTY, flow.INSPECTORATE, flow.GA):
        assert look(no, viewer)["no"] == no
        assert numbers(list_cases(viewer, policy=policy, now=now)) == [no]
    assert look(no, flow.INSPECTORATE)["caller"]["phone"] == "138****1234"


def test_machines_see_what_they_registered_or_what_the_police_hold(policy, now, look):
    mine = flow.register(now, policy, "a", MACHINE)
    other = flow.register(now, policy, "b")
    assert numbers(list_cases(MACHINE, policy=policy, now=now)) == [mine]
    assert look(mine, MACHINE)["tracking_code"]
    assert look(other, MACHINE) is None
    police = Actor("integration", "pgis", scopes=frozenset({"police_done"}))
    assert look(other, police) is None
    flow.do("to_police", other, flow.DESK, now, policy, reason="有人打架")
    assert numbers(list_cases(police, policy=policy, now=now)) == [other]
    flow.do("police_done", other, police, now, policy, outcome="handled", remainder=None)
    assert look(other, police)["state"] == "closed"
    unit = Actor("integration", "oa", "CG", frozenset({"unit:CG"}))
    assert look(mine, unit) is None
    flow.dispatch(mine, now, policy)
    assert look(mine, unit)["no"] == mine


def test_pages_by_key_see_everything_once(policy, now):
    made = [flow.register(now + timedelta(minutes=n % 4), policy, str(n)) for n in range(11)]
    seen, after = [], None
    while True:
        page = list_cases(flow.DESK, after=after, limit=3, policy=policy, now=now)
        seen += [(item["received_at"], item["no"]) for item in page.items]
        after = page.next
        if after is None:
            break
    assert seen == sorted(seen)
    assert sorted(no for _, no in seen) == sorted(made)
    newest = list_cases(flow.DESK, newest_first=True, limit=200, policy=policy, now=now)
    assert [(i["received_at"], i["no"]) for i in newest.items] == seen[::-1]
    assert all(item["caller"]["phone"] == "138****1234" for item in newest.items)
    for bad in ("x", "bGlzdA", "测", "bGlzdAlhCWI"):
        with pytest.raises(BadCursor):
            list_cases(flow.DESK, after=bad, policy=policy, now=now)


def test_filters(policy, now):
    a = flow.register(now, policy, "a", level="larger", incident_no="J-1")
    b = flow.register(now, policy, "b", place={"township": "500110002"}, summary="油烟扰民")
    c = flow.register(now, policy, "c", summary="百分之100%_油烟")
    flow.dispatch(c, now, policy)
    late = now + timedelta(hours=2)

    def found(viewer=flow.DESK, **filters):
        return numbers(list_cases(viewer, policy=policy, now=late, **filters))

    assert found(state="dispatched") == [c]
    assert found(state="open") == [a, b, c]
    assert found(holder="desk") == [a, b]
    assert found(holder="unit:CG") == found(holder="CG") == found(unit="CG") == [c]
    assert found(unit="HB") == []
    assert found(level="larger") == [a]
    assert found(level="none") == [b, c]
    assert found(township=policy.townships["500110002"].name) == [b]
    assert found(township="500110001") == [a, c]
    assert found(overdue=True) == [a, b, c]
    assert found(overdue=False) == []
    assert found(q=a) == [a]
    assert found(q="J-1") == [a]
    assert found(q="138 1234-1234") == [a, b, c]
    assert found(flow.INSPECTOR, q=flow.PHONE) == []
    assert found(flow.CG, q=flow.PHONE) == []
    assert found(q="油烟") == [b, c]
    assert found(q="100%_") == [c]
    assert found(flow.CG, q="油烟", unit="CG") == [c]
    with pytest.raises(ValueError, match="state"):
        found(state="nonsense")


def test_statements_do_not_grow_with_the_page(policy, now):
    flow.register(now, policy, "a")
    with CaptureQueriesContext(connection) as few:
        list_cases(flow.DESK, policy=policy, now=now)
    for n in range(20):
        flow.register(now, policy, str(n))
    with CaptureQueriesContext(connection) as many:
        list_cases(flow.DESK, policy=policy, now=now)
    assert len(few) == len(many) == 1


def test_counts(policy, now):
    flow.register(now, policy, "a")
    no = flow.register(now, policy, "b")
    flow.dispatch(no, now, policy)
    flow.life(now, policy, "c")
    late = now + timedelta(hours=2)
    found = counts(flow.DESK, late, policy=policy)
    assert (found["open"], found["overdue"]) == (2, 2)
    assert found["by_state"] == {
        "registered": {"open": 1, "overdue": 1},
        "dispatched": {"open": 1, "overdue": 1},
    }
    assert counts(flow.CG, now, policy=policy)["by_holder"] == {"unit": {"open": 1, "overdue": 0}}
    assert counts(flow.SYSADMIN, late, policy=policy)["open"] == 0


def test_tracking_tells_no_person(policy, now):
    no = flow.life(now, policy, "a")
    code = Case.objects.get(no=no).tracking_code
    assert len(code) == 32
    public = track(code, policy=policy)
    assert (public["no"], public["state"], public["answer"]) == (no, "closed", "已修好")
    assert public["unit"]["code"] == "CG"
    assert flow.PHONE not in str(public)
    assert "张三" not in str(public)
    assert track("nonsense", policy=policy) is None
    assert track("", policy=policy) is None


def test_tracking_follows_a_merge(policy, now):
    target, source = flow.register(now, policy, "a"), flow.register(now, policy, "b")
    flow.do("merge", source, flow.DESK, now, policy, target=target, reason="同一件")
    public = track(Case.objects.get(no=source).tracking_code, policy=policy)
    assert (public["no"], public["state"], public["merged_into"]) == (source, "registered", target)


def test_allowed_names_what_can_be_done(policy, now):
    no = flow.register(now, policy, "a")
    flow.dispatch(no, now, policy)
    unit = {o.command: o for o in allowed(no, flow.CG, now, policy=policy)}
    assert unit["sign"].allowed
    assert not unit["dispatch"].allowed
    assert unit["dispatch"].refusal.code == "wrong_role"
    desk = {o.command: o for o in allowed(no, flow.DESK, now, policy=policy)}
    assert desk["recall"].allowed
    assert desk["call_back"].refusal.code == "wrong_state"
    assert allowed(no, flow.HB, now, policy=policy) == []


def test_a_reveal_is_recorded_first(policy, now):
    no = flow.register(now, policy, "a")
    assert reveal(no, "phone", "回访核实", flow.INSPECTOR, now=now, policy=policy) == flow.PHONE
    assert reveals(no)[0]["by"] == "inspector:qian"
    for viewer, field, reason, code in (
        (flow.INSPECTOR, "caller.phone", " ", "missing_field"),
        (flow.INSPECTOR, "tracking_code", "看看", "bad_value"),
    ):
        with pytest.raises(Refused) as caught:
            reveal(no, field, reason, viewer, now=now, policy=policy)
        assert caught.value.refusal.code == code
    with pytest.raises(NoSuchCase):
        reveal(no, "caller.phone", "看看", flow.SYSADMIN, now=now, policy=policy)
    assert RevealRow.objects.count() == 1


def test_history_by_viewer(policy, now):
    no = flow.life(now, policy, "a")
    full = events_of(no, flow.DESK, policy=policy, now=now)
    assert full[0]["personal"]["caller"]["phone"] == flow.PHONE
    assert full[0]["fields"]["summary"].startswith("路灯不亮")
    assert [e["type"] for e in full][:3] == ["register", "dispatch", "sign"]
    masked = events_of(no, flow.INSPECTOR, policy=policy, now=now)
    assert masked[0]["personal"]["caller"]["phone"] == "138****1234"
    assert flow.PHONE not in str(masked)
    bare = events_of(no, flow.AUDITOR, policy=policy, now=now)
    assert {"fields", "personal", "set"} & set(bare[0]) == set()
    assert len(bare) == len(full)


def test_lists_and_single_reads_tell_the_same(policy, now):
    flow.life(now, policy, "a")
    no = flow.register(now, policy, '@2018 "@ 来源')
    flow.dispatch(no, now, policy)
    for item in list_cases(flow.DESK, policy=policy, now=now).items:
        single = get_case(item["no"], flow.DESK, policy=policy, now=now)
        for key in ("caller", "callers", "summary", "content", "place"):
            item.pop(key), single.pop(key)
        assert item == single
    assert item["source"]["ref"] == '@2018 "@ 来源'


def test_a_case_that_is_hidden_from_who_merges_is_no_target(policy, now):
    hidden, open_one = flow.register(now, policy, "a"), flow.register(now, policy, "b")
    flow.dispatch(hidden, now, policy, "GA", "GA-07")
    for viewer, kept in ((flow.DESK, False), (flow.LEAD, True)):
        asked = seen_only("merge", {"target": hidden, "reason": "同一件事"}, viewer, policy)
        assert (asked["target"] == hidden) is kept
        assert seen_only("merge", {"target": open_one}, viewer, policy) == {"target": open_one}
    assert seen_only("note", {"text": "x"}, flow.DESK, policy) == {"text": "x"}
