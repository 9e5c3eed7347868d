"""Searching by words: what was said and where is found at any size; what is masked is not found by guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from liandong.casework import erase as retention
from liandong.casework import rows, words
from liandong.casework.queries import list_cases
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2018-06-01T09:00")


@pytest.fixture
def found(policy, now):
    def look(q, viewer=flow.DESK, **more):
        return {item["no"] for item in list_cases(viewer, q=q, policy=policy, now=now, **more).items}

    return look


def read_log():
    while words.follow():
        pass


def test_a_case_is_found_by_words_of_what_was_said_and_of_the_place(policy, now, found):
    lamp = flow.register(now, policy, "a")
    pipe = flow.register(
        now,
        policy,
        "b",
        summary="水管爆裂",
        content="小区门口水管爆裂，水流成河",
        place={"text": "菜坝社区三栋"},
    )
    for read in (lambda: None, read_log):  # before the index has read the log, and after
        read()
        assert found("水管") == {pipe}
        assert found("路灯 坏了") == {lamp}
        assert found("水管 路灯") == set()
        assert found("流成河") == {pipe}
    assert found("菜坝社区") == {pipe}
    assert found("中山路") == {lamp}


def test_the_index_answers_what_it_has_read_and_the_log_what_it_has_not(policy, now, found):
    old = flow.register(now, policy, "a", summary="噪声扰民", content="半夜施工噪声扰民")
    read_log()
    new = flow.register(now, policy, "b", summary="噪声扰民", content="广场舞噪声扰民")
    assert words.position() < rows.one("SELECT MAX(position) FROM casework_event")[0]
    assert found("噪声") == {old, new}


def test_words_that_were_corrected_away_no_longer_find_the_case(policy, now, found):
    no = flow.register(now, policy, "a", summary="井盖破损", content="井盖破损无人管")
    read_log()
    flow.do("amend", no, flow.DESK, now, policy, content="路面塌陷无人管", summary="路面塌陷", reason="听错")
    read_log()
    assert found("塌陷") == {no}
    assert found("井盖") == set()


def test_erased_texts_leave_the_index(policy, now, found):
    no = flow.register(now, policy, "a", summary="水管爆裂", content="水管爆裂")
    flow.do("withdraw", no, flow.DESK, now, policy, reason="来电人撤回")
    read_log()
    assert found("水管") == {no}
    retention.erase(no, flow.SYSADMIN, now + timedelta(days=900), "保管期满")
    assert found("水管") == set()
    assert rows.one("SELECT COUNT(*) FROM casework_words") == (0,)


def test_nobody_is_found_by_guessing_what_is_masked(policy, now, found):
    no = flow.register(
        now,
        policy,
        "a",
        content="我是张三丰，电话13812341234，路灯坏了",
        caller={"name": "张三丰", "phone": flow.PHONE},
    )
    for read in (lambda: None, read_log):
        read()
        assert found("路灯", flow.INSPECTOR) == {no}
        assert found("张三丰", flow.INSPECTOR) == set()
        assert found("13812341234", flow.INSPECTOR) == set()
        assert found("12341 路灯", flow.INSPECTOR) == {no}  # the number is passed over, the word counts


def test_the_index_holds_neither_words_nor_numbers(policy, now):
    flow.register(now, policy, "a", content="路灯坏了，电话13812341234")
    read_log()
    (tokens,) = rows.one("SELECT tokens FROM casework_words")
    assert not any(piece in tokens for piece in ("路灯", "1381", "1234"))


def test_a_unit_finds_its_own_cases_only(policy, now, found):
    own = flow.register(now, policy, "a", summary="油烟扰民", content="油烟扰民")
    flow.dispatch(own, now, policy, "CG")
    other = flow.register(now, policy, "b", summary="油烟扰民", content="油烟扰民")
    flow.dispatch(other, now, policy, "HB", "HB-01")
    read_log()
    assert found("油烟", flow.CG) == {own}
    assert found("油烟", flow.HB) == {other}


def test_a_case_is_found_by_part_of_its_number(policy, now, found):
    no = flow.register(now, policy, "a")
    _, _, day, serial, _ = no.split("-")
    assert found(no) == found(no.lower()) == {no}
    assert found(f"{day}-{serial}") == {no}
    assert found(serial) == found(serial.lstrip("0")) == {no}
    assert found("99999") == set()
    assert found(serial, flow.INSPECTOR) == {no}


def test_a_list_can_be_bounded_by_the_time_of_receipt(policy, now, found):
    early = flow.register(now - timedelta(days=9), policy, "a")
    late = flow.register(now, policy, "b")
    read_log()
    middle = now - timedelta(days=5)
    assert found("路灯", until=middle) == {early}
    assert found("路灯", since=middle) == {late}
    assert found(None, since=middle) == {late}


def test_a_single_character_is_looked_for_in_titles(policy, now, found):
    no = flow.register(now, policy, "a", summary="狗叫", content="邻居的狗叫个不停")
    read_log()
    assert found("狗") == {no}
    assert found("猫") == set()


def test_doing_a_stretch_again_changes_nothing(policy, now):
    flow.life(now, policy, "a")
    read_log()
    before = rows.ask("SELECT case_no, tokens FROM casework_words")
    rows.run("UPDATE casework_words_at SET position = 0")
    read_log()
    assert rows.ask("SELECT case_no, tokens FROM casework_words") == before


def test_hostile_searches_find_nothing_and_raise_nothing(found):
    for text in (
        '"',
        "a OR b",
        "NEAR(x)",
        "'; DROP TABLE x; --",
        "%",
        "_",
        "\\",
        "&|!()",
        "水" * 400,
        "\x00",
        "😀😀",
    ):
        assert found(text) == set()


@given(
    st.text(st.sampled_from("水管破裂路灯aZ9 ，。１Ａ\u3400"), max_size=60),
    st.integers(0, 59),
    st.integers(2, 9),
)
def test_every_stretch_of_chinese_in_a_text_finds_it(text, start, length):
    def pairs(some):
        return {term for term in words.terms(some) if not term.isascii()}

    assert pairs(text[start : start + length]) <= pairs(text)


def test_the_search_uses_the_index(policy, now):
    flow.register(now, policy, "a")
    read_log()
    condition, values = words.condition(["路灯"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN SELECT c.no FROM casework_case c WHERE {condition}", values)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN SELECT c.no FROM casework_case c WHERE {condition}", values)
        plan = str(cursor.fetchall())
    assert "casework_words_index" in plan
