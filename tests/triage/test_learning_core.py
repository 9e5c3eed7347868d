"""Training and what is found on unseen texts: honest folds, thresholds that hold, danger that only adds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liandong.triage import blend as blending
from liandong.triage import features, fitting, learn, training
from liandong.triage.evidence import Rules
from liandong.triage.fitting import trusted_from, wilson
from liandong.triage.learn import Example, Folds
from liandong.triage.model import Model
from liandong.triage.screen import Boundary
from support import synthetic

CALM = Boundary(False, False, (), (), (), ())
FLAGGED = Boundary(True, False, (), ("火",), (), ())


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return synthetic.examples()


@pytest.fixture(scope="module")
def model() -> Model:
    return synthetic.model()


@pytest.fixture(scope="module")
def folds(examples: list[Example]) -> Folds:
    return learn.cross_validate(examples, synthetic.syllables())


# ---- learning


def test_training_separates_three_units_and_danger(model: Model, examples: list[Example]) -> None:
    for one in examples:
        reading = model.read(one.text)
        assert model.units[int(reading.units.argmax())] == one.unit
        assert model.matters[int(reading.matters.argmax())] == one.matter
        assert (reading.danger > 0) == one.danger
        assert (reading.alarm > 0) == one.danger


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("楼下垃圾没人清运，路灯也不亮", "CG"),
        ("屋头停水了，水管在漏水", "SWJ"),
        ("幼儿园老师乱收学费", "JW"),
        ("着火了有人困在里头", "GA"),
        ("逼圾没人亲运", "CG"),  # mistyped: «垃圾没人清运» by its sounds and the rest
    ],
)
def test_a_new_text_of_a_unit_goes_to_it(model: Model, text: str, unit: str) -> None:
    assert model.units[int(model.read(text).units.argmax())] == unit


def test_the_description_says_what_made_the_model_but_holds_no_text(
    model: Model, examples: list[Example]
) -> None:
    assert model.meta["examples"] == 72
    assert model.meta["data"] == learn.digest(examples)
    assert model.meta["dangerous"] == ["GA-18"]
    assert model.meta["owners"]["SWJ-02"] == "SWJ"
    assert not any(one.text[:4] in repr(model.meta) for one in examples)


@pytest.mark.parametrize(
    "change",
    [
        {"matter": "CG-07"},
        {"unit": "JW"},
        {"danger": True},
        {"danger": None},
        {"weight": 2.0},
        {"id": "other"},
    ],
    ids=str,
)
def test_the_digest_of_the_data_changes_with_every_label(
    examples: list[Example], change: dict[str, Any]
) -> None:
    assert learn.digest(examples) == learn.digest(list(reversed(examples)))
    assert learn.digest([examples[0]._replace(**change), *examples[1:]]) != learn.digest(examples)


def test_one_unit_alone_teaches_nothing(examples: list[Example]) -> None:
    with pytest.raises(ValueError, match="two units"):
        learn.train([one for one in examples if one.unit == "CG"], synthetic.syllables(), {"version": "x"})


def test_what_occurs_in_one_text_alone_is_not_learned(examples: list[Example]) -> None:
    named = examples[0]._replace(id="named", text=examples[0].text + "，我叫欧阳翡翠")
    taught = learn.train([named, *examples[1:]], synthetic.syllables(), {"version": "x"})
    rare = set(features.hashes("翡翠").tolist()) - set(
        features.hashes("，".join(e.text for e in examples)).tolist()
    )
    assert rare
    assert rare.isdisjoint(taught.hashes.tolist())


# ---- unseen texts


def test_unseen_texts_are_mostly_read_rightly(folds: Folds, examples: list[Example]) -> None:
    right = [folds.units[int(folds.unit[at].argmax())] == one.unit for at, one in enumerate(examples)]
    assert sum(right) / len(right) > 0.7


def test_every_fold_is_used_and_a_name_never_changes_its_fold(examples: list[Example]) -> None:
    assert {learn.fold_of(one.id) for one in examples} == set(range(learn.FOLDS))
    assert [learn.fold_of(no) for no in ("QJFL20180601000001", "QJFL20180601000002", "a")] == [4, 2, 4]


@pytest.mark.parametrize("fold", range(learn.FOLDS))
def test_a_fold_is_judged_by_models_that_never_saw_it(
    examples: list[Example], folds: Folds, fold: int
) -> None:
    """A mark planted in one fold alone changes nothing for that fold: nobody who judges it has seen the mark."""
    inside = np.array([learn.fold_of(one.id) == fold for one in examples])
    planted = [
        one._replace(text=one.text + "。罍罍") if here else one
        for one, here in zip(examples, inside, strict=True)
    ]
    again = learn.cross_validate(planted, synthetic.syllables())
    for name in ("unit", "matter", "best", "danger", "alarm"):
        before, after = getattr(folds, name), getattr(again, name)
        assert np.array_equal(before[inside], after[inside])
        assert not np.array_equal(before[~inside], after[~inside])  # the mark was there to be seen


@pytest.mark.parametrize("fold", range(learn.FOLDS))
def test_a_false_label_in_a_fold_does_not_reach_its_own_judgement(
    examples: list[Example], folds: Folds, fold: int
) -> None:
    inside = np.array([learn.fold_of(one.id) == fold for one in examples])
    wrong = [
        one._replace(unit="CG", matter="CG-01", danger=False) if here else one
        for one, here in zip(examples, inside, strict=True)
    ]
    assert np.array_equal(learn.cross_validate(wrong, synthetic.syllables()).unit[inside], folds.unit[inside])


def test_a_model_that_is_built_brings_counts_of_what_it_did_on_unseen_texts(examples: list[Example]) -> None:
    told: list[str] = []
    built = training.build(
        examples,
        lambda text: (Rules({}, (), {}), FLAGGED if "火" in text or "刀" in text else CALM),
        lambda code: code.rpartition("-")[0],
        {"version": "b", "phrasebook": "p"},
        tell=told.append,
    )
    measures = built.meta["measures"]
    assert measures["texts"] == 60
    assert measures["dangers"] == 12
    assert 40 <= measures["top1"] <= measures["top3"] <= 60
    assert measures["asked_rightly"] >= measures["flagged_rightly"]
    assert measures["asked_rightly"] == 12  # 97 % of twelve is all of them
    stored = blending.of(built, synthetic.BLEND)
    assert 0 < stored.ask_at <= stored.flag_at < 1
    assert stored.auto_at == 1.1  # sixty texts are too few to trust anything
    assert len(told) == 3
    assert not any(one.text in line for one in examples for line in told)


# ---- thresholds


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (50, 100, 0.4038, 0.5962),
        (95, 100, 0.8882, 0.9785),
        (81, 263, 0.2553, 0.3662),
        (990, 1000, 0.9817, 0.9946),
    ],
)
def test_wilson_gives_the_values_of_the_tables(right: int, count: int, low: float, high: float) -> None:
    """Newcombe 1998 (81 of 263) and R's prop.test without correction."""
    assert wilson(right, count) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_narrows_with_the_count(count: int, data: Any) -> None:
    right = data.draw(st.integers(0, count))
    low, high = wilson(right, count)
    assert 0 <= low <= right / count + 1e-12
    assert right / count - 1e-12 <= high <= 1
    wider = wilson(10 * right, 10 * count)
    assert wider[1] - wider[0] < high - low


def naive(confidence: list[float], right: list[bool], wanted: float, fewest: int) -> float:
    """The definition, in words: of all thresholds that hold the lowest."""
    good = [
        at
        for at in set(confidence)
        for above in [[ok for value, ok in zip(confidence, right, strict=True) if value >= at]]
        if len(above) >= fewest and wilson(sum(above), len(above))[0] >= wanted
    ]
    return min(good, default=1.1)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from([n / 20 for n in range(21)]), st.integers(0, 9)), max_size=120),
    st.sampled_from([0.5, 0.7, 0.8, 0.9]),
    st.integers(1, 20),
)
def test_the_threshold_is_the_one_the_definition_gives(
    outcomes: list[tuple[float, int]], wanted: float, fewest: int
) -> None:
    confidence = [value for value, _ in outcomes]
    right = [luck < 9 * (0.5 + value / 2) + 1 for value, luck in outcomes]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "FEWEST", fewest)
        found = trusted_from(np.array(confidence), np.array(right, dtype=bool), wanted)
    assert found == naive(confidence, right, wanted, fewest)


@pytest.mark.parametrize(
    ("count", "threshold"), [(0, 1.1), (1, 1.1), (fitting.FEWEST - 1, 1.1), (fitting.FEWEST, 0.5)]
)
def test_too_few_outcomes_are_never_trusted_however_right(count: int, threshold: float) -> None:
    assert trusted_from(np.full(count, 0.5), np.ones(count, dtype=bool), 0.95) == threshold


def test_equal_confidences_stand_or_fall_together() -> None:
    """One may not take the right ones of a tie and leave the wrong ones."""
    confidence = np.r_[np.full(200, 0.9), np.full(200, 0.8)]
    right = np.r_[np.ones(300, bool), np.zeros(100, bool)]
    assert trusted_from(confidence, right, 0.95) == 0.9


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60),
    st.sampled_from([0.5, 0.9, 0.97, 1.0]),
)
def test_the_threshold_to_ask_from_catches_what_was_promised(
    scores: list[tuple[float, bool]], recall: float
) -> None:
    values, truth = np.array([v for v, _ in scores]), np.array([t for _, t in scores])
    at = fitting._catching(values, truth, recall)
    caught = int((values[truth] >= at).sum())
    assert not truth.any() or caught >= math.ceil(recall * truth.sum() - 1e-9) - 1
    assert recall < 1.0 or caught == truth.sum()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_the_threshold_to_flag_from_keeps_the_share_that_was_promised(
    scores: list[tuple[float, bool]],
) -> None:
    values, truth = np.array([v for v, _ in scores]), np.array([t for _, t in scores])
    at = fitting._precise(values, truth, 0.6)
    order = np.sort(np.unique(values))
    strict = [truth[values >= one].mean() for one in order]
    if len(set(values.tolist())) == len(values) and max(strict) >= 0.6:
        assert truth[values >= at].mean() >= 0.6
        assert all(share < 0.6 for one, share in zip(order, strict, strict=True) if one < at)


# ---- danger only adds (EB-R2)


def test_training_never_lets_a_sign_of_danger_count_against_it(examples: list[Example], folds: Folds) -> None:
    """Even where in the sample every flagged text was harmless and every danger unflagged."""
    truth = np.array([bool(one.danger) for one in examples])
    misleading = [CALM if danger else replace(FLAGGED, doubts=("问",)) for danger in truth]
    backwards = replace(folds, danger=-folds.danger, alarm=-folds.alarm)
    weights, judged = fitting._danger(backwards, misleading, truth, np.ones(len(truth), bool))
    assert len(weights) == 7
    assert all(weight >= 0 for weight in weights[1:6])
    assert len(judged) == len(examples)
