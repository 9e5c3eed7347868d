"""Who answers today: shares for moved matters go to the unit that answers now, nothing is learned anew (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from liandong.triage.duties import Duties
from liandong.triage.router import Router
from support.policy import PACK

GARBAGE = "街上垃圾堆了三天没人清运，味道很大"
LAMP = "路灯坏了几天没人修"
LICENCE = "个体执照想注销怎么办"


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.from_pack(PACK)


@pytest.fixture(scope="module", params=["model", "rules"])
def either(request: pytest.FixtureRequest) -> Router:
    """With the model and by the rules alone."""
    return Router.from_pack(PACK) if request.param == "model" else Router.rules_only(PACK)


def duties(router: Router, moves: dict[str, str], **more: dict[str, str]) -> Duties:
    units = {code: one.unit for code, one in router.pack.named.items() if one.catalogue == code}
    return Duties({**units, **moves}, more.get("names", {}), more.get("heirs", {}))


def first(router: Router, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = router.route(text)["suggestions"][0]
    return answer


def test_a_moved_matter_is_suggested_to_its_new_unit(either: Router) -> None:
    assert first(either, GARBAGE)["unit"] == "CG"
    moved = first(either.with_duties(duties(either, {"CG-02": "JT"})), GARBAGE)
    assert (moved["unit"], moved["matter"]) == ("JT", "CG-02")
    assert moved["why"]["terms"]


def test_what_did_not_move_stays(either: Router) -> None:
    moved = either.with_duties(duties(either, {"CG-02": "JT"}))
    for text in (LAMP, LICENCE):
        assert first(moved, text)["unit"] == first(either, text)["unit"]


def test_no_move_changes_no_answer(router: Router) -> None:
    same = router.with_duties(duties(router, {}))
    for text in (GARBAGE, LAMP, LICENCE, "水库大坝背水面长满了杂草，没人管护"):
        assert same.route(text) == router.route(text)


def test_all_shares_together_stay_the_same(router: Router) -> None:
    moved = router.with_duties(duties(router, {"CG-02": "JT", "CG-01": "HB"}))
    for text in (GARBAGE, LAMP):
        before = {one["unit"]: one["score"] for one in router.route(text)["suggestions"]}
        after = {one["unit"]: one["score"] for one in moved.route(text)["suggestions"]}
        assert sum(after.get(unit, 0) for unit in ("CG", "JT", "HB")) == pytest.approx(
            sum(before.get(unit, 0) for unit in ("CG", "JT", "HB")), abs=0.02
        )


def test_the_matters_of_a_text_name_who_answers_now(router: Router) -> None:
    moved = router.with_duties(duties(router, {"CG-02": "JT"}))
    (matter,) = [one for one in moved.route(GARBAGE)["matters"] if one["code"] == "CG-02"]
    assert matter["unit"] == "JT"


def test_an_ended_unit_is_suggested_no_more_and_its_heir_is(router: Router) -> None:
    moves = {code: "JT" for code, one in router.pack.named.items() if one.unit == "CG"}
    moved = router.with_duties(duties(router, moves, names={"JT": "区交通城管委"}, heirs={"CG": "JT"}))
    for text in (GARBAGE, LAMP):
        units = [one["unit"] for one in moved.route(text)["suggestions"]]
        assert units[0] == "JT"
        assert "CG" not in units
    assert first(moved, GARBAGE)["name"] == "区交通城管委"


def test_a_matter_that_ended_is_nobodys(router: Router) -> None:
    moved = router.with_duties(duties(router, {"CG-02": "QT"}))
    answer = moved.route(GARBAGE)
    assert answer["suggestions"][0]["unit"] == "QT"
    assert answer["suggestions"][0]["matter"] is None
    assert not answer["auto"]


def test_danger_stays_with_the_police_whoever_answers(router: Router) -> None:
    moved = router.with_duties(duties(router, {"CG-02": "JT"}))
    text = "楼上着火了，有人困在里头"
    assert moved.route(text)["emergency"] == router.route(text)["emergency"]
    assert first(moved, text)["unit"] == "GA"


def test_a_residual_matter_goes_with_the_catalogue_item_it_stands_under(router: Router) -> None:
    residual = [
        (code, one.catalogue)
        for code, one in router.pack.named.items()
        if one.catalogue not in (None, code) and one.unit == router.pack.named[str(one.catalogue)].unit
    ]
    code, under = residual[0]
    taker = "XF" if router.pack.unit_of(code) != "XF" else "CG"
    moved = router.with_duties(duties(router, {str(under): taker}))
    assert moved._standing is not None
    assert moved._standing.units[code] == taker
