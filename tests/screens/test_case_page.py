"""The case page: the order of what happened, who saw it, clocks as bars, what others changed, files."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from test_pages import a_case, signed_in

from liandong.casework import look_spool, looks
from liandong.casework.execute import execute
from liandong.district import accounts
from liandong.rules.model import SYSTEM, Actor, Command

CG = Actor("unit", "someone", "CG")


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    """A place of its own for looks and files."""
    settings.LOOKS_ROOT, settings.MEDIA_ROOT = tmp_path / "looks", tmp_path / "files"
    look_spool._seen.clear()


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def part(page: str, id_: str) -> str:
    """One section of a page by its id, up to the next section."""
    return page.split(f'id="{id_}"', 1)[1].split("<section", 1)[0]


def test_the_history_reads_by_day_with_rule_and_change(district: None) -> None:
    """Each step: who (role, unit, name), what changed, the rule that acted; the exact instant is there on hover."""
    no = a_case(unit="CG")
    execute(Command("sign", no, {"receiver": "李四"}), CG)
    accounts.create_account("someone", "unit", "CG", display_name="王小明")
    story = part(text_of(signed_in("d1", "desk"), f"/cases/{no}"), "story")
    assert "今天" in story
    assert "待签收 → 办理中" in story
    assert "签收停止（按时）" in story
    assert "区城市管理局 王小明" in story
    assert ">R32<" in story
    assert re.search(r'title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\+0800\)"', story)
    assert story.index("登记来电") < story.index("派发") < story.index("签收人")


def test_the_history_can_be_narrowed_by_address(district: None) -> None:
    """Filters live in the address: decisions, work, contacts, clocks; nonsense shows everything."""
    no = a_case(unit="CG")
    execute(Command("sign", no, {"receiver": "李四"}), CG)
    client = signed_in("d1", "desk")
    decisions = part(text_of(client, f"/cases/{no}?show=decision"), "story")
    assert "依据" in decisions
    assert "签收人" not in decisions
    assert "签收人" in part(text_of(client, f"/cases/{no}?show=work"), "story")
    assert "没有这一类的记录" in part(text_of(client, f"/cases/{no}?show=clock"), "story")
    assert "签收人" in part(text_of(client, f"/cases/{no}?show=nonsense"), "story")


def test_supervisors_see_who_looked(district: None) -> None:
    """Opening the page is a look; a unit is not told of looks, whoever supervises is, the auditor without the content."""
    no = a_case(unit="CG", summary="路灯不亮请维修")
    unit, lead = signed_in("u1", "unit", "CG"), signed_in("l1", "desk_lead")
    text_of(unit, f"/cases/{no}")
    looks.collect()
    assert "打开案件页" in part(text_of(lead, f"/cases/{no}?show=look"), "story")
    assert "打开案件页" not in text_of(unit, f"/cases/{no}")
    assert unit.get(f"/cases/{no}/looks").status_code == 403
    auditor = signed_in("a1", "auditor")
    page = text_of(auditor, f"/cases/{no}/looks")
    assert "区城市管理局 u1" in page
    assert "路灯" not in page
    assert "派发" in page
    assert auditor.get(f"/cases/{no}").status_code == 403
    assert auditor.get("/cases/NO-SUCH/looks").status_code == 404
    assert auditor.get("/cases/looks").status_code == 200


def test_a_late_clock_is_drawn_and_said(district: None) -> None:
    """Colour is never alone: the late stretch has its own pattern, and the words beside it."""
    no = a_case(unit="CG")
    execute(Command("run_clock", no, {}), SYSTEM, now=datetime.now(UTC) + timedelta(hours=2))
    page = text_of(signed_in("d1", "desk"), f"/cases/{no}")
    drawn = part(page, "timeline")
    assert "piece-run" in drawn
    assert "piece-left" in drawn
    assert "签收" in drawn
    assert " style=" not in page


def test_what_others_did_is_told_once(district: None) -> None:
    """An open page asks what came after its last event: nothing, then the steps with who and what."""
    no = a_case(unit="CG")
    client = signed_in("d1", "desk")
    last = re.search(r'data-last="(\d+)"', text_of(client, f"/cases/{no}"))
    assert last is not None
    assert client.get(f"/cases/{no}/news?after={last[1]}").status_code == 204
    execute(Command("sign", no, {"receiver": "李四"}), CG)
    news = text_of(client, f"/cases/{no}/news?after={last[1]}")
    assert "区城市管理局 someone" in news
    assert "签收" in news
    assert "派发" not in news
    assert client.get(f"/cases/{no}/news?after=x").status_code == 200
    assert signed_in("u2", "unit", "JW").get(f"/cases/{no}/news?after=0").status_code == 204


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 300), colour).save(out, "JPEG")
    return out.getvalue()


def test_several_files_at_once_with_pictures(district: None) -> None:
    """What can be kept is kept, what cannot says why; a picture has a small copy that only who sees the case gets."""
    no = a_case(unit="CG")
    desk, other = signed_in("d1", "desk"), signed_in("u1", "unit", "JW")
    sent = [
        SimpleUploadedFile("现场一.jpg", picture()),
        SimpleUploadedFile("说明.txt", "情况说明".encode()),
        SimpleUploadedFile("run.exe", b"MZ\x00\x01"),
    ]
    page = desk.post(f"/cases/{no}/files", {"file": sent}, follow=True).content.decode()
    assert "现场一.jpg" in page
    assert "说明.txt" in page
    assert "run.exe：不支持" in page
    small = re.findall(rf'src="(/cases/{no}/files/\w+/picture)"', page)
    assert len(small) == 1
    answer = desk.get(small[0])
    assert answer["Content-Type"] == "image/jpeg"
    assert max(Image.open(io.BytesIO(answer.content)).size) == 240
    assert other.get(small[0]).status_code == 404
    paper = re.findall(rf'href="(/cases/{no}/files/\w+)"', page)
    assert {desk.get(f"{one}/picture").status_code for one in paper} == {200, 404}


def test_a_file_named_in_a_step_stands_in_it(district: None) -> None:
    """The note that brought a picture shows it where it was said."""
    no = a_case(unit="CG")
    desk = signed_in("d1", "desk")
    page = desk.post(
        f"/cases/{no}/files", {"file": SimpleUploadedFile("现场.jpg", picture())}, follow=True
    ).content.decode()
    identity = re.search(rf"/cases/{no}/files/(\w+)/picture", page)
    assert identity is not None
    desk.post(f"/cases/{no}/do/note", {"text": "见照片", "attachments": identity[1], "key": "k1"})
    assert f"/files/{identity[1]}/picture" in part(text_of(desk, f"/cases/{no}"), "story")


def test_the_most_likely_step_comes_first_and_has_a_digit(district: None) -> None:
    """Digits run through what is offered, in its order; what is refused says what to do instead, with its rule."""
    no = a_case(unit="CG")
    steps = part(text_of(signed_in("u1", "unit", "CG"), f"/cases/{no}"), "steps")
    digits = re.findall(r'/do/(\w+)"[^>]*data-digit="(\d)"', steps)
    assert digits[0] == ("sign", "1")
    assert [int(digit) for _, digit in digits] == list(range(1, len(digits) + 1))
    assert "现为待签收，不能反馈" in steps


def test_case_page_costs_the_same_with_a_long_history(district, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """Looks, names, files and history: a fixed number of statements, for who sees the most."""
    no = a_case(unit="CG")
    for n in range(30):
        execute(Command("note", no, {"text": f"备注 {n}"}), Actor("desk", f"d{n}"))
    client = signed_in("someone2", "desk_lead")
    client.get(f"/cases/{no}")
    looks.collect()
    with django_assert_max_num_queries(16):
        client.get(f"/cases/{no}")
