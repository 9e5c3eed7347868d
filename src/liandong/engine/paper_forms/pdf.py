"""Forms as HTML and, through WeasyPrint, as PDF: one sheet a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from liandong.engine import papers
from liandong.engine.official import layout

from .forms import COLUMNS, Cell, Form

_LINE_MM = 8.4
_STYLE = f"""
@page {{ size: A4; margin: 14mm 15mm 12mm; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; font-family: {layout.BODY_FONT.css}; font-size: 10.5pt; color: #000; }}
section {{ break-after: page; }} section:last-child {{ break-after: auto; }}
h1 {{ font-family: {layout.TITLE_FONT.css}; font-size: 20pt; text-align: center; margin: 0; letter-spacing: 2pt; }}
.no {{ text-align: right; font-family: {layout.BLACK_FONT.css}; font-size: 13pt; margin: 1mm 0 2mm; }}
table {{ width: 100%; table-layout: fixed; border-collapse: collapse; }}
td {{ border: .7pt solid #000; padding: 1mm 1.6mm; vertical-align: top; }}
b {{ display: block; font-family: {layout.BLACK_FONT.css}; font-weight: 400; font-size: 8.5pt; }}
.note {{ margin: 2.5mm 0 0; font-size: 9.5pt; }}
"""


def to_html(forms: Sequence[Form], issuer: str) -> str:
    """All sheets as one document that asks for nothing."""
    body = "".join(_sheet(form, issuer) for form in forms)
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>纸质单据</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def to_pdf(forms: Sequence[Form], issuer: str) -> bytes:
    """The sheets as PDF. Raises papers.NoPaper where this machine cannot make one."""
    return papers.to_pdf(to_html(forms, issuer), _nothing, title="纸质单据")


def _nothing(path: str) -> tuple[bytes, str]:
    raise FileNotFoundError(path)


def _sheet(form: Form, issuer: str) -> str:
    columns = "<colgroup>" + "<col>" * COLUMNS + "</colgroup>"
    rows = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in form.rows)
    return (
        f'<section><h1>{escape(form.title)}</h1><p class="no">{escape(form.number)}</p>'
        f'<table>{columns}{rows}</table><p class="note">{escape(form.note)}　{escape(issuer)}</p></section>'
    )


def _cell(cell: Cell) -> str:
    height = f"{cell.lines * _LINE_MM + 4:.1f}mm"
    label = f"<b>{escape(cell.label)}</b>" if cell.label else ""
    return f'<td colspan="{cell.columns}" style="height:{height}">{label}{escape(cell.text)}</td>'
