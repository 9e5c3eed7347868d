"""A report as an official paper (docx, pdf): sections under their numbers, figures with their definitions at the end."""

from __future__ import annotations

from liandong.engine import official
from liandong.engine.official import Block, Heading, Paper, Rows, Text
from liandong.engine.official.values import Chart, Series

from .values import Graph, Report, Table, Words

_DIGITS = "一二三四五六七八九"


def counted(number: int) -> str:
    """A number below 100 as headings are numbered: 一, 十二, 二十."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS[tens - 1]) + "十" if tens else ""
    return head + (_DIGITS[ones - 1] if ones else "")


def paper(report: Report) -> Paper:
    """The official paper of a report."""
    blocks: list[Block] = []
    tables = 0
    for at, section in enumerate(report.sections, 1):
        blocks.append(Heading(f"{counted(at)}、{section.title}"))
        for block in section.blocks:
            if isinstance(block, Words):
                blocks.append(Text(block.text))
            elif isinstance(block, Table):
                tables += 1
                rows = tuple(tuple(cell.text for cell in row) for row in block.rows)
                blocks.append(Rows(block.head, rows, f"表{tables}　{block.caption}", block.widths))
            else:
                blocks.append(chart(block))
    return Paper(
        issuer=report.issuer,
        title=report.title,
        to=report.to,
        blocks=tuple(blocks),
        signed_by=report.signed_by,
        on=report.as_of.date(),
        number=report.number,
        copies=report.copies,
        note="\n".join(notes(report)),
    )


def chart(graph: Graph) -> Chart:
    """A graph as a chart of a paper."""
    lines = tuple(Series(line.name, line.values) for line in graph.lines)
    return Chart(graph.title, graph.kind, graph.labels, lines, graph.unit)


def notes(report: Report) -> list[str]:
    """The small print: how it was counted, from what, and what each figure means."""
    told = [*report.notes, f"数据快照：{report.snapshot}；报告设置：{report.setting}。"]
    for one in report.definitions:
        number = f"{one.number} " if one.number else ""
        told.append(f"{number}{one.name}：{one.formula}。{one.exclusions}。〔{one.code}·{one.digest}〕")
    return told


def to_docx(report: Report) -> bytes:
    """The report as a Word document."""
    return official.to_docx(paper(report))


def to_pdf(report: Report) -> bytes:
    """The report as PDF. Raises papers.NoPaper where this machine cannot make one."""
    return official.to_pdf(paper(report))
