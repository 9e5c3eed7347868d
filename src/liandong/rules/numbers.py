"""Case numbers: ``QJFL-500110-20180601-00001-7`` (work-orders: prefix, region, day, daily serial, check digit).

The check digit is ISO 7064 MOD 11,10 over day and serial: it finds every wrong digit and nearly every swap of two
neighbours, which is what happens when a number is read out over the telephone.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

SECOND_SERIES = 900_000
"""Cases that grow out of others on the government's instance count from here: two networks, no number twice (060)."""
_NUMBER = re.compile(r"([A-Z]{1,8})-(\d{6})-(\d{8})-(\d{5,9})-(\d)")


class CaseNumber(NamedTuple):
    """A number taken apart. ``serial`` counts the cases of one day from 1, without gaps."""

    prefix: str
    district: str
    day: date
    serial: int


def check_digit(digits: str) -> int:
    """The ISO 7064 MOD 11,10 digit for a string of decimal digits."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10


def case_number(prefix: str, district: str, day: date, serial: int) -> str:
    """Compose a number from the pack's prefix, the six-digit region, the day of registration and the serial."""
    if serial < 1:
        raise ValueError("serial counts from 1")
    digits = f"{day:%Y%m%d}{serial:05d}"
    return f"{prefix}-{district}-{digits[:8]}-{digits[8:]}-{check_digit(digits)}"


def parse(no: str) -> CaseNumber | None:
    """Take a number apart; None where form, day or check digit is wrong."""
    match = _NUMBER.fullmatch(no)
    if match is None:
        return None
    prefix, district, day, serial, last = match.groups()
    if check_digit(day + serial) != int(last):
        return None
    try:
        value = datetime.strptime(day, "%Y%m%d").date()
    except ValueError:
        return None
    return CaseNumber(prefix, district, value, int(serial))


def check(no: str) -> bool:
    """Whether this can be a case number: right form, a real day, the right check digit."""
    return parse(no) is not None
