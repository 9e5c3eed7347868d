"""Training before an account works (R56): who has to take which course, answering it, who passed.

``ready`` asks nothing of the database: what it needs stands on the account, so that every page can ask it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from .library import UNTAUGHT
from .models import Account, Course, TrainingRecord


class Answered(NamedTuple):
    """How an attempt went: right of total, passed, and the numbers (from 0) of the questions answered wrongly."""

    score: int
    total: int
    passed: bool
    wrong: tuple[int, ...]


def ready(account: Account, today: date | None = None) -> bool:
    """Whether this account may open pages of work: its role's course is passed and no renewal is overdue (R56)."""
    if account.role in UNTAUGHT:
        return True
    if account.trained_version < 1:
        return False
    return account.train_by is None or (today or timezone.localdate()) <= account.train_by


def course_of(account: Account) -> Course | None:
    """The course of the account's role; None where no pack with courses was loaded."""
    return Course.objects.filter(role=account.role).first()


def outdated(account: Account) -> bool:
    """Whether a newer version of the course waits for this account, which still works until ``train_by``."""
    return account.trained_version > 0 and account.train_by is not None


@transaction.atomic
def answer(account: Account, course: Course, chosen: Mapping[int, int]) -> Answered:
    """Judge one attempt: ``chosen`` maps the number of a question (from 0) to the option taken (from 1).

    The attempt is recorded whatever came out; the account works from the instant it passes.
    """
    wrong = tuple(n for n, q in enumerate(course.questions) if chosen.get(n) != q["right"])
    total = len(course.questions)
    score = total - len(wrong)
    passed = score * 100 >= course.pass_mark * total
    TrainingRecord.objects.create(
        account=account.username, role=account.role, unit=account.unit, version=course.version,
        at=timezone.now(), score=score, total=total, passed=passed,
    )  # fmt: skip
    if passed:
        account.trained_version, account.train_by = course.version, None
        account.save(update_fields=["trained_version", "train_by"])
    return Answered(score, total, passed, wrong)


class Standing(NamedTuple):
    """One account's training for the list: what it passed, what waits, and the last attempt."""

    account: Account
    ready: bool
    course_version: int
    last: TrainingRecord | None


def standings(*, today: date | None = None) -> list[Standing]:
    """Every account that works, those who may not work yet first. Three queries however many."""
    day = today or timezone.localdate()
    versions = dict(Course.objects.values_list("role", "version"))
    last: dict[str, TrainingRecord] = {}
    for record in TrainingRecord.objects.order_by("at", "id"):
        last[record.account] = record
    accounts = Account.objects.filter(is_active=True).exclude(role__in=UNTAUGHT).order_by("username")
    made = [Standing(a, ready(a, day), versions.get(a.role, 0), last.get(a.username)) for a in accounts]
    return sorted(made, key=lambda one: (one.ready, one.account.train_by is None, one.account.username))
