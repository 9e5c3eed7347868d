"""Drafts of public warnings against a schema of CAP 1.2 (OASIS), and nobody's words in them."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree
from lxml import etree

from liandong.district import warning
from liandong.district.errors import PackError
from support.api import District
from support.policy import PACK
from support.schemas import cap

NS = "{urn:oasis:names:tc:emergency:cap:1.2}"


def alert(district: District, no: str, who: str = "duty_office") -> Any:
    """The draft, valid by the schema of the standard."""
    answer = district[who].get(f"/cases/{no}/cap")
    assert answer.status == 200, answer.raw
    assert answer.headers["Content-Type"].startswith("application/cap+xml")
    cap().assertValid(etree.fromstring(answer.raw))
    tree = ElementTree.fromstring(answer.raw)
    assert all(len(element) or element.text for element in tree.iter())
    return tree


def text(tree: Any, name: str) -> str:
    found = tree.find(f".//{NS}{name}")
    return "" if found is None else str(found.text)


def test_a_level_becomes_a_draft_without_anybodys_words(district: District) -> None:
    no = district.registered(level="larger", place={"text": "古南街道某路口6号", "township": "古南街道"})
    tree = alert(district, no)
    assert (text(tree, "status"), text(tree, "msgType")) == ("Draft", "Alert")
    assert (text(tree, "language"), text(tree, "severity"), text(tree, "urgency")) == (
        "zh-CN",
        "Moderate",
        "Immediate",
    )
    codes = {code[0].text: code[1].text for code in tree.iter(NS + "geocode")}
    assert codes == {"GB/T 2260": "500110", "GB/T 10114": "500110001"}
    assert text(tree, "areaDesc") == "古南街道"
    whole = district["desk_lead"].get(f"/cases/{no}/cap").raw.decode()
    for words in ("垃圾", "路口", "张小三", "13800001234", "6号"):
        assert words not in whole
    assert whole == district["duty_office"].get(f"/cases/{no}/cap").raw.decode()


def test_the_matter_gives_the_category(district: District) -> None:
    no = district.dispatched(level="general")
    tree = alert(district, no)
    assert (text(tree, "category"), text(tree, "event")) == ("Infra", "公共设施险情")


def test_a_changed_level_updates_and_the_end_calls_off_naming_what_was_said_before(
    district: District,
) -> None:
    no = district.registered(level="general")
    first = alert(district, no)
    assert district["desk"].do(no, "set_level", level="larger", reason="扩大").status == 200
    second = alert(district, no)
    assert text(second, "msgType") == "Update"
    said = ",".join(text(first, name) for name in ("sender", "identifier", "sent"))
    assert text(second, "references") == said
    assert text(second, "identifier") != text(first, "identifier")
    assert district["duty_office"].do(no, "set_level", level="none", reason="误报").status == 200
    last = alert(district, no)
    assert (text(last, "msgType"), text(last, "responseType"), text(last, "urgency")) == (
        "Cancel",
        "AllClear",
        "Past",
    )
    assert len(text(last, "references").split()) == 2


def test_a_drill_is_an_exercise(district: District) -> None:
    no = district.registered(level="general", source={"channel": "drill", "ref": "d1"})
    assert text(alert(district, no), "status") == "Exercise"


def test_who_gets_no_draft_and_of_what_there_is_none(district: District) -> None:
    no = district.registered(level="larger")
    for who in ("desk", "lead", "inspector", "auditor", "machine", "sysadmin"):
        assert district[who].get(f"/cases/{no}/cap").status == 403
    assert district["duty_office"].get("/cases/QJFL-0/cap").status == 404
    plain = district["duty_office"].get(f"/cases/{district.registered()}/cap")
    assert (plain.status, plain.body["code"]) == (422, "no_warning")
    police = district.registered(kind="complaint", level="general")
    sent = district["desk_lead"].do(
        police, "dispatch", lead_unit="GA", matter="GA-07", basis="x", **{"class": "general"}
    )
    assert sent.status == 200, sent.body
    assert district["duty_office"].get(f"/cases/{police}/cap").status == 422


def test_a_faulty_table_is_refused_with_its_line(tmp_path: Any) -> None:
    good = (PACK / warning.FILE).read_text(encoding="utf-8")
    (tmp_path / warning.FILE).write_text(
        good.replace('"Fire"', '"Feuer"').replace("yjb.500110", "yjb 500110"), encoding="utf-8"
    )
    with pytest.raises(PackError, match="Fire") as caught:
        warning.read(tmp_path)
    assert "sender" in str(caught.value)
    assert warning.read(tmp_path / "nowhere") is None
