"""Accounts (三员分立): the system administrator asks, the security administrator grants, the auditor reads."""

from __future__ import annotations

import re

import pytest
from axes.models import AccessAttempt
from django.test import Client

from liandong.district import accounts
from liandong.district.models import Account, AccountChange, ApiToken

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def people(district: None) -> None:
    """The demonstration's accounts, and a second administrator of each kind."""
    accounts.demo_accounts()
    for name, role in (("sysadmin2", "sysadmin"), ("secadmin2", "secadmin")):
        accounts.create_account(name, role, password="Correct-Horse-9", must_change_password=False)


def who(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name), backend=BACKEND)
    return client


def propose(name: str = "wang", role: str = "desk", unit: str = "") -> str:
    """Ask for an account as the system administrator does; the first password shown."""
    typed = {"username": name, "role": role, "unit": unit, "display_name": "王某"}
    page = who("sysadmin").post("/district/accounts/new", typed).content.decode()
    found = re.search(r"<code>(.+?)</code>", page)
    assert found, page
    return found[1]


def decide(by: str, *, approve: bool = True, reason: str = "") -> None:
    change = AccountChange.objects.get(decided_at=None)
    given = {"approve": "yes" if approve else "no", "reason": reason}
    assert who(by).post(f"/district/accounts/decide/{change.pk}", given).status_code in (302, 403)


def signs_in(name: str, password: str) -> bool:
    return Client().post("/login", {"username": name, "password": password}).status_code == 302


def test_an_account_works_once_the_other_administrator_granted_it() -> None:
    password = propose()
    assert not signs_in("wang", password)
    decide("sysadmin")
    assert not Account.objects.get(username="wang").is_active
    decide("secadmin")
    assert signs_in("wang", password)
    change = AccountChange.objects.get(account="wang")
    assert (change.by, change.decided_by, change.approved) == ("sysadmin", "secadmin", True)
    assert Account.objects.get(username="wang").must_change_password


def test_a_refusal_needs_a_reason_and_leaves_the_account_closed() -> None:
    password = propose()
    decide("secadmin", approve=False)
    assert AccountChange.objects.filter(decided_at=None).exists()
    decide("secadmin", approve=False, reason="没有入职手续")
    assert not signs_in("wang", password)
    assert AccountChange.objects.get(account="wang").reason == "没有入职手续"


@pytest.mark.parametrize("name", ["secadmin", "auditor", "desk", "cg", "duty_office"])
def test_only_the_system_administrator_asks_for_accounts(name: str) -> None:
    client = who(name)
    assert client.get("/district/accounts/new").status_code == 403
    assert client.post("/district/accounts/new", {"username": "x", "role": "desk"}).status_code == 403
    assert not AccountChange.objects.exists()


def test_another_role_counts_once_granted_and_its_course_comes_first() -> None:
    who("sysadmin").post("/district/accounts/of/cg/role", {"role": "unit", "unit": "JT"})
    assert Account.objects.get(username="cg").unit == "CG"
    decide("secadmin")
    account = Account.objects.get(username="cg")
    assert (account.role, account.unit, account.trained_version) == ("unit", "JT", 0)


def test_nobody_changes_or_grants_their_own_account() -> None:
    who("sysadmin").post("/district/accounts/of/sysadmin/role", {"role": "desk"})
    assert not AccountChange.objects.exists()
    who("sysadmin").post("/district/accounts/of/secadmin/role", {"role": "desk"})
    decide("secadmin")
    assert Account.objects.get(username="secadmin").role == "secadmin"
    decide("secadmin2")
    assert Account.objects.get(username="secadmin").role == "desk"


def test_closing_counts_at_once_for_sessions_and_tokens() -> None:
    open_page = who("cg")
    token = accounts.issue_token(Account.objects.get(username="cg"))
    assert open_page.get("/unit/").status_code == 200
    who("sysadmin").post("/district/accounts/of/cg/disable", {"reason": "调离"})
    assert open_page.get("/unit/").status_code == 302
    assert accounts.actor_for_token(token) is None
    who("sysadmin").post("/district/accounts/of/cg/enable")
    assert not Account.objects.get(username="cg").is_active
    decide("secadmin")
    assert open_page.get("/unit/").status_code == 200


def test_the_last_administrator_of_a_kind_stays() -> None:
    who("sysadmin").post("/district/accounts/of/auditor/disable", {"reason": "x"})
    assert Account.objects.get(username="auditor").is_active
    who("sysadmin").post("/district/accounts/of/secadmin2/disable", {"reason": "x"})
    assert not Account.objects.get(username="secadmin2").is_active
    who("sysadmin").post("/district/accounts/of/secadmin/disable", {"reason": "x"})
    assert Account.objects.get(username="secadmin").is_active


def test_a_reset_password_is_shown_once_and_must_be_changed() -> None:
    page = who("sysadmin").post("/district/accounts/of/cg/password").content.decode()
    password = re.search(r"<code>(.+?)</code>", page)
    assert password
    assert signs_in("cg", password[1])
    assert not signs_in("cg", accounts.DEMO_PASSWORD)
    assert Account.objects.get(username="cg").must_change_password
    assert password[1] not in who("sysadmin").get("/district/accounts/of/cg").content.decode()


def test_no_administrator_takes_over_another_by_a_new_password() -> None:
    for name in ("secadmin", "auditor", "sysadmin2"):
        page = who("sysadmin").post(f"/district/accounts/of/{name}/password", follow=True).content.decode()
        assert "liandong user password" in page
        assert signs_in(name, accounts.DEMO_PASSWORD) is (name != "sysadmin2")


def test_a_locked_account_is_unlocked_by_the_security_administrator() -> None:
    for _ in range(8):
        signs_in("cg", "wrong-password-1")
    assert not signs_in("cg", accounts.DEMO_PASSWORD)
    assert "9 次" in who("sysadmin").get("/district/accounts?q=cg").content.decode()
    who("sysadmin").post("/district/accounts/of/cg/unlock")
    assert not signs_in("cg", accounts.DEMO_PASSWORD)
    who("secadmin").post("/district/accounts/of/cg/unlock")
    assert signs_in("cg", accounts.DEMO_PASSWORD)
    assert not AccessAttempt.objects.filter(username="cg").exists()


def test_a_token_is_revoked_from_its_accounts_page() -> None:
    accounts.issue_token(Account.objects.get(username="cg"), "旧系统")
    token = ApiToken.objects.get()
    who("auditor").post("/district/accounts/of/cg/revoke", {"token": token.pk})
    assert ApiToken.objects.get().revoked_at is None
    who("secadmin").post("/district/accounts/of/cg/revoke", {"token": token.pk})
    assert ApiToken.objects.get().revoked_at is not None
    assert AccountChange.objects.get().what == "revoke_token"


def test_the_auditor_reads_every_change_and_changes_none() -> None:
    propose()
    decide("secadmin")
    client = who("auditor")
    page = client.get("/district/accounts/changes").content.decode()
    assert "wang" in page
    assert "secadmin" in page
    assert "可以做的" not in client.get("/district/accounts/of/cg").content.decode()
    for what in ("role", "disable", "password", "unlock", "must_change"):
        assert client.post(f"/district/accounts/of/cg/{what}").status_code == 403


def test_the_list_costs_the_same_at_any_length() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = who("sysadmin")
    client.get("/district/accounts")
    costs = []
    for path in ("/district/accounts?q=cg", "/district/accounts"):
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        costs.append(len(asked))
    assert costs[0] == costs[1]
