"""The work order 工单: a sheet to print and a PDF that says the same; every opening is recorded before it is shown."""

from __future__ import annotations

import io

import pypdf
import pytest
from test_pages import a_case, signed_in

from liandong.casework import look_spool, looks
from liandong.casework.execute import execute
from liandong.engine import papers
from liandong.rules.model import Actor, Command

AUDITOR = Actor("auditor", "a")
PHONE = "13812341234"
needs_pango = pytest.mark.skipif(
    papers.trouble() is not None, reason="WeasyPrint's libraries are not installed here"
)


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    settings.LOOKS_ROOT = tmp_path / "looks"
    look_spool._seen.clear()


def prints(no: str) -> list[str]:
    return [f"{look.by} {look.reason}" for look in looks.of_case(no, AUDITOR) or [] if look.kind == "print"]


def handled(no: str) -> None:
    """Signed and answered, so that the sheet has something to show."""
    unit = Actor("unit", "u", "CG")
    execute(Command("sign", no, {"receiver": "李四"}), unit)
    given = {"result": "resolved", "text": "已清运完毕", "contacted_caller": False}
    execute(Command("feedback", no, given), unit)


def test_the_sheet_has_what_exists_and_room_for_the_rest(district: None) -> None:
    """Number, words, clause, units, limits, who signed; blanks for what hands will write."""
    no = a_case(unit="CG")
    desk = signed_in("d1", "desk")
    page = desk.get(f"/cases/{no}/work-order").content.decode()
    for expected in (
        "非紧急求助警情分流工单",
        no,
        "路边垃圾没有清运",
        "28号文",
        "区城市管理局",
        "负责人",
        "data:image/svg",
    ):
        assert expected in page
    assert "年　月　日" in page
    assert "李四" not in page
    handled(no)
    page = desk.get(f"/cases/{no}/work-order").content.decode()
    assert "签收人：李四" in page
    assert "已清运完毕" in page
    assert " style=" not in page


def test_a_sheet_shows_the_caller_to_who_may_see_and_is_recorded(district: None) -> None:
    """CONTRACT §1: the lead unit in full, the supervisor masked; both openings are on record, with how it was shown."""
    no = a_case(unit="CG")
    lead, inspector = signed_in("u1", "unit", "CG"), signed_in("i1", "inspector")
    assert PHONE in lead.get(f"/cases/{no}/work-order").content.decode()
    masked = inspector.get(f"/cases/{no}/work-order").content.decode()
    assert PHONE not in masked
    assert "138****1234" in masked
    assert signed_in("u2", "unit", "JW").get(f"/cases/{no}/work-order").status_code == 404
    assert prints(no) == [
        "inspector:i1 打开打印页（来电人已遮盖）",
        "unit:CG:u1 打开打印页（来电人完整显示）",
    ]


@needs_pango
def test_the_pdf_says_the_same_with_its_fonts_inside(district: None) -> None:
    """One page of A4 for an ordinary case: number and words as text, every font embedded, the opening recorded."""
    no = a_case(unit="CG")
    handled(no)
    answer = signed_in("d1", "desk").get(f"/cases/{no}/work-order.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert no in answer["Content-Disposition"]
    read = pypdf.PdfReader(io.BytesIO(answer.content))
    assert len(read.pages) == 1
    words = read.pages[0].extract_text()
    for expected in (no, "路边垃圾没有清运", "已清运完毕", "第 1 页 共 1 页", "区城市管理局"):
        assert expected in words
    width, height = read.pages[0].mediabox[2:]
    assert (round(width), round(height)) == (595, 842)
    for font in read.pages[0]["/Resources"]["/Font"].get_object().values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in inner or "/FontFile3" in inner
    assert prints(no) == ["desk:d1 下载 PDF（来电人完整显示）"]


@needs_pango
def test_a_long_story_runs_over_several_numbered_pages(district: None) -> None:
    """Nothing is cut off: the last words of a long text stand on a later page."""
    no = a_case(unit="CG")
    unit = Actor("unit", "u", "CG")
    execute(Command("sign", no, {"receiver": "李四"}), unit)
    text = "现场情况记录。" * 600 + "到此为止"
    execute(Command("feedback", no, {"result": "resolved", "text": text, "contacted_caller": False}), unit)
    read = pypdf.PdfReader(io.BytesIO(signed_in("d1", "desk").get(f"/cases/{no}/work-order.pdf").content))
    assert len(read.pages) >= 2
    assert any("到此为止" in page.extract_text().replace("\n", "") for page in read.pages[1:])
    assert f"第 {len(read.pages)} 页 共 {len(read.pages)} 页" in read.pages[-1].extract_text()


@needs_pango
@pytest.mark.parametrize(
    "address", ["https://example.org/x.css", "file:///etc/passwd", "/etc/passwd", "/static/../settings.py"]
)
def test_a_paper_fetches_nothing(address: str) -> None:
    """Only packaged files and data: are read; anything else stops the paper."""
    from liandong.screens.common.download import packaged

    with pytest.raises(papers.Refused):
        papers.to_pdf(f'<img src="{address}">綦江', packaged, title="x")


@pytest.mark.parametrize(
    ("trouble", "package"),
    [
        (papers.Trouble("排版库装不上（cannot load library）", papers.PACKAGES), "libpango-1.0-0"),
        (papers.Trouble("系统里没有中文字体", (papers.FONT_PACKAGE,)), "fonts-noto-cjk"),
    ],
)
def test_a_machine_without_the_library_says_what_to_install(district, monkeypatch, trouble, package) -> None:  # type: ignore[no-untyped-def]
    """The PDF page names the packages; the printable page still works, and nothing was recorded as printed."""
    no = a_case(unit="CG")
    monkeypatch.setattr(papers, "trouble", lambda: trouble)
    desk = signed_in("d1", "desk")
    answer = desk.get(f"/cases/{no}/work-order.pdf")
    assert answer.status_code == 503
    assert package in answer.content.decode()
    assert f"/cases/{no}/work-order" in answer.content.decode()
    assert prints(no) == []
    assert desk.get(f"/cases/{no}/work-order").status_code == 200


def test_what_is_missing_is_found_out(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A library that does not load, or no Chinese font, is a finding with the packages to install."""

    def broken():
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(papers, "_has_chinese", lambda: False)
    monkeypatch.setattr(papers, "_library", broken)
    found = papers.trouble()
    assert found is not None
    assert found.packages == papers.PACKAGES
    monkeypatch.setattr(papers, "_library", lambda: None)
    found = papers.trouble()
    assert found is not None
    assert found.packages == (papers.FONT_PACKAGE,)


def test_the_paper_is_in_chinese_whoever_reads(district: None) -> None:
    """An English reader's pages are English; the government's paper, and what is recorded of it, are not."""
    no = a_case(unit="CG")
    desk = signed_in("d1", "desk")
    desk.post("/preference", {"language": "en", "next": "/"})
    page = desk.get(f"/cases/{no}/work-order").content.decode()
    assert "非紧急求助警情分流工单" in page
    assert "诉求内容" in page
    assert "投诉" in page
    assert prints(no) == ["desk:d1 打开打印页（来电人完整显示）"]
