"""Finding vehicle marks: by the check code on them, by number and plate as a patrol types them, and what runs now.

A check code names its file (year and serial of the entry), so that finding it costs one look at an index; what proves it is
128 random bits behind. Numbers and plates are looked for in the register of marks alone, which is as long as a district's
fleet, never as long as its cases.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime
from typing import NamedTuple

from liandong.casework import rows
from liandong.rules import plates
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.vehicles import LIVE, PENDING, standing

from . import queries

MARK, USE = "vehicle_mark", "vehicle_use"
_CODE = re.compile(r"([0-9]{4})-([0-9]{1,6})-([0-9a-f]{32})")
_TYPED = re.compile(r"([0-9]{4})\D*([0-9]{1,6})$")


class Checked(NamedTuple):
    """What stands behind a code or a number: the file, how the mark stands, and its task of the moment."""

    entry: Entry
    standing: str
    mark_no: str
    use: Entry | None


def new_secret() -> str:
    """128 bits nobody can guess."""
    return secrets.token_hex(16)


def code_of(year: int, serial: int, secret: str) -> str:
    """The check code as the address of a QR code carries it."""
    return f"{year}-{serial}-{secret}"


def check(code: str, now: datetime, policy: Policy) -> Checked | None:
    """The mark with this check code; None: there is none, whoever made it."""
    parts = _CODE.fullmatch(code)
    found = parts and rows.one(
        "SELECT no FROM registers_entry WHERE register = %s AND year = %s AND serial = %s",
        [MARK, int(parts[1]), int(parts[2])],
    )
    entry = queries.get(SYSTEM, MARK, found[0], policy=policy) if found else None
    if entry is None or parts is None:
        return None
    known = [entry.data.get("code", ""), *(one["code"] for one in entry.data.get("voided", ()))]
    held = next((one for one in known if one and hmac.compare_digest(one, code)), None)
    return _checked(entry, held, now, policy) if held else None


def check_typed(number: str, plate: str, now: datetime, policy: Policy) -> Checked | None:
    """The same for a number and a plate read off the vehicle; None where the two do not belong together."""
    entry, mark_no = _by_number(number, policy)
    if entry is None or entry.data.get("plate") != plates.normal(plate):
        return None
    codes = {entry.data["mark_no"]: entry.data["code"]}
    codes |= {one["mark_no"]: one["code"] for one in entry.data.get("voided", ())}
    return _checked(entry, codes[mark_no], now, policy)


def _checked(entry: Entry, code: str, now: datetime, policy: Policy) -> Checked:
    void = {one["code"]: one["mark_no"] for one in entry.data.get("voided", ())}
    found = standing(entry, code, now, policy)
    use = running(entry.no, policy) if found == "valid" else None
    return Checked(entry, found, void.get(code) or entry.data["mark_no"], use)


def _by_number(number: str, policy: Policy) -> tuple[Entry | None, str]:
    """A file by a number of its mark, present or void: "2018-0001", "綦联动2018-0001", "20180001"."""
    parts = _TYPED.search("".join(number.split())[:60])
    if parts is None:
        return None, ""
    year, serial = int(parts[1]), int(parts[2])
    found = rows.ask(
        "SELECT no FROM registers_entry WHERE register = %s AND doc LIKE %s",
        [MARK, f'%"mark_no":"%{year}%{serial}"%'],
    )
    for (no,) in found:
        entry = queries.get(SYSTEM, MARK, no, policy=policy)
        if entry is None or "mark_no" not in entry.data:
            continue
        for mark_no in (entry.data["mark_no"], *(one["mark_no"] for one in entry.data.get("voided", ()))):
            same = _TYPED.search(mark_no)
            if same is not None and (int(same[1]), int(same[2])) == (year, serial):
                return entry, mark_no
    return None, ""


def by_number(number: str, policy: Policy) -> Entry | None:
    """The file whose mark has this number now."""
    entry, mark_no = _by_number(number, policy)
    return entry if entry is not None and entry.data["mark_no"] == mark_no else None


def taken(plate: str) -> str | None:
    """The number of the file in which this plate is applied for, or has a mark that is not ended."""
    states = (*PENDING, *LIVE, "lost")
    found = rows.one(
        "SELECT no FROM registers_entry WHERE register = %s AND is_open "
        f"AND state IN ({', '.join(['%s'] * len(states))}) AND doc LIKE %s ORDER BY id LIMIT 1",
        [MARK, *states, f'%"plate":"{plate}"%'],
    )
    return str(found[0]) if found else None


def next_serial(year_start_ms: int) -> int:
    """The next mark's number in its year: one more than were ever issued or replaced since the year began."""
    found = rows.one(
        "SELECT COUNT(*) FROM registers_step s JOIN registers_entry e ON e.id = s.entry_id "
        "WHERE e.register = %s AND s.step IN ('issue', 'replace') AND s.at_ms >= %s",
        [MARK, year_start_ms],
    )
    return int((found and found[0]) or 0) + 1


def running(file: str, policy: Policy) -> Entry | None:
    """The urgent task that the vehicle of this file is on, if it is."""
    found = rows.one(
        "SELECT no FROM registers_entry WHERE register = %s AND is_open AND state = 'active' AND doc LIKE %s LIMIT 1",
        [USE, f'%"file":"{file}"%'],
    )
    return queries.get(SYSTEM, USE, found[0], policy=policy) if found else None


def of_plate(viewer: Actor, part: str, policy: Policy, limit: int = 100) -> list[Entry]:
    """Files whose plate contains this, the latest first, as far as this viewer may see them."""
    wanted = plates.normal(part)[:20]
    plain = re.sub(r"[%_\\\"]", "", wanted)
    if not plain or plain != wanted:
        return []
    found = rows.ask(
        f"SELECT no FROM registers_entry WHERE register = %s AND doc LIKE %s ORDER BY id DESC LIMIT {int(limit)}",
        [MARK, f'%"plate":"%{plain}%'],
    )
    entries = (queries.get(viewer, MARK, no, policy=policy) for (no,) in found)
    return [one for one in entries if one is not None and plain in one.data["plate"]]


def uses_of(viewer: Actor, file: str, policy: Policy, limit: int = 50) -> list[Entry]:
    """What a vehicle was used for, the latest first, as far as this viewer may see it."""
    found = rows.ask(
        f"SELECT no FROM registers_entry WHERE register = %s AND doc LIKE %s ORDER BY id DESC LIMIT {int(limit)}",
        [USE, f'%"file":"{file}"%'],
    )
    entries = (queries.get(viewer, USE, no, policy=policy) for (no,) in found)
    return [one for one in entries if one is not None]
