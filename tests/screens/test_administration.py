"""District administration: who may look and who may change, what is missing, and every change by preview and confirmation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liandong.district import accounts, changes, models, policy
from liandong.engine import routing

pytestmark = pytest.mark.django_db
PAGES = (
    "/district/", "/district/units", "/district/units/CG", "/district/duties", "/district/duties/CG-02", "/district/rules",
    "/district/calendars", "/district/calendars/2026", "/district/limits", "/district/changes",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _route_anew() -> Iterator[None]:
    routing.forget()
    yield
    routing.forget()


@pytest.fixture
def sit(district: None) -> Callable[..., Client]:
    """A browser signed in as a demonstration account."""
    accounts.demo_accounts()

    def make(name: str) -> Client:
        client = Client()
        client.force_login(accounts.Account.objects.get(username=name))
        return client

    return make


@pytest.fixture
def admin(sit: Callable[..., Client]) -> Client:
    return sit("sysadmin")


def text(answer: Any) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    assert found is not None
    return found[1]


def sent(client: Client, path: str, fields: dict[str, Any]) -> Any:
    """Preview, then confirm, as a person does."""
    seen = client.post(path, {**fields, "step": "preview"})
    assert seen.status_code == 200, text(seen)
    marks = {name: hidden(seen, name) for name in ("stamp", "shown")}
    return client.post(path, {**fields, **marks, "step": "save", "seen": "yes"})


def tomorrow() -> date:
    return policy.today() + timedelta(days=1)


RENAME = "/district/change/rename_unit/HB"


def rename(**other: str) -> dict[str, str]:
    return {"on": str(tomorrow()), "name": "区生态环境局", "reason": "机构改革", **other}


# -- who -----------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_the_administrator_and_the_auditor_see_how_the_district_is_made_up(sit: Any, path: str) -> None:
    for name in ("sysadmin", "auditor"):
        assert sit(name).get(path).status_code == 200, name
    for name in ("desk", "cg", "inspector", "government"):
        assert sit(name).get(path).status_code == 403, name


def test_the_auditor_looks_and_changes_nothing(sit: Any) -> None:
    auditor = sit("auditor")
    assert auditor.get(RENAME).status_code == 403
    assert auditor.post(RENAME, rename()).status_code == 403
    assert auditor.post("/district/reroute/move_matter/CG-02", {}).status_code == 403
    assert auditor.get("/district/limits/ruling").status_code == 403
    page = text(auditor.get("/district/units/CG"))
    assert "换人" not in page
    assert "示例负责人16" not in page


def test_the_security_administrator_sees_the_record_and_no_structure(sit: Any) -> None:
    assert sit("secadmin").get("/district/changes").status_code == 200
    assert sit("secadmin").get("/district/units").status_code == 403


# -- what is missing -----------------------------------------------------


def test_gaps_stand_on_the_first_page_and_in_the_list(admin: Client) -> None:
    models.Contact.objects.filter(unit="CG").update(responsible="", responsible_phone="")
    models.Contact.objects.filter(unit="JT").delete()
    models.Shift.objects.filter(unit="HB").delete()
    models.District.objects.update(stamp=uuid4().hex)
    page = text(admin.get("/district/"))
    assert "2 个单位没有负责人" in page
    assert "1 个单位没有联络员" in page
    assert "1 个单位现在没有人值班 区环保局" in page
    assert "条法定时限还是草稿" in page
    gaps = text(admin.get("/district/units?gaps=1"))
    assert "区城市管理局" in gaps
    assert "区水务局" not in gaps


def test_two_people_at_once_are_shown(admin: Client) -> None:
    row = models.Contact.objects.get(unit="CG")
    row.pk = None
    row.valid_from = policy.today()
    row.save()
    models.District.objects.update(stamp=uuid4().hex)
    assert "同时有两行" in text(admin.get("/district/"))


def test_lists_ask_as_many_statements_for_many_units_as_for_few(admin: Client) -> None:
    admin.get("/district/units")
    for path, most in (("/district/units", 12), ("/district/duties", 12), ("/district/", 22)):
        with CaptureQueriesContext(connection) as asked:
            admin.get(path)
        assert len(asked) <= most, (path, [one["sql"][:90] for one in asked])


# -- changes -------------------------------------------------------------


def test_a_unit_is_renamed_from_tomorrow_and_the_list_shows_it_that_day(admin: Client) -> None:
    answer = sent(admin, RENAME, rename())
    assert (answer.status_code, answer["Location"]) == (302, "/district/units/HB")
    assert "已保存：更名" in text(admin.get("/district/units/HB"))
    assert "区生态环境局" not in text(admin.get("/district/units"))
    assert "区生态环境局" in text(admin.get(f"/district/units?on={tomorrow()}"))
    record = text(admin.get("/district/changes"))
    assert "区环保局 → 区生态环境局" in record
    assert "理由：机构改革" in record


def test_nothing_is_saved_without_a_look_at_the_preview(admin: Client) -> None:
    path, fields = RENAME, rename()
    assert "先看过" not in text(admin.post(path, {**fields, "step": "save", "seen": "yes"}))
    seen = admin.post(path, {**fields, "step": "preview"})
    marks = {name: hidden(seen, name) for name in ("stamp", "shown")}
    unchecked = admin.post(path, {**fields, **marks, "step": "save"})
    assert (unchecked.status_code, "请先看过下面的预览" in text(unchecked)) == (422, True)
    other = admin.post(path, {**fields, **marks, "name": "区环境局", "step": "save", "seen": "yes"})
    assert (other.status_code, "预览之后您又改了内容" in text(other)) == (422, True)
    assert not changes.planned()


def test_who_was_overtaken_sees_what_changed_and_may_confirm_again(admin: Client) -> None:
    path, fields = RENAME, rename()
    seen = admin.post(path, {**fields, "step": "preview"})
    marks = {name: hidden(seen, name) for name in ("stamp", "shown")}
    policy.set_limit("ruling", "2wh", "sysadmin:other")
    late = admin.post(path, {**fields, **marks, "step": "save", "seen": "yes"})
    assert late.status_code == 422
    assert "时限 ruling 改为 2wh" in text(late)
    again = {name: hidden(late, name) for name in ("stamp", "shown")}
    assert admin.post(path, {**fields, **again, "step": "save", "seen": "yes"}).status_code == 302


def test_what_cannot_be_is_refused_with_everything_kept(admin: Client) -> None:
    answer = admin.post(
        RENAME, {"on": "2018-06-01", "name": "区生态环境局", "reason": "改", "step": "preview"}
    )
    assert answer.status_code == 422
    assert "不能早于今天" in text(answer)
    assert 'value="区生态环境局"' in answer.content.decode()
    assert admin.get("/district/change/rename_unit/XX").status_code == 404
    assert admin.get("/district/change/unknown/HB").status_code == 404
    assert "请填写生效日" in text(
        admin.post(RENAME, {"on": "x", "name": "甲", "reason": "改", "step": "preview"})
    )


def test_a_moved_duty_changes_the_suggestion_and_the_preview_tells_before(admin: Client) -> None:
    words = "街上垃圾堆了三天没人清运，味道很大"
    assert routing.suggest(words)["suggestions"][0]["unit"] == "CG"
    fields = {"on": str(policy.today()), "unit": "JT", "clause": "会议纪要〔2026〕9号", "reason": "试点"}
    told = text(admin.post("/district/reroute/move_matter/CG-02", fields))
    assert re.search(r"300 句中 \d+ 句改派", told)
    assert "区城市管理局 区交委" in told
    assert sent(admin, "/district/change/move_matter/CG-02", fields).status_code == 302
    assert routing.suggest(words)["suggestions"][0]["unit"] == "JT"
    assert "现在归区交委" in text(admin.get("/district/duties/CG-02"))


def test_a_merger_moves_every_duty_where_the_form_says(admin: Client) -> None:
    fields = {
        "on": str(tomorrow()),
        "heir": "GS",
        "heir2": "AJ",
        "to-ZJ-02": "AJ",
        "clause": "方案",
        "reason": "改革",
    }
    assert sent(admin, "/district/change/end_unit/ZJ", fields).status_code == 302
    day = f"?on={tomorrow()}"
    assert "已撤销 → 区工商分局、区安监局" in text(admin.get(f"/district/units{day}"))
    assert "ZJ-02" in text(admin.get(f"/district/units/AJ{day}"))
    assert "ZJ-01" in text(admin.get(f"/district/units/GS{day}"))


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/district/change/new_unit/", {"code": "QT-yiyuan", "name": "区人民医院", "unit_kind": "other", "clause": "纪要"}),
        ("/district/change/new_subunit/CG", {"code": "CG/09", "name": "执法大队", "responsible": "", "liaison": ""}),
        ("/district/change/change_subunit/CG/01", {"name": "指挥室", "responsible": "王某", "responsible_phone": "023-1"}),
        ("/district/change/end_subunit/CG/01", {}),
        ("/district/change/end_matter/CG-03", {}),
        ("/district/change/new_matter/", {"code": "CG-08", "name": "共享单车", "unit": "CG", "entry_no": "16", "kinds": ["complaint"], "clause": "纪要"}),
    ],
)  # fmt: skip
def test_every_kind_of_change_opens_and_is_saved(admin: Client, path: str, fields: dict[str, Any]) -> None:
    assert admin.get(path).status_code == 200
    given = {"on": str(tomorrow()), "reason": "文件", **fields}
    if "responsible_phone" in fields:
        given["responsible_phone"] = "023-4866"
    assert sent(admin, path, given).status_code == 302
    assert len(changes.planned()) == 1


def test_a_planned_change_is_taken_back_with_a_reason(admin: Client) -> None:
    sent(admin, RENAME, rename())
    number = changes.planned()[0].pk
    path = f"/district/changes/{number}/back"
    assert "撤回后" in text(admin.get(path))
    assert admin.post(path, {"reason": ""}).status_code == 422
    assert admin.post(path, {"reason": "推迟"}).status_code == 302
    assert not changes.planned()
    assert "已撤回" in text(admin.get("/district/changes"))


# -- a unit's own people -------------------------------------------------


def test_a_unit_keeps_its_own_people_and_nobody_elses(sit: Any) -> None:
    unit = sit("cg")
    fields = {
        "on": str(policy.today()), "responsible": "王某", "responsible_phone": "023-48660000", "liaison": "李某",
        "liaison_phone": "023-48660001", "duty_phone": "023-48660002", "reason": "轮岗",
    }  # fmt: skip
    assert sent(unit, "/district/own", fields).status_code == 302
    contact = policy.current_pack().contact("CG", policy.today())
    assert contact is not None
    assert contact.responsible == "王某"
    assert unit.get("/district/change/change_people/JT").status_code == 403
    assert sit("desk").get("/district/own").status_code == 403
    assert "王某" not in text(sit("auditor").get("/district/changes"))


# -- calendars and limits ------------------------------------------------

DAYS = "2027-01-01 休 元旦\n2027-02-06 班 春节调休\n" + "\n".join(
    f"2027-02-{day:02d} 休 春节" for day in (8, 9, 10, 11, 12, 15, 16)
)


def test_next_years_table_is_previewed_and_saved_and_a_year_further_is_refused(admin: Client) -> None:
    path = "/district/calendars/2027"
    fields = {"version": "2027.1", "source": "国办通知", "days": DAYS, "reason": "国办发明电"}
    seen = admin.post(path, {**fields, "step": "preview"})
    assert "有 9 天与现在不同" in text(seen)
    marks = {name: hidden(seen, name) for name in ("stamp", "shown")}
    assert admin.post(path, {**fields, **marks, "step": "save"}).status_code == 422
    assert admin.post(path, {**fields, **marks, "step": "save", "seen": "yes"}).status_code == 302
    assert policy.current().calendar.known_until == date(2027, 12, 31)
    assert admin.get("/district/calendars/2029").status_code == 404
    wrong = admin.post("/district/calendars/2028", {**fields, "step": "preview"})
    assert (wrong.status_code, "不在 2028 年" in text(wrong)) == (422, True)


def test_only_the_districts_own_limits_change_and_only_with_a_reason(admin: Client) -> None:
    stamp = hidden(admin.get("/district/limits/ruling"), "stamp")
    given = {"length": "2wh", "outside": "", "seen": "yes", "stamp": stamp}
    assert "变更理由" in text(admin.post("/district/limits/ruling", {**given, "reason": ""}))
    assert admin.post("/district/limits/ruling", {**given, "reason": "提速"}).status_code == 302
    assert policy.current().limits["ruling"].length == "2wh"
    stale = admin.post("/district/limits/ruling", {**given, "length": "3wh", "reason": "再改"})
    assert (stale.status_code, "已被别人改动" in text(stale)) == (422, True)
    stamp = hidden(admin.get("/district/limits/handle_general"), "stamp")
    notice = admin.post("/district/limits/handle_general", {**given, "reason": "改", "stamp": stamp})
    assert (notice.status_code, "28号文规定" in text(notice)) == (422, True)


def test_a_legal_limit_is_confirmed_by_copying_its_citation(admin: Client) -> None:
    draft = models.StatutoryLimit.objects.get(matter="LY-01")
    path = f"/district/limits/statutory/{draft.pk}"
    stamp = hidden(admin.get(path), "stamp")
    given = {"reason": "已对照原文", "seen": "yes", "stamp": stamp}
    assert "照抄一遍依据" in text(admin.post(path, {**given, "citation": "旅游法"}))
    assert admin.post(path, {**given, "citation": draft.citation}).status_code == 302
    assert policy.current().statutory["LY-01"][0].confirmed
    stamp = hidden(admin.get(path), "stamp")
    assert admin.post(path, {**given, "stamp": stamp}).status_code == 302
    assert not policy.current().statutory["LY-01"][0].confirmed


# -- the decision table --------------------------------------------------


def test_a_row_of_the_table_is_tried_on_a_sentence(admin: Client) -> None:
    page = text(admin.get("/district/rules?q=AMB2-complaint"))
    assert "投诉供水企业由城区供水监管部门受理" in page
    tried = admin.post(
        "/district/rules/try", {"text": "投诉自来水公司乱收费，态度差得很", "row": "AMB2-complaint"}
    )
    assert "AMB2-complaint 裁量了这一句" in text(tried)
    assert "请先写一句话" in text(admin.post("/district/rules/try", {"text": " "}))


def test_a_day_that_is_none_is_refused_and_today_shown(admin: Client) -> None:
    answer = admin.get("/district/units?on=morgen")
    assert answer.status_code == 422
    assert "不是日期" in text(answer)
    assert "区城市管理局" in text(answer)
