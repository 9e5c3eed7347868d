"""From a notice to messages: rules of the pack, who is on duty, quiet hours, and a dry run that is the same plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from liandong.district import noticing, packs
from liandong.district.errors import PackError
from liandong.engine import deliveries
from liandong.engine.channels import lanes, plan, receipts, store
from liandong.engine.instants import now
from liandong.engine.models import Channel, FollowCursor, Message
from liandong.rules.model import Actor
from support.api import District
from support.peers import Gateway
from support.policy import PACK

pytestmark = pytest.mark.django_db
Enter = Callable[..., Channel]


def test_without_a_channel_notices_stay_in_the_pages(district: District) -> None:
    district.dispatched()
    plan.follow()
    assert Message.objects.count() == 0


def test_the_person_on_duty_gets_a_text_without_any_person_in_it(
    district: District, gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    no = district.dispatched(place={"text": "古南街道某路口", "township": "500110001"})
    lanes.run_due()
    message = Message.objects.get(kind="assigned")
    assert (message.recipient, message.person, message.state) == ("unit:CG", "duty", "sent")
    sent = next(one for one in gateway.sent() if one["ext"] == message.id)
    assert no in sent["content"]
    assert "古南街道" in sent["content"]
    assert sent["mobile"] == message.address
    assert noticing.parts(sent["content"]) == 1
    for secret in ("张小三", "13800001234", "垃圾"):
        assert secret not in str(gateway.calls)


def test_a_notice_is_planned_once_even_where_the_cursor_is_set_back(
    district: District, gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    district.dispatched()
    plan.follow()
    before = Message.objects.count()
    FollowCursor.objects.filter(name=plan.CURSOR).update(position=0)
    while plan.follow():
        pass
    assert Message.objects.count() == before > 0


def test_the_dry_run_shows_exactly_what_then_goes_out(
    district: District, gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    no = district.dispatched()
    shown, _ = plan.preview("assigned", "unit:CG", no)
    assert Message.objects.count() == 0
    lanes.run_due()
    message = Message.objects.get(kind="assigned")
    assert (shown[0].name, shown[0].legs[0].address, shown[0].legs[0].text) == (
        message.name, message.address, message.text,
    )  # fmt: skip
    assert [leg.means for leg in shown[0].legs] == ["sms", "call"]


def test_quiet_hours_hold_what_can_wait_and_never_what_is_urgent(
    district: District, gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    no = district.dispatched()
    night = now().replace(hour=23, minute=10)
    _, urgent = plan.preview("assigned", "unit:CG", no, night)
    _, calm = plan.preview("urged", "unit:CG", no, night)
    assert urgent == night
    assert calm.strftime("%H:%M") == "07:30"
    assert calm - night < timedelta(hours=9)
    rules = noticing.current()
    assert rules.not_before(night.replace(hour=3)).day == night.day
    assert rules.not_before(night.replace(hour=12)) == night.replace(hour=12)


def test_a_notice_of_yesterday_is_not_sent_today(district: District, gateway: Gateway, enter: Enter) -> None:
    from liandong.casework.models import Outbox

    enter("gw", "sms_http", url=gateway.url)
    district.dispatched()
    Outbox.objects.update(at_ms=0)
    plan.follow()
    assert Message.objects.count() == 0


def test_nobody_to_be_reached_is_a_dead_letter_and_not_silence(
    district: District, enter: Enter, gateway: Gateway
) -> None:
    enter("post", "email", host="127.0.0.1", sender="a@b.cn")
    no = district.dispatched()
    plan.follow()
    # no mailbox was entered: the rule ends with a call
    assert [(m.means, m.error) for m in Message.objects.filter(kind="assigned")] == [("call", "没有登记邮箱")]
    store.set_box("unit:CG", "cg@qj.gov.cn", "sysadmin")
    shown, _ = plan.preview("assigned", "unit:CG", no)
    assert [(leg.means, leg.address) for leg in shown[0].legs][:1] == [("email", "cg@qj.gov.cn")]


def test_a_unit_sees_its_own_receipts_and_the_desk_all_of_them(
    district: District, gateway: Gateway, enter: Enter
) -> None:
    enter("gw", "sms_http", url=gateway.url)
    no = district.dispatched()
    deliveries.notify_due()
    lanes.run_due()
    desk = receipts.of_case(no, Actor("desk", "li"))
    unit = receipts.of_case(no, Actor("unit", "wang", "CG"))
    other = receipts.of_case(no, Actor("unit", "wang", "HB"))
    assert {one.recipient for one in unit} == {"unit:CG"}
    assert {one.recipient for one in other} == {"unit:HB"}
    assert {"unit:CG", "unit:HB"} <= {one.recipient for one in desk}
    assert {one.means for one in unit} == {"page", "sms"}
    assert "****" in next(one.address for one in unit if one.means == "sms") or all(
        len(one.address) <= 10 for one in unit
    )


TEXT = (
    '[[text]]\nkind = "assigned"\nname = "x"\nmeans = "sms"\ntext = "{}"\nsource = "default"\nclause = "x"\n'
)


def pack_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "channels.toml").write_text(
        '[sending]\nquiet_from = "22:00"\nquiet_until = "07:00"\nstale_after = "12h"\nsource = "d"\nclause = "x"\n'
        + TEXT.replace("{}", text)
    )
    return tmp_path


@pytest.mark.parametrize(
    "bad", ["{caller}", "{name}来电", "{phone}", "{summary}", "{content}", "{no", "某" * 71]
)
def test_the_lint_refuses_a_text_that_could_carry_a_person_or_is_too_long(tmp_path: Path, bad: str) -> None:
    with pytest.raises(PackError, match=r"channels.toml:\d+"):
        noticing.read(pack_with(tmp_path, bad))


def test_a_sound_text_passes_and_the_pack_of_qijiang_is_sound(tmp_path: Path) -> None:
    assert noticing.read(pack_with(tmp_path, "工单{no}，{due}前签收")).texts
    packs.load(PACK)
    found = noticing.current()
    assert found == noticing.read(PACK)
    for rule in found.rules:
        for kind in rule.kinds:
            assert found.text_for(kind, "sms") is not None
