"""The knowledge base: found by what callers say, owned, reviewed, kept over a reload (R28)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from liandong.district import knowledge, library, packs
from liandong.district.models import KnowledgeEntry, KnowledgeVersion
from liandong.district.pack import Pack
from liandong.rules.model import Actor

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


def title(text: str, *matters: str) -> str:
    """The title that is suggested first."""
    found = knowledge.suggest(text, matters)
    return found[0].title if found else ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("我在工地干了三个月老板不发工资跑了", "老板拖欠工资怎么办"),
        ("家里停水两天了没人管", "停水了怎么问"),
        ("狗没拴绳子在小区乱跑", "狗没拴绳或者扰民怎么办"),
        ("小区楼上天天跳广场舞音响开到半夜，睡不着", "邻居或广场舞太吵怎么办"),
        ("古南街道天桥路口垃圾堆了三天没人清运，味道很大", "垃圾没人清运怎么办"),
        ("我的社保卡掉了怎么补", "社保卡丢了怎么办"),
        ("你好，我要表扬一个人", ""),
        ("", ""),
    ],
)
def test_what_a_caller_says_finds_the_entry(district: Pack, said: str, expected: str) -> None:
    assert title(said) == expected


def test_a_likely_matter_brings_its_entries_where_words_say_nothing(district: Pack) -> None:
    assert knowledge.suggest("这个事情怎么办") == []
    assert all("MZ-02" in entry.matters for entry in knowledge.suggest("这个事情怎么办", ["MZ-02"]))
    assert len(knowledge.suggest("停水停电停气", limit=2)) == 2


def test_suggesting_asks_one_query_however_many_entries(district: Pack) -> None:
    knowledge.suggest("停水")
    with CaptureQueriesContext(connection) as asked:
        knowledge.suggest("家里停水两天了")
    assert len(asked) == 1


def test_every_entry_of_the_pack_waits_for_its_owner(district: Pack) -> None:
    """Nothing that was written from memory counts as confirmed before its owner said so."""
    rows = KnowledgeEntry.objects.all()
    assert len(rows) >= 60
    assert {row.standing for row in rows} == {"draft"}
    assert all("[M]" in row.source and row.owner in district.unit_by_code for row in rows)


def test_a_confirmed_and_a_changed_entry_stay_over_a_reload(district: Pack) -> None:
    again = timezone.localdate() + timedelta(days=90)
    knowledge.confirm("K001", "rs", again)
    changed = KnowledgeEntry.objects.get(ref="K002")
    values = {name: getattr(changed, name) for name in knowledge.CONTENT} | {"title": "养老保险怎么转走"}
    knowledge.save(changed, values, "rs", again)
    packs.load(QIJIANG)
    first, second, third = (KnowledgeEntry.objects.get(ref=ref) for ref in ("K001", "K002", "K003"))
    assert (first.standing, first.confirmed_by, first.review_on) == ("confirmed", "rs", again)
    assert (second.title, second.version, second.standing) == ("养老保险怎么转走", 2, "confirmed")
    assert third.standing == "draft"
    assert [v.what for v in KnowledgeVersion.objects.filter(ref="K002")] == ["修改"]


def test_a_changed_entry_is_suggested_at_once_and_a_retired_one_no_more(district: Pack) -> None:
    assert title("社保卡丢失") == "社保卡丢了怎么办"
    knowledge.retire("K001", "rs")
    assert title("社保卡丢失") != "社保卡丢了怎么办"
    assert knowledge.get("K001") is None


def test_owners_keep_their_own_entries_and_no_others(district: Pack) -> None:
    entry = KnowledgeEntry.objects.get(ref="K001")
    assert entry.owner == "RS"
    assert knowledge.may_keep(Actor("unit", "rs", "RS"), entry)
    assert not knowledge.may_keep(Actor("unit", "cg", "CG"), entry)
    assert not knowledge.may_keep(Actor("desk", "desk"), entry)
    assert knowledge.may_keep(Actor("sysadmin", "sysadmin"), entry)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": "短"}, "2–100"),
        ({"text": "太短"}, "10–3000"),
        ({"owner": "XX"}, "责任单位"),
        ({"matters": ["XX-01"]}, "职责目录"),
        ({"hotline": "99999"}, "R14"),
    ],
)
def test_what_cannot_be_kept_says_why(district: Pack, change: dict[str, object], says: str) -> None:
    entry = KnowledgeEntry.objects.get(ref="K001")
    values = {name: getattr(entry, name) for name in knowledge.CONTENT} | change
    with pytest.raises(knowledge.KnowledgeError, match=says):
        knowledge.save(entry, values, "rs", timezone.localdate() + timedelta(days=30))
    assert KnowledgeEntry.objects.get(ref="K001").version == 1


def test_a_review_day_lies_ahead_but_not_for_ever(district: Pack) -> None:
    for days in (0, -1, 361):
        with pytest.raises(knowledge.KnowledgeError, match="复核日"):
            knowledge.confirm("K001", "rs", timezone.localdate() + timedelta(days=days))


def test_overdue_reviews_are_listed_by_owner(district: Pack) -> None:
    KnowledgeEntry.objects.filter(ref__in=("K001", "K002")).update(review_on="2018-01-01")
    late = knowledge.overdue_by_owner(timezone.localdate().replace(year=2018, month=6))
    assert late == {"RS": 2}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("knowledge.toml", 'owner = "RS"', 'owner = "XX"', "单位 XX 不存在"),
        ("knowledge.toml", 'matters = ["RS-03"]', 'matters = ["RS-99"]', "事项 RS-99"),
        ("knowledge.toml", 'hotline = "12333"', 'hotline = "1"', "热线 1 不在"),
        ("knowledge.toml", 'ref = "K002"', 'ref = "K001"', "K001 重复"),
        ("texts.toml", "{place}", "{phone}", "占位符 {phone} 不认识"),
        ("texts.toml", 'command = "answer"', 'command = "reply"', "没有操作 reply"),
        ("training.toml", 'role = "desk"', 'role = "king"', "角色 king 没有课程"),
        ("training.toml", "right = 2", "right = 9", "正确答案"),
        ("training.toml", '"one-holder", "safety", "dispatch"', '"nowhere", "safety", "dispatch"', "nowhere"),
        ("house.toml", 'kind = "roster_ahead"', 'kind = "lunch"', "不认识的规则 lunch"),
    ],
)
def test_a_broken_library_loads_nothing_and_names_the_place(
    copy: Path, district: Pack, file: str, old: str, new: str, says: str
) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    before = library.stamp()
    with pytest.raises(packs.PackError, match=says) as raised:
        packs.load(copy)
    assert raised.value.file == file
    assert library.stamp() == before
