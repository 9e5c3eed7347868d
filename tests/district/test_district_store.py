"""The district in the tables: the same values out as in, effective dates, decisions that stay."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liandong.district import models, packs, policy
from liandong.district.pack import Pack

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file of a pack; ``old`` must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_out_of_the_tables_comes_what_went_in(district: Pack, pack: Pack) -> None:
    assert policy.current_pack() == pack
    assert policy.current().id == pack.policy().id
    assert models.PackVersion.objects.get().by == "sysadmin"


def test_loading_again_changes_nothing(district: Pack) -> None:
    assert packs.load(QIJIANG) == district
    assert models.Unit.objects.count() == 53


def test_current_asks_one_query_until_something_changes(district: Pack) -> None:
    first = policy.current()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert policy.current() is first
    assert len(asked) == 1
    policy.set_limit("ruling", "2wh", "sysadmin")
    assert policy.current() is not first
    assert policy.current().limits["ruling"].length == "2wh"
    assert policy.current().id != first.id
    assert first.limits["ruling"].length == "4wh"


@pytest.mark.django_db
def test_without_a_pack_the_answer_is_what_to_do() -> None:
    with pytest.raises(policy.NoDistrict, match="liandong init"):
        policy.current()


def test_what_the_notice_sets_is_no_setting(district: Pack) -> None:
    with pytest.raises(policy.SettingError, match="28号文规定"):
        policy.set_limit("phone_report", "20min", "sysadmin")
    with pytest.raises(policy.SettingError, match="没有时限"):
        policy.set_limit("lunch", "1h", "sysadmin")
    with pytest.raises(policy.SettingError, match="写作"):
        policy.set_limit("ruling", "soon", "sysadmin")


# -- effective dates ---------------------------------------------------


def test_a_renamed_unit_keeps_its_code_and_its_old_name_on_old_days(copy: Path, district: Pack) -> None:
    """Trap 4: what was signed in 2018 stays signed by the name of 2018."""
    rewrite(
        copy / "units.toml",
        '  text = "区环保局"\n  from = 2011-10-22\n',
        '  text = "区环保局"\n  from = 2011-10-22\n  to = 2019-03-01\n'
        '  [[unit.name]]\n  text = "区生态环境局"\n  from = 2019-03-01\n',
    )
    loaded = packs.load(copy)
    for known in (loaded, policy.current_pack()):
        assert known.name_at("HB", date(2019, 2, 28)) == "区环保局"
        assert known.name_at("HB", date(2019, 3, 1)) == "区生态环境局"
        assert known.name_at("HB", date(2000, 1, 1)) == "区环保局"
    assert policy.current().units["HB"].name == "区生态环境局"
    assert policy.current().units["HB"].in_force(date(2026, 1, 1))


def test_an_ended_unit_is_out_of_force_and_names_its_successor(copy: Path, district: Pack) -> None:
    rewrite(
        copy / "units.toml",
        'code = "ZJ"\nkind = "department"\nfrom = 2011-10-22\n',
        'code = "ZJ"\nkind = "department"\nfrom = 2011-10-22\nto = 2019-03-01\nsuccessors = ["GS"]\n',
    )
    packs.load(copy)
    unit = policy.current().units["ZJ"]
    assert unit.in_force(date(2019, 2, 28))
    assert not unit.in_force(date(2019, 3, 1))
    assert unit.successors == ("GS",)


# -- decisions ---------------------------------------------------------


def test_a_draft_counts_once_confirmed_and_stays_so_over_a_reload(district: Pack) -> None:
    draft = models.StatutoryLimit.objects.get(matter="LY-01")
    assert not policy.current().statutory["LY-01"][0].confirmed
    policy.confirm_statutory(draft.pk, "secadmin")
    assert policy.current().statutory["LY-01"][0].confirmed
    packs.load(QIJIANG)
    assert policy.current().statutory["LY-01"][0].confirmed
    again = models.StatutoryLimit.objects.get(matter="LY-01")
    assert again.confirmed_by == "secadmin"
    policy.confirm_statutory(again.pk, "secadmin", confirmed=False)
    assert not policy.current().statutory["LY-01"][0].confirmed


def test_a_step_or_a_second_statute_cannot_be_confirmed(district: Pack) -> None:
    step = models.StatutoryLimit.objects.filter(stage="step").first()
    assert step is not None
    with pytest.raises(policy.SettingError, match="不是办结时限"):
        policy.confirm_statutory(step.pk, "secadmin")
    second = models.StatutoryLimit.objects.get(matter="RS-01", length="45d")
    with pytest.raises(policy.SettingError, match="同时有效"):
        policy.confirm_statutory(second.pk, "secadmin")


def test_changed_limits_and_later_calendars_survive_a_reload(district: Pack, tmp_path: Path) -> None:
    policy.set_limit("sign", "20min", "sysadmin", outside="45min")
    file = tmp_path / "2027.toml"
    file.write_text(
        '[calendar]\nyear = 2027\nversion = "2027.1"\nsource = "test"\n[[day]]\ndate = 2027-01-01\nkind = "off"\n',
        encoding="utf-8",
    )
    row = packs.load_calendar(file, "sysadmin")
    assert row.year == 2027
    packs.load(QIJIANG)
    now = policy.current()
    assert (now.limits["sign"].length, now.limits["sign"].outside) == ("20min", "45min")
    assert now.calendar.known_until == date(2027, 12, 31)
    assert not now.calendar.is_workday(date(2027, 1, 1))
    assert models.CalendarYear.objects.get(year=2027).loaded_by == "sysadmin"


def test_a_calendar_that_leaves_a_gap_is_refused(district: Pack, tmp_path: Path) -> None:
    file = tmp_path / "2030.toml"
    file.write_text('[calendar]\nyear = 2030\nversion = "1"\nsource = "test"\n', encoding="utf-8")
    with pytest.raises(packs.PackError, match="2027"):
        packs.load_calendar(file)
    file.write_text("[calendar]\nyear = 2030\n", encoding="utf-8")
    with pytest.raises(packs.PackError, match="缺少键 version"):
        packs.load_calendar(file)
    assert policy.current().calendar.known_until == date(2026, 12, 31)


def test_a_corrected_calendar_replaces_its_year(district: Pack, tmp_path: Path) -> None:
    before = policy.current().calendar.version
    text = (QIJIANG / "calendar" / "2026.toml").read_text(encoding="utf-8")
    file = tmp_path / "2026.toml"
    text = text.replace('version = "2026.1"', 'version = "2026.2"')
    file.write_text(text + '\n[[day]]\ndate = 2026-12-24\nkind = "off"\n', encoding="utf-8")
    packs.load_calendar(file)
    assert not policy.current().calendar.is_workday(date(2026, 12, 24))
    assert policy.current().calendar.version != before
