"""Changing the district from a page: rows end and begin, exactly one counts on any day, a planned change can go back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from liandong.district import changes, consistency, models, packs, policy, store
from liandong.district.duty_orders import EndMatter, MoveMatter, NewMatter
from liandong.district.errors import SettingError
from liandong.district.mergers import EndUnit
from liandong.district.orders import NewUnit, Order, RenameUnit
from liandong.district.pack import Pack
from liandong.district.people_orders import ChangePeople, ChangeSubUnit, NewSubUnit, Pair

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
PEOPLE = Pair("王某某", "13800001111", "李某某", "13900002222")


@pytest.fixture
def today(district: Pack) -> date:
    return policy.today()


@pytest.fixture
def tomorrow(today: date) -> date:
    return today + timedelta(days=1)


def do(order: Order, reason: str = "测试文件", by: str = "sysadmin:admin") -> Pack:
    """Preview and save, as a page does."""
    seen = changes.preview(order)
    saved = changes.save(order, by, reason, seen.stamp)
    assert saved == seen.after
    return saved


def noon(day: date) -> datetime:
    """Noon of a day in the district."""
    return datetime.combine(day, time(12), ZoneInfo("Asia/Shanghai"))


# -- units ---------------------------------------------------------------


def test_a_renamed_unit_bears_its_old_name_until_the_day_before(today: date, tomorrow: date) -> None:
    do(RenameUnit("HB", "区生态环境局", tomorrow))
    pack = policy.current_pack()
    assert pack.name_at("HB", today) == "区环保局"
    assert pack.name_at("HB", tomorrow) == "区生态环境局"
    assert policy.current().units["HB"].name == "区环保局"
    assert policy.current(noon(tomorrow)).units["HB"].name == "区生态环境局"


def test_the_name_changes_at_midnight_in_a_process_that_read_before(today: date, tomorrow: date) -> None:
    do(RenameUnit("HB", "区生态环境局", tomorrow))
    before = policy.current(datetime.combine(today, time(23, 59, 59), ZoneInfo("Asia/Shanghai")))
    after = policy.current(datetime.combine(tomorrow, time(0), ZoneInfo("Asia/Shanghai")))
    assert (before.units["HB"].name, after.units["HB"].name) == ("区环保局", "区生态环境局")
    assert before.id != after.id
    assert after.id == policy.current(noon(tomorrow + timedelta(days=400))).id


def test_the_past_is_not_changed(today: date) -> None:
    with pytest.raises(SettingError, match="不能早于今天"):
        changes.preview(RenameUnit("HB", "区生态环境局", today - timedelta(days=1)))


def test_a_name_that_another_unit_bears_is_refused(tomorrow: date) -> None:
    with pytest.raises(SettingError, match="换一个"):
        changes.preview(RenameUnit("HB", "区水务局", tomorrow))
    with pytest.raises(SettingError, match="不用改"):
        changes.preview(RenameUnit("HB", "区环保局", tomorrow))


def test_two_changes_from_one_day_would_overlap_and_are_refused(tomorrow: date) -> None:
    do(RenameUnit("HB", "区生态环境局", tomorrow))
    with pytest.raises(SettingError, match="先在“变更记录”撤回"):
        changes.preview(RenameUnit("HB", "区环境局", tomorrow))


def test_a_change_before_a_planned_one_lasts_until_it(today: date, tomorrow: date) -> None:
    do(RenameUnit("HB", "区生态环境局", tomorrow + timedelta(days=9)))
    do(RenameUnit("HB", "区环境局", tomorrow))
    pack = policy.current_pack()
    days = (today, tomorrow, tomorrow + timedelta(days=8), tomorrow + timedelta(days=9))
    assert [pack.name_at("HB", day) for day in days] == ["区环保局", "区环境局", "区环境局", "区生态环境局"]
    assert consistency.faults(pack) == []


def test_a_new_unit_takes_work_from_its_day(today: date, tomorrow: date) -> None:
    do(NewUnit("QT-yiyuan", "other", "区人民医院", tomorrow, "区政府会议纪要"))
    unit = policy.current().units["QT-yiyuan"]
    assert not unit.in_force(today)
    assert unit.in_force(tomorrow)
    with pytest.raises(SettingError, match="已被占用"):
        changes.preview(NewUnit("QT-yiyuan", "other", "区医院", tomorrow, "纪要"))


def test_a_merged_unit_leaves_its_duties_people_and_cases_to_its_successor(
    today: date, tomorrow: date
) -> None:
    pack = do(EndUnit("ZJ", tomorrow, ("GS",), "机构改革方案"))
    assert pack.unit_by_code["ZJ"].successors == ("GS",)
    assert policy.current().units["ZJ"].in_force(today)
    assert not policy.current().units["ZJ"].in_force(tomorrow)
    after = policy.current(noon(tomorrow))
    assert {after.matters[code].unit for code in ("ZJ-01", "ZJ-02")} == {"GS"}
    assert {policy.current().matters[code].unit for code in ("ZJ-01", "ZJ-02")} == {"ZJ"}
    assert pack.contact("ZJ", today) is not None
    assert pack.contact("ZJ", tomorrow) is None
    assert pack.subunits_of("ZJ", tomorrow) == ()


def test_a_split_unit_divides_its_duties(tomorrow: date) -> None:
    do(EndUnit("ZJ", tomorrow, ("GS", "AJ"), "机构改革方案", {"ZJ-02": "AJ"}))
    after = policy.current(noon(tomorrow))
    assert (after.matters["ZJ-01"].unit, after.matters["ZJ-02"].unit) == ("GS", "AJ")


def test_a_unit_does_not_end_without_somebody_to_carry_on(tomorrow: date) -> None:
    with pytest.raises(SettingError, match="请选择承接单位"):
        changes.preview(EndUnit("ZJ", tomorrow, (), "方案"))
    with pytest.raises(SettingError, match="不能是它自己"):
        changes.preview(EndUnit("ZJ", tomorrow, ("ZJ",), "方案"))
    with pytest.raises(SettingError, match="接警台所在单位"):
        changes.preview(EndUnit("GA", tomorrow, ("GS",), "方案"))


# -- people --------------------------------------------------------------


def test_on_any_day_there_is_one_responsible_person_and_one_liaison(today: date, tomorrow: date) -> None:
    do(ChangePeople("CG", tomorrow, PEOPLE, "023-48660000"))
    pack = policy.current_pack()
    assert pack.contact("CG", tomorrow).responsible == "王某某"  # type: ignore[union-attr]
    for day in (today, tomorrow, tomorrow + timedelta(days=100)):
        assert sum(row.unit == "CG" and row.valid_from <= day and (row.valid_to is None or day < row.valid_to) for row in pack.contacts) == 1  # fmt: skip


def test_a_post_may_be_left_vacant_and_a_name_needs_a_number(tomorrow: date) -> None:
    do(ChangePeople("CG", tomorrow, Pair("王某某", "13800001111"), "023-48660000"))
    assert policy.current_pack().contact("CG", tomorrow).liaison == ""  # type: ignore[union-attr]
    with pytest.raises(SettingError, match="电话"):
        changes.preview(ChangePeople("SWJ", tomorrow, Pair("王某某"), ""))
    with pytest.raises(SettingError, match="只能有数字"):
        changes.preview(ChangePeople("SWJ", tomorrow, Pair("王某某", "打我手机"), ""))


def test_a_slip_of_today_is_corrected_today(today: date) -> None:
    do(ChangePeople("CG", today, PEOPLE, "023-48660000"))
    do(ChangePeople("CG", today, PEOPLE, "023-48660001"))
    assert policy.current_pack().contact("CG", today).duty_phone == "023-48660001"  # type: ignore[union-attr]


def test_an_inner_unit_begins_changes_and_ends(today: date, tomorrow: date) -> None:
    do(NewSubUnit("CG", "CG/09", "执法大队", today, PEOPLE))
    do(ChangeSubUnit("CG/09", tomorrow, "执法支队", Pair("赵某某", "13800003333", "李某某", "13900002222")))
    pack = policy.current_pack()
    assert [row.name for row in pack.subunits if row.code == "CG/09"] == ["执法大队", "执法支队"]
    with pytest.raises(SettingError, match="先在“变更记录”撤回"):
        changes.preview(EndUnit("CG", tomorrow, ("JT",), "方案"))


def test_the_record_says_that_people_changed_and_nothing_of_them(tomorrow: date) -> None:
    do(ChangePeople("CG", tomorrow, PEOPLE, "023-48660000"))
    row = changes.history("CG")[0]
    told = json.dumps([row.what, row.before, row.after, row.undo, row.kept], ensure_ascii=False)
    assert not any(
        secret in told for secret in ("王某某", "李某某", "1380000", "1390000", "示例", "48660000")
    )
    assert ["区城市管理局（CG） 负责人", "已更换"] in row.after
    assert (row.by, row.reason, row.effective_on) == ("sysadmin:admin", "测试文件", tomorrow)


# -- duties --------------------------------------------------------------


def test_a_moved_matter_has_a_new_version_from_its_day(today: date, tomorrow: date) -> None:
    do(MoveMatter("CG-02", "JT", tomorrow, "区政府会议纪要〔2026〕9号"))
    assert policy.current().matters["CG-02"].unit == "CG"
    after = policy.current(noon(tomorrow)).matters["CG-02"]
    assert (after.unit, after.version) == ("JT", f"{tomorrow.year}.1")


def test_what_the_police_keep_moves_to_nobody_and_nothing_moves_to_them(tomorrow: date) -> None:
    with pytest.raises(SettingError, match="不能移交"):
        changes.preview(MoveMatter("GA-01", "JT", tomorrow, "纪要"))
    with pytest.raises(SettingError, match="不能再接"):
        changes.preview(MoveMatter("CG-02", "GA", tomorrow, "纪要"))
    with pytest.raises(SettingError, match="没有代码为 XX"):
        changes.preview(MoveMatter("CG-02", "XX", tomorrow, "纪要"))


def test_an_ended_matter_is_cited_no_more_and_a_new_one_from_its_day(today: date, tomorrow: date) -> None:
    do(EndMatter("CG-03", tomorrow))
    do(NewMatter("CG-08", "CG", 16, "共享单车", ("complaint",), "纪要", tomorrow))
    now, after = policy.current(), policy.current(noon(tomorrow))
    assert not now.matters["CG-03"].ended(today)
    assert after.matters["CG-03"].ended(tomorrow)
    assert "CG-08" not in now.matters
    assert after.matters["CG-08"].unit == "CG"


# -- concurrency, taking back, reloading ---------------------------------


def test_when_somebody_changed_a_setting_meanwhile_nothing_is_saved(tomorrow: date) -> None:
    order = RenameUnit("HB", "区生态环境局", tomorrow)
    seen = changes.preview(order)
    policy.set_limit("ruling", "2wh", "sysadmin:other")
    with pytest.raises(store.Meanwhile, match="sysadmin:other：时限 ruling 改为 2wh") as late:
        changes.save(order, "sysadmin:admin", "文件", seen.stamp)
    assert [one.by for one in late.value.changes] == ["sysadmin:other"]
    assert policy.current_pack().name_at("HB", tomorrow) == "区环保局"


def test_a_change_without_a_reason_is_refused(tomorrow: date) -> None:
    order = RenameUnit("HB", "区生态环境局", tomorrow)
    with pytest.raises(SettingError, match="变更理由"):
        changes.save(order, "sysadmin:admin", "  ", changes.preview(order).stamp)


def orders(tomorrow: date) -> Iterator[Order]:
    yield RenameUnit("HB", "区生态环境局", tomorrow)
    yield NewUnit("QT-yiyuan", "other", "区人民医院", tomorrow, "纪要")
    yield EndUnit("ZJ", tomorrow, ("GS",), "方案")
    yield ChangePeople("CG", tomorrow, PEOPLE, "")
    yield NewSubUnit("CG", "CG/09", "执法大队", tomorrow, PEOPLE)
    yield MoveMatter("CG-02", "JT", tomorrow, "纪要")
    yield EndMatter("CG-03", tomorrow)


def test_every_planned_change_can_be_taken_back_and_leaves_what_was(district: Pack, tomorrow: date) -> None:
    for order in orders(tomorrow):
        do(order)
        changes.take_back(changes.history()[0].pk, "sysadmin:admin", "计划取消")
        assert policy.current_pack() == district, order.kind
    assert changes.planned() == []


def test_a_change_that_counts_already_or_that_another_builds_on_stays(today: date, tomorrow: date) -> None:
    do(MoveMatter("CG-02", "JT", today, "纪要"))
    with pytest.raises(SettingError, match="还没有生效"):
        changes.take_back(changes.history()[0].pk, "sysadmin:admin", "后悔")
    do(RenameUnit("HB", "区生态环境局", tomorrow))
    first = changes.history()[0].pk
    do(RenameUnit("HB", "区环境局", tomorrow + timedelta(days=3)))
    with pytest.raises(SettingError, match="先撤回后来的"):
        changes.take_back(first, "sysadmin:admin", "后悔")


def test_a_reloaded_pack_does_not_undo_what_was_decided_here(today: date, tomorrow: date) -> None:
    for order in orders(tomorrow):
        do(order)
    do(ChangePeople("SWJ", today, PEOPLE, "023-48660000"))
    before = policy.current_pack()
    packs.load(QIJIANG, "sysadmin:admin")
    after = policy.current_pack()
    for part in consistency.KEYS:
        assert set(getattr(after, part)) == set(getattr(before, part)), part
    assert after.contact("SWJ", today).responsible == "王某某"  # type: ignore[union-attr]
    planned = [row for row in changes.planned() if row.kind == "move_matter"]
    changes.take_back(planned[0].pk, "sysadmin:admin", "计划取消")
    assert policy.current(noon(tomorrow)).matters["CG-02"].unit == "CG"


def test_a_pack_that_contradicts_a_decision_is_refused_whole(district: Pack, today: date) -> None:
    do(NewMatter("CG-08", "CG", 16, "共享单车", ("complaint",), "纪要", today))
    fewer = replace(
        district,
        entries=tuple(e for e in district.entries if e.no != 16),
        matters=tuple(m for m in district.matters if m.entry_no != 16),
    )
    with pytest.raises(packs.PackError, match="CG-08 所属的目录第 16 段不存在"):
        store.replace(fewer, "sysadmin:admin")
    assert "CG-08" in policy.current().matters


def test_the_settings_record_keeps_before_and_after(district: Pack) -> None:
    policy.set_limit("ruling", "2wh", "sysadmin:admin")
    row = models.PackVersion.objects.latest("id")
    assert (row.before[0][1], row.after[0][1]) == ("4wh", "2wh")
    assert row.stamp == store.stamp()
