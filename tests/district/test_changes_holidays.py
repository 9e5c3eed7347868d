"""A year's holiday table as a person types it: read as written, refused with the line that is wrong (R38)."""

from __future__ import annotations

from datetime import date

import pytest

from liandong.district import holidays, policy, store
from liandong.district.errors import SettingError
from liandong.district.pack import Pack

WEEK = "\n".join(f"2027-10-0{n} 休 国庆节" for n in range(1, 9))
LINES = f"2027-01-01 休 元旦\n\n# 春节\n2027-02-08 休 春节\n2027-02-06 班 春节调休\n{WEEK}"


def test_lines_become_days_and_back() -> None:
    row = holidays.read(2027, "2027.1", "国办通知", LINES)
    assert row.days[date(2027, 1, 1)] is False
    assert row.days[date(2027, 2, 6)] is True
    assert row.names[date(2027, 2, 6)] == "春节调休"
    assert holidays.read(2027, "2027.1", "国办通知", holidays.written(row)) == row


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (LINES + "\n2027-13-01 休", "没有 2027-13-01"),
        (LINES + "\n2026-12-31 休", "不在 2027 年"),
        (LINES + "\n2027-01-01 休", "写了两次"),
        (LINES + "\n2027-03-01 班", "本来就上班"),
        (LINES + "\n三月一日放假", "看不懂"),
        ("2027-01-01 休 元旦", "太少"),
        (LINES.replace("2027-01-01 休 元旦", ""), "元旦"),
    ],
)
def test_a_wrong_line_is_named(lines: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        holidays.read(2027, "2027.1", "国办通知", lines)


def test_a_table_without_its_source_is_refused() -> None:
    with pytest.raises(SettingError, match="出处"):
        holidays.read(2027, "2027.1", " ", LINES)


def test_next_year_counts_when_stored_and_a_year_further_leaves_a_gap(district: Pack) -> None:
    row = holidays.read(2027, "2027.1", "国办通知", LINES)
    store.put_calendar(row, "sysadmin:admin")
    assert policy.current().calendar.known_until == date(2027, 12, 31)
    later = holidays.read(
        2029, "2029.1", "国办通知", LINES.replace("2027-", "2029-").replace("2029-02-06 班 春节调休", "")
    )
    with pytest.raises(SettingError, match="请先装入 2028"):
        store.put_calendar(later, "sysadmin:admin")
