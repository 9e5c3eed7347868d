"""What a paper is made of: plain values, no layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Heading:
    """A heading of level 1-4; its author writes the number: 一、 （一） 1. （1）."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """Paragraphs of the body, one a line of ``text``; ``indent``: the first line begins two characters in."""

    text: str
    indent: bool = True


@dataclass(frozen=True)
class Rows:
    """A table. ``widths`` are shares of the width of the page (any unit); without them columns follow their words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Series:
    """One row of values of a chart, one for each of its labels; None where nothing is known."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """A chart that is legible without colour. ``kind``: bar, line, stacked."""

    title: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as PNG bytes."""

    png: bytes
    caption: str = ""
    width_mm: float = 60


Block = Heading | Text | Rows | Chart | Picture


@dataclass(frozen=True)
class Paper:
    """One official paper. ``issuer`` stands as the red head, ``signed_by`` above the date at its end.

    ``to`` 主送, ``copies`` 抄送, ``number`` 发文字号, ``signer`` 签发人 (a paper to a superior), ``secrecy`` 密级,
    ``urgency`` 紧急程度, ``attachments`` their titles, ``note`` small print at the end (definitions, snapshot).
    """

    issuer: str
    title: str
    to: tuple[str, ...]
    blocks: tuple[Block, ...]
    signed_by: str
    on: date
    number: str = ""
    signer: str = ""
    attachments: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    secrecy: str = ""
    urgency: str = ""
    note: str = ""
