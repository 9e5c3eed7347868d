"""A unit's workbench without a browser: grades of urgency, groups and filters, signing, what its forms show and demand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from liandong.casework import queries
from liandong.casework.execute import batch, execute
from liandong.district import accounts, grades, packs
from liandong.district.errors import PackError
from liandong.engine import attachments
from liandong.rules.model import Actor, Command
from liandong.screens.common import assets
from liandong.screens.unit import duties, moments
from liandong.screens.unit.urgency import urgency
from support.policy import PACK, load

SHANGHAI = ZoneInfo("Asia/Shanghai")
SAFE = {"life": "no", "property": "no", "public": "no"}
DESK = Actor("desk", "seeder")
CG = Actor("unit", "cg-one", "CG")
HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def unit(district):
    return signed_in("cg-one", "unit", "CG")


def signed_in(username: str, role: str, code: str | None = None) -> Client:
    account = accounts.create_account(username, role, code, "Correct-Horse-9", must_change_password=False)
    type(account).objects.filter(pk=account.pk).update(trained_version=1_000)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_case(ref: str, *, signed: bool = False, ago: int = 3, **dispatch) -> str:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=ago)
    fields = {
        "kind": "complaint",
        "summary": f"{ref}：路边垃圾没有清运",
        "safety": SAFE,
        "received_at": moment.isoformat(),
        "source": {"channel": "110", "ref": ref},
        "place": {"text": "天桥路口", "township": "500110001"},
        "caller": {"name": "张三丰", "phone": "13812341234"},
    }
    no = execute(Command("register", None, fields), DESK, now=moment).no
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责条款"} | dispatch
    execute(Command("dispatch", no, given), DESK, now=moment)
    if signed:
        execute(Command("sign", no, {"receiver": "李四"}), CG, now=moment)
    return no


def version(no: str) -> int:
    return queries.get_case(no, CG)["version"]


# -- urgency --------------------------------------------------------------------------------------------------------

SHARES = (grades.Grade("red", 25), grades.Grade("yellow", 50), grades.Grade("green", 100))
SIGN = {"kind": "sign", "source": "default", "paused": False, "started_at": "2018-06-01T09:00:00+08:00",
        "due_at": "2018-06-01T09:30:00+08:00"}  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "code", "word", "left"),
    [
        ("09:10", "green", "充裕", "还剩 20分钟"),
        ("09:15", "yellow", "过半", "还剩 15分钟"),
        ("09:23", "red", "紧急", "还剩 7分钟"),
        ("09:30", "red", "紧急", "还剩 不到1分钟"),
        ("09:31", "overdue", "超期", "1分钟"),
    ],
)
def test_what_is_left_of_a_limit_decides_the_grade(clock, code, word, left) -> None:
    """R25: four grades in words and an icon of their own, so that colour only repeats them; at the due it is in time."""
    found = urgency(SIGN, at(f"2018-06-01T{clock}"), load(), SHARES)
    assert (found.code, found.word, found.left) == (code, word, left)
    assert found.icon


def test_working_days_are_measured_in_working_time() -> None:
    """CONTRACT §4: the share of 2 working days is counted like its warnings; a weekend uses nothing up."""
    handle = SIGN | {"kind": "handle", "source": "notice", "started_at": "2018-06-01T09:00:00+08:00",
                     "due_at": "2018-06-06T00:00:00+08:00"}  # fmt: skip
    assert urgency(handle, at("2018-06-03T20:00"), load(), SHARES).code == "green"
    promised = handle | {"source": "promise"}
    assert urgency(promised, at("2018-06-03T20:00"), load(), SHARES).code == "yellow"
    assert urgency(handle | {"paused": True}, at("2018-06-03T20:00"), load(), SHARES).word == "暂停"


def test_the_grades_are_the_districts_own_setting(district) -> None:
    """Numbers are data: they come from the pack, with their source."""
    assert grades.current() == SHARES


def test_a_pack_with_senseless_grades_is_refused(tmp_path) -> None:
    """A yellow that begins before green, or no red at all, is no setting."""
    source = (PACK / "workbench.toml").read_text(encoding="utf-8")
    (tmp_path / "workbench.toml").write_text(source.replace("upto = 25", "upto = 60"), encoding="utf-8")
    with pytest.raises(PackError, match="依次减小"):
        grades.read(tmp_path)
    (tmp_path / "workbench.toml").write_text(source.partition('[[grade]]\ncode = "red"')[0], encoding="utf-8")
    with pytest.raises(PackError, match="缺少紧急程度"):
        grades.read(tmp_path)


# -- the inbox ----------------------------------------------------------------------------------------------------------


def test_only_units_have_an_inbox(district) -> None:
    """CONTRACT §1: another role is told so, nobody at all signs in first."""
    assert signed_in("desk-one", "desk").get("/unit/").status_code == 403
    assert Client().get("/unit/").status_code == 302


def test_groups_count_and_filters_stand_in_the_address(unit) -> None:
    """The groups keep the filters; what matches nothing says so; a person can come back by the address alone."""
    one, two = a_case("a", signed=True), a_case("b", signed=True, matter="CG-03")
    execute(Command("assign_inside", two, {"to": "园林所"}), CG)
    page = unit.get("/unit/?queue=handling").content.decode()
    assert one in page
    assert two in page
    assert "园林所" in page
    for query in ("matter=CG-03", "to=园林所"):
        page = unit.get(f"/unit/?queue=handling&{query}").content.decode()
        assert two in page
        assert one not in page
    assert one in unit.get("/unit/?queue=handling&to=-").content.decode()
    assert "没有符合筛选条件" in unit.get("/unit/?queue=handling&due=overdue").content.decode()
    page = unit.get("/unit/?queue=handling&township=500110001").content.decode()
    assert "queue=waiting&amp;township=500110001" in page
    assert unit.get("/unit/?queue=nonsense").status_code == 404
    assert unit.get("/unit/?queue=mine&after=x").status_code == 302


def test_the_inbox_costs_the_same_at_any_length(unit, django_assert_max_num_queries) -> None:
    """DESIGN: the number of statements never depends on the number of cases."""
    with batch():
        for n in range(60):
            a_case(f"n{n}", signed=bool(n % 2))
    unit.get("/unit/")
    for queue in ("mine", "sign", "waiting"):
        with django_assert_max_num_queries(11):
            assert unit.get(f"/unit/?queue={queue}").status_code == 200


def test_no_telephone_stands_in_the_list(unit) -> None:
    """Lists never show a person in full; the panel of a case that this unit leads does."""
    no = a_case("a")
    assert "13812341234" not in unit.get("/unit/").content.decode()
    assert "13812341234" in unit.get(f"/unit/cases/{no}", headers=HTMX).content.decode()
    assert unit.get(f"/unit/cases/{no}").headers["Location"] == f"/cases/{no}"
    other = signed_in("jw-one", "unit", "JW")
    assert other.get(f"/unit/cases/{no}", headers=HTMX).status_code == 404


def test_several_are_signed_at_once_and_each_has_its_result(unit) -> None:
    """R32: what one refuses does not hold back the others, and the reason stands beside its number."""
    one, two, gone = a_case("a"), a_case("b"), a_case("c")
    chosen = [f"{no}:{version(no)}" for no in (one, two, gone)]
    execute(Command("recall", gone, {"reason": "派错"}), DESK)
    answer = unit.post(
        "/unit/sign", {"no": chosen, "receiver": "李四", "key": "k1"}, headers=HTMX
    ).content.decode()
    assert "已签收 2 件" in answer
    assert answer.count('class="good"') == 2
    assert gone in answer
    assert 'class="bad"' in answer
    assert queries.get_case(one, CG)["state"] == queries.get_case(two, CG)["state"] == "handling"
    again = unit.post("/unit/sign", {"no": chosen[:1], "receiver": "李四", "key": "k1"}, headers=HTMX)
    assert "此前已签收" in again.content.decode()


def test_one_tap_signs_one_case_only(unit) -> None:
    """The button of a row leaves the chosen others alone."""
    one, two = a_case("a"), a_case("b")
    given = {"one": f"{one}:{version(one)}", "no": [f"{two}:{version(two)}"], "receiver": "李四"}
    unit.post("/unit/sign", given, headers=HTMX)
    assert [queries.get_case(no, CG)["state"] for no in (one, two)] == ["handling", "dispatched"]
    assert (
        "R32" in unit.post("/unit/sign", {"one": f"{two}:", "receiver": " "}, headers=HTMX).content.decode()
    )


# -- forms --------------------------------------------------------------------------------------------------------------


def test_the_return_form_shows_both_clauses_and_demands_its_reasons(unit) -> None:
    """R28, R29, R30: our clause, theirs, the window; without an explanation nothing is returned; a 2nd is a dispute."""
    no = a_case("a")
    form = unit.get(f"/cases/{no}/do/return", headers=HTMX).content.decode()
    assert "市容环境卫生" in form
    assert "28号文 三（一）第16段" in form
    assert "可退回的时间" in form
    assert "第二次退回就成为争议" in form
    theirs = unit.get("/unit/clause?suggested_unit=JT", headers=HTMX).content.decode()
    assert "区交委" in theirs
    assert "28号文 三（一）" in theirs
    given = {
        "reason_code": "other_lead",
        "explanation": "",
        "why_no_answer_now": "须查",
        "suggested_unit": "JT",
    }
    refused = unit.post(f"/cases/{no}/do/return", {**given, "version": version(no)}, headers=HTMX)
    assert refused.status_code == 422
    assert "R32" in refused.content.decode()
    assert queries.get_case(no, CG)["state"] == "dispatched"
    execute(Command("return", no, {**given, "explanation": "属于公路"}), CG)
    execute(
        Command("dispatch", no, {"lead_unit": "JT", "class": "general", "matter": "JT-05", "basis": "公路"}),
        DESK,
    )
    other = signed_in("jt-one", "unit", "JT")
    form = other.get(f"/cases/{no}/do/return", headers=HTMX).content.decode()
    assert "直接成为争议" in form
    assert "这件事已退回过 1 次" in form


def test_a_unit_is_found_by_its_name_or_by_what_it_answers_for(district) -> None:
    """R29: whose is it: by name, by other names, by the words of the catalogue; never oneself, never one long gone."""
    now = datetime.now(UTC)
    assert next(duty.unit for duty in duties.find("交委", now)) == "JT"
    assert "HB" in {duty.unit for duty in duties.find("噪声", now) + duties.find("污染", now)}
    assert "CG" not in {duty.unit for duty in duties.find("园林绿化", now, leave_out="CG")}
    assert [duty.name for duty in duties.find("古南", now)] == ["古南街道"]
    assert duties.find("", now) == []


def test_a_promise_is_offered_in_working_days_after_the_present_limit() -> None:
    """R37, R38: the make-up Sunday before the October holidays counts, the holidays do not."""
    policy = load()
    clock = {"kind": "handle", "stopped_at": None, "due_at": "2018-09-29T00:00:00+08:00"}
    found = moments.promises({"clocks": [clock]}, at("2018-09-27T10:00"), policy)
    assert [(one.count, one.value) for one in found] == [
        (2, "2018-09-30"),
        (3, "2018-10-08"),
        (5, "2018-10-10"),
    ]
    assert [one.count for one in moments.reviews(at("2018-06-01T09:00"), policy)] == [7, 15, 30]


def test_the_extension_form_offers_days_and_takes_one(unit) -> None:
    """R37: a day is a promise until its end."""
    no = a_case("a", signed=True)
    form = unit.get(f"/cases/{no}/do/request_extension", headers=HTMX).content.decode()
    case = queries.get_case(no, CG)
    for one in moments.promises(case, datetime.now(UTC), load()):
        assert f'data-value="{one.value}"' in form
        assert f"{one.day.month}月{one.day.day}日" in form
    told = f"{datetime.now(SHANGHAI):%Y-%m-%dT%H:%M}"
    day = moments.promises(case, datetime.now(UTC), load())[0].day
    given = {"reason": "等材料", "told_caller_at": told, "told_by": "李四", "promised_at": day.isoformat()}
    answer = unit.post(f"/cases/{no}/do/request_extension", {**given, "version": version(no)}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/cases/{no}"
    promised = queries.get_case(no, CG)["pending"][0]["value"]
    assert promised == f"{day + timedelta(days=1)}T00:00:00+08:00"


def test_feedback_offers_filled_templates_and_takes_files(unit, settings, tmp_path) -> None:
    """R33: a template knows the case, never the caller; a file goes with the feedback that names it."""
    settings.MEDIA_ROOT = tmp_path
    no = a_case("a", signed=True)
    form = unit.get(f"/cases/{no}/do/feedback", headers=HTMX).content.decode()
    assert "反馈：已解决" in form
    assert "天桥路口" in form
    assert "张三丰" not in form
    kept = upload(unit, no, "清运后.txt", "已清运".encode())
    assert kept["name"] == "清运后.txt"
    given = {"result": "resolved", "text": "已清运", "contacted_caller": "false", "attachments": kept["id"]}
    answer = unit.post(f"/cases/{no}/do/feedback", {**given, "version": version(no)}, headers=HTMX)
    assert "HX-Redirect" in answer.headers
    used = unit.post(f"/unit/cases/{no}/files/{kept['id']}/drop")
    assert used.json() == {"gone": False}
    assert [file["id"] for file in attachments.of_case(no)] == [kept["id"]]


def test_an_unused_file_may_be_taken_away_by_who_brought_it(unit, settings, tmp_path) -> None:
    """What nobody refers to yet is one's own to remove; another person's is not, and another unit sees no case."""
    settings.MEDIA_ROOT = tmp_path
    no = a_case("a", signed=True)
    kept = upload(unit, no, "草稿.txt", b"draft")
    colleague = signed_in("cg-two", "unit", "CG")
    assert colleague.post(f"/unit/cases/{no}/files/{kept['id']}/drop").json() == {"gone": False}
    assert unit.post(f"/unit/cases/{no}/files/{kept['id']}/drop").json() == {"gone": True}
    assert attachments.of_case(no) == []
    assert (
        unit.post(f"/unit/cases/{no}/files", {"file": SimpleUploadedFile("a.exe", b"MZ\x00")}).status_code
        == 422
    )
    other = signed_in("jw-one", "unit", "JW")
    assert (
        other.post(f"/unit/cases/{no}/files", {"file": SimpleUploadedFile("a.txt", b"x")}).status_code == 404
    )


def upload(client: Client, no: str, name: str, content: bytes) -> dict:
    answer = client.post(f"/unit/cases/{no}/files", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 200, answer.content.decode()
    return json.loads(answer.content)


def test_what_is_owed_is_in_the_panel_with_its_own_button(unit) -> None:
    """R8, R11: the words of each instruction and of the supervision, each instruction with its number."""
    no = a_case("a", signed=True)
    duty = Actor("duty_office", "zhao")
    execute(Command("instruct", no, {"units": ["CG"], "text": "一小时内到场"}), duty)
    execute(Command("instruct", no, {"units": ["CG"], "text": "带水泵"}), duty)
    due = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
    execute(Command("supervise", no, {"grade": 1, "requirement": "今天答复", "reply_due": due}), duty)
    panel = unit.get(f"/unit/cases/{no}", headers=HTMX).content.decode()
    for words in (
        "一小时内到场",
        "带水泵",
        "今天答复",
        'name="instruction" value="1"',
        'name="instruction" value="2"',
    ):
        assert words in panel
    unit.post(f"/cases/{no}/do/acknowledge", {"instruction": "1", "version": version(no)}, headers=HTMX)
    panel = unit.get(f"/unit/cases/{no}", headers=HTMX).content.decode()
    assert "一小时内到场" not in panel
    assert "带水泵" in panel


def test_a_case_may_be_given_to_an_inner_unit_or_to_anybody_named(unit) -> None:
    """R48: inner units and who is on duty to pick, any name to type."""
    no = a_case("a", signed=True)
    form = unit.get(f"/cases/{no}/do/assign_inside", headers=HTMX).content.decode()
    assert 'data-value="值班室"' in form
    unit.post(f"/cases/{no}/do/assign_inside", {"to": "环卫所老王", "version": version(no)}, headers=HTMX)
    assert "环卫所老王" in unit.get("/unit/?queue=handling").content.decode()


def test_no_inline_code_in_the_workbench(unit) -> None:
    """A strict CSP holds only if the pages keep to it."""
    no = a_case("a", signed=True)
    pages = [unit.get("/unit/"), unit.get(f"/unit/cases/{no}", headers=HTMX)]
    pages += [
        unit.get(f"/cases/{no}/do/{name}", headers=HTMX)
        for name in ("return", "feedback", "request_extension")
    ]
    for answer in pages:
        text = answer.content.decode().replace(f"<script>{assets.early()[0]}</script>", "")
        for bad in (" style=", " onclick=", "<style", "<script>", "hx-on", "http://", "//cdn"):
            assert bad not in text, bad


def test_the_pack_can_be_loaded_again(district) -> None:
    """Grades are replaced with the rest of the pack, never doubled."""
    packs.load(PACK)
    assert grades.current() == SHARES
