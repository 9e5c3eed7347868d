"""A report as a neutral value: what is told, each figure with what it means and where its cases are. JSON and back.

The files (xlsx, docx, pdf) and the page are made from this value alone, so that all of them say the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class Cell:
    """What stands in a place of a table. ``value`` is the number itself where it is one, ``figure`` the code of its
    definition, ``cases`` what asks for the cases behind it ("" where nobody may open them)."""

    text: str
    value: float | None = None
    figure: str = ""
    cases: str = ""


@dataclass(frozen=True)
class Words:
    """Paragraphs."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table; its first column names the rows."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Line:
    """One series of a graph."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Graph:
    """A chart: bar, line or stacked."""

    title: str
    kind: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    unit: str = ""


Block = Words | Table | Graph


@dataclass(frozen=True)
class Section:
    """A section under its heading; the number is written when it is rendered."""

    code: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Definition:
    """What a figure means; ``digest`` changes when what is counted changes."""

    code: str
    number: str
    name: str
    formula: str
    exclusions: str
    digest: str


@dataclass(frozen=True)
class Report:
    """A report. ``number`` 文号 ("" until it is issued, archive.make), ``period`` its name (2018Q3), ``until`` where a running period was cut, ``snapshot`` the
    state of the store it was drawn from, ``empty`` that nothing happened in the period."""

    kind: str
    title: str
    issuer: str
    signed_by: str
    number: str
    to: tuple[str, ...]
    copies: tuple[str, ...]
    period: str
    period_label: str
    start: datetime
    end: datetime
    as_of: datetime
    running: bool
    empty: bool
    district: str
    snapshot: str
    setting: str
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        made = asdict(self)
        for key in ("start", "end", "as_of"):
            made[key] = made[key].isoformat()
        for section, kept in zip(made["sections"], self.sections, strict=True):
            section["blocks"] = [
                {"type": _TYPES[type(block)], **_slim(asdict(block))} for block in kept.blocks
            ]
        return {"format": FORMAT, **made}


_TYPES: dict[type, str] = {Words: "text", Table: "table", Graph: "chart"}


def _slim(block: dict[str, Any]) -> dict[str, Any]:
    """A block without what its cells leave empty."""
    if "rows" in block:
        block["rows"] = [
            [{k: v for k, v in cell.items() if v not in ("", None) or k == "text"} for cell in row]
            for row in block["rows"]
        ]
    return block


def canonical(report: Report) -> str:
    """The text that is kept and digested."""
    return json.dumps(report.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a kept text."""
    return hashlib.sha256(text.encode()).hexdigest()


def load(text: str) -> Report:
    """The report of a kept text. Raises ValueError for a format this program does not know."""
    made = json.loads(text)
    if made.pop("format", None) != FORMAT:
        raise ValueError("unknown format of a kept report")
    for key in ("start", "end", "as_of"):
        made[key] = datetime.fromisoformat(made[key])
    made["sections"] = tuple(
        Section(one["code"], one["title"], tuple(map(_block, one["blocks"]))) for one in made["sections"]
    )
    made["definitions"] = tuple(Definition(**one) for one in made["definitions"])
    for key in ("to", "copies", "notes"):
        made[key] = tuple(made[key])
    return Report(**made)


def _block(made: dict[str, Any]) -> Block:
    kind = made["type"]
    if kind == "text":
        return Words(made["text"])
    if kind == "table":
        rows = tuple(tuple(Cell(**cell) for cell in row) for row in made["rows"])
        return Table(made["caption"], tuple(made["head"]), rows, tuple(made["widths"]))
    lines = tuple(Line(one["name"], tuple(one["values"])) for one in made["lines"])
    return Graph(made["title"], made["kind"], tuple(made["labels"]), lines, made["unit"])
