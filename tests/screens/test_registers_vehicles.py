"""Vehicle marks on the pages: application, review, printing, the patrol's check without an account, tasks on the board."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from liandong.district import accounts
from liandong.district.policy import current
from liandong.registers import marks, queries
from liandong.registers.models import MarkLookup
from liandong.registers.store import act
from liandong.rules.model import Actor
from support import flow

pytestmark = pytest.mark.django_db
VEHICLE = {
    "plate": "渝B·12345",
    "kind": "rescue",
    "purpose": "道路抢险",
    "manager": "王小明",
    "manager_phone": "13812341234",
}
WHO = {"cg": ("unit", "CG"), "hb": ("unit", "HB"), "ga": ("unit", "GA"), "ga2": ("unit", "GA"), "duty": ("duty_office", None),
       "inspector": ("inspector", None), "desk": ("desk", None)}  # fmt: skip
GA = Actor("unit", "ga", "GA")


@pytest.fixture
def people(district):
    cache.clear()
    made = {}
    for name, (role, unit) in WHO.items():
        account = accounts.create_account(name, role, unit)
        made[name] = Client()
        made[name].force_login(account)
    return made


@pytest.fixture
def mark(people):
    """An issued mark of CG."""
    answer = people["cg"].post("/registers/vehicle_mark/new/apply", {**VEHICLE, "key": "a"})
    assert answer.status_code == 302, answer.content.decode()
    no = answer["Location"].rsplit("/", 1)[1]
    answer = people["ga"].post(
        f"/registers/vehicle_mark/{no}/do/issue",
        {"made_by": "区公安局交巡警支队", "key": "b", "version": "1"},
    )
    assert answer.status_code == 302, answer.content.decode()
    return queries.get(GA, marks.MARK, no)


def text(answer):
    return answer.content.decode()


def task(people, mark, **more):
    now = datetime.now().astimezone()
    no = flow.register(now, current(), "1")
    flow.dispatch(no, now, current())
    until = f"{now.astimezone(current().zone) + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    fields = {
        "mark": mark.data["mark_no"],
        "case": no,
        "task": "送抢修班组到现场",
        "until": until,
        "key": "t",
    }
    answer = people["cg"].post("/registers/vehicle_use/new/begin", fields | more)
    return no, answer


def test_a_unit_applies_and_the_bureau_finds_it_in_its_queue(people):
    form = people["cg"].get("/registers/vehicle_mark/new/apply")
    assert "抢险救援车" in text(form)
    people["cg"].post("/registers/vehicle_mark/new/apply", {**VEHICLE, "key": "a"})
    queue = text(people["ga"].get("/registers/vehicle_mark/"))
    assert "渝B·12345" in queue
    assert "待审核" in queue
    assert "渝B·12345" not in text(people["hb"].get("/registers/vehicle_mark/?show=all"))


def test_a_wrong_plate_keeps_everything_typed_and_says_how_a_plate_looks(people):
    answer = people["cg"].post("/registers/vehicle_mark/new/apply", {**VEHICLE, "plate": "渝BIO345", "key": "a"})  # fmt: skip
    assert answer.status_code == 422
    assert "渝BD12345" in text(answer)
    assert "道路抢险" in text(answer)


def test_only_the_bureau_is_offered_to_issue_and_not_to_who_applied(people):
    people["ga"].post("/registers/vehicle_mark/new/apply", {**VEHICLE, "key": "a"})
    path = f"/registers/vehicle_mark/LDCB-{datetime.now().year}-1"
    assert "不能审批自己提出的事项" in text(people["ga"].get(path))
    assert f"{path}/do/issue" in text(people["ga2"].get(path))
    assert people["hb"].get(path).status_code == 404
    assert f"{path}/do/issue" not in text(people["duty"].get(path))


def test_the_file_shows_number_last_day_and_no_person_to_the_inspector(people, mark):
    path = f"/registers/vehicle_mark/{mark.no}"
    own, other = text(people["cg"].get(path)), text(people["inspector"].get(path))
    assert mark.data["mark_no"] in own
    assert "13812341234" in own
    assert "13812341234" not in other
    assert mark.data["code"] not in own + other
    assert "开始紧急任务" in own
    assert "开始紧急任务" not in other


def test_a_patrol_without_account_sees_plate_unit_day_and_nothing_else(people, mark):
    page = Client().get(f"/check/mark/{mark.data['code']}")
    shown = text(page)
    assert page.status_code == 200
    for words in (
        "有效",
        "渝B·12345",
        mark.data["mark_no"],
        "区城市管理局",
        mark.data["valid_until"],
        "现在没有登记的紧急任务",
    ):
        assert words in shown  # fmt: skip
    for words in ("王小明", "13812341234", "道路抢险", "公安内部", "/registers/"):
        assert words not in shown
    assert page["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', shown)
    assert "<script" not in shown


def test_the_bureau_sees_more_behind_the_same_code_and_another_unit_does_not(people, mark):
    path = f"/check/mark/{mark.data['code']}"
    assert f"/registers/vehicle_mark/{mark.no}" in text(people["ga"].get(path))
    assert "公安内部" not in text(people["hb"].get(path))


def test_an_urgent_task_shows_at_once_and_says_nothing_of_its_case(people, mark):
    case, answer = task(people, mark)
    assert answer.status_code == 302, text(answer)
    shown = text(Client().get(f"/check/mark/{mark.data['code']}"))
    assert "正在执行" in shown
    assert case not in shown
    assert "送抢修班组" not in shown
    board = text(people["desk"].get("/registers/vehicle_use/patrol"))
    assert "渝B·12345" in board
    assert people["hb"].get("/registers/vehicle_use/patrol").status_code == 403
    assert case in text(people["ga"].get(f"/registers/vehicle_mark/{mark.no}"))


def test_beginning_a_task_offers_own_marks_and_cases(people, mark):
    now = datetime.now().astimezone()
    case = flow.register(now, current(), "9")
    flow.dispatch(case, now, current())
    shown = text(people["cg"].get("/registers/vehicle_use/new/begin"))
    assert mark.data["mark_no"] in shown
    assert case in shown
    assert case not in text(people["hb"].get("/registers/vehicle_use/new/begin"))
    assert people["inspector"].get("/registers/vehicle_use/new/begin").status_code == 403


def test_a_task_without_a_case_is_refused_on_the_page(people, mark):
    _case, answer = task(people, mark, case="")
    assert answer.status_code == 422
    assert "缺少案件号" in text(answer)


@pytest.mark.parametrize(("step", "who", "words"), [("report_lost", "cg", "已挂失"), ("revoke", "ga", "已撤销"), ("hand_in", "cg", "已交回")])  # fmt: skip
def test_a_void_mark_says_so_to_the_patrol(people, mark, step, who, words):
    fields = {"reason": "停用", "lost_at": "2018-06-01T09:00:00+08:00", "how": "脱落"}
    wanted = {"lost_at", "how"} if step == "report_lost" else {"reason"}
    actor = Actor("unit", who, WHO[who][1])
    act(marks.MARK, step, {name: fields[name] for name in wanted}, actor, no=mark.no)
    assert words in text(Client().get(f"/check/mark/{mark.data['code']}"))


def test_an_unknown_code_is_told_as_a_possible_forgery_and_remembered(people, mark):
    wrong = mark.data["code"][:-4] + "0000"
    page = Client().get(f"/check/mark/{wrong}")
    assert page.status_code == 404
    assert "可能是伪造" in text(page)
    assert list(MarkLookup.objects.values_list("answer", "file")) == [("unknown", "")]
    assert "查不到的标识" in text(people["ga"].get("/registers/vehicle_use/patrol"))
    assert "查不到的标识" not in text(people["desk"].get("/registers/vehicle_use/patrol"))


@pytest.mark.parametrize(
    "code", ["x", "2018-1", "%00", "a" * 500, "2018-999999-" + "0" * 32, "../login", "☃"]
)
def test_nonsense_behind_the_check_address_is_answered_calmly(people, code):
    assert Client().get(f"/check/mark/{code}").status_code in (400, 404)


def test_number_and_plate_are_checked_together(people, mark):
    anybody = Client(enforce_csrf_checks=True)  # a patrol's phone keeps no cookies
    good = anybody.post("/check/mark", {"number": mark.data["mark_no"], "plate": "渝b12345"})
    assert "标识有效" in text(good)
    wrong = anybody.post("/check/mark", {"number": mark.data["mark_no"], "plate": "渝B54321"})
    assert wrong.status_code == 404
    assert "编号与车牌对不上" in text(wrong)
    assert "区城市管理局" not in text(wrong)
    bad = anybody.post("/check/mark", {"number": "", "plate": "B1"})
    assert bad.status_code == 422
    assert anybody.get("/check/mark/")["Location"] == "/check/mark"


def test_trying_too_often_is_slowed_down(people, mark):
    anybody = Client()
    answers = [
        anybody.post("/check/mark", {"number": f"2018-{n}", "plate": "渝B12345"}).status_code
        for n in range(17)
    ]
    assert answers[:15] == [404] * 15
    assert answers[15:] == [429, 429]
    assert anybody.get(f"/check/mark/{mark.data['code']}").status_code == 200  # a scan counts for itself


def test_the_bureau_sees_who_looked_and_never_the_address(people, mark):
    Client().get(f"/check/mark/{mark.data['code']}", REMOTE_ADDR="10.9.8.7")
    people["ga"].get(f"/check/mark/{mark.data['code']}")
    shown = text(people["ga"].get(f"/registers/vehicle_mark/{mark.no}"))
    assert "查验记录" in shown
    assert "未登录" in shown
    assert "10.9.8.7" not in shown
    assert "查验记录" not in text(people["cg"].get(f"/registers/vehicle_mark/{mark.no}"))


def test_only_the_bureau_makes_marks_and_only_good_ones(people, mark):
    path = f"/registers/vehicle_mark/{mark.no}/mark"
    shown = text(people["ga"].get(path))
    assert mark.data["mark_no"] in shown
    assert "data:image/svg+xml" in shown
    assert people["cg"].get(path).status_code == 403
    assert people["duty"].get(path).status_code == 403
    act(marks.MARK, "revoke", {"reason": "停用"}, GA, no=mark.no)
    assert people["ga"].get(path).status_code == 404


@pytest.mark.parametrize(("size", "width"), [("a4", 842), ("a5", 595)])
def test_the_mark_is_one_sheet_with_number_plate_and_day(people, mark, size, width):
    answer = people["ga"].get(f"/registers/vehicle_mark/{mark.no}/mark.pdf?size={size}")
    assert answer["Content-Type"] == "application/pdf"
    sheets = PdfReader(io.BytesIO(answer.content)).pages
    assert len(sheets) == 1
    assert round(float(sheets[0].mediabox.width)) == width
    words = sheets[0].extract_text()
    assert mark.data["mark_no"] in words
    assert "12345" in words
    assert mark.data["code"] not in words


def test_the_code_on_the_paper_leads_to_the_check(people, mark):
    from liandong.screens.registers import mark_paper

    said = []
    make = mark_paper.segno.make
    mark_paper.segno.make = lambda text, **options: said.append(text) or make(text, **options)
    try:
        people["ga"].get(f"/registers/vehicle_mark/{mark.no}/mark")
    finally:
        mark_paper.segno.make = make
    (link,) = said
    assert link.startswith("http://testserver/check/mark/")
    assert Client().get(link.removeprefix("http://testserver")).status_code == 200
    assert not re.search("[\u4e00-\u9fff]|12345", link)


@pytest.mark.parametrize("show", ["review", "returned", "live", "soon", "over", "all"])
def test_every_queue_opens_and_counts_what_it_lists(people, mark, show):
    shown = text(people["ga"].get(f"/registers/vehicle_mark/?show={show}"))
    assert ("渝B·12345" in shown) is (show in ("live", "all"))
    assert people["ga"].get("/registers/vehicle_mark/?show=nonsense").status_code == 404


def test_a_mark_that_ends_within_a_month_stands_among_those(people, mark):
    soon = f"{datetime.now().astimezone(current().zone) + timedelta(days=10):%Y-%m-%d}"
    file = act(marks.MARK, "apply", {**VEHICLE, "plate": "渝B99999"}, Actor("unit", "hb", "HB"))
    act(marks.MARK, "issue", {"made_by": "区公安局", "valid_until": soon}, GA, no=file.no)
    shown = text(people["ga"].get("/registers/vehicle_mark/?show=soon"))
    assert "渝B·99999" in shown
    assert "渝B·12345" not in shown


@pytest.mark.parametrize(("asked", "found"), [("12345", True), ("渝b·123", True), ("999", False), ("%", False), ('"', False), ("_", False)])  # fmt: skip
def test_the_list_is_searched_by_plate(people, mark, asked, found):
    shown = text(people["ga"].get("/registers/vehicle_mark/", {"plate": asked}))
    assert ("渝B·12345" in shown) is found


def test_the_list_as_a_file_carries_no_person_and_no_code(people, mark):
    body = people["ga"].get("/registers/vehicle_mark/?show=all&format=csv").content.decode("utf-8-sig")
    assert mark.data["mark_no"] in body
    assert "王小明" not in body
    assert mark.data["code"] not in body
