"""Measures, publicity, documents, tests of lines, equipment: what the rules let through (R23, R48, R55, R60, R61, R64)."""

from __future__ import annotations

from datetime import datetime, timedelta

from liandong.rules.model import SYSTEM, Actor
from liandong.rules.registers import registers
from support.steps import CG, DUTY, HB, NOW, POLICY, refused, taken

MEASURE = {"unit": "CG", "period": "2018Q3", "title": "早市延时", "text": "延长开放"}
DOCUMENT = {
    "unit": "CG", "kind": "workflow", "title": "内部流程", "edition": "2018年版", "valid_from": "2018-07-01",
    "attachments": ["a"],
}  # fmt: skip
FILES = {"files": frozenset({"a"})}


def test_a_unit_files_a_measure_for_itself_and_for_a_quarter_that_runs() -> None:
    """R64; not for another, not in advance, not long after."""
    assert taken("measure", "register", CG, **MEASURE).unit == "CG"
    assert refused("measure", "register", HB, **MEASURE) == "not_your_unit"
    assert refused("measure", "register", CG, **{**MEASURE, "period": "2018Q4"}) == "in_future"
    assert refused("measure", "register", CG, **{**MEASURE, "period": "2018-07"}) == "bad_value"
    last = datetime(2018, 10, 19, 18, tzinfo=POLICY.zone)  # the tenth working day after the quarter
    assert taken("measure", "register", CG, None, last, **MEASURE).period == "2018Q3"
    assert refused("measure", "register", CG, None, last + timedelta(days=1), **MEASURE) == "too_late"


def test_a_measure_is_published_on_a_day_that_has_come() -> None:
    entry = taken("measure", "register", CG, **MEASURE)
    assert refused("measure", "publish", CG, entry, published_on="2018-07-03", channel="网站") == "in_future"
    assert (
        refused("measure", "publish", HB, entry, published_on="2018-07-02", channel="网站")
        == "not_your_entry"
    )
    assert (
        taken("measure", "publish", CG, entry, published_on="2018-07-02", channel="网站").state == "published"
    )


def test_an_internal_document_comes_with_its_file_and_is_checked_by_another() -> None:
    """R23: 应急办 checks; I7: not what oneself filed."""
    bare = {key: value for key, value in DOCUMENT.items() if key != "attachments"}
    assert refused("unit_document", "file", CG, **bare) == "missing_field"
    assert refused("unit_document", "file", CG, **DOCUMENT) == "unknown_attachment"
    assert (
        refused("unit_document", "file", CG, None, NOW, FILES, **DOCUMENT, valid_to="2018-07-01")
        == "not_later"
    )
    entry = taken("unit_document", "file", CG, None, NOW, FILES, **DOCUMENT)
    back = taken("unit_document", "give_back", DUTY, entry, reason="缺附件")
    again = taken(
        "unit_document",
        "file_again",
        CG,
        back,
        NOW,
        FILES,
        **{k: v for k, v in DOCUMENT.items() if k != "unit"},
    )
    good = taken("unit_document", "accept", DUTY, again)
    assert (good.state, good.data["accepted_at"]) == ("accepted", NOW)
    own = taken("unit_document", "file", DUTY, None, NOW, FILES, **DOCUMENT)
    assert refused("unit_document", "accept", DUTY, own) == "own_request"


def test_the_round_trip_passes_only_with_the_word_that_was_sent_and_in_time() -> None:
    """R55: push, receipt, answer."""
    sent = taken("connection_test", "send", DUTY, None, NOW, {"word": "ABC346"}, unit="CG")
    assert refused("connection_test", "answer", CG, sent, typed="ABC347") == "wrong_word"
    assert refused("connection_test", "answer", HB, sent, typed="ABC346") == "not_your_entry"
    soon = NOW + timedelta(minutes=5)
    passed = taken(
        "connection_test", "answer", CG, sent, soon, {"read_at": NOW + timedelta(minutes=1)}, typed=" abc346 "
    )
    assert (passed.state, passed.data["read_at"], passed.data["answered_at"]) == (
        "passed",
        NOW + timedelta(minutes=1),
        soon,
    )
    assert refused("connection_test", "expire", SYSTEM, sent) == "not_yet"
    late = NOW + timedelta(minutes=31)
    assert taken("connection_test", "answer", CG, sent, late, typed="ABC346").state == "failed"
    assert taken("connection_test", "expire", SYSTEM, sent, late).state == "failed"


def test_a_call_says_at_once_whether_somebody_answered() -> None:
    ask = {"unit": "CG", "post": "liaison", "called_at": "2018-07-02T08:59:00+08:00"}
    assert taken("connection_test", "call", DUTY, answered=True, **ask).state == "passed"
    assert taken("connection_test", "call", DUTY, answered=False, **ask).state == "failed"
    assert refused("connection_test", "call", CG, answered=True, **ask) == "wrong_role"


def test_equipment_is_verified_by_another_and_taken_out_of_use() -> None:
    entry = taken(
        "equipment", "record", CG, unit="CG", kind="terminal", title="终端", since="2018-06-01", quantity=2
    )
    done = taken("equipment", "verify", DUTY, entry)
    assert done.state == "verified"
    assert taken("equipment", "remove", CG, done, removed_because="损坏").data["ended_at"] == NOW
    own = taken("equipment", "record", DUTY, unit="CG", kind="terminal", title="终端", since="2018-06-01")
    assert refused("equipment", "verify", DUTY, own) == "own_request"


def test_a_campaign_is_planned_and_then_carried_out() -> None:
    """R61: date, channel, audience, material."""
    plan = {"unit": "CG", "title": "进社区", "on": "2018-07-05", "channel": "community", "audience": "居民"}
    entry = taken("campaign", "plan", CG, **plan)
    assert refused("campaign", "carry_out", CG, entry, done_on="2018-07-05", material="手册") == "in_future"
    later = NOW + timedelta(days=4)
    assert (
        taken("campaign", "carry_out", CG, entry, later, done_on="2018-07-05", material="手册").state
        == "done"
    )


def test_every_code_of_a_choice_has_its_word() -> None:
    for name in (
        "meeting",
        "consultation",
        "task",
        "measure",
        "campaign",
        "unit_document",
        "connection_test",
        "equipment",
    ):
        table = registers()[name]
        for step in table.steps:
            for field in step.fields:
                if field.type == "choice":
                    assert {str(code) for code in field.choices} <= set(table.words), (name, field.name)


def test_who_keeps_no_register_of_units_does_nothing_there() -> None:
    assert refused("measure", "register", Actor("desk", "li"), **MEASURE) == "wrong_role"
