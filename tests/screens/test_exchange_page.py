"""The page of the exchange, and what a case's page says of orders to the other side."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from liandong.district import accounts, packs
from liandong.district.policy import current
from liandong.engine import health
from liandong.engine.exchange import identity, outgoing
from liandong.engine.instants import now_ms
from liandong.engine.models import ExchangeSent
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db


def signed_in(role: str, unit: str = "") -> Client:
    account = accounts.create_account(role, role, unit or None, "Correct-Horse-9", must_change_password=False)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def divided(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This is the desk's instance, prepared, with the card of a government's."""
    packs.load(PACK)
    settings.LIANDONG_SIDE, settings.LIANDONG_HOME = "desk", tmp_path
    for name in ("OUT", "IN"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"LIANDONG_EXCHANGE_{name}", str(tmp_path / name))
    identity.prepare("綦江区公安局")
    theirs = identity.Card("ab" * 16, "government", "区政府", b"\1" * 32, b"\2" * 32)
    identity.add_peer(theirs, "test")
    return tmp_path


def test_one_instance_for_both_sides_says_that_there_is_nothing_to_exchange() -> None:
    packs.load(PACK)
    assert "没有分成两侧" in signed_in("sysadmin").get("/district/exchange").content.decode()


def test_the_administrator_sees_what_waits_and_the_fingerprint(divided: Path) -> None:
    now = datetime.now(UTC)
    policy = current()
    flow.register(now.astimezone(policy.zone), policy, "page")
    outgoing.export()
    page = signed_in("sysadmin").get("/district/exchange").content.decode()
    assert identity.card().fingerprint in page
    assert "发到第 1 个，对侧确认到第 0 个，待确认 1 个" in page
    assert "往来正常" in page
    assert "路灯" not in page


def test_a_way_that_has_been_silent_for_long_is_said_on_the_page_and_by_readyz(divided: Path) -> None:
    policy = current()
    flow.register(datetime.now(policy.zone), policy, "page")
    outgoing.export()
    ExchangeSent.objects.update(made_ms=now_ms() - 11 * 60_000)
    assert "没有回执" in signed_in("sysadmin").get("/district/exchange").content.decode()
    check = health.report()["checks"]["exchange"]
    assert (check["ok"], check["warn"]) == (True, True)
    assert "没有回执" in check["detail"]


def test_a_store_of_one_side_that_is_served_as_both_is_not_ready(divided: Path, settings: Any) -> None:
    settings.LIANDONG_SIDE = ""
    assert not health.report()["checks"]["exchange"]["ok"]
    assert "请改正环境变量" in signed_in("sysadmin").get("/district/exchange").content.decode()


def test_whoever_works_with_cases_has_no_business_there(divided: Path) -> None:
    assert signed_in("desk").get("/district/exchange").status_code == 403


def test_a_command_for_a_case_of_the_other_side_shows_as_sent_and_waiting(divided: Path) -> None:
    policy = current()
    now = datetime.now(policy.zone)
    no = flow.register(now, policy, "page")
    flow.dispatch(no, now, policy)
    client = signed_in("desk")
    done = flow.do("recall", no, flow.DESK, now, policy, reason="派错了")
    assert done.forwarded
    page = client.get(f"/cases/{no}").content.decode()
    assert "已送对侧执行，等待回执" in page
    assert "撤回" in page
