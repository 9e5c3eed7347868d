"""The life of one demonstration case as a list of public commands with instants (virtual time).

Each function of ``ENDINGS`` writes the steps that lead a case into one state of CONTRACT §3. They are only wishes:
casework decides each of them, as it would for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from liandong.rules.model import Actor
from liandong.rules.worktime import Calendar

from .demo_calls import Call, CallBook
from .messages import CLEAR, Reading

OPENING, CLOSING = time(9, 5), time(17, 30)


class Cast(NamedTuple):
    """Who acts in the demonstration."""

    desk: list[Actor]
    lead: list[Actor]
    duty_office: list[Actor]
    units: dict[str, Actor]

    def unit(self, code: str) -> Actor:
        """The unit's account, or its duty desk where it has none."""
        return self.units.get(code) or Actor("unit", "zhiban", code)


class Step(NamedTuple):
    """One command at one instant. ``fields`` may name another script, meaning that script's case number."""

    at: datetime
    actor: Actor
    command: str
    fields: dict[str, Any]


class Script:
    """The steps of one case, written forward in time."""

    def __init__(
        self,
        call: Call,
        reading: Reading,
        start: datetime,
        rng: Random,
        cast: Cast,
        calendar: Calendar,
        book: CallBook,
    ) -> None:
        self.call, self.reading = call, reading
        self.start = self.at = start.replace(microsecond=0)  # whole seconds, as people write them down
        self.rng, self.cast, self.calendar, self.book = rng, cast, calendar, book
        self.steps: list[Step] = []
        self.no: str | None = None
        self.target: Script | None = None
        self.desk = rng.choice(cast.desk)
        self.checker = rng.choice([actor for actor in cast.desk + cast.lead if actor != self.desk])
        self.office = rng.choice(cast.duty_office)
        self.lead = rng.choice(cast.lead)
        self.unit = cast.unit(call.unit)

    def wait(self, low: float, high: float) -> Script:
        """Minutes pass."""
        self.at += timedelta(seconds=round(self.rng.uniform(low, high) * 60))
        return self

    def hours(self, low: float, high: float) -> Script:
        """Hours pass, and then until people are at their desks."""
        self.wait(low * 60, high * 60)
        while not (self.calendar.is_workday(self.at.date()) and OPENING <= self.at.time() <= CLOSING):
            day = self.at.date() + timedelta(days=1) if self.at.time() > OPENING else self.at.date()
            self.at = datetime.combine(day, OPENING, self.at.tzinfo)
            while not self.calendar.is_workday(self.at.date()):
                self.at += timedelta(days=1)
            self.at += timedelta(seconds=self.rng.randrange(90 * 60))
        return self

    def do(self, actor: Actor, command: str, /, **fields: Any) -> Script:
        """The command is given now."""
        self.steps.append(Step(self.at, actor, command, fields))
        return self

    def chance(self, share: float) -> bool:
        """Whether something that happens in that share of cases happens here."""
        return self.rng.random() < share

    def say(self, about: str) -> str:
        """A sentence for an occasion."""
        return self.rng.choice(self.book.texts[about])

    # -- stretches that several endings share

    def dispatched(self) -> Script:
        """The desk pushes the case to its unit."""
        if self.reading.doubt:
            self.wait(2, 7).do(self.desk, "set_safety", safety=CLEAR, reason=self.say("cleared"))
        kind = "special" if self.chance(0.25) else "general"
        self.wait(1, 4).do(
            self.desk,
            "dispatch",
            lead_unit=self.call.unit,
            matter=self.call.matter,
            basis=self.call.basis,
            **{"class": kind},
        )
        return self

    def signed(self) -> Script:
        """The unit signs and speaks to the caller."""
        self.dispatched().wait(4, 24).do(
            self.unit, "sign", receiver=self.rng.choice(["值班员甲", "值班员乙", "值班员丙"])
        )
        if self.chance(0.8):
            self.wait(15, 150)
            self.do(
                self.unit, "contact", at=self.at.isoformat(), method="phone", note=self.say("contact_note")
            )
        return self

    def fed_back(self) -> Script:
        """The unit reports what it did."""
        self.signed().hours(1, 14)
        told = not self.call.anonymous and self.chance(0.9)
        fields: dict[str, Any] = {"contacted_caller": told}
        if told:
            fields["contacted_at"] = self.at.isoformat()
        reply = self.call.reply or self.say("generic_reply")
        return self.do(self.unit, "feedback", result=self.call.result, text=reply, **fields)

    def accepted(self) -> Script:
        """The desk accepts, now and then only after sending it back once."""
        self.fed_back()
        if self.chance(0.12):
            self.hours(0.3, 3).do(self.desk, "reject_feedback", reason=self.say("reject_feedback"))
            text = f"补充：{self.call.reply or self.say('generic_reply')}"
            self.hours(0.5, 3).do(
                self.unit, "feedback", result=self.call.result, text=text, contacted_caller=False
            )
        return self.hours(0.2, 4).do(self.checker, "accept_feedback")


def registered(s: Script) -> None:
    """待分流: taken in, nothing decided yet."""


def dispatched(s: Script) -> None:
    """待签收: pushed, not yet signed."""
    s.dispatched()


def handling(s: Script) -> None:
    """办理中, with what happens on the way: a promise asked for, a supervision, an urge, a second designation."""
    s.signed()
    way = s.rng.random()
    if way < 0.25:
        s.hours(0.5, 3)
        s.do(
            s.unit,
            "request_extension",
            reason=s.say("extension"),
            told_caller_at=(s.at - timedelta(minutes=10)).isoformat(),
            told_by="phone",
            promised_at=(s.at + timedelta(days=s.rng.randint(12, 21))).isoformat(),
        )
        if s.chance(0.5):
            s.wait(20, 90).do(s.desk, "decide_extension", approve=True, reason="理由充分，已告知来电人")
    elif way < 0.4:
        s.hours(1, 4)
        s.do(
            s.office,
            "supervise",
            grade=s.rng.randint(1, 3),
            requirement=s.say("supervise"),
            reply_due=(s.at + timedelta(days=3)).isoformat(),
        )
    elif way < 0.55:
        s.hours(2, 5).do(s.desk, "urge")


def return_review(s: Script) -> None:
    """退回待审: the unit says it is not its duty."""
    s.dispatched()
    if s.chance(0.5):
        s.wait(3, 15).do(s.unit, "sign", receiver="值班员甲")
    s.wait(8, 40).do(
        s.unit,
        "return",
        reason_code=s.rng.choice(["not_our_duty", "not_our_area", "other_lead"]),
        explanation=s.say("return_explanation"),
        why_no_answer_now=s.say("why_no_answer_now"),
        suggested_unit="unknown",
    )


def disputed(s: Script) -> None:
    """争议待裁定: the desk brings the return before the duty office."""
    return_review(s)
    s.wait(5, 25).do(
        s.desk,
        "raise_dispute",
        unit_position=s.say("return_explanation"),
        desk_position=s.say("desk_position"),
    )


def designated(s: Script) -> None:
    """办理中 after a ruling: final, no way back."""
    disputed(s)
    s.wait(30, 150).do(
        s.office, "designate", unit=s.call.unit, ruling=s.say("ruling"), basis="28号文 三（二）指定管辖"
    )
    s.wait(5, 20).do(s.unit, "sign", receiver="值班员乙")


def larger(s: Script) -> None:
    """办理中 of level 较大: told by phone and in writing, commanded by the duty office (R42–R44)."""
    s.wait(1, 2).do(s.desk, "set_level", level="larger", reason="影响范围较大，需要协调社会资源")
    s.wait(2, 8).do(
        s.desk, "report_by_phone", callee="区政府值班室", content="已报告地点、影响范围和先期处置情况"
    )
    s.wait(5, 20).do(
        s.desk, "report_in_writing", document=f"事件报告：{s.call.text}。已先期处置，续报另行报送。"
    )
    s.signed()
    s.wait(5, 30).do(s.office, "instruct", units=[s.call.unit], text=s.say("instruct"))


def merged(s: Script) -> None:
    """已合并: somebody else says the same; the first case takes it in."""
    s.wait(2, 6).do(s.desk, "merge", target=s.target, reason=s.say("merge"))


def suspended(s: Script) -> None:
    """挂起: asked by the unit, granted by the duty office, looked at again on a day still to come."""
    s.signed().hours(1, 4)
    review = s.at + timedelta(days=s.rng.randint(15, 27))
    s.do(
        s.unit,
        "request_suspension",
        reason=s.rng.choice(["awaiting_approval", "seasonal", "funding", "awaiting_litigation"]),
        explanation=s.say("suspension"),
        review_on=review.date().isoformat(),
    )
    s.wait(30, 180).do(s.office, "decide_suspension", approve=True, reason="理由成立，到期复查")


def feedback_review(s: Script) -> None:
    """反馈待审."""
    s.fed_back()


def callback(s: Script) -> None:
    """待回访."""
    s.accepted()


def closed(s: Script) -> None:
    """已办结: called back, satisfied for the most part; anonymous callers need no call."""
    s.accepted()
    if s.call.anonymous:
        return
    s.hours(0.5, 9)
    happy = s.chance(0.85)
    satisfaction = s.rng.choice(["satisfied", "satisfied", "fairly_satisfied"]) if happy else "dissatisfied"
    solved = s.rng.choice(["yes", "yes", "partly"]) if happy else "partly"
    s.do(s.checker, "call_back", reached=True, satisfaction=satisfaction, solved=solved)


def answered(s: Script) -> None:
    """直接答复: a question that the desk answers at once."""
    s.wait(1, 4).do(s.desk, "answer", text=s.call.answer or s.say("generic_answer"), knowledge="none")


def voided(s: Script) -> None:
    """已作废: a test or a double entry, by a shift leader and a second person (I7)."""
    second = s.rng.choice([actor for actor in s.cast.desk + s.cast.lead if actor != s.lead])
    s.wait(1, 4).do(second, "confirm", command="void")
    s.wait(0.5, 4).do(s.lead, "void", reason=s.say("void"), second=second.name)


def withdrawn(s: Script) -> None:
    """已撤回: the caller takes it back."""
    if s.chance(0.5):
        s.signed().hours(0.5, 3)
    s.wait(3, 20).do(s.desk, "withdraw", reason=s.say("withdraw"))


def police(s: Script) -> None:
    """转警务: danger, handed over at once."""
    s.wait(0.3, 1.5).do(s.desk, "to_police", reason=s.say("to_police"))


def police_done(s: Script) -> None:
    """已办结 by the police, at times with a remainder for a unit (EB-R5)."""
    police(s)
    remainder = s.call.remainder or None
    s.hours(0.5, 5).do(s.desk, "police_done", outcome="handled", remainder=remainder)


ENDINGS: dict[str, Callable[[Script], None]] = {
    "registered": registered,
    "dispatched": dispatched,
    "handling": handling,
    "return_review": return_review,
    "disputed": disputed,
    "designated": designated,
    "larger": larger,
    "merged": merged,
    "suspended": suspended,
    "feedback_review": feedback_review,
    "callback": callback,
    "closed": closed,
    "answered": answered,
    "voided": voided,
    "withdrawn": withdrawn,
    "police": police,
    "police_done": police_done,
}
