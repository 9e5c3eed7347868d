"""How cases ended, as routing learns from it: the final handler is the truth, and no person leaves the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from liandong.casework import outcomes
from liandong.casework.erase import erase
from liandong.casework.outcomes import Outcome, ended, said_in
from liandong.rules.policy import Policy
from support import flow

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
TEXT = {"summary": "菜市口垃圾没人清运", "content": "堆了三天，臭得很"}


@pytest.fixture
def now(at: Callable[[str], datetime]) -> datetime:
    return at("2018-06-04T09:00")


def finish(no: str, state: str = "closed", unit: str = "CG") -> None:
    """The cheap way to an end: the row as a finished case has it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET state = %s, lead_unit = %s WHERE no = %s", [state, unit, no])


def found(limit: int = 100, *leave_out: str) -> dict[str, Outcome]:
    return {one.no: one for one in ended(limit, leave_out)}


def test_a_closed_case_tells_its_unit_matter_and_words(now: datetime, policy: Policy) -> None:
    no = flow.life(now, policy, "a")
    one = found()[no]
    assert (one.unit, one.matter, one.danger) == ("CG", "CG-02", False)
    assert one.text.startswith("路灯不亮，请联系")
    assert "古南街道某处路灯坏了三天" in one.text
    assert one.received_ms == int((now - MINUTE).timestamp() * 1000)


def test_after_returns_and_rulings_the_final_handler_counts(now: datetime, policy: Policy) -> None:
    no = flow.register(now, policy, "a", **TEXT)
    flow.dispatch(no, now, policy)
    flow.do(
        "return", no, flow.CG, now + MINUTE, policy, reason_code="not_our_duty", explanation="不是我们的",
        why_no_answer_now="不清楚", suggested_unit="HB",
    )  # fmt: skip
    flow.do(
        "raise_dispute", no, flow.DESK, now + 2 * MINUTE, policy, unit_position="不是", desk_position="是"
    )
    flow.do(
        "designate", no, flow.DUTY, now + 3 * MINUTE, policy, unit="HB", ruling="由环保局办", basis="职责"
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET state = 'archived' WHERE no = %s", [no])
    assert found()[no].unit == "HB"


def test_what_the_police_handled_was_theirs_and_was_danger(now: datetime, policy: Policy) -> None:
    no = flow.register(now, policy, "a", **TEXT)
    flow.dispatch(no, now, policy)
    flow.do("to_police", no, flow.DESK, now + MINUTE, policy, reason="有人持刀")
    flow.do("police_done", no, flow.DESK, now + 2 * MINUTE, policy, outcome="handled", remainder=None)
    one = found()[no]
    assert (one.unit, one.matter, one.danger) == ("GA", None, True)


@pytest.mark.parametrize("outcome", ["false_alarm", "not_police"])
def test_what_the_police_did_not_handle_proves_nothing(now: datetime, policy: Policy, outcome: str) -> None:
    no = flow.register(now, policy, "a", **TEXT)
    flow.do("to_police", no, flow.DESK, now + MINUTE, policy, reason="有人持刀")
    flow.do("police_done", no, flow.DESK, now + 2 * MINUTE, policy, outcome=outcome, remainder=None)
    finish(no, unit="")
    assert found() == {}


@pytest.mark.parametrize(
    "state",
    ["registered", "dispatched", "handling", "return_review", "disputed", "suspended", "feedback_review",
     "callback", "police", "answered", "merged", "voided", "withdrawn"],
)  # fmt: skip
def test_open_answered_and_cancelled_cases_prove_nothing(now: datetime, policy: Policy, state: str) -> None:
    finish(flow.register(now, policy, "a", **TEXT), state)
    assert found() == {}


def test_a_case_that_no_unit_had_proves_nothing(now: datetime, policy: Policy) -> None:
    finish(flow.register(now, policy, "a", **TEXT), unit="")
    assert found() == {}


def test_persons_and_numbers_are_gone_from_the_text(now: datetime, policy: Policy) -> None:
    no = flow.register(
        now, policy, "a", summary="欧阳翡翠说菜市口垃圾没人清运，电话13912345678",
        content="联系人：李建国，身份证500222199001011234，固定电话023-48661234，欧阳翡翠再三催",
        caller={"name": "欧阳翡翠", "phone": "13912345678"},
    )  # fmt: skip
    finish(no)
    for text in (found()[no].text, said_in([no])[no]):
        assert "菜市口垃圾没人清运" in text
        for secret in ("翡翠", "欧阳", "李建国", "建国", "13912345678", "5678", "500222", "48661234"):
            assert secret not in text, (secret, text)


def test_an_amended_text_counts_as_it_stands_now(now: datetime, policy: Policy) -> None:
    no = flow.register(now, policy, "a", **TEXT)
    flow.do("amend", no, flow.DESK, now + MINUTE, policy, summary="化粪池满了往外冒", reason="听错")
    assert said_in([no])[no].startswith("化粪池满了往外冒")


def test_an_erased_case_says_nothing_any_more(now: datetime, policy: Policy) -> None:
    gone, stays = (flow.register(now, policy, ref, **TEXT) for ref in "ab")
    finish(gone, "archived")
    finish(stays, "archived")
    erase(gone, flow.SYSADMIN, now, "保管期限")
    assert set(found()) == {stays}
    assert set(said_in([gone, stays])) == {stays}
    assert said_in([]) == {}


def test_channels_that_no_person_routed_can_be_left_out(now: datetime, policy: Policy) -> None:
    replayed = flow.register(now, policy, "a", source={"channel": "demonstration", "ref": "a"}, **TEXT)
    real = flow.register(now, policy, "b", **TEXT)
    finish(replayed)
    finish(real)
    assert set(found()) == {replayed, real}
    assert set(found(100, "demonstration")) == {real}
    assert set(found(100, "demonstration", "110")) == set()


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_the_latest_come_first_once_each_however_they_are_fetched(
    now: datetime, policy: Policy, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Several of the same instant at the edge of a batch: none is lost and none comes twice."""
    monkeypatch.setattr(outcomes, "BATCH", size)
    numbers = []
    for n in range(7):
        received = (now - (n // 3) * MINUTE - MINUTE).isoformat()
        numbers.append(flow.register(now, policy, f"r{n}", **TEXT, received_at=received))
        finish(numbers[-1])
    given = list(ended(100))
    assert sorted(one.no for one in given) == sorted(numbers)
    order = [(one.received_ms, one.no) for one in given]
    assert order == sorted(order, reverse=True)
    assert [one.no for one in ended(4)] == [one.no for one in given][:4]
    assert list(ended(0)) == []
