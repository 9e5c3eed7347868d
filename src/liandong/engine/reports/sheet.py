"""A report as a workbook: one sheet a section, numbers as numbers, native charts; definitions on a sheet of their own."""

from __future__ import annotations

import io
from typing import Any

from liandong.engine.official import safe

from .paper import counted, notes
from .values import Cell, Graph, Report, Table, Words

WIDEST = 48
CHART_ROWS = 18
_FORBIDDEN = str.maketrans("[]:*?/\\", "（）：＊？／＼")


def to_xlsx(report: Report) -> bytes:
    """The report as xlsx."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    when = report.as_of.replace(tzinfo=None)
    book.set_properties(
        {"title": safe.line(report.title), "author": safe.line(report.signed_by), "created": when}
    )
    forms = _Forms(book)
    _cover(book.add_worksheet("概况"), report, forms)
    for at, section in enumerate(report.sections, 1):
        name = safe.line(f"{counted(at)}、{section.title}".translate(_FORBIDDEN))[:31]
        _section(book, book.add_worksheet(name), section.blocks, section.title, forms)
    _definitions(book.add_worksheet("指标定义"), report, forms)
    book.close()
    return out.getvalue()


class _Forms:
    """Formats of cells."""

    def __init__(self, book: Any) -> None:
        font = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        self.plain = book.add_format({**font, "text_wrap": True})
        self.title = book.add_format({**font, "font_size": 16, "bold": True})
        self.head = book.add_format(
            {**font, "bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#E7E6E6"}
        )
        self.cell = book.add_format({**font, "border": 1, "text_wrap": True})
        self.number = book.add_format({**font, "border": 1, "num_format": "#,##0.##"})
        self.whole = book.add_format({**font, "border": 1, "num_format": "#,##0"})
        self.rate = book.add_format({**font, "border": 1, "num_format": "0.0%"})

    def of(self, cell: Cell) -> Any:
        """The format of a cell that holds a number."""
        if cell.text.endswith("%"):
            return self.rate
        return self.whole if cell.value is not None and cell.value == int(cell.value) else self.number


def _cover(sheet: Any, report: Report, forms: _Forms) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, safe.line(report.title), forms.title)
    facts = (
        ("发文机关", report.issuer), ("文号", report.number), ("主送", "，".join(report.to)), ("抄送", "，".join(report.copies)),
        ("时段", report.period_label + ("（未完，截至制表时）" if report.running else "")),
        ("落款", report.signed_by), ("日期", f"{report.as_of:%Y-%m-%d %H:%M}"),
    )  # fmt: skip
    for row, (name, value) in enumerate(facts, 2):
        sheet.write_string(row, 0, name, forms.head)
        sheet.write_string(row, 1, safe.line(value), forms.cell)


def _section(book: Any, sheet: Any, blocks: tuple[Any, ...], title: str, forms: _Forms) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, safe.line(title), forms.title)
    widths: dict[int, float] = {}
    row = 2
    for block in blocks:
        if isinstance(block, Words):
            for line in safe.lines(block.text):
                sheet.merge_range(row, 0, row, 7, line, forms.plain)
                sheet.set_row(row, 16 * (1 + len(line) // 50))
                row += 1
        elif isinstance(block, Table):
            row = _table(sheet, row, block, widths, forms)
        else:
            row = _chart(book, sheet, row, block, widths, forms)
        row += 1
    for column, width in widths.items():
        sheet.set_column(column, column, min(max(width + 2, 9), WIDEST))


def _put(sheet: Any, row: int, column: int, cell: Cell, widths: dict[int, float], forms: _Forms) -> None:
    if cell.value is not None:
        sheet.write_number(row, column, cell.value, forms.of(cell))
    else:
        sheet.write_string(row, column, safe.line(cell.text)[:32_000], forms.cell)
    widths[column] = max(widths.get(column, 0), sum(2 if ord(char) > 255 else 1 for char in cell.text[:60]))


def _table(sheet: Any, row: int, table: Table, widths: dict[int, float], forms: _Forms) -> int:
    sheet.write_string(row, 0, safe.line(table.caption), forms.title)
    for column, word in enumerate(table.head):
        sheet.write_string(row + 1, column, safe.line(word), forms.head)
        widths[column] = max(widths.get(column, 0), min(len(word) * 2, 18))
    for at, cells in enumerate(table.rows, row + 2):
        for column, cell in enumerate(cells):
            _put(sheet, at, column, cell, widths, forms)
    return row + 2 + len(table.rows)


def _chart(book: Any, sheet: Any, row: int, graph: Graph, widths: dict[int, float], forms: _Forms) -> int:
    """The chart's numbers as a table, and beside them the chart that reads them."""
    head = (graph.unit or "", *(line.name for line in graph.lines))
    rows = tuple(
        (
            Cell(label),
            *(
                Cell("" if line.values[at] is None else f"{line.values[at]:g}", line.values[at])
                for line in graph.lines
            ),
        )
        for at, label in enumerate(graph.labels)
    )
    end = _table(sheet, row, Table(graph.title, head, rows), widths, forms)
    kind = {"type": "line"} if graph.kind == "line" else {"type": "column"}
    if graph.kind == "stacked":
        kind["subtype"] = "stacked"
    chart = book.add_chart(kind)
    first, last = row + 2, end - 1
    patterns = (
        "solid",
        "wide_upward_diagonal",
        "light_upward_diagonal",
        "dotted_grid",
        "cross",
        "horizontal_brick",
    )
    for column, _ in enumerate(graph.lines, 1):
        series: dict[str, Any] = {
            "name": [sheet.get_name(), row + 1, column],
            "categories": [sheet.get_name(), first, 0, last, 0],
            "values": [sheet.get_name(), first, column, last, column],
        }
        if graph.kind == "line":
            series["line"] = {
                "color": "#000000",
                "width": 1.25,
                "dash_type": ("solid", "dash", "round_dot", "dash_dot")[(column - 1) % 4],
            }
            series["marker"] = {
                "type": ("circle", "square", "triangle", "diamond")[(column - 1) % 4],
                "size": 5,
                "fill": {"color": "#FFFFFF"},
                "border": {"color": "#000000"},
            }
        elif column == 1:
            series["fill"], series["border"] = {"color": "#595959"}, {"color": "#000000"}
        else:
            pattern = patterns[(column - 1) % len(patterns)]
            series["pattern"] = {"pattern": pattern, "fg_color": "#000000", "bg_color": "#FFFFFF"}
            series["border"] = {"color": "#000000"}
        chart.add_series(series)
    chart.set_title({"name": safe.line(graph.title), "name_font": {"size": 11}})
    chart.set_legend({"none": True} if len(graph.lines) == 1 else {"position": "bottom"})
    chart.set_size({"width": 640, "height": 320})
    sheet.insert_chart(row, len(head) + 1, chart, {"description": safe.line(graph.title)})
    return max(end, row + CHART_ROWS)


def _definitions(sheet: Any, report: Report, forms: _Forms) -> None:
    sheet.set_column(0, 1, 14)
    sheet.set_column(2, 4, 50)
    head = ("编号", "指标", "怎样计算", "不计什么", "定义标识")
    for column, word in enumerate(head):
        sheet.write_string(0, column, word, forms.head)
    row = 0
    for row, one in enumerate(report.definitions, 1):
        values = (one.number, one.name, one.formula, one.exclusions, f"{one.code}·{one.digest}")
        for column, value in enumerate(values):
            sheet.write_string(row, column, safe.line(value), forms.cell)
    for more, line in enumerate(notes(report)[: len(report.notes) + 1], row + 2):
        sheet.merge_range(more, 0, more, 4, safe.line(line), forms.plain)
