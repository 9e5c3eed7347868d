"""``liandong due`` against the vectors of CONTRACT §4 and of the requirements, part G."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from liandong.cli.main import main

CONTRACT = [
    ("2018-06-01T16:20:00+08:00", "2wd", "2018-06-06T00:00:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "15d", "2018-06-20T00:00:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "4wh", "2018-06-04T11:20:00+08:00"),
    ("2018-06-01T16:20:00+08:00", "10min", "2018-06-01T16:30:00+08:00"),
]
# day of the start, last day of 2 and of 5 working days (R38, part G); 24:00 is written as 0:00 of the next day
WORKING_DAYS = [
    ("2018-06-01", "2018-06-05", "2018-06-08"),
    ("2018-06-15", "2018-06-20", "2018-06-25"),
    ("2018-06-16", "2018-06-20", "2018-06-25"),
    ("2018-09-21", "2018-09-26", "2018-09-29"),
    ("2018-09-28", "2018-09-30", "2018-10-10"),
    ("2018-09-30", "2018-10-09", "2018-10-12"),
    ("2018-12-28", "2019-01-02", "2019-01-07"),
    ("2019-02-01", "2019-02-03", "2019-02-13"),
]
NATURAL_DAYS = [
    ("2018-06-01", "15d", "2018-06-19"),
    ("2018-08-03", "60d", "2018-10-08"),
    ("2018-06-01", "60d", "2018-07-31"),
]
REPORTS = [
    ("2018-06-01T23:55:00+08:00", "10min", "2018-06-02T00:05:00+08:00"),
    ("2018-06-01T23:55:00+08:00", "40min", "2018-06-02T00:35:00+08:00"),
    ("2018-06-17T23:55:00+08:00", "40min", "2018-06-18T00:35:00+08:00"),
]


def due(start: str, limit: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of the command, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["due", start, "--limit", limit])
        except SystemExit as leaving:
            code = int(str(leaving.code))
    return code, out.getvalue(), err.getvalue()


def end_of(day: str) -> str:
    """24:00 of a day as it is written."""
    from datetime import date, timedelta

    return f"{date.fromisoformat(day) + timedelta(days=1)}T00:00:00+08:00"


@pytest.mark.parametrize(("start", "limit", "expected"), CONTRACT + REPORTS)
def test_vectors_of_the_contract(start: str, limit: str, expected: str) -> None:
    assert due(start, limit) == (0, expected + "\n", "")


@pytest.mark.parametrize(("start", "two", "five"), WORKING_DAYS)
@pytest.mark.parametrize("hour", ["00:00:00", "08:59:59", "16:20:00", "23:59:59"])
def test_working_days_do_not_count_the_day_of_the_start(start: str, two: str, five: str, hour: str) -> None:
    at = f"{start}T{hour}+08:00"
    assert due(at, "2wd")[1].strip() == end_of(two)
    assert due(at, "5wd")[1].strip() == end_of(five)


@pytest.mark.parametrize(("start", "limit", "last"), NATURAL_DAYS)
def test_natural_days_move_off_holidays(start: str, limit: str, last: str) -> None:
    assert due(f"{start}T10:00:00+08:00", limit)[1].strip() == end_of(last)


def test_another_offset_is_the_same_instant() -> None:
    assert due("2018-06-01T08:20:00Z", "2wd")[1] == due("2018-06-01T16:20:00+08:00", "2wd")[1]


@pytest.mark.parametrize(
    ("start", "limit"),
    [
        ("2018-06-01T16:20:00", "2wd"),
        ("2018-06-01", "2wd"),
        ("yesterday", "2wd"),
        ("2018-06-01T16:20:00+08:00", "2"),
        ("2018-06-01T16:20:00+08:00", "0wd"),
        ("2018-06-01T16:20:00+08:00", "-2wd"),
        ("2018-06-01T16:20:00+08:00", "2 weeks"),
    ],
)
def test_wrong_use_is_exit_2_in_one_line(start: str, limit: str) -> None:
    code, out, err = due(start, limit)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("limit", ["2wd", "15d", "4wh"])
def test_beyond_the_known_holidays_it_refuses(limit: str) -> None:
    code, out, err = due("2031-03-03T10:00:00+08:00", limit)
    assert (code, out) == (1, "")
    assert "节假日表" in err


def test_a_limit_that_crosses_the_end_of_the_tables_is_refused() -> None:
    assert due("2026-12-30T10:00:00+08:00", "5wd")[0] == 1


def test_it_needs_no_store_and_starts_fast(tmp_path: Path) -> None:
    environment = {**os.environ, "LIANDONG_HOME": str(tmp_path / "none")}
    environment.pop("LIANDONG_DATABASE_URL", None)
    call = [sys.executable, "-m", "liandong.cli.main", "due", "2018-06-01T16:20:00+08:00", "--limit", "2wd"]
    began = time.monotonic()
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "2018-06-06T00:00:00+08:00\n"
    assert not (tmp_path / "none").exists()
    assert time.monotonic() - began < 5
