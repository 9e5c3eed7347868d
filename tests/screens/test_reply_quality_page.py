"""Item 9: the panel stands where feedback is reviewed and for who supervises, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from liandong.casework.execute import execute
from liandong.district import accounts, packs
from liandong.rules.model import Actor, Command
from support.policy import PACK

DESK, UNIT = Actor("desk", "seeder"), Actor("unit", "worker", "CG")


@pytest.fixture
def reviewed(db: None) -> str:
    """A case whose feedback waits for review."""
    packs.load(PACK)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=9)
    fields = {
        "kind": "complaint",
        "summary": "翠屏路垃圾桶没有清运",
        "content": "我叫张三丰，翠屏路的垃圾桶三天没有清运，什么时候清运？",
        "safety": {"life": "no", "property": "no", "public": "no"},
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": "quality-1"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = execute(Command("register", None, fields), DESK, now=at).no
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责条款"}
    execute(Command("dispatch", no, given), DESK, now=at)
    answer = "翠屏路的垃圾桶6月2日已清运，今后每天清运。张三丰已知悉，电话13812341234。"
    execute(Command("answer_now", no, {"text": answer}), UNIT, now=at + timedelta(minutes=1))
    return no


def page(no: str, role: str, unit: str | None = None, path: str = "") -> str:
    account = accounts.create_account(f"q-{role}", role, unit, "Correct-Horse-9", must_change_password=False)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(f"/cases/{no}{path}").content.decode()


@pytest.mark.parametrize("role", ["desk", "desk_lead", "duty_office", "inspector"])
def test_who_reviews_sees_scores_with_reasons(reviewed: str, role: str) -> None:
    shown = page(reviewed, role)
    assert 'id="reply-quality"' in shown
    assert "答复质量" in shown
    assert "1 项得到实质答复" in shown


def test_it_stands_beside_the_review_form(reviewed: str) -> None:
    shown = page(reviewed, "desk", path="/do/accept_feedback")
    assert shown.index('id="form"') < shown.index('id="reply-quality"') < shown.index("来电人原话")


def test_the_reasons_quote_masked_text_to_who_sees_masked(reviewed: str) -> None:
    shown = page(reviewed, "inspector")
    assert "13812341234" not in shown
    assert "张三丰" not in shown


def test_a_unit_is_not_shown_it(reviewed: str) -> None:
    assert 'id="reply-quality"' not in page(reviewed, "unit", "CG")
