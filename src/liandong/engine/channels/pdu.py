"""PDUs of 3GPP TS 23.040: SMS-SUBMIT with Chinese text (UCS-2, long texts in joined parts), and SMS-STATUS-REPORT."""

from __future__ import annotations

from typing import NamedTuple

from liandong.district.noticing import JOINED, SINGLE

SUBMIT, WITH_HEADER, REPORT_WANTED = 0x01, 0x40, 0x20
"""First octet: TP-MTI of a submit without validity period, TP-UDHI, TP-SRR."""


class Report(NamedTuple):
    """What a service centre says became of one part: the modem's reference (TP-MR), to whom, its status (TP-ST)."""

    reference: int
    to: str
    status: int


def split(text: str, single: int = SINGLE, joined: int = JOINED) -> list[str]:
    """The parts of a text, counted in UTF-16 units; no character beyond the basic plane is torn."""
    if len(text.encode("utf-16-be")) // 2 <= single:
        return [text]
    parts, part, used = [], "", 0
    for char in text:
        size = 2 if ord(char) > 0xFFFF else 1
        if used + size > joined:
            parts.append(part)
            part, used = "", 0
        part, used = part + char, used + size
    return [*parts, part]


def number(to: str) -> str:
    """A telephone number as digits, a leading + kept. Raises ValueError for anything else."""
    digits = "".join(char for char in to if char not in " -")
    if not digits.removeprefix("+").isascii() or not digits.removeprefix("+").isdigit():
        raise ValueError(to)
    if not 3 <= len(digits.removeprefix("+")) <= 20:
        raise ValueError(to)
    return digits


def submit(to: str, text: str, reference: int, *, reports: bool = True) -> list[tuple[int, str]]:
    """(length for AT+CMGS, hexadecimal PDU) of each part. ``reference`` joins the parts: the same for a repetition.
    ``reports``: the service centre is asked to say of each part what became of it."""
    digits = number(to)
    kind = 0x91 if digits.startswith("+") else 0x81
    digits = digits.removeprefix("+")
    swapped = "".join(
        b + a for a, b in zip(digits[::2], (digits + "F" * (len(digits) % 2))[1::2], strict=True)
    )
    parts = split(text)
    made = []
    for at, part in enumerate(parts, 1):
        user = part.encode("utf-16-be")
        first = SUBMIT | (REPORT_WANTED if reports else 0)
        if len(parts) > 1:
            user = bytes((5, 0, 3, reference & 0xFF, len(parts), at)) + user
            first |= WITH_HEADER
        body = f"{first:02X}00{len(digits):02X}{kind:02X}{swapped}0008{len(user):02X}{user.hex().upper()}"
        made.append((len(body) // 2, "00" + body))
    return made


def report(pdu: str) -> Report | None:
    """A status report out of its PDU; None for a message of another kind. Raises ValueError: cut short or no PDU."""
    raw = bytes.fromhex(pdu)
    try:
        body = raw[raw[0] + 1 :]  # behind the service centre's own number
        if body[0] & 0x03 != 0x02:  # TP-MTI
            return None
        length, kind = body[2], body[3]
        end = 4 + (length + 1) // 2
        digits = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in body[4:end])[:length]
        status = body[end + 14]  # behind TP-SCTS and TP-DT of seven octets each
    except IndexError as error:
        raise ValueError(f"cut short: {pdu[:20]}") from error
    if not digits.isdigit():
        raise ValueError(f"no number: {pdu[:20]}")
    return Report(body[1], ("+" if kind & 0x70 == 0x10 else "") + digits, status)
