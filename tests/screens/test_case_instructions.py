"""Leaders' written instructions 领导批示 on the pages: entered, shown, acknowledged, replied, listed (R8, R11)."""

from __future__ import annotations

import pytest
from django.test import Client
from test_pages import a_case, signed_in

WRITTEN = {
    "units": ["CG", "JT"],
    "leader": "李××（副区长）",
    "day": "2018-06-01",
    "reply_by": "2199-06-05T18:00",
    "text": "请城管局牵头，三日内报结果。",
}


def instruct(client: Client, no: str, **changed: object) -> str:
    """Send the form; what the page says afterwards."""
    answer = client.post(f"/cases/{no}/do/instruct", WRITTEN | changed, follow=True)
    return answer.content.decode()


def test_an_instruction_is_entered_shown_and_followed(district: None) -> None:
    """The duty office enters it; each unit acknowledges and replies; the card says who has and who has not."""
    no = a_case(unit="CG")
    duty, unit = signed_in("y1", "duty_office"), signed_in("u1", "unit", "CG")
    assert 'name="leader"' in duty.get(f"/cases/{no}/do/instruct?written=1").content.decode()
    page = instruct(duty, no)
    assert "领导批示 · 李××（副区长）" in page
    assert "请城管局牵头，三日内报结果。" in page
    assert page.count("未确认，期限") == 2
    assert "要求回复" in page
    mine = unit.get(f"/cases/{no}").content.decode()
    assert f"/cases/{no}/do/acknowledge?instruction=1" in mine
    unit.post(f"/cases/{no}/do/acknowledge", {"instruction": "1"})
    form = unit.get(f"/cases/{no}/do/note?reply=1").content.decode()
    assert 'name="reply" value="1"' in form
    page = unit.post(
        f"/cases/{no}/do/note", {"text": "已派人到场", "reply": "1"}, follow=True
    ).content.decode()
    card = page.split('id="instructions"')[1].split("</section>")[0]
    assert "已确认" in card
    assert "已派人到场" in card
    assert "【回复指令" not in card
    assert card.count("未回复") == 1  # JT has not


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"leader": ""}, "要写明是哪位领导"),
        ({"day": ""}, "要写明是哪位领导"),
        ({"day": "2199-01-01"}, "批示日期在今天之后"),
        ({"reply_by": "2018-06-01T09:00"}, "回复期限已经过去"),
        ({"day": "昨天"}, "真实的日期"),
        ({"leader": "长" * 81}, "最多 80 个字"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(district: None, changed, said) -> None:  # type: ignore[no-untyped-def]
    """R32: the field is named, the words stay."""
    no = a_case(unit="CG")
    duty = signed_in("y1", "duty_office")
    answer = duty.post(f"/cases/{no}/do/instruct", WRITTEN | changed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "R32" in page
    assert "请城管局牵头，三日内报结果。" in page
    assert "领导批示 · " not in duty.get(f"/cases/{no}").content.decode()


def test_without_a_leader_it_is_an_order_of_the_duty_office(district: None) -> None:
    """R11: 调度 goes on as before."""
    no = a_case(unit="CG")
    page = instruct(signed_in("y1", "duty_office"), no, leader="", day="", reply_by="")
    assert "调度指令 · 区政府值班室" in page
    assert "领导批示 · " not in page


def test_the_list_is_for_the_duty_office_and_each_unit_its_own(district: None) -> None:
    """What is open and who owes: the duty office sees all, a unit its own, others nothing."""
    no = a_case(unit="CG", summary="路边垃圾没有清运")
    duty = signed_in("y1", "duty_office")
    instruct(duty, no)
    for client, seen in (
        (duty, True),
        (signed_in("u1", "unit", "JT"), True),
        (signed_in("u2", "unit", "JW"), False),
    ):
        page = client.get("/cases/instructions").content.decode()
        assert (no in page) is seen
        assert "13812341234" not in page
    assert signed_in("a1", "sysadmin").get("/cases/instructions").status_code == 403
    assert duty.get("/cases/instructions?after=nonsense").status_code == 302
