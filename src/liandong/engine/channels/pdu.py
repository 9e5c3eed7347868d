"""SMS-SUBMIT in PDU mode with Chinese text (3GPP TS 23.040): UCS-2, long texts in joined parts."""

from __future__ import annotations

from liandong.district.noticing import JOINED, SINGLE


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


def submit(to: str, text: str, reference: int) -> list[tuple[int, str]]:
    """(length for AT+CMGS, hexadecimal PDU) of each part. ``reference`` joins the parts: the same for a repetition."""
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
        first = 0x01  # SMS-SUBMIT, no validity period
        if len(parts) > 1:
            user = bytes((5, 0, 3, reference & 0xFF, len(parts), at)) + user
            first |= 0x40
        body = f"{first:02X}00{len(digits):02X}{kind:02X}{swapped}0008{len(user):02X}{user.hex().upper()}"
        made.append((len(body) // 2, "00" + body))
    return made
