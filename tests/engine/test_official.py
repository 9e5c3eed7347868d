"""Official papers after GB/T 9704-2012: both formats say the same words in the measures of the standard; nothing that a
person wrote breaks them."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from pypdf import PdfReader

from liandong.engine import papers
from liandong.engine.official import (
    Chart,
    Heading,
    Paper,
    Picture,
    Rows,
    Series,
    Text,
    chart,
    layout,
    safe,
    to_docx,
    to_html,
    to_pdf,
)

DAYS = tuple(f"7月{day}日" for day in range(1, 32))
PAPER = Paper(
    issuer="重庆市綦江区人民政府应急办公室",
    title="关于2018年第三季度非紧急求助警情分流工作情况的报告",
    to=("区委办公室", "区人大常委会办公室"),
    blocks=(
        Text("第三季度，110报警服务台共接报非紧急求助警情1234件。\n分流1000件。"),
        Heading("一、总体情况"),
        Heading("（一）分流情况", 2),
        Heading("1.各单位", 3),
        Heading("（1）部门", 4),
        Chart("每日接报", "line", DAYS, (Series("接报", tuple(float(n) for n in range(31))), Series("分流", (None, *range(30)))), "件"),
        Chart("各类诉求", "bar", ("咨询", "求助"), (Series("件数", (12, 30)),), "件"),
        Chart("按时与超期", "stacked", ("甲镇", "乙镇"), (Series("按时", (3, 4)), Series("超期", (1, 0)))),
        Rows(("单位", "收件", "按时率"), tuple((f"第{n}单位", str(n), "99.5%") for n in range(60)), "表1　各单位情况"),
    ),
    signed_by="区政府应急办",
    on=date(2018, 10, 8),
    number="綦应急〔2018〕12号",
    signer="张某某",
    attachments=("各单位指标表", "未按时办结清单"),
    copies=("区政协办公室", "区法院"),
    urgency="特急",
    note="注：按期办结率M2；数据快照S-1。",
)  # fmt: skip
NASTY = "<b>&\"'>]]>\x00\x01\x0b\x1f\ufffe\ud800\u202e" + "长" * 900 + "W" * 900


def words_of_docx(body: bytes) -> str:
    """The words of a Word document in their order, without blanks."""
    document = Document(io.BytesIO(body))
    texts = [node.text or "" for node in document.element.body.iter(qn("w:t"))]
    return re.sub(r"\s", "", "".join(texts))


def words_of_html(text: str) -> str:
    body = text.partition("<body>")[2]
    return re.sub(
        r"\s",
        "",
        re.sub(r"<[^>]*>", "", body)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&#x27;", "'")
        .replace("&amp;", "&"),
    )


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    if papers.trouble():
        pytest.skip("no PDF on this machine")
    return PdfReader(io.BytesIO(to_pdf(PAPER)))


@pytest.fixture(scope="module")
def word() -> Any:
    return Document(io.BytesIO(to_docx(PAPER)))


def test_both_formats_say_the_same_words_in_the_same_order() -> None:
    assert words_of_docx(to_docx(PAPER)) == words_of_html(to_html(PAPER))


def test_every_word_of_the_paper_stands_in_the_pdf(pdf: PdfReader) -> None:
    said = re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))
    for word in ("特急", PAPER.number, "签发人：张某某", "区委办公室，区人大常委会办公室：", "一、总体情况", "（一）分流情况", "第59单位", "附件：1.各单位指标表", "2.未按时办结清单", "2018年10月8日", "抄送：区政协办公室，区法院。", "2018年10月8日印发", "数据快照S-1"):  # fmt: skip
        assert word in said, word


def test_pages_are_numbered_at_the_outer_edge(pdf: PdfReader) -> None:
    middle = layout.PAGE[0] * layout.PT / 2
    for at, page in enumerate(pdf.pages, 1):
        found: list[float] = []

        def look(
            text: str, cm: list[float], tm: list[float], *_more: object, found: list[float] = found
        ) -> None:
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            if "—" in text and y < layout.BOTTOM * layout.PT:
                found.append(x)

        page.extract_text(visitor_text=look)
        assert f"— {at} —".replace(" ", "") in page.extract_text().replace(" ", "").replace("\n", "")
        assert found, at
        assert all((place > middle) == (at % 2 == 1) for place in found), (at, found)


def test_a_line_holds_28_characters_and_a_page_22_lines() -> None:
    assert round(layout.LINE * 22 / layout.PT, 6) == 225
    assert round(layout.CHARACTER * 28 / layout.PT, 6) == 156
    if papers.trouble():
        pytest.skip("no PDF on this machine")
    plain = dataclasses.replace(PAPER, blocks=(Text("字" * 28 * 60, indent=False),), attachments=(), note="")
    page = PdfReader(io.BytesIO(to_pdf(plain))).pages[1]
    lines = [line for line in page.extract_text().split("\n") if "字" in line]
    assert {line.count("字") for line in lines} == {28}
    assert len(lines) == 22


def test_the_word_document_has_page_styles_and_fonts_of_the_standard(word: Any) -> None:
    section = word.sections[0]
    measures = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(one.mm) for one in measures] == [210, 297, 37, 28]
    assert round((section.page_width - section.left_margin - section.right_margin) / Mm(1)) == 156
    fonts = {"公文标题": ("方正小标宋简体", 22), "公文正文": ("仿宋_GB2312", 16), "Heading 1": ("黑体", 16), "Heading 2": ("楷体_GB2312", 16), "Heading 3": ("仿宋_GB2312", 16), "页码": ("宋体", 14)}  # fmt: skip
    for name, (family, size) in fonts.items():
        style = word.styles[name]
        assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == family, name
        assert style.font.size == Pt(size), name
    used = {paragraph.style.name for paragraph in word.paragraphs}
    assert {
        "发文机关标志",
        "发文字号",
        "公文标题",
        "主送机关",
        "公文正文",
        "Heading 1",
        "Heading 2",
        "Heading 3",
        "Heading 4",
        "公文落款",
    } <= used


def test_the_word_document_counts_its_pages_itself_and_its_table_repeats_its_head(word: Any) -> None:
    section = word.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        xml = footer._element.xml
        assert "PAGE" in xml
        assert f'w:jc w:val="{side}"' in xml
    assert word.settings.odd_and_even_pages_header_footer
    assert "w:tblHeader" in word.tables[0].rows[0]._tr.xml
    pictures = [node.get("descr") for node in word.element.body.iter(qn("wp:docPr"))]
    assert len(pictures) == 3
    assert "7月2日 1" in pictures[0]


@pytest.mark.parametrize("field", ["issuer", "title", "number", "signer", "signed_by", "urgency", "note"])
def test_what_people_write_never_breaks_a_paper(field: str) -> None:
    told = dataclasses.replace(PAPER, blocks=(Text(NASTY), Heading(NASTY), Rows((NASTY,) * 12, ((NASTY,) * 12,), NASTY)), **{field: NASTY})  # fmt: skip
    html = to_html(told)
    assert "<b>" not in html.partition("<body>")[2]
    assert "\x00" not in html
    assert "\u202e" not in html
    assert words_of_docx(to_docx(told)) == words_of_html(html)


def test_a_nasty_paper_still_becomes_a_pdf() -> None:
    if papers.trouble():
        pytest.skip("no PDF on this machine")
    told = dataclasses.replace(PAPER, title=NASTY, blocks=(Text(NASTY), Rows((NASTY,), ((NASTY,),))))
    assert len(PdfReader(io.BytesIO(to_pdf(told))).pages) > 1


def test_a_chart_survives_any_words_and_numbers() -> None:
    nasty = Chart("$x_1$ <&>", "bar", ("_a$", "\\frac", "", "长" * 60, "b"), (Series("_hidden $", (None, 0, -3, 1e9, 0.5)), Series("", (1, None, 2, 3, 4))))  # fmt: skip
    for kind in ("bar", "line", "stacked"):
        drawn = chart.draw(dataclasses.replace(nasty, kind=kind))
        assert drawn is None or drawn.startswith(b"\x89PNG")
    many = Chart("很多", "bar", tuple(str(n) for n in range(300)), (Series("件", tuple(range(300))),))
    assert chart.draw(many) is None or to_docx(dataclasses.replace(PAPER, blocks=(many,)))
    with pytest.raises(ValueError, match="as many values"):
        chart.draw(Chart("", "bar", ("a",), (Series("", ()),)))
    with pytest.raises(ValueError, match="no chart of kind"):
        chart.draw(Chart("", "pie", (), ()))


def test_a_machine_without_a_chinese_font_shows_a_charts_numbers_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chart, "font", lambda: None)
    told = dataclasses.replace(PAPER, blocks=(PAPER.blocks[6],))
    assert "各类诉求（单位：件）件数咨询12求助30" in words_of_docx(to_docx(told))
    assert words_of_docx(to_docx(told)) == words_of_html(to_html(told))


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert to_docx(PAPER) == to_docx(PAPER)
    if not papers.trouble():
        assert to_pdf(PAPER) == to_pdf(PAPER)


def test_a_picture_is_set_with_its_caption() -> None:
    drawn = chart.draw(PAPER.blocks[6])  # type: ignore[arg-type]
    if drawn is None:
        pytest.skip("no font")
    told = dataclasses.replace(PAPER, blocks=(Picture(drawn, "现场位置图", 60),))
    with zipfile.ZipFile(io.BytesIO(to_docx(told))) as package:
        assert any(name.endswith(".png") for name in package.namelist())
    assert "现场位置图" in to_html(told)


def test_a_title_is_broken_evenly_and_never_inside_a_number() -> None:
    lines = layout.title_lines(PAPER.title)
    assert len(lines) == 2
    assert "".join(lines) == PAPER.title
    assert abs(layout.width(lines[0]) - layout.width(lines[1])) < 6
    for title in ("工作" * 9 + "2018年11月23日08:00至2018年11月24日08:00", "甲" * 19 + "（2018年第四季度）"):
        for before, after in pairwise(layout.title_lines(title)):
            assert not re.fullmatch(r"[0-9:][0-9:年月日时]|.[的）]|[（第].", before[-1] + after[0]), (
                before,
                after,
            )


def test_a_long_signature_and_a_short_one_stand_over_the_date() -> None:
    short, long = (
        layout.signature("应急办", PAPER.on),
        layout.signature("重庆市綦江区非紧急求助警情分流工作领导小组办公室", PAPER.on),
    )
    assert short.date == layout.SEAL_SPACE
    assert long.name == 0
    assert long.date > 0


def test_safe_words_keep_what_people_mean() -> None:
    assert safe.line(" 甲\t乙\n丙\x00\u200b ") == "甲 乙 丙"
    assert safe.lines("一\r\n\r\n二\u2028三") == ["一", "二", "三"]
    assert safe.line("𠀀綦江©") == "𠀀綦江©"


def test_a_title_is_broken_between_words() -> None:
    """GB/T 9704 7.3.1: 回行时词意完整."""
    for title in (
        "重庆市綦江区非紧急求助警情分流工作月报（2026年10月）",
        "重庆市綦江区非紧急求助警情分流工作季度例会材料（2026年第四季度）",
        "重庆市綦江区非紧急求助警情分流工作日报（2026年11月24日）",
    ):
        lines = layout.title_lines(title)
        assert "".join(lines) == title
        words = [word for word in ("警情", "分流", "工作", "季度", "例会") if word in title]
        assert not [word for word in words if word not in "|".join(lines)]
