"""Words of people made safe for XML: what no document can hold or what would turn its lines around is left out."""

from __future__ import annotations

import re
from dataclasses import replace

from .values import Block, Chart, Heading, Paper, Picture, Rows, Series, Text

_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # invisible: they hide words or reverse the order of others
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # no characters at all
)
_PLANE_ENDS = re.compile(
    "[" + "".join(chr(plane << 16 | end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)) + "]"
)
_SPACES = re.compile(r"[ \t\r\n\u2028\u2029\u0085]+")


def line(text: str) -> str:
    """One line of safe text."""
    return _SPACES.sub(" ", _fit(text)).strip()


def lines(text: str) -> list[str]:
    """The lines of a text, each safe; blank ones left out."""
    broken = re.split(r"[\r\n\u2028\u2029]+", _fit(text.replace("\x0b", "\n").replace("\x0c", "\n")))
    return [one for one in (_SPACES.sub(" ", part).strip(" ") for part in broken) if one]


def _fit(text: str) -> str:
    return _PLANE_ENDS.sub("", _UNFIT.sub("", text))


def _block(block: Block) -> Block:
    if isinstance(block, Heading):
        return Heading(line(block.text), min(max(block.level, 1), 4))
    if isinstance(block, Text):
        return Text("\n".join(lines(block.text)), block.indent)
    if isinstance(block, Rows):
        return _table(block)
    if isinstance(block, Chart):
        series = tuple(Series(line(one.name), one.values) for one in block.series)
        return Chart(line(block.title), block.kind, tuple(map(line, block.labels)), series, line(block.unit))
    return Picture(block.png, line(block.caption), block.width_mm)


def _table(table: Rows) -> Rows:
    """Every row as wide as the head: too short a row gets empty cells. Raises ValueError for one that is too long."""
    width = len(table.head)
    rows = []
    for row in table.rows:
        if len(row) > width:
            raise ValueError(f"a row of {len(row)} cells under a head of {width}")
        rows.append((*map(line, row), *[""] * (width - len(row))))
    return Rows(tuple(map(line, table.head)), tuple(rows), line(table.caption), table.widths)


def paper(given: Paper) -> Paper:
    """The same paper with safe words, its tables rectangular."""
    return replace(
        given,
        issuer=line(given.issuer),
        title="\n".join(lines(given.title)),
        to=tuple(word for word in map(line, given.to) if word),
        blocks=tuple(map(_block, given.blocks)),
        signed_by=line(given.signed_by),
        number=line(given.number),
        signer=line(given.signer),
        attachments=tuple(word for word in map(line, given.attachments) if word),
        copies=tuple(word for word in map(line, given.copies) if word),
        secrecy=line(given.secrecy),
        urgency=line(given.urgency),
        note="\n".join(lines(given.note)),
    )
