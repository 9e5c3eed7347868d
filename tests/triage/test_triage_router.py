"""The answer of the router: shape, places, exclusion, odd input, start-up and time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liandong.triage.router import Router

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


def check_shape(answer: dict[str, Any]) -> None:
    """The keys and types of contract §6, POST /route."""
    assert set(answer) == {
        "emergency", "never_divert", "suggestions", "assist", "place", "duplicates", "confidence", "auto",
        "matters", "ask", "model",
    }  # fmt: skip
    assert set(answer["emergency"]) == {"flag", "reasons"}
    assert set(answer["never_divert"]) == {"flag", "class", "reasons"}
    assert len(answer["suggestions"]) >= 3
    scores = [one["score"] for one in answer["suggestions"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) <= 1.001
    for one in answer["suggestions"]:
        assert set(one) == {"unit", "name", "score", "matter", "why"}
        assert set(one["why"]) == {"clause", "terms", "territory"}
    assert len({one["unit"] for one in answer["suggestions"]}) == len(answer["suggestions"])
    assert answer["place"] is None or set(answer["place"]) == {"township", "code", "village", "evidence"}
    assert answer["duplicates"] == []
    assert 0 <= answer["confidence"] <= 1
    if answer["auto"]:
        assert not answer["emergency"]["reasons"]
        assert not answer["never_divert"]["flag"]
    for matter in answer["matters"]:
        assert set(matter) == {"code", "catalogue", "name", "unit", "clause", "probability"}
    assert all(isinstance(question, str) for question in answer["ask"])
    json.dumps(answer)


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_string_gets_a_whole_answer(router: Router, text: str) -> None:
    check_shape(router.route(text))


@given(
    st.lists(
        st.sampled_from(["停电", "着火", "没有", "三江", "万盛", "，", "投诉", "水管爆", "\x00", "😀", "a"]),
        max_size=60,
    )
)
@settings(max_examples=80, deadline=None)
def test_any_mixture_of_known_words_gets_a_whole_answer(router: Router, words: list[str]) -> None:
    check_shape(router.route("".join(words)))


@pytest.mark.parametrize(
    "text", ["停电" * 50_000, "a" * 100_000, "\ufdfa" * 100_000, "着火" * 40_000, "\u200b" * 9]
)
def test_long_text_takes_bounded_time(router: Router, text: str) -> None:
    start = time.perf_counter()
    answer = router.route(text)
    assert time.perf_counter() - start < 2
    check_shape(answer)
    assert not answer["auto"]


def test_danger_at_the_end_of_a_long_text_is_seen(router: Router) -> None:
    assert router.route("反映路灯问题。" * 20_000 + "现在楼上着火了")["emergency"]["flag"]


def test_excluded_units_are_not_suggested_again(router: Router) -> None:
    """R29: who returned the case is not proposed once more."""
    text = "路灯坏了一个月没人修"
    first = router.route(text)["suggestions"][0]["unit"]
    assert first == "CG"
    again = router.route(text, exclude=["CG", "QT", "XF"])
    check_shape(again)
    assert not {"CG", "QT", "XF"} & {one["unit"] for one in again["suggestions"]}
    assert not again["auto"]


def test_township_is_named_with_its_evidence(router: Router) -> None:
    answer = router.route("打通镇上的村委会不开证明")
    assert answer["place"]["code"] == "500110111"
    assert answer["suggestions"][0]["unit"] == "JZ-500110111"
    assert answer["suggestions"][0]["why"]["territory"]


@pytest.mark.parametrize(
    "text", ["电话一直打不通，打通了又没人接", "我只想过安稳日子", "三角债要不回来", "青年志愿者在哪里报名"]
)
def test_everyday_words_are_no_places(router: Router, text: str) -> None:
    assert router.route(text)["place"] is None


@pytest.mark.parametrize("text", ["万盛这边路灯坏了", "南桐镇停水了", "我在巴南区，路上垃圾没人扫"])
def test_other_territory_is_said_and_never_automatic(router: Router, text: str) -> None:
    """AMB21: a code inside 500110 is no proof of competence."""
    answer = router.route(text)
    assert "AMB21" in answer["place"]["evidence"]
    assert not answer["auto"]
    assert not any(one["unit"].startswith("JZ-5001100") for one in answer["suggestions"])


def test_unknown_township_lowers_confidence(router: Router) -> None:
    text = "村委会账目不公开，村干部优亲厚友"
    unknown = router.route(text)
    known = router.route(text, place={"township": "三角镇"})
    by_code = router.route(text, place={"township": "500110114"})
    by_text = router.route(text, place={"text": "三角镇街上"})
    assert not any(one["unit"].startswith("JZ-") for one in unknown["suggestions"])
    assert any("街道、镇" in question for question in unknown["ask"])
    for answer in (known, by_code, by_text):
        assert answer["suggestions"][0]["unit"] == "JZ-500110114"
        assert answer["confidence"] > unknown["confidence"]


def test_routine_fault_can_be_automatic_and_says_why(router: Router) -> None:
    answer = router.route("我们这栋楼停水了，龙头放不出水，好久来水")
    assert answer["auto"]
    assert answer["suggestions"][0]["why"]["terms"]


def test_start_up_is_fast() -> None:
    start = time.perf_counter()
    Router.from_pack(PACK)
    assert time.perf_counter() - start < 2  # 0.3 s alone; other work shares the machine


def test_matters_exist_in_the_catalogue(router: Router) -> None:
    """A suggestion must be dispatchable: its matter is a code of the catalogue or none."""
    known = {
        line.split('"')[1]
        for line in (PACK / "catalogue.toml").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("code = ")
    }
    named = {matter.catalogue for matter in router.pack.matters.values()} - {None}
    assert named <= known


def test_units_have_the_names_of_the_pack(router: Router) -> None:
    units = (PACK / "units.toml").read_text(encoding="utf-8")
    for code in router.unit_names:
        assert code == "QT" or f'code = "{code}"' in units
    for place in router.pack.places.places:
        assert place.unit is None or f'code = "{place.unit}"' in units
