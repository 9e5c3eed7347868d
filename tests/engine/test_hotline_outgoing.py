"""110 → 12345 (norms C1.3): a ticket leaves once, with no more of a person than is needed, and their answers move its entry."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from liandong.casework.execute import execute
from liandong.district import packs
from liandong.engine.intake import aside, folder, mapping, outgoing, parsing, running, standing
from liandong.registers import queries as registers
from liandong.registers.store import act
from liandong.rules.model import Command
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    packs.load(PACK)
    return at("2018-06-01T09:30")


@pytest.fixture
def used():
    return mapping.mappings()["hotline12345"]


@pytest.fixture
def place(tmp_path, used):
    return folder.prepare(tmp_path, used)


def passed_on(now, case="", **more):
    """A ticket for 12345, asked for and passed on by the desk."""
    asked = {
        "direction": "110_to_12345", "kind": "ticket", "will": "agreed", "asked_at": now.isoformat(), "platform": "区12345", **more,
    }  # fmt: skip
    entry = act("hotline_transfer", "ask", asked | ({"case": case} if case else {}), flow.DESK, now=now)
    given = {"transferred_at": now.isoformat()}
    return act("hotline_transfer", "transfer", given, flow.DESK, no=entry.no, now=now)


def state(entry):
    return registers.get(flow.LEAD, "hotline_transfer", entry.no)


def laid(place):
    return sorted(path.name for path in (place / "out").iterdir() if path.suffix != ".sha256")


def answer(do, entry, n, text="", ticket="W-1", at="2018-06-01 09:20:00", **more):
    record = {
        "@id": f"a{n}",
        "action": do,
        "policeNo": entry.no,
        "orderNo": ticket,
        "sendTime": at,
        "remark": text,
    }
    return {**record, **more}


def receive(record, used, now, policy):
    return aside.receive(record, used, "答复", now, policy)


def waiting():
    return registers.find(flow.LEAD, "quarantine", registers.Asking(states=("waiting",))).items


def told(kind):
    return [
        to
        for one in registers.log(flow.LEAD, "hotline_transfer", kind[0])
        for to, what in one.told
        if what == kind[1]
    ]


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_leaves_is_read_again_as_it_was_meant(form, encoding, place, used, now, policy):
    used = replace(used, format=form, encodings=(encoding,))
    entry = passed_on(
        now, flow.register(now, policy, "a", summary='<灯> & "路" 坏了', content="写明]]>\n两行")
    )
    assert outgoing.lay(place, used, now, policy) == 1
    (name,) = laid(place)
    assert name == f"{entry.no}.{form}"
    raw = (place / "out" / name).read_bytes()
    assert (place / "out" / f"{name}.sha256").read_text() == f"{hashlib.sha256(raw).hexdigest()}  {name}\n"
    (record,) = parsing.records(raw, used)
    values, wrong = mapping.values_of(record, used, {})
    assert not wrong
    assert (values["do"], values["our_ref"], values["kind"]) == ("create", entry.no, "help")
    assert (values["summary"], values["content"]) == ('<灯> & "路" 坏了', "写明]]>\n两行")
    assert (values["name"], values["phone"]) == ("张三", flow.PHONE)
    assert values["place"] == "古南街道 中山路 1 号门口"
    assert values["at"] == now
    sent = state(entry)
    assert (sent.state, sent.data["digest"], sent.data["with_person"]) == (
        "sent",
        hashlib.sha256(raw).hexdigest(),
        True,
    )


def test_it_leaves_once_also_when_fetched_away(place, used, now, policy):
    entry = passed_on(now, flow.register(now, policy, "a"))
    assert outgoing.lay(place, used, now, policy) == 1
    for path in (place / "out").iterdir():
        path.unlink()
    assert outgoing.lay(place, used, now, policy) == 0
    assert laid(place) == []
    assert state(entry).state == "sent"


@pytest.mark.parametrize("moment", ["digest", "file", "step"])
def test_killed_anywhere_the_same_file_is_laid_again(moment, place, used, now, policy, monkeypatch):
    class Killed(BaseException):
        pass

    entry = passed_on(now, flow.register(now, policy, "a"))
    real = outgoing.put_text

    def put(target, data):
        if moment == "digest" or (moment == "file" and target.suffix != ".sha256"):
            target.with_name(f".{target.name}.tmp").write_bytes(data[:5])
            raise Killed
        real(target, data)

    def sent(*args):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(outgoing, "put_text", put)
        if moment == "step":
            dying.setattr(outgoing, "_sent", sent)
        with pytest.raises(Killed):
            outgoing.lay(place, used, now, policy)
    before = {one: (place / "out" / one).read_bytes() for one in laid(place) if not one.startswith(".")}
    assert state(entry).state == "to_send"
    assert outgoing.lay(place, used, now, policy) == 1
    after = {one: (place / "out" / one).read_bytes() for one in laid(place) if not one.startswith(".")}
    assert list(after) == [f"{entry.no}.xml"]
    assert before in ({}, after)
    assert state(entry).state == "sent"


@pytest.mark.parametrize(
    ("caller", "kind"),
    [
        ({"name": "张三", "phone": flow.PHONE, "confidential": True}, "help"),
        ({"name": "张三", "phone": flow.PHONE, "contact_ok": False}, "help"),
        ({"name": "张三", "phone": flow.PHONE}, "report"),
    ],
)
def test_a_caller_who_did_not_want_it_does_not_leave(caller, kind, place, used, now, policy):
    no = flow.register(now, policy, "a", caller=caller, kind=kind, summary="路灯不亮", content="坏了三天")
    entry = passed_on(now, no)
    outgoing.lay(place, used, now, policy)
    text = (place / "out" / laid(place)[0]).read_text()
    assert "张三" not in text
    assert flow.PHONE not in text
    assert state(entry).data["with_person"] is False


def test_the_desk_may_say_in_its_own_words_what_they_are_told(place, used, now, policy):
    passed_on(now, flow.register(now, policy, "a", content="隔壁李四家的私事"), about="路灯坏了，请派人修")
    passed_on(now, about="没有案件的咨询")
    outgoing.lay(place, used, now, policy)
    texts = [(place / "out" / name).read_text() for name in laid(place)]
    assert "李四" not in texts[0]
    assert "请派人修" in texts[0]
    assert "没有案件的咨询" in texts[1]


def test_what_became_the_polices_own_meanwhile_stays(place, used, now, policy):
    no = flow.register(now, policy, "a")
    entry = passed_on(now, no)
    flow.do("set_level", no, flow.DESK, now, policy, level="larger", reason="多人受困")
    outgoing.lay(place, used, now, policy)
    assert laid(place) == []
    assert (state(entry).state, told((entry.no, "hotline_stopped"))) == ("stopped", ["desk"])


def test_with_their_own_number_nothing_has_to_leave(place, used, now, policy):
    asked = {
        "direction": "110_to_12345",
        "kind": "ticket",
        "will": "agreed",
        "asked_at": now.isoformat(),
        "platform": "p",
    }
    entry = act("hotline_transfer", "ask", asked, flow.DESK, now=now)
    given = {"transferred_at": now.isoformat(), "ticket": "W-9"}
    act("hotline_transfer", "transfer", given, flow.DESK, no=entry.no, now=now)
    assert outgoing.lay(place, used, now, policy) == 0


ANSWERS = (
    ("ACCEPT", "", "09:10"),
    ("STATUS", "已派人", "09:15"),
    ("STATUS", "已到场", "09:18"),
    ("RESULT", "已修好", "09:20"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_their_answers_end_the_same_in_any_order_and_twice(order, used, now, policy):
    entry = passed_on(now, about="路灯")
    for n in (*order, *order):
        do, said, at = ANSWERS[n]
        record = answer(do, entry, n, said, at=f"2018-06-01 {at}:00")
        _, outcome, _, _ = receive(record, used, now, policy)
        assert outcome.what in ("recorded", "repeated")
    ended = state(entry)
    assert (ended.state, ended.data["ticket"], ended.data["result"]) == ("done", "W-1", "已修好")
    lines = [line.split(" ", 1)[1] for line in ended.data["progress"].splitlines()]
    assert [one for one in lines if one in ("已派人", "已到场")] == ["已派人", "已到场"]
    assert told((entry.no, "hotline_done")) == ["desk"]
    assert waiting() == []


def test_what_they_give_back_the_desk_hears_of(used, now, policy):
    entry = passed_on(now, about="路灯")
    receive(answer("BACK", entry, 1, "不是我们的", ticket=""), used, now, policy)
    assert (state(entry).state, told((entry.no, "hotline_returned"))) == ("returned", ["desk"])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"policeNo": "DJ-2018-09999"}, "unknown_code"),
        ({"policeNo": ""}, "missing"),
        ({"orderNo": "W-2"}, "refused"),
        ({"remark": ""}, "missing"),
        ({"remark": "长" * 1901}, "oversized"),
        ({"remark": "坏\x01字"}, "refused"),
        ({"sendTime": "2019-06-01 09:00:00"}, "in_future"),
        ({"sendTime": "昨天"}, "bad_time"),
        ({"action": "PAY"}, "unknown_code"),
    ],
)
def test_an_answer_that_does_not_fit_waits_for_a_person_and_changes_nothing(
    record, reason, used, now, policy
):
    entry = passed_on(now, about="路灯")
    receive(answer("ACCEPT", entry, 1), used, now, policy)
    before = state(entry)
    assert receive({**answer("STATUS", entry, 2, "已派人"), **record}, used, now, policy)[1] is None
    assert state(entry) == before
    (kept,) = waiting()
    assert (kept.data["reason"], bool(kept.data["detail"])) == (reason, True)


def test_a_contradiction_waits_and_a_repaired_answer_is_taken(used, now, policy):
    entry = passed_on(now, about="路灯")
    receive(answer("RESULT", entry, 1, "已修好"), used, now, policy)
    receive(answer("BACK", entry, 2, "不是我们的"), used, now, policy)
    receive(answer("STATUS", entry, 3, "又去看了", policeNo="DJ-2018-09999"), used, now, policy)
    assert state(entry).state == "done"
    wrong = next(one for one in waiting() if one.data["reason"] == "unknown_code")
    act("quarantine", "repair", {"our_ref": entry.no}, flow.DESK, no=wrong.no, now=now)
    aside.retry(now, policy)
    assert "又去看了" in state(entry).data["progress"]
    assert len(waiting()) == 1


def test_the_other_direction_is_answered_by_nobody_there(used, now, policy):
    theirs = act(
        "hotline_transfer",
        "ask",
        {
            "direction": "12345_to_110",
            "kind": "ticket",
            "will": "not_told",
            "asked_at": now.isoformat(),
            "platform": "p",
        },
        flow.DESK,
        now=now,
    )
    assert receive(answer("RESULT", theirs, 1, "办结"), used, now, policy)[1] is None
    record = {
        "do": "result",
        "message": "x",
        "ref": "W",
        "our_ref": theirs.no,
        "text": "办结",
        "at": now.isoformat(),
    }
    assert receive(record, mapping.mappings()["neutral"], now, policy)[1] is None


def test_hostile_files_are_set_aside_and_hold_up_no_answer(place, used, now, policy):
    entry = passed_on(now, about="路灯")
    bomb = b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><orders><order>&b;</order></orders>'
    outside = b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><orders><order>&x;</order></orders>'
    good = (
        '<?xml version="1.0" encoding="GB18030"?><orders><order id="a1"><action>ACCEPT</action>'
        f"<policeNo>{entry.no}</policeNo><orderNo>热-1</orderNo><sendTime>2018-06-01 09:20:00</sendTime></order></orders>"
    ).encode("gb18030")
    for n, raw in enumerate((bomb, outside, b"\xff\xff\xff", b"<orders><order>", good)):
        path = place / "in" / f"{n}.xml"
        path.write_bytes(raw)
        os.utime(path, (time.time() - 100,) * 2)
    assert folder.look(place, used, now, policy) == (5, 1, 4)
    assert (state(entry).state, state(entry).data["ticket"]) == ("accepted", "热-1")
    assert {one.data["reason"] for one in waiting()} == {"unreadable"}


def test_the_workers_round_sends_and_doctor_tells_of_silence(tmp_path, now, policy, monkeypatch):
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    entry = passed_on(now, about="路灯")
    running.once(now)
    assert laid(tmp_path / "hotline12345") == [f"{entry.no}.xml"]
    assert any("没有受理" in one for one in standing.troubles())  # 2018 is longer ago than an hour
    assert outgoing.silent(now + timedelta(minutes=30)) == 0
    act(
        "hotline_transfer",
        "accept",
        {"accepted_at": now.isoformat(), "ticket": "W"},
        flow.DESK,
        no=entry.no,
        now=now,
    )
    assert standing.troubles() is None or not any("没有受理" in one for one in standing.troubles())


def test_a_case_changed_before_it_is_fetched_leaves_as_it_stands(now, policy):
    no = flow.register(now, policy, "a")
    entry = passed_on(now, no)
    (first,), _ = outgoing.fetch(now, policy, 10)
    execute(
        Command("amend", no, {"summary": "路灯倒了", "reason": "来电更正"}), flow.DESK, now=now, policy=policy
    )
    (second,), _ = outgoing.fetch(now, policy, 10)
    assert second.values["summary"] == "路灯倒了"
    assert first.values["message"] != second.values["message"]
    assert first.no == second.no == entry.no


def test_the_pack_says_where_each_field_goes(tmp_path):
    from liandong.district import intake
    from liandong.district.errors import PackError

    def broken(old, new):
        shutil.copytree(PACK / "intake", tmp_path / "intake", dirs_exist_ok=True)
        file = tmp_path / "intake" / "hotline12345.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        with pytest.raises(PackError) as found:
            intake.read(tmp_path)
        return str(found.value)

    assert "不能发出" in broken('fields = ["message"', 'fields = ["incident_no", "message"')
    assert "没有写明位置" in broken('theirs = ["policeNo"]', "theirs = []")
    assert "缺少 our_ref" in broken('"do", "our_ref", ', '"do", ')
    assert "hotline = true" in broken("hotline = true", "hotline = false")
    assert "不能作元素名" in broken('theirs = ["policeNo"]', 'theirs = ["police no"]')


def test_the_digest_of_the_api_can_be_checked(now, policy):
    passed_on(now, flow.register(now, policy, "a"))
    (one,), _ = outgoing.fetch(now, policy, 10)
    text = json.dumps(one.values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert one.digest == hashlib.sha256(text.encode()).hexdigest()
