"""The clock of the reports: when each kind is due, once for each period whoever draws it up, only the latest that was missed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from liandong.district import packs, reporting
from liandong.engine.models import KeptReport, ReportRecipient
from liandong.engine.reports import archive, schedule
from support import flow
from support.policy import PACK


@pytest.fixture
def started(at: Any, policy: Any) -> None:
    packs.load(PACK)
    flow.register(at("2018-05-02T10:00"), policy, "first")


def kept() -> list[tuple[str, str]]:
    return sorted(KeptReport.objects.filter(scheduled=True).values_list("kind", "period"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "now", "due", "period", "after"),
    [
        ("daily", "2018-06-05T08:00", "2018-06-05T08:00", "2018-06-05", "2018-06-06T08:00"),
        ("daily", "2018-06-05T07:59", "2018-06-04T08:00", "2018-06-04", "2018-06-05T08:00"),
        ("weekly", "2018-06-04T08:00", "2018-06-04T08:00", "2018W22", "2018-06-11T08:00"),
        ("weekly", "2018-06-04T07:00", "2018-05-28T08:00", "2018W21", "2018-06-04T08:00"),
        ("monthly", "2018-06-20T12:00", "2018-06-01T08:00", "2018-05", "2018-07-01T08:00"),
        ("quarterly", "2018-07-01T09:00", "2018-07-01T08:00", "2018Q2", "2018-10-01T08:00"),
        ("yearly", "2019-01-01T07:00", "2018-01-01T08:00", "2017", "2019-01-01T08:00"),
    ],
)
def test_each_kind_is_due_in_its_time(
    at: Any, policy: Any, kind: str, now: str, due: str, period: str, after: str
) -> None:
    packs.load(PACK)
    setting = reporting.settings()[kind]
    found = schedule.last_due(setting, at(now), policy)
    assert found is not None
    assert (found[0], found[1].name) == (at(due), period)
    assert schedule.next_due(setting, at(now), policy) == at(after)


@pytest.mark.django_db
def test_special_reports_are_never_due(at: Any, policy: Any) -> None:
    packs.load(PACK)
    setting = reporting.settings()["special"]
    assert schedule.last_due(setting, at("2018-06-05T08:00"), policy) is None
    assert schedule.next_due(setting, at("2018-06-05T08:00"), policy) is None


@pytest.mark.django_db
def test_the_clock_draws_up_what_is_due_once(started: None, at: Any) -> None:
    now = at("2018-06-05T08:01")
    assert schedule.Clock().step(now) == 3
    assert kept() == [("daily", "2018-06-05"), ("monthly", "2018-05"), ("weekly", "2018W22")]
    assert schedule.Clock().step(now) == 0, "another worker finds them there"
    assert schedule.Clock().step(now + timedelta(days=9)) == 2, "of the missed days and weeks the latest only"
    assert ("daily", "2018-06-14") in kept()
    assert len(kept()) == 5
    month = KeptReport.objects.get(kind="monthly")
    assert set(ReportRecipient.objects.filter(report_id=month.id).values_list("recipient", flat=True)) == set(
        reporting.settings()["monthly"].recipients
    )


@pytest.mark.django_db
def test_before_anything_began_and_without_a_pack_there_is_nothing_to_report(at: Any) -> None:
    assert schedule.Clock().step(at("2018-06-05T08:01")) == 0
    packs.load(PACK)
    assert schedule.Clock().step(at("2018-06-05T08:01")) == 0
    assert kept() == []


@pytest.mark.django_db
def test_a_report_drawn_up_by_hand_does_not_stand_in_the_clocks_way(
    started: None, at: Any, policy: Any
) -> None:
    from liandong.engine import reports

    report = reports.draw(
        reports.period_of("daily", at("2018-06-05T08:00").date(), policy), now=at("2018-06-05T08:00")
    )
    archive.draw_up(report, "duty_office:zhao")
    assert schedule.Clock().step(at("2018-06-05T08:01")) == 3


KILLED = """
import os, django
django.setup()
from datetime import datetime
from liandong.casework import looks
from liandong.engine.reports import schedule
looks.exported = lambda *a: os.kill(os.getpid(), 9)   # in the middle of keeping the report
schedule.Clock().step(datetime.fromisoformat("2018-06-05T08:01:00+08:00"))
"""


BEGIN = f"""
import django
django.setup()
from datetime import datetime
from django.core.management import call_command
call_command("migrate", verbosity=0)
from liandong.district import packs
from liandong.casework.execute import execute
from liandong.rules.model import Actor, Command
packs.load({str(PACK)!r})
at = datetime.fromisoformat("2018-05-02T10:00:00+08:00")
safety = dict(life="no", property="no", public="no")
fields = dict(kind="help", summary="路灯不亮", content="路灯不亮", safety=safety, received_at=at.isoformat())
execute(Command("register", None, fields | dict(source=dict(channel="110", ref="1"))), Actor("desk", "li"), now=at)
"""
STEP = """
import django
django.setup()
from datetime import datetime
from liandong.engine.models import KeptReport, ReportRecipient
from liandong.engine.reports import schedule
print(KeptReport.objects.count(), ReportRecipient.objects.count())
print(schedule.Clock().step(datetime.fromisoformat("2018-06-05T08:01:00+08:00")))
"""


@pytest.mark.kill
def test_a_killed_worker_leaves_nothing_half_done_and_of_several_one_draws_up_each_report(
    tmp_path: Any,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    told = {**os.environ, "LIANDONG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liandong.site.settings"}
    told.pop("LIANDONG_DATABASE_URL", None)

    def begin(code: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", code], env=told, stdout=pipe, stderr=pipe, text=True)

    first = begin(BEGIN)
    assert first.wait(timeout=60) == 0, first.communicate()
    assert begin(KILLED).wait(timeout=60) == -9
    workers = [begin(STEP) for _ in range(3)]
    said = [worker.communicate(timeout=60) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], said
    assert sum(int(out.split()[-1]) for out, _error in said) == 3
    last = begin(STEP)
    out, error = last.communicate(timeout=60)
    made = sum(len(reporting_recipients(kind)) for kind in ("daily", "weekly", "monthly"))
    assert out.split() == ["3", str(made), "0"], error


def reporting_recipients(kind: str) -> tuple[str, ...]:
    """Whom the pack sends a kind of report to."""
    return next(one.recipients for one in reporting.read(PACK) if one.kind == kind)
