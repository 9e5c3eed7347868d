"""Scoring: the arithmetic is right and a bad row is named."""

from __future__ import annotations

import pytest

from liandong.triage import evaluate as scoring
from liandong.triage.router import Router

ROWS = [
    {"text": "自来水停水了，好久来水", "unit": "渝綦水务公司", "alternates": [], "emergency": False, "divert": True, "trap": None, "town": None},
    {"text": "三江村委会的账不公开，村务不透明", "unit": "镇街", "alternates": [], "emergency": False, "divert": True, "trap": None, "town": "三江街道"},
    {"text": "楼上着火了，有人喊救命", "unit": "区公安局", "alternates": [], "emergency": True, "divert": False, "trap": None, "town": None},
    {"text": "路灯不亮了", "unit": "区林业局", "alternates": ["区城市管理局"], "emergency": False, "divert": True, "trap": "false_alarm", "town": None},
]  # fmt: skip


def test_counts(router: Router) -> None:
    measures = scoring.evaluate(ROWS, router)["measures"]
    assert (measures["top1"]["right"], measures["top1"]["count"]) == (3, 4)
    assert measures["top1_alternates"]["share"] == 1.0
    assert measures["emergency_recall"]["share"] == measures["emergency_precision"]["share"] == 1.0
    assert measures["traps"]["share"] == 1.0
    assert measures["township_recall"]["share"] == measures["township_precision"]["share"] == 1.0
    assert measures["top1_divertible"]["count"] == 3
    assert "已评 4 条" in scoring.format(scoring.evaluate(ROWS, router))


def test_plain_schema_takes_names_or_codes(router: Router) -> None:
    rows = [{"text": "路灯不亮了", "unit": "CG"}, {"text": "路灯不亮了", "unit": "区城市管理局"}]
    result = scoring.evaluate(rows, router)
    assert result["measures"]["top1"]["share"] == 1.0
    assert "emergency_recall" not in result["measures"]


def test_row_without_a_label_is_named(router: Router) -> None:
    with pytest.raises(ValueError, match="row 2"):
        scoring.evaluate([ROWS[0], {"text": "x"}], router)


def test_wilson_interval() -> None:
    assert scoring.wilson(0, 0) == (0.0, 1.0)
    low, high = scoring.wilson(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
