"""AMB1–AMB23, row by row, from the table itself: each row decides the sentences written for it and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from liandong.triage.catalogue import names
from liandong.triage.pack import read
from liandong.triage.router import Router

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
TABLE = read(PACK / "routing", names(PACK))
YES = [(row, text) for row in TABLE.rows for text in row.yes]
NO = [(row, text) for row in TABLE.rows for text in row.no]
ARGUABLE = {
    "AMB1-inner", "AMB4-construction", "AMB4-river", "AMB5-town", "AMB5-water", "AMB6-unknown", "AMB16-event",
    "AMB23-market", "AMB23-ecology", "AMB23-emergency", "AMB23-land", "AMB23-housing", "AMB23-farm", "AMB23-health",
    "AMB23-culture", "AMB1-complaint-fault", "AMB6-food-rural", "AMB6-scale",
}  # fmt: skip
"""Rows that argue for their lead and may be outweighed (a name of 2019 says which office, not which matter)."""


def of_class(unit: str) -> str:
    """A township or park as its class."""
    return unit.split("-")[0] if unit.startswith(("JZ-", "YQ-")) else unit


@pytest.mark.parametrize(("row", "text"), YES, ids=[f"{row.id}: {text}" for row, text in YES])
def test_a_row_holds_for_its_sentence(router: Router, row, text: str) -> None:  # type: ignore[no-untyped-def]
    assert row.id in [held.id for held in router.rows(text)]


@pytest.mark.parametrize(("row", "text"), NO, ids=[f"{row.id}: {text}" for row, text in NO])
def test_a_row_does_not_decide_what_is_none_of_its_business(router: Router, row, text: str) -> None:  # type: ignore[no-untyped-def]
    assert row.id not in [decided.id for decided in router.decided(text)]


@pytest.mark.parametrize(
    ("row", "text"),
    [(row, text) for row, text in YES if row.id not in ARGUABLE],
    ids=[row.id for row, _ in YES if row.id not in ARGUABLE],
)
def test_its_lead_heads_the_suggestions(router: Router, row, text: str) -> None:  # type: ignore[no-untyped-def]
    answer = router.route(text)
    units = [of_class(one["unit"]) for one in answer["suggestions"]]
    lead = router.pack.unit_of(row.lead)
    if answer["emergency"]["flag"] and lead != "GA":
        units = units[1:]  # danger is the police's first (R41); the row says who stands beside them
    assert units[0] == lead
    named = {of_class(unit) for unit in answer["assist"]} | set(units[:3])
    assert {unit for unit in row.assist if unit != "JZ"} <= named


@pytest.mark.parametrize(
    ("row", "text"),
    [(row, text) for row, text in YES if row.id in ARGUABLE],
    ids=[row.id for row, _ in YES if row.id in ARGUABLE],
)
def test_an_arguing_row_brings_its_lead_among_the_first(router: Router, row, text: str) -> None:  # type: ignore[no-untyped-def]
    shown = {of_class(one["unit"]) for one in router.route(text)["suggestions"]}
    assert router.pack.unit_of(row.lead) in shown


def test_every_row_has_a_sentence_and_every_amb_number_a_row() -> None:
    assert [row.id for row in TABLE.rows if not row.yes] == []
    assert {row.amb for row in TABLE.rows} == {f"AMB{number}" for number in range(1, 24)}


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("投诉供电公司抄表员态度恶劣还骂人", "U-E"),
        ("投诉自来水公司三番五次不接电话，推诿", "U-W"),
        ("投诉天然气公司刁难用户，不作为", "U-G"),
    ],
)
def test_object_of_a_complaint_never_leads(router: Router, text: str, company: str) -> None:
    """AMB1–AMB3: the same network word leads to the regulator once the company is complained of."""
    answer = router.route(text)
    assert answer["suggestions"][0]["unit"] in ("JX", "CG")
    assert "AMB" in answer["suggestions"][0]["why"]["clause"]
