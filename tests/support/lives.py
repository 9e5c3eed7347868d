"""Cases of every kind for evaluation: on time and late, returned, ruled, extended, suspended, reworked, unreached, merged.

Driven through ``execute`` by a script a case, so that tests and measurements have the same lives.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import flow

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = ("CG", "HB", "JT", "U-W", "JZ-500110001", "JZ-500110108")
TOWNS = ("古南街道", "石角镇", "东溪镇")


class Life:
    """One case being lived; ``at`` runs ahead with every step. ``n`` chooses unit, township and caller."""

    def __init__(self, n: int, start: datetime, policy: Policy) -> None:
        self.n, self.at, self.policy = n, start, policy
        self.unit = UNITS[n % len(UNITS)]
        self.no = ""

    def by(self, unit: str = "") -> Actor:
        return Actor("unit", "zhang", unit or self.unit)

    def do(self, name: str, actor: Actor, after: timedelta = MINUTE, **fields: Any) -> None:
        self.at += after
        flow.do(name, self.no, actor, self.at, self.policy, **fields)

    def register(self, **more: Any) -> None:
        caller = {"name": "张三", "phone": f"1380000{self.n % 4000:04d}"}
        place = {"township": TOWNS[self.n % len(TOWNS)]}
        self.no = flow.register(
            self.at, self.policy, f"life-{self.n}", **{"caller": caller, "place": place, **more}
        )

    def dispatch(self, unit: str = "", matter: str = "CG-02", kind: str = "general") -> None:
        self.do(
            "dispatch",
            flow.DESK,
            lead_unit=unit or self.unit,
            matter=matter,
            basis="职责目录",
            **{"class": kind},
        )

    def sign(self, unit: str = "", after: timedelta = MINUTE) -> None:
        self.do("sign", self.by(unit), after, receiver="张工")

    def contact(self) -> None:
        self.do("contact", self.by(), at=self.at.isoformat(), method="电话", note="已告知")

    def feedback(self, after: timedelta = HOUR, unit: str = "", told: bool = True, **more: Any) -> None:
        at = {"contacted_at": (self.at + after).isoformat()} if told else {}
        fields = {"result": "resolved", "text": "已处理", "contacted_caller": told, **at, **more}
        self.do("feedback", self.by(unit), after, **fields)

    def accept(self) -> None:
        self.do("accept_feedback", flow.DESK)

    def call(self, **said: Any) -> None:
        fields = {"reached": True, "satisfaction": "satisfied", "solved": "yes", **said}
        self.do("call_back", flow.DESK, **fields)

    def give_back(self, unit: str = "") -> None:
        self.do(
            "return", self.by(unit), reason_code="not_our_duty", explanation="不归我们管",
            why_no_answer_now="需要现场查看", suggested_unit="HB",
        )  # fmt: skip

    def rule(self, unit: str) -> None:
        self.do("designate", flow.DUTY, HOUR, unit=unit, ruling="由该单位办理", basis="28号文")

    def begin(self, **more: Any) -> None:
        self.register(**more)
        self.dispatch()


def happy(life: Life) -> None:
    life.begin()
    life.sign()
    life.contact()
    life.feedback()
    life.accept()
    life.call()


def partly(life: Life) -> None:
    life.begin()
    life.sign()
    life.feedback(after=26 * HOUR)
    life.accept()
    life.call(satisfaction="fairly_satisfied", solved="partly")


def late(life: Life) -> None:
    """Signed late, never called, finished days after the limit."""
    life.begin()
    life.sign(after=5 * HOUR)
    life.feedback(after=9 * DAY, told=False)
    life.accept()
    life.call(satisfaction="dissatisfied", solved="partly")


def forgotten(life: Life) -> None:
    life.begin()


def waiting(life: Life) -> None:
    life.begin()
    life.sign()
    life.feedback()


def rejected(life: Life) -> None:
    """A return that the desk sends back."""
    life.begin()
    life.give_back()
    life.do("reject_return", flow.DESK, 20 * MINUTE, reason="职责目录写明")
    life.feedback()
    life.accept()
    life.call()


def passed_on(life: Life) -> None:
    """A return that the desk accepts; the next unit has its own full limit."""
    other = UNITS[(life.n + 1) % len(UNITS)]
    life.begin()
    life.sign()
    life.give_back()
    life.do(
        "dispatch",
        flow.DESK,
        30 * MINUTE,
        lead_unit=other,
        matter="HB-01",
        basis="职责目录",
        **{"class": "general"},
    )
    life.unit = other
    life.sign()
    life.feedback(after=20 * HOUR)
    life.accept()
    life.call()


def ruled_back(life: Life) -> None:
    """Returned, passed on, returned again, and ruled to be the first unit's after all."""
    first, other = life.unit, UNITS[(life.n + 1) % len(UNITS)]
    life.begin()
    life.give_back()
    life.dispatch(other)
    life.give_back(other)
    life.rule(first)
    life.sign()
    life.feedback()
    life.accept()
    life.call()


def ruled_away(life: Life) -> None:
    other, third = UNITS[(life.n + 1) % len(UNITS)], UNITS[(life.n + 2) % len(UNITS)]
    life.begin()
    life.give_back()
    life.dispatch(other)
    life.give_back(other)
    life.rule(third)
    life.unit = third
    life.sign()
    life.feedback(after=6 * DAY)
    life.accept()
    life.call()


def _promise(life: Life, days: int) -> None:
    life.begin()
    life.sign()
    life.do(
        "request_extension", life.by(), reason="材料需要采购", told_caller_at=life.at.isoformat(), told_by="张工",
        promised_at=(life.at + days * DAY).isoformat(),
    )  # fmt: skip
    life.do("decide_extension", flow.DESK, approve=True, reason="同意")


def kept(life: Life) -> None:
    _promise(life, 12)
    life.feedback(after=7 * DAY)
    life.accept()
    life.call()


def broken(life: Life) -> None:
    _promise(life, 5)
    life.feedback(after=8 * DAY)
    life.accept()
    life.call(satisfaction="dissatisfied", solved="partly")


def suspended(life: Life) -> None:
    life.begin()
    life.sign()
    life.do(
        "request_suspension", life.by(), reason="seasonal",
        review_on=f"{(life.at + 10 * DAY):%Y-%m-%d}",
    )  # fmt: skip
    life.do("decide_suspension", flow.DUTY, approve=True, reason="同意")
    life.do("resume", life.by(), 6 * DAY)
    life.feedback(after=2 * HOUR)
    life.accept()
    life.call()


def reworked(life: Life) -> None:
    life.begin()
    life.sign()
    life.feedback()
    life.accept()
    life.call(satisfaction="dissatisfied", solved="no")
    life.feedback(after=3 * HOUR)
    life.accept()
    life.call()


def reopened(life: Life) -> None:
    happy(life)
    life.do("rework", flow.DESK, DAY, reason="来电人说又坏了")
    life.feedback(after=4 * DAY)
    life.accept()
    life.call(solved="partly")


def sent_back(life: Life) -> None:
    """Feedback that the desk did not take."""
    life.begin()
    life.sign()
    life.feedback()
    life.do("reject_feedback", flow.DESK, 4 * HOUR, reason="没有说明结果")
    life.feedback(after=2 * HOUR)
    life.accept()
    life.call()


def unreached(life: Life) -> None:
    life.begin()
    life.sign()
    life.feedback()
    life.accept()
    for day, hour in ((1, 9), (1, 14), (2, 9)):
        life.at = (
            (life.at + day * DAY).replace(hour=hour, minute=0)
            if day == 2 or hour == 9
            else life.at.replace(hour=hour)
        )
        flow.do("call_back", life.no, flow.DESK, life.at, life.policy, reached=False)


def recalled(life: Life) -> None:
    life.begin()
    life.do("recall", flow.DESK, reason="派错了")
    life.unit = UNITS[(life.n + 3) % len(UNITS)]
    life.dispatch()
    life.sign()
    life.feedback()
    life.accept()
    life.call(satisfaction="declined", solved="no")


def endangered(life: Life) -> None:
    life.begin()
    life.do("to_police", life.by(), reason="有人受伤")


def answered(life: Life) -> None:
    life.register(kind="consult")
    life.do("answer", flow.DESK, text="请带身份证", knowledge="none")


def voided(life: Life) -> None:
    life.register()
    life.do("confirm", flow.Actor("desk_lead", "chen"), command="void")
    life.do("void", flow.LEAD, reason="重复登记", second="chen")


def anonymous(life: Life) -> None:
    life.begin(caller={"anonymous": True})
    life.sign()
    life.feedback(told=False)
    life.accept()


def gap(life: Life) -> None:
    """Nobody in the catalogue: the duty office says whose it is."""
    life.register()
    life.do("raise_dispute", flow.DESK, unit_position="no_catalogue_item", desk_position="目录里没有")
    life.rule(life.unit)
    life.sign()
    life.feedback()
    life.accept()
    life.call()


def major(life: Life) -> None:
    """An incident of level 较大: told in time by telephone, late in writing."""
    life.register(level="larger")
    life.do("report_by_phone", flow.DESK, 4 * MINUTE, callee="值班室", content="已核实")
    life.do("report_in_writing", flow.DESK, HOUR, document="初报")


def reclassified(life: Life) -> None:
    life.begin()
    life.sign()
    life.do("reclassify", flow.DESK, matter="CG-02", reason="情况复杂", **{"class": "special"})
    life.feedback(after=5 * DAY)
    life.accept()
    life.call()


SCRIPTS: tuple[Callable[[Life], None], ...] = (
    happy, partly, late, forgotten, waiting, rejected, passed_on, ruled_back, ruled_away, kept, broken, suspended,
    reworked, reopened, sent_back, unreached, recalled, endangered, answered, voided, anonymous, gap, major,
    reclassified,
)  # fmt: skip


def live(script: Callable[[Life], None], n: int, start: datetime, policy: Policy) -> Life:
    """One whole life."""
    life = Life(n, start, policy)
    script(life)
    return life
