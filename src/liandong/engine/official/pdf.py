"""A paper as HTML that is printed, and through WeasyPrint as PDF."""

from __future__ import annotations

import base64
from html import escape

from liandong.engine import papers

from . import chart as charts
from . import layout, safe
from .values import Block, Chart, Heading, Paper, Rows, Text

_FOLIO = f"font-family: {layout.SONG_FONT.css}; font-size: {layout.FOLIO}pt; vertical-align: top; padding-top: {layout.FOLIO_BELOW}mm; white-space: nowrap; letter-spacing: 0"
_STYLE = f"""
@page {{ size: A4; margin: {layout.TOP}mm {layout.RIGHT}mm {layout.BOTTOM}mm {layout.LEFT}mm; }}
@page :right {{ @bottom-right {{ content: "— " counter(page) " —"; padding-right: 1em; {_FOLIO} }} }}
@page :left {{ @bottom-left {{ content: "— " counter(page) " —"; padding-left: 1em; {_FOLIO} }} }}
* {{ box-sizing: border-box; }}
html {{ font-family: {layout.BODY_FONT.css}; font-size: {layout.BODY}pt; line-height: {layout.LINE - 0.03:.3f}pt; letter-spacing: {layout.CHARACTER - layout.BODY - 0.03:.3f}pt; }}
body {{ margin: 0; color: #000; overflow-wrap: anywhere; text-align: justify; }}
p, h1, h2, h3, h4, table, figure {{ margin: 0; padding: 0; }}
p {{ orphans: 2; widows: 2; }}
.marks {{ font-family: {layout.BLACK_FONT.css}; height: {layout.HEAD_BELOW}mm; overflow: hidden; }}
.head {{ font-family: {layout.TITLE_FONT.css}; font-weight: 700; color: #{layout.RED}; text-align: center; line-height: 1.15; letter-spacing: 0; }}
.number {{ display: flex; justify-content: center; white-space: nowrap; letter-spacing: 0; margin-top: {2 * layout.LINE:.2f}pt; padding: 0 1em; }}
.number.up {{ justify-content: space-between; }}
.number .signer {{ font-family: {layout.KAI_FONT.css}; }}
.rule {{ border-top: 1.6pt solid #{layout.RED}; margin-top: {layout.RULE_BELOW}mm; height: {2 * layout.LINE:.2f}pt; }}
h1 {{ font-family: {layout.TITLE_FONT.css}; font-weight: 700; font-size: {layout.TITLE}pt; line-height: 36pt; text-align: center; letter-spacing: 0; margin-bottom: {layout.LINE:.2f}pt; }}
.body {{ text-indent: 2em; }} .flush {{ text-indent: 0; }}
h2, h3, h4, h5 {{ margin: 0; font-size: {layout.BODY}pt; line-height: {layout.LINE:.3f}pt; text-indent: 2em; break-after: avoid; }}
h2 {{ font-family: {layout.BLACK_FONT.css}; font-weight: 700; }} h3 {{ font-family: {layout.KAI_FONT.css}; font-weight: 700; }}
h4 {{ font-weight: 700; }} h5 {{ font-weight: 400; }}
table {{ width: 100%; table-layout: fixed; border-collapse: collapse; letter-spacing: 0; line-height: 1.35; margin: 4pt 0 8pt; }}
th, td {{ border: .6pt solid #000; padding: 2.5pt 3pt; text-align: left; vertical-align: middle; font-weight: 400; }}
th {{ font-family: {layout.BLACK_FONT.css}; text-align: center; }} td.n {{ text-align: center; }}
thead {{ display: table-header-group; }} tr {{ break-inside: avoid; }}
.caption {{ font-family: {layout.BLACK_FONT.css}; font-size: 12pt; line-height: 22pt; text-align: center; text-indent: 0; letter-spacing: 0; break-after: avoid; margin-top: 6pt; }}
figure {{ break-inside: avoid; text-align: center; margin: 2pt 0 8pt; line-height: 0; }} figure img {{ max-width: 100%; max-height: 210mm; }}
.attached {{ margin-top: {layout.LINE:.2f}pt; text-indent: 2em; }} .attached + .attached {{ margin-top: 0; }}
.end {{ break-inside: avoid; break-before: avoid; margin-top: {2 * layout.LINE:.2f}pt; text-align: right; letter-spacing: 0; }}
.note {{ font-family: {layout.SONG_FONT.css}; font-size: {layout.NOTE}pt; line-height: 16pt; letter-spacing: 0; margin-top: 14pt; text-align: left; }} .note + .note {{ margin-top: 0; }}
.imprint {{ float: footnote; footnote-display: block; letter-spacing: 0; }}
.imprint::footnote-call, .imprint::footnote-marker {{ content: none; }}
.imprint span {{ display: block; font-size: {layout.IMPRINT}pt; line-height: 24pt; padding: 0 1em; text-indent: 0; }}
.imprint .copies {{ border-top: 1pt solid #000; padding-left: 4em; text-indent: -3em; }} .imprint .printed {{ border-top: .7pt solid #000; border-bottom: 1pt solid #000; display: flex; justify-content: space-between; }}
.imprint .printed.only {{ border-top-width: 1pt; }}
.imprint .printed span {{ padding: 0; }}
"""


def to_pdf(paper: Paper) -> bytes:
    """The paper as PDF. Raises papers.NoPaper where this machine cannot make one (``trouble`` says what to install)."""
    return papers.to_pdf(to_html(paper), _nothing, title=safe.line(paper.title))


def _nothing(path: str) -> tuple[bytes, str]:
    raise FileNotFoundError(path)


def to_html(paper: Paper) -> str:
    """The paper as one HTML document with its style and pictures inside; it asks for nothing."""
    paper = safe.paper(paper)
    body = "".join([*_head(paper), *map(_block, paper.blocks), *_end(paper)])
    title = escape(paper.title.replace("\n", ""))
    return (
        f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="{escape(paper.signed_by)}"><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )


def _head(paper: Paper) -> list[str]:
    marks = [escape(mark) for mark in (paper.secrecy, paper.urgency) if mark]
    number = f"<span>{escape(paper.number)}</span>" if paper.number else ""
    if paper.signer:
        number += f'<span>签发人：<span class="signer">{escape(paper.signer)}</span></span>'
    lines = "<br>".join(map(escape, layout.title_lines(paper.title)))
    return [
        f'<div class="marks">{"<br>".join(marks)}</div>',
        f'<p class="head" style="font-size:{layout.head_size(paper.issuer)}pt">{escape(paper.issuer)}</p>',
        f'<div class="number{" up" if paper.signer else ""}">{number}</div>' if number else "",
        '<div class="rule"></div>',
        f"<h1>{lines}</h1>",
        f'<p class="flush">{escape(layout.addressees(paper))}</p>' if paper.to else "",
    ]


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        tag = f"h{block.level + 1}"
        return f"<{tag}>{escape(block.text)}</{tag}>"
    if isinstance(block, Text):
        style = "body" if block.indent else "flush"
        return "".join(f'<p class="{style}">{escape(line)}</p>' for line in block.text.split("\n"))
    if isinstance(block, Rows):
        return _table(block)
    if isinstance(block, Chart):
        drawn = charts.draw(block)
        if drawn is None:
            return _table(charts.as_rows(block))
        return _figure(drawn, charts.caption(block), charts.WIDTH, charts.described(block))
    return _figure(block.png, block.caption, block.width_mm, block.caption)


def _figure(png: bytes, caption: str, width: float, told: str) -> str:
    data = base64.b64encode(png).decode()
    named = f'<p class="caption">{escape(caption)}</p>' if caption else ""
    picture = f'<img alt="{escape(told)}" style="width:{min(width, layout.CORE[0])}mm" src="data:image/png;base64,{data}">'
    return f"<figure>{named}{picture}</figure>"


def _table(table: Rows) -> str:
    columns = "".join(f'<col style="width:{share * 100:.2f}%">' for share in layout.table_widths(table))
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in table.head)
    centred = layout.centred(table)
    rows = "".join(f"<tr>{''.join(map(_cell, row, centred))}</tr>" for row in table.rows)
    caption = f'<p class="caption">{escape(table.caption)}</p>' if table.caption else ""
    return (
        f'{caption}<table style="font-size:{layout.table_size(table)}pt"><colgroup>{columns}</colgroup>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(cell: str, centred: bool) -> str:
    return f'<td class="n">{escape(cell)}</td>' if centred else f"<td>{escape(cell)}</td>"


def _end(paper: Paper) -> list[str]:
    space = layout.signature(paper.signed_by, paper.on)
    by, when = layout.printed(paper)
    copies = escape(layout.copies(paper))
    imprint = f'<span class="copies">{copies}</span>' if copies else ""
    only = "" if copies else " only"
    imprint += f'<span class="printed{only}"><span>{escape(by)}</span><span>{when}</span></span>'
    return [
        *(f'<p class="attached">{escape(line)}</p>' for line in layout.attachments(paper)),
        f'<div class="end"><p style="padding-right:{space.name:.2f}em">{escape(paper.signed_by)}</p>'
        f'<p style="padding-right:{space.date:.2f}em">{layout.day(paper.on)}</p></div>',
        *(f'<p class="note">{escape(line)}</p>' for line in paper.note.split("\n") if line),
        f'<p class="flush" style="line-height:0"><span class="imprint">{imprint}</span></p>',
    ]
