"""The 綦江 pack says what the notice says (CONTRACT §2, §4; requirements A2)."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from liandong.district import packs
from liandong.district.pack import Pack

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"

DEPARTMENTS = [
    "YJ",
    "GA",
    "XF",
    "FG",
    "JX",
    "JW",
    "CJ",
    "JT",
    "NW",
    "SW",
    "MZ",
    "RS",
    "GT",
    "HB",
    "GH",
    "CG",
    "SWJ",
    "WH",
    "WJ",
    "AJ",
    "LY",
    "LY2",
    "GS",
    "ZJ",
    "SY",
    "U-W",
    "U-E",
    "U-G",
]
MATTERS = {
    "YJ": 6, "GA": 20, "XF": 2, "FG": 1, "JX": 12, "JW": 5, "CJ": 4, "JT": 9, "NW": 3, "SW": 3, "MZ": 4, "RS": 3,
    "GT": 8, "HB": 5, "GH": 2, "CG": 7, "SWJ": 5, "WH": 19, "WJ": 4, "AJ": 3, "LY": 2, "LY2": 4, "GS": 3, "ZJ": 2,
    "SY": 6, "JZ": 1, "U-W": 3, "U-E": 4, "U-G": 4, "QT": 1,
}  # fmt: skip
"""Atomic matters of each of the 30 entries, requirements.md A2."""


def test_catalogue_has_thirty_entries_and_every_atomic_matter(pack: Pack) -> None:
    assert [entry.no for entry in pack.entries] == list(range(1, 31))
    assert Counter(matter.unit for matter in pack.matters) == MATTERS
    assert len({matter.code for matter in pack.matters}) == sum(MATTERS.values()) == 155


def test_every_matter_stands_in_the_text_it_cites(pack: Pack) -> None:
    texts = {entry.no: entry.text for entry in pack.entries}
    elsewhere = [m.code for m in pack.matters if m.position < 0]
    assert elsewhere == ["YJ-06"]
    for matter in pack.matters:
        if matter.position >= 0:
            end = matter.position + len(matter.phrase)
            assert texts[matter.entry_no][matter.position : end] == matter.phrase
        assert matter.clause


def test_the_contract_codes_are_units_today_and_in_2018(pack: Pack) -> None:
    policy = pack.policy()
    assert set(DEPARTMENTS) <= set(policy.units)
    assert sum(u.kind == "township" for u in policy.units.values()) == 21
    assert sum(u.kind == "park" for u in policy.units.values()) == 4
    assert len(policy.units) == 53
    for day in (date(2018, 6, 1), date(2026, 11, 23)):
        assert all(unit.in_force(day) for unit in policy.units.values())
    assert "QT" not in policy.units
    assert "JZ" not in policy.units
    assert pack.name_of("QT") == "其他单位"
    assert policy.units["JZ-500110001"].name == "古南街道"


def test_wansheng_lies_inside_the_code_but_is_not_ours(pack: Pack) -> None:
    policy = pack.policy()
    assert len(pack.townships) == 31
    assert sum(not t.ours for t in pack.townships) == 10
    assert policy.townships["万盛街道"].ours is False
    assert policy.townships["500110004"] == policy.townships["万盛街道"]
    assert "JZ-500110004" not in policy.units


def test_never_divert_covers_each_class_and_only_the_police(pack: Pack) -> None:
    stays = {m.code: m.never_divert for m in pack.matters if m.never_divert}
    assert set(stays) == {f"GA-{n:02d}" for n in range(1, 19)}
    assert set(stays.values()) == {row.code for row in pack.emergencies} == {f"EB{n}" for n in range(1, 15)}
    assert [m.code for m in pack.matters if m.restricted] == ["GA-07"]
    assert pack.policy().matters["CG-02"].never_divert is None


def test_kinds_follow_the_clause_and_not_common_sense(pack: Pack) -> None:
    """AMB1: for power the authority gets 报/求 and the company 报/投; RS has no complaint, LY only that."""
    kinds = {code: set(m.kinds) for code, m in pack.matter_by_code.items()}
    assert kinds["JX-08"] == {"police_nonurgent", "help"}
    assert kinds["U-E-04"] == {"police_nonurgent", "complaint"}
    assert "complaint" not in kinds["RS-01"]
    assert kinds["LY-01"] == {"complaint"}
    assert kinds["GS-01"] == {"report", "complaint"}


@pytest.mark.parametrize(
    ("kind", "length", "outside", "source"),
    [
        ("triage", "5min", None, "default"),
        ("sign", "30min", "60min", "default"),
        ("handle_general", "2wd", None, "notice"),
        ("handle_special", "5wd", None, "notice"),
        ("contact", "1wd", None, "default"),
        ("return_window", "4wh", None, "default"),
        ("return_decision", "30min", "60min", "default"),
        ("ruling", "4wh", None, "default"),
        ("decision", "4wh", None, "default"),
        ("review", "1wd", None, "default"),
        ("callback", "2wd", None, "default"),
        ("police_feedback", "24h", None, "default"),
        ("ack", "10min", None, "default"),
        ("phone_report", "10min", None, "notice"),
        ("written_report", "40min", None, "notice"),
        ("archive", "15d", None, "default"),
    ],
)
def test_limits_are_those_of_the_contract(
    pack: Pack, kind: str, length: str, outside: str | None, source: str
) -> None:
    limit = pack.policy().limits[kind]
    assert (limit.length, limit.outside, limit.source) == (length, outside, source)
    assert limit.clause


def test_only_law_looked_up_counts_as_statute(pack: Pack) -> None:
    """R34: 62号令 until 2019, 20号令 from 2020, labour inspection; rows from memory do nothing."""
    confirmed = {(s.matter, s.length, s.valid_from, s.valid_to) for s in pack.statutory if s.confirmed}
    assert confirmed == {
        ("GS-01", "60d", date(2014, 3, 15), date(2020, 1, 1)),
        ("GS-01", "45wd", date(2020, 1, 1), None),
        ("RS-01", "60wd", date(2005, 2, 1), None),
    }
    assert all("[M]" not in s.mark for s in pack.statutory if s.confirmed)
    assert all(s.citation for s in pack.statutory)
    drafts = pack.policy().statutory["LY-01"]
    assert drafts
    assert not any(s.confirmed for s in drafts)


def test_the_reform_of_2019_is_only_a_draft(pack: Pack) -> None:
    assert pack.reforms
    assert not any(row.confirmed for row in pack.reforms)
    assert not any(unit.successors or unit.valid_to for unit in pack.units)


def test_every_unit_has_people_and_a_round_the_clock_roster(pack: Pack) -> None:
    """R24, R48, R59; all of it demonstration data and marked so."""
    day = date(2018, 6, 1)
    for code in pack.unit_by_code:
        contact = pack.contact(code, day)
        assert contact is not None
        assert contact.source == "demonstration"
        assert len(pack.subunits_of(code, day)) == 1
        for hour in range(24):
            assert pack.on_duty(code, datetime(2018, 6, 4, hour, 30, tzinfo=UTC))
    assert {h.number for h in pack.hotlines} >= {"110", "119", "120", "122", "12345", "12315", "95598"}


def test_reading_is_fast_and_the_same_content_has_the_same_id(pack: Pack) -> None:
    start = time.perf_counter()
    again = packs.read(QIJIANG)
    policy = again.policy(second_by_name=True)
    assert time.perf_counter() - start < 0.5
    assert policy.id == pack.policy().id
    assert policy.second_by_name
    assert policy.number_prefix == "QJFL"
    assert policy.district == "500110"
