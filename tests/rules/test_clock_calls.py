"""What the clock does by itself: warnings, overdue, who hears of it; provisional dues; breaches; encodings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from liandong.rules.clocks import next_instant
from liandong.rules.codec import dump_state, event_body, event_from, load_state
from liandong.rules.decide import decide, options
from liandong.rules.fold import fold_all
from liandong.rules.model import SYSTEM, Actor, Command, Refusal
from liandong.rules.worktime import Calendar
from support.ways import extend, give, ok, reach
from support.world import World, at, policy


def warned(w: World, kind: str, label: str = "A") -> list[tuple[str, str]]:
    """(instant, to) of the notices of a kind on one case."""
    no = w[label]["no"]
    return [(n.at.strftime("%m-%d %H:%M"), n.to) for case, n in w.notices if case == no and n.kind == kind]


def test_warnings_come_at_half_three_quarters_and_nine_tenths_of_working_time() -> None:
    """CONTRACT §4: 50, 75, 90 % of working minutes for wd; unit → responsible person → duty office."""
    w = reach(
        "handling"
    )  # dispatched 09:03 on Friday: 6 h 57 that day, 7 h on Monday and Tuesday, 20 h 57 in all
    ok(give(w, "contact", "unit:CG"))
    w.tick("06-06 09:00")
    half = [x for x in warned(w, "warning_50") if x[1] == "unit:CG" and x[0] > "06-01 12"]
    assert half == [("06-04 14:31", "unit:CG")]
    assert warned(w, "warning_75")[-2:] == [
        ("06-05 10:45", "unit:CG"),
        ("06-05 10:45", "unit:CG:responsible"),
    ]
    assert warned(w, "warning_90")[-3:] == [
        ("06-05 15:54", "unit:CG"), ("06-05 15:54", "unit:CG:responsible"), ("06-05 15:54", "duty_office"),
    ]  # fmt: skip
    assert [x for x in warned(w, "overdue") if x[0] == "06-06 00:00"] == [
        ("06-06 00:00", "unit:CG"), ("06-06 00:00", "unit:CG:responsible"), ("06-06 00:00", "duty_office"),
    ]  # fmt: skip


def test_a_limit_in_minutes_warns_by_elapsed_time() -> None:
    """CONTRACT §4: else of elapsed time: sign 30 min → 15, 22:30, 27."""
    w = reach("dispatched")
    w.tick("06-01 09:34")
    assert [x for x in warned(w, "warning_50") if x[1] != "desk"] == [("06-01 09:18", "unit:CG")]
    assert [x for x in warned(w, "warning_75") if x[1] != "desk"] == [
        ("06-01 09:25", "unit:CG"),
        ("06-01 09:25", "unit:CG:responsible"),
    ]
    assert [to for at_, to in warned(w, "warning_90") if at_ == "06-01 09:30"] == [
        "unit:CG", "unit:CG:responsible", "duty_office",
    ]  # fmt: skip
    assert [to for at_, to in warned(w, "overdue") if at_ == "06-01 09:33"] == [
        "unit:CG", "unit:CG:responsible", "duty_office",
    ]  # fmt: skip


def test_the_desk_and_the_duty_office_are_warned_themselves() -> None:
    """CONTRACT §4: an overdue desk is told to the duty office; the duty office hears itself once."""
    w = reach("registered")
    w.tick("06-01 09:06")
    assert warned(w, "warning_90") == [("06-01 09:04", "desk")]
    assert warned(w, "overdue") == [("06-01 09:05", "desk"), ("06-01 09:05", "duty_office")]
    w = reach("disputed")
    w.tick("06-04 09:00")
    assert [to for _, to in warned(w, "overdue")] == ["duty_office"]
    w = reach("police")
    w.tick("06-02 10:00")
    assert warned(w, "overdue")[-2:] == [("06-02 09:05", "police"), ("06-02 09:05", "duty_office")]


def test_overdue_is_said_once_and_the_clock_runs_on() -> None:
    """I2: a clock past its due runs on, late, until the command that answers it."""
    w = reach("registered")
    w.tick("06-05 09:00")
    w.tick("06-12 09:00")
    assert len(warned(w, "overdue")) == 2
    assert w.clock("A", "triage")["stopped_at"] is None
    assert w.clock("A", "triage")["due_at"] == at("06-01 09:05")


def test_warnings_bump_no_version() -> None:
    """I6: a form filled in while a reminder goes out is not stale; what changes the state is."""
    w = reach("dispatched")
    version = w["A"]["version"]
    w.tick("06-12 09:00")
    assert w["A"]["version"] == version
    w = reach("suspended")
    version = w["A"]["version"]
    w.tick("06-29 09:00")
    assert (w["A"]["state"], w["A"]["version"]) == ("handling", version + 1)


def test_no_warning_for_window_total_and_suspension() -> None:
    """CONTRACT §4: a window merely closes; a suspension resumes by itself."""
    w = reach("suspended")
    start = len(w.notices)
    w.tick("06-27 23:00")
    assert not [
        n for no, n in w.notices[start:] if no == w["A"]["no"] and n.kind.startswith(("warning", "overdue"))
    ]


def test_a_warning_after_a_pause_counts_what_was_used() -> None:
    """CONTRACT §4: percentages of the whole limit, not of what is left."""
    w = World()
    w.handling()
    ok(give(w, "contact", "unit:CG"))
    ok(give(w, "raise_dispute", "desk:li", "06-04 17:00"))  # 12 h 57 used
    ok(give(w, "designate", "duty_office:zhao", "06-06 09:00", unit="CG"))  # due end of Wednesday 06-07 00:00
    assert w.due("A", "handle") == "06-08 00:00"
    ok(w.do("06-06 09:01", "unit:CG", "A", "sign", receiver="王"))
    w.tick("06-07 18:00")
    # 12 h 57 + 14 h = 26 h 57: 75 % is 7 h 15 after the resumption, 90 % is 11 h 18 after it
    assert warned(w, "warning_75")[-2] == ("06-07 09:15", "unit:CG")
    assert warned(w, "warning_90")[-1] == ("06-07 15:18", "duty_office")


def test_the_next_instant_is_the_earliest_thing_to_happen() -> None:
    """CONTRACT §4: the system looks at a case again at its next warning or due, and never at a finished one."""
    w = reach("registered")
    assert next_instant(w.state("A")) == at("2018-06-01 09:02:30")
    w = reach("closed")
    assert next_instant(w.state("A")) == at("06-20 00:00")
    w = reach("archived")
    assert next_instant(w.state("A")) is None


def test_the_clock_finds_nothing_to_do_before_the_time() -> None:
    """CONTRACT §4: now ≤ due_at is in time; the clock gives no event."""
    w = reach("closed")
    for when in ("06-19 12:00", "06-20 00:00"):
        assert decide(w.states, Command("run_clock", w.labels["A"], {}), SYSTEM, at(when), w.policy) == []


def short_calendar() -> Calendar:
    """綦江's days of 2018 only: what follows is not yet announced."""
    full = policy().calendar
    return Calendar(
        "2018",
        full.zone,
        {d: v for d, v in full.days.items() if d.year == 2018},
        date(2018, 1, 1),
        date(2018, 12, 31),
    )


def provisional() -> World:
    """Dispatched on Friday 2018-12-28 when 2019 is not known yet."""
    w = World(replace(policy(), calendar=short_calendar()), start="2018-12-28 09:00")
    ok(w.register("2018-12-28 09:00"))
    ok(w.dispatch("2018-12-28 09:03"))
    return w


def test_beyond_the_known_years_a_due_is_provisional_and_work_goes_on() -> None:
    """CONTRACT §4: due by weekends, provisional true; recomputed by an event when the table is loaded."""
    w = provisional()
    handle = w.clock("A", "handle")
    assert (handle["due_at"], handle["provisional"]) == (at("2019-01-02 00:00"), True)
    assert w["A"]["clocks"][2]["provisional"] in (True, False)
    w.policy = policy()
    version = w["A"]["version"]
    ok(w.do("2018-12-28 10:00", "system", "A", "recompute"))
    handle = w.clock("A", "handle")
    assert (handle["due_at"], handle["original_due_at"], handle["provisional"]) == (
        at("2019-01-03 00:00"), at("2019-01-03 00:00"), False,
    )  # fmt: skip
    assert w["A"]["version"] == version + 1
    before = len(w.events)
    ok(w.do(None, "system", "A", "recompute"))
    assert len(w.events) == before


def test_a_provisional_due_after_a_pause_is_recomputed_from_what_was_left() -> None:
    """CONTRACT §4: recomputed by an event; the rest of the days counts, not the whole limit."""
    w = provisional()
    ok(give(w, "raise_dispute", "desk:li", "2018-12-28 10:00"))
    ok(give(w, "designate", "duty_office:zhao", "2018-12-31 10:00", unit="CG"))
    assert w.clock("A", "handle")["provisional"] is True
    w.policy = policy()
    ok(w.do("2018-12-31 11:00", "system", "A", "recompute"))
    # two provisional days were left (2018-12-31 and 2019-01-01); after 12-31 these are 01-02 and 01-03
    assert (w.clock("A", "handle")["due_at"], w.clock("A", "handle")["provisional"]) == (
        at("2019-01-04 00:00"),
        False,
    )


def test_a_due_still_unknown_stays_provisional() -> None:
    """CONTRACT §4: a table that does not reach changes nothing."""
    w = provisional()
    before = len(w.events)
    ok(w.do(None, "system", "A", "recompute"))
    assert len(w.events) == before


def test_a_class_changed_after_a_pause_is_recomputed_as_that_class() -> None:
    """R36 and CONTRACT §4: the due counts from the clock's own start after a change of class, also when recomputed."""
    w = provisional()
    ok(give(w, "raise_dispute", "desk:li", "2018-12-28 10:00"))
    ok(give(w, "designate", "duty_office:zhao", "2018-12-28 11:00", unit="CG"))
    ok(give(w, "reclassify", "desk:li", "2018-12-28 12:00"))
    w.policy = policy()
    ok(w.do(None, "system", "A", "recompute"))
    assert w.clock("A", "handle")["due_at"] == at(
        "2019-01-08 00:00"
    )  # 5 WD after 12-28 with Saturday 12-29 worked


@pytest.mark.parametrize(
    "state", ["registered", "disputed", "suspended", "police", "closed", "archived", "merged"]
)
def test_state_and_events_survive_their_encoding(state: str) -> None:
    """I5: what is stored is what was decided; folding the decoded events gives the state again."""
    w = reach(state)
    no = w["A"]["no"]
    folded = fold_all(
        event_from(e.case, e.type, e.at, e.by, e.policy, event_body(e), e.private)
        for e in w.events
        if e.case == no
    )
    assert folded == w.state("A")
    assert load_state(dump_state(w.state("A"))) == w.state("A")


def test_a_text_that_looks_like_an_instant_comes_back_as_text() -> None:
    """I5: the mark of an instant is no trap for what people write."""
    w = World()
    ok(
        w.register(
            "06-01 09:00", source={"channel": "@2018-06-01T09:00:00+08:00", "ref": "@@x"}, incident_no="@"
        )
    )
    assert load_state(dump_state(w.state("A"))) == w.state("A")


def test_an_unknown_command_is_the_doors_business() -> None:
    """CONTRACT §7: exit 2 for an unknown command: decide raises."""
    with pytest.raises(KeyError):
        decide({}, Command("nonsense", None, {}), SYSTEM, at("06-01 09:00"), policy())


def test_options_say_what_may_be_done_now() -> None:
    """I1: each role sees what it may do in this state, and why not the rest."""
    w = reach("handling")
    known = dict(options(w.state("A"), Actor("unit", "wang", "CG"), w.now, w.policy))
    assert known["feedback"] is None
    assert known["sign"] is not None
    assert known["sign"].code == "wrong_state"
    assert known["dispatch"] is not None
    assert known["dispatch"].code == "wrong_role"
    assert "register" not in known
    assert isinstance(known["dispatch"], Refusal)


def test_every_event_names_the_policy_that_decided_it() -> None:
    """DESIGN: fold never consults today's settings; the id stands on each event."""
    assert {e.policy for e in reach("callback").events} == {policy().id}


def test_a_changed_limit_moves_no_running_clock() -> None:
    """DESIGN: a changed setting never moves a running clock."""
    from liandong.rules.policy import Limit

    w = reach("handling")
    w.policy = replace(policy(), id="other", limits={**policy().limits, "handle_general": Limit("9wd")})
    ok(give(w, "contact", "unit:CG"))
    assert w.due("A", "handle") == "06-06 00:00"


def test_extension_of_a_case_called_twice() -> None:
    """R37: the caller hears the answer once however many there are."""
    w = reach("handling")
    ok(w.do(None, "desk:li", "B", "merge", target="A", reason="x"))
    ok(extend(w, "06-01 10:00"))
    ok(give(w, "decide_extension", "desk:li"))
    assert w.told("extension_decided") == ["caller", "unit:CG"]
