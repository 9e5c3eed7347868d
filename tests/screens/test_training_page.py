"""No page of work opens before the course is passed (R56); machines and tokens are not asked."""

from __future__ import annotations

import pytest
from django.test import Client

from liandong.district import accounts, training
from liandong.district.models import Account, Course, TrainingRecord

BACKEND = "django.contrib.auth.backends.ModelBackend"
WORK = ("/", "/desk/", "/desk/register", "/cases/", "/district/shift", "/district/knowledge")


def newcomer(role: str = "desk", unit: str | None = None) -> Client:
    """Somebody made by the command line, signed in for the first time, with their own password already."""
    account = accounts.create_account("li", role, unit, "Correct-Horse-9", must_change_password=False)
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


def answers(role: str = "desk", *, wrong: int = 0) -> dict[str, str]:
    """A filled sheet with so many wrong answers."""
    questions = Course.objects.get(role=role).questions
    return {
        f"q{n}": str(q["right"] if n >= wrong else q["right"] % len(q["options"]) + 1)
        for n, q in enumerate(questions)
    }


@pytest.mark.parametrize("path", WORK)
def test_before_the_course_every_page_of_work_leads_to_it(untrained: None, district: None, path: str) -> None:
    answer = newcomer().get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/account/training")


def test_a_part_of_a_page_moves_the_whole_page_to_the_course(untrained: None, district: None) -> None:
    answer = newcomer().get("/desk/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/account/training"


def test_the_session_opens_neither_interface_nor_stream(untrained: None, district: None) -> None:
    from liandong.engine import tickets

    client = newcomer()
    assert client.get("/api/v1/cases").status_code == 401
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    assert tickets.by_cookie(cookie) is None
    Account.objects.update(trained_version=1)
    assert client.get("/api/v1/cases").status_code == 200
    assert tickets.by_cookie(cookie) is not None


def test_a_token_is_not_asked_for_a_course(untrained: None, district: None) -> None:
    account = accounts.create_account("li", "desk")
    token = accounts.issue_token(account)
    answer = Client().get("/api/v1/cases", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_one_reads_answers_and_works(untrained: None, district: None) -> None:
    client = newcomer()
    page = client.get("/account/training").content.decode()
    assert "先问安全，再谈分流" in page
    assert "分流台" not in page  # no way into work is shown
    failed = client.post("/account/training", answers(wrong=2))
    assert failed.status_code == 422
    assert "还没有通过" in failed.content.decode()
    assert "不清楚就选不清楚" in failed.content.decode()
    assert client.get("/desk/").status_code == 302
    passed = client.post("/account/training", answers(wrong=1))
    assert (passed.status_code, passed["Location"]) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200
    assert list(TrainingRecord.objects.order_by("id").values_list("passed", flat=True)) == [False, True]


def test_a_question_left_open_is_named_and_nothing_is_recorded(untrained: None, district: None) -> None:
    client = newcomer()
    sheet = answers()
    del sheet["q2"], sheet["q4"]
    answer = client.post("/account/training", sheet)
    assert "第 3、5 题" in answer.content.decode()
    assert not TrainingRecord.objects.exists()


def test_password_and_language_can_be_set_before(untrained: None, district: None) -> None:
    client = newcomer()
    assert client.get("/account/").status_code == 200
    assert client.post("/preference", {"theme": "dark", "next": "/account/"}).status_code == 302


def test_who_has_passed_is_listed_for_those_who_answer_for_it(district: None) -> None:
    accounts.demo_accounts()
    accounts.create_account("zz-new", "desk", password="Correct-Horse-9")
    client = Client()
    client.force_login(Account.objects.get(username="inspector"), backend=BACKEND)
    page = client.get("/district/training").content.decode()
    assert page.index("zz-new") < page.index("desk2")
    assert "接警分流员培训" in page
    client.force_login(Account.objects.get(username="desk"), backend=BACKEND)
    assert client.get("/district/training").status_code == 403


def test_an_overdue_renewal_stops_work_again(untrained: None, district: None) -> None:
    client = newcomer()
    Account.objects.update(trained_version=1, train_by="2018-06-01")
    assert not training.ready(Account.objects.get(username="li"))
    assert client.get("/desk/")["Location"] == "/account/training"
