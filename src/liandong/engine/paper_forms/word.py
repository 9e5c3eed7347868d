"""Forms as DOCX: one table a sheet, twelve columns, heights as on the PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from .forms import COLUMNS, Cell, Form

_WIDTH_MM = 180
_LINE_MM = 8.4
_SANS, _SONG = "黑体", "宋体"


def to_docx(forms: Sequence[Form], issuer: str) -> bytes:
    """All sheets as one Word document."""
    from docx import Document
    from docx.shared import Mm

    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin, section.bottom_margin = Mm(14), Mm(12)
    for at, form in enumerate(forms):
        if at:
            document.add_page_break()
        _sheet(document, form, issuer)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _sheet(document: Any, form: Form, issuer: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _say(title, form.title, 20, _SANS)
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _say(number, form.number, 13, _SANS)
    _table(document, form)
    _say(document.add_paragraph(), f"{form.note}　{issuer}", 9.5, _SONG)


def _table(document: Any, form: Form) -> None:
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Mm

    table = document.add_table(rows=len(form.rows), cols=COLUMNS)
    table.style = "Table Grid"
    table.autofit = False
    for cells, row in zip(form.rows, table.rows, strict=True):
        row.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
        row.height = Mm(max(cell.lines for cell in cells) * _LINE_MM + 4)
        boxes, at = list(row.cells), 0
        for cell in cells:
            last = at + cell.columns - 1
            box = boxes[at] if last == at else boxes[at].merge(boxes[last])
            box.width = Mm(_WIDTH_MM * cell.columns / COLUMNS)
            _fill(box, cell)
            at = last + 1


def _fill(box: Any, cell: Cell) -> None:
    paragraph = box.paragraphs[0]
    if cell.label:
        _say(paragraph, cell.label, 8.5, _SANS)
    if cell.text:
        _say(box.add_paragraph() if cell.label else paragraph, cell.text, 10.5, _SONG)


def _say(paragraph: Any, text: str, size: float, font: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.font.name = font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
