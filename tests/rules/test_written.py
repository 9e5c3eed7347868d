"""Leaders' written instructions inside an instruction's text: what is composed is read back, nothing else is (R11)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules import written
from liandong.rules.written import Written, compose, compose_reply, one_line, parse, parse_reply

ZONE = ZoneInfo("Asia/Shanghai")
TEXTS = st.text(max_size=300)
NAMES = st.text(max_size=60).map(one_line).filter(lambda name: 0 < len(name) <= written.LEADER_LIMIT)
DAYS = st.dates(date(1990, 1, 1), date(2200, 12, 31))
MINUTES = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=ZONE, fold=0)
)


@given(NAMES, DAYS, st.none() | MINUTES, TEXTS)
def test_what_is_composed_is_read_back(leader: str, day: date, reply_by: datetime | None, text: str) -> None:
    """Whoever, whenever, whatever was written: the four parts come back, line ends and all."""
    given_ = Written(leader, day, reply_by, text)
    assert parse(compose(given_), ZONE) == given_


@given(TEXTS)
def test_any_other_text_is_an_ordinary_order(text: str) -> None:
    """A text that does not begin with the head is no written instruction; reading never fails."""
    assert text.startswith(written.HEAD) or parse(text, ZONE) is None
    parse(f"{written.HEAD}\n{text}", ZONE)


@given(st.integers(1, 9999), TEXTS)
def test_a_reply_names_its_instruction(number: int, text: str) -> None:
    """The number and the words come back; a plain note answers nothing."""
    assert parse_reply(compose_reply(number, text)) == (number, text)
    assert text.startswith("【回复指令") or parse_reply(text) is None


@pytest.mark.parametrize("leader", ["", "张\n三", " 张三", "张  三", "张" * 81])
def test_a_leader_is_one_line(leader: str) -> None:
    """What would break the lines is refused, not repaired in silence."""
    with pytest.raises(ValueError, match="批示领导"):
        compose(Written(leader, date(2018, 6, 1), None, "请速办"))


def test_it_reads_like_a_paper() -> None:
    """A unit's own system shows the text as it stands (CONTRACT §6): a person understands it."""
    by = datetime(2018, 6, 5, 18, 0, tzinfo=ZONE)
    text = compose(Written("李××（副区长）", date(2018, 6, 1), by, "请城管局牵头，\n三日内报结果。"))
    assert text.split("\n") == [
        "【领导批示】",
        "批示领导：李××（副区长）",
        "批示日期：2018-06-01",
        "回复期限：2018-06-05 18:00",
        "批示内容：",
        "请城管局牵头，",
        "三日内报结果。",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "【领导批示】",
        "【领导批示】\n批示领导：张三\n批示日期：2018-02-30\n批示内容：\n办",
        "【领导批示】\n批示领导：张三\n批示日期：2018-06-01\n回复期限：明天\n批示内容：\n办",
        "【领导批示】\n批示日期：2018-06-01\n批示领导：张三\n批示内容：\n办",
    ],
)
def test_lines_typed_by_hand_and_wrong_stay_a_text(broken: str) -> None:
    """Half a form is no form: it is shown as it was written."""
    assert parse(broken, ZONE) is None
