"""Item 10: what is personal in free text is hidden, what is not stays readable; whatever is typed, nothing breaks."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules import personal
from liandong.rules.masking import GAP, mask_deep, mask_phone, mask_text, strip

MOBILES = (
    "13812341234", "138 1234 1234", "138-1234-1234", "138－1234－1234", "138.1234.1234", "138 123 41234",
    "1381 234 1234", "1 3 8 1 2 3 4 1 2 3 4", "１３８１２３４１２３４", "+86 13812341234", "008613812341234",
    "013812341234", "138\u200b12341234", "138\u00a01234\u00a01234", "138、1234、1234", "١٣٨١٢٣٤١٢٣٤",
    "一三八一二三四一二三四", "幺三八 一二三四 一二三四", "一三八、一二三四、一二三四", "138一二三四1234",
)  # fmt: skip
OTHERS = (
    "023-48660000", "(023)48660000", "（023）4866 0000", "02348660000", "0746--2213405",
    "500222199001011234", "50022219900101123x", "500222 19900101 123Ｘ", "500222900101123", "500222-19900101-1234",
    "6222021234567890128", "6222 0212 3456 7890 128",
)  # fmt: skip
READABLE = (
    "QJFL-500110-20180601-00001-7", "2018年6月1日第12345号文", "单号 20180601000123", "赔偿13800元，押金1500元",
    "水表读数1352 1378", "电表 012345", "2018-06-01T09:00:00+08:00", "2018/06/01 10:30", "3号线12号车厢", "6月12号停水",
    "打12345没人接，又打了110", "致电400-123-4567", "3室2厅", "5栋1000户停水", "订单号201806011234567890", "面积128.5平方米",
    "綦江府办发〔2018〕28号", "三楼漏水，二〇一八年六月就报过", "G75高速", "1528012345678",
    "0f3a13812341234b9c0f3a1381234123", "我是高中学生", "业主应该自己交", "业主高度关注", "联系人不详", "我是万盛人",
)  # fmt: skip


@pytest.mark.parametrize("number", [*MOBILES, *OTHERS])
@pytest.mark.parametrize("around", ["{}", "请打{}找我", "电话:{}。", "（{}）", "x{}y"])
def test_numbers_of_persons_are_hidden(number: str, around: str) -> None:
    text = around.format(number)
    masked = mask_text(text)
    assert masked is not None
    assert "***" in masked
    assert number not in masked
    assert [find.kind for find in personal.find(masked)] == []
    assert sum(map(str.isdigit, strip(text))) == 0


@pytest.mark.parametrize("text", READABLE)
def test_what_is_no_person_stays_readable(text: str) -> None:
    assert mask_text(text) == text
    assert strip(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫张三，住九龙大道12号3栋2单元5-2", "我叫张*，住九龙大道**号3栋*单元*-*"),
        ("联系人：王小明电话13912345678", "联系人：王**电话139****5678"),
        ("户主欧阳锋，", "户主欧**，"),
        ("我是李强，反映噪音", "我是李*，反映噪音"),
        ("姓名：买买提·吐尔逊。", "姓名：买******。"),
        ("李强，电话13812341234", "李*，电话138****1234"),
        ("张三先生说", "张*先生说"),
        ("找王先生", "找王先生"),
        ("我妈妈叫李桂芳今年80岁", "我妈妈叫李**今年80岁"),
        ("渝A12345和渝BD12345占道", "渝A*****和渝B******占道"),
        ("渝南路附12号", "渝南路附**号"),
        ("a栋803业主", "a栋***业主"),
        ("护照E12345678", "护照*********"),
        ("微信abc12345", "微信********"),
        ("邮箱zhang3@qq.com", "邮箱******@qq.com"),
        ("座机023-48660000", "座机023-****0000"),
        ("电话48661234", "电话********"),
        ("卡号6222021234567890123", "卡号***************0123"),
    ],
)
def test_how_it_is_shown(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


def test_nothing_of_a_value_is_left_for_machines() -> None:
    """Also what masking leaves: the first and last digits of a number, a surname."""
    text = "我叫张三，电话13812341234，身份证500222199001011234，渝南路12号"
    assert strip(text) == strip(mask_text(text) or "") == f"我叫{GAP}，电话{GAP}，身份证{GAP}，渝南路{GAP}号"


_soup = st.text(
    st.sampled_from(
        "0123456789１３８一三八零 -.、，。：:()（）张王我叫姓名电话手机号栋单元室渝A*xX@微信身份证卡路□\n"
    ),
    max_size=60,
)
_any = st.one_of(st.text(max_size=80), _soup)
_digits = st.text(st.sampled_from("0123456789"), min_size=8, max_size=8)


@given(_any)
def test_masking_twice_is_masking_once(text: str) -> None:
    masked = mask_text(text) or ""
    assert mask_text(masked) == masked
    stripped = strip(text)
    assert strip(stripped) == stripped
    assert personal.find(stripped) == []


@given(_any)
def test_length_stays_sane_and_finds_are_spans(text: str) -> None:
    """Each find may grow by one character (an area code gets its dash), nothing else does."""
    found = personal.find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert len(mask_text(text) or "") <= len(text) + len(found) + 1
    if not found:
        assert mask_text(text) == (text or text)


@given(
    st.text(max_size=20),
    st.sampled_from("3456789"),
    _digits,
    st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}", "{}－{}－{}", "{}.{}.{}", "{}、{}、{}"]),
    st.sampled_from(["ascii", "wide", "spoken"]),
    st.text(max_size=20),
)
def test_no_mobile_number_gets_through(
    before: str, second: str, rest: str, form: str, script: str, after: str
) -> None:
    """Whatever stands around it, unless digits make it part of a longer number."""
    before, after = (
        re.sub(r"[\d零〇○一二三四五六七八九幺两\-\s_.·/]", "", before),
        re.sub(r"^[\d零〇○一-九\W_]+", "", after),
    )
    phone = f"1{second}{rest[0]}{rest}"
    table = {"ascii": "0123456789", "wide": "０１２３４５６７８９", "spoken": "零一二三四五六七八九"}[script]
    said = form.format(phone[:3], phone[3:7], phone[7:]).translate(str.maketrans("0123456789", table))
    masked = mask_text(f"{before}，{said}，{after}") or ""
    assert said not in masked
    assert phone not in re.sub(r"\D", "", personal.fold(masked))


@given(
    st.sampled_from(["11", "31", "50", "51", "65"]),
    st.text(st.sampled_from("0123456789"), min_size=4, max_size=4),
    st.dates(date(1900, 1, 1), date(2029, 12, 31)),
    st.text(st.sampled_from("0123456789"), min_size=3, max_size=3),
    st.sampled_from("0123456789Xx"),
    st.sampled_from(["", " ", "-"]),
)
def test_no_identity_number_gets_through(
    province: str, area: str, born: date, serial: str, last: str, by: str
) -> None:
    number = by.join((province + area, f"{born:%Y%m%d}", serial + last))
    for text in (number, f"身份证{number}，", f"证号：{number}住址"):
        assert number not in (mask_text(text) or "")
        assert personal.find(mask_text(text) or "") == []


@given(
    st.recursive(
        st.none() | st.integers() | _any, lambda inner: st.lists(inner) | st.dictionaries(_any, inner)
    )
)
def test_deep_values_keep_their_shape(value: object) -> None:
    masked = mask_deep(value)
    assert type(masked) is type(value)
    assert mask_deep(masked) == masked


def test_phones_of_any_script() -> None:
    assert mask_phone("１３８－１２３４－１２３４") == "138****1234"


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "13812341234 ",
        "我叫张三丰，",
        "一",
        "1 ",
        "王",
        "138-",
        "a1@",
        "身份证",
        "电话1",
        "0-1",
        "路1号",
        "*",
    ],
)
def test_a_very_long_text_costs_linear_time(unit: str) -> None:
    assert len(mask_text(unit * (50_000 // len(unit))) or "") > 20_000
