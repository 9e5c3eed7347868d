"""A ruling is found again by a like case and by no other; of the text only hashes are kept."""

from __future__ import annotations

import pickle
import random
import time
from pathlib import Path

import pytest

from liandong.triage import features, training
from liandong.triage.precedents import ALIKE, Precedents, Ruling
from liandong.triage.router import Router
from support import synthetic

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
RULED = {
    "J1": ("小区旁边工地夜里打桩噪声大，吵得睡不着", "HB", "HB-02"),
    "J2": ("小区电梯坏了半个月，物业不修", "GT", "GT-04"),
    "J3": ("河边养鸭场的粪水直接排进河里", "NW", "NW-02"),
    "J4": ("公路边坡上掉石头下来，没得人管", "JT", "JT-02"),
}


def ruling(no: str, text: str, unit: str, matter: str, at_ms: int = 0) -> Ruling:
    return Ruling(no, at_ms, unit, matter, features.hashes(text, synthetic.syllables()))


@pytest.fixture(scope="module")
def ruled() -> Precedents:
    return Precedents([ruling(no, *rest) for no, rest in RULED.items()], synthetic.syllables())


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("工地夜里打桩，噪声大得很，小区的人都睡不着", "J1"),
        ("我们小区电梯坏了，物业一直不修", "J2"),
        ("养鸭场往河里排粪水", "J3"),
        ("公路边坡掉石头", "J4"),
        ("电梯怀了半个月物业不休", "J2"),  # mistyped
    ],
)
def test_a_ruling_is_found_again_by_a_like_case(ruled: Precedents, text: str, case: str) -> None:
    found = ruled.similar(text)
    assert found is not None
    assert (found.case, found.unit, found.matter) == (case, *RULED[case][1:])
    assert ALIKE <= found.score <= 1


def test_the_very_same_text_scores_one(ruled: Precedents) -> None:
    assert ruled.similar(RULED["J3"][0]).score == 1.0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "老师在外头给学生补课收费",
        "屋头停水三天了",
        "小区门口路灯不亮",
        "社保卡丢了在哪里补办",
        "河",
        "",
        "?!",
        "12345678",
        "x" * 100_000,
    ],
)
def test_a_ruling_says_nothing_of_another_matter(ruled: Precedents, text: str) -> None:
    assert ruled.similar(text) is None


def test_texts_of_other_matters_hardly_ever_meet_a_ruling() -> None:
    """On the shipped phrasebook: a ruling for each matter, asked with texts of other units."""
    clean = Router.rules_only(PACK).clean
    rng = random.Random(5)
    phrases = [one for one in training.book_of(PACK).phrases if not one.danger and not one.also]
    rng.shuffle(phrases)
    first = {one.matter: one for one in reversed(phrases)}
    index = Precedents(
        [ruling(code, clean(one.text), one.unit, code) for code, one in first.items()], synthetic.syllables()
    )
    asked = [one for one in phrases if one is not first[one.matter]][:1500]
    wrong = [
        (one.text, found)
        for one in asked
        if (found := index.similar(clean(one.text))) and found.unit not in one.accepted
    ]
    assert len(wrong) <= 3, wrong


def test_the_later_of_two_equal_rulings_counts() -> None:
    text = RULED["J1"][0]
    for order in (1, -1):
        both = [ruling("old", text, "HB", "HB-02", 1000), ruling("new", text, "CJ", "CJ-01", 2000)][::order]
        found = Precedents(both, synthetic.syllables()).similar(text)
        assert found is not None
        assert (found.case, found.unit) == ("new", "CJ")


def test_the_likelier_ruling_counts_before_the_later_one() -> None:
    both = [
        ruling("near", "小区电梯坏了半个月，物业不修", "GT", "GT-04", 1000),
        ruling("far", "小区电梯坏了要交多少钱维修基金，找物业问", "CJ", "CJ-01", 2000),
    ]
    found = Precedents(both, synthetic.syllables()).similar("小区电梯坏了半个月物业不修")
    assert found is not None
    assert found.case == "near"


def test_no_rulings_say_nothing() -> None:
    assert Precedents([]).similar("垃圾没人收") is None
    assert len(Precedents([])) == 0
    assert Precedents([ruling("empty", "", "CG", "CG-01")]).similar("垃圾没人收") is None


def test_nothing_of_the_text_is_kept(ruled: Precedents) -> None:
    kept = pickle.dumps(ruled)
    for text, *_ in RULED.values():
        for at in range(len(text) - 1):
            for encoding in ("utf-8", "utf-16-le", "utf-32-le", "gb18030"):
                assert text[at : at + 2].encode(encoding) not in kept


def test_five_thousand_rulings_cost_a_text_under_two_milliseconds() -> None:
    phrases = training.book_of(PACK).phrases[::3][:5000]
    index = Precedents(
        [ruling(str(n), one.text, one.unit, one.matter, n) for n, one in enumerate(phrases)],
        synthetic.syllables(),
    )
    spent = []
    for one in phrases[:40]:
        began = time.perf_counter()
        index.similar(one.text)
        spent.append(time.perf_counter() - began)
    assert len(index) == 5000
    assert sorted(spent)[len(spent) // 2] < 0.002


def test_several_like_rulings_come_the_likest_first_and_of_equals_the_later() -> None:
    """R30: whoever rules sees more than one precedent; what is not like enough is not among them."""
    same, near, far = RULED["J2"][0], "小区电梯坏了半个月，物业一直不修，老人下不了楼", RULED["J3"][0]
    kept = Precedents(
        [
            ruling("A", same, "GT", "GT-04", 1),
            ruling("B", same, "CJ", "CJ-02", 2),
            ruling("C", near, "GT", "GT-04", 3),
            ruling("D", far, "NW", "NW-02", 4),
        ],
        synthetic.syllables(),
    )
    assert [one.case for one in kept.likest(same, 5)] == ["B", "A", "C"]
    assert [one.case for one in kept.likest(same, 1)] == ["B"]
    assert kept.similar(same) == kept.likest(same, 1)[0]
    assert kept.likest("屋头停水三天了", 5) == []
