"""Case numbers and masking: pure functions of the ground floor that casework relies on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules.masking import mask_caller, mask_deep, mask_identity, mask_name, mask_phone, mask_text
from liandong.rules.numbers import case_number, check, parse

FIRST = "QJFL-500110-20180601-00001-7"


def test_the_number_of_the_source():
    assert case_number("QJFL", "500110", date(2018, 6, 1), 1) == FIRST
    assert parse(FIRST) == ("QJFL", "500110", date(2018, 6, 1), 1)
    for wrong in ("", FIRST[:-1], "QJFL-500110-20181301-00001-3", FIRST.lower(), FIRST + "0"):
        assert not check(wrong)
    with pytest.raises(ValueError, match="from 1"):
        case_number("QJFL", "500110", date(2018, 6, 1), 0)


@given(
    st.integers(1, 99_999),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(0, 12),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_found(serial, day, place, step):
    no = case_number("QJFL", "500110", day, serial)
    digits = no.split("-")[2] + no.split("-")[3]
    wrong = digits[:place] + str((int(digits[place]) + step) % 10) + digits[place + 1 :]
    assert check(no)
    assert not check(f"QJFL-500110-{wrong[:8]}-{wrong[8:]}-{no[-1]}")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("+8613812341234", "138****1234"),
        ("023-48660000", "**********00"),
        ("110", "***"),
        ("", ""),
        (None, None),
    ],
)
def test_phones(phone, masked):
    assert mask_phone(phone) == masked


def test_names_and_identity_numbers():
    assert [mask_name(n) for n in ("张三", "张", "欧阳锋", "", None)] == ["张*", "张*", "欧**", "", None]
    assert mask_identity("500222199001011234") == "500***********1234"
    assert mask_identity("50022219900101123X") == "500***********123X"
    assert mask_identity("nonsense") == "********"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13812341234找我", "请打138****1234找我"),
        ("电话：138-1234-1234。", "电话：138****1234。"),
        ("１３８１２３４１２３４", "138****1234"),
        ("身份证500222199001011234，", "身份证500***********1234，"),
        ("座机023-48660000", "座机023-****0000"),
        ("2018年6月1日第12345号文", "2018年6月1日第12345号文"),
        ("单号 20180601000123", "单号 20180601000123"),
        (None, None),
        ("", ""),
    ],
)
def test_text(text, masked):
    assert mask_text(text) == masked


@given(st.text(max_size=20), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=20))
def test_no_mobile_number_gets_through(before, phone, after):
    if not (before[-1:].isdigit() or after[:1].isdigit()):
        assert phone not in (mask_text(f"{before}{phone}{after}") or "")


def test_callers_and_deep_values():
    caller = {"name": "张三", "phone": "13812341234", "anonymous": False, "language": None}
    assert mask_caller(caller) == {**caller, "name": "张*", "phone": "138****1234"}
    assert mask_caller(None) is None
    assert mask_deep({"a": ["打13812341234", 1, None]}) == {"a": ["打138****1234", 1, None]}
