"""The pages of the channels: settings and secrets, dead letters, calls, the dry run, receipts on a case."""

from __future__ import annotations

import pytest
from django.test import Client

from liandong.district import accounts
from liandong.engine import deliveries
from liandong.engine.channels import lanes, phoning, plan
from liandong.engine.models import Channel, ChannelChange, Message
from support.api import District
from support.messages import a_message, typed

pytestmark = pytest.mark.django_db
HERE = "/district/channels"


@pytest.fixture
def made(district: None) -> District:
    found = District()
    plan.follow()
    return found


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(
        accounts.Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def form(**values: str) -> dict[str, str]:
    return {
        **typed("sms_http", url="https://sms.example.com/send"),
        "kind": "sms_http",
        "code": "gw",
        **values,
    }


def test_the_administrator_enters_a_channel_and_it_is_on_record(made: District) -> None:
    answer = signed_in("sysadmin").post(f"{HERE}/new", form())
    assert answer.status_code == 302
    assert Channel.objects.get(code="gw").settings["url"] == "https://sms.example.com/send"
    change = ChannelChange.objects.get()
    assert (change.what, change.by) == ("created", "sysadmin:sysadmin")
    page = signed_in("auditor").get(HERE).content.decode()
    assert "sysadmin:sysadmin" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://10.0.0.1/x"), ("url", "https://user:pw@host/"), ("fields", "[1]"), ("fields", "{"), ("timeout", "0"),
        ("timeout", "１０"), ("per_minute", "-1"), ("per_minute", "9" * 30), ("code", "A B"), ("name", ""), ("form", "xml"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_at_its_field(made: District, field: str, value: str) -> None:
    answer = signed_in("sysadmin").post(f"{HERE}/new", form(**{field: value}))
    assert answer.status_code == 422
    assert Channel.objects.count() == 0


def test_others_look_or_stay_out(made: District) -> None:
    signed_in("sysadmin").post(f"{HERE}/new", form())
    assert signed_in("auditor").get(f"{HERE}/of/gw").status_code == 200
    assert signed_in("auditor").post(f"{HERE}/of/gw", form(name="x")).status_code == 404
    assert signed_in("auditor").post(f"{HERE}/of/gw/secret", {"secret": "x"}).status_code == 403
    assert signed_in("desk").get(HERE).status_code == 403
    assert signed_in("lead").get(f"{HERE}/dead").status_code == 403
    assert Channel.objects.get().name == "sms_http"


def test_a_secret_is_set_and_never_shown_and_a_receipt_secret_is_shown_once(made: District) -> None:
    admin = signed_in("sysadmin")
    admin.post(f"{HERE}/new", form())
    assert admin.post(f"{HERE}/of/gw/secret", {"secret": "pass-w0rd"}).status_code == 302
    once = admin.post(f"{HERE}/of/gw/receipts").content.decode()
    later = admin.get(f"{HERE}/of/gw").content.decode()
    assert "新的回执密钥" in once
    assert "新的回执密钥" not in later
    assert "pass-w0rd" not in once + later


def test_a_dead_letter_is_seen_with_its_reason_and_sent_again(made: District) -> None:
    signed_in("sysadmin").post(f"{HERE}/new", form())
    row = a_message("gw", state="failed", failed_ms=1, error="网关拒收：21", text="文字不给管理员看")
    admin = signed_in("sysadmin")
    page = admin.get(f"{HERE}/dead").content.decode()
    assert "网关拒收：21" in page
    assert "139****5678" in page
    assert "13912345678" not in page
    assert "文字不给管理员看" not in page
    admin.post(f"{HERE}/dead/{row.id}", {"what": "aside", "reason": ""})
    assert Message.objects.get(id=row.id).dealt_ms is None
    admin.post(f"{HERE}/dead/{row.id}", {"what": "again"})
    assert Message.objects.filter(state="queued").count() == 1
    assert "没有未送达" in admin.get(f"{HERE}/dead").content.decode()


def test_the_desk_sees_whom_to_call_and_records_who_answered(made: District) -> None:
    no = made.dispatched()
    call = phoning.needs_phone(no, "unit:CG", "assigned", "短信发不出去")
    desk = signed_in("desk")
    page = desk.get(f"{HERE}/calls").content.decode()
    assert no in page
    assert "短信发不出去" in page
    desk.post(f"{HERE}/calls/{call}", {"who": "", "reached": "1"})
    assert Message.objects.get(id=call).dealt_ms is None
    desk.post(f"{HERE}/calls/{call}", {"who": "王某", "reached": "1"})
    assert Message.objects.get(id=call).state == "received"


def test_the_list_of_calls_as_paper(made: District) -> None:
    phoning.needs_phone(made.dispatched(), "unit:CG", "assigned", "短信发不出去")
    answer = signed_in("desk").get(f"{HERE}/calls.pdf")
    assert answer.status_code in (200, 503)
    if answer.status_code == 200:
        assert answer.content.startswith(b"%PDF")


def test_the_dry_run_shows_text_and_order_and_sends_nothing(made: District) -> None:
    signed_in("sysadmin").post(f"{HERE}/new", form())
    no = made.dispatched()
    page = signed_in("desk").get(f"{HERE}/preview", {"no": no, "kind": "assigned|unit"}).content.decode()
    assert f"新工单{no}" in page
    assert page.index("短信") < page.rindex("电话")
    assert signed_in("desk").get(f"{HERE}/preview", {"no": "X", "kind": "assigned|unit"}).status_code == 404
    example = (
        signed_in("sysadmin").get(f"{HERE}/preview", {"no": no, "kind": "assigned|unit"}).content.decode()
    )
    assert no not in example.replace(f'value="{no}"', "")
    assert "QJFL-500110-20180601-00001-7" in example
    assert Message.objects.count() == 0


def test_a_case_shows_its_notices_and_what_became_of_them(made: District) -> None:
    no = made.dispatched()
    deliveries.notify_due()
    lanes.run_due()
    a_message("gw", case_no=no, state="failed", failed_ms=1, error="网关拒收：21", recipient="unit:CG")
    page = signed_in("desk").get(f"/cases/{no}").content.decode()
    assert "通知与回执" in page
    assert "网关拒收：21" in page
    other = signed_in("assist").get(f"/cases/{no}").content.decode()
    assert "网关拒收：21" not in other
