"""The empty Word document of an official paper: page, styles, page numbers; and what python-docx has no words for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from . import layout
from .layout import Font
from .values import Paper

_RULE = {"top": ("single", 8), "middle": ("single", 6), "bottom": ("single", 8)}
LEFT, CENTER, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY,
)  # fmt: skip


def blank(paper: Paper) -> Any:
    """A document with the page, the styles and the page numbers of the standard, and no words yet."""
    document = Document()
    _page(document)
    _styles(document)
    _folios(document)
    _substitutes(document)
    _language(document)
    return document


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(layout.PAGE[0]), Mm(layout.PAGE[1])
    section.top_margin, section.bottom_margin = Mm(layout.TOP), Mm(layout.BOTTOM)
    section.left_margin, section.right_margin = Mm(layout.LEFT), Mm(layout.RIGHT)
    section.header_distance = Mm(15)
    section.footer_distance = Mm(layout.BOTTOM - layout.FOLIO_BELOW - layout.FOLIO / layout.PT)
    document.settings.odd_and_even_pages_header_footer = True
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(int(layout.LINE * 20)))
    grid.set(qn("w:charSpace"), str(round((layout.CHARACTER - layout.BODY) * 4096)))
    properties.append(grid)


def _set_font(style: Any, font: Font, size: float | None = None, *, bold: bool = False) -> None:
    """Latin and East-Asian family of a style; python-docx itself sets the Latin one alone."""
    style.font.name = font.latin
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    if size:
        style.font.size = Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{key}"), None)
    fonts.set(qn("w:eastAsia"), font.name)
    fonts.set(qn("w:hAnsi"), font.latin)
    fonts.set(qn("w:hint"), "eastAsia")


def _set_lines(style: Any, pitch: float | None, align: Any, *, indent: float = 0) -> None:
    """Line pitch in points (None: as the words need), alignment, first line's indent in characters of the body."""
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    if pitch:
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Pt(pitch)
    else:
        form.line_spacing = 1.0
    form.alignment = align
    form.first_line_indent = Pt(indent * layout.BODY)
    if indent:  # as characters, too: Word keeps it at two characters whatever the size becomes
        style.element.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(round(indent * 100)))


def _styles(document: Any) -> None:
    styles = document.styles
    normal = styles["Normal"]
    _set_font(normal, layout.BODY_FONT, layout.BODY)
    _set_lines(normal, layout.LINE, JUSTIFY)
    for name, font, size, pitch, align, indent in (
        ("公文标记", layout.BLACK_FONT, layout.BODY, layout.LINE, LEFT, 0),
        ("发文机关标志", layout.TITLE_FONT, layout.HEAD_LARGEST, None, CENTER, 0),
        ("发文字号", layout.BODY_FONT, layout.BODY, layout.LINE, CENTER, 0),
        ("公文标题", layout.TITLE_FONT, layout.TITLE, 36, CENTER, 0),
        ("主送机关", layout.BODY_FONT, layout.BODY, layout.LINE, LEFT, 0),
        ("公文正文", layout.BODY_FONT, layout.BODY, layout.LINE, JUSTIFY, 2),
        ("公文顶格", layout.BODY_FONT, layout.BODY, layout.LINE, JUSTIFY, 0),
        ("公文落款", layout.BODY_FONT, layout.BODY, layout.LINE, RIGHT, 0),
        ("表图题", layout.BLACK_FONT, 12, 22, CENTER, 0),
        ("公文图", layout.BODY_FONT, layout.BODY, None, CENTER, 0),
        ("表头", layout.BLACK_FONT, 12, None, CENTER, 0),
        ("表格", layout.BODY_FONT, 12, None, LEFT, 0),
        ("表后", layout.BODY_FONT, 6, 8, LEFT, 0),
        ("公文说明", layout.SONG_FONT, layout.NOTE, 16, LEFT, 0),
        ("版记", layout.BODY_FONT, layout.IMPRINT, 24, LEFT, 0),
        ("页码", layout.SONG_FONT, layout.FOLIO, None, LEFT, 0),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _set_font(style, font, size)
        _set_lines(style, pitch, align, indent=indent)
    styles["发文机关标志"].font.color.rgb = RGBColor.from_string(layout.RED)
    styles["发文字号"].paragraph_format.space_before = Pt(2 * layout.LINE)
    styles["公文标题"].paragraph_format.space_before = Pt(2 * layout.LINE)
    styles["公文标题"].paragraph_format.space_after = Pt(layout.LINE)
    styles["表图题"].paragraph_format.keep_with_next = True
    styles["公文说明"].paragraph_format.space_before = Pt(2)
    for level, font in enumerate(layout.HEADINGS, 1):
        style = styles[f"Heading {level}"]
        _set_font(style, font, layout.BODY, bold=level == 3)
        _set_lines(style, layout.LINE, JUSTIFY, indent=2)
        style.paragraph_format.keep_with_next = True
    signer = styles.add_style("签发人", WD_STYLE_TYPE.CHARACTER)
    _set_font(signer, layout.KAI_FONT, layout.BODY)


def _folios(document: Any) -> None:
    """— 1 — at the outer edge: right on odd pages, left on even ones (7.5)."""
    section = document.sections[0]
    for footer, align in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles["页码"]
        paragraph.alignment = align
        paragraph.paragraph_format.right_indent = Pt(layout.FOLIO if align == RIGHT else 0)
        paragraph.paragraph_format.left_indent = Pt(layout.FOLIO if align == LEFT else 0)
        paragraph.add_run("— ")
        _field(paragraph, "PAGE")
        paragraph.add_run(" —")


def _field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", None), (None, code), ("separate", None), ("text", "1"), ("end", None)):
        run = paragraph.add_run()
        if kind == "text":
            run.text = text
        elif kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _substitutes(document: Any) -> None:
    """What stands in for a family that a reader's machine has not (w:altName)."""
    part = next(
        (
            rel.target_part
            for rel in document.part.rels.values()
            if rel.reltype == RELATIONSHIP_TYPE.FONT_TABLE
        ),
        None,
    )
    if part is None:
        return
    table = parse_xml(part.blob)
    for font in layout.FONTS:
        if font.substitute != font.name:
            table.append(
                parse_xml(
                    f'<w:font {nsdecls("w")} w:name="{font.name}"><w:altName w:val="{font.substitute}"/>'
                    '<w:charset w:val="86"/></w:font>'
                )
            )
    from lxml import etree

    part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)


def _language(document: Any) -> None:
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    language = defaults.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        defaults.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def right_tab(paragraph: Any) -> None:
    """Words after a tab end at the right edge, one character before it; the others begin one character in."""
    form = paragraph.paragraph_format
    form.alignment = LEFT
    form.left_indent = Pt(layout.BODY)
    form.tab_stops.add_tab_stop(Mm(layout.CORE[0]) - Pt(layout.BODY), WD_TAB_ALIGNMENT.RIGHT)


def bottom_rule(paragraph: Any) -> None:
    """The red line under a paragraph, as wide as the type area."""
    space = round(layout.RULE_BELOW * layout.PT)
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="14" w:space="{space}" w:color="{layout.RED}"/></w:pBdr>'
    )
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def fixed(table: Any, widths: Sequence[int]) -> None:
    """A table whose columns keep their widths, however long a word in them is."""
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def keep_whole(row: Any) -> None:
    """A row is not broken between pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def repeat(row: Any) -> None:
    """The row stands again at the head of each page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def imprint(document: Any, copies: str, printed: tuple[str, str]) -> None:
    """版记 at the foot of the last page: a table that floats to the bottom of the type area (7.4)."""
    table = document.add_table(rows=2 if copies else 1, cols=1)
    fixed(table, [Mm(layout.CORE[0])])
    place = parse_xml(
        f'<w:tblpPr {nsdecls("w")} w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin" '
        'w:horzAnchor="margin" w:tblpXSpec="left" w:tblpYSpec="bottom"/>'
    )
    properties = table._tbl.tblPr
    properties.insert_element_before(
        place, "w:tblOverlap", "w:bidiVisual", "w:tblStyleRowBandSize", "w:tblStyleColBandSize", "w:tblW", "w:jc",
        "w:tblCellSpacing", "w:tblInd", "w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook",
    )  # fmt: skip
    if copies:
        first = table.rows[0].cells[0]
        _ruled(first, top="top")
        paragraph = first.paragraphs[0]
        paragraph.style = document.styles["版记"]
        paragraph.paragraph_format.left_indent = Pt(4 * layout.IMPRINT)
        paragraph.paragraph_format.right_indent = Pt(layout.IMPRINT)
        paragraph.paragraph_format.first_line_indent = Pt(-3 * layout.IMPRINT)
        paragraph.add_run(copies)
    last = table.rows[-1].cells[0]
    _ruled(last, top="middle" if copies else "top", bottom="bottom")
    paragraph = last.paragraphs[0]
    paragraph.style = document.styles["版记"]
    paragraph.paragraph_format.left_indent = Pt(layout.IMPRINT)
    paragraph.paragraph_format.tab_stops.add_tab_stop(
        Mm(layout.CORE[0]) - Pt(2 * layout.IMPRINT), WD_TAB_ALIGNMENT.RIGHT
    )
    paragraph.add_run("\t".join(printed))
    document.add_paragraph(style="表后")


def _ruled(cell: Any, **edges: str) -> None:
    borders = "".join(
        f'<w:{edge} w:val="{_RULE[weight][0]}" w:sz="{_RULE[weight][1]}" w:space="0" w:color="000000"/>'
        for edge, weight in edges.items()
    )
    cell._tc.get_or_add_tcPr().append(parse_xml(f"<w:tcBorders {nsdecls('w')}>{borders}</w:tcBorders>"))
