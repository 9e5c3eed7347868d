"""Templates: for the right command and unit, in force, filled without inventing anything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from liandong.district import packs, placeholders, texts
from liandong.district.models import TextTemplate
from liandong.district.pack import Pack

QIJIANG = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
CASE = {
    "no": "QJFL-500110-20180601-00001-7",
    "summary": "路灯不亮",
    "place": {"text": "天桥路口"},
    "received_at": "2018-06-01T09:05:00+08:00",
    "lead_unit": "CG",
    "matter": {"code": "CG-01", "version": "2018.1"},
    "clocks": [
        {"kind": "handle", "stopped_at": None, "due_at": "2018-06-06T00:00:00+08:00", "source": "notice"}
    ],
}


def new(code: str, text: str, *, unit: str = "", days: int = 0) -> TextTemplate:
    return TextTemplate(
        code=code, name="试", command="feedback", unit=unit, owner="CG", text=text,
        valid_from=timezone.localdate() + timedelta(days=days),
    )  # fmt: skip


def test_a_unit_gets_its_own_templates_first_and_none_of_others(district: Pack) -> None:
    codes = [t.code for t in texts.for_command("feedback", "CG")]
    assert codes[:2] == ["fk-clean", "fk-light"]
    assert "fk-water" not in codes
    assert "fk-resolved" in codes
    assert [t.unit for t in texts.for_command("answer", None)] == [""] * 3


def test_midnight_of_a_limit_is_written_as_the_day_that_ends(district: Pack) -> None:
    template = texts.Template(
        "t", "t", "notice", "", "{no}{unit}于{received_at}受理，{due_at}前办结，{matter}。"
    )
    assert texts.fill(template, CASE) == (
        "QJFL-500110-20180601-00001-7区城市管理局于2018年6月1日9时5分受理，2018年6月5日24时前办结，市政公用设施。"
    )


def test_what_a_case_does_not_know_stays_a_blank_to_write_on(district: Pack) -> None:
    template = texts.Template("t", "t", "notice", "", "在{place}，{promised_at}前。")
    assert texts.fill(template, {}) == "在【地点】，【承诺办结时间】前。"


def test_no_template_can_ask_for_a_person(district: Pack) -> None:
    assert placeholders.unknown("您好{name}，{phone}") == ["name", "phone"]
    assert placeholders.unknown("多一个}括号") == ["}"]
    with pytest.raises(texts.TextError, match="占位符"):
        texts.save(new("mine", "来电人{phone}反映的事情已经办结。"), "cg")


def test_a_new_wording_starts_on_its_day_and_ends_the_old_one(district: Pack) -> None:
    texts.save(new("mine", "第一种写法，写够十个字为止。", unit="CG"), "cg")
    texts.save(new("mine", "第二种写法，写够十个字为止。", unit="CG", days=3), "cg")
    today = timezone.localdate()

    def wording(days: int) -> str:
        found = texts.for_command("feedback", "CG", day=today + timedelta(days=days))
        return next(t.text for t in found if t.code == "mine")[:3]

    assert (wording(0), wording(2), wording(3)) == ("第一种", "第一种", "第二种")
    with pytest.raises(texts.TextError, match="更晚"):
        texts.save(new("mine", "夹在中间的写法，不能要。", unit="CG", days=1), "cg")


def test_what_people_wrote_stays_over_a_reload(district: Pack) -> None:
    texts.save(new("fk-light", "路灯的另一种写法，本局自己定的。", unit="CG"), "cg")
    packs.load(QIJIANG)
    found = next(t for t in texts.for_command("feedback", "CG") if t.code == "fk-light")
    assert found.text == "路灯的另一种写法，本局自己定的。"
    texts.end("fk-light", "cg", timezone.localdate())
    assert "fk-light" not in [t.code for t in texts.for_command("feedback", "CG")]


def test_a_code_belongs_to_one_unit(district: Pack) -> None:
    texts.save(new("mine", "城市管理局自己的写法，够长。", unit="CG"), "cg")
    with pytest.raises(texts.TextError, match="另一单位"):
        texts.save(new("mine", "别的单位想用同一个代码的写法。", unit="JT", days=2), "jt")
