"""A paper as DOCX: real styles, East-Asian fonts by their official names, page-number fields, tables that repeat their
head. The same paper gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time
from typing import Any

from . import chart as charts
from . import layout, safe
from .values import Block, Chart, Heading, Paper, Picture, Rows, Text

_EPOCH = (1980, 1, 1, 0, 0, 0)


def to_docx(paper: Paper) -> bytes:
    """The paper as a Word document."""
    from .styles import blank  # python-docx is loaded when the first document is asked for

    paper = safe.paper(paper)
    document = blank(paper)
    _head(document, paper)
    for block in paper.blocks:
        _block(document, block)
    _end(document, paper)
    known = document.core_properties
    known.title = paper.title.replace("\n", "")[:255]
    known.author = known.last_modified_by = paper.signed_by[:255]
    known.created = known.modified = datetime.combine(paper.on, time(0), UTC)
    known.comments = ""
    out = io.BytesIO()
    document.save(out)
    return _settled(out.getvalue())


def _settled(package: bytes) -> bytes:
    """The package with one fixed date on its members: two makings of one paper are the same file."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for member in before.infolist():
            kept = zipfile.ZipInfo(member.filename, _EPOCH)
            kept.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(kept, before.read(member))
    return out.getvalue()


def _head(document: Any, paper: Paper) -> None:
    from docx.shared import Pt

    from .styles import bottom_rule, right_tab

    marks = [mark for mark in (paper.secrecy, paper.urgency) if mark]
    for mark in marks:
        document.add_paragraph(mark, style="公文标记")
    head = document.add_paragraph(style="发文机关标志")
    head.add_run(paper.issuer).font.size = Pt(layout.head_size(paper.issuer))
    before = layout.HEAD_BELOW * layout.PT - len(marks) * layout.LINE
    head.paragraph_format.space_before = Pt(max(before, 0))
    number = document.add_paragraph(style="发文字号")
    if paper.signer:
        right_tab(number)
        number.add_run(f"{paper.number}\t签发人：")
        number.add_run(paper.signer, style="签发人")
    else:
        number.add_run(paper.number)
    bottom_rule(number)
    lines = layout.title_lines(paper.title)
    title = document.add_paragraph(style="公文标题")
    for at, line in enumerate(lines):
        run = title.add_run(line)
        if at < len(lines) - 1:
            run.add_break()
    if paper.to:
        document.add_paragraph(layout.addressees(paper), style="主送机关")


def _block(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_paragraph(block.text, style=f"Heading {block.level}")
    elif isinstance(block, Text):
        for line in block.text.split("\n"):
            document.add_paragraph(line, style="公文正文" if block.indent else "公文顶格")
    elif isinstance(block, Rows):
        _table(document, block)
    elif isinstance(block, Chart):
        drawn = charts.draw(block)
        if drawn is None:
            _table(document, charts.as_rows(block))
        else:
            _picture(document, Picture(drawn, charts.caption(block), charts.WIDTH), charts.described(block))
    else:
        _picture(document, block, block.caption)


def _picture(document: Any, picture: Picture, told: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    if picture.caption:
        document.add_paragraph(picture.caption, style="表图题")
    holder = document.add_paragraph(style="公文图")
    width = Mm(min(picture.width_mm, layout.CORE[0]))
    shape = holder.add_run().add_picture(io.BytesIO(picture.png), width=width)
    largest = Mm(210)
    if shape.height > largest:
        shape.width, shape.height = int(shape.width * largest / shape.height), largest
    properties = shape._inline.find(qn("wp:docPr"))
    properties.set("descr", told[:2000])
    properties.set("name", f"图 {properties.get('id')}")


def _table(document: Any, table: Rows) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    from .styles import fixed, keep_whole, repeat

    if table.caption:
        document.add_paragraph(table.caption, style="表图题")
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.head), style="Table Grid")
    widths = [Mm(share * layout.CORE[0]) for share in layout.table_widths(table)]
    fixed(made, widths)
    size, centred = Pt(layout.table_size(table)), layout.centred(table)
    for at, (row, cells) in enumerate(zip(made.rows, (table.head, *table.rows), strict=True)):
        keep_whole(row)
        for cell, word, width, central in zip(row.cells, cells, widths, centred, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["表头" if at == 0 else "表格"]
            paragraph.add_run(word).font.size = size
            if at and central:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    repeat(made.rows[0])
    document.add_paragraph(style="表后")


def _end(document: Any, paper: Paper) -> None:
    from docx.shared import Pt

    from .styles import imprint

    for at, line in enumerate(layout.attachments(paper)):
        note = document.add_paragraph(line, style="公文正文")
        note.paragraph_format.space_before = Pt(0 if at else layout.LINE)
    space = layout.signature(paper.signed_by, paper.on)
    name = document.add_paragraph(paper.signed_by, style="公文落款")
    name.paragraph_format.space_before = Pt(2 * layout.LINE)
    name.paragraph_format.right_indent = Pt(space.name * layout.BODY)
    name.paragraph_format.keep_with_next = True
    written = document.add_paragraph(layout.day(paper.on), style="公文落款")
    written.paragraph_format.right_indent = Pt(space.date * layout.BODY)
    for line in paper.note.split("\n"):
        if line:
            document.add_paragraph(line, style="公文说明")
    imprint(document, layout.copies(paper), layout.printed(paper))
