"""Knowledge and templates as pages: everybody who works reads, owners keep their own (R28)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from liandong.district import accounts, knowledge, texts
from liandong.district.models import Account, KnowledgeEntry

BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW = {
    "title": "河边能不能钓鱼",
    "text": "划定的禁渔区和禁渔期内不能钓鱼，具体以农业部门最新公布为准。",
    "basis": "《中华人民共和国渔业法》",
    "words": "钓鱼，禁渔、河边钓鱼",
    "matters": "NW-03",
    "unit": "NW",
    "hotline": "",
}


@pytest.fixture(autouse=True)
def people(district: None) -> None:
    accounts.demo_accounts()


def who(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name), backend=BACKEND)
    return client


def again(days: int = 90) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_the_words_of_a_caller_find_an_entry_that_says_it_otherwise() -> None:
    page = who("desk").get("/district/knowledge?q=老板跑了不发工资").content.decode()
    assert "说法相近的条目" in page
    assert "老板拖欠工资怎么办" in page


def test_filters_live_in_the_address() -> None:
    page = who("desk").get("/district/knowledge?matter=RS-01&owner=RS").content.decode()
    assert "劳动仲裁怎么申请" in page
    assert "停水了怎么问" not in page
    KnowledgeEntry.objects.filter(ref="K001").update(review_on="2018-01-01")
    late = who("desk").get("/district/knowledge?overdue=1").content.decode()
    assert "社保卡丢了怎么办" in late
    assert "劳动仲裁怎么申请" not in late


def test_a_unit_confirms_its_own_draft() -> None:
    client = who("rs")
    assert "待确认" in client.get("/district/knowledge/K001").content.decode()
    client.post("/district/knowledge/K001/confirm", {"review_on": again()})
    row = KnowledgeEntry.objects.get(ref="K001")
    assert (row.standing, row.confirmed_by) == ("confirmed", "rs")
    assert "11 条待确认" not in client.get("/district/knowledge").content.decode()


def test_a_unit_neither_confirms_nor_edits_what_another_owns() -> None:
    client = who("cg")
    assert "确认无误" not in client.get("/district/knowledge/K001").content.decode()
    assert client.post("/district/knowledge/K001/confirm", {"review_on": again()}).status_code == 404
    assert client.get("/district/knowledge/K001/edit").status_code == 404
    assert who("desk").post("/district/knowledge/K001/confirm").status_code == 403
    assert KnowledgeEntry.objects.get(ref="K001").standing == "draft"


def test_what_a_unit_writes_is_its_own_and_suggested_at_once() -> None:
    client = who("nw")
    client.post("/district/knowledge/new", NEW | {"owner": "CG", "review_on": again()})
    row = KnowledgeEntry.objects.get(title=NEW["title"])
    assert (row.ref, row.owner, row.standing) == ("B001", "NW", "confirmed")
    assert row.words == ["钓鱼", "禁渔", "河边钓鱼"]
    assert knowledge.suggest("河边有人钓鱼")[0].ref == "B001"


def test_a_refused_entry_keeps_everything_typed_and_says_where() -> None:
    answer = who("nw").post("/district/knowledge/new", NEW | {"matters": "XX-01", "review_on": again()})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "职责目录" in page
    assert NEW["text"] in page


def test_history_shows_what_was_said_before() -> None:
    client = who("nw")
    client.post("/district/knowledge/new", NEW | {"review_on": again()})
    client.post(
        "/district/knowledge/B001/edit",
        NEW | {"text": "新的说法：先看河边的公示牌再说。", "review_on": again()},
    )
    page = client.get("/district/knowledge/B001").content.decode()
    assert "第 2 版" in page
    assert NEW["text"] in page


def test_answers_count_for_the_entry_they_were_given_by() -> None:
    knowledge.count_uses(["K001", "K001", "nothing-like-it"])
    assert KnowledgeEntry.objects.get(ref="K001").used == 2


def test_a_unit_writes_a_template_for_itself_only() -> None:
    client = who("cg")
    typed = {
        "code": "cg-snow", "name": "除雪", "command": "feedback", "unit": "JT", "owner": "JT",
        "text": "关于{place}积雪一事，已于【月日时】清除。", "valid_from": timezone.localdate().isoformat(),
    }  # fmt: skip
    assert client.post("/district/texts/new", typed).status_code == 302
    assert "cg-snow" in [t.code for t in texts.for_command("feedback", "CG")]
    assert "cg-snow" not in [t.code for t in texts.for_command("feedback", "JT")]
    assert client.get("/district/texts/fk-resolved").status_code == 404
    assert who("desk").get("/district/texts/new").status_code == 403


def test_the_preview_shows_an_invented_case_and_stray_placeholders() -> None:
    typed = {"code": "x", "text": "关于{place}，电话{phone}", "preview": "1"}
    page = who("sysadmin").post("/district/texts/new", typed).content.decode()
    assert "关于古南街道天桥路口" in page
    assert "不认识的占位符：phone" in page
    saved = who("sysadmin").post(
        "/district/texts/new",
        typed
        | {"preview": "", "name": "试", "command": "feedback", "owner": "CG", "valid_from": "2026-12-01"},
    )
    assert saved.status_code == 422
