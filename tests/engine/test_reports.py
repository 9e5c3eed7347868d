"""Reports: figures equal a naive recount, running and future and empty periods, what stands in each kind, nothing personal."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import DatabaseError, transaction
from docx import Document
from docx.oxml.ns import qn

from liandong.casework import rows
from liandong.casework.models import Case, ClockRow
from liandong.district import packs, reporting
from liandong.engine import paper_numbers, reports
from liandong.engine.reports import archive, values
from liandong.engine.reports.values import Graph, Report, Table
from liandong.rules import periods
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
KINDS = ("daily", "weekly", "monthly", "quarterly", "yearly")
SECRETS = ("张三", flow.PHONE, "路灯不亮", "路灯坏了", "中山路", "QJFL-")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def now(at: Any) -> Any:
    return at("2018-06-14T18:00")  # a Thursday


def finished(no: str, at: Any, policy: Any) -> None:
    flow.do("sign", no, flow.CG, at, policy, receiver="张工")
    flow.do("feedback", no, flow.CG, at + MINUTE, policy, result="resolved", text="已处理", contacted_caller=True, contacted_at=at.isoformat())  # fmt: skip
    flow.do("accept_feedback", no, flow.DESK, at + 2 * MINUTE, policy)
    flow.do("call_back", no, flow.DESK, at + 3 * MINUTE, policy, reached=True, satisfaction="satisfied", solved="yes")  # fmt: skip


@pytest.fixture
def town(db: None, at: Any, now: Any, policy: Any) -> None:
    """Two weeks: closed ones, open ones, one late, one about the police, one grave, one from before."""
    packs.load(PACK)
    before = flow.register(at("2018-05-31T10:00"), policy, "before")
    flow.dispatch(before, at("2018-05-31T10:05"), policy)
    for n in range(12):
        start = at("2018-06-04T09:00") + timedelta(days=n % 5, minutes=n)
        no = flow.register(start, policy, f"c{n}")
        flow.dispatch(no, start + MINUTE, policy)
        finished(no, start + HOUR, policy)
    for n in range(3):
        no = flow.register(now - timedelta(hours=2 + n), policy, f"o{n}", kind="complaint")
        flow.dispatch(no, now - timedelta(hours=1 + n), policy, unit="HB", matter="HB-01")
    late = flow.register(at("2018-06-05T09:00"), policy, "late")
    flow.dispatch(late, at("2018-06-05T09:01"), policy, unit="HB", matter="HB-01")
    grave = flow.register(now - HOUR, policy, "grave")
    flow.do("set_level", grave, flow.LEAD, now - HOUR, policy, level="larger", reason="多人受影响")


def draw(kind: str, day: str, now: Any, policy: Any) -> Report:
    return reports.draw(reports.period_of(kind, date.fromisoformat(day), policy), now=now)


def texts(report: Report) -> str:
    return json.dumps(report.to_json(), ensure_ascii=False)


def cells(report: Report, section: str) -> dict[str, list[Any]]:
    """The first table of a section: the row's name → the numbers behind it."""
    found = next(one for one in report.sections if one.code == section)
    table = next(block for block in found.blocks if isinstance(block, Table))
    return {
        row[0].text: [cell.value if cell.value is not None else cell.text for cell in row[1:]]
        for row in table.rows
    }


def test_a_reports_numbers_equal_a_naive_recount(town: None, now: Any, policy: Any) -> None:
    report = draw("monthly", "2018-06-14", now, policy)
    ms = [int(one.timestamp() * 1000) for one in (report.start, now)]
    received = Case.objects.filter(received_ms__gte=ms[0], received_ms__lt=ms[1], restricted=False)
    told = cells(report, "overview")
    assert told["接报"][0] == received.count() == 17
    assert told["分流"][0] == received.exclude(first_unit="").count()
    assert told["办结"][0] == Case.objects.filter(closed_ms__gte=ms[0], closed_ms__lt=ms[1]).count() == 12
    assert told["接报"][1] == 0, "the month before, cut at the same length, had nothing yet"
    due = ClockRow.objects.filter(
        kind="handle", due_ms__gte=ms[0], due_ms__lt=ms[1], started_ms__gte=ms[0]
    )  # R57
    judged = [one for one in due if one.outcome in ("on_time", "late") or one.stopped_ms is None]
    right = [one for one in judged if one.outcome == "on_time"]
    assert cells(report, "metrics")["按期办结率（M2）"][1] == f"{len(right)}/{len(judged)}"


def test_the_daily_report_tells_the_24_hours_before_eight(town: None, at: Any, policy: Any) -> None:
    report = draw("daily", "2018-06-06", at("2018-06-06T08:00"), policy)
    assert (report.start, report.end) == (at("2018-06-05T08:00"), at("2018-06-06T08:00"))
    assert cells(report, "overview")["接报"][0] == 4
    assert not report.running
    assert "日报（2018年6月6日）" in report.title


def test_a_running_period_says_until_when_and_a_future_one_is_refused(
    town: None, now: Any, policy: Any
) -> None:
    report = draw("quarterly", "2018-06-14", now, policy)
    assert report.running
    assert "截至2018年6月14日18:00" in texts(report)
    assert report.as_of == now
    with pytest.raises(reports.CannotReport, match="2018年第三季度还没有开始"):
        draw("quarterly", "2018-07-01", now, policy)
    with pytest.raises(reports.CannotReport, match="还没有开始"):
        draw("daily", "2018-06-16", now, policy)


def test_an_empty_period_is_an_honest_report(town: None, now: Any, policy: Any) -> None:
    for kind in KINDS:
        report = draw(kind, "2017-03-15", now, policy)
        assert report.empty, kind
        assert "本期没有数据" in texts(report)
        assert reports.FORMATS["docx"][1](report)


def _rounded(value: Any) -> Any:
    return round(float(value), 9) if isinstance(value, int | float) else value


@pytest.mark.parametrize("kind", [*KINDS, "special"])
def test_every_kind_becomes_three_files_of_the_same_words_with_nothing_personal(
    town: None, now: Any, policy: Any, kind: str
) -> None:
    if kind == "special":
        report = reports.draw(reports.own_period(date(2018, 6, 1), date(2018, 6, 14), policy), now=now)
    else:
        report = draw(kind, "2018-06-14", now, policy)
    told = texts(report)
    for secret in SECRETS:
        assert secret not in told, secret
    word = Document(io.BytesIO(reports.FORMATS["docx"][1](report)))
    said = re.sub(r"\s", "", "".join(node.text or "" for node in word.element.body.iter(qn("w:t"))))
    book = openpyxl.load_workbook(io.BytesIO(reports.FORMATS["xlsx"][1](report)))
    sheets = [[cell.value for row in sheet.iter_rows() for cell in row] for sheet in book]
    numbers = {_rounded(value) for sheet in sheets for value in sheet}
    for section in report.sections:
        assert re.sub(r"\s", "", section.title) in said
        for block in section.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    for cell in row:
                        assert re.sub(r"\s", "", cell.text) in said
                        value = cell.value if cell.value is not None else cell.text
                        assert _rounded(value) in numbers or not cell.text
    charts = sum(isinstance(block, Graph) for section in report.sections for block in section.blocks)
    assert sum(len(sheet._charts) for sheet in book) == charts  # type: ignore[attr-defined]
    assert json.loads(reports.FORMATS["json"][1](report)) == json.loads(told)


def test_a_report_comes_back_from_its_kept_text_as_it_was(town: None, now: Any, policy: Any) -> None:
    for kind in KINDS:
        report = draw(kind, "2018-06-14", now, policy)
        assert values.load(values.canonical(report)) == report


def test_each_figure_bears_its_definition_and_the_report_its_snapshot(
    town: None, now: Any, policy: Any
) -> None:
    report = draw("monthly", "2018-06-14", now, policy)
    known = {one.code for one in report.definitions}
    used = {cell.figure for section in report.sections for block in section.blocks if isinstance(block, Table) for row in block.rows for cell in row if cell.figure}  # fmt: skip
    assert used <= known
    assert all(re.fullmatch(r"[0-9a-f]{12}", one.digest) for one in report.definitions)
    assert report.snapshot.startswith("log-")
    said = "".join(node.text or "" for node in Document(io.BytesIO(reports.FORMATS["docx"][1](report))).element.body.iter(qn("w:t")))  # fmt: skip
    assert report.snapshot in said
    assert report.setting in said


def test_a_frozen_quarter_gives_the_papers_their_numbers_for_ever(
    town: None, now: Any, at: Any, policy: Any
) -> None:
    from liandong.casework.evaluation import snapshots

    later = at("2018-07-02T09:00")
    quarter = periods.quarter("2018Q2", policy.zone)
    frozen = snapshots.freeze(quarter, flow.DUTY, later)
    before = cells(draw("quarterly", "2018-06-14", later, policy), "metrics")
    no = flow.register(at("2018-06-20T09:00"), policy, "afterwards")
    flow.dispatch(no, at("2018-06-20T09:01"), policy)
    report = draw("quarterly", "2018-06-14", later, policy)
    assert report.snapshot == frozen.id
    assert {name: row[:3] for name, row in cells(report, "metrics").items()} == {
        name: row[:3] for name, row in before.items()
    }
    assert f"snapshot={frozen.id}" in texts(report)


def test_grave_events_and_wrong_diversions_stand_in_the_daily_report(
    town: None, now: Any, at: Any, policy: Any
) -> None:
    no = flow.register(now - 30 * MINUTE, policy, "wrong")
    flow.dispatch(no, now - 29 * MINUTE, policy)
    flow.do("to_police", no, flow.DESK, now - 20 * MINUTE, policy, reason="有人受伤")
    report = draw("daily", "2018-06-15", at("2018-06-15T08:00"), policy)
    assert "较大及以上事件1件" in texts(report)
    assert "误分流1件" in texts(report)


def test_complaints_about_police_are_nowhere_in_a_report(town: None, now: Any, policy: Any) -> None:
    before = draw("monthly", "2018-06-14", now, policy)
    no = flow.register(now - HOUR, policy, "police", flow.LEAD, kind="complaint")
    flow.dispatch(no, now - 50 * MINUTE, policy, unit="GA", matter="GA-07")
    after = draw("monthly", "2018-06-14", now, policy)
    told, then = cells(after, "overview"), cells(before, "overview")
    assert told["分流"] == then["分流"]
    assert "GA-07" not in texts(after)


def test_red_and_black_lists_name_only_units_with_enough_cases(town: None, now: Any, policy: Any) -> None:
    report = draw("monthly", "2018-06-14", now, policy)
    ranked = next(one for one in report.sections if one.code == "ranking")
    names = [row[1].text for block in ranked.blocks if isinstance(block, Table) for row in block.rows]
    assert names == ["区城市管理局"]
    assert "区环保局" in texts(report), "it stands in the table of all units all the same"


def test_the_quarterly_papers_have_every_part_of_the_meeting(town: None, now: Any, policy: Any) -> None:
    report = draw("quarterly", "2018-06-14", now, policy)
    assert [one.code for one in report.sections] == [
        "overview", "resolutions", "metrics", "ranking", "rulings", "gaps", "measures", "drills", "sanctions", "proposals",
    ]  # fmt: skip
    assert "每季度应召开一次例会（R45）" in texts(report)
    assert "区人武部" in report.copies


def test_a_kept_report_never_changes(town: None, now: Any, policy: Any) -> None:
    number = archive.draw_up(draw("monthly", "2018-06-14", now, policy), "duty_office:zhao")
    before = {kind: make(archive.get(flow.DUTY, number)[1]) for kind, (_media, make) in reports.FORMATS.items() if kind in ("docx", "json")}  # type: ignore[index]  # fmt: skip
    flow.dispatch(flow.register(now - HOUR, policy, "more"), now - HOUR, policy)
    packs.load(PACK)
    after = {kind: reports.FORMATS[kind][1](archive.get(flow.DUTY, number)[1]) for kind in before}  # type: ignore[index]
    assert after == before


def test_a_kept_report_that_was_tampered_with_is_not_shown(town: None, now: Any, policy: Any) -> None:
    from liandong.engine.models import KeptReport

    number = archive.draw_up(draw("monthly", "2018-06-14", now, policy), "duty_office:zhao")
    body = KeptReport.objects.get(id=number).body
    KeptReport.objects.filter(id=number).update(body=body.replace("接报", "接到"))
    with pytest.raises(ValueError, match="摘要不符"):
        archive.get(flow.DUTY, number)


def test_a_report_to_nobody_is_refused(town: None, now: Any, policy: Any) -> None:
    import dataclasses

    report = draw("monthly", "2018-06-14", now, policy)
    for told, to in ((report, ()), (dataclasses.replace(report, to=()), ("reader",))):
        with pytest.raises(reports.CannotReport, match="没有收件人，请先填写主送"):
            archive.make(told, "duty_office:zhao", to)


def test_a_pack_whose_reports_go_to_nobody_is_refused(tmp_path: Any) -> None:
    from liandong.district.errors import PackError

    told = (PACK / "reports.toml").read_text("utf-8")
    (tmp_path / "reports.toml").write_text(told.replace('to = ["区政府领导"]', "to = []", 1), "utf-8")
    with pytest.raises(PackError, match="没有主送"):
        reporting.read(tmp_path)
    (tmp_path / "reports.toml").write_text(told.replace("日报（{period}）", "日报（{peroid}）"), "utf-8")
    with pytest.raises(PackError, match="只能用"):
        reporting.read(tmp_path)
    (tmp_path / "reports.toml").unlink()
    assert reporting.read(tmp_path) == ()


def test_who_reads_what_and_when_it_was_opened(town: None, now: Any, policy: Any) -> None:
    from liandong.rules.model import Actor

    reader, government, hb = Actor("reader", "court"), Actor("government", "gov"), flow.HB
    number = archive.draw_up(draw("monthly", "2018-06-14", now, policy), "duty_office:zhao")
    daily = archive.draw_up(draw("daily", "2018-06-14", now, policy), "duty_office:zhao")
    one = archive.draw_up(draw("weekly", "2018-06-14", now, policy), "duty_office:zhao", ("unit:CG",))
    assert [kept.id for kept in archive.find(reader)[0]] == [number]
    assert [kept.id for kept in archive.find(government)[0]] == [daily, number]
    assert [kept.id for kept in archive.find(hb)[0]] == [number]
    assert [kept.id for kept in archive.find(flow.CG)[0]] == [one, number]
    assert len(archive.find(flow.INSPECTOR)[0]) == 3
    for nobody in (flow.DESK, flow.AUDITOR, flow.SYSADMIN, flow.INSPECTORATE):
        assert archive.find(nobody) == ([], None)
        assert archive.get(nobody, number) is None
    assert archive.get(reader, daily) is None
    archive.took(number, reader, "open", now)
    archive.took(number, reader, "open", now + HOUR)
    archive.took(number, reader, "pdf", now)
    got = archive.receipts(number)
    assert [(one.by, one.what, one.times) for one in got] == [
        ("reader:court", "open", 2),
        ("reader:court", "pdf", 1),
    ]
    assert got[0].last_ms - got[0].first_ms == 3_600_000
    assert archive.opened(reader, [number, daily]) == {number}


def test_every_making_is_recorded(town: None, now: Any, policy: Any) -> None:
    from liandong.casework import looks

    archive.draw_up(draw("monthly", "2018-06-14", now, policy), "duty_office:zhao")
    found = looks.recent(flow.AUDITOR) or []
    assert any(
        one.kind == "export" and "编制报告" in one.reason and one.by == "duty_office:zhao" for one in found
    )


def test_pages_of_the_archive_follow_each_other(town: None, now: Any, policy: Any) -> None:
    report = draw("daily", "2018-06-14", now, policy)
    made = [archive.draw_up(report, "duty_office:zhao") for _ in range(5)]
    first, more = archive.find(flow.DUTY, limit=2)
    second, then = archive.find(flow.DUTY, limit=2, before=more)
    third, end = archive.find(flow.DUTY, limit=2, before=then)
    assert [one.id for one in (*first, *second, *third)] == made[::-1]
    assert end is None


def test_the_number_of_statements_does_not_grow_with_the_cases(
    town: None, now: Any, policy: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(90):
        draw("monthly", "2018-06-14", now, policy)


def test_periods_are_the_ones_of_the_rules(policy: Any) -> None:
    for kind in KINDS:
        period = reports.period_of(kind, date(2018, 6, 14), policy)
        assert period == periods.on(kind, date(2018, 6, 14), policy.zone)
    with pytest.raises(reports.CannotReport, match="结束日期早于开始日期"):
        reports.own_period(date(2018, 6, 2), date(2018, 6, 1), policy)
    with pytest.raises(reports.CannotReport, match="年份"):
        reports.period_of("daily", date(1, 1, 1), policy)


# -- file numbers (发文字号) ----------------------------------------


def issued(kind: str, day: str, now: Any, policy: Any, title: str = "") -> tuple[int, Report]:
    if kind == "special":
        period = reports.own_period(date.fromisoformat(day), date.fromisoformat(day), policy)
        drawn = reports.draw(period, now=now, title=title)
    else:
        drawn = draw(kind, day, now, policy)
    number = archive.draw_up(drawn, "duty_office:zhao")
    found = archive.get(flow.DUTY, number)
    assert found is not None
    return number, found[1]


def serials(*found: tuple[int, Report]) -> list[int]:
    return [int(re.search(r"〕(\d+)号", one.number)[1]) for _number, one in found]  # type: ignore[index]


def test_numbers_have_no_gap_and_only_what_is_issued_has_one(town: None, at: Any, policy: Any) -> None:
    later = at("2018-10-08T09:00")
    looked_at = draw("monthly", "2018-06-14", later, policy)
    assert looked_at.number == ""
    made = [
        issued("monthly", "2018-06-14", later, policy),
        issued("quarterly", "2018-06-14", later, policy),
        issued("special", "2018-06-05", later, policy, "关于一件事的专报"),
        issued("special", "2018-06-05", later, policy, "关于另一件事的专报"),
    ]
    assert serials(*made) == [1, 2, 3, 4]
    assert all(one.number.startswith("綦应急报〔") for _number, one in made)
    running = issued("yearly", "2018-06-14", later, policy)[1]
    assert running.running
    assert running.number == ""  # the year is not over: no final paper
    assert issued("daily", "2018-06-14", later, policy)[1].number == ""  # the pack gives none


def test_the_same_paper_issued_again_keeps_its_number_in_every_file(town: None, at: Any, policy: Any) -> None:
    later = at("2018-10-08T09:00")
    first, again = (issued("monthly", "2018-06-14", later, policy)[1] for _ in range(2))
    assert again.number == first.number
    made = {kind: maker(again) for kind, (_media, maker) in reports.FORMATS.items() if kind != "pdf"}
    assert json.loads(made["json"])["number"] == again.number
    assert again.number in [one.text for one in Document(io.BytesIO(made["docx"])).paragraphs]
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert again.number in [cell.value for sheet in book for row in sheet for cell in row]


def test_a_void_number_stays_in_the_register_with_its_reason_and_is_given_to_nobody(
    town: None, at: Any, policy: Any
) -> None:
    later = at("2018-10-08T09:00")
    kept, first = issued("monthly", "2018-06-14", later, policy)
    for actor, reason in ((flow.INSPECTOR, "数字有误"), (flow.DUTY, " ")):
        with pytest.raises(paper_numbers.BadNumber):
            paper_numbers.make_void(first.number, reason, actor, later)
    paper_numbers.make_void(first.number, "数字有误，重新印发", flow.DUTY, later)
    with pytest.raises(paper_numbers.BadNumber, match="已经作废"):
        paper_numbers.make_void(first.number, "再一次", flow.DUTY, later)
    assert archive.get(flow.DUTY, kept)[1].number == f"{first.number}（已作废）"  # type: ignore[index]
    anew = issued("monthly", "2018-06-14", later, policy)
    assert serials((0, first), anew) == [1, 2]
    lines = {line.number: line.reason for line in paper_numbers.register()}
    assert lines == {first.number: "数字有误，重新印发", anew[1].number: None}


def test_each_word_and_each_year_has_its_own_series(db: None, at: Any) -> None:
    def give(pattern: str, subject: str, day: str) -> str:
        return paper_numbers.give(pattern, subject, "题目", "duty_office:zhao", at(f"{day}T09:00"))

    one, other = "綦应急报〔{year}〕{n}号", "綦应急函〔{year}〕{n}号"
    assert give(one, "a", "2018-12-31") == "綦应急报〔2018〕1号"
    assert give(other, "b", "2018-12-31") == "綦应急函〔2018〕1号"
    assert give(one, "c", "2019-01-01") == "綦应急报〔2019〕1号"
    assert give(one, "a", "2019-01-02") == "綦应急报〔2018〕1号"


def test_the_database_itself_refuses_to_change_the_register(db: None, at: Any) -> None:
    paper_numbers.give("綦〔{year}〕{n}号", "a", "题目", "duty_office:zhao", at("2018-12-31T09:00"))
    for sql in ("UPDATE engine_paper_number SET title = 'x'", "DELETE FROM engine_paper_number"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.run(sql)


def test_a_pack_whose_numbers_have_no_serial_is_refused(tmp_path: Any) -> None:
    from liandong.district.errors import PackError

    told = (PACK / "reports.toml").read_text("utf-8")
    for wrong in ("綦应急报〔{year}〕号", "綦应急报{n}号", "綦应急报〔{yaer}〕{n}号"):
        (tmp_path / "reports.toml").write_text(told.replace("綦应急报〔{year}〕{n}号", wrong, 1), "utf-8")
        with pytest.raises(PackError, match="文号里"):
            reporting.read(tmp_path)
