"""GET /reports and /reports/{number}: who reads what, whole and unchanged, with a receipt (R69)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from liandong.district.policy import current
from liandong.engine import reports
from liandong.engine.reports import archive
from support.api import ACCOUNTS, Api, District

READERS = {"desk_lead", "desk_lead2", "duty_office", "inspector", "government", "reader", "lead", "assist", "stranger", "machine_unit"}  # fmt: skip


@pytest.fixture
def kept(district: District) -> int:
    """A monthly report, which everybody who gets reports gets."""
    report = reports.draw(reports.period_of("monthly", date(2018, 6, 14), current()))
    return archive.draw_up(report, "duty_office:zhao")


def api(district: District, who: str) -> Api:
    return Api(district.tokens[who])


def test_readers_list_and_read_reports_and_nobody_else(district: District, kept: int) -> None:
    for who in ACCOUNTS:
        listed = api(district, who).get("/reports")
        read = api(district, who).get(f"/reports/{kept}")
        wanted = 200 if who in READERS else 403
        assert (listed.status, read.status) == (wanted, wanted), who
        if wanted == 200:
            assert [one["id"] for one in listed.body["items"]] == [kept]
            assert read.body["report"]["period"] == "2018-06"
            assert read.body["digest"] == listed.body["items"][0]["digest"]


def test_what_was_not_addressed_to_a_reader_is_not_there(district: District, kept: int) -> None:
    report = reports.draw(reports.period_of("daily", date(2018, 6, 14), current()))
    daily = archive.draw_up(report, "duty_office:zhao")
    reader = api(district, "reader")
    assert reader.get(f"/reports/{daily}").status == 404
    assert [one["id"] for one in reader.get("/reports").body["items"]] == [kept]
    assert [one["id"] for one in api(district, "government").get("/reports?kind=daily").body["items"]] == [
        daily
    ]


def test_reading_leaves_a_receipt(district: District, kept: int) -> None:
    assert archive.receipts(kept) == []
    api(district, "reader").get(f"/reports/{kept}")
    assert [one.what for one in archive.receipts(kept)] == ["json"]


def test_pages_follow_each_other(district: District, kept: int) -> None:
    found, _report = archive.get(archive_viewer(), kept) or (None, None)
    assert found is not None
    report = reports.draw(reports.period_of("weekly", date(2018, 6, 14), current()))
    made = [kept, *(archive.draw_up(report, "duty_office:zhao") for _ in range(2))]
    client, seen, after = api(district, "duty_office"), [], ""
    while True:
        page = client.get(f"/reports?limit=1{after}").body
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == made[::-1]


def archive_viewer() -> Any:
    from liandong.rules.model import Actor

    return Actor("duty_office", "zhao")


@pytest.mark.parametrize(
    "query", ["kind=hourly", "after=x", "limit=0", "limit=201", "page=2", "kind=daily&kind=daily"]
)
def test_a_bad_question_is_malformed(district: District, query: str) -> None:
    answer = api(district, "duty_office").get(f"/reports?{query}")
    assert (answer.status, answer.body["code"]) == (400, "malformed")


@pytest.mark.parametrize("number", ["0", "99999", "x", "9" * 16, "%2e", "1.pdf", "１"])
def test_a_number_that_is_none_is_not_there(district: District, number: str) -> None:
    assert api(district, "duty_office").get(f"/reports/{number}").status == 404
