"""One role an account, tokens kept as hashes, the actor the rules see (CONTRACT §1, §6)."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from liandong.district import accounts
from liandong.district.models import Account, ApiToken
from liandong.district.pack import Pack
from liandong.rules.model import Actor


def test_the_actor_of_an_account_is_its_role_and_unit(district: Pack) -> None:
    desk = accounts.create_account("li", "desk", password="abcdefgh12")
    unit = accounts.create_account("zhang", "unit", "CG", "abcdefgh12")
    assert accounts.actor_for(desk) == Actor("desk", "li")
    assert accounts.actor_for(unit) == Actor("unit", "zhang", "CG")
    assert str(accounts.actor_for(unit)) == "unit:CG:zhang"
    assert unit.must_change_password
    assert check_password("abcdefgh12", unit.password)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("li", "king", None, "abcdefgh12"), "没有角色 king"),
        (("li", "unit", None, "abcdefgh12"), "须写单位代码"),
        (("li", "unit", "XX", "abcdefgh12"), "XX 不在册"),
        (("li", "unit", "QT", "abcdefgh12"), "QT 不在册"),
        (("li", "desk", "CG", "abcdefgh12"), "不属于联动单位"),
        (("li:x", "desk", None, "abcdefgh12"), "冒号"),
        (("li", "desk", None, "short1"), "至少 10 位"),
        (("li", "desk", None, "abcdefghijkl"), "字母和数字"),
    ],
)
def test_a_wrong_account_says_what_to_do(district: Pack, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(accounts.AccountError, match=says):
        accounts.create_account(*arguments)
    assert not Account.objects.exists()


def test_a_name_is_one_account_and_an_account_one_role(district: Pack) -> None:
    accounts.create_account("li", "auditor", password="abcdefgh12")
    with pytest.raises(accounts.AccountError, match="已存在"):
        accounts.create_account("li", "sysadmin", password="abcdefgh12")


@pytest.mark.parametrize(("role", "unit"), [("unit", ""), ("desk", "CG"), ("auditor,sysadmin", "")])
def test_the_database_itself_refuses_a_wrong_role(district: Pack, role: str, unit: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(username="x", role=role, unit=unit, password="!")


def test_a_token_is_stored_as_a_hash_and_found_by_one_query(district: Pack) -> None:
    account = accounts.create_account("zhang", "unit", "CG")
    token = accounts.issue_token(account, "手机")
    stored = ApiToken.objects.get()
    assert stored.hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(ApiToken.objects.values())
    assert accounts.actor_for_token(token) == Actor("unit", "zhang", "CG")
    with CaptureQueriesContext(connection) as asked:
        accounts.actor_for_token(token)
    assert len(asked) == 1


def test_the_day_of_last_use_is_kept(district: Pack) -> None:
    token = accounts.issue_token(accounts.create_account("li", "desk"))
    accounts.actor_for_token(token, date(2018, 6, 1))
    accounts.actor_for_token(token, date(2018, 6, 2))
    assert ApiToken.objects.get().last_used_on == date(2018, 6, 2)


def test_unknown_revoked_and_closed_give_no_actor(district: Pack) -> None:
    account = accounts.create_account("li", "desk")
    first, second = accounts.issue_token(account), accounts.issue_token(account)
    assert accounts.actor_for_token("ld_nothing") is None
    key = ApiToken.objects.get(hash=hashlib.sha256(first.encode()).hexdigest()).pk
    assert accounts.revoke_token(key)
    assert not accounts.revoke_token(key)
    assert accounts.actor_for_token(first) is None
    assert accounts.actor_for_token(second) is not None
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert accounts.actor_for_token(second) is None


def test_an_integration_has_scopes_and_perhaps_a_unit(district: Pack) -> None:
    machine = accounts.create_account("cad", "integration")
    both = accounts.actor_for_token(accounts.issue_token(machine, scopes=["register", "append"]))
    assert both == Actor("integration", "cad", None, frozenset({"register", "append"}))
    unit = accounts.actor_for_token(accounts.issue_token(machine, scopes=["unit:CG"]))
    assert unit == Actor("integration", "cad", "CG", frozenset())


@pytest.mark.parametrize(
    ("role", "scopes", "says"),
    [
        ("integration", [], "须写权限"),
        ("integration", ["dispatch"], "没有权限 dispatch"),
        ("integration", ["unit:XX"], "XX 不在册"),
        ("integration", ["unit:CG", "unit:HB"], "最多代表一个单位"),
        ("desk", ["register"], "只有接口账号"),
    ],
)
def test_wrong_scopes_are_refused(district: Pack, role: str, scopes: list[str], says: str) -> None:
    account = accounts.create_account("x", role)
    with pytest.raises(accounts.AccountError, match=says):
        accounts.issue_token(account, scopes=scopes)
    assert not ApiToken.objects.exists()


def test_demonstration_accounts_cover_every_role_and_unit(district: Pack) -> None:
    made = accounts.demo_accounts()
    assert {a.role for a in made} == set(accounts.ROLES)
    assert {a.unit for a in made if a.role == "unit"} == set(district.unit_by_code)
    assert len({a.password for a in made if a.role != "integration"}) == 1
    assert not Account.objects.get(username="integration").has_usable_password()
    assert all(a.demonstration for a in made)
    assert check_password(accounts.DEMO_PASSWORD, Account.objects.get(username="cg").password)
    assert len(accounts.demo_accounts()) == len(made)


def test_a_machine_account_cannot_log_in(district: Pack) -> None:
    account = accounts.create_account("cad", "integration")
    assert not account.has_usable_password()
    accounts.set_password(account, "new-pass-2018")
    assert check_password("new-pass-2018", account.password)
