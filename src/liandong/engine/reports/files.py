"""The four files of a report, by what their names end in."""

from __future__ import annotations

import json
from collections.abc import Callable

from . import paper, sheet
from .values import Report


def to_json(report: Report) -> bytes:
    """The report as JSON: UTF-8, sorted keys, indent 2, final newline."""
    return (json.dumps(report.to_json(), ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


FORMATS: dict[str, tuple[str, Callable[[Report], bytes]]] = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", paper.to_docx),
    "pdf": ("application/pdf", paper.to_pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.to_xlsx),
    "json": ("application/json", to_json),
}
"""Media type and maker of each format."""
