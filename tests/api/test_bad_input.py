"""Every row of the table of bad input: the code as written, and nothing in the store has changed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from bad_input import Bad, table
from django.db import connection

from support.api import SAFE, District, a_request, now_text

ROOT = Path(__file__).resolve().parents[2]
TABLES = (
    "casework_event",
    "casework_case",
    "casework_outbox",
    "casework_clock",
    "casework_party",
    "engine_webhook",
)


def fingerprint() -> dict[str, Any]:
    """How many rows each table holds, and every case's head."""
    with connection.cursor() as cursor:
        found: dict[str, Any] = {}
        for name in TABLES:
            cursor.execute(f"SELECT COUNT(*) FROM {name}")
            found[name] = cursor.fetchone()[0]
        cursor.execute("SELECT no, head, version, doc FROM casework_case ORDER BY no")
        found["cases"] = cursor.fetchall()
    return found


def prepare(district: District, given: str) -> str:
    """A case in the state a row asks for; its number."""
    if given == "none":
        return ""
    if given == "registered":
        return district.registered("machine")
    if given == "dispatched":
        return district.dispatched()
    if given == "handling":
        return district.handling()
    if given == "general":
        no = district.handling()
        assert district["desk"].do(no, "set_level", level="general", reason="有风险").status == 200
        return no
    if given == "wansheng":
        return district.registered(place={"text": "万盛街道某路口", "township": WANSHENG})
    if given == "unsafe":
        return district.registered(safety={**SAFE, "public": "unknown"})
    if given == "withdrawn":
        no = district.registered()
        assert district["desk"].do(no, "withdraw", reason="来电人不再需要").status == 200
        return no
    if given == "closed":
        no = district.handling()
        fed = district["lead"].do(
            no, "feedback", result="resolved", text="已清运", contacted_caller=True, contacted_at=now_text()
        )
        assert fed.status == 200, fed.body
        assert district["desk"].do(no, "accept_feedback").status == 200
        done = district["desk"].do(no, "call_back", reached=True, satisfaction="satisfied", solved="yes")
        assert done.body["state"] == "closed"
        return no
    raise AssertionError(f"no such state of affairs: {given}")


def _wansheng() -> str:
    from support.policy import load

    return next(town.code for town in load().townships.values() if not town.ours)


WANSHENG = _wansheng()


def timed(text: str) -> str:
    """Instants that the table gives relative to the moment of sending."""
    return re.sub(r"\{now([+-]\d+)\}", lambda found: now_text(int(found[1])), text)


@pytest.mark.parametrize("bad", table(), ids=lambda bad: bad.title)
def test_bad_input(district: District, bad: Bad) -> None:
    no = prepare(district, bad.given)
    body = json.loads(timed(json.dumps(bad.body).replace("{no}", no))) if bad.body is not None else None
    before = fingerprint()
    answer = district[bad.who or None].send(
        bad.method, bad.path.replace("{no}", no), body, raw=bad.raw, kind=bad.kind, headers=bad.headers
    )
    assert answer.headers["Content-Type"] == "application/problem+json", answer.raw[:300]
    assert (answer.status, answer.body["code"], answer.body["rule"]) == (bad.status, bad.code, bad.rule), (
        answer.body
    )
    assert answer.body["status"] == bad.status
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.body["detail"])
    assert fingerprint() == before, "a refused input changed the store"


def test_repeated_submissions(district: District) -> None:
    """The same call, the same key, twice at the same instant or later: one case, one event each."""
    fields = a_request()
    numbers = {district["machine"].post("/cases", fields).body["no"] for _ in range(5)}
    assert len(numbers) == 1
    no = numbers.pop()
    for _ in range(3):
        answer = district["machine"].post(
            f"/cases/{no}/commands/note", {"text": "补充"}, headers={"Idempotency-Key": "n1"}
        )
        assert answer.status == 200
    types = [event["type"] for event in district["desk"].get(f"/cases/{no}/events").body["items"]]
    assert types == ["register", "note"]


def document() -> str:
    """The table as ``docs/bad-input.md``."""
    lines = [
        "# 错误输入与回答",
        "",
        "由 `tests/api/bad_input.py` 生成，`tests/api/test_bad_input.py` 逐行验证：回答如表，且库中没有任何变化。",
        "更新：`LIANDONG_WRITE_DOCS=1 pytest tests/api/test_bad_input.py -k document`。",
        "",
        "| 输入 | 身份 | 请求 | 工单 | 状态 | code | 规则 |",
        "|---|---|---|---|---|---|---|",
    ]
    for bad in table():
        request = f"{bad.method} {bad.path}"
        lines.append(
            f"| {bad.title} | {bad.who or '无令牌'} | `{request}` | {bad.given if bad.given != 'none' else ''} "
            f"| {bad.status} | `{bad.code}` | {bad.rule} |"
        )
    return "\n".join(lines) + "\n"


def test_the_document_says_what_the_table_says() -> None:
    path = ROOT / "docs" / "bad-input.md"
    if os.environ.get("LIANDONG_WRITE_DOCS") == "1":
        path.write_text(document())
    assert path.read_text() == document()
