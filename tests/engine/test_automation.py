"""From which confidence on suggestions may go by themselves: what the district's own ended cases show, else the model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection

from liandong.casework.execute import batch
from liandong.engine import automation
from liandong.engine.automation import Outcomes
from liandong.engine.models import Automation, Suggested
from liandong.rules.policy import Policy
from liandong.triage import fitting
from liandong.triage.fitting import FEWEST, wilson
from support import flow

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(policy: Policy, at: Callable[[str], datetime]) -> Callable[..., list[str]]:
    """Ended cases with what was suggested for each: ``(confidence, right)``."""
    given = {"count": 0}

    def make(
        outcomes: list[tuple[float, bool]], *, state: str = "closed", channel: str = "110", **more: Any
    ) -> list[str]:
        numbers = []
        with batch():
            for _ in outcomes:
                given["count"] += 1
                source = {"channel": channel, "ref": f"p{given['count']}"}
                numbers.append(flow.register(at("2018-06-04T09:00"), policy, "", source=source))
        for no, (confidence, right) in zip(numbers, outcomes, strict=True):
            said = {"flagged": False, "kept": False, "asked": False, "auto": False, **more}
            Suggested.objects.create(
                case_no=no, position=given["count"], at_ms=1, model="m", unit="CG", matter="CG-02",
                confidence=confidence, **said,
            )  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE casework_case SET state = %s, lead_unit = %s WHERE no = %s",
                    [state, "CG" if right else "JT", no],
                )
        return numbers

    return make


def of(*triples: tuple[float, bool, bool]) -> Outcomes:
    confidence, right, clear = zip(*triples, strict=True) if triples else ((), (), ())
    return Outcomes(np.array(confidence, float), np.array(right, bool), np.array(clear, bool))


# ---- what the cases show


def test_outcomes_lay_what_was_suggested_beside_who_handled_it(plant: Any) -> None:
    plant([(0.9, True), (0.4, False)])
    found = automation.outcomes()
    assert sorted(zip(found.confidence.tolist(), found.right.tolist(), strict=True)) == [
        (0.4, False),
        (0.9, True),
    ]
    assert found.clear.all()


@pytest.mark.parametrize("sign", ["flagged", "kept", "asked"])
def test_what_a_person_has_to_look_at_counts_for_coverage_alone(plant: Any, sign: str) -> None:
    plant([(0.9, True)], **{sign: True})
    plant([(0.8, True)])
    found = automation.outcomes()
    assert found.clear.sum() == 1
    (point,) = automation.curve(found)
    assert (point["count"], point["coverage"], point["confidence"]) == (1, 0.5, 0.8)


def test_open_cases_and_those_the_machine_routed_in_a_replay_prove_nothing(plant: Any) -> None:
    plant([(0.9, True)], state="handling")
    plant([(0.9, True)], state="withdrawn")
    plant([(0.9, True)], channel="demonstration")
    assert len(automation.outcomes().confidence) == 0
    assert automation.curve(automation.outcomes()) == []


def test_archived_cases_count_as_closed_ones_do(plant: Any) -> None:
    plant([(0.9, True)], state="archived")
    assert len(automation.outcomes().confidence) == 1


# ---- coverage against precision


def test_the_curve_goes_from_the_most_certain_to_all() -> None:
    found = of(*((0.99 - n / 1000, n < 150, n % 2 == 0 or n < 100) for n in range(200)))
    points = automation.curve(found)
    assert 1 <= len(points) <= automation.POINTS
    clear = [(float(c), bool(r)) for c, r, ok in zip(*found, strict=True) if ok]
    for point in points:
        count = int(point["count"])
        right = sum(ok for _, ok in sorted(clear, reverse=True)[:count])
        assert point["precision"] == right / count
        assert (point["low"], point["high"]) == wilson(right, count)
        assert point["confidence"] == sorted(clear, reverse=True)[count - 1][0]
        assert point["coverage"] == count / 200
    assert points[-1]["count"] == len(clear)
    assert [point["count"] for point in points] == sorted({point["count"] for point in points})


@pytest.mark.parametrize("count", [0, 1, 3, 39, 41])
def test_a_curve_of_few_outcomes_has_no_point_twice(count: int) -> None:
    points = automation.curve(of(*((0.5, True, True) for _ in range(count))))
    assert len(points) == min(count, automation.POINTS)
    assert all(point["precision"] == 1 for point in points)


# ---- the threshold


def test_until_somebody_sets_it_ninety_five_percent_is_wanted(plant: Any) -> None:
    assert automation.wanted() == fitting.PRECISION == 0.95
    assert automation.threshold() is None
    assert automation.described()["basis"] == "model"
    assert not Automation.objects.exists()  # asking changes nothing


def test_too_few_ended_cases_leave_it_to_the_models_own_threshold(
    plant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "FEWEST", 20)
    plant([(0.9, True)] * 19)
    plant([(0.9, True)], asked=True)
    row = automation.set_precision(0.95, "duty_office:zhao")
    assert (row.basis, row.threshold, row.outcomes) == ("model", None, 19)
    assert automation.threshold() is None


def test_who_wants_more_than_the_model_showed_gets_no_automation_from_too_few_cases(plant: Any) -> None:
    """The model's threshold was found for 95 %: it serves whoever wants no more; at 99 % nobody knows."""
    for wanted, threshold in ((0.9, None), (0.95, None), (0.99, 1.1)):
        row = automation.set_precision(wanted, "duty_office:zhao")
        assert (row.basis, row.threshold) == ("model", threshold)


def test_enough_ended_cases_give_the_threshold(plant: Any) -> None:
    sure = [(0.99 - n / 10_000, True) for n in range(150)]
    unsure = [(0.5 - n / 10_000, n % 2 == 0) for n in range(50)]
    plant(sure + unsure)
    row = automation.set_precision(0.95, "duty_office:zhao")
    assert (row.basis, row.outcomes) == ("cases", 200)
    assert row.threshold is not None
    assert 0.49 < row.threshold <= sure[-1][0]
    found = automation.outcomes()
    above = found.right[found.confidence >= row.threshold]
    assert wilson(int(above.sum()), len(above))[0] >= 0.95
    assert len(above) >= FEWEST
    assert automation.threshold() == row.threshold


def test_ninety_percent_right_never_reaches_ninety_nine(plant: Any) -> None:
    plant([(0.9 - n / 10_000, n % 10 != 0) for n in range(200)])
    row = automation.set_precision(0.99, "duty_office:zhao")
    assert (row.basis, row.threshold) == ("cases", 1.1)
    lower = automation.set_precision(0.8, "duty_office:zhao")
    assert lower.threshold is not None
    assert lower.threshold < 0.9


def test_what_has_to_be_looked_at_never_lifts_the_threshold(plant: Any) -> None:
    plant([(0.9 - n / 10_000, n % 10 != 0) for n in range(120)])
    plant([(0.99, True)] * 200, flagged=True)
    assert automation.set_precision(0.95, "duty_office:zhao").threshold == 1.1


def test_after_more_cases_ended_the_threshold_is_found_again(plant: Any) -> None:
    automation.set_precision(0.9, "duty_office:zhao")
    set_at = automation.described()["changed_ms"]
    plant([(0.9 - n / 10_000, True) for n in range(120)])
    row = automation.refit()
    assert (row.basis, row.outcomes) == ("cases", 120)
    assert row.threshold is not None
    assert row.threshold < 1
    shown = automation.described()
    assert (shown["precision"], shown["changed_by"], shown["changed_ms"]) == (0.9, "duty_office:zhao", set_at)
    assert Automation.objects.count() == 1


@pytest.mark.parametrize("wanted", [0.0, 0.499, 0.9991, 1.0, 1.1, -1.0, float("nan"), float("inf")])
def test_a_precision_nobody_can_want_is_refused(wanted: float) -> None:
    with pytest.raises(ValueError, match=r"0\.5"):
        automation.set_precision(wanted, "duty_office:zhao")
    assert not Automation.objects.exists()


@pytest.mark.parametrize("wanted", [automation.LOWEST, 0.95, automation.HIGHEST])
def test_the_bounds_themselves_can_be_wanted(wanted: float) -> None:
    assert automation.set_precision(wanted, "duty_office:zhao").precision == wanted
    assert automation.wanted() == wanted
    assert automation.described()["changed_by"] == "duty_office:zhao"
