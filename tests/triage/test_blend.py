"""Rules and model weighed as one judgement: danger only adds, shares are chances, the table decides where it may."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.triage import blend as blending
from liandong.triage import fitting
from liandong.triage.evidence import Evidence, Rules
from liandong.triage.model import Model, Reading
from liandong.triage.screen import Boundary
from liandong.triage.values import Row
from support import synthetic

CALM = Boundary(False, False, (), (), (), ())
FLAGGED = Boundary(True, False, (), ("火",), (), ())


@pytest.fixture(scope="module")
def model() -> Model:
    return synthetic.model()


# ---- danger only adds (EB-R2)

WEIGHTS = st.lists(st.floats(0, 20), min_size=5, max_size=5)
MARGIN = st.floats(-5, 5)


def reading(danger: float, alarm: float) -> Reading:
    empty = np.zeros(0, np.float32)
    return Reading(empty, empty, empty, danger, alarm, 1.0)


@given(st.floats(-20, 20), WEIGHTS, st.floats(-20, 20), MARGIN, MARGIN, st.booleans(), st.booleans())
def test_every_sign_of_danger_can_only_add(
    bias: float, weights: list[float], keep: float, margin: float, alarm: float, doubt: bool, kept: bool
) -> None:
    judgement = replace(synthetic.BLEND, danger=(bias, *weights, keep))
    doubts = ("请问清",) if doubt else ()

    def judged(seen: Boundary, margin: float = margin, alarm: float = alarm) -> float:
        return blending.danger(reading(margin, alarm), seen, judgement)

    calm = Boundary(False, kept, (), (), (), doubts)
    plain = judged(calm)
    assert 0 <= plain <= 1
    assert judged(replace(calm, flag=True)) >= plain
    assert judged(replace(calm, flag=True, added_up=True)) >= plain
    assert judged(replace(calm, doubts=("请问清",))) >= plain
    assert judged(calm, margin=margin + 1) >= plain
    assert judged(calm, alarm=alarm + 1) >= plain


@pytest.mark.parametrize(
    ("seen", "chance"), [(CALM, 0.0), (replace(CALM, doubts=("问",)), 0.5), (FLAGGED, 1.0)]
)
def test_without_a_model_the_screen_alone_decides(seen: Boundary, chance: float) -> None:
    assert blending.danger(None, seen, synthetic.BLEND) == chance


# ---- rules, model and table as one judgement


def rules_of(**points: float) -> Rules:
    return Rules({unit: Evidence(points=value) for unit, value in points.items()}, (), {})


LOGITS = st.dictionaries(st.sampled_from("ABCDEF"), st.floats(-700, 700), max_size=6)


@given(LOGITS, st.floats(-700, 700))
def test_shares_are_probabilities_and_keep_the_order(logits: dict[str, float], none: float) -> None:
    shares = blending.shares(logits, none)
    assert shares.keys() == logits.keys()
    assert sum(shares.values()) <= 1 + 1e-9
    assert all(0 <= value <= 1 for value in shares.values())
    ranked = sorted(logits, key=lambda unit: logits[unit])
    assert all(shares[low] <= shares[high] for low, high in pairwise(ranked))


def test_points_of_the_rules_only_add_and_have_a_cap(model: Model) -> None:
    looked = model.read("路灯不亮")
    blend = synthetic.BLEND
    without = blending.first(model, looked, rules_of(), blend)
    some = blending.first(model, looked, rules_of(CG=3.0), blend)
    many = blending.first(model, looked, rules_of(CG=500.0), blend)
    assert some["CG"] - without["CG"] == pytest.approx(3 * blend.rules)
    assert many["CG"] - without["CG"] == pytest.approx(blend.cap * blend.rules)
    assert some["JW"] == without["JW"]
    unknown = blending.first(model, looked, rules_of(WH=3.0), blend)["WH"]
    assert unknown == pytest.approx((blend.unit + blend.matter) * blending.ABSENT + 3 * blend.rules)


def test_a_units_share_is_divided_among_its_matters(model: Model) -> None:
    looked = model.read("垃圾没人清运，路灯不亮")
    shares = blending.shares(blending.first(model, looked, rules_of(), synthetic.BLEND), -50.0)
    chances = blending.matters(model, looked, shares, synthetic.BLEND)
    for unit in model.units:
        own = sum(
            chance
            for code, chance in zip(model.matters, chances.tolist(), strict=True)
            if model.meta["owners"][code] == unit
        )
        assert own == pytest.approx(shares[unit])


def test_the_rules_may_turn_the_choice_among_a_units_matters(model: Model) -> None:
    looked = model.read("垃圾没人清运")
    codes = ("CG-01", "CG-02")
    alone = blending.best_matter(model, looked, rules_of(), "CG", codes, synthetic.BLEND)
    other = next(code for code in codes if code != alone)
    pushed = Rules({}, (), {other: 500.0})
    strong = replace(synthetic.BLEND, rules=10.0)
    assert blending.best_matter(model, looked, pushed, "CG", codes, strong) == other
    assert blending.best_matter(None, None, pushed, "CG", codes, strong) == other
    assert blending.best_matter(None, None, rules_of(), "XX", (), strong) is None


# ---- the decision table


def a_row(lead: str, among: tuple[str, ...] = (), score: float = 4.0) -> Row:
    return Row("AMB1-a", "AMB1", ("noise",), (), lead, (), (), score, "条款", among)


def test_a_row_decides_only_where_its_units_hold_enough_of_the_whole() -> None:
    row = a_row("CG-01", ("CG", "HB"))
    everywhere = a_row("CG-01")
    held = {"CG": 0.3, "HB": 0.2, "JW": 0.5}
    assert blending.deciding((row, everywhere), held, synthetic.BLEND) == (row, everywhere)
    assert blending.deciding((row, everywhere), {**held, "HB": 0.1}, synthetic.BLEND) == (everywhere,)
    assert blending.deciding((row,), {}, synthetic.BLEND) == ()


@given(LOGITS, st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.floats(0, 8)), max_size=4))
def test_the_table_only_adds_to_whom_it_leads_to(
    logits: dict[str, float], rows: list[tuple[str, float]]
) -> None:
    table = [a_row(f"{unit}-01", score=score) for unit, score in rows]
    before = dict(logits)
    decided = blending.decide(logits, table, lambda code: code.partition("-")[0], synthetic.BLEND)
    assert logits == before  # the judgement before the table stays as it was
    lowest = min(logits.values(), default=0.0)
    leads = {unit for unit, _ in rows}
    for unit, value in decided.items():
        old = logits.get(unit, lowest)
        added = synthetic.BLEND.table * sum(score for lead, score in rows if lead == unit)
        assert value == pytest.approx(old + added)
        assert unit in logits or unit in leads


def test_a_model_without_a_judgement_of_its_own_is_weighed_as_the_pack_says(model: Model) -> None:
    assert blending.of(None, synthetic.BLEND) is synthetic.BLEND
    assert blending.of(model, synthetic.BLEND) is synthetic.BLEND
    stored = replace(synthetic.BLEND, unit=7.0)
    assert (
        blending.of(replace(model, meta={**model.meta, "blend": stored.as_dict()}), synthetic.BLEND) == stored
    )


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(sum),
    st.tuples(st.floats(0, 4), st.floats(0, 4), st.floats(-3, 3)),
)
def test_worth_keeps_the_order_and_stays_a_share_of_one(
    raw: list[float], sure: tuple[float, float, float]
) -> None:
    scores = [one / sum(raw) for one in raw]
    worth = blending.trusted(scores, replace(synthetic.BLEND, sure=sure))
    assert all(0 <= one <= 1 for one in worth)
    for (one, before), (other, after) in combinations(zip(worth, scores, strict=True), 2):
        assert (one - other) * (before - after) >= -1e-12
    assert sum(worth) <= 1 + 1e-9


def test_without_calibration_a_confidence_is_what_it_is() -> None:
    assert blending.trusted([0.6, 0.3], synthetic.BLEND) == [0.6, 0.3]


def test_where_deciders_disagree_no_confidence_is_worth_more_than_they_agree() -> None:
    rng = np.random.default_rng(7)
    said = rng.uniform(0.1, 0.999, 4000)
    right = rng.random(4000) < 0.8 * said  # one in five ends elsewhere, however clear it was
    blend = replace(synthetic.BLEND, sure=fitting._sure(said, right))
    for share in (0.3, 0.5, 0.7, 0.9, 0.98):
        assert blend.calibrated(share) == pytest.approx(0.8 * share, abs=0.05)
