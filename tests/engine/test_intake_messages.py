"""Messages of other systems (R2, R6): once, in any order, and what does not fit waits for a person with its reason."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liandong.casework import history, queries
from liandong.casework.execute import execute
from liandong.district import packs
from liandong.engine.intake import apply, aside, mapping, parsing, running
from liandong.engine.intake.problems import Unfit
from liandong.engine.models import IntakeMessage
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


def record(n="1", do="1", ref="JJ1", **more):
    made = {
        "xxbh": n, "czlx": do, "jjdbh": ref, "bjsj": "2018-06-01 09:00:00", "bjlb": "10",
        "bjnr": "古南街道中山路的路灯坏了三天，没有人来修。", "bjr": {"xm": "张三", "lxdh": "13800001234"}, "sfdz": "中山路 1 号",
    }  # fmt: skip
    return {**made, **more}


def follow(n, do, ref="JJ1", said="报警人又来电", **more):
    return {"xxbh": n, "czlx": do, "jjdbh": ref, "tssj": "2018-06-01 09:10:00", "bcnr": said, **more}


def receive(one, now, policy, name="jcj"):
    return aside.receive(one, mapping.mappings()[name], "测试", now, policy)


def case_of(ref, channel="110"):
    page = queries.list_cases(flow.DESK, limit=200)
    return next(
        one
        for one in page.items
        if queries.get_case(one["no"], flow.DESK)["source"] == {"channel": channel, "ref": ref}
    )


def events(no):
    return [one["type"] for one in history.events_of(no, flow.DESK)]


def notes(no):
    return sorted(one["fields"]["text"] for one in history.events_of(no, flow.DESK) if one["type"] == "note")


def waiting():
    return registers.find(flow.LEAD, "quarantine", registers.Asking(states=("waiting",))).items


def tasks():
    return registers.find(flow.LEAD, "intake_task").items


def test_a_create_becomes_a_case_whose_safety_nobody_answered(now, policy):
    _, outcome, _, _ = receive(record(), now, policy)
    assert outcome.what == "registered"
    case = queries.get_case(outcome.no, flow.DESK)
    assert case["safety"] == {"life": "unknown", "property": "unknown", "public": "unknown"}
    assert (case["incident_no"], case["received_at"]) == ("JJ1", "2018-06-01T09:00:00+08:00")
    assert case["caller"]["phone"] == "13800001234"


def test_the_same_message_again_does_nothing_and_a_number_used_twice_is_set_aside(now, policy):
    first = receive(record(), now, policy)[1]
    assert receive(record(), now, policy)[1] == ("repeated", first.no)
    assert events(first.no) == ["register"]
    assert receive(record(bjnr="另一件事"), now, policy)[1] is None
    assert [one.data["reason"] for one in waiting()] == ["reused"]


def test_an_append_before_its_create_waits_for_it(now, policy):
    assert receive(follow("2", "2"), now, policy)[1].what == "held"
    row = IntakeMessage.objects.get()
    assert "报警人".encode() not in bytes(row.sealed)
    no = receive(record(), now, policy)[1].no
    assert notes(no) == ["报警人又来电"]
    assert bytes(IntakeMessage.objects.get(message="2").sealed) == b""


def test_a_cancel_withdraws_what_the_desk_still_has(now, policy):
    no = receive(record(), now, policy)[1].no
    assert receive(follow("2", "3", said="误报"), now, policy)[1].what == "withdrawn"
    assert queries.get_case(no, flow.DESK)["state"] == "withdrawn"


def test_a_cancel_of_a_dispatched_case_is_a_note_and_a_task_and_never_withdraws(now, policy):
    no = receive(record(), now, policy)[1].no
    flow.do(
        "set_safety",
        no,
        flow.DESK,
        now,
        policy,
        safety={"life": "no", "property": "no", "public": "no"},
        reason="已问",
    )
    flow.dispatch(no, now, policy)
    assert receive(follow("2", "3", said="误报"), now, policy)[1].what == "asked"
    assert queries.get_case(no, flow.DESK)["state"] == "dispatched"
    assert [(one.case, one.state) for one in tasks()] == [(no, "waiting")]
    assert notes(no) == ["对方系统要求撤销：误报"]
    assert receive(follow("2", "3", said="误报"), now, policy)[1].what == "repeated"
    assert len(tasks()) == 1


def test_a_cancel_of_what_needs_a_release_is_a_task_too(now, policy):
    no = receive(record(), now, policy)[1].no
    flow.do("set_level", no, flow.DESK, now, policy, level="larger", reason="多人受困")
    assert receive(follow("2", "3"), now, policy)[1].what == "asked"
    assert queries.get_case(no, flow.DESK)["state"] == "registered"


ORDER = [
    record(),
    follow("2", "2", said="补充一"),
    follow("3", "2", said="补充二"),
    follow("4", "3", said="误报"),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_with_any_repetition_ends_the_same(now, policy, data):
    ref = f"H{IntakeMessage.objects.count()}"
    order = data.draw(st.permutations(range(4)))
    again = data.draw(st.lists(st.sampled_from(range(4)), max_size=6))
    sent = list(order) + again
    data.draw(st.randoms()).shuffle(sent)
    for n in sent:
        one = {**ORDER[n], "jjdbh": ref, "xxbh": f"{ref}-{n}"}
        assert receive(one, now, policy)[1] is not None
    no = case_of(ref)["no"]
    assert queries.get_case(no, flow.DESK)["state"] == "withdrawn"
    assert notes(no) == ["补充一", "补充二"]
    assert not IntakeMessage.objects.filter(state="held").exists()


BAD = [
    (record(bjsj="2018-06-02 09:00:00"), "in_future", "时钟"),
    (record(bjsj="昨天"), "bad_time", "times"),
    (record(bjr={"lxdh": "一三八"}), "bad_phone", "电话"),
    (record(bjlb="99"), "unknown_code", "99"),
    (record(jydw="XYZ"), "unknown_unit", "XYZ"),
    (record(vip="1"), "unknown_field", "vip"),
    (record(bjnr=""), "missing", "摘要"),
    (record(jjdbh=""), "missing", "单号"),
    (record(bjnr="长" * 19_500), "oversized", "详情"),
    (follow("2", "2", said=""), "missing", "补充"),
    (record(xzb="东经"), "refused", "经纬度"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "reason", "word"), BAD, ids=[f"{n}-{one[1]}" for n, one in enumerate(BAD)])
def test_what_does_not_fit_is_kept_with_a_reason_a_person_can_act_on(one, reason, word, now, policy):
    assert receive(one, now, policy)[1] is None
    (entry,) = waiting()
    assert entry.data["reason"] == reason
    assert word in entry.data["detail"]
    assert json.loads(entry.data["raw"]) == one
    assert receive(record("77", ref="JJ77"), now, policy)[1].what == "registered"  # nothing else is delayed


def test_a_clock_two_minutes_ahead_counts_as_now_and_the_repetition_is_still_the_same(now, policy):
    ahead = record(bjsj="2018-06-01 09:31:00")
    no = receive(ahead, now, policy)[1].no
    assert queries.get_case(no, flow.DESK)["received_at"] == "2018-06-01T09:30:00+08:00"
    assert receive(ahead, now + timedelta(minutes=5), policy)[1] == ("repeated", no)


def test_a_person_repairs_an_entry_and_the_worker_takes_it(now, policy, monkeypatch):
    receive(record(bjr={"xm": "张三", "lxdh": "一三八"}), now, policy)
    (entry,) = waiting()
    act("quarantine", "repair", {"phone": "13800001234"}, flow.DESK, no=entry.no, now=now)
    running.once(now)
    done = registers.get(flow.LEAD, "quarantine", entry.no)
    assert (done.state, done.case) == ("settled", case_of("JJ1")["no"])
    assert queries.get_case(done.case, flow.DESK)["caller"]["phone"] == "13800001234"


def test_a_repair_that_does_not_help_comes_back_and_a_field_can_be_left_out(now, policy):
    receive(record(jydw="XYZ"), now, policy)
    (entry,) = waiting()
    act("quarantine", "repair", {"summary": "路灯"}, flow.DESK, no=entry.no, now=now)
    running.once(now)
    (entry,) = waiting()
    assert (entry.data["reason"], entry.data["tries"]) == ("unknown_unit", 2)
    act("quarantine", "repair", {"drop": "unit"}, flow.DESK, no=entry.no, now=now)
    running.once(now)
    assert registers.get(flow.LEAD, "quarantine", entry.no).state == "settled"


def test_the_same_misfit_is_kept_once_and_only_the_lead_discards_it(now, policy):
    for _ in range(3):
        receive(record(bjlb="99"), now, policy)
    (entry,) = waiting()
    with pytest.raises(Exception, match="权限"):
        act("quarantine", "discard", {"discarded_for": "重复"}, flow.DESK, no=entry.no, now=now)
    act("quarantine", "discard", {"discarded_for": "对方已更正"}, flow.LEAD, no=entry.no, now=now)
    receive(record(bjlb="99"), now, policy)
    assert waiting() == []
    assert aside.waiting() == 0


def test_what_waits_too_long_for_its_create_is_asked_about(now, policy):
    receive(follow("2", "2"), now, policy)
    IntakeMessage.objects.update(received_ms=int((now - timedelta(days=2)).timestamp() * 1000))
    running.once(now)
    (entry,) = waiting()
    assert entry.data["reason"] == "no_create"
    no = receive(record(ref="JJ9"), now, policy)[1].no
    act("quarantine", "repair", {"ref": "JJ9"}, flow.DESK, no=entry.no, now=now)
    running.once(now)
    assert registers.get(flow.LEAD, "quarantine", entry.no).state == "settled"
    assert notes(no) == ["报警人又来电"]


def test_what_was_held_is_applied_when_the_case_comes_by_the_api(now, policy):
    receive(follow("2", "2"), now, policy)
    done = execute(Command("register", None, flow.intake(now, "JJ1")), flow.DESK, now=now, policy=policy)
    assert apply.adopt(now, policy) == 1
    assert notes(done.no) == ["报警人又来电"]


def test_a_ticket_of_12345_opens_a_transfer(now, policy):
    ticket = {
        "@id": "T1",
        "action": "NEW",
        "orderNo": "W1",
        "callTime": "2018-06-01 09:00:00",
        "type": "求助",
        "title": "老人走失",
    }
    no = receive(ticket, now, policy, "hotline12345")[1].no
    (entry,) = registers.find(flow.DESK, "hotline_transfer").items
    assert (entry.case, entry.state, entry.data["their_ticket"], entry.data["ticket"]) == (
        no,
        "accepted",
        "W1",
        no,
    )
    receive(ticket, now, policy, "hotline12345")
    assert len(registers.find(flow.DESK, "hotline_transfer").items) == 1


BOMB = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><orders><order>&b;</order></orders>'
FILE_ENTITY = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><orders><order><orderNo>&x;</orderNo></order></orders>'
HOSTILE = [
    (BOMB.encode(), "hotline12345", "DTD"),
    (FILE_ENTITY.encode(), "hotline12345", "DTD"),
    (b"<orders>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</orders>", "hotline12345", "嵌套|没有"),
    (b"<orders><order></orders>", "hotline12345", "XML"),
    (b"[" * 100_000, "jcj", "嵌套"),
    (b'{"jjdList": [{"a": ' + b"[" * 25 + b"]" * 25 + b"}]}", "jcj", "嵌套"),
    (b'{"jjdList": [NaN]}', "jcj", "NaN"),
    (b'{"jjdList": [' + b"9" * 5000 + b"]}", "jcj", "过长"),
    (b'{"other": []}', "jcj", "jjdList"),
    (b'{"jjdList": [1]}', "jcj", "字段"),
    (b"\xff\xff\xff", "jcj", "编码"),
    (b"", "jcj", "空"),
    (b" " * (parsing.FILE_LIMIT + 1), "jcj", "MB"),
    (json.dumps({"jjdList": [{}] * (parsing.MOST_RECORDS + 1)}).encode(), "jcj", "条"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "name", "word"), HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_hostile_bytes_are_refused_with_a_reason(raw, name, word):
    with pytest.raises(Unfit, match=word):
        parsing.records(raw, mapping.mappings()[name])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
def test_the_agreed_encodings_are_read(encoding):
    raw = json.dumps({"jjdList": [record()]}, ensure_ascii=False).encode(encoding)
    assert parsing.records(raw, mapping.mappings()["jcj"]) == [record()]


def test_xml_in_gb18030_with_namespaces_is_read():
    text = '<?xml version="1.0" encoding="GB18030"?><o:orders xmlns:o="urn:x"><o:order id="1"><o:title>路灯</o:title></o:order></o:orders>'
    assert parsing.records(text.encode("gb18030"), mapping.mappings()["hotline12345"]) == [
        {"@id": "1", "title": "路灯"}
    ]


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=300), name=st.sampled_from(["jcj", "hotline12345", "neutral"]))
def test_no_bytes_do_anything_but_be_read_or_refused(raw, name):
    with contextlib.suppress(Unfit):
        assert isinstance(parsing.records(raw, mapping.mappings()[name]), list)


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2), max_leaves=4)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(
            [
                "do",
                "ref",
                "at",
                "received_at",
                "summary",
                "phone",
                "unit",
                "lon",
                "life",
                "anonymous",
                "message",
                "township",
            ]
        ),
        VALUES,
    )
)
def test_no_record_does_anything_but_fit_or_be_refused(values, policy):
    moment = datetime(2018, 6, 1, 9, 30, tzinfo=policy.zone)
    with contextlib.suppress(Unfit):
        assert mapping.translated(values, mapping.mappings()["neutral"], moment, policy).ref
