"""Meetings to tasks, measures and who misses, files of entries, the table of what units have ready."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from liandong.casework.execute import Refused
from liandong.casework.filestore import Unacceptable
from liandong.district import packs
from liandong.district.models import Account, Handover, Unit
from liandong.engine import meeting_clock, register_clock
from liandong.registers import files, measures, meetings, notices, queries, reading
from liandong.registers.check import violations
from liandong.registers.readiness import GAP, NONE, OK, SOON, table
from liandong.registers.store import act
from liandong.rules.model import SYSTEM, Actor
from liandong.rules.periods import quarter
from support.policy import PACK
from support.steps import CG, DUTY, HB, POLICY

pytestmark = pytest.mark.django_db
OTHER = Actor("duty_office", "qian")
INSPECTOR = Actor("inspector", "sun")


@pytest.fixture(autouse=True)
def _district(db: None) -> None:
    packs.load(PACK)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=POLICY.zone)


NOW = moment("2018-07-02T09:00")
TODAY = NOW.date()
Q3 = quarter("2018Q3", POLICY.zone)


def convened(period: str = "2018Q3", at: str = "2018-07-20T09:00:00+08:00") -> Any:
    return act(
        "meeting", "convene",
        {"period": period, "title": "例会", "at": at, "place": "三会议室", "units": ["CG", "HB"],
         "agenda": [{"type": "stage", "text": "部署"}]},
        DUTY, now=NOW,
    )  # fmt: skip


def test_resolutions_become_tasks_with_their_minutes_or_not_at_all() -> None:
    """R45: a meeting's resolution is a task from the moment the minutes are out; a refused one leaves nothing."""
    meeting = convened()
    act(
        "meeting",
        "confirm",
        {"attends": True, "person": "李四", "phone": "13812341234"},
        CG,
        no=meeting.no,
        now=NOW,
    )
    roll = [{"unit": "CG", "present": True, "person": "李四"}, {"unit": "HB", "present": False}]
    then = moment("2018-07-20T17:00")
    act(
        "meeting",
        "hold",
        {"held_at": "2018-07-20T09:00:00+08:00", "attendance": roll},
        DUTY,
        no=meeting.no,
        now=then,
    )
    good = [{"text": "更新目录", "units": ["CG", "HB"], "due": "2018-08-31"}, {"text": "通报情况"}]
    with pytest.raises(Refused):
        meetings.minute(
            meeting.no, {"minutes": "纪要", "resolutions": [{"text": "x", "units": ["CG"]}]}, DUTY, now=then
        )
    assert reading.every(DUTY, "task") == []
    _minuted, made = meetings.minute(
        meeting.no, {"minutes": "纪要", "resolutions": good}, DUTY, key="k", now=then
    )
    again, same = meetings.minute(
        meeting.no, {"minutes": "纪要", "resolutions": good}, DUTY, key="k", now=then
    )
    assert [one.no for one in same] == [one.no for one in made]
    assert again.state == "minuted"
    found = meetings.resolutions(DUTY, Q3, POLICY)
    assert [(one.text, one.task and one.task.no) for one in found] == [
        ("更新目录", made[0].no),
        ("通报情况", None),
    ]
    assert meetings.status(found, then) == {"open": 1, "no_unit": 1}
    assert meetings.status(found, moment("2018-09-01T00:01")) == {"late": 1, "no_unit": 1}
    assert [one.no for one in reading.every(CG, "task")] == [made[0].no]
    assert reading.every(Actor("unit", "x", "JT"), "task") == []
    assert list(violations()) == []


def test_a_units_answer_is_masked_for_the_others() -> None:
    meeting = convened()
    act(
        "meeting",
        "confirm",
        {"attends": True, "person": "李四光", "phone": "13812341234"},
        CG,
        no=meeting.no,
        now=NOW,
    )
    seen = queries.get(HB, "meeting", meeting.no)
    assert seen is not None
    assert "13812341234" not in str(seen.data)
    full = queries.get(DUTY, "meeting", meeting.no)
    assert full is not None
    assert full.data["attendance:CG"]["phone"] == "13812341234"


def test_a_quarter_without_a_meeting_is_an_alarm_from_three_weeks_before_its_end() -> None:
    """R45: 每季度; the number of days is the pack's."""
    assert meetings.alarm(moment("2018-09-09T12:00"), POLICY) is None
    alarm = meetings.alarm(moment("2018-09-10T12:00"), POLICY)
    assert alarm is not None
    assert (alarm.period.name, alarm.days, alarm.planned) == ("2018Q3", 21, None)
    meeting = convened()
    alarm = meetings.alarm(moment("2018-09-10T12:00"), POLICY)
    assert alarm is not None
    assert alarm.planned is not None
    act("meeting", "hold", {"held_at": "2018-07-20T09:00:00+08:00", "attendance": [{"unit": "CG", "present": True}]},
        DUTY, no=meeting.no, now=moment("2018-07-20T12:00"))  # fmt: skip
    assert meetings.alarm(moment("2018-09-10T12:00"), POLICY) is None


def test_the_worker_reminds_of_a_task_once_at_each_mark() -> None:
    task = act(
        "task",
        "assign",
        {"source": "other", "title": "整改", "units": ["CG"], "due": "2018-07-11"},
        DUTY,
        now=NOW,
    )
    assert meeting_clock.run_due(NOW + timedelta(days=4)) == 0
    assert meeting_clock.run_due(NOW + timedelta(days=5)) == 1
    assert meeting_clock.run_due(NOW + timedelta(days=5)) == 0
    assert meeting_clock.run_due(moment("2018-07-12T00:00")) == 1
    kinds = [one.kind for one in notices.of_entry(task.no)]
    assert kinds == ["task", "task_50", "task_100", "task_100", "task_100"]


# -- measures ----------------------------------------


def test_the_missing_list_names_units_in_force_at_the_quarters_end() -> None:
    """R64: the residual class and 应急办 owe none; a unit dissolved in mid-quarter is not missing, nor one just set up."""
    Unit.objects.filter(code="WH").update(valid_to=date(2018, 8, 15), successors=["LY"])
    Unit.objects.filter(code="LY2").update(valid_from=date(2018, 9, 10))
    from liandong.district import policy as current

    rules = current.current()
    act(
        "measure",
        "register",
        {"unit": "CG", "period": "2018Q3", "title": "早市", "text": "延时"},
        CG,
        now=NOW,
    )
    found = measures.standing(DUTY, Q3, rules)
    assert set(found.filed) == {"CG"}
    assert "HB" in found.missing
    assert not {"CG", "YJ", "WH", "LY2", "QT"} & set(found.missing)
    assert (found.not_owed["WH"], found.not_owed["LY2"], found.not_owed["YJ"]) == (
        "dissolved",
        "new",
        "exempt",
    )
    assert found.owing == found.met + len(found.missing)
    assert measures.standing(HB, Q3, rules).missing == ("HB",)


def test_a_withdrawn_measure_is_missing_again() -> None:
    entry = act(
        "measure",
        "register",
        {"unit": "CG", "period": "2018Q3", "title": "早市", "text": "延时"},
        CG,
        now=NOW,
    )
    act("measure", "withdraw", {"withdrawn_because": "重复"}, CG, no=entry.no, now=NOW)
    assert "CG" in measures.standing(DUTY, Q3, POLICY).missing


def test_the_110_day_comes_near_in_december() -> None:
    """R62: 110宣传日, every 10 January."""
    assert measures.reminders(date(2018, 12, 10)) == []
    assert measures.reminders(date(2018, 12, 11))[0] == ("110宣传日", date(2019, 1, 10), 30)
    assert measures.reminders(date(2019, 1, 10))[0].days == 0


# -- files ----------------------------------------

DOCUMENT = {"unit": "CG", "kind": "workflow", "title": "流程", "edition": "1", "valid_from": "2018-07-01"}


def picture() -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (8, 8), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def filed(kind: str = "workflow", actor: Actor = CG, now: datetime = NOW, **more: Any) -> Any:
    fields = {**DOCUMENT, "unit": actor.unit, "kind": kind, **more}
    return files.act_with(
        "unit_document", "file", fields, actor, [("流程.txt", f"{kind}{more}".encode())], now=now
    )


def test_a_file_comes_with_its_step_without_exif_and_only_for_who_sees_the_entry() -> None:
    """R23, CONTRACT §6: known by content, EXIF removed."""
    entry = files.act_with(
        "unit_document", "file", DOCUMENT, CG, [("../a.exe", picture())], key="one", now=NOW
    )
    same = files.act_with(
        "unit_document", "file", DOCUMENT, CG, [("../a.exe", picture())], key="one", now=NOW
    )
    assert same.no == entry.no
    (row,) = files.of_entry("unit_document", entry.no)
    assert (row.name, row.media_type) == ("a.jpg", "image/jpeg")
    assert b"secret place" not in files.read(row)
    assert files.find(HB, "unit_document", entry.no, row.id) is None
    assert files.find(DUTY, "unit_document", entry.no, row.id) is not None
    assert files.find(DUTY, "measure", entry.no, row.id) is None


def test_of_a_refused_step_no_file_is_left() -> None:
    with pytest.raises(Unacceptable):
        files.act_with("unit_document", "file", DOCUMENT, CG, [("a.zip", b"PK\x03\x04junk")], now=NOW)
    with pytest.raises(Refused):
        files.act_with(
            "unit_document", "file", {**DOCUMENT, "valid_to": "2018-06-01"}, CG, [("a.txt", b"x")], now=NOW
        )
    assert files.usable("unit_document", "", CG) == frozenset()
    with pytest.raises(Refused) as refused:
        act("unit_document", "file", {**DOCUMENT, "attachments": ["ffff"]}, CG, now=NOW)
    assert refused.value.refusal.code == "unknown_attachment"


# -- readiness ----------------------------------------


def cell(item: str, unit: str = "CG", day: date = TODAY, now: datetime = NOW) -> Any:
    (row,) = table(DUTY, day, now, unit=unit).rows
    return row.cells[item]


def test_the_table_has_a_row_for_every_unit_in_force_and_shares_with_counts() -> None:
    found = table(INSPECTOR, TODAY, NOW)
    codes = {row.unit for row in found.rows}
    assert {"CG", "GA", "U-W"} <= codes
    assert "YJ" not in codes
    assert found.totals["documents"] == (0, len(codes))
    for row in found.rows:
        concerned = [c for c in row.cells.values() if c.state != NONE]
        assert row.concerned == len(concerned)
        assert row.ready == sum(c.state != GAP for c in concerned)
        assert row.share is not None
        assert 0 <= row.share <= 1


def test_a_unit_sees_its_own_row_only_and_nobody_sees_tomorrow() -> None:
    assert [row.unit for row in table(CG, TODAY, NOW).rows] == ["CG"]
    with pytest.raises(ValueError, match="晚于今天"):
        table(DUTY, TODAY + timedelta(days=1), NOW)


def test_documents_count_once_checked_and_as_long_as_in_force() -> None:
    """R23: three documents, 应急办 checks each."""
    assert [gap.says for gap in cell("documents").gaps] == ["缺内部工作流程", "缺管理规章", "缺考核奖惩"]
    entries = [filed(kind) for kind in ("workflow", "regulation", "reward")]
    assert {gap.mend[0] for gap in cell("documents").gaps} == {"entry"}
    later = NOW + timedelta(days=1)
    for entry in entries[:2]:
        act("unit_document", "accept", {}, DUTY, no=entry.no, now=later)
    act("unit_document", "give_back", {"reason": "缺章"}, DUTY, no=entries[2].no, now=later)
    assert [gap.says for gap in cell("documents", day=later.date(), now=later).gaps] == ["考核奖惩被退回"]
    assert len(cell("documents", day=TODAY, now=later).gaps) == 3  # as of yesterday nothing was checked
    ending = filed("reward", valid_to="2018-07-20")
    act("unit_document", "accept", {}, OTHER, no=ending.no, now=later)
    assert cell("documents", day=later.date(), now=later).state == SOON
    over = moment("2018-07-20T08:00")
    assert cell("documents", day=over.date(), now=over).state == GAP


def test_the_round_trip_is_recorded_by_itself() -> None:
    """R55: sent, opened in the inbox, answered; late is failed, and the worker says so."""
    test = act("connection_test", "send", {"unit": "CG"}, DUTY, now=NOW)
    assert cell("connection").state == SOON
    notices.mark_read(CG, test.no, now=NOW + timedelta(minutes=2))
    seen = queries.get(CG, "connection_test", test.no)
    assert seen is not None
    done = act(
        "connection_test",
        "answer",
        {"typed": seen.data["word"]},
        CG,
        no=test.no,
        now=NOW + timedelta(minutes=3),
    )
    assert (done.state, done.data["read_at"]) == ("passed", NOW + timedelta(minutes=2))
    after = NOW + timedelta(minutes=4)
    assert cell("connection", now=after).state == OK
    act("connection_test", "send", {"unit": "HB"}, DUTY, now=NOW)
    assert register_clock.run_due() == 1
    assert cell("connection", "HB", date(2026, 1, 5), moment("2026-01-05T09:00")).state == GAP


def test_phones_count_as_long_as_they_were_answered_not_long_ago() -> None:
    """R48: verification of each number, with its day."""

    def call(post: str, answered: bool) -> None:
        act("connection_test", "call",
            {"unit": "CG", "post": post, "called_at": NOW.isoformat(), "answered": answered}, DUTY, now=NOW)  # fmt: skip

    for post in ("responsible", "liaison"):
        call(post, True)
    call("duty", False)
    after = NOW + timedelta(minutes=1)
    assert [gap.says for gap in cell("phones", now=after).gaps] == ["值班电话未接通"]
    call("duty", True)
    assert cell("phones", now=after).state == OK
    late = NOW + timedelta(days=91)
    assert len(cell("phones", day=late.date(), now=late).gaps) == 3


def test_people_roster_handover_and_training_come_from_the_districts_tables() -> None:
    """R59, R24, R56."""
    assert cell("people").state == OK
    assert cell("duty").state == OK
    Handover.objects.create(
        place="CG", given_by="a", given_at=NOW - timedelta(hours=9), read_by=NOW - timedelta(hours=1)
    )
    assert [gap.says for gap in cell("duty").gaps] == ["1次交班无人接"]
    assert [gap.says for gap in cell("training").gaps] == ["没有账号"]
    account = Account.objects.create(username="cg1", role="unit", unit="CG", password="x")
    Account.objects.filter(pk=account.pk).update(created_at=NOW - timedelta(days=1))
    assert [gap.says for gap in cell("training").gaps] == ["1个账号培训未通过"]
    Account.objects.filter(pk=account.pk).update(trained_version=1)
    assert cell("training").state == OK


def test_a_measure_falls_due_in_its_quarter_and_is_missing_after_it() -> None:
    assert cell("measure").state == GAP  # 2018Q2 has passed without one
    assert {gap.state for gap in cell("measure").gaps} == {GAP, SOON}
    act("measure", "register", {"unit": "CG", "period": "2018Q2", "title": "a", "text": "b"}, CG, now=NOW)
    act("measure", "register", {"unit": "CG", "period": "2018Q3", "title": "c", "text": "d"}, CG, now=NOW)
    assert cell("measure").state == OK


def test_equipment_publicity_plan_close_their_gaps() -> None:
    for kind in ("funding", "terminal", "telephone"):
        act(
            "equipment",
            "record",
            {"unit": "CG", "kind": kind, "title": kind, "since": "2018-06-01"},
            CG,
            now=NOW,
        )
    assert cell("resources").state == OK
    plan = {"unit": "CG", "title": "进社区", "on": "2018-07-01", "channel": "community", "audience": "居民"}
    one = act("campaign", "plan", plan, CG, now=NOW)
    assert cell("campaign").state == SOON
    act("campaign", "carry_out", {"done_on": "2018-07-01", "material": "手册"}, CG, no=one.no, now=NOW)
    assert cell("campaign").state == OK
    for kind in ("plan", "kickoff"):
        entry = filed(kind)
        act("unit_document", "accept", {}, DUTY, no=entry.no, now=NOW)
    assert cell("plan").state == OK
    assert "晚于2018-05-20" in cell("plan").says


def test_the_statements_do_not_grow_with_the_units() -> None:
    with CaptureQueriesContext(connection) as one:
        table(DUTY, TODAY, NOW, unit="CG")
    with CaptureQueriesContext(connection) as all_of_them:
        table(DUTY, TODAY, NOW)
    assert len(all_of_them) <= len(one)


def test_the_clock_does_not_remind_of_what_was_done() -> None:
    task = act(
        "task",
        "assign",
        {"source": "other", "title": "整改", "units": ["CG"], "due": "2018-07-11"},
        DUTY,
        now=NOW,
    )
    act("task", "claim", {"result": "完成"}, CG, no=task.no, now=NOW)
    assert meeting_clock.run_due(moment("2018-07-12T00:00")) == 0
    with pytest.raises(Refused):
        act("task", "remind", {"percent": 100}, SYSTEM, no=task.no, now=moment("2018-07-12T00:00"))
