"""``liandong report``: four formats, whole files or none, refusals in one line with the exit codes of CONTRACT §5."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from cli_process import Run, liandong
from docx import Document
from pypdf import PdfReader

from liandong.engine import papers

OneLine = Callable[[subprocess.CompletedProcess[str], int], str]
TODAY = date.today().isoformat()


@pytest.fixture
def called(run: Run, messages: Path) -> None:
    """A store with a handful of cases of this week."""
    assert run("replay", str(messages)).returncode == 0


def test_every_format_is_what_its_name_says(called: None, run: Run, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"report.{ending}" for ending in ("json", "xlsx", "docx", "pdf")}
    for ending, file in files.items():
        if ending == "pdf" and papers.trouble():
            continue
        done = run("report", "monthly", "--on", TODAY, "-o", str(file))
        assert done.returncode == 0, done.stderr
        assert str(file) in done.stdout
    told = json.loads(files["json"].read_text("utf-8"))
    assert told["kind"] == "monthly"
    assert told["running"] is True
    assert files["json"].read_bytes().endswith(b"\n")
    assert "概况" in openpyxl.load_workbook(files["xlsx"]).sheetnames
    title = told["title"]
    assert title in "".join(
        paragraph.text.replace("\n", "") for paragraph in Document(str(files["docx"])).paragraphs
    )
    if not papers.trouble():
        assert PdfReader(str(files["pdf"])).metadata.title == title  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["daily", "weekly", "quarterly", "yearly"])
def test_every_kind_of_a_period_without_data_is_an_honest_report(
    home: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "r.json"
    done = liandong(home, "report", kind, "--on", "2018-06-05", "-o", str(file))
    assert done.returncode == 0, done.stderr
    assert "本期没有数据" in done.stdout
    assert json.loads(file.read_text("utf-8"))["empty"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("hourly", "--on", "2018-06-05", "-o", "r.pdf"), "hourly"),
        (("daily", "--on", "2018-06-31", "-o", "r.pdf"), "不是日期"),
        (("daily", "--on", "20180605", "-o", "r.pdf"), "不是日期"),
        (("daily", "--on", "2018-W23-2", "-o", "r.pdf"), "不是日期"),
        (("daily", "--on", "9999-12-31", "-o", "r.pdf"), "年份应在1990至2200之间"),
        (("daily", "--on", "1989-06-05", "-o", "r.pdf"), "年份应在1990至2200之间"),
        (("daily", "--on", "2018-06-05", "-o", "r.doc"), "扩展名"),
        (("daily", "--on", "2018-06-05", "-o", "report"), "扩展名"),
        (("daily", "--on", "2018-06-05", "-o", "nowhere/r.pdf"), "没有目录"),
        (("daily", "--on", "2018-06-05", "-o", "taken.pdf"), "是一个目录"),
        (("daily", "--on", "2018-06-05"), "--output"),
        (("daily", "-o", "r.pdf"), "--on"),
        (("special", "--from", "2018-06-06", "--on", "2018-06-05", "-o", "r.json"), "结束日期早于开始日期"),
        ((), "种类"),
    ],
)
def test_a_malformed_call_is_one_line_and_exit_2(
    run: Run,
    one_line: OneLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    (tmp_path / "taken.pdf").mkdir()
    given = [
        str(tmp_path / word) if word.startswith(("r.", "report", "nowhere", "taken")) else word
        for word in arguments
    ]
    assert says in one_line(run("report", *given), 2)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["taken.pdf"]


def test_a_future_period_is_refused(run: Run, one_line: OneLine, tmp_path: Path) -> None:
    later = (date.today() + timedelta(days=40)).isoformat()
    for kind in ("daily", "monthly", "weekly"):
        assert "还没有开始" in one_line(run("report", kind, "--on", later, "-o", str(tmp_path / "r.json")), 2)
    assert not (tmp_path / "r.json").exists()


def test_a_path_that_cannot_be_written_is_refused(run: Run, one_line: OneLine, tmp_path: Path) -> None:
    """A file stands where the directory should be: nobody writes there, root neither."""
    place = tmp_path / "a-file"
    place.write_text("here already")
    assert "没有目录" in one_line(
        run("report", "daily", "--on", "2018-06-05", "-o", str(place / "r.json")), 2
    )
    assert place.read_text() == "here already"


def test_a_file_that_stands_is_replaced_whole_and_nothing_is_left_beside_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "out" / "r.json"
    file.parent.mkdir()
    file.write_text("old")
    assert run("report", "daily", "--on", "2018-06-05", "-o", str(file)).returncode == 0
    assert json.loads(file.read_text("utf-8"))["period"] == "2018-06-05"
    assert [path.name for path in file.parent.iterdir()] == ["r.json"]


def test_without_pdf_it_says_what_to_install_and_writes_nothing(
    run: Run, one_line: OneLine, tmp_path: Path
) -> None:
    empty = tmp_path / "fonts"
    empty.mkdir()
    config = empty / "fonts.conf"
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{empty}</dir><cachedir>{empty}</cachedir></fontconfig>'
    )
    file = tmp_path / "r.pdf"
    done = run("report", "daily", "--on", "2018-06-05", "-o", str(file), FONTCONFIG_FILE=str(config))
    assert "fonts-noto-cjk" in one_line(done, 1)
    assert not file.exists()


def test_a_store_without_a_district_says_what_to_do_first(one_line: OneLine, tmp_path: Path) -> None:
    done = liandong(tmp_path / "new", "report", "daily", "--on", "2018-06-05", "-o", str(tmp_path / "r.json"))
    assert "liandong" in one_line(done, 1)


def test_the_same_report_of_the_same_store_has_the_same_words(called: None, run: Run, tmp_path: Path) -> None:
    made = []
    for n in range(2):
        file = tmp_path / f"{n}.docx"
        assert run("report", "weekly", "--on", "2018-06-05", "-o", str(file)).returncode == 0
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as package:
            text = package.read("word/document.xml").decode()
        made.append(text.partition("统计时段")[0])
    assert made[0] == made[1]
