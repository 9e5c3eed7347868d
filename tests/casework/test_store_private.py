"""Persons and free text: sealed, erasable, outside the chain; the feed without either."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from liandong.casework import crypto, private
from liandong.casework.check import check
from liandong.casework.erase import erase, erase_older
from liandong.casework.execute import Refused
from liandong.casework.history import cursor_at, events_of, feed, tail_position
from liandong.casework.models import Case, CaseKey, PrivateCase, PrivateEvent
from liandong.casework.queries import BadCursor, get_case, list_cases
from liandong.casework.rows import ask
from liandong.rules.model import Actor
from support import flow


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.mark.parametrize("cipher", [crypto.AES, crypto.SM4])
def test_a_sealed_value_opens_only_as_what_it_was(settings, cipher):
    settings.CASE_CIPHER = cipher
    key = crypto.new_key()
    sealed = crypto.seal(key, "张三".encode(), "case:1")
    assert "张三".encode() not in sealed
    assert sealed.startswith(cipher.encode())
    settings.CASE_CIPHER = crypto.AES  # another cipher now; what was written stays readable
    assert crypto.unseal(key, sealed, "case:1").decode() == "张三"
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"ROT13\0" + sealed, b""):
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(key, broken, "case:1")
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(key, sealed, "case:2")
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(crypto.new_key(), sealed, "case:1")


def test_a_wrapped_key_needs_the_master_key(settings):
    key = crypto.new_key()
    wrapped = crypto.wrap(key, "1")
    assert crypto.unwrap(wrapped, "1") == key
    settings.MASTER_KEY = "22" * 32
    with pytest.raises(crypto.Unreadable):
        crypto.unwrap(wrapped, "1")


def test_one_number_has_one_hash_however_it_is_written():
    same = {
        crypto.phone_hash(p)
        for p in ("13812341234", "138 1234 1234", "+86 138-1234-1234", "008613812341234", "１３８12341234")
    }
    assert len(same) == 1
    assert crypto.phone_hash("13812341235") not in same
    assert crypto.phone_hash(None) == crypto.phone_hash("") == ""


@pytest.mark.django_db
def test_no_person_stands_in_clear_in_any_table(policy, now):
    flow.life(now, policy, "a")
    clear = []
    for table in connection.introspection.table_names():
        if table.startswith("casework_"):
            for row in ask(f"SELECT * FROM {table}"):
                text = " ".join(
                    bytes(v).decode("latin1") if isinstance(v, bytes | memoryview) else str(v) for v in row
                )
                if "张三" in text or "中山路 1 号" in text:
                    clear.append(table)
    assert clear == []
    assert all("路灯" not in body for (body,) in ask("SELECT body FROM casework_event"))


@pytest.mark.django_db
def test_erasing_destroys_the_person_and_leaves_the_record(policy, now):
    no = flow.life(now, policy, "a")
    with pytest.raises(Refused) as caught:
        erase(no, flow.SYSADMIN, now, "保管期满")
    assert caught.value.refusal.code == "wrong_state"
    later = now + timedelta(days=40)
    flow.run_clock(no, later, policy)
    other = flow.register(later, policy, "b")
    keeper = Actor("sysadmin", "keeper")
    assert erase_older(later, keeper, later, "保管期满") == 1
    assert erase_older(later, keeper, later, "保管期满") == 0
    for table in (CaseKey, PrivateCase, PrivateEvent):
        assert not table.objects.filter(case_no=no).exists()
        assert table.objects.filter(case_no=other).exists()
    case = get_case(no, flow.DESK, policy=policy, now=later)
    assert (case["state"], case["summary"], case["caller"]["phone"]) == ("archived", None, None)
    assert Case.objects.get(no=no).phone_hash == ""
    assert [i["no"] for i in list_cases(flow.DESK, q=flow.PHONE, policy=policy, now=later).items] == [other]
    assert len(events_of(no, flow.DESK, policy=policy, now=later)) == 8
    assert check(policy) == []
    flow.do("note", no, flow.DESK, later, policy, text="销毁之后的备注")
    assert events_of(no, flow.DESK, policy=policy, now=later)[-1]["fields"]["text"] == "销毁之后的备注"
    assert check(policy) == []
    erase(no, keeper, later, "再次销毁")
    assert check(policy) == []


@pytest.mark.django_db
def test_a_key_that_vanishes_without_a_record_is_found(policy, now):
    no = flow.life(now, policy, "a")
    CaseKey.objects.filter(case_no=no).delete()
    assert "private_missing" in {v.kind for v in check(policy)}


@pytest.mark.django_db
def test_amended_persons_replace_the_old_ones(policy, now):
    no = flow.register(now, policy, "a", summary="路灯不亮")
    flow.do(
        "amend", no, flow.DESK, now, policy, caller={"name": "王五", "phone": "13700000000"}, reason="听错"
    )
    assert get_case(no, flow.DESK, policy=policy, now=now)["caller"]["phone"] == "13700000000"
    assert list_cases(flow.DESK, q=flow.PHONE, policy=policy, now=now).items == []
    assert len(list_cases(flow.DESK, q="13700000000", policy=policy, now=now).items) == 1
    assert check(policy) == []


def test_event_rows_without_a_key_still_give_the_text():
    key = crypto.new_key()
    _, _, sealed, text = private.event_row(
        key, "1", 1, {"personal": {"caller": {"name": "张三"}}, "text": {"a": "b"}}
    )
    assert private.open_event(key, "1", 1, sealed, text)["personal"]["caller"]["name"] == "张三"
    assert private.open_event(None, "1", 1, sealed, text) == {"text": {"a": "b"}}


@pytest.mark.django_db
def test_the_feed_gives_each_event_once_without_persons(policy, now):
    mine = flow.life(now, policy, "a")
    other = flow.register(now, policy, "b")
    seen, after = [], None
    for _ in range(20):
        page = feed(flow.DESK, after, 3, policy=policy, now=now)
        seen += page.items
        after = page.next
    assert [(e["case"], e["seq"]) for e in seen] == [(mine, n) for n in range(1, 8)] + [(other, 1)]
    assert flow.PHONE not in str(seen)
    assert "路灯" not in str(seen)
    assert "tracking_code" not in str(seen)
    assert feed(flow.DESK, after, policy=policy, now=now) == ([], after)
    assert after == cursor_at(tail_position())
    assert {e["case"] for e in feed(flow.CG, policy=policy, now=now).items} == {mine}
    assert feed(flow.HB, policy=policy, now=now) == ([], after)
    assert {"fields", "set"} & set(feed(flow.AUDITOR, policy=policy, now=now).items[0]) == set()
    with pytest.raises(BadCursor):
        feed(flow.DESK, "nonsense", policy=policy, now=now)


@pytest.mark.django_db
def test_nobody_who_may_not_see_persons_reads_or_finds_a_name_in_free_text(policy, now):
    """§1: the complainant of a 举报 never; everyone else sees 张*."""
    no = flow.register(
        now, policy, "named", kind="report", summary="张三丰举报占道", content="举报人张三丰，电话13812345678",
        caller={"name": "张三丰", "phone": "13812345678"},
    )  # fmt: skip
    flow.dispatch(no, now, policy)
    for viewer in (flow.CG, Actor("inspector", "du")):
        case = get_case(no, viewer, policy=policy)
        assert "张三丰" not in str(case)
        assert "13812345678" not in str(case)
        assert "张三丰" not in str(events_of(no, viewer, policy=policy))
        assert list_cases(viewer, q="张三丰", policy=policy, now=now).items == []
    assert "张三丰" in str(get_case(no, flow.DESK, policy=policy))
    assert list_cases(flow.DESK, q="张三丰", policy=policy, now=now).items


@pytest.mark.django_db
def test_the_lead_sees_the_caller_until_the_case_is_closed(policy, now):
    """§1: in full while it is lead, also while the desk reviews its feedback."""
    no = flow.register(now, policy, "lead", caller={"name": "张三丰", "phone": "13812345678"})
    flow.dispatch(no, now, policy)
    flow.do("sign", no, flow.CG, now, policy, receiver="王")
    flow.do("feedback", no, flow.CG, now, policy, result="resolved", text="好了", contacted_caller=True)
    shown = get_case(no, flow.CG, policy=policy)
    assert shown is not None
    assert shown["caller"]["phone"] == "13812345678"


@pytest.mark.django_db
def test_the_police_bureau_sees_and_acknowledges_what_went_to_the_police(policy, now):
    """R41: and calls the caller: the police hold the case."""
    police = Actor("unit", "ga", "GA")
    no = flow.register(now, policy, "police", caller={"name": "张三丰", "phone": "13812345678"})
    assert get_case(no, police, policy=policy) is None
    flow.do("to_police", no, flow.DESK, now, policy, reason="冒烟")
    shown = get_case(no, police, policy=policy)
    assert shown is not None
    assert shown["caller"]["phone"] == "13812345678"
    flow.do("acknowledge", no, police, now, policy, instruction="1")
