"""Training before an account works (R56): a course for every role, renewed when it changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from liandong.district import accounts, packs, training
from liandong.district.models import Account, Course, TrainingRecord
from liandong.district.pack import Pack


def right(course: Course) -> dict[int, int]:
    """The right answers."""
    return {n: question["right"] for n, question in enumerate(course.questions)}


def test_every_role_that_signs_in_has_a_course(district: Pack) -> None:
    assert set(Course.objects.values_list("role", flat=True)) == set(accounts.ROLES) - {"integration"}
    for course in Course.objects.all():
        assert len(course.questions) >= 6
        assert len(course.parts) >= 2


def test_a_new_account_works_only_after_its_course(district: Pack) -> None:
    account = accounts.create_account("li", "desk", password="abcdefgh12")
    assert not training.ready(account)
    course = training.course_of(account)
    assert course is not None
    wrong = right(course) | {0: 3, 1: 3}
    failed = training.answer(account, course, wrong)
    assert (failed.passed, failed.wrong) == (False, (0, 1))
    assert not training.ready(Account.objects.get(username="li"))
    assert training.answer(account, course, right(course)).passed
    assert training.ready(Account.objects.get(username="li"))
    assert [(r.score, r.total, r.passed) for r in TrainingRecord.objects.order_by("id")] == [
        (6, 8, False),
        (8, 8, True),
    ]


def test_a_machine_needs_no_course(district: Pack) -> None:
    assert training.ready(accounts.create_account("cad", "integration"))


def test_demonstration_accounts_are_trained(district: Pack) -> None:
    assert all(training.ready(account) for account in accounts.demo_accounts())


def test_a_newer_course_asks_again_by_a_day_and_lets_work_meanwhile(copy: Path, district: Pack) -> None:
    account = accounts.create_account("li", "desk", password="abcdefgh12")
    course = training.course_of(account)
    assert course is not None
    training.answer(account, course, right(course))
    file = copy / "training.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('role = "desk"\nversion = 1', 'role = "desk"\nversion = 2', 1), encoding="utf-8"
    )
    packs.load(copy)
    account = Account.objects.get(username="li")
    last = timezone.localdate() + timedelta(days=course.renew_days)
    assert account.train_by == last
    assert training.outdated(account)
    assert training.ready(account, last)
    assert not training.ready(account, last + timedelta(days=1))
    newer = training.course_of(account)
    assert newer is not None
    training.answer(account, newer, right(newer))
    assert not training.outdated(Account.objects.get(username="li"))
    packs.load(copy)
    assert Account.objects.get(username="li").train_by is None


def test_the_register_shows_those_first_who_may_not_work(district: Pack) -> None:
    accounts.demo_accounts()
    accounts.create_account("zz-new", "desk", password="abcdefgh12")
    standings = training.standings()
    assert standings[0].account.username == "zz-new"
    assert "integration" not in {one.account.role for one in standings}


@pytest.mark.parametrize("role", ["desk", "unit", "secadmin"])
def test_no_answer_at_all_is_wrong(district: Pack, role: str) -> None:
    account = accounts.create_account("li", role, "CG" if role == "unit" else None)
    course = training.course_of(account)
    assert course is not None
    assert training.answer(account, course, {}).score == 0
